//! Operators: arithmetic, comparisons, `IS`, `LIKE`, `ANY` and `ALL`.

use polars::prelude::DataType;
use sqlparser::ast;
use sqlparser::tokenizer::Span;

use crate::frame::sql::bind::call::plain_arguments;
use crate::frame::sql::bind::{Binder, as_condition, literal};
use crate::frame::sql::error::{SqlResult, unsupported};
use crate::frame::sql::expr::{Expr, Kind};
use crate::frame::sql::functions::function;

impl Binder<'_> {
    pub(super) fn is(&mut self, inner: &ast::Expr, what: &str, negated: bool) -> SqlResult<Expr> {
        let value = self.expr(inner)?;
        let place = value.place;
        let found = self.operator(what, vec![value], place)?;
        self.negated(found, negated)
    }

    pub(super) fn negated(&mut self, found: Expr, negated: bool) -> SqlResult<Expr> {
        if !negated {
            return Ok(found);
        }
        let place = found.place;
        self.operator("not", vec![found], place)
    }

    pub(super) fn binary(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
        place: Span,
    ) -> SqlResult<Expr> {
        use ast::BinaryOperator as Op;
        let is_and = match op {
            Op::And => true,
            Op::Or => false,
            op => {
                let name = operator_name(op).ok_or_else(|| {
                    let instead = match op {
                        ast::BinaryOperator::Custom(op) if op == "&&" => "write AND",
                        ast::BinaryOperator::PGOverlap => "write AND",
                        ast::BinaryOperator::PGRegexMatch => "write RLIKE",
                        ast::BinaryOperator::PGRegexIMatch => "write RLIKE with (?i) before the pattern",
                        ast::BinaryOperator::PGRegexNotMatch => "write NOT … RLIKE …",
                        ast::BinaryOperator::Arrow | ast::BinaryOperator::LongArrow => {
                            "write get_json_object(text, '$.field')"
                        }
                        ast::BinaryOperator::Xor => "write <> between two conditions",
                        _ => "`%help sql` lists the operators",
                    };
                    unsupported(format!("the operator {op}"), instead, place)
                })?;
                // `= ANY (…)` may come as a comparison with a call.
                let args = vec![self.expr(left)?, self.expr(right)?];
                return self.operator(name, args, place);
            }
        };
        // A chain is one level, whatever its tree.
        let (mut parts, mut open) = (Vec::new(), vec![right, left]);
        while let Some(next) = open.pop() {
            match next {
                ast::Expr::BinaryOp {
                    left,
                    op: inner,
                    right,
                } if inner == op => open.extend([&**right, &**left]),
                part => parts.push(part),
            }
        }
        let mut conditions = Vec::new();
        for part in parts {
            let bound = self.expr(part)?;
            conditions.push(as_condition(bound, if is_and { "AND" } else { "OR" })?);
        }
        let kind = if is_and {
            Kind::And(conditions)
        } else {
            Kind::Or(conditions)
        };
        Ok(Expr::new(kind, DataType::Boolean, place))
    }

    pub(super) fn unary(&mut self, op: ast::UnaryOperator, expr: &ast::Expr, place: Span) -> SqlResult<Expr> {
        match op {
            ast::UnaryOperator::Minus => {
                // The least number cannot be written without its sign.
                if let ast::Expr::Value(value) = expr
                    && let ast::Value::Number(number, long) = &value.value
                {
                    return literal::number(&format!("-{number}"), *long, place);
                }
                let value = self.expr(expr)?;
                self.operator("negative", vec![value], place)
            }
            ast::UnaryOperator::Plus => {
                let value = self.expr(expr)?;
                self.operator("positive", vec![value], place)
            }
            ast::UnaryOperator::Not | ast::UnaryOperator::BangNot => {
                let bound = self.expr(expr)?;
                let condition = as_condition(bound, "NOT")?;
                self.operator("not", vec![condition], place)
            }
            ast::UnaryOperator::BitwiseNot => {
                let value = self.expr(expr)?;
                self.operator("~", vec![value], place)
            }
            other => Err(unsupported(
                format!("the operator {other}"),
                "`%help sql` lists the operators",
                place,
            )),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one clause")]
    pub(super) fn like(
        &mut self,
        name: &str,
        negated: bool,
        any: bool,
        expr: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::ValueWithSpan>,
        place: Span,
    ) -> SqlResult<Expr> {
        let value = self.expr(expr)?;
        // `LIKE ANY ('a%', 'b%')`, and `LIKE ALL`, which the parser takes for a function.
        let (patterns, all) = match pattern {
            ast::Expr::Tuple(patterns) => (patterns.clone(), !any),
            ast::Expr::Nested(one) if any => (vec![(**one).clone()], false),
            ast::Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("all") => {
                (plain_arguments(call)?.into_iter().cloned().collect(), true)
            }
            ast::Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("some") => {
                (plain_arguments(call)?.into_iter().cloned().collect(), false)
            }
            one => (vec![one.clone()], false),
        };
        let mut found = Vec::new();
        for pattern in &patterns {
            let mut args = vec![value.clone(), self.expr(pattern)?];
            if let Some(escape) = escape {
                args.push(literal::literal(&escape.value, place)?);
            }
            let one = self.operator(name, args, place)?;
            found.push(self.negated(one, negated)?);
        }
        if found.len() == 1 {
            return Ok(found.remove(0));
        }
        let kind = if all { Kind::And(found) } else { Kind::Or(found) };
        Ok(Expr::new(kind, DataType::Boolean, place))
    }

    pub(super) fn any_or_all(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
        all: bool,
        place: Span,
    ) -> SqlResult<Expr> {
        let name = operator_name(op).filter(|name| matches!(*name, "=" | "<>" | "<" | "<=" | ">" | ">="));
        let comparison = name.and_then(function);
        let Some(comparison) = comparison else {
            return Err(unsupported(
                format!("{op} before ANY or ALL"),
                "use a comparison",
                place,
            ));
        };
        let value = self.expr(left)?;
        let query = match right {
            ast::Expr::Subquery(query) => query,
            ast::Expr::Nested(inner) => match &**inner {
                ast::Expr::Subquery(query) => query,
                _ => {
                    return Err(unsupported(
                        "ANY or ALL of this",
                        "write a query in the brackets",
                        place,
                    ));
                }
            },
            _ => {
                return Err(unsupported(
                    "ANY or ALL of this",
                    "write a query in the brackets",
                    place,
                ));
            }
        };
        match (comparison.name, all) {
            ("=", false) => self.in_subquery(vec![value], query, place),
            ("<>", true) => {
                let found = self.in_subquery(vec![value], query, place)?;
                self.negated(found, true)
            }
            _ => self.quantified(value, comparison, all, query),
        }
    }
}

/// Returns the name of the function that an operator is.
fn operator_name(op: &ast::BinaryOperator) -> Option<&'static str> {
    use ast::BinaryOperator as Op;
    Some(match op {
        Op::Plus => "+",
        Op::Minus => "-",
        Op::Multiply => "*",
        Op::Divide => "/",
        Op::Modulo => "%",
        Op::MyIntegerDivide => "div",
        Op::DuckIntegerDivide => "//",
        Op::StringConcat => "||",
        Op::Gt => ">",
        Op::Lt => "<",
        Op::GtEq => ">=",
        Op::LtEq => "<=",
        Op::Spaceship => "<=>",
        Op::Eq => "=",
        Op::NotEq => "<>",
        Op::BitwiseOr => "|",
        Op::BitwiseAnd => "&",
        Op::BitwiseXor => "^",
        Op::PGBitwiseShiftLeft => "<<",
        Op::PGBitwiseShiftRight => ">>",
        _ => return None,
    })
}
