//! Text → syntax tree: the dialect of cells, with what Python has beyond it, and the bounds that keep the parser's own stack safe.

use starlark::codemap::CodeMap;
use starlark::syntax::{AstModule, Dialect};

use super::rewrite::{original, place_in, rewrite};
use crate::notebook::{Extent, TextForm, kind_info, shell_words};

/// Brackets deeper than this, and indentation wider than this many columns, are refused.
const MAX_NESTING: usize = 200;
/// More operators than this in one statement are refused: the tree of `1 + 1 + …` is as deep as it is long.
const MAX_OPERATORS: usize = 10_000;
/// How the parser names what a field of an f-string ends with once it is rewritten.
const FIELD_END: &str = "unexpected symbol ')'";
/// Words that deepen a tree as operators do.
const OPERATOR_WORDS: [&str; 7] = ["and", "else", "if", "in", "lambda", "not", "or"];

/// The Starlark of cells and of loaded files.
pub(crate) fn dialect() -> Dialect {
    Dialect {
        enable_f_strings: true,
        enable_top_level_stmt: true,
        ..Dialect::Extended
    }
}

/// Parses `source`; `name` is what spans call the file.
///
/// The spans of the tree are of the text that was parsed, which [`original`] turns into spans of the source; those of
/// an error are of the source.
///
/// # Errors
///
/// Starlark's own error, with its span, or one about nesting, without a span.
pub(crate) fn parse(name: &str, source: &str) -> starlark::Result<AstModule> {
    if let Some(excess) = excess(source) {
        return Err(starlark::Error::new_kind(starlark::ErrorKind::Parser(
            excess.into(),
        )));
    }
    let source = source.replace("\r\n", "\n");
    let rewritten = match rewrite(&source) {
        Ok(None) => return AstModule::parse(name, source, &dialect()),
        Ok(Some(rewritten)) => rewritten,
        Err(malformed) => {
            let place = place_in(name, source, malformed.begin, malformed.end);
            let kind = starlark::ErrorKind::Parser(anyhow::Error::msg(malformed.message));
            return Err(starlark::Error::new_spanned(kind, place.span, &place.file));
        }
    };
    AstModule::parse(name, rewritten.text.clone(), &dialect()).map_err(|error| {
        // What the comment at the end would change in the message is of no interest.
        let error = AstModule::parse(name, rewritten.code().to_owned(), &dialect())
            .err()
            .unwrap_or(error);
        let Some(span) = error.span().map(|span| span.span) else {
            return error;
        };
        let file = CodeMap::new(name.to_owned(), rewritten.text);
        let place = original(&file.file_span(span));
        let message = error.without_diagnostic().to_string();
        // What a person wrote there is the brace that ends the field.
        let kind = if message.contains(FIELD_END) && place.source_span().starts_with('}') {
            starlark::ErrorKind::Parser(anyhow::Error::msg(
                message.replace(FIELD_END, "unexpected symbol '}'"),
            ))
        } else {
            error.into_kind()
        };
        starlark::Error::new_spanned(kind, place.span, &place.file)
    })
}

/// Returns whether what was typed so far is a whole cell; `blank` says that the last line is empty.
///
/// A block and a magic continue until an empty line, a query also until a `;`.
pub fn is_complete(text: &str, blank: bool) -> bool {
    let body = text.trim_end();
    if body.is_empty() || blank {
        return blank_ends(body);
    }
    if let Some(magic) = body.trim_start().strip_prefix('%') {
        let (word, is_behind) = match magic.find(char::is_whitespace) {
            Some(end) => (&magic[..end], magic[end..].starts_with(' ')),
            None => (magic, false),
        };
        let info = kind_info(word);
        return match info.extent {
            Extent::Line => true,
            // One command behind the word is all of it; a script begins on the next line, also behind options.
            Extent::LineOrBelow => {
                let behind = &magic[word.len()..];
                is_behind && !body.contains('\n') && shell_words(behind).1 < behind.len()
            }
            Extent::Below => info.form == TextForm::Sql && body.ends_with(';'),
        };
    }
    let last = body.lines().next_back().unwrap_or_default();
    !last.starts_with([' ', '\t']) && !last.ends_with([':', '\\']) && blank_ends(body)
}

/// Returns whether the line `next`, which is neither blank nor a comment, belongs to the block or statement that ends
/// `text`: where that is not closed, where `next` is indented, and where it continues with an `if`.
///
/// Blank lines and comments between the two decide nothing, as in a file of Python.
pub fn goes_on(text: &str, next: &str) -> bool {
    let body = text.trim_end();
    let last = body.lines().next_back().unwrap_or_default().trim_start();
    let is_broken_off = last.ends_with('\\') && !last.starts_with('#');
    let word = tokens(next).next();
    next.starts_with([' ', '\t'])
        || matches!(word, Some("else" | "elif" | "except" | "finally"))
        || is_broken_off
        || !blank_ends(body)
}

/// Returns whether an empty line may end `body`: not inside brackets or a long string.
fn blank_ends(body: &str) -> bool {
    if body.trim_start().starts_with('%') {
        return true;
    }
    match parse("cell", body) {
        Ok(_) => true,
        // What is missing at the very end may still be typed; what is wrong before it stays wrong.
        Err(error) => error.span().is_none_or(|span| {
            let rest = body
                .get(span.span.begin().get() as usize..)
                .unwrap_or_default()
                .trim_end();
            let is_open = rest.is_empty() || rest.starts_with("\"\"\"") || rest.starts_with("'''");
            !is_open || breaks_off(body)
        }),
    }
}

