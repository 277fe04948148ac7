//! [`Journal`]: the running session on disk, so that a killed terminal loses nothing.
//!
//! One set of files a session in a private folder: the cells as a notebook, the file that they are saved in as it was
//! then, the text being typed, and a lock that the running process holds. A journal whose lock no one holds belongs to a session that ended badly.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::file::write_unsynced;
use crate::notebook::{Cell, Format, Notebook};
use crate::secret::redaction::{self, redact, redacted};

/// The extension of the file with the values of parameters.
const PARAMETERS: &str = "json";

/// The extension of the file with the saved notebook, as these cells met it last.
const SAVED: &str = "saved";

/// The journal of a running session.
pub(super) struct Journal {
    base: PathBuf,
    /// Locked as long as the session runs; holds the name of the session's file.
    lock: File,
    written: String,
    /// How many cells were written, where others can be written after them.
    open_after: Option<usize>,
}

/// A session that ended badly.
pub(super) struct Abandoned {
    base: PathBuf,
    lock: File,
    /// Its cells.
    pub(super) notebook: Notebook,
    /// The file that they are saved in, if any.
    pub(super) file: Option<PathBuf>,
    /// What that file had when they were read from it or written to it last.
    pub(super) saved: Option<Notebook>,
    /// The values that were given for parameters.
    pub(super) parameters: BTreeMap<String, String>,
    /// What was being typed.
    pub(super) draft: String,
    /// When it was last written.
    pub(super) when: SystemTime,
}

impl Journal {
    /// Starts a journal in `folder`, which is made if it is missing.
    pub(super) fn begin(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let base = folder.join(format!("{}-{}", since.as_millis(), std::process::id()));
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(base.with_extension("lock"))?;
        lock.try_lock()?;
        Ok(Self {
            base,
            lock,
            written: String::new(),
            open_after: None,
        })
    }

    /// Writes the cells as they are now; does nothing when they have not changed.
    pub(super) fn write(&mut self, notebook: &Notebook) -> io::Result<()> {
        let text = redacted(notebook.to_text());
        if text == self.written {
            return Ok(());
        }
        self.put("py", &text)?;
        self.written = text;
        let is_open = notebook.format() == Format::default() && !notebook.cells().is_empty();
        self.open_after = is_open.then(|| notebook.cells().len());
        Ok(())
    }

    /// Returns whether cells that begin with the one at `position`, from 0, only follow those that were written.
    pub(super) fn goes_on_at(&self, position: usize) -> bool {
        self.open_after == Some(position)
    }

    /// Writes cells after those that were written.
    pub(super) fn add(&mut self, cells: &[Cell]) -> io::Result<()> {
        let text = redacted(Notebook::continuation(&self.written, cells));
        let mut file = OpenOptions::new()
            .append(true)
            .open(self.base.with_extension("py"))?;
        file.write_all(text.as_bytes())?;
        self.written += &text;
        self.open_after = self.open_after.map(|count| count + cells.len());
        Ok(())
    }

    /// Writes a file of the journal, beside and renamed.
    fn put(&self, extension: &str, text: &str) -> io::Result<()> {
        write_unsynced(&self.base.with_extension(extension), text.as_bytes())
    }

    /// Writes the values that were given for parameters.
    pub(super) fn write_parameters(&self, parameters: &BTreeMap<String, String>) -> io::Result<()> {
        let path = self.base.with_extension(PARAMETERS);
        if parameters.is_empty() && !path.exists() {
            return Ok(());
        }
        // One that is the value of a secret is to be given again.
        let mut kept = parameters.clone();
        kept.retain(|_, value| !redaction::contains(value.as_bytes()));
        self.put(PARAMETERS, &serde_json::to_string(&kept)?)
    }

    /// Remembers the file that the cells are saved in, and what it had when they met it last.
    pub(super) fn belongs_to(&mut self, file: Option<&Path>, saved: Option<&Notebook>) -> io::Result<()> {
        let path = self.base.with_extension(SAVED);
        match saved {
            Some(saved) => self.put(SAVED, &redact(&saved.to_text()))?,
            None if path.exists() => fs::remove_file(path)?,
            None => {}
        }
        let name = file.map(|file| fs::canonicalize(file).unwrap_or_else(|_| file.to_owned()));
        let name = name.map(|name| name.display().to_string()).unwrap_or_default();
        self.lock.set_len(0)?;
        io::Seek::rewind(&mut self.lock)?;
        self.lock.write_all(name.as_bytes())
    }

    /// Returns where the text being typed is kept.
    pub(super) fn draft(&self) -> PathBuf {
        self.base.with_extension("draft")
    }

    /// Ends the journal of a session that ended well.
    pub(super) fn end(self) {
        remove(&self.base);
    }
}

