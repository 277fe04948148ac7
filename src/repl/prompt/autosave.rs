//! Keeping a journal of a prompt's session, and restoring one that ended badly.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Prompt;
use crate::error::Error;
use crate::render::{cells, fold};
use crate::repl::error::ReplError;
use crate::repl::journal::{Abandoned, Journal};
use crate::repl::notebook_file::OnDisk;
use crate::repl::source::{Asked, Source};

impl Prompt<'_> {
    /// Keeps a journal of this session in `folder`, so that a kill loses nothing.
    ///
    /// Where one cannot be kept, the prompt continues without, and says so.
    pub(in crate::repl) fn keep_journal(&mut self, folder: &Path) -> Option<PathBuf> {
        match Journal::begin(folder) {
            Ok(journal) => {
                let draft = journal.draft();
                self.journal = Some(journal);
                Some(draft)
            }
            Err(source) => {
                let path = folder.to_owned();
                self.fail(&ReplError::File { path, source }.into());
                None
            }
        }
    }

    /// Offers the sessions in `folder` that ended badly, the latest first, until one is taken, and reports whether one was.
    ///
    /// With `file`, only those of that file are offered; the others are kept for another time.
    pub(in crate::repl) fn restore(
        &mut self,
        folder: &Path,
        file: Option<&Path>,
        source: &mut dyn Source,
    ) -> Result<bool, Error> {
        let file = file.map(|file| fs::canonicalize(file).unwrap_or_else(|_| file.to_owned()));
        for abandoned in Abandoned::find(folder) {
            if file.is_some() && abandoned.file != file {
                continue;
            }
            let count = abandoned.notebook.cells().len();
            let age = cells::ago(abandoned.when.elapsed().unwrap_or_default());
            let question = format!(
                "A session from {age} ago with {} was not closed properly. Restore it and run its cells again? [Y/n] ",
                cells::count(count)
            );
            match source.ask(&fold(&question, self.style().width))? {
                Asked::Yes => {
                    let Abandoned {
                        notebook,
                        file,
                        saved,
                        draft,
                        parameters,
                        ..
                    } = &abandoned;
                    self.book_mut().give(parameters);
                    if let Some(file) = file {
                        self.book_mut().belongs_to(file.clone(), saved.clone());
                    }
                    let restored = notebook.cells().to_vec();
                    self.begin_with.clone_from(draft);
                    self.book_mut().add_all(restored, "session restored".to_owned());
                    self.write_journal();
                    abandoned.discard();
                    self.run_unfresh()?;
                    self.tell_changed()?;
                    return Ok(true);
                }
                Asked::No => abandoned.discard(),
                // Kept, and offered again next time.
                Asked::Nothing => {
                    self.say("not restored; you will be asked again next time")?;
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }

    /// Reports that the file of restored cells is not what it was when they met it last.
    fn tell_changed(&self) -> Result<(), Error> {
        let changed = {
            let book = self.book();
            let is_changed = matches!(book.on_disk(), Ok(OnDisk::Changed(_)) | Err(_));
            book.file()
                .filter(|_| is_changed)
                .map(|file| file.display().to_string())
        };
        match changed {
            Some(file) => self.warn(&format!("{file} has changed on disk since; %diff shows how")),
            None => Ok(()),
        }
    }

    pub(in crate::repl) fn write_journal(&mut self) {
        let Some(journal) = &mut self.journal else { return };
        let book = &mut self.book;
        let cells = match book.take_touched() {
            None => Ok(()),
            Some(first) if journal.goes_on_at(first) && book.session().passwords_from(first).is_empty() => {
                journal.add(&book.cells_from(first))
            }
            Some(_) => journal.write(&book.notebook_without_passwords()),
        };
        let is_refiled = book.take_refiled();
        let written: io::Result<()> = cells
            .and_then(|()| journal.write_parameters(&book.session().given()))
            .and_then(|()| {
                if is_refiled {
                    journal.belongs_to(book.file(), book.saved())
                } else {
                    Ok(())
                }
            });
        if let Err(source) = written {
            // Said once; without a journal the prompt still works.
            let path = journal.draft();
            self.journal = None;
            self.fail(&ReplError::File { path, source }.into());
        }
    }
}
