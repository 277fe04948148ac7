//! [`Draft`]: a file that has what is being typed, for after a kill.

use std::fs;
use std::path::PathBuf;

use crate::assist::without_passwords;
use crate::secret::redaction::redact;

/// A file that has what is being typed.
#[derive(Debug)]
pub(super) struct Draft {
    file: PathBuf,
    kept: String,
}

impl Draft {
    pub(super) fn new(file: PathBuf) -> Self {
        Self {
            file,
            kept: String::new(),
        }
    }

    /// Writes `text` without passwords, where it is another one.
    pub(super) fn keep(&mut self, text: &str) {
        if self.kept != text {
            // A draft that cannot be written is not worth a word on every key.
            let _ = fs::write(&self.file, redact(&without_passwords(text)).as_bytes());
            text.clone_into(&mut self.kept);
        }
    }
}
