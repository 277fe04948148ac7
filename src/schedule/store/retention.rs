//! Removing runs that are kept long enough.

use chrono::{DateTime, Utc};

use super::runs::{Runs, stored};
use super::value::values;
use crate::schedule::error::ScheduleError;

impl Runs {
    /// Removes the runs that ended before a time, with all that is kept of them, and returns how many.
    ///
    /// How far triggers are, their windows and the files they have taken stay: nothing is run again for it.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub fn remove_ended_before(&self, time: DateTime<Utc>) -> Result<u64, ScheduleError> {
        self.write(|transaction| {
            transaction.execute(
                "DELETE FROM runs WHERE ended_at < ?1 AND status NOT IN ('Queued', 'InProgress')",
                values![stored(time)],
            )
        })
    }
}
