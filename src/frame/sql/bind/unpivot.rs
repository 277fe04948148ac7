//! `UNPIVOT`: a row for each of several columns, beside the columns that are left.

use std::collections::BTreeSet;

use polars::prelude::DataType;
use sqlparser::ast::{self, Spanned as _};
use sqlparser::tokenizer::Span;

use super::Binder;
use super::pivot::{checked, parts, renamed};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{CastHow, ColumnId, Expr, Kind, Literal};
use crate::frame::sql::rel::Rel;
use crate::frame::sql::scope::Scope;
use crate::frame::sql::types;

/// Columns of which UNPIVOT makes one row.
struct UnpivotRow {
    name: String,
    columns: Vec<Expr>,
}

impl Binder<'_> {
    /// Binds UNPIVOT.
    pub(super) fn unpivot(&mut self, factor: &ast::TableFactor) -> SqlResult<(Rel, Scope)> {
        let ast::TableFactor::Unpivot {
            table,
            value,
            name,
            columns,
            null_inclusion,
            alias,
        } = factor
        else {
            return Err(unsupported("this UNPIVOT", "", factor.span()));
        };
        let values = new_names(value)?;
        let (rel, mut scope) = self.factor(table)?;
        let rows = self.within_table(scope.clone(), |binder, _| {
            let rows = columns.iter().map(|row| binder.unpivot_row(row, values.len()));
            rows.collect::<SqlResult<Vec<_>>>()
        })?;
        let used: BTreeSet<ColumnId> = rows
            .iter()
            .flat_map(|row| &row.columns)
            .filter_map(Expr::as_column)
            .collect();
        let array = self.unpivot_array(rows, values.len(), factor.span())?;
        let made: Vec<String> = std::iter::once(name.value.clone()).chain(values).collect();
        let how = ("inline", false, false);
        let (mut rel, made) = self.rows_of(rel, array, how, &made, factor.span())?;
        if !matches!(null_inclusion, Some(ast::NullInclusion::IncludeNulls)) {
            let mut present = Vec::new();
            for (_, id) in made.iter().skip(1) {
                let value = self.columns.expr(*id);
                present.push(self.operator("is not null", vec![value], factor.span())?);
            }
            let predicate = match present.len() {
                1 => present.remove(0),
                _ => Expr::new(Kind::Or(present), DataType::Boolean, factor.span()),
            };
            rel = Rel::Filter {
                input: Box::new(rel),
                predicate,
            };
        }
        scope
            .columns
            .retain(|column| column.visible && !used.contains(&column.id));
        scope.columns.extend(Scope::of(None, made).columns);
        Ok((rel, renamed(scope, alias.as_ref())?))
    }

    /// Binds the columns of which UNPIVOT makes a row; `width` is the number of columns that the row has.
    fn unpivot_row(&mut self, written: &ast::ExprWithAlias, width: usize) -> SqlResult<UnpivotRow> {
        let parts: Vec<ast::Expr> = parts(&written.expr).into_iter().cloned().collect();
        if parts.len() != width {
            let kind = SqlErrorKind::ColumnCount {
                what: "a row of UNPIVOT".to_owned(),
                expected: width,
                found: parts.len(),
            };
            return Err(kind.at(super::span(&written.expr)));
        }
        let columns = self.plain_columns(&parts, "UNPIVOT")?;
        let name = if let Some(alias) = &written.alias {
            checked(alias, super::span(&written.expr))?
        } else {
            let ids = columns.iter().filter_map(Expr::as_column);
            let names: Vec<&str> = ids.map(|id| self.columns.name(id)).collect();
            names.join("_")
        };
        Ok(UnpivotRow { name, columns })
    }

    /// Makes an array of structs: a name and the values beside it, those of one column of one type.
    fn unpivot_array(&mut self, rows: Vec<UnpivotRow>, width: usize, place: Span) -> SqlResult<Expr> {
        let mut dtypes = vec![DataType::Null; width];
        for row in &rows {
            for (so_far, column) in dtypes.iter_mut().zip(&row.columns) {
                let is_null = |dtype: &DataType| *dtype == DataType::Null;
                let mixes_text = types::is_text(so_far) != types::is_text(&column.dtype)
                    && !is_null(so_far)
                    && !is_null(&column.dtype);
                let common = types::common(so_far, &column.dtype).filter(|_| !mixes_text);
                let Some(common) = common else {
                    let kind = SqlErrorKind::Mismatch {
                        what: "the columns of UNPIVOT".to_owned(),
                        left: types::sql_name(so_far),
                        right: types::sql_name(&column.dtype),
                    };
                    return Err(kind.at(column.place));
                };
                *so_far = common;
            }
        }
        let mut structs = Vec::new();
        for row in rows {
            let mut fields = vec![text("name"), text(&row.name)];
            for (index, (column, dtype)) in row.columns.into_iter().zip(&dtypes).enumerate() {
                fields.push(text(&format!("value{index}")));
                fields.push(column.cast(dtype, CastHow::Implicit));
            }
            structs.push(self.operator("named_struct", fields, place)?);
        }
        self.operator("array", structs, place)
    }
}

/// Returns the names of new columns: `value`, or `(one, other)`.
fn new_names(expr: &ast::Expr) -> SqlResult<Vec<String>> {
    let name = |part: &ast::Expr| match part {
        ast::Expr::Identifier(name) => Ok(name.value.clone()),
        other => {
            let kind = SqlErrorKind::Syntax {
                expected: "a name for the column of the values".to_owned(),
                found: format!("`{other}`"),
            };
            Err(kind.at(super::span(other)))
        }
    };
    parts(expr).into_iter().map(name).collect()
}

fn text(text: &str) -> Expr {
    Expr::literal(Literal::Text(text.to_owned()), DataType::String)
}
