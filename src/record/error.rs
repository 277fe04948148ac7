//! What can go wrong with a record's file.

use crate::error::{Kind, Problem};

/// A record that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is no record beside the notebook.
    #[error("{notebook} has no record: there is no file {record}")]
    Missing {
        /// The notebook.
        notebook: String,
        /// Where its record would be.
        record: String,
    },
    /// The file cannot be read at all.
    #[error("cannot read the record {record}: {reason}")]
    Unreadable {
        /// The file.
        record: String,
        /// What the system says.
        reason: String,
    },
    /// The file is not what Sheaf wrote.
    #[error("{record}:{line}:{column}: the record is damaged: {reason}")]
    Damaged {
        /// The file.
        record: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The file is of a newer Sheaf.
    #[error("the record {record} has version {version}; this Sheaf reads up to version {known}")]
    Newer {
        /// The file.
        record: String,
        /// Its version.
        version: u32,
        /// The newest version that can be read.
        known: u32,
    },
    /// The file is the record of another notebook, whose name differs in its ending alone.
    #[error("{record} is the record of {owner}, and would be overwritten")]
    OfAnother {
        /// The file.
        record: String,
        /// The other notebook, in the same folder.
        owner: String,
    },
    /// The record cannot be put into text.
    #[error("the record {record} cannot be written: {reason}")]
    Unwritable {
        /// The file.
        record: String,
        /// Why.
        reason: String,
    },
}

impl Problem for RecordError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { notebook, .. } => Some(format!("`sheaf run {notebook} --record` creates one")),
            Self::OfAnother { .. } => Some("rename one of the two notebooks".to_owned()),
            Self::Unreadable { .. } => Some("check that it is a file that you can read".to_owned()),
            Self::Damaged { .. } => Some(
                "restore it from version control, or write it again with `sheaf run --record`".to_owned(),
            ),
            Self::Newer { .. } => Some("use the version of Sheaf that wrote it, or a newer one".to_owned()),
            Self::Unwritable { .. } => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Missing { .. } | Self::Unreadable { .. } | Self::Damaged { .. } | Self::Newer { .. } => {
                Kind::Unreadable
            }
            Self::Unwritable { .. } | Self::OfAnother { .. } => Kind::Failure,
        }
    }
}
