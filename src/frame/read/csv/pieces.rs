//! [`Text`]: one CSV file that is checked and parsed while it is read, in pieces of whole records.
//!
//! Only what nearly all large files are is parsed so: UTF-8, sound, of plain types that the first rows show. Whatever is
//! doubtful, be it an error, is left to [`Sheet`], which has all of the text, and its messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use polars::io::utils::compression::SupportedCompression;
use polars::prelude::*;

use crate::frame::read::content::Content;
use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::{Location, Reader};
use crate::work::{Interrupt, Stopped};

use super::checker::Checker;
use super::decoding::BYTE_ORDER_MARK;
use super::layout::dialect;
use super::options::{CheckedOptions, TextEncoding};
use super::records::{Dialect, Records};
use super::sheet::{SAMPLE, SMALL, Sheet, kept, overrides, parsed, reading, starts_late};

/// The text of a file, in pieces.
pub(super) struct Text<'a> {
    location: &'a Location,
    pieces: Vec<Arc<Piece>>,
}

/// Whole records of a file, in their order.
struct Piece {
    /// A copy of the first record of the file, but for the first piece, and the records.
    bytes: Vec<u8>,
    /// How long the copy is.
    lead: usize,
}

/// What came of parsing a file while it was read.
pub(super) enum Parsed {
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

impl<'a> Text<'a> {
    /// Reads a file, and checks and parses it meanwhile if that can be.
    pub(super) fn read(
        location: &'a Location,
        options: &CheckedOptions,
        sizes: Sizes,
    ) -> Result<(Self, Parsed), ReadError> {
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
                lead: 0,
            };
            let pieces = vec![Arc::new(piece)];
            return Ok((Self { location, pieces }, Parsed::Not));
        }
        let mut cutter = Cutter::new(location, options, sizes);
        let first = cutter.piece(&mut reader)?;
        let parsed = match (cutter.columns(), first) {
            (Some(columns), Some(first)) if cutter.is_sound => {
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
            _ => Parsed::Not,
        };
        while cutter.piece(&mut reader)?.is_some() {}
        let parsed = match parsed {
            Parsed::Table(table) if cutter.is_sound && cutter.checker.finish(true).is_ok() => {
                Parsed::Table(table)
            }
            Parsed::Unlike => Parsed::Unlike,
            _ => Parsed::Not,
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
                whole.extend_from_slice(piece.bytes.get(piece.lead..).unwrap_or_default());
            }
        }
        Sheet::of(self.location, source::unpacked(self.location, whole)?, options)
    }
}

