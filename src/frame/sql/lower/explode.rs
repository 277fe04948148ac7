//! One row for each element of an array or map.

use polars::prelude::*;

use super::{Lowering, column, lowered, null, polars_name};
use crate::frame::sql::expr::{ColumnId, Expr as Bound};
use crate::frame::sql::rel::Rel;

impl Lowering<'_> {
    /// Makes rows of elements; `by_field` makes a column of each field of elements that are structs.
    pub(super) fn exploded(
        &mut self,
        input: &Rel,
        value: &Bound,
        columns: &[ColumnId],
        position: Option<ColumnId>,
        by_field: bool,
        outer: bool,
    ) -> LazyFrame {
        let list = self.temporary();
        let frame = self.rel(input).with_columns([lowered(value).alias(list.clone())]);
        let mut exploded = vec![list.clone()];
        let frame = match position {
            Some(id) => {
                exploded.push(polars_name(id));
                frame.with_columns([positions(col(list.clone())).alias(polars_name(id))])
            }
            None => frame,
        };
        let options = ExplodeOptions {
            empty_as_null: outer,
            keep_nulls: outer,
        };
        let frame = frame.explode(by_name(exploded, true, false), options);
        let mut made: Vec<Expr> = input.columns().into_iter().map(column).collect();
        made.extend(position.map(column));
        let element = col(list);
        match (fields(&value.dtype), columns) {
            (Some(fields), columns) if by_field => {
                made.extend(fields.iter().zip(columns).map(|(field, id)| {
                    let part = element.clone().struct_().field_by_name(field.name());
                    when(element.clone().is_null())
                        .then(null(field.dtype()))
                        .otherwise(part)
                        .alias(polars_name(*id))
                }));
            }
            (_, columns) => made.extend(columns.first().map(|id| element.alias(polars_name(*id)))),
        }
        frame.select(made)
    }
}

/// Returns the fields of an array's elements.
fn fields(dtype: &DataType) -> Option<&[Field]> {
    let DataType::List(inner) = dtype else { return None };
    match &**inner {
        DataType::Struct(fields) => Some(fields),
        _ => None,
    }
}

/// Makes arrays of the positions in arrays, from 0.
fn positions(lists: Expr) -> Expr {
    let work = |column: Column| {
        let series = column.take_materialized_series();
        let lists = series.list()?;
        let mut builder = ListPrimitiveChunkedBuilder::<Int32Type>::new(
            series.name().clone(),
            lists.len(),
            lists.len(),
            DataType::Int32,
        );
        for row in 0..lists.len() {
            match lists.get_as_series(row) {
                Some(elements) => {
                    let length = i32::try_from(elements.len()).unwrap_or(i32::MAX);
                    builder.append_values_iter(0..length);
                }
                None => builder.append_opt_slice(None),
            }
        }
        Ok(builder.finish().into_column())
    };
    lists.map(work, |_, field| {
        Ok(Field::new(
            field.name().clone(),
            DataType::List(Box::new(DataType::Int32)),
        ))
    })
}
