//! What is true or false: `IS`, `IN`, `EXISTS`, `BETWEEN`, `LIKE` and the like.

use polars::prelude::DataType;
use sqlparser::ast;
use sqlparser::tokenizer::Span;

use crate::frame::sql::bind::Binder;
use crate::frame::sql::error::SqlResult;
use crate::frame::sql::expr::{Expr, Kind};

impl Binder<'_> {
    /// Binds a predicate, or what is called with keywords.
    pub(super) fn predicate(&mut self, expr: &ast::Expr, place: Span) -> SqlResult<Expr> {
        use ast::Expr as Ast;
        match expr {
            Ast::IsTrue(inner) => self.is(inner, "is true", false),
            Ast::IsNotTrue(inner) => self.is(inner, "is true", true),
            Ast::IsFalse(inner) => self.is(inner, "is false", false),
            Ast::IsNotFalse(inner) => self.is(inner, "is false", true),
            Ast::IsNull(inner) | Ast::IsUnknown(inner) => self.is(inner, "is null", false),
            Ast::IsNotNull(inner) | Ast::IsNotUnknown(inner) => self.is(inner, "is not null", false),
            Ast::IsDistinctFrom(left, right) => {
                let args = vec![self.expr(left)?, self.expr(right)?];
                let same = self.operator("<=>", args, place)?;
                self.operator("not", vec![same], place)
            }
            Ast::IsNotDistinctFrom(left, right) => {
                let args = vec![self.expr(left)?, self.expr(right)?];
                self.operator("<=>", args, place)
            }
            Ast::InList { expr, list, negated } => {
                let mut args = vec![self.expr(expr)?];
                for value in list {
                    args.push(self.expr(value)?);
                }
                let found = self.operator("in", args, place)?;
                self.negated(found, *negated)
            }
            Ast::InSubquery {
                expr,
                subquery,
                negated,
            } => {
                let left = match &**expr {
                    Ast::Tuple(parts) => parts
                        .iter()
                        .map(|part| self.expr(part))
                        .collect::<SqlResult<Vec<_>>>()?,
                    one => vec![self.expr(one)?],
                };
                let found = self.in_subquery(left, subquery, place)?;
                self.negated(found, *negated)
            }
            Ast::Exists { subquery, negated } => {
                let found = self.exists(subquery)?;
                self.negated(found, *negated)
            }
            Ast::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let value = self.expr(expr)?;
                // It is there twice from now on.
                self.check_depth(&value)?;
                let (low, high) = (self.expr(low)?, self.expr(high)?);
                let above = self.operator(">=", vec![value.clone(), low], place)?;
                let below = self.operator("<=", vec![value, high], place)?;
                let between = Expr::new(Kind::And(vec![above, below]), DataType::Boolean, place);
                self.negated(between, *negated)
            }
            Ast::AnyOp {
                left,
                compare_op,
                right,
                ..
            } => self.any_or_all(left, compare_op, right, false, place),
            Ast::AllOp {
                left,
                compare_op,
                right,
            } => self.any_or_all(left, compare_op, right, true, place),
            other => self.text_predicate(other, place),
        }
    }

    /// Binds what compares a text with a pattern, or what is called with keywords.
    fn text_predicate(&mut self, expr: &ast::Expr, place: Span) -> SqlResult<Expr> {
        use ast::Expr as Ast;
        match expr {
            Ast::Like {
                negated,
                any,
                expr,
                pattern,
                escape_char,
            } => self.like("like", *negated, *any, expr, pattern, escape_char.as_ref(), place),
            Ast::ILike {
                negated,
                any,
                expr,
                pattern,
                escape_char,
            } => self.like(
                "ilike",
                *negated,
                *any,
                expr,
                pattern,
                escape_char.as_ref(),
                place,
            ),
            Ast::SimilarTo {
                negated,
                expr,
                pattern,
                escape_char,
            } => self.like(
                "similar to",
                *negated,
                false,
                expr,
                pattern,
                escape_char.as_ref(),
                place,
            ),
            Ast::RLike {
                negated,
                expr,
                pattern,
                ..
            } => {
                let args = vec![self.expr(expr)?, self.expr(pattern)?];
                let found = self.operator("rlike", args, place)?;
                self.negated(found, *negated)
            }
            other => self.keyword_call(other, place),
        }
    }
}
