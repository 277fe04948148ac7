//! [`CacheEntry`]: what a cache keeps of one run of a cell, and its form on disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::super::ledger::Act;
use super::super::packed::{Packed, PackedTable};
use super::super::reads::Reads;
use crate::digest::{Digest, Digester};
use crate::frame::plot::Plot;
use crate::frame::{Profile, TableId};
use crate::model::{Evaluation, FittedModel};
use crate::output::{Output, RetainedOutput, Warning};

/// What a cache keeps of one run of a cell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CacheEntry {
    /// What it read outside its values.
    pub(crate) read: Reads,
    /// The secrets that it used, which are not among what it read.
    pub(crate) secrets: Option<StoredSecrets>,
    /// What running it again would do again.
    pub(crate) acts: Vec<Act>,
    /// The names of the files it wrote.
    pub(crate) wrote: Vec<String>,
    /// Where a warning names a line, the digest of the source as it is.
    pub(crate) text: Option<Digest>,
    /// What it bound.
    pub(crate) bindings: Vec<StoredBinding>,
    /// What it showed.
    pub(crate) outputs: Vec<StoredOutput>,
    /// How long it ran.
    pub(crate) seconds: f64,
    /// Of rows of a query: when they were asked for, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asked: Option<u64>,
}

/// The secrets that a cell used.
///
/// Nothing here is of use to anybody but the person whose run it was, and nobody else can make it: a folder of results that
/// several people share tells none of them whether another's secret has changed, or that two are the same, and an entry that
/// someone else has written gives no secret to a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredSecrets {
    /// Their references, each with whether the cell's own session got it.
    pub(crate) used: BTreeMap<String, bool>,
    /// Shows that a run of this person has used them, for this key.
    pub(crate) signature: Digest,
    /// Shows the same with the values that they had.
    pub(crate) values: Digest,
}

/// A name that a cell bound.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredBinding {
    pub(crate) name: String,
    /// The type, as the language names it.
    pub(crate) kind: String,
    /// What the value is, in one line.
    pub(crate) summary: String,
    pub(crate) value: StoredValue,
}

/// A value that a cell bound.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum StoredValue {
    /// One that can be made of data.
    Packed(Packed),
    /// One that only the cell itself can make, as it makes a function.
    Made {
        /// Its digest.
        digest: Digest,
        /// Its digest in the cache keys of cells that read it, where that is another one.
        nonce: Option<Digest>,
        /// What it is made of as far as that is data.
        packed: Option<Packed>,
    },
}

/// What a cell showed, in a form that can be kept on disk; tables by their digests.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredOutput {
    shown: Stored,
    whole: Option<Digest>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Stored {
    Printed(String),
    Text {
        text: String,
        whole: Option<Digest>,
    },
    Frame {
        rows: TableId,
        height: Option<usize>,
    },
    Series {
        column: TableId,
        height: usize,
    },
    Model(String),
    Evaluation(String),
    Profile(Arc<Profile>),
    Plot(Arc<Plot>),
    Markdown(String),
    Warning {
        message: String,
        place: Option<(usize, usize)>,
    },
}

impl CacheEntry {
    /// Returns whether every value can be made of data.
    pub(crate) fn is_whole(&self) -> bool {
        let mut bindings = self.bindings.iter();
        bindings.all(|binding| matches!(binding.value, StoredValue::Packed(_)))
    }

    /// Returns the tables that the values hold.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &PackedTable> {
        self.bindings.iter().flat_map(|binding| match &binding.value {
            StoredValue::Packed(packed) => packed.tables(),
            StoredValue::Made { .. } => Vec::new(),
        })
    }

    /// Returns a name that differs from those of entries for which other readings hold.
    pub(crate) fn name(&self) -> String {
        let mut digester = Digester::new("entry");
        digester.digest("read", &self.read.digest());
        if let Some(secrets) = &self.secrets {
            digester.digest("secrets", &secrets.values);
        }
        if let Some(text) = &self.text {
            digester.digest("text", text);
        }
        digester.finish().short()
    }

    /// Writes the entry of a key, after the digest of both.
    pub(crate) fn to_text(&self, key: &Digest) -> Option<String> {
        let body = ron::to_string(self).ok()?;
        Some(format!("{} {body}", seal(key, &body)))
    }

    /// Reads the entry of a key back; `None` when anything of it has changed, or it is of another key.
    pub(crate) fn from_text(text: &str, key: &Digest) -> Option<Self> {
        let (digest, body) = text.split_once(' ')?;
        if digest.parse::<Digest>().ok()? != seal(key, body) {
            return None;
        }
        ron::from_str(body).ok()
    }
}

/// Returns the digest of an entry and its key.
fn seal(key: &Digest, body: &str) -> Digest {
    Digester::new("sealed")
        .digest("key", key)
        .text("entry", body)
        .finish()
}

impl StoredOutput {
    /// Takes what a cell showed, and adds its tables to `tables`; `None` for what cannot be kept.
    pub(crate) fn of(kept: &RetainedOutput, tables: &mut Vec<(TableId, DataFrame)>) -> Option<Self> {
        let mut table = |rows: &DataFrame| {
            let id = crate::frame::digest(rows);
            tables.push((id, rows.clone()));
            id
        };
        let shown = match &kept.output {
            Output::Printed(text) => Stored::Printed(text.clone()),
            Output::Text { text, whole } => Stored::Text {
                text: text.clone(),
                whole: *whole,
            },
            Output::Frame { rows, height } => Stored::Frame {
                rows: table(rows),
                height: *height,
            },
            Output::Series { column, height } => Stored::Series {
                column: table(column),
                height: *height,
            },
            Output::Model(model) => Stored::Model(model.to_ron().ok()?),
            Output::Evaluation(evaluation) => Stored::Evaluation(evaluation.to_ron().ok()?),
            Output::Profile(profile) => Stored::Profile(Arc::clone(profile)),
            Output::Plot(plot) => Stored::Plot(Arc::clone(plot)),
            Output::Markdown(text) => Stored::Markdown(text.clone()),
            Output::Warning(warning) => Stored::Warning {
                message: warning.message.clone(),
                place: warning.place,
            },
            // It tells what the session has, and costs nothing.
            Output::Help(_) => return None,
        };
        Some(Self {
            shown,
            whole: kept.whole,
        })
    }

    /// Restores what was shown, with tables found by `table`.
    pub(crate) fn restore(self, table: impl Fn(&TableId) -> Option<DataFrame>) -> Option<RetainedOutput> {
        let output = match self.shown {
            Stored::Printed(text) => Output::Printed(text),
            Stored::Text { text, whole } => Output::Text { text, whole },
            Stored::Frame { rows, height } => Output::Frame {
                rows: table(&rows)?,
                height,
            },
            Stored::Series { column, height } => Output::Series {
                column: table(&column)?,
                height,
            },
            Stored::Model(text) => Output::Model(Arc::new(FittedModel::from_ron(&text).ok()?)),
            Stored::Evaluation(text) => Output::Evaluation(Arc::new(Evaluation::from_ron(&text).ok()?)),
            Stored::Profile(profile) => Output::Profile(profile),
            Stored::Plot(plot) => Output::Plot(plot),
            Stored::Markdown(text) => Output::Markdown(text),
            Stored::Warning { message, place } => Output::Warning(Warning { message, place }),
        };
        Some(RetainedOutput {
            output,
            whole: self.whole,
        })
    }
}
