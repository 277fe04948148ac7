//! [`Gone`]: the names of cells that were removed, or failed and were dropped, and the result of those.

use std::collections::HashMap;

use super::entry::Entry;
use super::error::{Going, SessionError};

/// The names that removed cells bound or were to bind, each with the last of these cells.
#[derive(Default)]
pub(super) struct Gone(HashMap<String, LastLine>);

/// What is known of the last cell that bound a name.
struct LastLine {
    how: Going,
    /// The line of the cell that is about the name.
    line: String,
}

impl Gone {
    /// Remembers that the names which a cell binds are about to be gone.
    pub(super) fn note(&mut self, entry: &Entry) {
        let how = match &entry.last_run {
            Some(_) => Going::Deleted,
            None if entry.failed => Going::Failed,
            None => Going::Unfinished,
        };
        let source = entry.cell.source();
        if let Ok(analysis) = &entry.analysis {
            // A cell that reads what it binds is not a reason for that to have no value.
            let names = analysis.outputs.difference(&analysis.inputs);
            for name in names {
                let line = source.lines().find(|line| line.starts_with(name.as_str()));
                let line = line.or(source.lines().next()).unwrap_or_default().to_owned();
                self.0.insert(name.clone(), LastLine { how, line });
            }
        }
    }

    /// Describes why a name that no cell binds has no value, where that is known.
    pub(super) fn reason(&self, name: &str) -> Option<SessionError> {
        self.0.get(name).map(|last| SessionError::Gone {
            name: name.to_owned(),
            how: last.how,
            line: last.line.clone(),
        })
    }
}
