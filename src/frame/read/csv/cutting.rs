//! [`Cutting`]: files read from their beginning to their end once, checked, and cut into parts of whole rows.
//!
//! How many parts there are is known from the sizes of the files, so that parts can be asked for by their number, on several
//! threads, in nearly any order. Who asks for one cuts all before it that were not, and puts them aside.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::{FileVersion, Location, Reader};
use crate::work::{Interrupt, Stopped, Task};

use super::layout::Layout;
use super::options::CheckedOptions;
use super::records::{Dialect, Records};
use super::stream::{Cut, Portion, Stream};

/// How many texts of parsed parts are kept for the next ones.
const SPARE: usize = 4;

/// The files of a scan that are cut.
pub(super) struct Cutting {
    sheets: Vec<SizedFile>,
    options: CheckedOptions,
    /// What every file is to have.
    columns: Vec<String>,
    end_of_line: u8,
    /// Whether the files are fixed at their versions.
    is_fixed: bool,
    /// How many bytes of a file a part takes in.
    part: u64,
    /// The parts of all files.
    count: usize,
    interrupt: Interrupt,
    task: Arc<Task>,
    state: Mutex<CutState>,
}

/// A file, at the version that is read, and the number of its first part.
struct SizedFile {
    file: Location,
    version: Option<FileVersion>,
    first: usize,
    parts: usize,
}

/// How far the files were cut.
#[derive(Default)]
struct CutState {
    /// The part that is next.
    next: usize,
    /// The file that it is cut from.
    open: Option<(Stream, Reader)>,
    /// Parts that were cut before someone asked for them.
    aside: BTreeMap<usize, CutRows>,
    /// Texts of parts that were parsed, for the next ones: memory that is new to a process costs more than reading into it.
    spare: Vec<Vec<u8>>,
    /// The parts whose fields nobody has counted yet.
    uncounted: BTreeSet<usize>,
    /// The files that were seen to have blank lines between rows.
    blank: Vec<usize>,
    /// Whether there is no use in reading on, and why, until that was told.
    has_failed: bool,
    failure: Option<ReadError>,
}

/// Whole rows of a file, without blank lines between them.
pub(super) struct CutRows {
    bytes: Vec<u8>,
    start: usize,
    pub(super) count: usize,
    pub(super) dialect: Dialect,
    /// Whether there are quotes that neither enclose a field nor are doubled within one.
    pub(super) is_odd: bool,
    /// Whether how many fields they have is still to be looked at.
    is_uncounted: bool,
}

impl CutRows {
    /// Returns the place that they were in.
    fn into_empty(mut self) -> Vec<u8> {
        self.bytes.clear();
        self.bytes
    }

    /// Returns their bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

/// That a part cannot be had; why is told by [`Cutting::finish`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unsound;

impl Cutting {
    /// Begins to cut files, each of which is to have these columns and ends of lines, into parts of so many bytes.
    pub(super) fn new(
        files: &[Location],
        options: &CheckedOptions,
        (columns, end_of_line): (&[String], u8),
        (is_fixed, part): (bool, u64),
        task: Task,
    ) -> Self {
        let mut count = 0;
        let sheets = files.iter().map(|file| {
            let version = file.version();
            let size = version.as_ref().map_or(0, |version| version.size);
            let parts = usize::try_from(size.div_ceil(part)).unwrap_or(usize::MAX).max(1);
            let first = count;
            count += parts;
            SizedFile {
                file: file.clone(),
                version,
                first,
                parts,
            }
        });
        Self {
            sheets: sheets.collect(),
            options: options.clone(),
            columns: columns.to_vec(),
            end_of_line,
            is_fixed,
            part,
            count,
            interrupt: Interrupt::of_thread(),
            task: Arc::new(task),
            state: Mutex::default(),
        }
    }

