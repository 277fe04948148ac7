//! [`PipelineStatistics`]: how often a pipeline ran, how its runs ended and how long they took.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::runs::{Runs, natural, stored, time_or_none, unreadable};
use super::value::values;
use crate::pipeline::RunStatus;
use crate::schedule::error::ScheduleError;

/// How often a pipeline ran, how its runs ended and how long they took.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineStatistics {
    /// The pipeline.
    pub pipeline: String,
    /// How many runs there are of each status; statuses without any are left out.
    pub runs: BTreeMap<&'static str, u64>,
    /// How long the runs took that have ended, all together, in seconds.
    pub seconds: f64,
    /// How long the longest of them took, in seconds.
    pub longest: f64,
    /// When the latest run was asked for.
    pub latest: Option<DateTime<Utc>>,
}

impl Runs {
    /// Returns for each pipeline how often it ran since a time, by its name.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn statistics(&self, since: Option<DateTime<Utc>>) -> Result<Vec<PipelineStatistics>, ScheduleError> {
        self.read(|session| {
            let mut found: BTreeMap<String, PipelineStatistics> = BTreeMap::new();
            let sql = "SELECT pipeline, status, count(*), \
                           CAST(coalesce(sum(ended_at - started_at), 0) AS DOUBLE PRECISION), \
                           coalesce(max(ended_at - started_at), 0), max(queued_at) \
                       FROM runs WHERE queued_at >= ?1 GROUP BY pipeline, status";
            session.rows(sql, values![since.map_or(0, stored)], |row| {
                let pipeline: String = row.get(0)?;
                let name: String = row.get(1)?;
                let status = RunStatus::named(&name)
                    .ok_or_else(|| unreadable(format!("{name:?} is no status of a run")))?;
                let one = found
                    .entry(pipeline.clone())
                    .or_insert_with(|| PipelineStatistics {
                        pipeline,
                        runs: BTreeMap::new(),
                        seconds: 0.0,
                        longest: 0.0,
                        latest: None,
                    });
                one.runs.insert(status.name(), natural(row.get(2)?));
                one.seconds += row.get::<f64>(3)? / 1000.0;
                one.longest = one.longest.max(row.get::<f64>(4)? / 1000.0);
                one.latest = one.latest.max(time_or_none(row.get(5)?)?);
                Ok(())
            })?;
            Ok(found.into_values().collect())
        })
    }
}
