//! CSV bytes → records with their physical lines (RFC 4180). Knows nothing of types or polars.
//!
//! polars' reader is fast but does not say where a file is malformed, fills short rows with nulls, and lets a
//! stray quote swallow the lines after it. This pass is what makes each of these an error with a place.

use std::borrow::Cow;

use super::block::{Block, WIDTH, parity};

/// How records and fields are distinguished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    pub(super) quote: Option<u8>,
    pub(super) end_of_line: u8,
}

/// One record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record<'a> {
    /// The physical line it begins in, from 1.
    pub(super) line: u64,
    /// Its bytes, without the end of the line.
    pub(super) bytes: &'a [u8],
    /// How many fields it has.
    pub(super) fields: usize,
}

/// What is wrong with quotes, at a physical line and a field, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault<'a> {
    pub(super) kind: FaultKind,
    pub(super) line: u64,
    pub(super) field: usize,
    /// The bytes to show.
    pub(super) found: &'a [u8],
}

/// The kinds of [`Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultKind {
    Unclosed,
    TextAfter,
    Stray,
}

/// Where a record was found to end, before which how many ends of lines are within quotes, and how many fields it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FoundRecord {
    end: usize,
    fields: usize,
    lines: u64,
}

/// The records of a piece of a file, in order; blank lines are passed over.
#[derive(Debug, Clone)]
pub(super) struct Records<'a> {
    dialect: Dialect,
    bytes: &'a [u8],
    at: usize,
    line: u64,
    last: bool,
    blanks: usize,
    is_odd: bool,
}

impl<'a> Records<'a> {
    /// Reads records from `bytes`, whose first line is number `line`.
    ///
    /// A piece that is not the `last` one of its file may end inside a record, which is then not returned:
    /// [`Records::consumed`] says where it begins.
    pub(super) fn new(dialect: Dialect, bytes: &'a [u8], line: u64, last: bool) -> Self {
        Self {
            dialect,
            bytes,
            at: 0,
            line,
            last,
            blanks: 0,
            is_odd: false,
        }
    }

    /// Returns how many bytes the records so far take, and the number of the line after them.
    pub(super) fn consumed(&self) -> (usize, u64) {
        (self.at, self.line)
    }

    /// Returns whether some record so far has quotes that neither enclose a field nor are doubled within one that they enclose.
    pub(super) fn is_odd(&self) -> bool {
        self.is_odd
    }

    /// Returns how many blank lines were passed over.
    pub(super) fn blanks(&self) -> usize {
        self.blanks
    }

    /// Finds where the record that begins here ends, if all of its quotes enclose whole fields: nearly all do, and 64 bytes
    /// at a time are looked at for that.
    fn quick(&self) -> Option<FoundRecord> {
        let rest = self.bytes.get(self.at..)?;
        let Dialect {
            separator,
            quote,
            end_of_line,
        } = self.dialect;
        let mut found = FoundRecord {
            end: self.at,
            fields: 1,
            lines: 0,
        };
        // All bits where a block begins within quotes, and whether a quote may open a field there.
        let (mut inside, mut may_open) = (0, 1);
        let mut at = 0;
        loop {
            let left = rest.get(at..).unwrap_or_default();
            let block = Block::of(left);
            let separators = block.equal(separator);
            let ends = block.equal(end_of_line);
            let quotes = quote.map_or(0, |quote| block.equal(quote));
            let within = if quotes == 0 {
                inside
            } else {
                parity(quotes) ^ inside
            };
            let outer_ends = ends & !within;
            // The lowest bit is that of the end; without one, all are before it.
            let before = (outer_ends & outer_ends.wrapping_neg()).wrapping_sub(1) & block.there();
            if quotes & before != 0 {
                let opening = quotes & within & before;
                let after = ((separators | quotes) << 1) | may_open;
                let closing = quotes & !within & before;
                let next = (separators | quotes | ends) >> 1;
                let unclear = closing & !next;
                if opening & !after != 0 || (unclear != 0 && !self.close_fields(left, unclear)) {
                    return None;
                }
            }
            found.fields += (separators & !within & before).count_ones() as usize;
            found.lines += u64::from((ends & within & before).count_ones());
            if outer_ends != 0 {
                found.end += at + outer_ends.trailing_zeros() as usize;
                return Some(found);
            }
            if left.len() <= WIDTH {
                let last = left
                    .len()
                    .checked_sub(1)
                    .map_or(inside, |last| within >> last & 1);
                found.end += at + left.len();
                return (self.last && last == 0).then_some(found);
            }
            inside = if within >> (WIDTH - 1) == 1 { u64::MAX } else { 0 };
            may_open = (separators | quotes) >> (WIDTH - 1);
            at += WIDTH;
        }
    }

