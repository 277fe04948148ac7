//! [`FileRow`]: a file that an event trigger watches, as it was when it was last looked at and when it was taken.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::asked::{Asked, ask};
use super::runs::Runs;
use super::triggers::{TriggerName, reach};
use super::value::values;
use crate::schedule::error::ScheduleError;
use crate::schedule::run::RunId;

/// A file that an event trigger watches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::schedule) struct FileRow {
    /// Its version at the last look; none while it is not there.
    pub(in crate::schedule) seen: Option<String>,
    /// Its version when a run was made for it.
    pub(in crate::schedule) taken: Option<String>,
    /// The digest of its contents then.
    pub(in crate::schedule) digest: Option<String>,
    /// Whether it has come since.
    pub(in crate::schedule) is_new: bool,
}

impl Runs {
    /// Returns the files that a trigger knows, by their paths.
    pub(in crate::schedule) fn files(
        &self,
        trigger: &TriggerName,
    ) -> Result<BTreeMap<String, FileRow>, ScheduleError> {
        self.read(|session| {
            let sql = "SELECT path, seen, taken, digest, is_new FROM files WHERE pipeline = ?1 AND name = ?2";
            let rows = session.rows(sql, values![trigger.pipeline, trigger.name], |row| {
                let file = FileRow {
                    seen: row.get(1)?,
                    taken: row.get(2)?,
                    digest: row.get(3)?,
                    is_new: row.get(4)?,
                };
                Ok((row.get(0)?, file))
            })?;
            Ok(rows.into_iter().collect())
        })
    }

    /// Notes what has become of files, and makes the run for those of them that are taken: both or neither.
    pub(in crate::schedule) fn note_files(
        &self,
        trigger: &TriggerName,
        files: &BTreeMap<String, FileRow>,
        asked: Option<&Asked>,
        through: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Option<RunId>, ScheduleError> {
        self.write(|transaction| {
            let put = "INSERT INTO files (pipeline, name, path, seen, taken, digest, is_new) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
                       ON CONFLICT (pipeline, name, path) DO UPDATE SET seen = excluded.seen, taken = excluded.taken, \
                           digest = excluded.digest, is_new = excluded.is_new";
            for (path, file) in files {
                let values = values![
                    trigger.pipeline,
                    trigger.name,
                    path,
                    file.seen,
                    file.taken,
                    file.digest,
                    file.is_new,
                ];
                transaction.execute(put, values)?;
            }
            if let Some(through) = through {
                reach(transaction, trigger, through)?;
            }
            asked.map_or(Ok(None), |asked| ask(transaction, asked, now))
        })
    }
}
