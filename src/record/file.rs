//! A record's file: `NAME.record.ron` beside the notebook.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ron::error::SpannedError;
use serde::Deserialize;

use super::error::RecordError;
use super::form::{TIMING, VERSION, options};
use super::record::Record;
use crate::error::Error;
use crate::secret::redaction::redact_quoted;
use crate::storage::Location;

/// What a record's name ends with.
const ENDING: &str = ".record.ron";

/// The result of writing a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The file is new, or another than before.
    Written,
    /// The file had the same results already, and was left as it is.
    Unchanged,
}

/// What every version has.
#[derive(Deserialize)]
struct Header {
    version: u32,
}

impl Record {
    /// Returns where the record of a notebook is: `titanic_train.record.ron` beside `titanic_train.py`.
    pub fn path_of(notebook: &Path) -> PathBuf {
        let stem = notebook.file_stem().unwrap_or_default().to_string_lossy();
        notebook.with_file_name(format!("{stem}{ENDING}"))
    }

    /// Reads the record of a notebook.
    ///
    /// # Errors
    ///
    /// When there is none, or it is damaged or of a newer Sheaf.
    pub fn read(notebook: &Path) -> Result<Self, RecordError> {
        let path = Self::path_of(notebook);
        let record = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::from_text(&text, &record),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(RecordError::Missing {
                notebook: notebook.display().to_string(),
                record,
            }),
            Err(error) => Err(RecordError::Unreadable {
                record,
                reason: error.to_string(),
            }),
        }
    }

    /// Reads a record from its text; `name` is what messages call its file.
    pub fn from_text(text: &str, name: &str) -> Result<Self, RecordError> {
        let damaged = |error: SpannedError| RecordError::Damaged {
            record: name.to_owned(),
            line: error.span.start.line,
            column: error.span.start.col,
            reason: error.code.to_string(),
        };
        let header: Header = options().from_str(text).map_err(damaged)?;
        if header.version > VERSION {
            return Err(RecordError::Newer {
                record: name.to_owned(),
                version: header.version,
                known: VERSION,
            });
        }
        options().from_str(text).map_err(damaged)
    }

    /// Takes the values of secrets out of all that is text: also of what was looked up only after it was shown.
    pub(super) fn redacted(self) -> Self {
        let text = self.to_text().unwrap_or_default();
        match redact_quoted(&text) {
            Cow::Borrowed(_) => self,
            // What cannot be read back then has no form without them, and nothing of it is kept.
            Cow::Owned(text) => Self::from_text(&text, "").unwrap_or_else(|_| Self {
                parameters: BTreeMap::new(),
                exit: None,
                cells: Vec::new(),
                ..self
            }),
        }
    }

    /// Writes the record of a notebook, whole or not at all.
    ///
    /// A file that has the same results stays as it is, with the times of the run that gave them first.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or is the record of another notebook in the same folder, `x.ipynb` beside `x.py`.
    pub fn save(&self, notebook: &Path) -> Result<Saved, Error> {
        let path = Self::path_of(notebook);
        let name = path.display().to_string();
        let text = self.to_text().map_err(|error| RecordError::Unwritable {
            record: name.clone(),
            reason: error.to_string(),
        })?;
        if let Ok(old) = std::fs::read_to_string(&path) {
            if without_timing(&old) == without_timing(&text) {
                return Ok(Saved::Unchanged);
            }
            let owner = Self::from_text(&old, &name).map(|old| old.notebook);
            if let Ok(owner) = owner
                && owner != self.notebook
                && notebook.with_file_name(&owner).exists()
            {
                return Err(RecordError::OfAnother { record: name, owner }.into());
            }
        }
        let mut writer = Location::at(&name, &path).create(true)?;
        writer
            .write_all(text.as_bytes())
            .map_err(|error| RecordError::Unwritable {
                record: name,
                reason: error.to_string(),
            })?;
        writer.commit()?;
        Ok(Saved::Written)
    }
}

/// Returns the part of a record's text that does not differ between two runs with the same results.
fn without_timing(text: &str) -> Option<&str> {
    let at = text.rfind(TIMING)?;
    text.get(..at)
}
