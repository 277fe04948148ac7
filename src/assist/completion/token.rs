//! Text of a cell, finished or not → tokens. Total: any text has tokens, and finding them is linear in its length.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A name or a keyword.
    Word,
    /// A number.
    Number,
    /// A string, its prefix and quotes with it.
    Text(Quotes),
    /// From `#` to the end of the line.
    Comment,
    /// `(`, `[` or `{`.
    Open(char),
    /// `)`, `]` or `}`.
    Close(char),
    /// The end of a line.
    Newline,
    /// An operator or another mark.
    Mark,
}

/// How a string is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quotes {
    /// The quote: `"` or `'`.
    pub(crate) mark: char,
    /// How many bytes stand before the body: letters and quotes.
    pub(crate) opening: usize,
    /// How many quotes are on each side: one or three.
    pub(crate) width: usize,
    /// Whether code may be in braces.
    pub(crate) is_formatted: bool,
    /// Whether a backslash means itself.
    pub(crate) is_raw: bool,
    /// Whether the string has an end.
    pub(crate) is_closed: bool,
}

impl Quotes {
    /// Returns how many bytes end the string: none where its end is missing.
    pub(crate) fn closing(&self) -> usize {
        if self.is_closed { self.width } else { 0 }
    }

    /// Returns whether the string may have several lines.
    pub(crate) fn is_triple(&self) -> bool {
        self.width == 3
    }
}

/// A piece of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// Its first byte.
    pub(crate) start: usize,
    /// The byte after its last.
    pub(crate) end: usize,
}

impl Token {
    /// Returns the token's text.
    pub(crate) fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.start..self.end).unwrap_or_default()
    }

    /// Returns whether this is the mark `mark`.
    pub(crate) fn is_mark(&self, source: &str, mark: &str) -> bool {
        self.kind == TokenKind::Mark && self.text(source) == mark
    }
}

/// Marks of two characters that mean one thing.
const PAIRS: [&str; 14] = [
    "==", "!=", "<=", ">=", "**", "//", "->", "<<", ">>", "+=", "-=", "*=", "/=", "%=",
];

/// Returns whether a name may hold `character`.
pub(crate) fn in_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// Splits `source` into tokens; blanks and escaped line ends are left out.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = source.get(at..)
        && let Some(first) = rest.chars().next()
    {
        let (kind, length) = match first {
            '\n' => (Some(TokenKind::Newline), 1),
            '\\' => (None, 1 + usize::from(rest.starts_with("\\\n"))),
            _ if first.is_whitespace() => (None, first.len_utf8()),
            '#' => (Some(TokenKind::Comment), rest.find('\n').unwrap_or(rest.len())),
            '(' | '[' | '{' => (Some(TokenKind::Open(first)), 1),
            ')' | ']' | '}' => (Some(TokenKind::Close(first)), 1),
            '"' | '\'' => text(rest, 0),
            _ if first.is_ascii_digit() => (Some(TokenKind::Number), number_length(rest)),
            _ if in_word(first) => {
                let length = rest.find(|next| !in_word(next)).unwrap_or(rest.len());
                let is_prefix = length <= 2 && rest.bytes().take(length).all(|c| b"rRfFbB".contains(&c));
                if is_prefix
                    && rest
                        .get(length..)
                        .is_some_and(|after| after.starts_with(['"', '\'']))
                {
                    text(rest, length)
                } else {
                    (Some(TokenKind::Word), length)
                }
            }
            _ if PAIRS.iter().any(|pair| rest.starts_with(pair)) => (Some(TokenKind::Mark), 2),
            _ => (Some(TokenKind::Mark), first.len_utf8()),
        };
        found.extend(kind.map(|kind| Token {
            kind,
            start: at,
            end: at + length,
        }));
        at += length;
    }
    found
}

/// Reads the string that `rest` begins with, after `prefix` letters.
fn text(rest: &str, prefix: usize) -> (Option<TokenKind>, usize) {
    let letters = rest.get(..prefix).unwrap_or_default().to_ascii_lowercase();
    let written = rest.get(prefix..).unwrap_or_default();
    let mark = written.chars().next().unwrap_or('"');
    let is_triple = written
        .bytes()
        .take(3)
        .filter(|byte| char::from(*byte) == mark)
        .count()
        == 3;
    let width = if is_triple { 3 } else { 1 };
    let mut quotes = Quotes {
        mark,
        opening: prefix + width,
        width,
        is_formatted: letters.contains('f'),
        is_raw: letters.contains('r'),
        is_closed: false,
    };
    let mut marks = 0;
    let mut is_escaped = false;
    let body = written.get(width..).unwrap_or_default();
    for (offset, character) in body.char_indices() {
        let end = quotes.opening + offset;
        if is_escaped {
            is_escaped = false;
            marks = 0;
            continue;
        }
        match character {
            '\n' if !is_triple => return (Some(TokenKind::Text(quotes)), end),
            '\\' => {
                is_escaped = true;
                marks = 0;
            }
            _ if character == mark => {
                marks += 1;
                if marks == width {
                    quotes.is_closed = true;
                    return (Some(TokenKind::Text(quotes)), end + 1);
                }
            }
            _ => marks = 0,
        }
    }
    (Some(TokenKind::Text(quotes)), rest.len())
}

/// Returns the length of the number at the beginning of `rest`, its exponent with it.
fn number_length(rest: &str) -> usize {
    let mut previous = '0';
    let end = rest.char_indices().find(|(at, next)| {
        let sign = matches!(next, '+' | '-') && matches!(previous, 'e' | 'E');
        // `1.` ends before a method's name: there are no methods of numbers that begin with a digit.
        let point = *next == '.'
            && rest
                .get(at + 1..)
                .is_none_or(|after| !after.starts_with(|c: char| c.is_alphabetic() || c == '_'));
        previous = *next;
        !(next.is_ascii_alphanumeric() || point || *next == '_' || sign)
    });
    end.map_or(rest.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text(source)).collect()
    }

    #[test]
    fn splits_code_into_tokens() {
        for (source, expected) in [
            (
                "df.filter(\"a b\")",
                vec!["df", ".", "filter", "(", "\"a b\"", ")"],
            ),
            ("x = 1.5e-3 # n", vec!["x", "=", "1.5e-3", "# n"]),
            ("f\"{a}\" rb'x", vec!["f\"{a}\"", "rb'x"]),
            ("'a\nb", vec!["'a", "\n", "b"]),
            ("\"\"\"a\n\"b\"\"\"c", vec!["\"\"\"a\n\"b\"\"\"", "c"]),
            ("a == b\\\n<= '\\''", vec!["a", "==", "b", "<=", "'\\''"]),
            ("[é, {1}]", vec!["[", "é", ",", "{", "1", "}", "]"]),
            ("\"\"", vec!["\"\""]),
        ] {
            assert_eq!(shown(source), expected, "{source}");
        }
    }

    proptest::proptest! {
        #[test]
        fn tokens_are_in_order_and_on_characters(source in "([a-z.(){}\\[\\]'\"#\\\\\n ]|\\PC){0,60}") {
            let mut at = 0;
            for token in tokens(&source) {
                assert!(token.start >= at && token.end > token.start);
                assert!(source.get(token.start..token.end).is_some());
                at = token.end;
            }
        }
    }
}
