//! When pipelines run, and what is kept of their runs.
//!
//! Owns the store of runs, triggers, the scheduler with its clock. What a run does is the pipeline's; how runs are shown is the
//! monitor's.

mod backfill;
mod error;
mod launch;
mod moment;
mod named;
mod opening;
mod owner;
mod process;
mod run;
mod scheduler;
mod serving;
mod sole;
mod store;
mod store_name;
mod times;
mod wall;
mod windows;

pub use backfill::{Backfill, Filled};
pub use error::ScheduleError;
pub use launch::PipelineLauncher;
pub use moment::{moment, shown, zone};
pub use named::{Upcoming, counts_from, find_trigger, upcoming};
pub use owner::Owner;
pub use process::Process;
pub use run::{ActivityRow, AttemptRow, NotebookRow, Origin, RunFilter, RunId, RunRow};
pub use scheduler::{Alerting, Clock, Launcher, Plan, Scheduler, Sending, SystemClock, Task, Wake};
pub use serving::Serving;
pub use sole::Sole;
pub use store::{
    AlertRow, AlertState, CarriedRow, Leader, NewRun, PipelineStatistics, RerunFrom, RunJournal, Runs,
    SeriesRow, TriggerName, TriggerRow,
};
pub use store_name::StoreName;
pub use times::Times;
pub use windows::Windows;
