//! Help while writing: completion, signatures, highlighting, and code that Sheaf cannot run, for any place in any cell
//! of a notebook.
//!
//! Answers from a [`Snapshot`](crate::session::Snapshot), also while cells run, and gives plain data. Draws nothing, runs
//! no cell, and knows no front end: what commands one has, it tells.

mod assistant;
mod command;
mod completion;
mod draft;
mod highlight;
mod latest;
mod position;
mod probe;
mod signature;
pub mod unsupported;

pub use assistant::{Assistant, BUDGET};
pub use command::{ArgumentKind, CommandSpec};
pub use completion::{Candidate, Completion};
pub use draft::without_passwords;
pub use highlight::highlight;
pub use latest::Latest;
pub use position::Position;
pub use signature::Signature;
