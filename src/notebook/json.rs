//! The positions of the parts of a JSON text, so that a file can be split without rewriting it.
//!
//! Checks nothing: of a text that is not JSON the spans are some or none, but never outside it.

use std::ops::Range;

use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::value::Value;

/// The span of a value in a text, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span<'a> {
    whole: &'a str,
    /// Where it begins.
    pub(super) start: usize,
    end: usize,
}

impl<'a> Span<'a> {
    /// Returns the first value of a text.
    pub(super) fn first(whole: &'a str) -> Self {
        let start = after_blanks(whole.as_bytes(), 0);
        Self {
            whole,
            start,
            end: end_of_value(whole.as_bytes(), start),
        }
    }

    /// Returns its text.
    pub(super) fn text(self) -> &'a str {
        self.whole.get(self.start..self.end).unwrap_or_default()
    }

    /// Returns an object's value of this name, the last where there are several; `None` for other values.
    pub(super) fn member(self, name: &str) -> Option<Self> {
        if !self.text().starts_with('{') {
            return None;
        }
        let parts = self.parts();
        let (keys, _) = parts.as_chunks::<2>();
        let found = keys
            .iter()
            .rev()
            .find(|[key, _]| key.string().as_deref() == Some(name));
        found.map(|[_, value]| *value)
    }

    /// Returns the elements of an array; none for other values.
    pub(super) fn elements(self) -> Vec<Self> {
        if self.text().starts_with('[') {
            self.parts()
        } else {
            Vec::new()
        }
    }

    /// Returns the text of a string; `None` for other values.
    pub(super) fn string(self) -> Option<String> {
        serde_json::from_str(self.text()).ok()
    }

    /// Returns the values inside of an array, or the keys and values of an object.
    fn parts(self) -> Vec<Self> {
        let bytes = self.whole.as_bytes();
        let mut parts = Vec::new();
        let mut at = self.start + 1;
        loop {
            at = after_blanks(bytes, at);
            match bytes.get(at) {
                Some(b',' | b':') => at += 1,
                None | Some(b']' | b'}') => break,
                Some(_) => {
                    let end = end_of_value(bytes, at);
                    parts.push(Self {
                        start: at,
                        end,
                        ..self
                    });
                    at = end.max(at + 1);
                }
            }
        }
        parts
    }
}

fn after_blanks(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// Returns where the value that begins at `at` ends.
fn end_of_value(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            b',' | b':' if depth > 0 => {
                at += 1;
                continue;
            }
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            _ => {
                let ends = |byte: &u8| b",:]}\"{[".contains(byte) || byte.is_ascii_whitespace();
                let rest = bytes.get(at..).unwrap_or_default();
                at += rest.iter().position(ends).unwrap_or(rest.len()).max(1);
            }
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Returns where the string that begins at `at` ends.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Returns how many characters of a string's text, without its quotes, stand for the first `length` bytes of what
/// it means.
pub(super) fn written_length(text: &str, length: usize) -> usize {
    let mut characters = text.chars();
    let (mut meant, mut written) = (0, 0);
    while meant < length {
        let Some(next) = characters.next() else { break };
        written += 1;
        if next != '\\' {
            meant += next.len_utf8();
            continue;
        }
        let mut skip = |count: usize| characters.by_ref().take(count).collect::<String>();
        if skip(1) == "u" {
            let code = u32::from_str_radix(&skip(4), 16).unwrap_or_default();
            // Two halves of one character are written one after the other.
            let pair = (0xd800..0xdc00).contains(&code);
            if pair {
                skip(6);
            }
            written += if pair { 11 } else { 5 };
            meant += if pair {
                4
            } else {
                char::from_u32(code).map_or(1, char::len_utf8)
            };
        } else {
            written += 1;
            meant += 1;
        }
    }
    written
}

/// Finds the line and the column of a place in a text.
pub(super) struct Positions<'a> {
    text: &'a str,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'a> Positions<'a> {
    /// Finds the lines of a text.
    pub(super) fn new(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(offset, _)| offset + 1);
        Self {
            text,
            starts: [0].into_iter().chain(ends).collect(),
        }
    }

    /// Returns the line of a byte, from 1, and the number of characters before it on the line.
    pub(super) fn of(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before: Range<usize> = start..offset;
        (line, self.text.get(before).unwrap_or_default().chars().count())
    }
}

/// Writes JSON as Jupyter does: one space for each level, and a line end after the last line.
pub fn jupyter_text(value: &Value) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b" "));
    // Writing a value to memory does not fail.
    let _ = value.serialize(&mut serializer);
    bytes.push(b'\n');
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_are_found_where_they_stand() {
        let text = " {\"a\\\"\": [1, \"x]\", {\"b\": [ ]}, -1.5e3],\n\"cells\":[true],\"cells\" : [] } ";
        let span = Span::first(text);
        assert_eq!(span.text(), text.trim());
        let elements: Vec<&str> = span
            .member("a\"")
            .unwrap()
            .elements()
            .into_iter()
            .map(Span::text)
            .collect();
        assert_eq!(elements, ["1", "\"x]\"", "{\"b\": [ ]}", "-1.5e3"]);
        assert_eq!(span.member("cells").unwrap().text(), "[]");
        assert!(span.member("b").is_none());
        assert_eq!(Positions::new(text).of(text.find("true").unwrap()), (2, 9));
    }

    #[test]
    fn escapes_are_longer_than_what_they_mean() {
        let text = r#"a\n\u00e9\ud83d\ude00\"z"#;
        let meant: String = serde_json::from_str(&format!("\"{text}\"")).unwrap();
        let at = |word: char| written_length(text, meant.find(word).unwrap());
        assert_eq!([at('a'), at('é'), at('😀'), at('z')], [0, 3, 9, 23]);
    }

    proptest! {
        #[test]
        fn any_text_has_spans_inside_it(text in "[\\[\\]{}\",:\\\\ a1é\n]{0,40}") {
            let span = Span::first(&text);
            for part in span.elements() {
                prop_assert!(text.contains(part.text()));
            }
            let _ = span.member("a");
            prop_assert!(written_length(&text, 7) <= text.chars().count() + 12);
        }
    }
}
