//! [`Pace`]: how long a connection may take for what it does next, and what it is doing.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

/// How long a connection may be open between two requests.
const IDLE: Duration = Duration::from_mins(1);

/// How long the head of a request may take, from its first byte to its last.
const HEAD: Duration = Duration::from_secs(10);

/// How long whoever asked may take to read what has been written for them.
const READING: Duration = Duration::from_mins(2);

/// How long a connection may take for what it does next, and what it is doing.
///
/// Bytes alone do not extend a deadline: someone who sends one byte of a request now and then is not making progress. Only a whole
/// request does, and what the server itself writes.
#[derive(Debug)]
pub(super) struct Pace(Mutex<State>);

#[derive(Debug)]
struct State {
    step: Doing,
    since: Instant,
    /// Since when there is something to send that the other side does not take.
    behind: Option<Instant>,
    /// Whether the answer is one that does not end.
    is_stream: bool,
    is_closed: bool,
    waker: Option<Waker>,
}

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// Nothing: no byte of the next request is here.
    Idle,
    /// It receives the head of a request.
    Asking,
    /// Its request is being answered.
    Answering,
}

impl Pace {
    /// Creates the pace of a new connection.
    pub(super) fn new(now: Instant) -> Self {
        Self(Mutex::new(State {
            step: Doing::Idle,
            since: now,
            behind: None,
            is_stream: false,
            is_closed: false,
            waker: None,
        }))
    }

    /// Notes that bytes have arrived.
    pub(super) fn received(&self, now: Instant) {
        let mut state = self.state();
        if state.step == Doing::Idle {
            (state.step, state.since) = (Doing::Asking, now);
        }
    }

    /// Notes that the head of a request is complete: the server answers it now.
    pub(super) fn taken(&self, now: Instant) {
        let mut state = self.state();
        (state.step, state.since) = (Doing::Answering, now);
    }

    /// Notes that the other side takes bytes.
    pub(super) fn sent(&self, now: Instant) {
        let mut state = self.state();
        (state.step, state.since) = (Doing::Idle, now);
    }

    /// Notes that there are bytes which the other side does not take.
    pub(super) fn is_behind(&self, now: Instant) {
        self.state().behind.get_or_insert(now);
    }

    /// Notes that everything has been sent.
    pub(super) fn is_even(&self) {
        self.state().behind = None;
    }

    /// Notes that the answer is one that does not end: such connections have limits of their own.
    pub(super) fn streams(&self) {
        self.state().is_stream = true;
    }

    /// Returns when the connection ends if nothing happens before; none while the server itself is at work.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = self.state();
        let step = match state.step {
            Doing::Idle => Some(state.since + IDLE),
            Doing::Asking => Some(state.since + HEAD),
            Doing::Answering => None,
        };
        let reading = state.behind.map(|since| since + READING);
        step.into_iter().chain(reading).min()
    }

    /// Returns since when the connection has been without an answer in the making; none where it may not be closed for another.
    pub(super) fn spare_since(&self) -> Option<Instant> {
        let state = self.state();
        let is_spare = state.step != Doing::Answering && !state.is_stream && !state.is_closed;
        is_spare.then_some(state.since)
    }

    /// Closes the connection to make room for another.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// Returns whether it was closed; if not, whoever waits is woken when it is.
    pub(super) fn is_closed(&self, waker: &Waker) -> bool {
        let mut state = self.state();
        match &mut state.waker {
            Some(known) => known.clone_from(waker),
            None => state.waker = Some(waker.clone()),
        }
        state.is_closed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_bytes_do_not_extend_the_time_of_a_request() {
        let now = Instant::now();
        let pace = Pace::new(now);
        assert_eq!(pace.deadline(), Some(now + IDLE));
        for second in 1..=9 {
            pace.received(now + Duration::from_secs(second));
        }
        assert_eq!(pace.deadline(), Some(now + Duration::from_secs(1) + HEAD));
        pace.taken(now + Duration::from_secs(9));
        // The server itself may take as long as it needs.
        assert_eq!((pace.deadline(), pace.spare_since()), (None, None));
        let answered = now + Duration::from_secs(10);
        pace.sent(answered);
        assert_eq!(pace.deadline(), Some(answered + IDLE));
        assert_eq!(pace.spare_since(), Some(answered));
    }

    #[test]
    fn a_reader_that_takes_a_little_now_and_then_is_behind_all_the_time() {
        let now = Instant::now();
        let pace = Pace::new(now);
        pace.taken(now);
        for second in 1..=100 {
            pace.is_behind(now + Duration::from_secs(second));
            pace.sent(now + Duration::from_secs(second));
        }
        assert_eq!(pace.deadline(), Some(now + Duration::from_secs(1) + READING));
        pace.is_even();
        assert_eq!(pace.deadline(), Some(now + Duration::from_secs(100) + IDLE));
    }

    #[test]
    fn a_stream_and_what_is_closed_make_no_room() {
        let pace = Pace::new(Instant::now());
        pace.streams();
        assert_eq!(pace.spare_since(), None);
        let pace = Pace::new(Instant::now());
        assert!(!pace.is_closed(Waker::noop()));
        pace.close();
        assert!(pace.is_closed(Waker::noop()));
        assert_eq!(pace.spare_since(), None);
    }
}
