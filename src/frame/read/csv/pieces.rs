//! [`Pieces`]: one CSV file that is checked and parsed while it is read, in pieces of whole records.
//!
//! Only what nearly all large files are is parsed so: UTF-8, sound, of plain types that the first rows show. Whatever is
//! doubtful, be it an error, is left to [`Sheet`], which has all of the text, and its messages.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use polars::io::utils::compression::SupportedCompression;
use polars::prelude::*;

use crate::frame::read::content::Content;
use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::{Location, Reader};
use crate::work::{Interrupt, Stopped, catch_panic};

use super::checker::Checker;
use super::decoding::BYTE_ORDER_MARK;
use super::layout::dialect;
use super::options::{CheckedOptions, TextEncoding};
use super::parted::{CsvColumns, is_plain_type};
use super::plain;
use super::records::{Dialect, Records};
use super::sheet::{SAMPLE, SMALL, Sheet, overrides, parsed, reading, starts_late};

/// The text of a file, in pieces.
pub(super) struct Pieces<'a> {
    location: &'a Location,
    pieces: Vec<Arc<Piece>>,
}

/// Whole records of a file, in their order.
struct Piece {
    bytes: Vec<u8>,
    /// How many rows these are.
    rows: usize,
    /// Whether there are quotes that neither enclose a field nor are doubled within one.
    is_odd: bool,
}

/// What came of parsing a file while it was read.
pub(super) enum Attempt {
    /// A table.
    Table(DataFrame),
    /// Its types are not those that its first rows show.
    Unlike,
    /// Nothing.
    Not,
}

/// The sizes by which a file is parsed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Up to so many bytes, types are inferred from all rows at once.
    pub(super) small: usize,
    /// From how many rows they are inferred else.
    pub(super) sample: usize,
    /// From how many bytes on a piece is parsed.
    pub(super) piece: usize,
}

impl Sizes {
    pub(super) const USUAL: Self = Self {
        small: SMALL,
        sample: SAMPLE,
        piece: 8 << 20,
    };
}

impl<'a> Pieces<'a> {
    /// Reads a file, and checks and parses it meanwhile if that can be.
    pub(super) fn read(
        location: &'a Location,
        options: &CheckedOptions,
        sizes: Sizes,
    ) -> Result<(Self, Attempt), ReadError> {
        let mut reader = location
            .open_whole()
            .map_err(|error| source::unreadable(location, error))?;
        let is_usual = options.encoding == TextEncoding::Utf8
            && options.n_rows.is_none()
            && options.skip_rows == 0
            && !options.try_parse_dates;
        if !is_usual || reader.size() <= sizes.small as u64 {
            let whole = reader
                .whole()
                .map_err(|error| source::unreadable(location, error))?;
            let piece = Piece {
                bytes: whole,
                rows: 0,
                is_odd: false,
            };
            let pieces = vec![Arc::new(piece)];
            return Ok((Self { location, pieces }, Attempt::Not));
        }
        let mut cutter = Cutter::new(location, options, sizes);
        let first = cutter.piece(&mut reader)?;
        let parsed = match (cutter.columns(), first) {
            (Some(columns), Some(first)) if cutter.is_sound => {
                // Who parses nothing counts nothing.
                cutter.counts_later = options.columns.as_ref().is_none_or(|names| !names.is_empty());
                let parser = Parser {
                    location,
                    options,
                    sizes,
                    columns,
                    end_of_line: cutter.dialect.end_of_line,
                    is_over: AtomicBool::new(false),
                };
                parser.run(&mut cutter, first, &mut reader)?
            }
            _ => Attempt::Not,
        };
        while cutter.piece(&mut reader)?.is_some() {}
        let parsed = match parsed {
            Attempt::Table(table)
                if cutter.is_over && cutter.is_sound && cutter.checker.finish(true).is_ok() =>
            {
                Attempt::Table(table)
            }
            Attempt::Unlike => Attempt::Unlike,
            _ => Attempt::Not,
        };
        let pieces = cutter.pieces;
        Ok((Self { location, pieces }, parsed))
    }

