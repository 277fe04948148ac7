//! What a run produced, cell by cell: the [`Record`] beside a notebook.
//!
//! Owns the form of a record, and what its parts look like as text. Runs nothing.

mod output;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod record;

pub use output::{Shown, Table, Text};
pub use record::{Bound, CellTiming, Failure, FileFact, Parameter, Record, RecordedCell, Status, Timing};

pub use crate::session::Origin;