    /// Tells whether each of these closing quotes, of which the byte after it was not seen or is no usual one, is the last of
    /// its field; `text` begins with the block.
    fn close_fields(&self, text: &[u8], mut quotes: u64) -> bool {
        let Dialect {
            separator,
            quote,
            end_of_line,
        } = self.dialect;
        while quotes != 0 {
            let place = quotes.trailing_zeros() as usize;
            quotes &= quotes - 1;
            let is_closed = match text.get(place + 1..).unwrap_or_default() {
                [] | [b'\r'] => self.last,
                [b'\r', next, ..] if *next == end_of_line => true,
                [next, ..] => *next == separator || *next == end_of_line || Some(*next) == quote,
            };
            if !is_closed {
                return false;
            }
        }
        true
    }

    /// Reads one record; `None` means that the piece ends inside it.
    fn record(&mut self) -> Option<Result<Record<'a>, Fault<'a>>> {
        if let Some(found) = self.quick() {
            return Some(Ok(self.passed(found.end, self.line + found.lines, found.fields)));
        }
        let record = self.slow();
        self.is_odd |= matches!(record, Some(Ok(_)));
        record
    }

    /// Reads one record byte by byte, and says what is wrong with its quotes.
    fn slow(&mut self) -> Option<Result<Record<'a>, Fault<'a>>> {
        let start = self.at;
        let Dialect {
            separator,
            quote,
            end_of_line,
        } = self.dialect;
        let mut at = start;
        let mut line = self.line;
        let mut fields = 1;
        let mut stray: Option<usize> = None;
        let mut odd = false;
        let end = loop {
            let quoted = quote.filter(|quote| self.bytes.get(at) == Some(quote));
            if let Some(quote) = quoted {
                let opened = line;
                match self.closing(at + 1, quote, &mut line) {
                    Some(after) => at = after,
                    None if self.last => {
                        let found = self.bytes.get(start..).unwrap_or_default();
                        return Some(Err(Fault {
                            kind: FaultKind::Unclosed,
                            line: opened,
                            field: fields,
                            found,
                        }));
                    }
                    None => return None,
                }
                let rest = self.bytes.get(at..).unwrap_or_default();
                let ends = matches!(rest, [] | [b'\r'])
                    || rest.first() == Some(&end_of_line)
                    || (rest.starts_with(b"\r") && rest.get(1) == Some(&end_of_line));
                if !ends && rest.first() != Some(&separator) {
                    let rest = rest.split(|&byte| byte == end_of_line).next().unwrap_or_default();
                    let found = rest.strip_suffix(b"\r").unwrap_or(rest);
                    return Some(Err(Fault {
                        kind: FaultKind::TextAfter,
                        line,
                        field: fields,
                        found,
                    }));
                }
            }
            // What is left of the field: nothing after a closing quote, or all of an unquoted one.
            let rest = self.bytes.get(at..).unwrap_or_default();
            let special = |&byte: &u8| byte == separator || byte == end_of_line || Some(byte) == quote;
            let next = rest.iter().position(special);
            at += next.unwrap_or(rest.len());
            match self.bytes.get(at) {
                None if self.last => break at,
                None => return None,
                Some(&byte) if byte == separator => {
                    fields += 1;
                    at += 1;
                }
                Some(&byte) if byte == end_of_line => break at,
                Some(_) => {
                    // A quote inside an unquoted field; what follows it is passed over as such a field, too.
                    stray = stray.or(Some(fields));
                    odd = !odd;
                    at += 1;
                    while let Some(&byte) = self.bytes.get(at) {
                        if byte == separator || byte == end_of_line {
                            break;
                        }
                        odd ^= Some(byte) == quote;
                        at += 1;
                    }
                }
            }
        };
        if let (true, Some(field)) = (odd, stray) {
            let bytes = self.bytes.get(start..end).unwrap_or_default();
            return Some(Err(Fault {
                kind: FaultKind::Stray,
                line,
                field,
                found: bytes.strip_suffix(b"\r").unwrap_or(bytes),
            }));
        }
        Some(Ok(self.passed(end, line, fields)))
    }

