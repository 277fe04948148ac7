//! The colours of a cell as one types: code, SQL in code, queries, markdown, and the bracket at the cursor.
//!
//! Linear in the length of the text, because it is done again at every key.

use super::completion::{Token, TokenKind, Tokens, in_word};
use crate::describe::{Builtin, Catalogue};
use crate::notebook::{ShellWord, TextForm, kind_info, shell_words};
use crate::render::highlight::{Highlight, Language, Piece, pieces};

/// Splits a cell into pieces of one colour each, which put together are the text; the bracket at byte `cursor` and its
/// partner stand out. The catalogue says which strings are SQL.
pub fn highlight<'a>(text: &'a str, cursor: Option<usize>, catalogue: &Catalogue) -> Vec<Piece<'a>> {
    let start = text.len() - text.trim_start().len();
    let magic = text.get(start..).and_then(|body| body.strip_prefix('%'));
    let mut found = Vec::new();
    let Some(body) = magic else {
        return code(text, cursor, catalogue);
    };
    let word = body
        .find(|next| !(in_word(next) || next == '-'))
        .unwrap_or(body.len());
    let kind = body.get(..word).unwrap_or_default();
    let language = Language::of_magic(kind);
    let (line, rest) = text.split_at(start + 1 + word);
    found.push(Piece {
        highlight: Highlight::Magic,
        text: line,
    });
    if language == Language::Starlark {
        let behind = cursor.and_then(|cursor| cursor.checked_sub(line.len()));
        found.extend(code(rest, behind, catalogue));
        return found;
    }
    if language != Language::Sql {
        let rest = if kind_info(kind).form == TextForm::Shell {
            shell_options(rest, &mut found)
        } else {
            rest
        };
        found.extend(pieces(rest, language));
        return found;
    }
    // Brackets of a query match as those of code do, which has other comments: good enough for a hint.
    let marked = cursor
        .and_then(|cursor| cursor.checked_sub(line.len()))
        .map_or(Vec::new(), |cursor| brackets(&Tokens::of(rest), cursor));
    found.extend(with_brackets(pieces(rest, language), rest, &marked));
    found
}

/// Colours the options of a `%sh` cell, and returns what follows them.
fn shell_options<'a>(text: &'a str, found: &mut Vec<Piece<'a>>) -> &'a str {
    let mut at = 0;
    for (start, word) in shell_words(text).0 {
        let end = start + word.text().len();
        let highlight = match word {
            ShellWord::Option(_) => Highlight::Keyword,
            ShellWord::Variable(_) => Highlight::Literal,
        };
        for (highlight, part) in [(Highlight::Plain, at..start), (highlight, start..end)] {
            let text = text.get(part).unwrap_or_default();
            found.push(Piece { highlight, text });
        }
        at = end;
    }
    text.get(at..).unwrap_or_default()
}

/// Colours Python-shaped code, and SQL in it.
fn code<'a>(text: &'a str, cursor: Option<usize>, catalogue: &Catalogue) -> Vec<Piece<'a>> {
    let tokens = Tokens::of(text);
    let mut found = Vec::new();
    let mut at = 0;
    for (start, end) in sql_bodies(&tokens, catalogue) {
        let (Some(before), Some(body)) = (text.get(at..start), text.get(start..end)) else {
            continue;
        };
        // The string's opening quote is the end of what is before, and its closing one begins what follows: each
        // would be taken for a string of its own.
        let quote = before.len() - opening(before);
        found.extend(pieces(
            before.get(..quote).unwrap_or_default(),
            Language::Starlark,
        ));
        found.push(Piece {
            highlight: Highlight::Literal,
            text: before.get(quote..).unwrap_or_default(),
        });
        found.extend(pieces(body, Language::Sql));
        at = end;
        let closing = text.get(at..).map_or(0, closing);
        found.push(Piece {
            highlight: Highlight::Literal,
            text: text.get(at..at + closing).unwrap_or_default(),
        });
        at += closing;
    }
    found.extend(pieces(text.get(at..).unwrap_or_default(), Language::Starlark));
    found.retain(|piece| !piece.text.is_empty());
    let marked = cursor.map_or(Vec::new(), |cursor| brackets(&tokens, cursor));
    with_brackets(found, text, &marked)
}

/// Returns how many bytes at the end of `text` open a string.
fn opening(text: &str) -> usize {
    let quotes = ["\"\"\"", "'''", "\"", "'"]
        .iter()
        .find(|quotes| text.ends_with(**quotes));
    let width = quotes.map_or(0, |quotes| quotes.len());
    let before = text.get(..text.len() - width).unwrap_or_default();
    width
        + usize::from(before.ends_with(['r', 'R']) && !before.trim_end_matches(['r', 'R']).ends_with(in_word))
}

/// Returns how many bytes at the beginning of `text` close a string.
fn closing(text: &str) -> usize {
    ["\"\"\"", "'''", "\"", "'"]
        .iter()
        .find(|quotes| text.starts_with(**quotes))
        .map_or(0, |quotes| quotes.len())
}

