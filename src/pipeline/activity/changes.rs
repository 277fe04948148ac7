//! [`Changes`]: what a debug run would have changed.

use crate::database::TableChange;

/// What a debug run would have changed, had anything of it lasted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// What would have changed in tables, each with the name of the connection.
    pub tables: Vec<(String, TableChange)>,
    /// The files that would have been written, with their sizes.
    pub files: Vec<(String, u64)>,
    /// The activities that were left out because they cannot be undone, each with what it would have done.
    pub skipped: Vec<(String, &'static str)>,
}