    /// Goes on behind a record that ends at `end`, in the physical line `line`.
    fn passed(&mut self, end: usize, line: u64, fields: usize) -> Record<'a> {
        let bytes = self.bytes.get(self.at..end).unwrap_or_default();
        let record = Record {
            line: self.line,
            bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes),
            fields,
        };
        self.at = (end + 1).min(self.bytes.len());
        self.line = line + 1;
        record
    }

    /// Returns where a quoted field that continues at `from` ends, after its closing quote.
    fn closing(&self, from: usize, quote: u8, line: &mut u64) -> Option<usize> {
        let mut at = from;
        loop {
            let rest = self.bytes.get(at..)?;
            let length = rest.iter().position(|&byte| byte == quote)?;
            *line += occurrences(rest.get(..length)?, self.dialect.end_of_line) as u64;
            at += length + 1;
            match self.bytes.get(at) {
                Some(&byte) if byte == quote => at += 1,
                None if !self.last => return None,
                _ => return Some(at),
            }
        }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Fault<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.bytes.len() {
            match self.record() {
                Some(Ok(record)) if record.bytes.is_empty() => self.blanks += 1,
                Some(Err(fault)) => {
                    self.at = self.bytes.len();
                    return Some(Err(fault));
                }
                other => return other,
            }
        }
        None
    }
}

impl<'a> Record<'a> {
    /// Returns the fields, without their quotes; bytes that are not UTF-8 are replaced.
    pub(super) fn split(&self, dialect: Dialect) -> Vec<Cow<'a, str>> {
        let mut fields = Vec::with_capacity(self.fields);
        let mut rest = self.bytes;
        loop {
            let (field, after) = field(dialect, rest);
            fields.push(field);
            match after {
                Some(after) => rest = after,
                None => return fields,
            }
        }
    }
}

/// Splits off the first field, without its quotes; returns what follows its separator.
fn field(dialect: Dialect, rest: &[u8]) -> (Cow<'_, str>, Option<&[u8]>) {
    let quoted = dialect.quote.filter(|quote| rest.first() == Some(quote));
    let mut inside = false;
    let end = rest.iter().position(|&byte| {
        if Some(byte) == quoted {
            inside = !inside;
        }
        byte == dialect.separator && !inside
    });
    let field = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    let after = end.and_then(|end| rest.get(end + 1..));
    let text = match quoted {
        None => String::from_utf8_lossy(field),
        Some(quote) => {
            let inner = field.get(1..field.len().saturating_sub(1)).unwrap_or_default();
            let text = String::from_utf8_lossy(inner);
            let quote = char::from(quote).to_string();
            let doubled = quote.repeat(2);
            if text.contains(&doubled) {
                Cow::Owned(text.replace(&doubled, &quote))
            } else {
                text
            }
        }
    };
    (text, after)
}

