//! [`FileChange`]: what is different in a file of two versions.

use std::collections::{BTreeMap, BTreeSet};

use similar::TextDiff;

/// What is different in a file of two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileChange {
    /// It is only in the later one.
    Added {
        /// The file.
        path: String,
    },
    /// It is only in the earlier one.
    Removed {
        /// The file.
        path: String,
    },
    /// It is in both, and not the same.
    Changed {
        /// The file.
        path: String,
        /// The lines that differ, as `diff -u` writes them.
        lines: String,
    },
}

impl FileChange {
    /// Returns the file.
    pub fn path(&self) -> &str {
        match self {
            Self::Added { path } | Self::Removed { path } | Self::Changed { path, .. } => path,
        }
    }
}

/// Returns what is different between two sets of files, by path.
pub(super) fn changes(
    earlier: &BTreeMap<String, Vec<u8>>,
    later: &BTreeMap<String, Vec<u8>>,
) -> Vec<FileChange> {
    let paths: BTreeSet<&String> = earlier.keys().chain(later.keys()).collect();
    let change = |path: &String| match (earlier.get(path), later.get(path)) {
        (None, _) => Some(FileChange::Added { path: path.clone() }),
        (_, None) => Some(FileChange::Removed { path: path.clone() }),
        (Some(before), Some(after)) if before != after => Some(FileChange::Changed {
            path: path.clone(),
            lines: lines(before, after),
        }),
        _ => None,
    };
    paths.into_iter().filter_map(change).collect()
}

fn lines(before: &[u8], after: &[u8]) -> String {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    TextDiff::from_lines(before.as_ref(), after.as_ref())
        .unified_diff()
        .to_string()
}
