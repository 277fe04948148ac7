//! `df["Age"]`: one column as a value.

use std::fmt;
use std::sync::Arc;

use allocative::Allocative;
use polars::prelude::DataFrame;
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{GlobalsBuilder, Methods, MethodsStatic};
use starlark::starlark_simple_value;
use starlark::typing::Ty;
use starlark::values::{Heap, NoSerialize, StarlarkValue, UnpackValue, Value, ValueLike, starlark_value};

use super::indexing::Misused;
use super::truth::{Columns, Neither};
use crate::cache::Packed;
use crate::error::Error;
use crate::frame::{Expression, Operator, Series, Side, TableDigest, TableId, dtype_name};
use crate::language::arguments::refuse;
use crate::language::scalars::{scalar, value};
use crate::language::{BuiltinModule, OrFail, operators};
use crate::output::Output;
use crate::session::CellContext;
use crate::work::Interrupt;

mod methods;

/// A column in a cell; behind a pointer, because a value of Starlark may not need polars' alignment.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(in crate::language) struct SeriesValue(#[allocative(skip)] Arc<Series>);

starlark_simple_value!(SeriesValue);

impl SeriesValue {
    /// Wraps a column.
    pub(in crate::language) fn new(series: Series) -> Self {
        Self(Arc::new(series))
    }

    /// Returns the column.
    pub(in crate::language) fn series(&self) -> &Series {
        &self.0
    }
}

impl fmt::Display for SeriesValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "series({}: {}, {} values)",
            self.0.name(),
            dtype_name(self.0.dtype()),
            self.0.len()
        )
    }
}

static METHODS: MethodsStatic = MethodsStatic::new("series", methods::methods);

#[starlark_value(type = "series")]
impl<'v> StarlarkValue<'v> for SeriesValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }

    fn length(&self) -> starlark::Result<i32> {
        Ok(i32::try_from(self.0.len()).unwrap_or(i32::MAX))
    }

    fn at(&self, index: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        match i64::unpack_value(index) {
            Ok(Some(row)) => Ok(value(&self.0.get(row, "series").or_fail()?, heap)),
            _ => Ok(refuse("series", "the index", "the number of a row", index)?),
        }
    }

    fn slice(
        &self,
        start: Option<Value<'v>>,
        stop: Option<Value<'v>>,
        stride: Option<Value<'v>>,
        _heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        Ok(Err(Misused::sliced("s", start, stop, stride)).or_fail()?)
    }

    fn iterate_collect(&self, heap: Heap<'v>) -> starlark::Result<Vec<Value<'v>>> {
        Ok(self.0.to_list().iter().map(|item| value(item, heap)).collect())
    }

    fn add(&self, rhs: Value<'v>, heap: Heap<'v>) -> Option<starlark::Result<Value<'v>>> {
        Some(
            combine(
                Side::Series((*self.0).clone()),
                Operator::Add,
                side(rhs).ok()?,
                heap,
            )
            .map_err(Into::into),
        )
    }

    fn radd(&self, lhs: Value<'v>, heap: Heap<'v>) -> Option<starlark::Result<Value<'v>>> {
        Some(
            combine(
                side(lhs).ok()?,
                Operator::Add,
                Side::Series((*self.0).clone()),
                heap,
            )
            .map_err(Into::into),
        )
    }

    fn minus(&self, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let each = self.0.each(Expression::negate, &Interrupt::of_thread());
        Ok(heap.alloc(Self::new(each.or_fail()?)))
    }

    fn bit_not(&self, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let each = self.0.each(Expression::not, &Interrupt::of_thread());
        Ok(heap.alloc(Self::new(each.or_fail()?)))
    }

    /// Asked by `in` of a list, and where lists are compared: whether columns are equal differs from row to row.
    fn equals(&self, _other: Value<'v>) -> starlark::Result<bool> {
        let (word, columns) = ("in", Columns::Series);
        Ok(Err(Neither { word, columns }).or_fail()?)
    }
}

/// Reads one side of an operator: a column, or a constant.
fn side(value: Value<'_>) -> anyhow::Result<Side> {
    match value.downcast_ref::<SeriesValue>() {
        Some(series) => Ok(Side::Series((*series.0).clone())),
        None => Ok(Side::Constant(scalar(value, "series", "the other side")?)),
    }
}

fn combine<'v>(left: Side, operator: Operator, right: Side, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
    let combined = Series::combine(&left, operator, &right, &Interrupt::of_thread());
    Ok(heap.alloc(SeriesValue::new(combined.or_fail()?)))
}

/// Columns.
pub(in crate::language) struct SeriesModule;

impl BuiltinModule for SeriesModule {
    fn register(&self, _globals: &mut GlobalsBuilder) {}

    fn pack(&self, value: Value<'_>) -> Option<Packed> {
        let series = &value.downcast_ref::<SeriesValue>()?.0;
        Some(Packed::Series((&TableDigest::of(&series.to_table())).into()))
    }

    fn unpack<'v>(
        &self,
        packed: &Packed,
        table: &dyn Fn(&TableId) -> Option<DataFrame>,
        heap: Heap<'v>,
    ) -> Option<Value<'v>> {
        let Packed::Series(packed) = packed else {
            return None;
        };
        let table = table(&packed.id)?;
        let [only] = table.columns() else { return None };
        let series = Series::new(only.as_materialized_series().clone());
        Some(heap.alloc(SeriesValue::new(series)))
    }

    fn binary<'v>(
        &self,
        symbol: &str,
        left: Value<'v>,
        right: Value<'v>,
        heap: Heap<'v>,
    ) -> Option<anyhow::Result<Value<'v>>> {
        let is_own = |value: Value<'v>| value.downcast_ref::<SeriesValue>().is_some();
        let operator = operators::of_own(symbol, is_own, left, right)?;
        Some(side(left).and_then(|left| combine(left, operator, side(right)?, heap)))
    }

    fn tables(&self, value: Value<'_>, tables: &mut Vec<(TableId, DataFrame)>) {
        if let Some(series) = value.downcast_ref::<SeriesValue>() {
            let table = series.0.to_table();
            tables.push((TableDigest::of(&table).id, table));
        }
    }

    fn output(&self, value: Value<'_>, context: &CellContext) -> Option<Result<Output, Error>> {
        let series = &value.downcast_ref::<SeriesValue>()?.0;
        Some(column(series, context.interrupt()).map(|column| Output::Series {
            height: column.height(),
            column,
        }))
    }

    fn empty_like<'v>(&self, value: Value<'v>, heap: Heap<'v>) -> Option<Value<'v>> {
        let series = &value.downcast_ref::<SeriesValue>()?.0;
        Some(heap.alloc(SeriesValue::new(Series::new(series.as_polars().clear()))))
    }

    fn types(&self) -> Vec<DocType> {
        vec![
            METHODS
                .methods()
                .documentation(Ty::starlark_value::<SeriesValue>()),
        ]
    }
}

fn column(series: &Series, interrupt: &Interrupt) -> Result<polars::prelude::DataFrame, Error> {
    Ok(series.to_frame()?.collect(interrupt)?)
}