    /// Returns how many parts there are; some may have no rows.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Returns the file at this place, and the version that was cut.
    pub(super) fn version(&self, place: usize) -> Option<&FileVersion> {
        self.sheets.get(place)?.version.as_ref()
    }

    /// Returns a part by its number. One that was returned before is read once more.
    ///
    /// Whoever takes it may be the one who counts the fields of its rows; [`give_back`](Self::give_back) says that they were.
    pub(super) fn take(&self, number: usize, counts: bool) -> Result<CutRows, Unsound> {
        let mut state = self.state();
        if let Some(rows) = state.aside.remove(&number) {
            return Ok(rows);
        }
        if number < state.next {
            let sheet = self.sheets.iter().rfind(|sheet| sheet.first <= number);
            state.next = sheet.map_or(0, |sheet| sheet.first);
            state.open = None;
            state.aside.clear();
        }
        loop {
            let at = state.next;
            let rows = self.next(&mut state, counts)?;
            if at == number {
                return Ok(rows);
            }
            state.aside.insert(at, rows);
        }
    }

    /// Takes back what a part was in, all of whose rows have a field for each column.
    pub(super) fn give_back(&self, number: usize, rows: CutRows) {
        let bytes = rows.into_empty();
        let mut state = self.state();
        state.uncounted.remove(&number);
        // A row that is very long leaves a text that is, too.
        let is_usual = (bytes.capacity() as u64) < self.part.saturating_mul(2);
        if is_usual && state.spare.len() < SPARE {
            state.spare.push(bytes);
        }
    }

    /// Reads and checks what no one has asked for.
    ///
    /// # Errors
    ///
    /// The files are not sound, or could not be read.
    pub(super) fn finish(&self) -> Result<(), ReadError> {
        let mut state = self.state();
        let uncounted = std::mem::take(&mut state.uncounted);
        if let Some(first) = uncounted.first() {
            // Who parsed them has failed, or did not need them all: what is wrong, and where first, is found by reading again.
            let is_of_text = !matches!(
                state.failure,
                Some(
                    ReadError::Stopped(_)
                        | ReadError::Remote { .. }
                        | ReadError::Missing { .. }
                        | ReadError::Forbidden { .. }
                        | ReadError::Unreadable { .. }
                        | ReadError::Changed { .. }
                )
            );
            if is_of_text {
                self.check_from(*first, &mut state)?;
                state.next = self.count;
            }
        }
        while state.next < self.count && !state.has_failed {
            state.aside.clear();
            match self.next(&mut state, false) {
                Ok(rows) => state.spare.push(rows.into_empty()),
                Err(Unsound) => break,
            }
        }
        state.failure.take().map_or(Ok(()), Err)
    }

    /// Checks all files from the one that a part is of.
    fn check_from(&self, part: usize, state: &mut CutState) -> Result<(), ReadError> {
        let whole = Portion {
            rows: None,
            bytes: None,
        };
        for (place, sheet) in self.sheets.iter().enumerate() {
            if sheet.first + sheet.parts <= part {
                continue;
            }
            let (layout, _) = Layout::stream(&sheet.file, &self.options, whole, &self.task)?;
            if layout.has_blank_rows() && !state.blank.contains(&place) {
                state.blank.push(place);
            }
        }
        Ok(())
    }

    /// Returns whether a file has blank lines between its rows.
    pub(super) fn has_blanks(&self, place: usize) -> bool {
        self.state().blank.contains(&place)
    }

    /// Returns why files could not be read, once.
    pub(super) fn failure(&self) -> Option<ReadError> {
        self.state().failure.take()
    }

    /// Cuts the part that is next.
    fn next(&self, state: &mut CutState, counts: bool) -> Result<CutRows, Unsound> {
        if state.has_failed {
            return Err(Unsound);
        }
        let cut = self.interrupt.watched(|| self.cut(state, counts));
        cut.map_err(|error| {
            state.has_failed = true;
            state.open = None;
            state.failure = Some(error);
            Unsound
        })
    }

