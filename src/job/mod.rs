//! Runs of notebooks: everything between a notebook's file and what a front end shows of it.
//!
//! Finds the workspace, puts the session together, runs, records, resumes, compares with a record, and runs many
//! notebooks beside each other. Prints nothing, reads no environment and decides no exit code: front ends do.

mod assembly;
mod cache;
mod child;
mod error;
mod event;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod job;
mod options;
mod place;

pub use cache::{Resumed, find_cache};
pub use error::JobError;
pub use event::Trouble;
pub use job::Job;
pub use options::{CachePolicy, CheckpointPolicy, Environment, Options};
pub use place::{current_workspace, workspace_of};
