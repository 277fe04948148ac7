//! [`Audience`]: the pages that listen for changes, bounded in number, for each address and altogether.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many pages may listen for changes at a time.
const ALL: usize = 256;

/// How many of them one address may have; those that nobody looks at do not listen.
const OF_ONE: usize = 32;

/// The pages that listen for changes, bounded in number, for each address and altogether.
#[derive(Debug, Default)]
pub(super) struct Audience(Mutex<BTreeMap<IpAddr, usize>>);

impl Audience {
    /// Lets a page listen; none where there are too many already.
    pub(super) fn enter(self: &Arc<Self>, from: IpAddr) -> Option<Ticket> {
        let mut counts = self.counts();
        if counts.values().sum::<usize>() >= ALL {
            return None;
        }
        let count = counts.entry(from).or_default();
        if *count >= OF_ONE {
            return None;
        }
        *count += 1;
        Some(Ticket {
            all: Arc::clone(self),
            from,
        })
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A page that listens, as long as it does.
#[derive(Debug)]
pub(super) struct Ticket {
    all: Arc<Audience>,
    from: IpAddr,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut counts = self.all.counts();
        if let Some(count) = counts.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_the_places_of_all() {
        let all = Arc::new(Audience::default());
        let [one, other] = [IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2])];
        let mut listening: Vec<Ticket> = (0..OF_ONE).map(|_| all.enter(one).unwrap()).collect();
        assert!(all.enter(one).is_none());
        assert!(all.enter(other).is_some());
        listening.pop();
        assert!(all.enter(one).is_some());
        drop(listening);
        assert!(all.counts().is_empty());
    }
}
