//! What makes a query as a value fail where it has two rows.

use polars::prelude::*;

use super::Gives::Argument;
use super::ParameterType as P;
use super::kernels::failed;
use super::{Function, scalar};

/// The value, if the count behind it is not more than one.
pub(in crate::frame::sql) static ONE_ROW: Function = scalar(
    "one row",
    "value, count",
    "the value of the one row",
    &[P::Any, P::Any],
    Argument(0),
    |mut args| {
        let count = args.take(1);
        args.take(0).map_many(checked, &[count], |_, fields| {
            let first = fields.first().cloned();
            Ok(first.unwrap_or_else(|| Field::new(PlSmallStr::EMPTY, DataType::Null)))
        })
    },
)
.fails();

fn checked(columns: &mut [Column]) -> PolarsResult<Column> {
    let [value, count] = columns else {
        return Err(polars_err!(ComputeError: "a value and a count"));
    };
    match count.i64()?.max() {
        Some(rows) if rows > 1 => Err(failed(
            &format!("a query as a value has {rows} rows"),
            "add LIMIT 1, or take one value of them: max(x)",
        )),
        _ => Ok(value.clone()),
    }
}
