//! What sets one programming language apart for colouring: its keywords, comments and quotes.

/// What sets one programming language apart for colouring.
pub(super) struct Grammar {
    pub(super) keywords: &'static [&'static str],
    /// Whether keywords may be in capitals.
    pub(super) any_case: bool,
    pub(super) line_comment: &'static str,
    pub(super) block_comment: Option<(&'static str, &'static str)>,
    /// The quotes of strings; longer before shorter.
    pub(super) quotes: &'static [&'static str],
    /// The quotes of names.
    pub(super) name_quotes: &'static [&'static str],
    /// Whether a backslash in a string hides the character after it.
    pub(super) escapes: bool,
    /// Whether a string ends with its line unless its quotes are three.
    pub(super) one_line: bool,
    /// The letters that may stand before a string's quotes.
    pub(super) string_prefixes: &'static [&'static str],
}

pub(super) static STARLARK: Grammar = Grammar {
    keywords: &[
        "False", "None", "True", "and", "break", "continue", "def", "elif", "else", "for", "if", "in",
        "lambda", "load", "not", "or", "pass", "return",
    ],
    any_case: false,
    line_comment: "#",
    block_comment: None,
    quotes: &["\"\"\"", "'''", "\"", "'"],
    name_quotes: &[],
    escapes: true,
    one_line: true,
    string_prefixes: &["r", "f", "b", "rb", "br", "fr", "rf"],
};

pub(super) static SQL: Grammar = Grammar {
    keywords: &[
        "all",
        "and",
        "anti",
        "any",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "cast",
        "choices",
        "columns",
        "combobox",
        "create",
        "cross",
        "cube",
        "current",
        "desc",
        "describe",
        "distinct",
        "drop",
        "dropdown",
        "else",
        "end",
        "escape",
        "except",
        "exists",
        "explain",
        "false",
        "filter",
        "first",
        "following",
        "from",
        "full",
        "group",
        "grouping",
        "having",
        "ilike",
        "in",
        "inner",
        "intersect",
        "interval",
        "into",
        "is",
        "join",
        "last",
        "lateral",
        "left",
        "like",
        "limit",
        "multiselect",
        "natural",
        "not",
        "null",
        "nulls",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "over",
        "partition",
        "pivot",
        "preceding",
        "qualify",
        "range",
        "recursive",
        "remove",
        "replace",
        "right",
        "rlike",
        "rollup",
        "rows",
        "select",
        "semi",
        "sets",
        "show",
        "table",
        "tables",
        "tablesample",
        "temp",
        "temporary",
        "then",
        "true",
        "unbounded",
        "union",
        "unpivot",
        "using",
        "values",
        "view",
        "when",
        "where",
        "widget",
        "window",
        "with",
        "within",
    ],
    any_case: true,
    line_comment: "--",
    block_comment: Some(("/*", "*/")),
    quotes: &["'"],
    name_quotes: &["\"", "`"],
    escapes: false,
    one_line: false,
    string_prefixes: &[],
};

impl Grammar {
    pub(super) fn is_keyword(&self, word: &str) -> bool {
        let same = |keyword: &&str| {
            if self.any_case {
                keyword.eq_ignore_ascii_case(word)
            } else {
                *keyword == word
            }
        };
        self.keywords.iter().any(same)
    }

    /// Returns the length of the comment at the beginning of `text`.
    pub(super) fn comment_length(&self, text: &str) -> Option<usize> {
        if text.starts_with(self.line_comment) {
            return Some(text.find('\n').unwrap_or(text.len()));
        }
        let (open, close) = self.block_comment?;
        let inside = text.strip_prefix(open)?;
        Some(
            inside
                .find(close)
                .map_or(text.len(), |end| open.len() + end + close.len()),
        )
    }

    /// Returns the length of what is in one of `quotes` at the beginning of `text`; it may lack its end.
    pub(super) fn quoted_length(&self, quotes: &[&str], text: &str) -> Option<usize> {
        let quotes = quotes.iter().find(|quotes| text.starts_with(**quotes))?;
        let mut offset = quotes.len();
        while let Some(rest) = text.get(offset..) {
            if rest.starts_with(quotes) {
                return Some(offset + quotes.len());
            }
            let mut characters = rest.chars();
            match characters.next() {
                None => break,
                Some('\n') if self.one_line && quotes.len() == 1 => return Some(offset),
                Some('\\') if self.escapes => {
                    offset += 1 + characters
                        .next()
                        .filter(|next| *next != '\n')
                        .map_or(0, char::len_utf8);
                }
                Some(character) => offset += character.len_utf8(),
            }
        }
        Some(text.len())
    }
}