    /// Decodes and checks the whole text.
    pub(super) fn sheet(self, options: &CheckedOptions) -> Result<Sheet<'a>, ReadError> {
        let mut whole = Vec::new();
        let length: usize = self.pieces.iter().map(|piece| piece.bytes.len()).sum();
        for piece in self.pieces {
            if whole.is_empty() {
                whole = Arc::try_unwrap(piece).map_or_else(|piece| piece.bytes.clone(), |piece| piece.bytes);
                whole.reserve_exact(length - whole.len());
            } else {
                whole.extend_from_slice(&piece.bytes);
            }
        }
        Sheet::of(self.location, source::unpacked(self.location, whole)?, options)
    }
}

/// Cuts a file into pieces as it is read, and checks them.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is something else that is known of what was read"
)]
struct Cutter<'a> {
    location: &'a Location,
    sizes: Sizes,
    checker: Checker,
    dialect: Dialect,
    /// Whether nothing speaks against what was read so far.
    is_sound: bool,
    pieces: Vec<Arc<Piece>>,
    /// What is to be the next piece.
    current: Vec<u8>,
    /// How many rows the pieces have.
    rows: usize,
    /// How far the current piece is UTF-8, and how far its records are sound.
    valid: usize,
    checked: usize,
    line: u64,
    is_over: bool,
    is_odd: bool,
    /// Whether the fields of pieces are counted when they are parsed.
    counts_later: bool,
}

impl<'a> Cutter<'a> {
    fn new(location: &'a Location, options: &CheckedOptions, sizes: Sizes) -> Self {
        let dialect = dialect(b"", options);
        Self {
            location,
            sizes,
            checker: Checker::new(location, options, None, dialect),
            dialect,
            is_sound: true,
            pieces: Vec::new(),
            current: Vec::with_capacity(sizes.piece + sizes.piece / 4),
            rows: 0,
            valid: 0,
            checked: 0,
            line: 1,
            is_over: false,
            is_odd: false,
            counts_later: false,
        }
    }

    fn columns(&self) -> Option<Vec<String>> {
        self.checker.columns().map(<[String]>::to_vec)
    }

    /// Reads on until there is another piece; none at the end.
    fn piece(&mut self, reader: &mut Reader) -> Result<Option<Arc<Piece>>, ReadError> {
        while !self.is_over {
            let read = reader
                .piece(&mut self.current)
                .map_err(|error| source::unreadable(self.location, error))?;
            self.is_over = read == 0;
            if self.is_sound {
                self.is_sound = self.check();
            }
            let is_first = self.pieces.is_empty();
            let is_full = self.checked >= self.sizes.piece
                && (!is_first || (self.checked > self.sizes.small && self.checker.rows > self.sizes.sample));
            if is_full || self.is_over || (!self.is_sound && self.current.len() >= self.sizes.piece) {
                return Ok(self.cut());
            }
        }
        Ok(None)
    }

    /// Ends the current piece behind what was checked; where that ended, behind all there is.
    fn cut(&mut self) -> Option<Arc<Piece>> {
        let end = if self.is_sound {
            self.checked
        } else {
            self.current.len()
        };
        let rest = self.current.get(end..).unwrap_or_default();
        let mut next = Vec::with_capacity(self.sizes.piece + self.sizes.piece / 4);
        next.extend_from_slice(rest);
        self.valid = self.valid.saturating_sub(end);
        self.checked = 0;
        let mut bytes = std::mem::replace(&mut self.current, next);
        bytes.truncate(end);
        if bytes.is_empty() {
            return None;
        }
        let rows = self.checker.rows - self.rows;
        self.rows = self.checker.rows;
        let is_odd = std::mem::take(&mut self.is_odd);
        let piece = Arc::new(Piece { bytes, rows, is_odd });
        self.pieces.push(Arc::clone(&piece));
        Some(piece)
    }

