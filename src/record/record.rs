//! [`Record`]: the form of a record.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::output::Shown;
use super::value::Value;
use crate::cache::{Act, Reads};
use crate::digest::Digest;
use crate::notebook::kind_info;
use crate::parameters::Origin;

/// What a run of a notebook produced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of Sheaf that ran it.
    pub sheaf: String,
    /// The engine of frames and its version: `polars 0.55.2`.
    pub engine: String,
    /// The notebook's file, without its folder.
    pub notebook: String,
    /// The values of the widgets.
    pub parameters: BTreeMap<String, Parameter>,
    /// What `dbutils.notebook.exit` was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<String>,
    /// The cells in document order.
    pub cells: Vec<RecordedCell>,
    /// When and where it ran, and how long each cell took: all that differs between two runs with the same results.
    pub timing: Timing,
}

impl Record {
    /// Returns whether the run came to its end.
    pub fn is_whole(&self) -> bool {
        let mut cells = self.cells.iter();
        cells.all(|cell| match cell.status {
            Status::Done => true,
            Status::NotRun => self.exit.is_some(),
            Status::Failed | Status::Interrupted => false,
        })
    }
}

/// The value of a widget, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// The value.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// The result of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedCell {
    /// Its number, from 1.
    pub cell: usize,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is shown for a title where it has none: the first line that says what it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The word of its kind: `python`, `sql`, `md`.
    pub kind: String,
    /// How it ended.
    pub status: Status,
    /// The digest of its source, without what makes no difference: comments and spaces.
    pub source: Digest,
    /// The digests of what it read from cells above, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, Digest>,
    /// The widgets that it asked for, and their values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub widgets: BTreeMap<String, String>,
    /// What it did outside that another run would do again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub acts: BTreeSet<Act>,
    /// The files it read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<FileFact>,
    /// The secrets that it got, as references: nothing of their values.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<String>,
    /// What else it read outside its values.
    #[serde(default, skip_serializing_if = "Reads::is_empty")]
    pub resources: Reads,
    /// The files it wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<FileFact>,
    /// What it bound, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bindings: BTreeMap<String, Bound>,
    /// What it showed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Shown>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// How a cell ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// It bound its outputs.
    Done,
    /// It failed, and bound nothing.
    Failed,
    /// Someone asked for a stop while it ran.
    Interrupted,
    /// A cell before it did not end well.
    NotRun,
}

/// A file as it was read or written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFact {
    /// Its name, as cells write it.
    pub path: String,
    /// Its size in bytes; none for one that was not there.
    pub size: Option<u64>,
    /// The digest of its bytes; none for one that was not there, or is a folder.
    pub digest: Option<Digest>,
}

/// A value that a cell bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// Its type, as the language names it.
    #[serde(rename = "type")]
    pub kind: String,
    /// The digest of the value.
    pub digest: Digest,
    /// What it is, on one line: a small value itself, or the shape of a table.
    pub summary: String,
    /// For a table, the digest of each column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<(String, String, Digest)>,
    /// The value itself, where it is small, or what finds its tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// Why a cell failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The line and column in the cell's source, both from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<(usize, usize)>,
}

/// When a run began and ended, on what machine, and what each cell took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// When it began, in RFC 3339, UTC.
    pub started: String,
    /// When it ended.
    pub ended: String,
    /// The machine, as far as it decides the last digits of a float.
    #[serde(default)]
    pub machine: String,
    /// Each cell's, in document order.
    pub cells: Vec<CellTiming>,
}

/// What one cell took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CellTiming {
    /// How long it ran, in seconds.
    pub seconds: f64,
    /// The most memory that the process had while it ran, in bytes, where that is known.
    pub peak_memory: Option<u64>,
}

impl RecordedCell {
    /// Returns the cell's display name: `cell 3 "Load"`.
    pub fn label(&self) -> String {
        match &self.title {
            Some(title) => format!("cell {} \"{title}\"", self.cell),
            None => format!("cell {}", self.cell),
        }
    }

    /// Returns whether the cell is text, which has no results.
    pub fn is_text(&self) -> bool {
        kind_info(&self.kind).is_prose
    }
}

impl Status {
    /// Returns the word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::NotRun => "not run",
        }
    }
}

impl Bound {
    /// Returns how many rows a table has.
    pub fn rows(&self) -> Option<usize> {
        match &self.value {
            Some(Value::Table { rows, .. }) => Some(*rows),
            _ => None,
        }
    }
}
