//! The scheduler: decides from the store what is due, makes runs of it, and starts them.
//!
//! Nothing is decided from memory alone: a scheduler that is killed between any two writes leaves a store from which the next one
//! goes on, with no run lost or doubled. Time is its [`Clock`]'s, and who runs runs is its [`Launcher`]'s.

mod alerting;
mod clock;
mod due;
mod events;
mod guard;
mod launcher;
mod looks;
mod plan;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod scheduler;
mod sending;
mod starter;
mod starting;
mod task;
#[cfg(test)]
mod tests;
mod timetable;
mod watching;
mod windowing;

pub use clock::{Clock, SystemClock, Wake};
pub(super) use due::{asked, occasion};
pub(super) use events::written_between;
pub use launcher::{Alerting, Launcher};
pub use plan::Plan;
pub use scheduler::Scheduler;
pub use sending::Sending;
pub use task::Task;
