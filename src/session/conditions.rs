//! Where a cell's source asks whether a value is true: those values are shown to the language first.
//!
//! Starlark takes every value for true or false and cannot know that some are neither. A column expression is true
//! or false row by row, so that `a > 1 and b > 2` on columns would silently be its right side alone. So each value
//! that `if`, `and`, `or` or `not` asks passes through a function of the language, which refuses such values.

use starlark::codemap::Span;
use starlark::syntax::AstModule;
use starlark::syntax::ast::{AstExpr, AstStmt, BinOp, Clause, Expr, Stmt};

use super::asks::Asks;
use super::runner::Language;
use crate::source::{Brackets, rewrite_more, syntax};

/// Returns the tree as it is to run: its conditions are looked at, and its operators are the language's.
pub(crate) fn runnable(tree: AstModule, language: &dyn Language) -> starlark::Result<AstModule> {
    let mut conditions = Conditions::default();
    let all = tree.statement();
    conditions.statement(all);
    all.visit_expr(|expression| conditions.expression(expression));
    let mut tree = if conditions.asked.is_empty() {
        tree
    } else {
        let file = tree.file_span(all.span).file;
        let brackets = Brackets::of(file.source(), &syntax::dialect());
        let changes = conditions.asked.into_iter().flat_map(|(asks, span)| {
            let at = brackets.balanced(span.begin().get() as usize..span.end().get() as usize);
            // Two brackets, because the span of a tuple does not have its own.
            let opening = format!("{}((", language.asked(asks));
            [(at.start, at.start, opening), (at.end, at.end, "))".to_owned())]
        });
        let mut changes: Vec<_> = changes.collect();
        changes.sort_by_key(|(at, ..)| *at);
        let text = rewrite_more(file.source(), &changes);
        AstModule::parse(file.filename(), text, &syntax::dialect())?
    };
    tree.replace_binary_operators(language.operators());
    Ok(tree)
}

/// The conditions of a tree.
#[derive(Default)]
struct Conditions {
    /// What asks, and the span of the value that is asked; an outer one comes before those inside of it.
    asked: Vec<(Asks, Span)>,
}

impl Conditions {
    fn statement(&mut self, statement: &AstStmt) {
        if let Stmt::If(condition, _) | Stmt::IfElse(condition, _) = &statement.node {
            self.ask(Asks::If, condition);
        }
        statement.visit_stmt(|inner| self.statement(inner));
    }

    fn expression(&mut self, expression: &AstExpr) {
        match &expression.node {
            Expr::Op(left, BinOp::And, right) => {
                self.ask(Asks::And, left);
                self.ask(Asks::And, right);
            }
            Expr::Op(left, BinOp::Or, right) => {
                self.ask(Asks::Or, left);
                self.ask(Asks::Or, right);
            }
            Expr::Not(inner) => self.ask(Asks::Not, inner),
            Expr::If(parts) => self.ask(Asks::If, &parts.0),
            Expr::ListComprehension(_, _, clauses) | Expr::DictComprehension(_, _, clauses) => {
                for clause in clauses {
                    if let Clause::If(condition) = clause {
                        self.ask(Asks::If, condition);
                    }
                }
            }
            Expr::Call(function, arguments) => {
                if let (Expr::Identifier(name), [argument]) = (&function.node, arguments.args.as_slice())
                    && name.node.ident == "bool"
                {
                    self.ask(Asks::Bool, argument.expr());
                }
            }
            _ => {}
        }
        expression.visit_expr(|inner| self.expression(inner));
    }

    fn ask(&mut self, asks: Asks, condition: &AstExpr) {
        if may_be_neither(condition) {
            self.asked.push((asks, condition.span));
        }
    }
}

/// Returns whether a value may be something else than what Starlark knows to be true or false.
fn may_be_neither(expression: &AstExpr) -> bool {
    match &expression.node {
        Expr::Literal(_)
        | Expr::Tuple(_)
        | Expr::List(_)
        | Expr::Dict(_)
        | Expr::ListComprehension(..)
        | Expr::DictComprehension(..)
        | Expr::FString(_)
        | Expr::Lambda(_)
        | Expr::Not(_)
        // What these give is one of their sides, which are asked themselves, or a truth value.
        | Expr::Op(_, BinOp::And | BinOp::Or | BinOp::In | BinOp::NotIn, _) => false,
        Expr::Identifier(name) => !["True", "False", "None"].contains(&name.node.ident.as_str()),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::SheafLanguage;

    /// Returns the text that runs, without its note.
    fn runs(source: &str) -> String {
        let tree = runnable(syntax::parse("cell", source).unwrap(), &SheafLanguage::new()).unwrap();
        let file = tree.file_span(tree.statement().span).file;
        let text = file.source();
        text.rsplit_once("\n# rewritten: ")
            .map_or(text, |(text, _)| text)
            .to_owned()
    }

    #[test]
    fn what_is_asked_passes_through_the_language() {
        let cases = [
            ("if a:\n    pass", "if __asked_by_if__((a)):\n    pass"),
            (
                "def f(x):\n    if x.y:\n        return 1\n    elif (x[0] ):\n        return 2",
                "def f(x):\n    if __asked_by_if__((x.y)):\n        return 1\n    elif (__asked_by_if__((x[0])) ):\n        return 2",
            ),
            (
                "filter(a > 1 and b or not c)",
                "filter(__asked_by_and__((a > 1)) and __asked_by_and__((b)) or not __asked_by_not__((c)))",
            ),
            (
                "[x for x in xs if x if not (x, y)]",
                "[x for x in xs if __asked_by_if__((x)) if not (x, y)]",
            ),
            (
                "{x: 1 for x in xs if f(lambda k: k or x)}",
                "{x: 1 for x in xs if __asked_by_if__((f(lambda k: __asked_by_or__((k)) or __asked_by_or__((x)))))}",
            ),
            (
                "(1 if (a if b else c) else 2)",
                "(1 if (__asked_by_if__((a if __asked_by_if__((b)) else c))) else 2)",
            ),
            ("bool(a)", "bool(__asked_by_bool__((a)))"),
            (
                "if ((a) or b) == (c):\n    pass",
                "if __asked_by_if__((((__asked_by_or__((a))) or __asked_by_or__((b))) == (c))):\n    pass",
            ),
            (
                "if (a & (b)).c and 'é)':\n    pass",
                "if __asked_by_and__(((a & (b)).c)) and 'é)':\n    pass",
            ),
        ];
        for (source, changed) in cases {
            assert_eq!(runs(source), changed);
        }
    }

    #[test]
    fn what_starlark_knows_is_not_asked() {
        for source in [
            "if True:\n    pass",
            "x = 1 in xs or 'a' not in ys",
            "not not [a]",
            "y = a < b",
            "[x for x in xs]",
        ] {
            assert_eq!(runs(source), source);
        }
    }
}
