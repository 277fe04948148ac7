//! Stopping work that someone no longer wants, and catching the panic of a dependency.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use polars::error::abort::{QueryAborted, catch_polars_abort};

use super::abandoned::{Abandoned, Ticket};
use super::notices::Notices;
use super::progress::Progress;
use crate::error::{Kind, Problem};

/// How often waiting work looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(20);

/// The stack of a worker, in bytes: plans and expressions are walked recursively. Only what is used costs memory.
const STACK: usize = 64 << 20;

thread_local! {
    /// The flag that work on this thread has to watch, for what is not handed one.
    static WATCHED: RefCell<Interrupt> = RefCell::default();
}

/// What whoever watches a piece of work shares with it: a flag that says "stop", and how far the work is.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    flag: Arc<AtomicBool>,
    /// How many requests were forgotten.
    forgotten: Arc<AtomicU64>,
    /// How many were when the work began that this is for: one that was made since then stays made for it.
    begun: Option<u64>,
    abandoned: Arc<Abandoned>,
    /// When it is set by itself.
    deadline: Option<Instant>,
    /// The flag of the work that this is a part of: where that is set, so is this.
    outer: Option<Arc<Self>>,
    progress: Progress,
    notices: Notices,
}

/// Why work ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// Someone asked for a stop.
    #[error("interrupted")]
    Interrupted,
    /// A dependency panicked; the message is its own.
    #[error("an internal error in a library: {0}")]
    Panicked(String),
}

impl Problem for Stopped {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Interrupted => None,
            Self::Panicked(_) => {
                Some("nothing was lost; please report this with the cell that caused it".to_owned())
            }
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Interrupted => Kind::Interrupted,
            Self::Panicked(_) => Kind::Failure,
        }
    }
}

impl Interrupt {
    /// Creates a flag that shares `flag` with a signal handler.
    pub fn shared(flag: Arc<AtomicBool>) -> Self {
        Self {
            flag,
            ..Self::default()
        }
    }

    /// Creates a flag of its own for a part of the work: it is set where this one is, and setting it stops that part alone.
    #[must_use]
    pub fn nested(&self) -> Self {
        Self {
            outer: Some(Arc::new(self.clone())),
            ..Self::default()
        }
    }

    /// Returns the flag as work sees it that begins now: a request to stop stays one for it, also when it is forgotten
    /// for all that begins later.
    #[must_use]
    pub fn for_work(&self) -> Self {
        let now = || self.forgotten.load(Ordering::SeqCst);
        Self {
            begun: Some(self.begun.unwrap_or_else(now)),
            ..self.clone()
        }
    }

    /// Asks the running work to stop.
    pub fn trigger(&self) {
        self.flag.store(true, Ordering::SeqCst);
    }

    /// Clears an earlier request, before new work starts.
    pub fn clear(&self) {
        if self.flag.load(Ordering::SeqCst) {
            self.forgotten.fetch_add(1, Ordering::SeqCst);
            self.flag.store(false, Ordering::SeqCst);
        }
    }

    /// Returns whether a stop was asked for, or time has run out.
    pub fn is_set(&self) -> bool {
        self.is_asked()
            || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
            || self.outer.as_ref().is_some_and(|outer| outer.is_set())
    }

    fn is_asked(&self) -> bool {
        self.flag.load(Ordering::SeqCst)
            || self
                .begun
                .is_some_and(|begun| begun != self.forgotten.load(Ordering::SeqCst))
            || self.outer.as_ref().is_some_and(|outer| outer.is_asked())
    }

    /// Returns whether work that was stopped is still on its way to its end.
    pub fn has_abandoned(&self) -> bool {
        self.abandoned.count() > 0
    }

    /// Waits until the work that was stopped has ended, or until a stop is asked for; returns whether it has.
    ///
    /// As long as some continues, polars takes whatever else it is asked for as interrupted, too.
    fn settle(&self) -> bool {
        let _task = self
            .has_abandoned()
            .then(|| self.progress.begin("waiting for interrupted work"));
        while self.has_abandoned() {
            if self.is_set() {
                return false;
            }
            self.abandoned.wait(POLL);
        }
        true
    }

