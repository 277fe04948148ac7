//! `VALUES`: rows of constants, and rows that are computed.

use polars::prelude::DataType;
use sqlparser::ast;

use crate::frame::sql::bind::{Binder, BoundQuery, OutputColumn};
use crate::frame::sql::error::{SqlErrorKind, SqlResult};
use crate::frame::sql::expr::{CastHow, ColumnId, Expr, Kind};
use crate::frame::sql::rel::{Rel, SetOperation};
use crate::frame::sql::types;

impl Binder<'_> {
    pub(super) fn values(&mut self, values: &ast::Values) -> SqlResult<BoundQuery> {
        let mut rows: Vec<Vec<Expr>> = Vec::new();
        for row in &values.rows {
            let row = row
                .content
                .iter()
                .map(|value| self.expr_in(value, "VALUES", false, false));
            rows.push(row.collect::<SqlResult<_>>()?);
        }
        let width = rows.first().map_or(0, Vec::len);
        if let Some(row) = rows.iter().find(|row| row.len() != width) {
            let place = row
                .first()
                .map_or(sqlparser::tokenizer::Span::empty(), |value| value.place);
            let what = "a row of VALUES".to_owned();
            return Err(SqlErrorKind::ColumnCount {
                what,
                expected: width,
                found: row.len(),
            }
            .at(place));
        }
        let mut columns = Vec::new();
        let mut outputs = Vec::new();
        for index in 0..width {
            let dtypes: Vec<DataType> = rows
                .iter()
                .filter_map(|row| row.get(index))
                .map(|value| value.dtype.clone())
                .collect();
            let Some(dtype) = types::common_of(dtypes.iter()) else {
                let kind = SqlErrorKind::Mismatch {
                    what: format!("the values of column {}", index + 1),
                    left: dtypes.first().map_or_else(String::new, types::sql_name),
                    right: dtypes.last().map_or_else(String::new, types::sql_name),
                };
                let place = rows
                    .first()
                    .and_then(|row| row.get(index))
                    .map(|value| value.place);
                return Err(kind.at(place.unwrap_or(sqlparser::tokenizer::Span::empty())));
            };
            for row in &mut rows {
                if let Some(value) = row.get_mut(index) {
                    *value = value.clone().cast(&dtype, CastHow::Implicit);
                }
            }
            let name = format!("col{}", index + 1);
            let id = self.columns.add(&name, dtype);
            columns.push(id);
            outputs.push(OutputColumn { name, id });
        }
        let has_query = |value: &Expr| value.any(|part| matches!(part.kind, Kind::Subquery(_)));
        let rel = if rows.iter().flatten().any(has_query) {
            self.computed_rows(&columns, rows)
        } else {
            Rel::Values { columns, rows }
        };
        Ok(BoundQuery { rel, outputs })
    }

    /// Makes rows of values in which there are queries.
    pub(super) fn computed_rows(&mut self, columns: &[ColumnId], rows: Vec<Vec<Expr>>) -> Rel {
        let mut tables = Vec::new();
        for mut row in rows {
            let input = self.take_subqueries(Rel::unit(), &mut row.iter_mut().collect::<Vec<_>>());
            let ids = columns.iter().map(|id| self.another(*id)).collect::<Vec<_>>();
            let columns = ids.iter().copied().zip(row).collect();
            let input = Box::new(input);
            tables.push((Rel::Project { input, columns }, ids));
        }
        // Two and two, so that many rows are not deep.
        while tables.len() > 1 {
            let mut halved = Vec::new();
            let mut left = tables.into_iter();
            while let Some((one, of_one)) = left.next() {
                let Some((other, of_other)) = left.next() else {
                    halved.push((one, of_one));
                    break;
                };
                let ids = columns.iter().map(|id| self.another(*id)).collect::<Vec<_>>();
                let pairs = ids.iter().zip(of_one).zip(of_other);
                let rel = Rel::Set {
                    operation: SetOperation::Union,
                    all: true,
                    left: Box::new(one),
                    right: Box::new(other),
                    columns: pairs.map(|((id, one), other)| (*id, one, other)).collect(),
                };
                halved.push((rel, ids));
            }
            tables = halved;
        }
        let (input, ids) = tables.pop().unwrap_or_else(|| (Rel::unit(), Vec::new()));
        let named = columns
            .iter()
            .zip(ids)
            .map(|(id, of)| (*id, self.columns.expr(of)));
        let columns = named.collect();
        let input = Box::new(input);
        Rel::Project { input, columns }
    }

    /// Makes a column like another.
    pub(super) fn another(&mut self, id: ColumnId) -> ColumnId {
        let name = self.columns.name(id).to_owned();
        self.columns.add(name, self.columns.dtype(id))
    }
}
