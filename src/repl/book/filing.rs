//! The file of a [`Book`]: what it was when these cells met it last, what it is now, and saving without a loss.
//!
//! A file may change under an open notebook: a second prompt, an editor, `git pull`. Nothing that was written there
//! meanwhile is overwritten unless that is asked for.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::Book;
use crate::error::Error;
use crate::notebook::{Notebook, NotebookError};
use crate::session::Surroundings;

/// Where cells are saved, and what that file had when they were read from it or written to it last.
#[derive(Default)]
pub(super) struct Filed {
    file: Option<PathBuf>,
    saved: Option<Notebook>,
    /// Where the cells stand among files, when that is known from before.
    surroundings: Option<Surroundings>,
}

/// How the book's file is now.
pub(in crate::repl) enum OnDisk {
    /// The book has no file.
    NoFile,
    /// It is as it was last read or written here.
    Same(Notebook),
    /// Someone else has written it since.
    Changed(Notebook),
    /// It was deleted or moved since.
    Gone,
}

/// Why cells were not saved.
pub(in crate::repl) enum SaveError {
    /// The file was changed on disk since these cells were read from it or written to it.
    Changed,
    /// It was deleted or moved since.
    Gone,
    /// The file is marked as one that is not written to.
    ReadOnly,
    /// It cannot be read or written.
    File(NotebookError),
}

impl Book {
    /// Tells whether leaving now would lose cells: the file has others, or there is none.
    pub(in crate::repl) fn is_unsaved(&self) -> bool {
        match (&self.saved, &self.file) {
            (Some(saved), Some(file)) if file.exists() => saved.cells() != self.cells(),
            _ => self.session.count() > 0,
        }
    }

    /// Returns the notebook as its file had it last.
    pub(in crate::repl) fn saved(&self) -> Option<&Notebook> {
        self.saved.as_ref()
    }

    /// Reads the book's file as it is now.
    pub(in crate::repl) fn on_disk(&self) -> Result<OnDisk, NotebookError> {
        let Some(file) = &self.file else {
            return Ok(OnDisk::NoFile);
        };
        match Notebook::read(file) {
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

    /// Saves the cells in `file`.
    ///
    /// Without `overwrite` nothing is lost: another notebook's file is left alone, and so is the book's own when it is
    /// not what it was, or is read-only.
    pub(in crate::repl) fn save(&mut self, file: &Path, overwrite: bool) -> Result<(), SaveError> {
        let notebook = self.notebook_for(file);
        if overwrite {
            notebook.write(file).map_err(SaveError::File)?;
        } else if self.is_own(file) {
            match self.on_disk().map_err(SaveError::File)? {
                // Someone else made the same changes.
                OnDisk::Changed(now) if now.to_text() == notebook.to_text() => {}
                OnDisk::Changed(_) => return Err(SaveError::Changed),
                OnDisk::Gone => return Err(SaveError::Gone),
                OnDisk::NoFile | OnDisk::Same(_) => {}
            }
            if is_read_only(file) {
                return Err(SaveError::ReadOnly);
            }
            notebook.write(file).map_err(SaveError::File)?;
        } else {
            notebook.write_new(file).map_err(SaveError::File)?;
        }
        self.set_file(file);
        self.saved = Some(notebook);
        self.touched = Some(0);
        self.refiled = true;
        Ok(())
    }

    /// Tells whether the file, or what is known of it, has changed since this was asked last.
    pub(in crate::repl) fn take_refiled(&mut self) -> bool {
        std::mem::take(&mut self.refiled)
    }

    /// Tells whether `file` is the one that these cells are saved in, however it is written.
    fn is_own(&self, file: &Path) -> bool {
        let Some(own) = &self.file else { return false };
        own == file
            || match (fs::canonicalize(own), fs::canonicalize(file)) {
                (Ok(own), Ok(file)) => own == file,
                _ => false,
            }
    }

    /// Takes the cells of a file in place of these; none of them is run.
    pub(in crate::repl) fn open(&mut self, file: &Path) -> Result<usize, Error> {
        let notebook = Notebook::read(file)?;
        let before = self.session.snapshot();
        self.clear();
        let filed = self.refile(Filed {
            file: Some(file.to_owned()),
            saved: Some(notebook.clone()),
            surroundings: None,
        });
        for cell in notebook.cells() {
            self.session.append(cell.clone());
        }
        self.remember_filed(0, format!("{} opened", file.display()), before, Some(filed));
        Ok(notebook.cells().len())
    }

    /// Says that the cells are those of `file`, which was `saved` when they met it last.
    ///
    /// What the file is now does not count: a change that nobody has seen would be overwritten.
    pub(in crate::repl) fn belongs_to(&mut self, file: PathBuf, saved: Option<Notebook>) {
        self.refile(Filed {
            file: Some(file),
            saved,
            surroundings: None,
        });
    }

    /// Changes where the cells are saved, and returns where they were.
    pub(super) fn refile(&mut self, filed: Filed) -> Filed {
        let before = Filed {
            file: self.file.take(),
            saved: self.saved.take(),
            surroundings: Some(self.session.surroundings().clone()),
        };
        if let Some(file) = filed.file {
            self.set_file(&file);
        } else {
            let stay = || self.session.surroundings().without_notebook();
            let surroundings = filed.surroundings.unwrap_or_else(stay);
            self.session.set_surroundings(surroundings);
        }
        self.saved = filed.saved;
        self.touched = Some(0);
        self.refiled = true;
        before
    }

    /// Notes the file, from whose folder its cells name other notebooks: as where it is run headless.
    fn set_file(&mut self, file: &Path) {
        let surroundings = self.session.surroundings().at_notebook(file);
        self.session.set_surroundings(surroundings);
        self.file = Some(file.to_owned());
    }
}

/// Tells whether a file is there that may be read only. Its folder may allow to put another in its place.
fn is_read_only(file: &Path) -> bool {
    let is_marked = fs::metadata(file).is_ok_and(|metadata| metadata.permissions().readonly());
    let is_refused = || {
        let opened = OpenOptions::new().write(true).open(file);
        opened.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    };
    is_marked || is_refused()
}
