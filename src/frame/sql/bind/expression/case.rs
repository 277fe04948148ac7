//! `CASE`: conditions, and the common type of the values.

use polars::prelude::DataType;
use sqlparser::ast;
use sqlparser::tokenizer::Span;

use crate::frame::sql::bind::{Binder, as_condition};
use crate::frame::sql::error::{SqlErrorKind, SqlResult};
use crate::frame::sql::expr::{CastHow, Expr, Kind};
use crate::frame::sql::types;

impl Binder<'_> {
    pub(super) fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
        place: Span,
    ) -> SqlResult<Expr> {
        let operand = operand.map(|operand| self.expr(operand)).transpose()?;
        let mut branches = Vec::new();
        for branch in conditions {
            let condition = self.expr(&branch.condition)?;
            let condition = match &operand {
                Some(operand) => self.operator("=", vec![operand.clone(), condition], place)?,
                None => as_condition(condition, "WHEN")?,
            };
            branches.push((condition, self.expr(&branch.result)?));
        }
        let otherwise = otherwise.map(|otherwise| self.expr(otherwise)).transpose()?;
        choice(branches, otherwise, place)
    }
}

/// Makes a choice between values, which get one type.
fn choice(branches: Vec<(Expr, Expr)>, otherwise: Option<Expr>, place: Span) -> SqlResult<Expr> {
    let values = branches.iter().map(|(_, value)| value).chain(&otherwise);
    let dtypes: Vec<DataType> = values.map(|value| value.dtype.clone()).collect();
    let Some(dtype) = types::common_of(dtypes.iter()) else {
        let known = dtypes
            .iter()
            .find(|dtype| **dtype != DataType::Null)
            .unwrap_or(&DataType::Null);
        let odd = dtypes
            .iter()
            .find(|dtype| types::common(known, dtype).is_none())
            .unwrap_or(known);
        let kind = SqlErrorKind::Mismatch {
            what: "the values of CASE".to_owned(),
            left: types::sql_name(known),
            right: types::sql_name(odd),
        };
        return Err(kind.at(place));
    };
    let branches = branches
        .into_iter()
        .map(|(when, value)| (when, value.cast(&dtype, CastHow::Implicit)));
    let kind = Kind::Case {
        branches: branches.collect(),
        otherwise: otherwise.map(|value| Box::new(value.cast(&dtype, CastHow::Implicit))),
    };
    Ok(Expr::new(kind, dtype, place))
}
