//! A query without what makes no difference: comments, and how much space is between words.

/// Writes a query with single spaces and without comments; what is in quotes stays as it is.
pub fn canonical_query(text: &str) -> String {
    // Where quotes may be told in another way, nothing is removed.
    if text.contains(['\\', '$']) {
        return text.to_owned();
    }
    let mut canonical = String::with_capacity(text.len());
    let mut rest = text;
    let mut gap = false;
    while let Some(first) = rest.chars().next() {
        let length = if let Some(comment) = comment(rest) {
            gap = true;
            comment
        } else if first.is_whitespace() {
            gap = true;
            first.len_utf8()
        } else {
            if gap && !canonical.is_empty() {
                canonical.push(' ');
            }
            gap = false;
            let length = match first {
                '\'' | '"' | '`' => quoted(rest, first),
                other => other.len_utf8(),
            };
            canonical.push_str(rest.get(..length).unwrap_or(rest));
            length
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    canonical.trim_end_matches([';', ' ']).to_owned()
}

/// Returns the length of the comment that `text` begins with.
pub(super) fn comment(text: &str) -> Option<usize> {
    if text.starts_with("--") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    let inside = text.strip_prefix("/*")?;
    // A comment within a comment is left to the parser: then nothing is removed.
    let end = inside.find("*/")?;
    (!inside.get(..end)?.contains("/*")).then_some(end + 4)
}

/// Returns the length of the quoted text that `text` begins with.
pub(super) fn quoted(text: &str, quote: char) -> usize {
    let inside = text.char_indices().skip(1);
    let mut ends = inside.filter(|(_, character)| *character == quote);
    ends.next().map_or(text.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_spaces_make_no_difference() {
        let same = [
            ["SELECT a FROM t", "SELECT  a\n  FROM t;\n"],
            [
                "SELECT a FROM t",
                "-- all\nSELECT a /* the first */ FROM t -- of it",
            ],
            ["SELECT 'a''b'", "SELECT   'a''b'"],
        ];
        for [one, other] in same {
            assert_eq!(canonical_query(one), canonical_query(other));
        }
    }

    #[test]
    fn everything_else_does() {
        let different = [
            ["SELECT 'a b'", "SELECT 'a  b'"],
            ["SELECT '--a' FROM t", "SELECT '-- b' FROM t"],
            ["SELECT a", "SELECT b"],
            ["SELECT ab", "SELECT a b"],
            ["SELECT \"a;\"", "SELECT \"a\""],
            ["SELECT 'it''s -- x'", "SELECT 'it''s -- y'"],
            ["SELECT a--1\n", "SELECT a- -1\n"],
        ];
        for [one, other] in different {
            assert_ne!(canonical_query(one), canonical_query(other));
        }
    }
}
