//! Source without what makes no difference: comments, spaces, empty lines, the kind of quotes.

use std::fmt::Write as _;

use starlark_syntax::codemap::CodeMap;
use starlark_syntax::dialect::Dialect;
use starlark_syntax::lexer::{Lexer, Token};

use super::rewrite::rewrite;

/// Writes Python-shaped source as its tokens, one a line; source that has none stays as it is.
pub fn canonical(source: &str) -> String {
    let source = source.replace("\r\n", "\n");
    let tokens = match rewrite(&source) {
        // Between the braces of these, spaces make a difference.
        Ok(Some(rewritten)) if rewritten.has_specs => tokens(rewritten.code()),
        _ => tokens(&source),
    };
    tokens.unwrap_or(source)
}

fn tokens(source: &str) -> Option<String> {
    let codemap = CodeMap::new("cell".to_owned(), source.to_owned());
    let mut lexer = Lexer::new(source, &Dialect::Extended, codemap);
    let literal = |kind: &str, text: &str| format!("{kind} {}", text.escape_default());
    let mut text = String::new();
    let mut after_newline = true;
    while let Some(lexeme) = lexer.next() {
        let (start, token, end) = lexeme.ok()?;
        after_newline = match token {
            Token::Comment(_) => continue,
            Token::Newline if after_newline => continue,
            Token::Newline => true,
            _ => false,
        };
        // Of what is written by its kind, no token is like one that is written as it is in the source: none of those
        // begins with a `<` and continues with a letter. Text has its escapes, so that no token holds a line end of its own.
        let line = match token {
            Token::Newline => "<newline>".to_owned(),
            Token::Indent => "<indent>".to_owned(),
            Token::Dedent => "<dedent>".to_owned(),
            Token::String(value) => literal("<text>", &value),
            Token::Bytes(value) => format!("<bytes> {}", value.escape_ascii()),
            Token::FStringStart(_) => "<f-string>".to_owned(),
            Token::FStringText(value) => literal("<f-text>", &value),
            Token::FStringExprStart => "<f-value>".to_owned(),
            Token::FStringExprEnd => "<f-value end>".to_owned(),
            Token::FStringEnd => "<f-string end>".to_owned(),
            _ => source.get(start..end)?.to_owned(),
        };
        writeln!(text, "{line}").ok()?;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_spaces_and_quotes_make_no_difference() {
        let same = [
            ["x = 1", "x=1  # one\n"],
            ["x = 1\ny = 2", "# first\nx = 1\n\n\n# second\ny = 2\n"],
            ["f('a')", "f( \"a\" )"],
            ["f'{a} b'", "f\"{ a } b\""],
            ["def f(a):\n    return a", "def f( a ):\n  # back\n\n  return a\n"],
            ["f(\n    a,\n    b,\n)", "f(a, b,)"],
            ["x = 1\r\ny = 2", "x = 1\ny = 2"],
            ["x = 1\n", "\n\nx = 1"],
            ["f'{x:.2f}'", "f\"{x:.2f}\"  # rounded"],
            ["f'{x}'", "f'{ x }'"],
        ];
        for [one, other] in same {
            assert_eq!(canonical(one), canonical(other), "{one:?} and {other:?}");
        }
    }

    #[test]
    fn everything_else_does() {
        let different = [
            ["x = 1000", "x = '1000'"],
            ["x=1;y=23", "x=12;y=3"],
            ["x = 'a # b'", "x = 'a'"],
            ["x = 'a  b'", "x = 'a b'"],
            ["x = 1", "x = 1.0"],
            ["x = '1'", "x = f'1'"],
            ["f'{a}'", "f'{b}'"],
            ["f('a, b')", "f('a', 'b')"],
            ["if a:\n    b\nc", "if a:\n    b\n    c"],
            ["x = 'a\\nb'", "x = 'a\\\\nb'"],
            ["x = \"a\nString(\\\"b\\\")\"", "x = \"a\"\n\"b\""],
            ["a b", "ab"],
            ["f'{x:.2f}'", "f'{x:.3f}'"],
            ["f'{x:>9}'", "f'{x: >9}'"],
            ["f'{x=}'", "f'{x = }'"],
            ["f'{x!r:>9}'", "f'{x:>9}'"],
            ["f'{x}'", "f'{{x}}'"],
            ["f'{{secrets/a/b}}'", "f'{{{{secrets/a/b}}}}'"],
            ["1_0", "1, _0"],
            ["x -= 1", "x = x - 1"],
        ];
        for [one, other] in different {
            assert_ne!(canonical(one), canonical(other), "{one:?} and {other:?}");
        }
    }
}
