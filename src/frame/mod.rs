//! Tables: a [`Frame`] is a polars plan or a materialised polars table.
//!
//! Owns expressions, verbs, readers and writers. Knows nothing of cells, Starlark or the terminal.

mod interrupt;
pub mod read;
pub mod write;

pub use interrupt::{Interrupt, Stopped, contain};