/// A bracket that is open while the tokens are walked, and where in it.
struct Level<'a> {
    /// What may be called with what is in it.
    called: Vec<&'a Builtin>,
    /// Whether it stands where a string would be SQL, so that those in it are too.
    is_in_sql: bool,
    position: usize,
    keyword: Option<&'a str>,
}

impl Level<'_> {
    /// Returns whether a string here is SQL.
    fn is_sql(&self) -> bool {
        let mut parameters = self.called.iter();
        self.is_in_sql
            || parameters.any(|builtin| {
                let parameter = builtin.parameter(self.keyword, self.position);
                parameter.is_some_and(|parameter| parameter.meaning.is_sql())
            })
    }
}

/// Returns where the bodies of strings are that are SQL.
fn sql_bodies<'a>(tokens: &'a Tokens<'_>, catalogue: &'a Catalogue) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut levels: Vec<Level<'_>> = Vec::new();
    for (index, token) in tokens.list.iter().enumerate() {
        match token.kind {
            TokenKind::Open(mark) => {
                let value = index.checked_sub(1).filter(|before| tokens.ends_value(*before));
                let called = value.filter(|_| mark == '(');
                levels.push(Level {
                    called: called.map_or_else(Vec::new, |last| called_by(tokens, last, catalogue)),
                    // A list of expressions, or one in brackets; but not what something is looked up by.
                    is_in_sql: value.is_none() && mark != '{' && levels.last().is_some_and(Level::is_sql),
                    position: 0,
                    keyword: None,
                });
            }
            TokenKind::Close(_) => {
                levels.pop();
            }
            TokenKind::Text(quotes) if !quotes.is_formatted => {
                if levels.last().is_some_and(Level::is_sql) {
                    found.push((token.start + quotes.opening, token.end - quotes.closing()));
                }
            }
            TokenKind::Mark => note_argument(tokens, index, token, levels.last_mut()),
            TokenKind::Text(_)
            | TokenKind::Word
            | TokenKind::Number
            | TokenKind::Comment
            | TokenKind::Newline => {}
        }
    }
    found
}

fn note_argument<'a>(tokens: &'a Tokens<'_>, index: usize, token: &Token, level: Option<&mut Level<'a>>) {
    let Some(level) = level else { return };
    if token.is_mark(tokens.source, ",") {
        level.position += 1;
        level.keyword = None;
    } else if token.is_mark(tokens.source, "=") {
        level.keyword = index.checked_sub(1).map(|name| tokens.text(name));
    }
}

/// Returns the builtins that what ends with the token at `last` may be: a function, or a method of any type.
fn called_by<'a>(tokens: &'a Tokens<'_>, last: usize, catalogue: &'a Catalogue) -> Vec<&'a Builtin> {
    let name = tokens.text(last);
    if last.checked_sub(1).is_some_and(|dot| tokens.text(dot) == ".") {
        catalogue.members(name).collect()
    } else {
        catalogue.functions.get(name).into_iter().collect()
    }
}

/// Returns the bytes of the bracket at the cursor, or before it, and of its partner.
fn brackets(tokens: &Tokens<'_>, cursor: usize) -> Vec<usize> {
    let is_bracket = |kind: TokenKind| matches!(kind, TokenKind::Open(_) | TokenKind::Close(_));
    let find = |start: usize| {
        let index = tokens
            .list
            .binary_search_by_key(&start, |token| token.start)
            .ok()?;
        tokens
            .get(index)
            .filter(|token| is_bracket(token.kind))
            .map(|_| index)
    };
    let Some(index) = find(cursor).or_else(|| find(cursor.checked_sub(1)?)) else {
        return Vec::new();
    };
    let Some(partner) = tokens.pair(index) else {
        return Vec::new();
    };
    let mut found: Vec<usize> = [index, partner]
        .iter()
        .filter_map(|index| Some(tokens.get(*index)?.start))
        .collect();
    found.sort_unstable();
    found
}

