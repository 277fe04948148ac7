//! [`Earlier`]: the cells that were entered before, in a file of the workspace.
//!
//! One line a cell, in which `<\n>` marks the end of a line.

use std::borrow::Cow;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustyline::history::{History, SearchDirection, SearchResult};

use super::folds::Folds;
use super::window::Window;
use crate::file::write_unsynced;
use crate::secret::redaction::redact;

/// How many cells are kept.
const KEPT: usize = 10_000;
/// The mark for the end of a line.
const NEWLINE: &str = "<\\n>";

/// The cells that were entered before, the latest last.
#[derive(Clone)]
pub(super) struct Earlier {
    cells: Arc<Mutex<EarlierCells>>,
    folds: Arc<Mutex<Folds>>,
}

struct EarlierCells {
    list: Vec<String>,
    file: Option<PathBuf>,
}

impl Earlier {
    /// Reads the cells in `file`; without one, or where it cannot be read, they are kept as long as the prompt.
    pub(super) fn read(file: Option<PathBuf>, folds: Arc<Mutex<Folds>>) -> Self {
        let list = file.as_deref().map(read).unwrap_or_default();
        Self {
            cells: Arc::new(Mutex::new(EarlierCells { list, file })),
            folds,
        }
    }

    fn cells(&self) -> MutexGuard<'_, EarlierCells> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> usize {
        self.cells().list.len()
    }

    /// Adds a cell, and writes it now, not at the end, which a kill would not come to.
    pub(super) fn push(&self, text: &str) {
        let mut cells = self.cells();
        let text = text.trim_end();
        if text.is_empty() || cells.list.last().is_some_and(|last| last == text) {
            return;
        }
        if cells.list.len() >= KEPT {
            cells.list.remove(0);
        }
        cells.list.push(text.to_owned());
        if let Some(file) = &cells.file {
            // A history that cannot be written stays in memory.
            let file = OpenOptions::new().create(true).append(true).open(file);
            let _ =
                file.and_then(|mut file| file.write_all(format!("{}\n", encoded(&redact(text))).as_bytes()));
        }
    }

    /// Takes the values of secrets out of the cells that are there, also in the file.
    pub(super) fn redact(&self) {
        let mut cells = self.cells();
        for cell in &mut cells.list {
            if let Cow::Owned(redacted) = redact(cell) {
                *cell = redacted;
            }
        }
        if let Some(file) = &cells.file {
            let lines: Vec<String> = cells.list.iter().map(|cell| encoded(cell)).collect();
            // A history that cannot be written stays in memory.
            let _ = write_unsynced(file, format!("{}\n", lines.join("\n")).as_bytes());
        }
    }

    /// Returns the latest cell before `at` that begins with `prefix` and is not `current`, and its position.
    pub(super) fn before(&self, at: usize, prefix: &str, current: &str) -> Option<(usize, String)> {
        let cells = self.cells();
        let mut found = cells.list.iter().enumerate().take(at);
        let fits = |(_, cell): &(usize, &String)| cell.starts_with(prefix) && *cell != current;
        found.rfind(fits).map(|(at, cell)| (at, cell.clone()))
    }

    /// Returns the first cell after `at` that begins with `prefix` and is not `current`, and its position.
    pub(super) fn after(&self, at: usize, prefix: &str, current: &str) -> Option<(usize, String)> {
        let cells = self.cells();
        let mut found = cells.list.iter().enumerate().skip(at + 1);
        let fits = |(_, cell): &(usize, &String)| cell.starts_with(prefix) && *cell != current;
        found.find(fits).map(|(at, cell)| (at, cell.clone()))
    }

    /// Returns what the editor shows of the cell at `at`, and where `place` of it is then.
    fn shown(&self, at: usize, place: usize) -> Option<SearchResult<'static>> {
        let cell = self.cells().list.get(at)?.clone();
        let mut folds = self.folds.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = folds.shown(&cell, Window::now());
        let pos = if entry == cell { place } else { entry.len() };
        Some(SearchResult {
            entry: Cow::Owned(entry),
            idx: at,
            pos,
        })
    }

    /// Finds a cell from `start` on in which `place` finds something.
    fn find(
        &self,
        start: usize,
        direction: SearchDirection,
        place: impl Fn(&str) -> Option<usize>,
    ) -> Option<SearchResult<'static>> {
        let found = {
            let cells = self.cells();
            let fits = |at: usize| Some((at, place(cells.list.get(at)?)?));
            match direction {
                SearchDirection::Reverse => (0..=start).rev().find_map(fits),
                SearchDirection::Forward => (start..cells.list.len()).find_map(fits),
            }
        };
        found.and_then(|(at, place)| self.shown(at, place))
    }
}