impl Abandoned {
    /// Finds the sessions in `folder` that ended badly, the latest first; damaged ones are passed over.
    pub(super) fn find(folder: &Path) -> Vec<Self> {
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut found: Vec<Self> = files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "lock"))
            .filter_map(|path| Self::read(&path))
            .collect();
        found.sort_by_key(|abandoned| std::cmp::Reverse(abandoned.when));
        found
    }

    fn read(path: &Path) -> Option<Self> {
        let mut lock = File::open(path).ok()?;
        lock.try_lock().ok()?;
        let base = path.with_extension("");
        let text = base.with_extension("py");
        let draft = fs::read_to_string(base.with_extension("draft")).unwrap_or_default();
        let (notebook, when) = match Notebook::read(&text) {
            Ok(notebook) => (
                notebook,
                fs::metadata(&text).and_then(|metadata| metadata.modified()),
            ),
            Err(_) => (
                Notebook::parse(""),
                lock.metadata().and_then(|metadata| metadata.modified()),
            ),
        };
        if notebook.cells().is_empty() && draft.trim().is_empty() {
            remove(&base);
            return None;
        }
        let mut name = String::new();
        lock.read_to_string(&mut name).ok()?;
        let parameters = fs::read_to_string(base.with_extension(PARAMETERS)).unwrap_or_default();
        let saved = fs::read_to_string(base.with_extension(SAVED)).ok();
        Some(Self {
            saved: saved.map(|text| Notebook::parse(&text)),
            parameters: serde_json::from_str(&parameters).unwrap_or_default(),
            base,
            lock,
            notebook,
            file: (!name.is_empty()).then(|| PathBuf::from(name)),
            draft,
            when: when.ok()?,
        })
    }

    /// Removes it, once its cells are in another session or no one wants them.
    pub(super) fn discard(self) {
        remove(&self.base);
        drop(self.lock);
    }
}

fn remove(base: &Path) {
    // The lock last: without it no one looks for the others.
    for extension in ["draft", PARAMETERS, SAVED, "py", "lock"] {
        let _ = fs::remove_file(base.with_extension(extension));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_ended_badly_is_found_and_one_that_runs_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut running = Journal::begin(folder.path()).unwrap();
        running.write(&Notebook::parse("x = 1")).unwrap();
        assert!(Abandoned::find(folder.path()).is_empty());
        let draft = running.draft();
        fs::write(&draft, "y = ").unwrap();
        let saved = Notebook::parse("x = 0");
        running
            .belongs_to(Some(Path::new("/some/notes.py")), Some(&saved))
            .unwrap();
        // What a kill does: the files stay, the lock goes.
        drop(running);
        let mut found = Abandoned::find(folder.path());
        assert_eq!(found.len(), 1);
        let abandoned = found.remove(0);
        assert_eq!(abandoned.notebook.to_text(), "x = 1");
        assert_eq!(abandoned.draft, "y = ");
        assert_eq!(abandoned.file.as_deref(), Some(Path::new("/some/notes.py")));
        assert_eq!(abandoned.saved.as_ref().unwrap().to_text(), "x = 0");
        // Another process that starts meanwhile does not see it.
        assert!(Abandoned::find(folder.path()).is_empty());
        abandoned.discard();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn cells_are_written_after_those_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let cells = ["x = 1", "%md\n# Title", "y = x", "%sql SELECT 1"].map(Cell::from_prompt);
        let mut journal = Journal::begin(folder.path()).unwrap();
        assert!(!journal.goes_on_at(0));
        let whole = |count: usize| Notebook::from_cells(Format::default(), &cells[..count]);
        journal.write(&whole(1)).unwrap();
        assert!(journal.goes_on_at(1) && !journal.goes_on_at(0));
        journal.add(&cells[1..2]).unwrap();
        journal.add(&cells[2..]).unwrap();
        assert!(journal.goes_on_at(4));
        drop(journal);
        let found = Abandoned::find(folder.path()).remove(0);
        assert_eq!(found.notebook.to_text(), whole(4).to_text());
        assert_eq!(found.notebook.cells(), cells);
        found.discard();

        // What a person has written need not end with a line end.
        let mut journal = Journal::begin(folder.path()).unwrap();
        journal
            .write(&Notebook::parse("# Databricks notebook source\nx = 1"))
            .unwrap();
        journal.add(&cells[2..3]).unwrap();
        drop(journal);
        let found = Abandoned::find(folder.path()).remove(0);
        assert_eq!(found.notebook.cells(), [cells[0].clone(), cells[2].clone()]);
        found.discard();
    }

    #[test]
    fn an_empty_session_is_not_worth_restoring() {
        let folder = tempfile::tempdir().unwrap();
        drop(Journal::begin(folder.path()).unwrap());
        assert!(Abandoned::find(folder.path()).is_empty());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