/// Counts a byte; the compiler turns this into vector instructions.
#[allow(clippy::naive_bytecount, reason = "not worth a dependency")]
pub(super) fn occurrences(bytes: &[u8], wanted: u8) -> usize {
    bytes.iter().filter(|&&byte| byte == wanted).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIALECT: Dialect = Dialect {
        separator: b',',
        quote: Some(b'"'),
        end_of_line: b'\n',
    };

    fn outline(text: &str) -> Vec<String> {
        Records::new(DIALECT, text.as_bytes(), 1, true)
            .map(|record| match record {
                Ok(record) => format!("{}: {}", record.line, record.split(DIALECT).join("|")),
                Err(fault) => format!("{}: {:?} in field {}", fault.line, fault.kind, fault.field),
            })
            .collect()
    }

    #[test]
    fn records_keep_their_physical_lines() {
        for (text, expected) in [
            ("a,b\n1,2\n", vec!["1: a|b", "2: 1|2"]),
            ("a,b\r\n1,2", vec!["1: a|b", "2: 1|2"]),
            ("a\n\n\n1\n", vec!["1: a", "4: 1"]),
            ("a,b\n\"x\ny\",2\n3,", vec!["1: a|b", "2: x\ny|2", "4: 3|"]),
            ("\"a \"\"b\"\", c\",d", vec!["1: a \"b\", c|d"]),
            ("\"a\"\r\n\"b\"\r\n", vec!["1: a", "2: b"]),
            ("5\"x\",1", vec!["1: 5\"x\"|1"]),
            ("a\n1,\"x\n2\n", vec!["1: a", "2: Unclosed in field 2"]),
            ("a\n\"x\"y,1\n2\n", vec!["1: a", "2: TextAfter in field 1"]),
            ("a\n1,5\" pipe\n2\n", vec!["1: a", "2: Stray in field 2"]),
            ("", vec![]),
        ] {
            assert_eq!(outline(text), expected, "{text:?}");
        }
    }

    /// Reads records byte by byte alone, as far as a piece has them.
    fn slowly(text: &[u8], last: bool) -> (Vec<String>, (usize, u64)) {
        let mut records = Records::new(DIALECT, text, 1, last);
        let mut read = Vec::new();
        while records.at < text.len() {
            match records.slow() {
                None => break,
                Some(Err(fault)) => {
                    read.push(format!("{fault:?}"));
                    records.at = text.len();
                }
                Some(Ok(record)) if record.bytes.is_empty() => {}
                Some(Ok(record)) => read.push(format!("{record:?}")),
            }
        }
        (read, records.consumed())
    }

    fn quickly(text: &[u8], last: bool) -> (Vec<String>, (usize, u64)) {
        let mut records = Records::new(DIALECT, text, 1, last);
        let read = records.by_ref().map(|record| match record {
            Ok(record) => format!("{record:?}"),
            Err(fault) => format!("{fault:?}"),
        });
        (read.collect(), records.consumed())
    }

    proptest::proptest! {
        /// What is looked at 64 bytes at a time is what is looked at byte by byte.
        #[test]
        fn records_are_the_same_read_quickly(
            text in "[a,;\"\n\r\u{0}\u{ac}\u{8a}-]{0,30}|([ab]{0,70}(,|\n|\r\n|\",\"|\"\n\"|\"\"|\")){0,12}",
            last: bool,
        ) {
            proptest::prop_assert_eq!(quickly(text.as_bytes(), last), slowly(text.as_bytes(), last));
        }

        #[test]
        fn fields_in_quotes_are_the_same_read_quickly(
            rows in proptest::collection::vec(proptest::collection::vec("[ab,\n\r\u{e9}\"]{0,80}", 1..4), 0..6),
            end in "\n|\r\n",
            last: bool,
        ) {
            let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + &end;
            let text: String = rows.iter().map(line).collect();
            let read = quickly(text.as_bytes(), last);
            proptest::prop_assert_eq!(&read, &slowly(text.as_bytes(), last));
            proptest::prop_assert_eq!(read.0.len(), rows.len());
        }
    }

    #[test]
    fn quotes_across_blocks_are_seen() {
        for length in 50..140 {
            let long = "x".repeat(length);
            for text in [
                format!("{long},\"a\nb\"\r\nc,d\n"),
                format!("\"{long}\"\"{long}\",1\n2,3"),
                format!("\"{long}\"\r\n\"{long}\"\r"),
                format!("\"{long}\"x,1\n2,3\n"),
                format!("{long}\"{long}\n1\n"),
                format!("\"{long}\n"),
            ] {
                for last in [true, false] {
                    assert_eq!(
                        quickly(text.as_bytes(), last),
                        slowly(text.as_bytes(), last),
                        "{text:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_piece_ends_before_its_unfinished_record() {
        let mut records = Records::new(DIALECT, b"a\n1\n\"x\ny", 5, false);
        assert_eq!(
            records
                .by_ref()
                .filter_map(Result::ok)
                .map(|record| record.line)
                .collect::<Vec<_>>(),
            [5, 6]
        );
        assert_eq!(records.consumed(), (4, 7));
    }
}