/// Cuts a file into pieces as it is read, and checks them.
struct Cutter<'a> {
    location: &'a Location,
    sizes: Sizes,
    checker: Checker,
    dialect: Dialect,
    /// Whether nothing speaks against what was read so far.
    is_sound: bool,
    /// The first record.
    first: Vec<u8>,
    pieces: Vec<Arc<Piece>>,
    current: Piece,
    /// How far the current piece is UTF-8, and how far its records are sound.
    valid: usize,
    checked: usize,
    line: u64,
    is_over: bool,
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
            first: Vec::new(),
            pieces: Vec::new(),
            current: Piece {
                bytes: Vec::with_capacity(sizes.piece + sizes.piece / 4),
                lead: 0,
            },
            valid: 0,
            checked: 0,
            line: 1,
            is_over: false,
        }
    }

    fn columns(&self) -> Option<Vec<String>> {
        self.checker.columns().map(<[String]>::to_vec)
    }

    /// Reads on until there is another piece; none at the end.
    fn piece(&mut self, reader: &mut Reader) -> Result<Option<Arc<Piece>>, ReadError> {
        while !self.is_over {
            let read = reader
                .piece(&mut self.current.bytes)
                .map_err(|error| source::unreadable(self.location, error))?;
            self.is_over = read == 0;
            if self.is_sound {
                self.is_sound = self.check();
            }
            let is_first = self.pieces.is_empty();
            let is_full = self.checked >= self.sizes.piece
                && (!is_first || (self.checked > self.sizes.small && self.checker.rows > self.sizes.sample));
            if is_full || self.is_over || (!self.is_sound && self.current.bytes.len() >= self.sizes.piece) {
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
            self.current.bytes.len()
        };
        let rest = self.current.bytes.get(end..).unwrap_or_default();
        let lead = if self.is_sound { self.first.len() } else { 0 };
        let mut next = Vec::with_capacity(self.sizes.piece + self.sizes.piece / 4);
        next.extend_from_slice(self.first.get(..lead).unwrap_or_default());
        next.extend_from_slice(rest);
        self.valid = (self.valid + lead).saturating_sub(end);
        self.checked = lead;
        self.current.bytes.truncate(end);
        let piece = std::mem::replace(&mut self.current, Piece { bytes: next, lead });
        if piece.bytes.len() <= piece.lead {
            return None;
        }
        let piece = Arc::new(piece);
        self.pieces.push(Arc::clone(&piece));
        Some(piece)
    }

    /// Checks what was read of the current piece; returns whether it is sound so far.
    fn check(&mut self) -> bool {
        let bytes = &self.current.bytes;
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
        if self.checker.columns().is_none() {
            // The header, or the first row.
            let mut ahead = records.clone();
            if ahead.next().is_none_or(|first| first.is_err()) {
                return false;
            }
            self.first = body.get(..ahead.consumed().0).unwrap_or_default().to_vec();
        }
        let is_sound = self.checker.take(&mut records).is_ok() && records.blanks() == 0;
        let (consumed, line) = records.consumed();
        self.line = line;
        self.checked += consumed;
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
    /// Parses pieces on a thread of its own while they are read here.
    fn run(
        &self,
        cutter: &mut Cutter<'_>,
        first: Arc<Piece>,
        reader: &mut Reader,
    ) -> Result<Parsed, ReadError> {
        let known = |column: &String| self.columns.contains(column);
        let named = self.options.columns.iter().flatten().all(known);
        if !named || !self.options.overrides.iter().all(|(column, _)| known(column)) {
            return Ok(Parsed::Not);
        }
        let interrupt = Interrupt::of_thread();
        thread::scope(|scope| {
            let (sender, receiver) = channel();
            let parser = scope.spawn(move || self.parse(&first, &receiver, &interrupt));
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
        pieces: &Receiver<Arc<Piece>>,
        interrupt: &Interrupt,
    ) -> Result<Parsed, ReadError> {
        let read = reading(self.options, self.end_of_line)
            .with_has_header(self.options.has_header)
            .with_infer_schema_length(Some(self.sizes.sample))
            .with_schema_overwrite(overrides(self.options, &self.columns));
        let Ok(mut table) = parsed(self.location, read, &first.bytes)? else {
            return Ok(Parsed::Unlike);
        };
        let schema = Arc::clone(table.schema());
        if !schema.iter_values().all(is_plain_type) {
            return Ok(Parsed::Not);
        }
        if let Some(names) = &self.options.columns {
            // In the order of the file, as polars has them.
            let names = schema
                .iter_names()
                .filter(|name| names.iter().any(|kept| kept == name.as_str()));
            let Ok(selected) = table.select(names.cloned().collect::<Vec<_>>()) else {
                return Ok(Parsed::Not);
            };
            table = selected;
        }
        for piece in pieces {
            if interrupt.is_set() {
                return Err(ReadError::Stopped(Stopped::Interrupted));
            }
            if self.is_over.load(Ordering::Relaxed) {
                return Ok(Parsed::Not);
            }
            let read = reading(self.options, self.end_of_line)
                .with_has_header(true)
                .with_schema(Some(Arc::clone(&schema)))
                .with_columns(kept(self.options));
            let more = parsed(self.location, read, &piece.bytes)?;
            let Ok(()) = more.and_then(|more| table.vstack_mut_owned(more).map(drop)) else {
                return Ok(Parsed::Unlike);
            };
        }
        Ok(if starts_late(&table, self.sizes.sample) {
            Parsed::Unlike
        } else {
            Parsed::Table(table)
        })
    }
}

/// Returns whether cells of a type are parsed one by one, whatever the others are.
fn is_plain_type(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric() || matches!(dtype, DataType::String | DataType::Boolean)
}