    /// Checks what was read of the current piece; returns whether it is sound so far.
    fn check(&mut self) -> bool {
        let bytes = &self.current;
        if self.pieces.is_empty() && self.checked == 0 && !is_plain(bytes) {
            return false;
        }
        let fresh = bytes.get(self.valid..).unwrap_or_default();
        // Only whole lines are sure to be whole characters.
        let end = fresh.iter().rposition(|&byte| byte == self.dialect.end_of_line);
        let whole = match end {
            _ if self.is_over => bytes.len(),
            Some(end) => self.valid + end + 1,
            None => self.valid,
        };
        if std::str::from_utf8(bytes.get(self.valid..whole).unwrap_or_default()).is_err() {
            return false;
        }
        self.valid = whole;
        let body = bytes.get(self.checked..whole).unwrap_or_default();
        let mut records = Records::new(self.dialect, body, self.line, self.is_over);
        // The header, or the first row, is to be in what is read first.
        if self.checker.columns().is_none() && records.clone().next().is_none_or(|first| first.is_err()) {
            return false;
        }
        let plain = if self.counts_later && self.checker.counts_alone() {
            plain::lines(body, self.dialect)
        } else {
            None
        };
        let is_sound = if let Some(rows) = plain {
            self.checker.rows += rows;
            self.line += rows as u64;
            self.checked += body.len();
            true
        } else {
            let is_sound = self.checker.take(&mut records).is_ok() && records.blanks() == 0;
            self.is_odd |= records.is_odd();
            let (consumed, line) = records.consumed();
            self.line = line;
            self.checked += consumed;
            is_sound
        };
        // An unclosed quote is not looked for again and again.
        is_sound && bytes.len() - self.checked <= self.sizes.piece.max(self.sizes.small)
    }
}

/// Returns whether a text seems to be what nearly all are: no other format, no mark, and lines that end as usual.
fn is_plain(begun: &[u8]) -> bool {
    SupportedCompression::check(begun).is_none()
        && source::content(begun) == Content::Text
        && !begun.starts_with(BYTE_ORDER_MARK)
        && begun.contains(&b'\n')
}

/// Parses the pieces of a file.
struct Parser<'a> {
    location: &'a Location,
    options: &'a CheckedOptions,
    sizes: Sizes,
    columns: Vec<String>,
    end_of_line: u8,
    /// Whether what is parsed is not needed any more.
    is_over: AtomicBool,
}

