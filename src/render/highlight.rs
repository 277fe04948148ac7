//! Source → the same source with ANSI colours.
//!
//! Owns small scanners that are total: any text, however incomplete, is coloured in time linear in its length,
//! and taking the colours off gives the text back. They colour and do not parse, so what they say about a text
//! must not be used for anything else. Whether to colour at all is the caller's decision.

mod grammar;

use grammar::{Grammar, SQL, STARLARK};

use crate::notebook::{TextForm, kind_info};

/// What a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Python-shaped code.
    Starlark,
    /// Queries and expressions.
    Sql,
    /// Text with headings and code.
    Markdown,
    /// Anything else, which is not coloured.
    Text,
}

impl Language {
    /// Returns the language of a cell whose magic is `%word`.
    pub fn of_magic(word: &str) -> Self {
        match kind_info(word).form {
            TextForm::Code => Self::Starlark,
            TextForm::Sql => Self::Sql,
            TextForm::Markdown => Self::Markdown,
            TextForm::Shell | TextForm::Commands | TextForm::Plain => Self::Text,
        }
    }
}

/// Returns `source` with ANSI colours, or unchanged when `color` is off.
///
/// Only colour codes (`ESC [ … m`) are added, and every line begins and ends without a colour, so lines can be
/// shown apart.
pub fn highlight(source: &str, language: Language, color: bool) -> String {
    if color {
        painted(&pieces(source, language))
    } else {
        source.to_owned()
    }
}

/// Splits `source` into pieces of one colour each; put together they are the source.
pub fn pieces(source: &str, language: Language) -> Vec<Piece<'_>> {
    let mut painter = Painter::default();
    match language {
        Language::Starlark => painter.code(source, &STARLARK),
        Language::Sql => painter.code(source, &SQL),
        Language::Markdown => painter.markdown(source),
        Language::Text => painter.add(Highlight::Plain, source),
    }
    painter.pieces
}

/// Writes pieces with ANSI colours, line by line.
pub fn painted(pieces: &[Piece<'_>]) -> String {
    let length: usize = pieces.iter().map(|piece| piece.text.len()).sum();
    let mut written = String::with_capacity(length * 2);
    for piece in pieces {
        let Some(parameters) = piece.highlight.parameters() else {
            written.push_str(piece.text);
            continue;
        };
        for line in piece.text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            if !content.is_empty() {
                written.extend(["\x1b[", parameters, "m", content, "\x1b[0m"]);
            }
            written.push_str(line.get(content.len()..).unwrap_or_default());
        }
    }
    written
}

/// A piece of a source in one colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its colour.
    pub highlight: Highlight,
    /// Its text, which may have several lines.
    pub text: &'a str,
}

/// The colours, by what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Highlight {
    /// Nothing in particular.
    Plain,
    /// A word of the language.
    Keyword,
    /// A string.
    Literal,
    /// A number.
    Number,
    /// A comment.
    Comment,
    /// A function that is called.
    Call,
    /// A heading, or strong text.
    Heading,
    /// Code in text.
    Code,
    /// The magic that begins a cell, or a command.
    Magic,
    /// A bracket at the cursor, or its partner.
    Bracket,
}

impl Highlight {
    /// Returns the parameters of the "select graphic rendition" code of ECMA-48; none for plain text.
    pub fn parameters(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Keyword => Some("35"),
            Self::Literal => Some("32"),
            Self::Number | Self::Code => Some("36"),
            Self::Comment => Some("90"),
            Self::Call => Some("34"),
            Self::Heading => Some("1"),
            Self::Magic => Some("1;36"),
            Self::Bracket => Some("1;4"),
        }
    }
}

#[derive(Default)]
struct Painter<'a> {
    pieces: Vec<Piece<'a>>,
}

impl<'a> Painter<'a> {
    fn add(&mut self, highlight: Highlight, text: &'a str) {
        self.pieces.push(Piece { highlight, text });
    }

