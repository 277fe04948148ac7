//! Expressions of the parser → bound expressions.

mod case;
mod keyword_call;
mod name;
mod operators;
mod predicate;

use polars::prelude::DataType;
use sqlparser::ast;
use sqlparser::tokenizer::Span;

use super::{Binder, literal, names, span};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{CastHow, Expr, Kind};
use crate::frame::sql::types;

impl Binder<'_> {
    /// Binds an expression.
    pub(in crate::frame::sql) fn expr(&mut self, expr: &ast::Expr) -> SqlResult<Expr> {
        let place = span(expr);
        let mut bound = self.bound(expr, place)?;
        if bound.place == Span::empty() || !matches!(bound.kind, Kind::Column(_)) {
            bound.place = place;
        }
        Ok(bound)
    }

    fn bound(&mut self, expr: &ast::Expr, place: Span) -> SqlResult<Expr> {
        use ast::Expr as Ast;
        match expr {
            Ast::Identifier(name) => self.name(std::slice::from_ref(name)),
            Ast::CompoundIdentifier(parts) => self.name(parts),
            Ast::CompoundFieldAccess { root, access_chain } => self.accesses(root, access_chain),
            Ast::Nested(inner) => self.expr(inner),
            Ast::Value(value) => match &value.value {
                ast::Value::Placeholder(name) => self.parameter(name, place),
                ast::Value::Number(digits, _)
                    if digits.ends_with('0') && digits.contains('.') && !digits.contains(['e', 'E']) =>
                {
                    // Columns are named with the digits that are written.
                    let number = literal::literal(&value.value, place)?;
                    if !digits.starts_with('.') && names::name(&number, &self.columns) != *digits {
                        self.columns.spell(place, digits);
                    }
                    Ok(number)
                }
                value => literal::literal(value, place),
            },
            Ast::TypedString(typed) => self.typed_text(typed, place),
            Ast::Prefixed { prefix, value } => literal::prefixed(prefix, value, place),
            Ast::Interval(interval) => self.interval(interval, place),
            Ast::Subquery(query) => self.scalar_subquery(query),
            Ast::BinaryOp { left, op, right } => self.binary(left, op, right, place),
            Ast::UnaryOp { op, expr } => self.unary(*op, expr, place),
            Ast::Cast {
                kind,
                expr,
                data_type,
                format: None,
                array: false,
            } => {
                let how = match kind {
                    ast::CastKind::TryCast | ast::CastKind::SafeCast => CastHow::Try,
                    ast::CastKind::Cast | ast::CastKind::DoubleColon => CastHow::Asked,
                };
                let value = self.expr(expr)?;
                let dtype = literal::dtype(data_type, place)?;
                cast(value, &dtype, how, place)
            }
            Ast::Convert {
                expr,
                data_type: Some(data_type),
                ..
            } => {
                let value = self.expr(expr)?;
                let dtype = literal::dtype(data_type, place)?;
                cast(value, &dtype, CastHow::Asked, place)
            }
            Ast::Function(call) => self.call(call, place),
            Ast::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.case(operand.as_deref(), conditions, else_result.as_deref(), place),
            Ast::Array(array) => {
                let args = array
                    .elem
                    .iter()
                    .map(|element| self.expr(element))
                    .collect::<SqlResult<Vec<_>>>()?;
                self.operator("array", args, place)
            }
            Ast::Struct { values, fields } if fields.is_empty() => self.structure("struct", values, place),
            Ast::Map(map) => {
                let mut args = Vec::new();
                for entry in &map.entries {
                    args.push(self.expr(&entry.key)?);
                    args.push(self.expr(&entry.value)?);
                }
                self.operator("map", args, place)
            }
            Ast::Tuple(parts) => self.structure("named_struct", parts, place),
            Ast::Wildcard(_) | Ast::QualifiedWildcard(..) => Err(SqlErrorKind::Misplaced {
                what: "`*`",
                clause: "an expression",
                instead: "name a column",
            }
            .at(place)),
            Ast::GroupingSets(_) | Ast::Cube(_) | Ast::Rollup(_) => {
                let instead = "write it behind GROUP BY";
                Err(SqlErrorKind::Misplaced {
                    what: "GROUPING SETS, CUBE or ROLLUP",
                    clause: "an expression",
                    instead,
                }
                .at(place))
            }
            Ast::Lambda(_) => {
                let instead = "it is an argument, as in transform(array, x -> x + 1); a field of JSON is get_json_object(text, '$.field')";
                Err(unsupported("`->`", instead, place))
            }
            other => self.predicate(other, place),
        }
    }

    /// Binds `DATE '…'` and the like; one without a time zone keeps that in its name.
    fn typed_text(&mut self, typed: &ast::TypedString, place: Span) -> SqlResult<Expr> {
        let constant = literal::typed(typed, place)?;
        if typed.data_type.to_string().eq_ignore_ascii_case("TIMESTAMP_NTZ") {
            let name = names::name(&constant, &self.columns);
            self.columns
                .spell(place, &name.replacen("TIMESTAMP", "TIMESTAMP_NTZ", 1));
        }
        Ok(constant)
    }

    fn interval(&mut self, interval: &ast::Interval, place: Span) -> SqlResult<Expr> {
        let unit = interval.leading_field.as_ref().map(ToString::to_string);
        let last = interval.last_field.as_ref().map(ToString::to_string);
        let constant = literal::interval(&interval.value, unit.as_deref(), last.as_deref(), place)?;
        if let Some((constant, name)) = constant {
            self.columns.spell(place, &name);
            return Ok(constant);
        }
        // `INTERVAL n DAYS` with a column.
        let value = self.expr(&interval.value)?;
        let Some(unit) = unit else {
            return Err(unsupported(
                "an INTERVAL of a column without a unit",
                "write INTERVAL n DAYS",
                place,
            ));
        };
        let one = literal::unit(&unit, place)?;
        self.operator("*", vec![one, value], place)
    }
}

/// Casts as the query says.
pub(super) fn cast(value: Expr, dtype: &DataType, how: CastHow, place: Span) -> SqlResult<Expr> {
    if !types::can_cast(&value.dtype, dtype) && types::is_interval(&value.dtype) {
        let what = format!("CAST of an interval to {}", types::sql_name(dtype));
        let instead = "take a part of it: extract(DAY FROM interval), extract(HOUR FROM interval)";
        return Err(unsupported(what, instead, place));
    }
    if !types::can_cast(&value.dtype, dtype) && types::is_interval(dtype) {
        let what = format!("CAST of {} to an interval", types::sql_name(&value.dtype));
        let instead = "multiply a unit: n * INTERVAL 1 DAY, n * INTERVAL 1 MONTH";
        return Err(unsupported(what, instead, place));
    }
    if !types::can_cast(&value.dtype, dtype) {
        let kind = SqlErrorKind::ArgumentType {
            function: "CAST".to_owned(),
            argument: "the value".to_owned(),
            expected: format!("something that can become {}", types::sql_name(dtype)),
            found: types::sql_name(&value.dtype),
            cast: None,
        };
        return Err(kind.at(place));
    }
    let input = Box::new(value);
    Ok(Expr::new(Kind::Cast { input, how }, dtype.clone(), place))
}
