//! [`Clock`]: the time, and waiting for it.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// How long the system's clock is trusted to run evenly: it may be put forward or back meanwhile, and other processes may ask for
/// runs.
const MOST: Duration = Duration::from_millis(500);

/// How long whoever was woken waits for others who would wake it as well: runs that end at the same time are looked at once.
const GATHER: Duration = Duration::from_millis(10);

/// The time, and waiting for it.
pub trait Clock: Send + Sync {
    /// Returns the time.
    fn now(&self) -> DateTime<Utc>;

    /// Waits until a time, or until someone wakes it, or a little while: whoever waits looks again in any case.
    fn wait(&self, until: DateTime<Utc>, wake: &Wake);
}

/// Wakes who waits.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<(Mutex<bool>, Condvar)>);

impl Wake {
    /// Wakes who waits, or who waits next.
    pub fn wake(&self) {
        let (is_woken, condition) = &*self.0;
        *is_woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        condition.notify_all();
    }

    /// Waits until someone wakes it, at most so long.
    pub fn wait(&self, most: Duration) {
        let (is_woken, condition) = &*self.0;
        let waiting = is_woken.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut is_woken, _) = condition
            .wait_timeout_while(waiting, most, |is_woken| !*is_woken)
            .unwrap_or_else(PoisonError::into_inner);
        *is_woken = false;
    }
}

/// The clock of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn wait(&self, until: DateTime<Utc>, wake: &Wake) {
        let left = || (until - self.now()).to_std().unwrap_or_default();
        wake.wait(left().min(MOST));
        std::thread::sleep(left().min(GATHER));
        wake.wait(Duration::ZERO);
    }
}
