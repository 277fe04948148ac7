//! [`NotebookFile`]: the file that cells are saved in: what it was when they met it last, what it is now, and saving
//! without a loss.
//!
//! A file may change under an open notebook: a second prompt, an editor, `git pull`. Nothing that was written there
//! meanwhile is overwritten unless that is asked for.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::notebook::{Cell, Format, Notebook, NotebookError};
use crate::secret::redaction;

/// Where cells are saved, and what that file had when they were read from it or written to it last.
#[derive(Default)]
pub(super) struct NotebookFile {
    path: Option<PathBuf>,
    saved: Option<Notebook>,
}

/// How a file is now.
pub(super) enum OnDisk {
    /// There is no file.
    NoFile,
    /// It is as it was last read or written here.
    Same(Notebook),
    /// Someone else has written it since.
    Changed(Notebook),
    /// It was deleted or moved since.
    Gone,
}

/// Why cells were not saved.
pub(super) enum SaveError {
    /// The file was changed on disk since these cells were read from it or written to it.
    Changed,
    /// It was deleted or moved since.
    Gone,
    /// The file is marked as one that is not written to.
    ReadOnly,
    /// It would hold the value of a secret; the cells that have it as text, from 1.
    Secret(Vec<usize>),
    /// It cannot be read or written.
    File(NotebookError),
}

impl NotebookFile {
    /// Creates one of the file at `path`, which was `saved` when the cells met it last.
    pub(super) fn new(path: PathBuf, saved: Option<Notebook>) -> Self {
        Self {
            path: Some(path),
            saved,
        }
    }

    /// Returns its path.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Returns the notebook as the file had it last.
    pub(super) fn saved(&self) -> Option<&Notebook> {
        self.saved.as_ref()
    }

    /// Returns whether it has these cells and is there.
    pub(super) fn has(&self, cells: &[Cell]) -> bool {
        match (&self.saved, &self.path) {
            (Some(saved), Some(path)) if path.exists() => saved.cells() == cells,
            _ => cells.is_empty(),
        }
    }

    /// Returns the notebook as it would be saved: an unchanged one byte for byte as the file has it.
    pub(super) fn with_cells(&self, cells: &[Cell]) -> Notebook {
        match &self.saved {
            Some(saved) if saved.cells() == cells => saved.clone(),
            Some(saved) if saved.format().keeps_cells() => saved.with_cells(cells),
            _ => Notebook::from_cells(Format::default(), cells),
        }
    }

    /// Reads the file as it is now.
    pub(super) fn on_disk(&self) -> Result<OnDisk, NotebookError> {
        let Some(path) = &self.path else {
            return Ok(OnDisk::NoFile);
        };
        match Notebook::read(path) {
            Ok(now) => {
                let text = now.to_text();
                let is_same = self.saved.as_ref().is_some_and(|saved| saved.to_text() == text);
                Ok(if is_same {
                    OnDisk::Same(now)
                } else {
                    OnDisk::Changed(now)
                })
            }
            Err(NotebookError::Missing { .. }) => Ok(OnDisk::Gone),
            Err(error) => Err(error),
        }
    }

    /// Saves `notebook` in the file at `path`, which is its file from now on.
    ///
    /// Without `overwrite` nothing is lost: another notebook's file is left alone, and so is its own when that is not
    /// what it was, or is read-only.
    pub(super) fn save(&mut self, notebook: Notebook, path: &Path, overwrite: bool) -> Result<(), SaveError> {
        let secret = with_secret(notebook.cells());
        if !overwrite && !secret.is_empty() {
            return Err(SaveError::Secret(secret));
        }
        if overwrite {
            notebook.write(path).map_err(SaveError::File)?;
        } else if self.is_at(path) {
            match self.on_disk().map_err(SaveError::File)? {
                // Someone else made the same changes.
                OnDisk::Changed(now) if now.to_text() == notebook.to_text() => {}
                OnDisk::Changed(_) => return Err(SaveError::Changed),
                OnDisk::Gone => return Err(SaveError::Gone),
                OnDisk::NoFile | OnDisk::Same(_) => {}
            }
            if is_read_only(path) {
                return Err(SaveError::ReadOnly);
            }
            notebook.write(path).map_err(SaveError::File)?;
        } else {
            notebook.write_new(path).map_err(SaveError::File)?;
        }
        *self = Self::new(path.to_owned(), Some(notebook));
        Ok(())
    }

    /// Returns whether `path` leads to this file, however it is written.
    fn is_at(&self, path: &Path) -> bool {
        let Some(own) = &self.path else { return false };
        own == path
            || match (fs::canonicalize(own), fs::canonicalize(path)) {
                (Ok(own), Ok(path)) => own == path,
                _ => false,
            }
    }
}

/// Returns the cells, from 1, whose text has the value of a secret that was looked up.
fn with_secret(cells: &[Cell]) -> Vec<usize> {
    if !redaction::is_active() {
        return Vec::new();
    }
    let has_value = |cell: &Cell| {
        let title = cell.title().unwrap_or_default();
        [cell.source(), title]
            .iter()
            .any(|text| redaction::contains(text.as_bytes()))
    };
    let cells = (1..).zip(cells).filter(|(_, cell)| has_value(cell));
    cells.map(|(number, _)| number).collect()
}

/// Returns whether a file is there that may be read only. Its folder may allow to put another in its place.
fn is_read_only(file: &Path) -> bool {
    let is_marked = fs::metadata(file).is_ok_and(|metadata| metadata.permissions().readonly());
    let is_refused = || {
        let opened = OpenOptions::new().write(true).open(file);
        opened.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    };
    is_marked || is_refused()
}
