//! What a run produced, cell by cell: the [`Record`] beside a notebook, and how another run compares with it.
//!
//! Owns the form of a record, its file, and what its parts look like as text. Runs nothing, and prints nothing.

mod cell_text;
mod compare;
mod error;
mod file;
mod form;
mod output;
mod reads;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod record;
mod report;
mod run;
mod sums;
mod text;
mod value;

pub use compare::{
    Cause, CellComparison, Change, Comparison, Difference, PlotDifference, PointDifference, TableDifference,
    Verdict, compare,
};
pub use error::RecordError;
pub use file::Saved;
pub use output::{Shown, Table, Text};
pub use record::{Bound, CellTiming, Failure, FileFact, Parameter, Record, RecordedCell, Status, Timing};
pub use report::{cause, cell_report, differences, headline, summary};
pub use run::{Ended, Run, parameters};
pub use value::Value;

pub use crate::parameters::Origin;
