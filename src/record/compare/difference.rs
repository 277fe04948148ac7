//! What differs in the results of a cell: [`Difference`].

use similar::TextDiff;

use super::plot::PlotDifference;
use super::table::TableDifference;
use crate::record::record::{FileFact, Status};

/// Something in the results of a cell that is not as it was recorded.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// The cell ended otherwise.
    Status {
        /// How it ended then.
        recorded: Status,
        /// How it ended now.
        now: Status,
    },
    /// A value that the cell binds.
    Binding {
        /// Its name.
        name: String,
        /// How it differs.
        change: Change,
    },
    /// A file that the cell writes.
    Written {
        /// The file as it was; none where it was not written.
        recorded: Option<FileFact>,
        /// The file as it is.
        now: Option<FileFact>,
    },
    /// What it gave `dbutils.notebook.exit`.
    Exit {
        /// The value then.
        recorded: Option<String>,
        /// The value now.
        now: Option<String>,
    },
    /// Something that the cell shows.
    Output {
        /// What a person calls it: `output`, or `output 2` where there are several.
        name: String,
        /// How it differs.
        change: Change,
    },
}

/// How a bound value differs.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The name was not bound.
    Bound {
        /// What it is now.
        now: String,
    },
    /// The name is no longer bound.
    Unbound {
        /// What it was.
        recorded: String,
    },
    /// It is another value, each in one line.
    Value {
        /// What it was.
        recorded: String,
        /// What it is now.
        now: String,
    },
    /// It is another text: a unified diff of its lines, without its header.
    Text {
        /// The diff.
        diff: String,
    },
    /// It is another table.
    Table(TableDifference),
    /// It is another plot.
    Plot(PlotDifference),
    /// It is another table or value, and the recorded one is no longer available.
    Unknown {
        /// What it was, in one line.
        recorded: String,
        /// What it is now.
        now: String,
        /// The columns that differ.
        columns: Vec<String>,
    },
}

/// Writes how two texts differ, line by line.
pub(super) fn diff(recorded: &str, now: &str) -> String {
    let ended = |text: &str| {
        if text.ends_with('\n') {
            text.to_owned()
        } else {
            format!("{text}\n")
        }
    };
    let (recorded, now) = (ended(recorded), ended(now));
    let diff = TextDiff::from_lines(&recorded, &now);
    diff.unified_diff().context_radius(1).to_string()
}
