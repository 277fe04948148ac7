//! `UNION`, `INTERSECT` and `EXCEPT`: columns side by side, with their common types.

use polars::prelude::DataType;
use sqlparser::ast::{self, Spanned as _};

use crate::frame::sql::bind::{Binder, BoundQuery, OutputColumn};
use crate::frame::sql::error::{SqlErrorKind, SqlResult};
use crate::frame::sql::expr::{CastHow, ColumnId, Expr};
use crate::frame::sql::rel::{Rel, SetOperation};
use crate::frame::sql::types;

impl Binder<'_> {
    /// Puts two queries together, column by column.
    pub(super) fn combined(
        &mut self,
        operation: SetOperation,
        all: bool,
        mut left: BoundQuery,
        mut right: BoundQuery,
        whole: &ast::SetExpr,
    ) -> SqlResult<BoundQuery> {
        let name = match operation {
            SetOperation::Union => "UNION",
            SetOperation::Intersect => "INTERSECT",
            SetOperation::Except => "EXCEPT",
        };
        if left.outputs.len() != right.outputs.len() {
            let kind = SqlErrorKind::ColumnCount {
                what: format!("the right side of {name}"),
                expected: left.outputs.len(),
                found: right.outputs.len(),
            };
            return Err(kind.at(whole.span()));
        }
        let mut dtypes = Vec::new();
        for (one, other) in left.outputs.iter().zip(&right.outputs) {
            let (one_type, other_type) = (self.columns.dtype(one.id), self.columns.dtype(other.id));
            let Some(dtype) = types::common(&one_type, &other_type) else {
                let kind = SqlErrorKind::Mismatch {
                    what: format!("the columns `{}` of {name}", one.name),
                    left: types::sql_name(&one_type),
                    right: types::sql_name(&other_type),
                };
                return Err(kind.at(whole.span()));
            };
            dtypes.push(dtype);
        }
        if !(all && operation == SetOperation::Union) {
            self.refuse_map_columns(&left.outputs, name, whole.span())?;
        }
        self.cast_outputs(&mut left, &dtypes);
        self.cast_outputs(&mut right, &dtypes);
        let mut columns = Vec::new();
        let mut outputs = Vec::new();
        for ((one, other), dtype) in left.outputs.iter().zip(&right.outputs).zip(dtypes) {
            let id = self.columns.add(&one.name, dtype);
            columns.push((id, one.id, other.id));
            outputs.push(OutputColumn {
                name: one.name.clone(),
                id,
            });
        }
        let rel = Rel::Set {
            operation,
            all,
            left: Box::new(left.rel),
            right: Box::new(right.rel),
            columns,
        };
        Ok(BoundQuery { rel, outputs })
    }

    /// Gives a query's columns types, and each a number of its own.
    pub(in crate::frame::sql::bind) fn cast_outputs(&mut self, bound: &mut BoundQuery, dtypes: &[DataType]) {
        let mut columns: Vec<(ColumnId, Expr)> = Vec::new();
        for (output, dtype) in bound.outputs.iter_mut().zip(dtypes) {
            let expr = self.columns.expr(output.id).cast(dtype, CastHow::Implicit);
            let id = if expr.as_column() == Some(output.id) && columns.iter().all(|(id, _)| *id != output.id)
            {
                output.id
            } else {
                self.columns.add(&output.name, dtype.clone())
            };
            output.id = id;
            columns.push((id, expr));
        }
        let input = Box::new(std::mem::replace(&mut bound.rel, Rel::unit()));
        bound.rel = Rel::Project { input, columns };
    }
}

/// Puts the columns of the right in the order of the left.
pub(super) fn by_names(left: &BoundQuery, right: BoundQuery, whole: &ast::SetExpr) -> SqlResult<BoundQuery> {
    let mut outputs = Vec::new();
    for output in &left.outputs {
        if let Some(other) = right
            .outputs
            .iter()
            .find(|other| other.name.eq_ignore_ascii_case(&output.name))
        {
            outputs.push(other.clone());
        } else {
            let kind = SqlErrorKind::UnknownColumn {
                name: output.name.clone(),
                table: Some("the right side".to_owned()),
                nearest: None,
                columns: right.outputs.iter().map(|output| output.name.clone()).collect(),
            };
            return Err(kind.at(whole.span()));
        }
    }
    if right.outputs.len() != outputs.len() {
        let what = "the right side of UNION BY NAME".to_owned();
        return Err(SqlErrorKind::ColumnCount {
            what,
            expected: outputs.len(),
            found: right.outputs.len(),
        }
        .at(whole.span()));
    }
    Ok(BoundQuery {
        rel: right.rel,
        outputs,
    })
}
