//! [`SeriesRow`]: since when activities of a run are at their work, whose attempts were broken off and go on.

use chrono::{DateTime, Utc};

use super::reading::named;
use super::runs::{Runs, time};
use super::value::values;
use crate::pipeline::ActivityStatus;
use crate::schedule::error::ScheduleError;
use crate::schedule::run::RunId;

/// Attempts of an activity of which each goes on with the one before that was broken off, because its process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRow {
    /// The activity.
    pub path: String,
    /// When the first of them began.
    pub since: DateTime<Utc>,
    /// Whether the last of them was broken off as well: the next one goes on with it.
    pub is_open: bool,
}

impl Runs {
    /// Returns the latest series of each activity of a run: what bounds its time counts from there.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn series(&self, run: &RunId) -> Result<Vec<SeriesRow>, ScheduleError> {
        let attempts: Vec<(String, DateTime<Utc>, ActivityStatus)> = self.read(|session| {
            session.rows(
                "SELECT path, started_at, status FROM attempts WHERE run = ?1 ORDER BY path, attempt",
                values![run.0],
                |row| {
                    let status = named(row, 2, ActivityStatus::named)?;
                    Ok((row.get(0)?, time(row.get(1)?)?, status))
                },
            )
        })?;
        let mut all: Vec<SeriesRow> = Vec::new();
        for (path, started, status) in attempts {
            let is_open = matches!(status, ActivityStatus::Interrupted | ActivityStatus::Cancelled);
            match all.last_mut().filter(|series| series.path == path) {
                Some(series) if series.is_open => series.is_open = is_open,
                Some(series) => (series.since, series.is_open) = (started, is_open),
                None => all.push(SeriesRow {
                    path,
                    since: started,
                    is_open,
                }),
            }
        }
        Ok(all)
    }
}
