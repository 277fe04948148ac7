//! [`redact_quoted`]: the texts in data.

use std::borrow::Cow;

use super::{is_active, redact};

/// Takes the values of secrets out of what stands in double quotes in a text, which is RON or JSON and stays so.
///
/// Numbers and names that look like a value are left alone: without them it would be no data any more.
pub fn redact_quoted(text: &str) -> Cow<'_, str> {
    if !is_active() {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut written = 0;
    let mut at = 0;
    while let Some((content, end)) = next_quoted(text, at) {
        let inside = text.get(content.clone()).unwrap_or_default();
        if let Cow::Owned(redacted) = redact(inside) {
            out.push_str(text.get(written..content.start).unwrap_or_default());
            out.push_str(&redacted);
            written = content.end;
        }
        at = end;
    }
    // Quotes that do not end are those of no data.
    let rest = text.get(at..).unwrap_or_default();
    if rest.contains('"')
        && let Cow::Owned(redacted) = redact(rest)
    {
        out.push_str(text.get(written..at).unwrap_or_default());
        out.push_str(&redacted);
        return Cow::Owned(out);
    }
    if written == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(written..).unwrap_or_default());
    Cow::Owned(out)
}

/// Finds the next text in quotes from a place on: what is in them, and where what follows begins.
fn next_quoted(text: &str, from: usize) -> Option<(std::ops::Range<usize>, usize)> {
    let mut begin = from + text.get(from..)?.find('"')?;
    // RON's character.
    while text.get(..=begin)?.ends_with("'\"") && text.get(begin + 1..)?.starts_with('\'') {
        begin = begin + 1 + text.get(begin + 1..)?.find('"')?;
    }
    let before = text.get(from..begin)?;
    let fences = before.len() - before.trim_end_matches('#').len();
    let is_raw = before.trim_end_matches('#').ends_with('r');
    let content = begin + 1;
    let rest = text.get(content..)?;
    if is_raw {
        let close = format!("\"{}", "#".repeat(fences));
        let length = rest.find(&close)?;
        return Some((content..content + length, content + length + close.len()));
    }
    let mut is_escaped = false;
    let length = rest.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })?;
    Some((content..content + length, content + length + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretValue;
    use crate::secret::redaction::register;

    #[test]
    fn only_what_stands_in_quotes_changes() {
        register(&SecretValue::new(b"12345678\"x".to_vec()));
        register(&SecretValue::new(b"12345678".to_vec()));
        for (text, expected) in [
            (
                "(a: 12345678, b: \"12345678\")",
                "(a: 12345678, b: \"[REDACTED]\")",
            ),
            (r#"["\\", "12345678\"x", 1]"#, r#"["\\", "[REDACTED]", 1]"#),
            (
                "(r\"12345678\\\", r#\"a\"12345678\"#, '\"', \"12345678\")",
                "(r\"[REDACTED]\\\", r#\"a\"[REDACTED]\"#, '\"', \"[REDACTED]\")",
            ),
            ("\"12345678", "\"[REDACTED]"),
            ("no quotes: 12345678", "no quotes: 12345678"),
        ] {
            assert_eq!(redact_quoted(text), expected);
        }
    }
}
