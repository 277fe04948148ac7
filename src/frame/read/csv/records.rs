//! CSV bytes → records with their physical lines (RFC 4180). Knows nothing of types or polars.
//!
//! polars' reader is fast but does not say where a file is malformed, fills short rows with nulls, and lets a
//! stray quote swallow the lines after it. This pass is what makes each of these an error with a place.

use std::borrow::Cow;

/// A word whose bytes are all 1.
const ONES: u64 = 0x0101_0101_0101_0101;

/// A word with the highest bit of each byte.
const HIGHEST: u64 = 0x8080_8080_8080_8080;

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

/// The records of a piece of a file, in order; blank lines are passed over.
#[derive(Debug, Clone)]
pub(super) struct Records<'a> {
    dialect: Dialect,
    bytes: &'a [u8],
    at: usize,
    line: u64,
    last: bool,
    blanks: usize,
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
        }
    }

    /// Returns how many bytes the records so far take, and the number of the line after them.
    pub(super) fn consumed(&self) -> (usize, u64) {
        (self.at, self.line)
    }

    /// Returns how many blank lines were passed over.
    pub(super) fn blanks(&self) -> usize {
        self.blanks
    }

    /// Returns where the record that begins here ends and how many fields it has, if it has no quotes: nearly all have
    /// none, and eight bytes at a time are looked at for that.
    fn plain(&self) -> Option<(usize, usize)> {
        let rest = self.bytes.get(self.at..)?;
        let Dialect {
            separator,
            quote,
            end_of_line,
        } = self.dialect;
        let separator_word = repeated(separator);
        let end_word = repeated(end_of_line);
        // Where nothing quotes, the end of the line is looked for twice.
        let quote_word = repeated(quote.unwrap_or(end_of_line));
        let mut fields = 1;
        let mut at = self.at;
        let (words, left) = rest.as_chunks();
        for word in words {
            let word = u64::from_le_bytes(*word);
            let separators = equal(word, separator_word);
            let ends = equal(word, end_word);
            let quotes = equal(word, quote_word);
            if ends | quotes == 0 {
                fields += count(separators);
                at += 8;
                continue;
            }
            // The lowest bit is that of the first end; without one, all are before it.
            let before = (ends & ends.wrapping_neg()).wrapping_sub(1);
            if quotes & before != 0 {
                return None;
            }
            let end = at + ends.trailing_zeros() as usize / 8;
            return Some((end, fields + count(separators & before)));
        }
        for &byte in left {
            if byte == end_of_line {
                return Some((at, fields));
            }
            if Some(byte) == quote {
                return None;
            }
            fields += usize::from(byte == separator);
            at += 1;
        }
        self.last.then_some((at, fields))
    }

    /// Reads one record; `None` means that the piece ends inside it.
    fn record(&mut self) -> Option<Result<Record<'a>, Fault<'a>>> {
        if let Some((end, fields)) = self.plain() {
            return Some(Ok(self.passed(end, self.line, fields)));
        }
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

/// Returns a word of eight times this byte.
#[inline]
fn repeated(byte: u8) -> u64 {
    u64::from(byte) * ONES
}

/// Returns a word with the highest bit of each byte that is the same in both, and no other.
#[inline]
fn equal(word: u64, other: u64) -> u64 {
    let differs = word ^ other;
    !(((differs & !HIGHEST) + !HIGHEST) | differs | !HIGHEST)
}

/// Counts the bytes of which the highest bit is set, in a word that has no other bits.
#[inline]
fn count(highest: u64) -> usize {
    // The sum of all bytes comes to be the highest one.
    ((highest >> 7).wrapping_mul(ONES) >> 56) as usize
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

    proptest::proptest! {
        /// What is looked at eight bytes at a time is what is looked at byte by byte: a quoted empty field in front makes
        /// the whole record be.
        #[test]
        fn records_without_quotes_are_the_same_read_quickly(line in "[a,;é\r \u{ac}\u{8a}-]{0,40}") {
            let quoted = format!("\"\",{line}\n");
            let (plain, slow) = (line + "\n", outline(&quoted));
            let quick = outline(&plain);
            let blank = plain.trim_end_matches(['\r', '\n']).is_empty() && plain.len() <= 2;
            if blank {
                proptest::prop_assert!(quick.is_empty());
            } else {
                proptest::prop_assert_eq!(quick[0].replacen("1: ", "1: |", 1), slow[0].clone());
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
