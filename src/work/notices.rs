//! [`Notices`]: what work has to say beside its result, for whoever watches it to show.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What work has to say beside its result; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Notices(Arc<Mutex<Vec<String>>>);

impl Notices {
    /// Says something; what was said before and not yet shown is said once.
    pub fn add(&self, notice: String) {
        let mut all = self.lock();
        if !all.contains(&notice) {
            all.push(notice);
        }
    }

    /// Takes out what was said so far, in its order.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
