//! Writing names so that they mean themselves where they are put in: in SQL, in a string, or in SQL in a string.

use sqlparser::keywords::ALL_KEYWORDS;

use super::token::{Quotes, in_word};

/// Writes `text` as part of a string that is quoted so.
pub(crate) fn in_text(text: &str, quotes: &Quotes) -> String {
    if quotes.is_raw {
        return text.to_owned();
    }
    let mut written = String::new();
    for character in text.chars() {
        match character {
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            _ if character == quotes.mark && !quotes.is_triple() => written.extend(['\\', character]),
            _ => written.push(character),
        }
    }
    written
}

/// Writes the name of a column or table as SQL reads it, in a string that is quoted so or outside of any.
pub(crate) fn identifier(name: &str, quotes: Option<&Quotes>) -> String {
    if is_plain(name) {
        return name.to_owned();
    }
    // In `"…"` the other quotes of SQL names need no backslash.
    let is_double = quotes.is_some_and(|quotes| quotes.mark == '"' && !quotes.is_triple());
    let mark = if is_double && !name.contains('`') {
        '`'
    } else {
        '"'
    };
    let doubled = name.replace(mark, &format!("{mark}{mark}"));
    let written = format!("{mark}{doubled}{mark}");
    quotes.map_or_else(|| written.clone(), |quotes| in_text(&written, quotes))
}

/// Returns whether SQL reads a name as it is.
pub(crate) fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.is_ascii()
        && name.chars().all(in_word)
        && !ALL_KEYWORDS
            .iter()
            .any(|keyword| keyword.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::super::token::{TokenKind, tokens};
    use super::*;

    #[test]
    fn names_are_quoted_as_the_string_around_them_needs() {
        let quotes = |opening: &str| match tokens(opening).first().map(|token| token.kind) {
            Some(TokenKind::Text(quotes)) => Some(quotes),
            _ => None,
        };
        for (name, opening, expected) in [
            ("Age", "\"", "Age"),
            ("Passenger Class", "\"", "`Passenger Class`"),
            ("Passenger Class", "'", "\"Passenger Class\""),
            ("Passenger Class", "\"\"\"", "\"Passenger Class\""),
            ("Passenger Class", "", "\"Passenger Class\""),
            ("it's \"so\"", "'", "\"it\\'s \"\"so\"\"\""),
            ("from", "", "\"from\""),
            ("a`b", "\"", "\\\"a`b\\\""),
        ] {
            assert_eq!(
                identifier(name, quotes(opening).as_ref()),
                expected,
                "{name} in {opening}"
            );
        }
    }
}
