//! [`Parsed`]: the syntax tree of an expression.

use starlark::codemap::Span;
use starlark::syntax::AstModule;
use starlark::syntax::ast::{AstExpr, AstStmt, Stmt};

use super::error::{ExpressionError, Fault};
use super::template::Expression;
use crate::source::syntax::{dialect, excess};

/// The syntax tree of an expression.
pub(super) struct Parsed(AstModule);

/// What is written before an expression, so that it may have several lines.
const OPENING: &str = "(";

impl Parsed {
    /// Parses an expression.
    ///
    /// # Errors
    ///
    /// What is there is none.
    pub(super) fn of(expression: &Expression<'_>) -> Result<Self, ExpressionError> {
        let source = expression.source;
        if source.trim().is_empty() {
            return Err(expression.error(0, Fault::Empty));
        }
        if let Some(excess) = excess(source) {
            let message = excess.to_string();
            return Err(expression.error(0, Fault::Other { message, hint: None }));
        }
        AstModule::parse("expression", format!("{OPENING}{source}\n)"), &dialect())
            .map(Self)
            .map_err(|error| {
                let at = error.span().map_or(0, |span| Self::offset(span.span));
                let is_at_end = source.get(at..).is_none_or(|rest| rest.trim().is_empty());
                let fault = if is_at_end {
                    Fault::Incomplete
                } else if let Some(word) = behind_dot(source, at) {
                    Fault::Keyword(word.to_owned())
                } else {
                    Fault::Other {
                        message: short(&error.without_diagnostic().to_string()),
                        hint: Some(
                            "write one expression of Python's, such as `a if condition else b`".to_owned(),
                        ),
                    }
                };
                expression.error(at, fault)
            })
    }

    /// Returns where a span begins in the expression, in bytes.
    pub(super) fn offset(span: Span) -> usize {
        (span.begin().get() as usize).saturating_sub(OPENING.len())
    }

    /// Returns the expression; none for what has a form that no expression has.
    pub(super) fn root(&self) -> Option<&AstExpr> {
        fn only(statement: &AstStmt) -> Option<&AstExpr> {
            match &statement.node {
                Stmt::Expression(expression) => Some(expression),
                Stmt::Statements(statements) => match statements.as_slice() {
                    [statement] => only(statement),
                    _ => None,
                },
                _ => None,
            }
        }
        only(self.0.statement())
    }

    /// Returns the tree, to be evaluated.
    pub(super) fn into_tree(self) -> AstModule {
        self.0
    }
}

/// Returns the word at a place where the parser failed, where it stands behind a dot: only words of the language fail there.
fn behind_dot(source: &str, at: usize) -> Option<&str> {
    let (before, rest) = source.split_at_checked(at)?;
    let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    let word = rest.get(..end.unwrap_or(rest.len()))?;
    let is_word = word.starts_with(|letter: char| letter.is_alphabetic());
    (is_word && before.trim_end().ends_with('.')).then_some(word)
}

/// Leaves out of the parser's message what it expected, which is nearly everything.
fn short(message: &str) -> String {
    let message = message.strip_prefix("Parse error: ").unwrap_or(message);
    let message = message.split(", expected").next().unwrap_or(message);
    message.trim().trim_end_matches(" here").to_owned()
}
