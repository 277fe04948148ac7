//! [`Turns`]: who writes next where many want to: what begins comes before what only says how something went.

use std::sync::{Condvar, Mutex, PoisonError};

/// Who writes next, of all who share a session of the store.
///
/// Where hundreds of runs are due at the same moment, each begins before the store takes in how the first of them went. No one waits
/// for ever: what begins has written how the last went before.
#[derive(Debug, Default)]
pub(super) struct Turns {
    state: Mutex<State>,
    first: Condvar,
    others: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_taken: bool,
    /// How many wait who come first.
    first: usize,
}

/// The turn of one, as long as this is held.
pub(super) struct Turn<'a>(&'a Turns);

impl Turns {
    /// Waits for a turn; `is_first` where it is for something that begins.
    pub(super) fn take(&self, is_first: bool) -> Turn<'_> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if is_first {
            state.first += 1;
            while state.is_taken {
                state = self.first.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            state.first -= 1;
        } else {
            while state.is_taken || state.first > 0 {
                state = self.others.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        state.is_taken = true;
        drop(state);
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_taken = false;
        let next = if state.first > 0 {
            &self.0.first
        } else {
            &self.0.others
        };
        drop(state);
        // Whoever is woken and finds that another was faster waits again, and is woken by that one.
        next.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn what_begins_comes_first_and_everyone_gets_a_turn() {
        let (turns, order) = (Arc::new(Turns::default()), Arc::new(Mutex::new(Vec::new())));
        let held = turns.take(false);
        let waiting: Vec<_> = (0..40)
            .map(|number| {
                let (turns, order) = (Arc::clone(&turns), Arc::clone(&order));
                thread::spawn(move || {
                    let is_first = number % 4 == 0;
                    let turn = turns.take(is_first);
                    order.lock().unwrap().push(is_first);
                    drop(turn);
                })
            })
            .collect();
        // All of those who come first wait by now; of the others some may come later.
        while turns.state.lock().unwrap().first < 10 {
            thread::yield_now();
        }
        drop(held);
        waiting.into_iter().for_each(|one| one.join().unwrap());
        let order = order.lock().unwrap();
        assert_eq!((order.len(), &order[..10]), (40, &[true; 10][..]));
        let state = turns.state.lock().unwrap();
        assert_eq!((state.is_taken, state.first), (false, 0));
    }
}
