//! [`Event`]: what happens in a job, and [`Observer`], who follows it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::cache::Resumed;
use super::checked::Checked;
use super::outcome::Outcome;
use crate::error::Error;
use crate::output::Output;
use crate::record::Saved;
use crate::session::Session;
use crate::source::{CellError, CellId};

/// What happens in a job, in this order; what is reported of cells comes in document order, however many run at a time.
///
/// A front end needs nothing else: a terminal, lines of JSON and a record are made of the same events.
pub enum Event<'a> {
    /// Something deserves a look and stops nothing; it comes at the beginning or at the end.
    Trouble(&'a Trouble),
    /// The job was asked to resume an earlier run: what it continues, if there is anything.
    Resumed(Option<&'a Resumed>),
    /// A cell has begun.
    CellBegan(CellId),
    /// A cell shows something.
    CellShowed(CellId, &'a Output),
    /// A cell has ended; with an error, it is the last one.
    CellEnded(CellId, &'a CellEnd),
    /// Cells used secrets: which store answered, by scope.
    SecretsAnswered(&'a BTreeMap<String, String>),
    /// The record was written, or left as it is; `None` where it is kept because it is of a whole run and this one is not.
    Recorded(Option<Saved>),
    /// The results were compared with the recorded ones.
    Compared(&'a Checked),
    /// All is over.
    Finished(&'a Outcome),
}

/// How a cell ended.
#[derive(Debug, Clone)]
pub struct CellEnd {
    /// How long it ran; of one from the cache, how long it ran then.
    pub time: Duration,
    /// Whether its results are from the cache.
    pub is_cached: bool,
    /// Why it failed.
    pub error: Option<CellError>,
}

/// Something about a job that deserves a look and stops nothing.
#[derive(Debug)]
pub enum Trouble {
    /// The folder for what is kept cannot be made: no results, no history and no session are kept.
    PrivateFolder(Error),
    /// What earlier sessions have mounted cannot be read, or not all of it be mounted.
    Mounts(Error),
    /// Results could not be written to the cache: the next run will do all work again.
    Cache {
        /// The cache's folder.
        folder: PathBuf,
        /// What the system says.
        reason: String,
    },
}

/// Follows a job, such as a terminal that prints it.
pub trait Observer {
    /// Takes what happens; the session knows more of its cells.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from following: the job is stopped then, and ends with that error.
    fn event(&mut self, session: &Session, event: &Event<'_>) -> Result<(), Error>;
}

/// No one follows.
impl Observer for () {
    fn event(&mut self, _: &Session, _: &Event<'_>) -> Result<(), Error> {
        Ok(())
    }
}
