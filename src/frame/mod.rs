//! Tables: a [`Frame`] is a polars plan or a materialised polars table.
//!
//! Owns expressions, verbs, readers and writers. Knows nothing of cells, Starlark or the terminal.

mod dtype;
mod error;
mod expression;
#[allow(clippy::module_inception)]
mod frame;
mod interrupt;
mod pin;
pub mod read;
mod scalar;
mod sql_text;
pub mod write;

pub use dtype::{dtype_name, parse_dtype};
pub use error::FrameError;
pub use expression::{Expression, Operator};
pub use frame::Frame;
pub use interrupt::{Interrupt, Stopped, contain};
pub use scalar::Scalar;
