//! [`Resource`]: something outside its values that a cell can read.
//!
//! To add one, add its variant and what a person calls it here, and its version to the session's
//! [`World`](super::World). Staleness, the cache and the comparison of records go by that.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digester;
use crate::secret::Reference;

/// Something outside its values that a cell can read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Resource {
    /// A file, by its name as cells write it.
    File(String),
    /// A library of functions, by its file's name: only its functions matter.
    Library(String),
    /// The names of the files that match a pattern.
    Glob(String),
    /// Which version of a table is the newest, by the name of the table's folder.
    Newest(String),
    /// The value of a widget.
    Widget(String),
    /// The names of all widgets.
    WidgetNames,
    /// The names above that are bound to a kind of values.
    NamesOf(String),
    /// The folder of the notebook, from which a cell names other notebooks and libraries.
    Folder,
    /// The value of a secret, of which the cell has only the reference.
    #[serde(skip)]
    Secret(Reference),
    /// What `sheaf.ron` says of a connection, by its name.
    Connection(String),
    /// The rows of a query, by the name of the connection and the text.
    Query {
        /// The connection's name.
        connection: String,
        /// The statement, and its parameters behind it where it has some.
        sql: String,
    },
    /// The files from which the cells above have made what this one reads.
    Lineage,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(name) | Self::Library(name) => write!(f, "input file {name}"),
            Self::Glob(pattern) => write!(f, "the files that match {pattern}"),
            Self::Newest(name) => write!(f, "the newest version of {name}"),
            Self::Widget(name) => write!(f, "parameter {name}"),
            Self::WidgetNames => f.write_str("the names of the parameters"),
            Self::NamesOf(kind) => write!(f, "the names of the {kind}s above"),
            Self::Folder => f.write_str("the notebook's folder"),
            Self::Secret(reference) => write!(f, "secret {reference}"),
            Self::Connection(name) => write!(f, "connection {name}"),
            Self::Query { connection, sql } => {
                write!(f, "the rows of {} on {connection}", shortened(sql))
            }
            Self::Lineage => f.write_str("the files that its inputs come from"),
        }
    }
}

impl Resource {
    /// Adds it to a digest: what kind of resource it is, and its name.
    pub(super) fn write(&self, digester: &mut Digester) {
        match self {
            Self::File(name) => digester.text("file", name),
            Self::Library(name) => digester.text("library", name),
            Self::Glob(pattern) => digester.text("glob", pattern),
            Self::Newest(name) => digester.text("newest version", name),
            Self::Widget(name) => digester.text("widget", name),
            Self::WidgetNames => digester.text("widget names", ""),
            Self::NamesOf(kind) => digester.text("names of", kind),
            Self::Folder => digester.text("folder", ""),
            Self::Secret(reference) => digester.text("secret", &reference.to_string()),
            Self::Connection(name) => digester.text("named connection", name),
            Self::Query { connection, sql } => digester.text("connection", connection).text("query", sql),
            Self::Lineage => digester.text("lineage", ""),
        };
    }

    /// Returns the name of the file that this is.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::File(name) | Self::Library(name) => Some(name),
            _ => None,
        }
    }

    /// Returns whether it is of the world, and not of the session that has read it.
    pub(crate) fn is_outside(&self) -> bool {
        match self {
            Self::File(_)
            | Self::Library(_)
            | Self::Glob(_)
            | Self::Newest(_)
            | Self::Secret(_)
            | Self::Connection(_)
            | Self::Query { .. } => true,
            Self::Widget(_) | Self::WidgetNames | Self::NamesOf(_) | Self::Folder | Self::Lineage => false,
        }
    }

    /// Returns whether this is what a cell was asked to do, rather than what it found: where it is another, a cell that
    /// has acted has not yet done what it is to do now.
    pub(crate) fn is_request(&self) -> bool {
        matches!(
            self,
            Self::Widget(_) | Self::WidgetNames | Self::Folder | Self::Connection(_)
        )
    }
}

/// How many characters of a query are shown.
const SHOWN: usize = 60;

/// Writes a query on one line, cut where it is long.
fn shortened(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", line.get(..end).unwrap_or_default()),
        None => format!("`{line}`"),
    }
}