impl Parser<'_> {
    /// Parses pieces on other threads while they are read here.
    fn run(
        &self,
        cutter: &mut Cutter<'_>,
        first: Arc<Piece>,
        reader: &mut Reader,
    ) -> Result<Attempt, ReadError> {
        let known = |column: &String| self.columns.contains(column);
        let named = self.options.columns.iter().flatten().all(known);
        if !named || !self.options.overrides.iter().all(|(column, _)| known(column)) {
            return Ok(Attempt::Not);
        }
        let interrupt = Interrupt::of_thread();
        thread::scope(|scope| {
            let (sender, receiver) = channel();
            let parser = scope.spawn(move || self.parse(&first, receiver, &interrupt));
            let read = loop {
                match cutter.piece(reader) {
                    // Who parses may have given up.
                    Ok(Some(piece)) if cutter.is_sound && sender.send(Arc::clone(&piece)).is_ok() => {}
                    Ok(None) if cutter.is_sound => break Ok(()),
                    read => {
                        cutter.is_sound = false;
                        self.is_over.store(true, Ordering::Relaxed);
                        break read.map(drop);
                    }
                }
            };
            drop(sender);
            let parsed = parser
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            read.and(parsed)
        })
    }

    fn parse(
        &self,
        first: &Piece,
        pieces: Receiver<Arc<Piece>>,
        interrupt: &Interrupt,
    ) -> Result<Attempt, ReadError> {
        let read = reading(self.options, self.end_of_line)
            .with_has_header(self.options.has_header)
            .with_infer_schema_length(Some(self.sizes.sample))
            .with_schema_overwrite(overrides(self.options, &self.columns));
        let Ok(mut table) = parsed(self.location, read, &first.bytes)? else {
            return Ok(Attempt::Unlike);
        };
        let schema = Arc::clone(table.schema());
        if !schema.iter_values().all(is_plain_type) {
            return Ok(Attempt::Not);
        }
        if let Some(names) = &self.options.columns {
            // In the order of the file, as polars has them.
            let names = schema
                .iter_names()
                .filter(|name| names.iter().any(|kept| kept == name.as_str()));
            let Ok(selected) = table.select(names.cloned().collect::<Vec<_>>()) else {
                return Ok(Attempt::Not);
            };
            table = selected;
        }
        let kept: Vec<PlSmallStr> = table.schema().iter_names().cloned().collect();
        let Ok(columns) = CsvColumns::new(self.options, self.end_of_line, Arc::clone(&schema), Some(&kept))
        else {
            return Ok(Attempt::Not);
        };
        let chunks = Chunks {
            columns,
            dialect: Dialect {
                separator: self.options.separator,
                quote: self.options.quote,
                end_of_line: self.end_of_line,
            },
        };
        let is_unlike = AtomicBool::new(false);
        let Some(tables) = self.rest(&chunks, pieces, interrupt, &is_unlike)? else {
            return Ok(if is_unlike.into_inner() {
                Attempt::Unlike
            } else {
                Attempt::Not
            });
        };
        for more in tables {
            if table.vstack_mut_owned(more).is_err() {
                return Ok(Attempt::Unlike);
            }
        }
        Ok(if starts_late(&table, self.sizes.sample) {
            Attempt::Unlike
        } else {
            Attempt::Table(table)
        })
    }

    /// Parses all pieces but the first on as many threads as there are; nothing where one is not as the first, which is
    /// noted, or no more is needed.
    fn rest(
        &self,
        chunks: &Chunks,
        pieces: Receiver<Arc<Piece>>,
        interrupt: &Interrupt,
        is_unlike: &AtomicBool,
    ) -> Result<Option<Vec<DataFrame>>, ReadError> {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let pieces = Mutex::new(pieces.into_iter().enumerate());
        let next = || pieces.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = || -> Result<Option<Vec<(usize, DataFrame)>>, ReadError> {
            let mut tables = Vec::new();
            while let Some((index, piece)) = next() {
                if interrupt.is_set() {
                    return Err(ReadError::Stopped(Stopped::Interrupted));
                }
                if self.is_over.load(Ordering::Relaxed) || is_unlike.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                let parsed = catch_panic(|| chunks.table(&piece)).map_err(|source| ReadError::Panicked {
                    file: self.location.name().to_owned(),
                    source,
                })?;
                match parsed {
                    Ok(table) if table.height() == piece.rows => tables.push((index, table)),
                    _ => {
                        is_unlike.store(true, Ordering::Relaxed);
                        return Ok(None);
                    }
                }
            }
            Ok(Some(tables))
        };
        let done = thread::scope(|scope| {
            // Where no more threads can be had, fewer do it.
            let others = (1..threads).map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok());
            let others: Vec<_> = others.collect();
            let mut done = vec![work()];
            for other in others {
                let parsed = other.join();
                done.push(parsed.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            done
        });
        let done: Result<Option<Vec<_>>, ReadError> = done.into_iter().collect();
        Ok(done?.map(|tables| {
            let mut tables: Vec<(usize, DataFrame)> = tables.into_iter().flatten().collect();
            tables.sort_unstable_by_key(|(index, _)| *index);
            tables.into_iter().map(|(_, table)| table).collect()
        }))
    }
}

/// How records of known types are parsed.
struct Chunks {
    columns: CsvColumns,
    dialect: Dialect,
}

impl Chunks {
    /// Parses a piece at once: polars itself would first look for the lines, which are known.
    fn table(&self, piece: &Piece) -> PolarsResult<DataFrame> {
        let quotes = (self.dialect, piece.is_odd);
        self.columns.table(&piece.bytes, piece.rows, quotes)
    }
}