/// Cuts the brackets at the bytes `marked` out of the pieces they are in.
fn with_brackets<'a>(pieces: Vec<Piece<'a>>, text: &'a str, marked: &[usize]) -> Vec<Piece<'a>> {
    if marked.is_empty() {
        return pieces;
    }
    let mut found = Vec::with_capacity(pieces.len() + 4);
    let mut at = 0;
    for piece in pieces {
        let end = at + piece.text.len();
        for mark in marked
            .iter()
            .copied()
            .filter(|mark| (at..end).contains(mark))
            .collect::<Vec<_>>()
        {
            found.push(Piece {
                text: text.get(at..mark).unwrap_or_default(),
                ..piece
            });
            found.push(Piece {
                highlight: Highlight::Bracket,
                text: text.get(mark..=mark).unwrap_or_default(),
            });
            at = mark + 1;
        }
        found.push(Piece {
            text: text.get(at..end).unwrap_or_default(),
            ..piece
        });
        at = end;
    }
    found.retain(|piece| !piece.text.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::describe::Documented as _;
    use crate::language::SheafLanguage;

    static SHEAF: LazyLock<SheafLanguage> = LazyLock::new(SheafLanguage::new);

    /// Writes each piece that has a colour with the first letter of its meaning: `<k def>`.
    fn marked(source: &str) -> String {
        let cursor = source.find('|');
        let text = source.replacen('|', "", 1);
        let letter = |highlight| match highlight {
            Highlight::Plain => None,
            Highlight::Keyword => Some('k'),
            Highlight::Literal => Some('s'),
            Highlight::Number => Some('n'),
            Highlight::Comment => Some('c'),
            Highlight::Call => Some('f'),
            Highlight::Heading => Some('h'),
            Highlight::Code => Some('`'),
            Highlight::Magic => Some('%'),
            Highlight::Bracket => Some('b'),
        };
        let pieces = highlight(&text, cursor, SHEAF.catalogue()).into_iter();
        pieces
            .map(|piece| match letter(piece.highlight) {
                Some(letter) => format!("<{letter} {}>", piece.text),
                None => piece.text.to_owned(),
            })
            .collect()
    }

    #[test]
    fn colours_what_stands_in_a_cell() {
        for (source, expected) in [
            (
                "df.filter(\"Age > 3 AND x\")",
                "df.<f filter>(<s \">Age > <n 3> <k AND> x<s \">)",
            ),
            (
                "df.filter(\"a = 'b'\", x) # \"or\"",
                "df.<f filter>(<s \">a = <s 'b'><s \">, x) <c # \"or\">",
            ),
            (
                "m.fit(df, target=\"and\", features=[\"log(a)\", 'b'])",
                "m.<f fit>(df, target=<s \"and\">, features=[<s \"><f log>(a)<s \">, <s '>b<s '>])",
            ),
            ("filter(\"and\")", "<f filter>(<s \"and\">)"),
            (
                "a.join(b, \"x AND y\", how=\"and\")",
                "a.<f join>(b, <s \">x <k AND> y<s \">, how=<s \"and\">)",
            ),
            ("\"and\".join([\"and\"])", "<s \"and\">.<f join>([<s \"and\">])"),
            ("df.select(\"and", "df.<f select>(<s \"><k and>"),
            (
                "sql(r'''select\n1''')",
                "<f sql>(<s r'''><k select>\n<n 1><s '''>)",
            ),
            ("read_csv(\"from\")", "<f read_csv>(<s \"from\">)"),
            ("%sql\nSELECT 1", "<% %sql>\n<k SELECT> <n 1>"),
            ("%md\n# T", "<% %md>\n<h # T>"),
            ("%fs ls /mnt", "<% %fs> ls /mnt"),
            ("%cells", "<% %cells>"),
            ("%sh ls -e", "<% %sh> ls -e"),
            (
                "%sh -e --env A=a\npsql --env",
                "<% %sh> <k -e> <k --env> <s A=a>\npsql --env",
            ),
            ("f|(a[1])", "<f f><b (>a[<n 1>]<b )>"),
            ("f(a[1])|", "<f f><b (>a[<n 1>]<b )>"),
            ("f(\")\"|)", "<f f><b (><s \")\"><b )>"),
            ("f(\"(|\")", "<f f>(<s \"(\">)"),
            ("(|", "("),
            ("%sql\nSELECT max(a|)", "<% %sql>\n<k SELECT> <f max><b (>a<b )>"),
        ] {
            assert_eq!(marked(source), expected, "{source}");
        }
    }

    #[test]
    fn a_long_cell_takes_linear_time() {
        for piece in [
            "df.filter(\"a\")\n",
            "(",
            "f(\"",
            "'",
            "[\"a\", ",
            "%sql (",
            "x.y(",
            "\"\"\"",
        ] {
            let source = piece.repeat(20_000);
            let text: String = highlight(&source, Some(source.len()), SHEAF.catalogue())
                .iter()
                .map(|piece| piece.text)
                .collect();
            assert_eq!(text.len(), source.len());
        }
    }

    proptest! {
        #[test]
        fn taking_the_colours_off_gives_the_text_back(
            words in prop::collection::vec(prop::sample::select(vec![
                "df", ".filter(", "sql(", "(", ")", "[", "]", "\"", "'", "\"\"\"", "f\"", "r'", "\\", "#", "\n", "=", ",", "{",
                "%sql", "%md ", "%sh ", "--env ", "é", "and ", "1", "target", " ",
            ]), 0..40),
            cursor in 0_usize..200,
        ) {
            let text = words.concat();
            let pieces = highlight(&text, Some(cursor), SHEAF.catalogue());
            let back: String = pieces.iter().map(|piece| piece.text).collect();
            prop_assert_eq!(back, text);
        }
    }
}
