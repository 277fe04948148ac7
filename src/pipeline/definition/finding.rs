//! [`Finding`]: what is wrong in a definition, where, and what to do.

use std::fmt;

use serde::Serialize;

use crate::error::{Kind, Problem};
use crate::ron_text::Place;

/// What is wrong in a definition, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The file, from the workspace's folder.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// Makes a finding at a place of a file.
    pub(crate) fn new(file: &str, place: Place, message: impl Into<String>, hint: Option<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: place.line,
            column: place.column,
            message: message.into(),
            hint,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

impl std::error::Error for Finding {}

impl Problem for Finding {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }

    fn kind(&self) -> Kind {
        Kind::Unreadable
    }
}