    fn cut(&self, state: &mut CutState, counts: bool) -> Result<CutRows, ReadError> {
        if self.interrupt.is_set() {
            return Err(ReadError::Stopped(Stopped::Interrupted));
        }
        let number = state.next;
        let place = self.sheets.iter().rposition(|sheet| sheet.first <= number);
        let Some((place, sheet)) = place.and_then(|place| Some((place, self.sheets.get(place)?))) else {
            return Err(ReadError::NoFiles);
        };
        let (mut stream, mut reader) = match state.open.take() {
            Some(open) => open,
            None => self.open(sheet)?,
        };
        let is_last = number + 1 == sheet.first + sheet.parts;
        // The last part is put together of several, each of which is checked.
        stream.counts_later = counts && !is_last;
        let mut rows: Option<CutRows> = None;
        loop {
            let read = reader
                .by_ref()
                .take(self.part)
                .read_to_end(&mut stream.piece)
                .map_err(|error| source::unread(&sheet.file, error))?;
            self.task.advance(read as u64);
            let spare = state.spare.pop().unwrap_or_default();
            let cut = stream.cut(read, spare)?;
            let dialect = self.same(&stream, sheet)?;
            if cut.has_blanks && !state.blank.contains(&place) {
                state.blank.push(place);
            }
            let more = sound(cut, dialect);
            rows = Some(match rows {
                None => more,
                Some(rows) => joined(rows, &more),
            });
            if !is_last {
                state.open = Some((stream, reader));
                break;
            }
            if read == 0 {
                stream.finish(true)?;
                break;
            }
        }
        state.next += 1;
        if rows.as_ref().is_some_and(|rows| rows.is_uncounted) {
            state.uncounted.insert(number);
        }
        rows.ok_or(ReadError::NoFiles)
    }

    fn open(&self, sheet: &SizedFile) -> Result<(Stream, Reader), ReadError> {
        let file = &sheet.file;
        let portion = Portion {
            rows: None,
            bytes: None,
        };
        let stream = Stream::new(file, &self.options, portion, source::head(file)?)?;
        let reader = match &sheet.version {
            Some(version) if self.is_fixed => file.open_version(0..version.size, version),
            _ => file.open(),
        };
        Ok((stream, reader.map_err(|error| source::unread(file, error))?))
    }

    /// Makes sure that a file is as it was when it was planned to be read.
    fn same(&self, stream: &Stream, sheet: &SizedFile) -> Result<Dialect, ReadError> {
        let (columns, dialect) = stream.known();
        let is_same = columns.is_none_or(|columns| columns == self.columns);
        if !is_same || dialect.end_of_line != self.end_of_line {
            return Err(ReadError::Changed {
                file: sheet.file.name().to_owned(),
            });
        }
        Ok(dialect)
    }

    fn state(&self) -> MutexGuard<'_, CutState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns rows as polars may read them.
fn sound(cut: Cut, dialect: Dialect) -> CutRows {
    let rows = CutRows {
        bytes: cut.bytes,
        start: cut.start,
        count: cut.rows,
        dialect,
        is_odd: cut.is_odd,
        is_uncounted: cut.is_uncounted,
    };
    if !cut.has_blanks {
        return rows;
    }
    let mut bytes = Vec::with_capacity(rows.bytes().len());
    for record in Records::new(dialect, rows.bytes(), cut.line, true).filter_map(Result::ok) {
        bytes.extend_from_slice(record.bytes);
        bytes.push(dialect.end_of_line);
    }
    CutRows {
        bytes,
        start: 0,
        ..rows
    }
}

/// Puts rows behind others, which end with a whole line.
fn joined(mut first: CutRows, more: &CutRows) -> CutRows {
    first.bytes.extend_from_slice(more.bytes());
    first.count += more.count;
    first.is_odd |= more.is_odd;
    first
}

#[cfg(test)]
mod tests;
