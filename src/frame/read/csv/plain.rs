//! Whole lines without quotes: how many there are, and nothing else of them.
//!
//! Where no byte is a quote, each end of a line ends a record, and how many fields it has is counted by whoever parses it. So most
//! text is looked at once, and not twice.

use super::records::Dialect;

/// How many bytes are looked at together.
const WIDTH: usize = 64;

/// Returns how many lines a text has, of which the last may have no end; `None` where a byte is a quote, or a line is blank.
pub(super) fn lines(text: &[u8], dialect: Dialect) -> Option<usize> {
    let end = dialect.end_of_line;
    if matches!(text.first(), Some(&first) if first == end || first == b'\r') {
        return None;
    }
    let mut count = 0;
    let mut at = 0;
    while let Some(stretch) = text.get(at..).and_then(<[u8]>::first_chunk)
        && let Some(behind) = text.get(at + 1..).and_then(<[u8]>::first_chunk)
    {
        let found = look(stretch, behind, dialect);
        if found.is_unplain {
            return None;
        }
        count += found.ends;
        at += WIDTH;
    }
    let rest = text.get(at..).unwrap_or_default();
    for (place, &byte) in rest.iter().enumerate() {
        let next = rest.get(place + 1).copied();
        let is_end = byte == end;
        if Some(byte) == dialect.quote
            || (is_end && matches!(next, Some(next) if next == end || next == b'\r'))
        {
            return None;
        }
        count += usize::from(is_end);
    }
    let has_rest = text.last().is_some_and(|&last| last != end);
    Some(count + usize::from(has_rest))
}

/// What there is in a stretch of text.
struct Seen {
    ends: usize,
    /// Whether there is a quote, or a blank line begins.
    is_unplain: bool,
}

/// Looks at a stretch, and at the byte behind each of its bytes.
#[inline]
fn look(stretch: &[u8; WIDTH], behind: &[u8; WIDTH], dialect: Dialect) -> Seen {
    let end = dialect.end_of_line;
    let (quote, has_quotes) = (dialect.quote.unwrap_or(end), u8::from(dialect.quote.is_some()));
    let (mut ends, mut unplain) = (0_u8, 0_u8);
    let mut place = 0;
    // The compiler turns this into vector instructions.
    while place < WIDTH {
        let (byte, next) = (stretch[place], behind[place]);
        let is_end = u8::from(byte == end);
        ends += is_end;
        unplain |= u8::from(byte == quote) & has_quotes;
        unplain |= is_end & (u8::from(next == end) | u8::from(next == b'\r'));
        place += 1;
    }
    Seen {
        ends: usize::from(ends),
        is_unplain: unplain != 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::records::Records;
    use super::*;

    const DIALECT: Dialect = Dialect {
        separator: b',',
        quote: Some(b'"'),
        end_of_line: b'\n',
    };

    proptest! {
        #[test]
        fn lines_are_as_many_as_there_are_records(
            text in "[a,\n\r\"\u{e9}]{0,20}|([ab,]{1,300}(\n|\r\n)){0,5}[ab,]{0,9}",
        ) {
            let records = Records::new(DIALECT, text.as_bytes(), 1, true);
            if let Some(count) = lines(text.as_bytes(), DIALECT) {
                prop_assert!(!text.contains('"'));
                let mut records = records;
                let found = records.by_ref().flatten().count();
                prop_assert_eq!((found, records.blanks()), (count, 0));
                prop_assert_eq!(records.consumed(), (text.len(), 1 + count as u64));
            } else {
                let has_blanks = format!("\n{text}").contains("\n\n") || format!("\n{text}").contains("\n\r");
                prop_assert!(text.contains('"') || has_blanks, "{text:?}");
            }
        }
    }

    #[test]
    fn without_quotes_there_are_none() {
        let dialect = Dialect {
            quote: None,
            ..DIALECT
        };
        assert_eq!(lines(b"a,\"b\nc,d", dialect), Some(2));
        assert_eq!(lines(b"a,\"b\nc,d", DIALECT), None);
        assert_eq!(lines(b"", DIALECT), Some(0));
    }
}