/// What `rustyline` walks and searches. Cells are added by [`Earlier::push`], and kept in the file by that alone.
impl History for Earlier {
    fn get(&self, index: usize, _: SearchDirection) -> rustyline::Result<Option<SearchResult<'_>>> {
        Ok(self.shown(index, 0))
    }

    fn add(&mut self, _: &str) -> rustyline::Result<bool> {
        Ok(false)
    }

    fn add_owned(&mut self, _: String) -> rustyline::Result<bool> {
        Ok(false)
    }

    fn len(&self) -> usize {
        self.count()
    }

    fn is_empty(&self) -> bool {
        self.count() == 0
    }

    fn set_max_len(&mut self, _: usize) -> rustyline::Result<()> {
        Ok(())
    }

    fn ignore_dups(&mut self, _: bool) -> rustyline::Result<()> {
        Ok(())
    }

    fn ignore_space(&mut self, _: bool) {}

    fn save(&mut self, _: &Path) -> rustyline::Result<()> {
        Ok(())
    }

    fn append(&mut self, _: &Path) -> rustyline::Result<()> {
        Ok(())
    }

    fn load(&mut self, _: &Path) -> rustyline::Result<()> {
        Ok(())
    }

    fn clear(&mut self) -> rustyline::Result<()> {
        self.cells().list.clear();
        Ok(())
    }

    fn search(
        &self,
        term: &str,
        start: usize,
        direction: SearchDirection,
    ) -> rustyline::Result<Option<SearchResult<'_>>> {
        if term.is_empty() {
            return Ok(None);
        }
        Ok(self.find(start, direction, |cell| cell.find(term)))
    }

    fn starts_with(
        &self,
        term: &str,
        start: usize,
        direction: SearchDirection,
    ) -> rustyline::Result<Option<SearchResult<'_>>> {
        Ok(self.find(start, direction, |cell| {
            cell.starts_with(term).then_some(term.len())
        }))
    }
}

/// Reads the cells in a file, and keeps the file from growing without end.
fn read(file: &Path) -> Vec<String> {
    if let Some(folder) = file.parent() {
        let _ = fs::create_dir_all(folder);
    }
    let bytes = fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let kept = lines.get(lines.len().saturating_sub(KEPT)..).unwrap_or_default();
    if lines.len() > 2 * KEPT {
        // Where that fails, the file is only longer than it has to be.
        let _ = write_unsynced(file, format!("{}\n", kept.join("\n")).as_bytes());
    }
    kept.iter().map(|line| decoded(line)).collect()
}

/// Writes a cell on one line; what looks like the end of a line in it gets a `\` more.
fn encoded(cell: &str) -> String {
    cell.replace("\\n>", "\\\\n>").replace('\n', NEWLINE)
}

fn decoded(line: &str) -> String {
    line.replace(NEWLINE, "\n").replace("\\\\n>", "\\n>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn earlier(file: &Path) -> Earlier {
        Earlier::read(Some(file.to_owned()), Arc::default())
    }

    #[test]
    fn cells_of_many_lines_come_back_and_those_of_before_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("private/history");
        fs::create_dir(folder.path().join("private")).unwrap();
        fs::write(&file, "x = 1\ndef f():<\\n>    return 1\n").unwrap();
        let cells = earlier(&file);
        assert_eq!(cells.count(), 2);
        assert_eq!(
            cells.before(2, "def", "").unwrap(),
            (1, "def f():\n    return 1".to_owned())
        );
        for cell in ["y = 2", "y = 2", "  ", "print(\"<\\n>\")\nz", "a\\\\n>"] {
            cells.push(cell);
        }
        let again = earlier(&file);
        assert_eq!(again.count(), 5);
        assert_eq!(again.before(5, "print", "").unwrap().1, "print(\"<\\n>\")\nz");
        assert_eq!(again.before(5, "a", "").unwrap().1, "a\\\\n>");
    }

    #[test]
    fn cells_are_walked_and_searched() {
        let cells = Earlier::read(None, Arc::default());
        for cell in ["a = 1", "b = 2", "a = 3"] {
            cells.push(cell);
        }
        assert_eq!(cells.before(3, "a", "").unwrap().0, 2);
        assert_eq!(cells.before(2, "a", "a = 3").unwrap().0, 0);
        assert!(cells.before(0, "", "").is_none());
        assert_eq!(cells.after(0, "a", "a = 1").unwrap().0, 2);
        assert!(cells.after(2, "", "").is_none());
        let found = cells.search("= 2", 2, SearchDirection::Reverse).unwrap().unwrap();
        assert_eq!((found.idx, found.pos, found.entry.as_ref()), (1, 2, "b = 2"));
        assert!(
            cells
                .search("= 2", 0, SearchDirection::Reverse)
                .unwrap()
                .is_none()
        );
        assert!(cells.get(7, SearchDirection::Reverse).unwrap().is_none());
    }

    #[test]
    fn a_long_history_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history");
        let lines: Vec<String> = (0..=2 * KEPT).map(|line| format!("x = {line}")).collect();
        fs::write(&file, lines.join("\n")).unwrap();
        assert_eq!(earlier(&file).count(), KEPT);
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.lines().count(), KEPT);
        assert!(text.ends_with(&format!("x = {}\n", 2 * KEPT)));
    }
}
