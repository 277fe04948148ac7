//! [`Journal`]: who is told of every change of a run before it is acted on.

use serde_json::Value;

use super::status::{ActivityStatus, RunStatus};
use crate::error::Error;

/// What changes in a run.
///
/// An activity is named by its path: `score`; within others, `each[3]/copy`, `if:true/load`, `until[2]/poll`. Inputs, outputs and
/// errors come without values of secrets, and without those that a definition calls secure.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry<'a> {
    /// The run has begun.
    Began,
    /// An attempt of an activity begins.
    Attempt {
        /// The activity.
        path: &'a str,
        /// What it is, as definitions write it: `Notebook`.
        kind: &'a str,
        /// Which attempt, counted from 1.
        attempt: u32,
        /// What it was given, with the values of its expressions.
        input: &'a Value,
        /// What names its loads, where it goes on with one of an earlier run: what that has loaded is not loaded again.
        load: Option<&'a str>,
    },
    /// The items of a `ForEach` are not those of the run that this one repeats.
    Items {
        /// The activity.
        path: &'a str,
        /// The items that it has now.
        items: &'a Value,
        /// The place that each of them had then, counted from 0; what was done for it then is done for it here.
        from: &'a [Option<usize>],
    },
    /// A notebook has run in an attempt.
    Notebook {
        /// The activity.
        path: &'a str,
        /// Which attempt.
        attempt: u32,
        /// The notebook's file, as the definition names it.
        file: &'a str,
        /// The text of the notebook that ran.
        source: &'a str,
        /// The text of the record of what it did (`record::Record::to_text`).
        record: &'a str,
    },
    /// How far an attempt has come; not kept for ever.
    Progress {
        /// The activity.
        path: &'a str,
        /// How many rows, or steps, are done.
        done: u64,
        /// How many there are, where that is known.
        total: Option<u64>,
    },
    /// An attempt has ended.
    AttemptEnded {
        /// The activity.
        path: &'a str,
        /// Which attempt.
        attempt: u32,
        /// How: `Succeeded`, `Failed`, `Cancelled` or `Interrupted`.
        status: ActivityStatus,
        /// What it gave.
        output: &'a Value,
        /// Why it failed: message and hint, as a person reads them.
        error: Option<&'a str>,
    },
    /// An activity is where it stays: `Succeeded`, `Failed`, `Skipped`, `Cancelled`.
    Ended {
        /// The activity.
        path: &'a str,
        /// What it is.
        kind: &'a str,
        /// How it ended.
        status: ActivityStatus,
        /// What it gave, for expressions.
        output: &'a Value,
        /// Why it failed, or why it was skipped.
        error: Option<&'a str>,
    },
    /// The run is over.
    Finished {
        /// How it ended.
        status: RunStatus,
        /// Why it failed.
        error: Option<&'a str>,
    },
}

/// Whether something may begin of which only so many may run at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Admitted,
    /// It has to wait for others.
    Waiting {
        /// How many of them go on.
        running: u64,
    },
}

/// Who is told of every change of a run before it is acted on: the store of runs, a terminal, both.
pub trait Journal: Send + Sync {
    /// Takes a change of the run; what is not for progress alone lasts when this returns.
    ///
    /// # Errors
    ///
    /// It cannot be kept: the run stops then, before it acts.
    fn write(&self, entry: &Entry<'_>) -> Result<(), Error>;

    /// Asks whether an activity may run another pipeline now, of which only `most` may run at a time, whoever runs them. Once it may,
    /// it counts as one of them until it leaves; who waits keeps the place in the line.
    ///
    /// # Errors
    ///
    /// It cannot be kept: the run stops then.
    fn enter(&self, _path: &str, _pipeline: &str, _most: u32) -> Result<Admission, Error> {
        Ok(Admission::Admitted)
    }

    /// Says that an activity does not run the other pipeline any more, or does not wait for it.
    ///
    /// # Errors
    ///
    /// It cannot be kept: the run stops then.
    fn leave(&self, _path: &str) -> Result<(), Error> {
        Ok(())
    }
}
