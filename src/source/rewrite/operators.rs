//! `text.format`, `", ".join`, `a ** b` and `x -= 1` → calls, or operators that can be replaced.

use std::ops::Range;

use starlark_syntax::codemap::CodeMap;
use starlark_syntax::dialect::Dialect;
use starlark_syntax::lexer::{Lexer, Token};

use super::edits::Edits;
use super::{FORMAT, JOIN, MODIFY, POWER};

/// A change: what is replaced, and how far what it opens reaches, which orders those that begin at one place.
struct Change {
    range: Range<usize>,
    new: String,
    reaches: usize,
}

/// Rewrites code and notes what was changed; code that has no tokens stays as it is.
pub(crate) fn rewrite(code: String, edits: &mut Edits) -> String {
    if !["format", ".join", "**", "-=", "*=", "/=", "%=", "&="]
        .iter()
        .any(|sign| code.contains(sign))
    {
        return code;
    }
    let Some(tokens) = Tokens::of(&code) else {
        return code;
    };
    let mut changes = Vec::new();
    for at in 0..tokens.all.len() {
        // What cannot be distinguished is left to the parser, which refuses it.
        let _ = tokens.change(at, &mut changes);
    }
    if changes.is_empty() {
        return code;
    }
    // What ends somewhere comes before what begins there; of these, what reaches farther is outside.
    changes.sort_by_key(|change| {
        let begins = change.reaches > change.range.start;
        (change.range.start, begins, std::cmp::Reverse(change.reaches))
    });
    let mut text = String::with_capacity(code.len());
    let mut done = 0;
    for change in &changes {
        text.push_str(code.get(done..change.range.start).unwrap_or_default());
        text.push_str(&change.new);
        done = change.range.end;
    }
    text.push_str(code.get(done..).unwrap_or_default());
    let changes: Vec<_> = changes
        .into_iter()
        .map(|change| (change.range.start, change.range.end, change.new))
        .collect();
    edits.merge(&code, &changes);
    text
}

/// The tokens of a text, comments left out.
struct Tokens<'a> {
    code: &'a str,
    all: Vec<(Token, Range<usize>)>,
}

impl<'a> Tokens<'a> {
    fn of(code: &'a str) -> Option<Self> {
        let codemap = CodeMap::new("code".to_owned(), code.to_owned());
        let mut lexer = Lexer::new(code, &Dialect::Extended, codemap);
        let mut all = Vec::new();
        while let Some(lexeme) = lexer.next() {
            let (begin, token, end) = lexeme.ok()?;
            if !matches!(token, Token::Comment(_)) {
                all.push((token, begin..end));
            }
        }
        Some(Self { code, all })
    }

    fn token(&self, at: usize) -> Option<&Token> {
        self.all.get(at).map(|(token, _)| token)
    }

    fn begin(&self, at: usize) -> Option<usize> {
        self.all.get(at).map(|(_, range)| range.start)
    }

    fn end(&self, at: usize) -> Option<usize> {
        self.all.get(at).map(|(_, range)| range.end)
    }

    /// Adds what the token at `at` is to be changed into.
    fn change(&self, at: usize, changes: &mut Vec<Change>) -> Option<()> {
        match self.token(at)? {
            Token::Identifier(name) if name == "format" => {
                let dot = at
                    .checked_sub(1)
                    .filter(|dot| self.token(*dot) == Some(&Token::Dot))?;
                let begin = self.begin(self.primary_before(dot)?)?;
                let end = self.end(at)?;
                changes.push(opened(begin, end, format!("{FORMAT}(")));
                changes.push(self.replaced(self.begin(dot)?..end, ")"));
            }
            // Frames join, too: only a text that is written out is known to be one.
            Token::Identifier(name) if name == "join" => {
                let dot = at
                    .checked_sub(1)
                    .filter(|dot| self.token(*dot) == Some(&Token::Dot))?;
                let text = dot
                    .checked_sub(1)
                    .filter(|text| matches!(self.token(*text), Some(Token::String(_))))?;
                let (begin, end) = (self.begin(text)?, self.end(at)?);
                changes.push(opened(begin, end, format!("{JOIN}(")));
                changes.push(self.replaced(self.begin(dot)?..end, ")"));
            }
            Token::StarStar => {
                // Before a dict of arguments stands no operand.
                let left = self.primary_before(at)?;
                let end = self.end(self.operand_after(at)?)?;
                changes.push(opened(self.begin(left)?, end, format!("{POWER}(")));
                changes.push(self.replaced(self.begin(at)?..self.end(at)?, ","));
                changes.push(closed(end, ")"));
            }
            token => {
                let operator = assigned(token)?;
                self.assignment(at, operator, changes)?;
            }
        }
        Some(())
    }

    /// Adds the changes of `target -= value`.
    fn assignment(&self, at: usize, operator: &str, changes: &mut Vec<Change>) -> Option<()> {
        let first = self.statement_start(at);
        let last = self.statement_end(at)?;
        let end = self.end(last)?;
        let sign = self.begin(at)?..self.end(at)?;
        let before = at.checked_sub(1)?;
        match self.token(before)? {
            Token::Identifier(name) if before == first => {
                // Written before what is there, which is then the left side of the operator.
                changes.push(opened(self.begin(first)?, end, format!("{name} = ")));
                changes.push(self.replaced(sign, &format!("{operator} (")));
                changes.push(closed(end, ")"));
            }
            Token::ClosingSquare => {
                let open = self.matching(before)?;
                if open <= first || self.primary_before(before + 1)? != first {
                    return None;
                }
                changes.push(opened(self.begin(first)?, end, format!("{MODIFY}(")));
                changes.push(self.replaced(self.begin(open)?..self.end(open)?, ", ("));
                let new = format!("), \"{operator}\", (");
                changes.push(self.replaced(self.begin(before)?..sign.end, &new));
                changes.push(closed(end, "))"));
            }
            _ => return None,
        }
        Some(())
    }