    fn code(&mut self, source: &'a str, grammar: &Grammar) {
        let mut rest = source;
        while let Some(first) = rest.chars().next() {
            let (highlight, length) = if let Some(length) = grammar.comment_length(rest) {
                (Highlight::Comment, length)
            } else if let Some(length) = grammar.quoted_length(grammar.quotes, rest) {
                (Highlight::Literal, length)
            } else if let Some(length) = grammar.quoted_length(grammar.name_quotes, rest) {
                (Highlight::Plain, length)
            } else if first.is_ascii_digit() {
                (Highlight::Number, number_length(rest))
            } else if is_word(first) {
                let length = rest.find(|next| !is_word(next)).unwrap_or(rest.len());
                let (word, after) = rest.split_at(length);
                if let Some(string) = prefixed_string(grammar, word, after) {
                    self.add(Highlight::Literal, word);
                    if word.contains('f') {
                        self.formatted(string);
                    } else {
                        self.add(Highlight::Literal, string);
                    }
                    rest = after.get(string.len()..).unwrap_or_default();
                    continue;
                }
                (word_kind(grammar, word, after), length)
            } else {
                (Highlight::Plain, first.len_utf8())
            };
            let (token, after) = rest.split_at(length);
            self.add(highlight, token);
            rest = after;
        }
    }

    /// Adds an f-string: what is in `{…}` is code and stays plain.
    fn formatted(&mut self, string: &'a str) {
        let mut rest = string;
        while let Some(open) = rest.find('{') {
            let (before, inside) = rest.split_at(open);
            let (highlight, length) = if inside.starts_with("{{") {
                (Highlight::Literal, 2)
            } else if let Some(close) = closing_brace(inside) {
                (Highlight::Plain, close + 1)
            } else {
                break;
            };
            let (braces, after) = inside.split_at(length);
            self.add(Highlight::Literal, before);
            self.add(highlight, braces);
            rest = after;
        }
        self.add(Highlight::Literal, rest);
    }

    fn markdown(&mut self, source: &'a str) {
        let mut fence: Option<&str> = None;
        for line in source.split_inclusive('\n') {
            let start = line.trim_start();
            let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
            match (fence, mark) {
                (Some(open), mark) => {
                    self.add(Highlight::Code, line);
                    if mark == Some(open) {
                        fence = None;
                    }
                }
                (None, Some(_)) => {
                    self.add(Highlight::Code, line);
                    fence = mark;
                }
                (None, None) if is_heading(start) => self.add(Highlight::Heading, line),
                (None, None) => self.prose(line),
            }
        }
    }

    /// Adds a line of markdown: `code` and **strong** words.
    fn prose(&mut self, line: &'a str) {
        // A mark that is not closed on this line is not looked for again.
        let mut unclosed = Vec::new();
        let mut plain = line;
        let mut offset = 0;
        while let Some(next) = plain.get(offset..).and_then(|text| text.find(['`', '*'])) {
            let (before, inside) = plain.split_at(offset + next);
            let (mark, highlight) = if inside.starts_with('`') {
                ("`", Highlight::Code)
            } else {
                ("**", Highlight::Heading)
            };
            let text = inside.strip_prefix(mark).filter(|_| !unclosed.contains(&mark));
            let Some(text) = text else {
                offset = before.len() + 1;
                continue;
            };
            if let Some(close) = text.find(mark) {
                let (marked, after) = inside.split_at(close + 2 * mark.len());
                self.add(Highlight::Plain, before);
                self.add(highlight, marked);
                (plain, offset) = (after, 0);
            } else {
                unclosed.push(mark);
            }
        }
        self.add(Highlight::Plain, plain);
    }
}

/// Finds the brace that closes the one that a text begins with.
fn closing_brace(text: &str) -> Option<usize> {
    let mut open = 0;
    text.find(|letter| {
        match letter {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        open == 0
    })
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

fn is_heading(line: &str) -> bool {
    let text = line.trim_start_matches('#');
    (1..=6).contains(&(line.len() - text.len())) && text.starts_with(char::is_whitespace)
}

/// Returns the string that follows the prefix `word`, if it is one.
fn prefixed_string<'a>(grammar: &Grammar, word: &str, after: &'a str) -> Option<&'a str> {
    if !grammar
        .string_prefixes
        .iter()
        .any(|prefix| prefix.eq_ignore_ascii_case(word))
    {
        return None;
    }
    after.get(..grammar.quoted_length(grammar.quotes, after)?)
}

