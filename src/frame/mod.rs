//! Tables: a [`Frame`] is a polars plan or a materialised polars table.
//!
//! Owns expressions, verbs, readers and writers. Knows nothing of cells, Starlark or the terminal.

mod dtype;
mod error;
#[allow(clippy::module_inception)]
mod frame;
mod interrupt;
mod pin;
pub mod read;
pub mod write;

pub use dtype::{dtype_name, parse_dtype};
pub use error::FrameError;
pub use frame::Frame;
pub use interrupt::{Interrupt, Stopped, contain};