    /// Replaces a stretch, keeping its line ends.
    fn replaced(&self, range: Range<usize>, new: &str) -> Change {
        let old = self.code.get(range.clone()).unwrap_or_default();
        let new = format!("{}{new}", "\n".repeat(old.matches('\n').count()));
        Change {
            reaches: range.end.max(range.start + 1),
            range,
            new,
        }
    }

    /// Returns where the primary begins that ends before the token at `at`: `a`, `a.b(c)[d]`, `(a + b)`.
    fn primary_before(&self, at: usize) -> Option<usize> {
        let mut first = at.checked_sub(1)?;
        loop {
            match self.token(first)? {
                Token::ClosingRound | Token::ClosingSquare | Token::ClosingCurly => {
                    first = self.matching(first)?;
                    let is_atom = matches!(self.token(first), Some(Token::OpeningCurly))
                        || !first
                            .checked_sub(1)
                            .is_some_and(|before| self.is_operand_end(before));
                    if is_atom {
                        return Some(first);
                    }
                    first -= 1;
                }
                token if is_atom(token) => {
                    let dot = first
                        .checked_sub(1)
                        .filter(|dot| self.token(*dot) == Some(&Token::Dot));
                    match dot {
                        Some(dot) => first = dot.checked_sub(1)?,
                        None => return Some(first),
                    }
                }
                _ => return None,
            }
        }
    }

    fn is_operand_end(&self, at: usize) -> bool {
        self.token(at).is_some_and(|token| {
            is_atom(token)
                || matches!(
                    token,
                    Token::ClosingRound | Token::ClosingSquare | Token::ClosingCurly
                )
        })
    }

    /// Returns the last token of the operand on the right of `**`.
    fn operand_after(&self, at: usize) -> Option<usize> {
        let mut next = at + 1;
        while matches!(self.token(next)?, Token::Minus | Token::Plus | Token::Tilde) {
            next += 1;
        }
        let mut last = match self.token(next)? {
            Token::OpeningRound | Token::OpeningSquare | Token::OpeningCurly => self.closing(next),
            token if is_atom(token) => next,
            _ => return None,
        };
        loop {
            match self.token(last + 1) {
                Some(Token::OpeningRound | Token::OpeningSquare) => last = self.closing(last + 1),
                Some(Token::Dot) => last += 2,
                Some(Token::StarStar) => return self.operand_after(last + 1),
                _ => return Some(last),
            }
        }
    }

    /// Returns the bracket that closes the one at `at`, or the last token where it is still to be written.
    fn closing(&self, at: usize) -> usize {
        self.matching(at).unwrap_or(self.all.len() - 1)
    }

    /// Returns the bracket that belongs to the one at `at`.
    fn matching(&self, at: usize) -> Option<usize> {
        let depth = |token: &Token| match token {
            Token::OpeningRound | Token::OpeningSquare | Token::OpeningCurly => 1,
            Token::ClosingRound | Token::ClosingSquare | Token::ClosingCurly => -1,
            _ => 0,
        };
        let mut open = 0;
        let mut found = |at: usize| {
            open += depth(self.token(at)?);
            (open == 0).then_some(at)
        };
        if depth(self.token(at)?) > 0 {
            (at..self.all.len()).find_map(&mut found)
        } else {
            (0..=at).rev().find_map(&mut found)
        }
    }

    /// Returns the first token of the statement that the one at `at` is of.
    fn statement_start(&self, at: usize) -> usize {
        let mut first = at;
        while let Some(before) = first.checked_sub(1) {
            match self.token(before) {
                Some(Token::ClosingRound | Token::ClosingSquare | Token::ClosingCurly) => {
                    match self.matching(before) {
                        Some(open) => first = open,
                        None => return first,
                    }
                }
                Some(token) if ends_statement(token) || *token == Token::Colon => return first,
                _ => first = before,
            }
        }
        first
    }

    /// Returns the last token of the statement that the one at `at` is of.
    fn statement_end(&self, at: usize) -> Option<usize> {
        let mut last = at;
        loop {
            match self.token(last + 1) {
                None => break,
                Some(Token::OpeningRound | Token::OpeningSquare | Token::OpeningCurly) => {
                    last = self.matching(last + 1)?;
                }
                Some(token) if ends_statement(token) => break,
                Some(_) => last += 1,
            }
        }
        (last > at).then_some(last)
    }
}

fn opened(begin: usize, reaches: usize, new: String) -> Change {
    Change {
        range: begin..begin,
        new,
        reaches,
    }
}

fn closed(end: usize, new: &str) -> Change {
    Change {
        range: end..end,
        new: new.to_owned(),
        reaches: end,
    }
}

/// Returns the operator of an assignment that is to be written out.
fn assigned(token: &Token) -> Option<&'static str> {
    Some(match token {
        Token::MinusEqual => "-",
        Token::StarEqual => "*",
        Token::SlashEqual => "/",
        Token::SlashSlashEqual => "//",
        Token::PercentEqual => "%",
        Token::AmpersandEqual => "&",
        _ => return None,
    })
}

fn is_atom(token: &Token) -> bool {
    matches!(
        token,
        Token::Identifier(_) | Token::Int(_) | Token::Float(_) | Token::String(_) | Token::Bytes(_)
    )
}

fn ends_statement(token: &Token) -> bool {
    matches!(
        token,
        Token::Newline | Token::Semicolon | Token::Indent | Token::Dedent
    )
}
