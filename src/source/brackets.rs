//! [`Brackets`]: the pairs of brackets in a source, and expressions with all of theirs.
//!
//! The parser leaves the brackets around an expression out of its span: that of `(a or b) == c` begins at `a`.

use std::ops::Range;

use starlark_syntax::codemap::CodeMap;
use starlark_syntax::dialect::Dialect;
use starlark_syntax::lexer::{Lexer, Token};

/// The pairs of round brackets in a source that parses.
pub(crate) struct Brackets {
    /// Where each pair begins and ends, in the order of the beginnings.
    by_begin: Vec<Range<usize>>,
    /// The same pairs in the order of the ends.
    by_end: Vec<Range<usize>>,
}

impl Brackets {
    /// Reads the pairs off a source.
    pub(crate) fn of(source: &str, dialect: &Dialect) -> Self {
        let codemap = CodeMap::new(String::new(), source.to_owned());
        let (mut open, mut by_end) = (Vec::new(), Vec::new());
        for (begin, token, end) in Lexer::new(source, dialect, codemap).flatten() {
            match token {
                Token::OpeningRound => open.push(begin),
                Token::ClosingRound => by_end.extend(open.pop().map(|begin| begin..end)),
                _ => {}
            }
        }
        let mut by_begin = by_end.clone();
        by_begin.sort_by_key(|pair| pair.start);
        Self { by_begin, by_end }
    }

    /// Widens the span of an expression so that every bracket in it has its partner.
    pub(crate) fn balanced(&self, span: Range<usize>) -> Range<usize> {
        let mut wide = span;
        loop {
            let ends = self.by_end.partition_point(|pair| pair.end <= wide.start);
            let ends = self
                .by_end
                .iter()
                .skip(ends)
                .take_while(|pair| pair.end <= wide.end);
            let begins = self.by_begin.partition_point(|pair| pair.start < wide.start);
            let begins = self
                .by_begin
                .iter()
                .skip(begins)
                .take_while(|pair| pair.start < wide.end);
            let start = ends.map(|pair| pair.start).min().unwrap_or(wide.start);
            let end = begins.map(|pair| pair.end).max().unwrap_or(wide.end);
            let wider = start.min(wide.start)..end.max(wide.end);
            if wider == wide {
                return wide;
            }
            wide = wider;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_gets_the_brackets_that_its_span_lacks() {
        let cases = [
            ("(a or b) == c", "a or b) == c", "(a or b) == c"),
            ("x = a == (b)", "a == (b", "a == (b)"),
            ("((a).f(x)) + 1", "a).f(x)", "(a).f(x)"),
            ("f(((a) or b) == (c))", "a) or b) == (c", "((a) or b) == (c)"),
            ("f(a)", "a", "a"),
            ("f(')(', a)", "')(', a", "')(', a"),
            ("[(a)]", "a", "a"),
        ];
        for (source, span, wide) in cases {
            let at = source.find(span).unwrap();
            let found = Brackets::of(source, &Dialect::Extended).balanced(at..at + span.len());
            assert_eq!(source.get(found), Some(wide), "{source}");
        }
    }
}
