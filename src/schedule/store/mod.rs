//! The store of runs: one file of SQLite, which several processes read and write at the same time.
//!
//! A change of state lasts when its call returns. What belongs together (a run and how far its trigger is, an activity's end
//! and what the run waits for) is one transaction, so that a process can be killed between any two.

mod alerts;
mod asked;
mod creating;
mod files;
mod filter;
mod id;
mod journal;
mod queue;
mod reading;
mod retention;
mod runs;
mod schema;
mod states;
mod statistics;
#[cfg(test)]
mod tests;
mod triggers;
mod windows;

pub use alerts::AlertRow;
pub(super) use asked::Asked;
pub use creating::{NewRun, RerunFrom};
pub(super) use files::FileRow;
pub use journal::RunJournal;
pub(super) use queue::Waiting;
pub use runs::Runs;
pub use statistics::PipelineStatistics;
pub(super) use triggers::Advance;
pub use triggers::{TriggerName, TriggerRow};
