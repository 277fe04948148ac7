//! The runs that wait and those that run, as limits on how many run at a time count them.

use super::runs::Runs;
use super::triggers::TriggerName;
use crate::schedule::error::ScheduleError;
use crate::schedule::run::RunId;

/// A run that waits, or runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schedule) struct Waiting {
    /// Which.
    pub(in crate::schedule) id: RunId,
    /// Its pipeline.
    pub(in crate::schedule) pipeline: String,
    /// Its trigger.
    pub(in crate::schedule) trigger: Option<String>,
    /// The runs that were asked for with it, and how many of them run at a time.
    pub(in crate::schedule) batch: Option<(String, u32)>,
    /// The version that it has begun with.
    pub(in crate::schedule) version: Option<u32>,
    /// Whether a process has taken it, and runs it or will when its turn comes.
    pub(in crate::schedule) is_taken: bool,
    /// Whether it waits for that in the process that has taken it.
    pub(in crate::schedule) is_in_line: bool,
}

impl Waiting {
    /// Returns the name of its trigger, where it has one.
    pub(in crate::schedule) fn trigger_name(&self) -> Option<TriggerName> {
        let name = self.trigger.clone()?;
        Some(TriggerName {
            pipeline: self.pipeline.clone(),
            name,
        })
    }
}

impl Runs {
    /// Returns the runs that have not ended, in the order in which they were asked for.
    pub(in crate::schedule) fn queue(&self) -> Result<Vec<Waiting>, ScheduleError> {
        self.read(|session| {
            let sql = "SELECT id, pipeline, trigger_name, batch, batch_limit, version, owner IS NOT NULL, \
                           EXISTS (SELECT 1 FROM places WHERE places.run = runs.id AND places.path = '') FROM runs \
                       WHERE status IN ('Queued', 'InProgress') ORDER BY id";
            session.rows(sql, &[], |row| {
                let batch: Option<String> = row.get(3)?;
                let limit: Option<u32> = row.get(4)?;
                Ok(Waiting {
                    id: RunId(row.get(0)?),
                    pipeline: row.get(1)?,
                    trigger: row.get(2)?,
                    batch: batch.map(|batch| (batch, limit.unwrap_or(1))),
                    version: row.get(5)?,
                    is_taken: row.get(6)?,
                    is_in_line: row.get(7)?,
                })
            })
        })
    }

    /// Returns those runs that someone has asked to stop, and that have not ended.
    pub(in crate::schedule) fn to_cancel(&self) -> Result<Vec<RunId>, ScheduleError> {
        self.read(|session| {
            let sql = "SELECT id FROM runs WHERE status IN ('Queued', 'InProgress') AND cancel_asked = 1";
            session.rows(sql, &[], |row| row.get(0).map(RunId))
        })
    }
}
