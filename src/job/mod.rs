//! Runs of notebooks: everything between a notebook's file and what a front end shows of it.
//!
//! Finds the workspace, puts the session together, runs, records, resumes, compares with a record, and runs many
//! notebooks beside each other. A front end gives [`Options`] and follows the [`Event`]s, which are all that there is to
//! know of a run: to add one, implement [`Observer`] and hand it to [`Job::run`] or [`Check::run`]. Prints nothing, reads
//! no environment and decides no exit code.

mod assembly;
mod cache;
mod check;
mod checked;
mod child;
mod error;
mod event;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod job;
mod memory;
mod options;
mod outcome;
mod place;
mod queue;
mod recorder;
mod run;
mod suite;

pub use cache::{Resumed, find_cache};
pub use check::{Check, Checking};
pub use checked::Checked;
pub use error::JobError;
pub use event::{CellEnd, Event, Observer, Trouble};
pub use job::Job;
pub use options::{CachePolicy, CheckpointPolicy, Environment, Options, Rehearsal};
pub use outcome::{Outcome, Status};
pub use place::{current_workspace, workspace_of};
pub use run::RunOptions;
pub use suite::Suite;
