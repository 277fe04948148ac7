//! [`Template`]: a text cut into what stands as it is and its expressions.

use std::borrow::Cow;

use super::error::{ExpressionError, Fault};

/// A text cut into what stands as it is and its expressions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Template<'t>(Vec<Part<'t>>);

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'t> {
    /// What stands as it is.
    Literal(Cow<'t, str>),
    /// What stands for its value.
    Expression(Expression<'t>),
}

/// An expression of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expression<'t> {
    /// What stands between `@{` and `}`.
    pub(crate) source: &'t str,
    /// Where it begins in the text, in bytes.
    pub(crate) offset: usize,
}

impl<'t> Template<'t> {
    /// Cuts a text.
    ///
    /// # Errors
    ///
    /// An expression without an end, or with a bracket that nothing opened.
    pub(crate) fn of(text: &'t str) -> Result<Self, ExpressionError> {
        let mut parts = Vec::new();
        let mut literal = Cow::Borrowed("");
        let mut rest = text;
        while let Some(at) = rest.find('@') {
            let (before, mark) = rest.split_at(at);
            literal += before;
            if let Some(after) = mark.strip_prefix("@@{") {
                literal += "@{";
                rest = after;
            } else if let Some(after) = mark.strip_prefix("@{") {
                let offset = text.len() - after.len();
                let (source, behind) = Expression::cut(after, offset)?;
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(Part::Expression(Expression { source, offset }));
                rest = behind;
            } else {
                literal += "@";
                rest = mark.strip_prefix('@').unwrap_or_default();
            }
        }
        literal += rest;
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self(parts))
    }

    /// Returns the parts in their order.
    pub(crate) fn parts(&self) -> &[Part<'t>] {
        &self.0
    }

    /// Returns the expressions in their order.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expression<'t>> {
        self.0.iter().filter_map(|part| match part {
            Part::Expression(expression) => Some(expression),
            Part::Literal(_) => None,
        })
    }
}

impl<'t> Expression<'t> {
    /// Returns the error of a fault that is this many bytes behind the expression's begin.
    pub(super) fn error(&self, at: usize, fault: Fault) -> ExpressionError {
        ExpressionError::new(self.source, self.offset, at, fault)
    }

    /// Cuts `after`, which begins behind `@{`, into the expression and what is behind its brace: brackets, strings and comments
    /// within are its own.
    fn cut(after: &'t str, offset: usize) -> Result<(&'t str, &'t str), ExpressionError> {
        let mut open = Vec::new();
        let mut at = 0;
        while let Some(next) = after.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = after.get(at..).unwrap_or_default();
            match next {
                '"' | '\'' => {
                    at += string_length(rest, next);
                    continue;
                }
                '#' => {
                    at += rest.find('\n').unwrap_or(rest.len());
                    continue;
                }
                '(' => open.push(')'),
                '[' => open.push(']'),
                '{' => open.push('}'),
                '}' if open.is_empty() => {
                    let (source, behind) = after.split_at(at);
                    return Ok((source, behind.strip_prefix('}').unwrap_or_default()));
                }
                ')' | ']' | '}' if open.pop() != Some(next) => {
                    let source = after.get(..at).unwrap_or_default();
                    return Err(ExpressionError::new(source, offset, at, Fault::Unopened(next)));
                }
                _ => {}
            }
            at += next.len_utf8();
        }
        Err(ExpressionError::new(after, offset, 0, Fault::Unclosed))
    }
}

/// Returns how long the string is that `text` begins with, all of the text where it does not end.
fn string_length(text: &str, quote: char) -> usize {
    let long: String = [quote; 3].iter().collect();
    let closing = if text.starts_with(&long) {
        long
    } else {
        quote.to_string()
    };
    let mut at = closing.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(&closing) {
            return at + closing.len();
        }
        let mut letters = rest.chars();
        let escaped = letters
            .next()
            .filter(|letter| *letter == '\\')
            .and(letters.next());
        at += escaped.map_or_else(
            || rest.chars().next().map_or(1, char::len_utf8),
            |letter| 1 + letter.len_utf8(),
        );
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Result<Vec<String>, String> {
        let template = Template::of(text).map_err(|error| error.to_string())?;
        let shown = template.parts().iter().map(|part| match part {
            Part::Literal(literal) => format!("text {literal}"),
            Part::Expression(expression) => format!("{} at {}", expression.source, expression.offset),
        });
        Ok(shown.collect())
    }

    #[test]
    fn an_expression_ends_at_its_own_brace() {
        for (text, parts) in [
            ("", vec![]),
            ("a@b @ {{secrets/a/b}}", vec!["text a@b @ {{secrets/a/b}}"]),
            (
                "day=@{parameters.date}/x",
                vec!["text day=", "parameters.date at 6", "text /x"],
            ),
            ("@{a}@{b}", vec!["a at 2", "b at 6"]),
            ("@{{'a': {'b': 1}}['a']}", vec!["{'a': {'b': 1}}['a'] at 2"]),
            (
                "@{'}' + \"\\\"}\" + '''it's }'''}",
                vec!["'}' + \"\\\"}\" + '''it's }''' at 2"],
            ),
            ("@{1 # }\n}", vec!["1 # }\n at 2"]),
            ("@@{x} @@@{y} @{z}", vec!["text @{x} @@{y} ", "z at 15"]),
            ("mañana@{ñ}", vec!["text mañana", "ñ at 9"]),
        ] {
            assert_eq!(cut(text).unwrap(), parts, "{text}");
        }
    }

    #[test]
    fn an_expression_without_an_end_is_an_error() {
        assert_eq!(
            cut("x@{a").unwrap_err(),
            "in @{a}: the expression has no closing brace"
        );
        assert_eq!(
            cut("@{'a}").unwrap_err(),
            "in @{'a}}: the expression has no closing brace"
        );
        assert_eq!(cut("@{a) + (b}").unwrap_err(), "in @{a}: this `)` closes nothing");
    }
}