/// Returns whether the last statement of `body` ends too early outside brackets, so that a new line cannot continue with it.
fn breaks_off(body: &str) -> bool {
    let longer = format!("{body}\n0");
    let error = parse("cell", &longer).err();
    let end = error.and_then(|error| Some(error.span()?.span.begin().get() as usize));
    !body.ends_with([':', '\\']) && end.is_some_and(|end| end == body.len())
}

/// Source whose syntax tree would be too deep.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Excess {
    #[error("line {line} is nested more than {MAX_NESTING} levels deep")]
    Nesting { line: usize },
    #[error("the statement that ends on line {line} has more than {MAX_OPERATORS} operators")]
    Operators { line: usize },
}

/// Looks for source that would make a recursive parser, compiler or destructor run out of stack.
///
/// Works on characters alone, before anything parses: what is in strings and comments counts too, which
/// only makes the bounds stricter.
pub(crate) fn excess(source: &str) -> Option<Excess> {
    // Operators since the last comma, for each open bracket; the first entry is the statement itself.
    let mut levels = vec![0_usize];
    let mut total = 0;
    for (index, text) in source.lines().enumerate() {
        let line = index + 1;
        if levels.len() == 1 {
            levels = vec![0];
            total = 0;
            if text.len() - text.trim_start().len() > MAX_NESTING {
                return Some(Excess::Nesting { line });
            }
        }
        for token in tokens(text) {
            let mut count = 0;
            match token {
                "(" | "[" | "{" => levels.push(0),
                ")" | "]" | "}" if levels.len() > 1 => total -= levels.pop().unwrap_or(0),
                "," => total -= levels.last_mut().map_or(0, std::mem::take),
                "+" | "-" | "*" | "/" | "%" | "~" | "|" | "&" | "^" | "<" | ">" | "=" | "." => count = 1,
                word if OPERATOR_WORDS.contains(&word) => count = 1,
                _ => {}
            }
            total += count;
            if let Some(level) = levels.last_mut() {
                *level += count;
            }
            if levels.len() > MAX_NESTING {
                return Some(Excess::Nesting { line });
            }
            if total > MAX_OPERATORS {
                return Some(Excess::Operators { line });
            }
        }
    }
    None
}

/// Splits a line into words and single other characters.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let word = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let (token, tail) = rest.split_at(if word == 0 { first.len_utf8() } else { word });
        rest = tail;
        Some(token)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_would_exhaust_the_stack() {
        assert_eq!(excess(&"(".repeat(100_000)), Some(Excess::Nesting { line: 1 }));
        assert_eq!(excess(&"-".repeat(100_000)), Some(Excess::Operators { line: 1 }));
        assert_eq!(
            excess(&format!("x = 1\n{}1", "1 + ".repeat(20_000))),
            Some(Excess::Operators { line: 2 })
        );
        assert_eq!(
            excess(&"not ".repeat(20_000)),
            Some(Excess::Operators { line: 1 })
        );
        assert_eq!(
            excess(&"(-".repeat(150).repeat(100)),
            Some(Excess::Nesting { line: 1 })
        );
    }

    #[test]
    fn a_line_belongs_to_a_block_as_in_a_file_of_python() {
        let cases = [
            ("def f():", "    return 1", true),
            ("def f():\n    a = 1\n\n", "    return a", true),
            ("def f():\n    a = 1\n\n    return a\n", "f()", false),
            ("def f():\n    a = 1", "# a note", false),
            ("if x:\n    a = 1\n", "else:", true),
            ("if x:\n    a = 1\n", "elif y:", true),
            ("if x:\n    a = 1\n", "elsewhere = 1", false),
            ("if x: a = 1", "else: a = 2", true),
            ("x = [\n1,", "2]", true),
            ("def f():\n    x = [", "1]", true),
            ("def f():\n    x = [1]", "y = 2", false),
            ("s = \"\"\"one", "two\"\"\"", true),
            ("def f():\n    \"\"\"One.", "Two.\"\"\"", true),
            ("x = 1 + \\", "2", true),
            ("    x = 1", "y = 2", false),
            ("def f():\n    while True:", "y = 2", false),
        ];
        for (text, next, expected) in cases {
            assert_eq!(goes_on(text, next), expected, "{text:?} and {next:?}");
        }
    }

    #[test]
    fn a_shell_command_is_complete_behind_its_options_and_options_alone_are_not() {
        for (text, complete) in [
            ("%sh", false),
            ("%sh ls", true),
            ("%sh -e", false),
            ("%sh --env PGPASSWORD=password", false),
            ("%sh --env PGPASSWORD=password psql", true),
            ("%sh --env PGPASSWORD=password\npsql", false),
        ] {
            assert_eq!(is_complete(text, false), complete, "{text}");
        }
    }

    #[test]
    fn an_f_string_of_several_lines_is_complete_when_it_is_closed() {
        for (text, complete) in [
            ("f\"\"\"a {x:.2f}", false),
            ("f\"\"\"a {x:.2f}\nb\"\"\"", true),
            ("y = f'''{x}\n", false),
            ("f\"{x:.2f}\"", true),
            ("f\"{x:.2f\"", true),
            ("g(f\"{x:.2f}\",", false),
            ("xs = [\n    f\"{x:>5}\",", false),
            ("if x:\n    x -= 1", false),
            ("x -= 1", true),
            ("2 ** (3", false),
        ] {
            assert_eq!(is_complete(text, false), complete, "{text}");
        }
    }

    #[test]
    fn takes_long_data_and_long_programs() {
        assert_eq!(excess(&format!("xs = [{}]", "-0.5, ".repeat(50_000))), None);
        assert_eq!(excess(&"x = a.b + c\n".repeat(50_000)), None);
        assert_eq!(excess(")]}"), None);
    }
}
