//! The processes that run runs, as each knows of the others, and which of them runs what triggers ask for.
//!
//! Beside a file, locks of this machine say who lives. In a database each has a row, which says until when it is taken to live;
//! whoever finds that it is dead removes that row, and from then on it writes nothing any more. The one that leads is named in
//! `lease`, with a number that grows each time: a transaction of one that leads no more is refused.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};

use super::engine::Dialogue;
use super::heartbeat::{DEAD_AFTER, Heartbeat};
use super::postgresql_schema::NOW;
use super::runs::{Place, Runs, failure, time};
use super::server::Server;
use super::trouble::Trouble;
use super::value::{Row, values};
use crate::schedule::error::ScheduleError;
use crate::schedule::owner::Owner;
use crate::schedule::process::Process;

/// How long a process is remembered that was killed, in milliseconds: a day.
const FORGOTTEN: i64 = 24 * 60 * 60 * 1000;

/// The process that runs what triggers ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leader {
    /// Which.
    pub process: Process,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Which leader it is, counted from the first.
    pub fence: i64,
}

impl std::fmt::Display for Leader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let since = self.since.format("%Y-%m-%d %H:%M:%S");
        write!(f, "{}, since {since} UTC", self.process)
    }
}

/// Who leads, when one has asked to.
#[derive(Debug)]
pub(in crate::schedule) enum Lead {
    /// This process.
    Own(Owner),
    /// Another one.
    Other(Leader),
}

impl Runs {
    /// Makes this process known as one that runs runs.
    ///
    /// # Errors
    ///
    /// It cannot be: the folder or the database cannot be written.
    pub fn make_known(&self) -> Result<Owner, ScheduleError> {
        let server = match self.place() {
            Place::File(_) => return Owner::new(&self.owners()),
            Place::Server(server) => server,
        };
        let (name, process, sent) = (Owner::unique_name(), Process::this(), Instant::now());
        self.write(|transaction| put(transaction, &name, &process))?;
        self.alive(server, name, None, sent)
    }

    fn alive(
        &self,
        server: &Arc<Server>,
        name: String,
        fence: Option<i64>,
        sent: Instant,
    ) -> Result<Owner, ScheduleError> {
        let heartbeat = Heartbeat::begin(server, &name, sent);
        let heartbeat = heartbeat.map_err(|trouble| failure(self.name(), "written", trouble))?;
        Ok(Owner::of(name, fence, Box::new(heartbeat)))
    }

    /// Returns the folder with a file for each process that runs runs; that of a database has none.
    pub fn owners(&self) -> PathBuf {
        match self.place() {
            Place::File(path) => path.with_file_name("running"),
            Place::Server(_) => PathBuf::new(),
        }
    }

    /// Returns whether the process of this name still lives; one that does not writes nothing from now on.
    pub(in crate::schedule) fn lives(&self, owner: &str) -> bool {
        if let Place::File(_) = self.place() {
            return Owner::lives(&self.owners(), owner);
        }
        let is_heard_of = format!("SELECT count(*) FROM owners WHERE name = ?1 AND expires_at > {NOW}");
        let lives = self.read(|session| session.one::<i64>(&is_heard_of, values![owner]));
        // Who cannot look does not know.
        if lives.map_or(true, |count| count > 0) {
            return true;
        }
        // It may have been heard of in between.
        let remove = format!("DELETE FROM owners WHERE name = ?1 AND expires_at <= {NOW}");
        let left = self.write(|transaction| {
            transaction.execute(&remove, values![owner])?;
            transaction.one::<i64>("SELECT count(*) FROM owners WHERE name = ?1", values![owner])
        });
        left.map_or(true, |left| left > 0)
    }

    /// Returns whether processes that serve the workspace elect one of them in the store, which a file has no need of.
    pub fn has_lease(&self) -> bool {
        matches!(self.place(), Place::Server(_))
    }

    /// Returns which process runs what triggers ask for; none where no one does, or the store does not say it.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn leader(&self) -> Result<Option<Leader>, ScheduleError> {
        if !self.has_lease() {
            return Ok(None);
        }
        self.read(leader)
    }

    /// Makes this process the one that runs what triggers ask for, unless another one is.
    pub(in crate::schedule) fn lead(&self) -> Result<Lead, ScheduleError> {
        let Place::Server(server) = self.place() else {
            return self.make_known().map(Lead::Own);
        };
        // Whoever only stands by keeps no one from writing.
        if let Some(other) = self.leader()? {
            return Ok(Lead::Other(other));
        }
        let (name, process, sent) = (Owner::unique_name(), Process::this(), Instant::now());
        let led = self.write(|transaction| {
            if let Some(other) = leader(transaction)? {
                return Ok(Err(other));
            }
            transaction.execute(
                "DELETE FROM owners WHERE name = (SELECT holder FROM lease WHERE name = 'scheduler')",
                &[],
            )?;
            put(transaction, &name, &process)?;
            let fence: i64 = transaction.one(
                "UPDATE lease SET holder = ?1, fence = fence + 1 WHERE name = 'scheduler' RETURNING fence",
                values![name],
            )?;
            Ok(Ok(fence))
        })?;
        match led {
            Ok(fence) => self.alive(server, name, Some(fence), sent).map(Lead::Own),
            Err(other) => Ok(Lead::Other(other)),
        }
    }
}

impl Runs {
    /// Forgets processes that were killed long ago.
    pub(in crate::schedule) fn forget_killed(&self) -> Result<(), ScheduleError> {
        if !self.has_lease() {
            return Ok(());
        }
        self.write(|transaction| {
            for (table, time) in [("owners", "expires_at"), ("writers", "written_at")] {
                let forget = format!("DELETE FROM {table} WHERE {time} < {NOW} - ?1");
                transaction.execute(&forget, values![FORGOTTEN])?;
            }
            Ok(())
        })
    }
}

/// Puts a process among those that run runs.
fn put(session: &Dialogue<'_>, name: &str, process: &Process) -> Result<(), Trouble> {
    let sql = format!("INSERT INTO owners VALUES (?1, ?2, ?3, {NOW}, {NOW} + ?4)");
    session.execute(&sql, values![name, process.host, process.pid, DEAD_AFTER])?;
    Ok(())
}

/// Returns who leads, as far as the database has heard of it lately.
fn leader(session: &Dialogue<'_>) -> Result<Option<Leader>, Trouble> {
    let sql = format!(
        "SELECT owners.host, owners.pid, owners.since, lease.fence FROM lease \
         JOIN owners ON owners.name = lease.holder AND owners.expires_at > {NOW} WHERE lease.name = 'scheduler'"
    );
    session.row(&sql, &[], |row: &Row| {
        Ok(Leader {
            process: Process {
                host: row.get(0)?,
                pid: row.get(1)?,
            },
            since: time(row.get(2)?)?,
            fence: row.get(3)?,
        })
    })
}