fn word_kind(grammar: &Grammar, word: &str, after: &str) -> Highlight {
    if grammar.is_keyword(word) {
        Highlight::Keyword
    } else if after.starts_with('(') {
        Highlight::Call
    } else {
        Highlight::Plain
    }
}

/// Returns the length of the number at the beginning of `text`, its exponent with it.
fn number_length(text: &str) -> usize {
    let mut previous = '0';
    let end = text.find(|next: char| {
        let sign = (next == '+' || next == '-') && matches!(previous, 'e' | 'E');
        previous = next;
        !(next.is_ascii_alphanumeric() || next == '.' || next == '_' || sign)
    });
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Colours written as the first letter of their meaning, for reading: `<k def>`.
    fn marked(source: &str, language: Language) -> String {
        let mut text = highlight(source, language, true).replace("\x1b[0m", ">");
        for (code, letter) in [
            ("35", 'k'),
            ("32", 's'),
            ("36", 'n'),
            ("90", 'c'),
            ("34", 'f'),
            ("1", 'h'),
        ] {
            text = text.replace(&format!("\x1b[{code}m"), &format!("<{letter} "));
        }
        text
    }

    fn strip(text: &str) -> String {
        let mut pieces = text.split("\x1b[");
        let first = pieces.next().unwrap().to_owned();
        first
            + &pieces
                .map(|piece| piece.split_once('m').unwrap().1)
                .collect::<String>()
    }

    #[test]
    fn colours_each_language() {
        let cases = [
            (
                Language::Starlark,
                "def f(x): # twice\n    return f\"{x:>3}{{}} {\" + r'\\d' + g.h (2.5e-3)",
                "<k def> <f f>(x): <c # twice>\n    <k return> <s f><s \">{x:>3}<s {{><s }} {\"> + <s r><s '\\d'> + g.h (<n 2.5e-3>)",
            ),
            (
                Language::Starlark,
                "s = \"\"\"a\r\n\nb\"\"\"; open = 'x\\'y\nnot_in = True if ok else \"",
                "s = <s \"\"\"a>\r\n\n<s b\"\"\">; open = <s 'x\\'y>\nnot_in = <k True> <k if> ok <k else> <s \">",
            ),
            (
                Language::Sql,
                "Select avg(\"it's\"), 'it''s' -- mean\nFROM t1 /* all\nrows */ WHERE 1",
                "<k Select> <f avg>(\"it's\"), <s 'it'><s 's'> <c -- mean>\n<k FROM> t1 <c /* all>\n<c rows */> <k WHERE> <n 1>",
            ),
            (
                Language::Markdown,
                "## Titanic\nUse `fit` and **see** `x\n#no\n```py\n# x\n```\nend",
                "<h ## Titanic>\nUse <n `fit`> and <h **see**> `x\n#no\n<n ```py>\n<n # x>\n<n ```>\nend",
            ),
            (Language::Text, "ls 'x' # 1", "ls 'x' # 1"),
        ];
        for (language, source, expected) in cases {
            assert_eq!(marked(source, language), expected);
            assert_eq!(highlight(source, language, false), source);
        }
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        for text in [
            "\"", "f'{", "{", "/*", "`", "**", "**`", "x ", "1e-", "\\", "```\n", "'''",
        ] {
            for language in [Language::Starlark, Language::Sql, Language::Markdown] {
                for source in [text.repeat(20_000), format!("f'{}", text.repeat(50_000))] {
                    assert_eq!(strip(&highlight(&source, language, true)).len(), source.len());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn taking_the_colours_off_gives_the_text_back(
            words in prop::collection::vec(prop::sample::select(vec![
                "def ", "f(", "f\"", "\"", "'", "\"\"\"", "{", "}", "{{", "#", "\n", "\r\n", "\r", "\\", "é", "1.5e", "--", "/*", "*/",
                "select", "`", "**", "```", "# h", " ",
            ]), 0..40),
            other in "[^\x1b]*",
        ) {
            let source = words.concat() + &other;
            for language in [Language::Starlark, Language::Sql, Language::Markdown, Language::Text] {
                let painted = highlight(&source, language, true);
                prop_assert_eq!(strip(&painted), source.as_str());
                for line in painted.split('\n') {
                    prop_assert!(line.matches("\x1b[").count() % 2 == 0, "{:?}", line);
                }
            }
        }
    }
}
