//! The run of one pipeline: what runs after what, attempts, control, and what is told of it.
//!
//! Each change goes to the [`Journal`](crate::pipeline::Journal) before it is acted on. What a run gives depends on its
//! definition, its parameters and what its activities find, and never on which of them was faster.

mod attempts;
mod control;
mod engine;
mod error;
mod execution;
mod graph;
mod level;
mod notice;
mod parameters;
mod performer;
mod permits;
mod prior;
#[cfg(test)]
mod tests;

pub use error::RunError;
pub use execution::{Ended, Execution, Mode, Surroundings};
pub use notice::Notice;
pub use parameters::parameters;
pub use prior::Prior;