    /// Returns the same flag for work that has to end by `deadline`, or by its own if that is earlier.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        let earliest = self.deadline.map_or(deadline, |own| own.min(deadline));
        Self {
            deadline: Some(earliest),
            ..self.clone()
        }
    }

    /// Returns the flag of what runs on this thread: a builtin that is looked up as an attribute is handed no other.
    pub fn of_thread() -> Self {
        WATCHED.with_borrow(Self::clone)
    }

    /// Runs `work` here, with this flag as the one of the thread.
    pub fn watched<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = WATCHED.replace(self.clone());
        let _back = Back(before);
        work()
    }

    /// Returns the same flag for work that has notices of its own.
    #[must_use]
    pub fn with_own_notices(&self) -> Self {
        Self {
            notices: Notices::default(),
            ..self.clone()
        }
    }

    /// Returns where the work says what there is to say beside its result.
    pub fn notices(&self) -> &Notices {
        &self.notices
    }

    /// Returns where the work tells how far it is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Runs `work` on a thread of its own, which has this flag, and waits for it, at most until a stop is asked for.
    ///
    /// Work that is stopped is abandoned: its thread runs on until it notices, and its result is dropped. The next work
    /// waits for that. A panic inside it is returned, not raised.
    pub fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Stopped> {
        if self.is_set() || !self.settle() {
            return Err(Stopped::Interrupted);
        }
        let (sender, receiver) = sync_channel(1);
        let ticket = Ticket::new(&self.abandoned);
        let ends = ticket.clone();
        let watching = self.for_work();
        let worker = thread::Builder::new()
            .name("work".to_owned())
            .stack_size(STACK)
            .spawn(move || {
                let result = watching.watched(|| catch_panic(|| catch_polars_abort(AssertUnwindSafe(work))));
                // The receiver is gone when the work was abandoned.
                let _ = sender.send(result);
                ends.end();
            });
        if let Err(error) = worker {
            return Err(Stopped::Panicked(format!("cannot start a thread: {error}")));
        }
        loop {
            match receiver.recv_timeout(POLL) {
                Ok(Ok(Ok(value))) => return Ok(value),
                Ok(Ok(Err(QueryAborted::KeyboardInterrupt))) => return Err(Stopped::Interrupted),
                Ok(Ok(Err(QueryAborted::OocOutOfDisk))) => {
                    return Err(Stopped::Panicked(
                        "no space is left on the disk to spill to".to_owned(),
                    ));
                }
                Ok(Err(panic)) => return Err(panic),
                Err(RecvTimeoutError::Timeout) if self.is_set() => {
                    // What only runs out of time stops nothing else.
                    if self.is_asked() {
                        ticket.abandon();
                    }
                    return Err(Stopped::Interrupted);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Stopped::Panicked("the worker thread ended early".to_owned()));
                }
            }
        }
    }
}

/// Gives a thread back the flag it had, even after a panic.
struct Back(Interrupt);

impl Drop for Back {
    fn drop(&mut self) {
        WATCHED.set(std::mem::take(&mut self.0));
    }
}

/// Runs `work` here and turns a panic into an error.
pub fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, Stopped> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| Stopped::Panicked(message(&*payload)))
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "no message".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ends_with_its_value_or_its_panic() {
        let interrupt = Interrupt::default();
        assert_eq!(interrupt.run(|| 7).unwrap(), 7);
        let error = interrupt
            .run(|| -> u8 { panic!("out of range: {}", 3) })
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "an internal error in a library: out of range: 3"
        );
    }

    #[test]
    fn unwanted_work_is_abandoned_at_once() {
        let interrupt = Interrupt::default();
        let presser = interrupt.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            presser.trigger();
        });
        let started = Instant::now();
        let error = interrupt
            .run(|| thread::sleep(Duration::from_secs(5)))
            .unwrap_err();
        assert!(matches!(error, Stopped::Interrupted));
        assert!(started.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn abandoned_work_is_waited_for_and_stays_stopped() {
        let interrupt = Interrupt::default();
        let seen = interrupt.for_work();
        let presser = interrupt.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(30));
            presser.trigger();
        });
        // It does not look for a while, and then sees the request that was forgotten for others.
        let work = move || {
            thread::sleep(Duration::from_millis(200));
            assert!(seen.is_set());
        };
        assert!(matches!(interrupt.run(work), Err(Stopped::Interrupted)));
        interrupt.clear();
        assert!(interrupt.has_abandoned() && !interrupt.is_set() && !interrupt.for_work().is_set());
        assert!(interrupt.settle());
        assert!(!interrupt.has_abandoned());
        assert_eq!(interrupt.run(|| 7).unwrap(), 7);
    }

    #[test]
    fn waiting_can_be_stopped() {
        let interrupt = Interrupt::default();
        let presser = interrupt.clone();
        thread::spawn(move || {
            for _ in 0..2 {
                thread::sleep(Duration::from_millis(30));
                presser.trigger();
            }
        });
        let long = || thread::sleep(Duration::from_secs(5));
        assert!(interrupt.run(long).is_err());
        interrupt.clear();
        let started = Instant::now();
        assert!(!interrupt.settle());
        assert!(started.elapsed() < Duration::from_secs(1) && interrupt.has_abandoned());
    }

    #[test]
    fn a_deadline_is_its_own_and_the_flag_is_shared() {
        let outer = Interrupt::default();
        let past = outer.until(Instant::now());
        let later = past.until(Instant::now() + Duration::from_mins(1));
        assert_eq!(
            (outer.is_set(), past.is_set(), later.is_set()),
            (false, true, true)
        );
        let later = outer.until(Instant::now() + Duration::from_mins(1));
        assert!(!later.is_set());
        outer.trigger();
        assert!(later.is_set());
    }

    #[test]
    fn a_part_stops_with_the_whole_and_not_the_other_way_round() {
        let whole = Interrupt::default();
        let (part, other) = (whole.nested(), whole.nested());
        part.trigger();
        assert_eq!(
            (part.is_set(), other.is_set(), whole.is_set()),
            (true, false, false)
        );
        part.clear();
        assert!(!part.is_set());
        whole.trigger();
        assert!(part.is_set() && part.for_work().is_set() && other.nested().is_set());
    }
}
