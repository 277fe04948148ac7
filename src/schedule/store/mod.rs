//! The store of runs: a file of SQLite, or a schema of PostgreSQL, which several processes read and write at the same time.
//!
//! What is asked of it is the same for both ([`engine`]); in a database of a server, processes of several machines elect one that
//! runs what triggers ask for ([`owners`]).
//!
//! A change of state lasts when its call returns. What belongs together (a run and how far its trigger is, an activity's end
//! and what the run waits for) is one transaction, so that a process can be killed between any two.

mod alerts;
mod asked;
mod backfills;
mod beginning;
mod carried;
mod creating;
mod disk;
mod engine;
mod files;
mod filter;
mod going_on;
mod heartbeat;
mod id;
mod identity;
mod journal;
mod owners;
mod places;
mod postgresql;
mod postgresql_schema;
#[cfg(test)]
mod postgresql_tests;
mod queue;
mod reading;
mod retention;
mod runs;
mod schema;
mod server;
mod sqlite;
mod states;
mod statistics;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
mod triggers;
mod trouble;
mod turns;
mod value;
mod windows;

pub use alerts::{AlertRow, AlertState};
pub(super) use asked::Asked;
pub(super) use backfills::BackfillRow;
pub(super) use beginning::{Advance, DueRun};
pub use carried::CarriedRow;
pub use creating::{NewRun, RerunFrom};
pub(super) use files::FileRow;
pub use going_on::SeriesRow;
pub(super) use identity::Identity;
pub use journal::RunJournal;
pub(super) use owners::Lead;
pub use owners::Leader;
pub(super) use queue::Waiting;
pub use runs::Runs;
pub(super) use server::Server;
pub use statistics::PipelineStatistics;
pub use triggers::{TriggerName, TriggerRow};
pub(super) use windows::{Open, WindowRow};
