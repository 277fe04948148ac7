//! Functions that work row by row on dates (as days), timestamps and intervals (as microseconds, in UTC), numbers and texts.

use polars::prelude::*;

use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::types;

/// The values of one argument.
enum Values {
    Whole(Int64Chunked),
    Real(Float64Chunked),
    Text(StringChunked),
}

/// The arguments of one row; none is NULL.
pub(in crate::frame::sql::functions) struct Row<'a> {
    values: &'a [Values],
    index: usize,
}

/// What was made of a text the last time: formats and zones are mostly constants.
pub(in crate::frame::sql::functions) struct Memo<T>(Option<(String, T)>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Clone> Memo<T> {
    /// Returns what is made of a text.
    pub(in crate::frame::sql::functions) fn of(
        &mut self,
        text: &str,
        make: impl FnOnce(&str) -> PolarsResult<T>,
    ) -> PolarsResult<T> {
        match &self.0 {
            Some((known, value)) if known == text => Ok(value.clone()),
            _ => {
                let value = make(text)?;
                self.0 = Some((text.to_owned(), value.clone()));
                Ok(value)
            }
        }
    }
}

impl Values {
    fn of(column: &Column) -> PolarsResult<Self> {
        // A constant is looked at once.
        let series = match column {
            Column::Scalar(scalar) if scalar.len() > 1 => scalar.as_single_value_series(),
            column => column.as_materialized_series().clone(),
        };
        let whole = |series: Series| Ok(Self::Whole(series.cast(&DataType::Int64)?.i64()?.clone()));
        match series.dtype() {
            DataType::Null | DataType::Date | DataType::Boolean => whole(series),
            DataType::Datetime(unit, _) | DataType::Duration(unit) => {
                let counted = series.to_physical_repr().i64()?.clone();
                Ok(Self::Whole(in_micros(&counted, *unit)))
            }
            dtype if types::is_months(dtype) => whole(series.struct_()?.field_by_name(types::MONTHS)?),
            dtype if types::is_text(dtype) => Ok(Self::Text(series.cast(&DataType::String)?.str()?.clone())),
            dtype if types::is_whole(dtype) => whole(series),
            _ => Ok(Self::Real(series.cast(&DataType::Float64)?.f64()?.clone())),
        }
    }

    fn is_null(&self, index: usize) -> bool {
        match self {
            Self::Whole(values) => values.get(at(values.len(), index)).is_none(),
            Self::Real(values) => values.get(at(values.len(), index)).is_none(),
            Self::Text(values) => values.get(at(values.len(), index)).is_none(),
        }
    }
}

fn in_micros(counted: &Int64Chunked, unit: TimeUnit) -> Int64Chunked {
    match unit {
        TimeUnit::Microseconds => counted.clone(),
        TimeUnit::Nanoseconds => counted.apply_values(|value| value.div_euclid(1000)),
        TimeUnit::Milliseconds => counted.apply_values(|value| value.saturating_mul(1000)),
    }
}

fn at(length: usize, index: usize) -> usize {
    if length == 1 { 0 } else { index }
}

impl Row<'_> {
    pub(in crate::frame::sql::functions) fn whole(&self, argument: usize) -> i64 {
        match self.values.get(argument) {
            Some(Values::Whole(values)) => values.get(at(values.len(), self.index)).unwrap_or_default(),
            Some(Values::Real(values)) => values.get(at(values.len(), self.index)).unwrap_or_default() as i64,
            _ => 0,
        }
    }

    pub(in crate::frame::sql::functions) fn real(&self, argument: usize) -> f64 {
        match self.values.get(argument) {
            Some(Values::Real(values)) => values.get(at(values.len(), self.index)).unwrap_or_default(),
            Some(Values::Whole(values)) => {
                values.get(at(values.len(), self.index)).unwrap_or_default() as f64
            }
            _ => 0.0,
        }
    }

    pub(in crate::frame::sql::functions) fn text(&self, argument: usize) -> &str {
        match self.values.get(argument) {
            Some(Values::Text(values)) => values.get(at(values.len(), self.index)).unwrap_or_default(),
            _ => "",
        }
    }

    /// Returns whether an argument is a whole number, not one with a fraction.
    pub(in crate::frame::sql::functions) fn is_whole(&self, argument: usize) -> bool {
        matches!(self.values.get(argument), Some(Values::Whole(_)))
    }
}

/// Computes for every row without NULLs.
fn compute<S: Default, T>(
    columns: &[Column],
    work: &impl Fn(&Row<'_>, &mut S) -> PolarsResult<Option<T>>,
) -> PolarsResult<Vec<Option<T>>> {
    let lengths = columns.iter().map(Column::len);
    let length = if lengths.clone().any(|length| length == 0) {
        0
    } else {
        lengths.max().unwrap_or_default()
    };
    let values = columns.iter().map(Values::of).collect::<PolarsResult<Vec<_>>>()?;
    let mut state = S::default();
    (0..length)
        .map(|index| {
            if values.iter().any(|values| values.is_null(index)) {
                return Ok(None);
            }
            let row = Row {
                values: &values,
                index,
            };
            work(&row, &mut state)
        })
        .collect()
}

/// Makes an expression that computes whole numbers of rows: counted days, microseconds, months, as the type says.
pub(in crate::frame::sql::functions) fn wholes<S: Default>(
    args: Vec<Expr>,
    gives: &DataType,
    work: impl Fn(&Row<'_>, &mut S) -> PolarsResult<Option<i64>> + Send + Sync + 'static,
) -> Expr {
    let dtype = gives.clone();
    made(args, gives, move |columns| {
        let values = compute(columns, &work)?;
        let values = Int64Chunked::from_iter_options(PlSmallStr::EMPTY, values.into_iter());
        typed(&values, &dtype)
    })
}

/// Makes an expression that computes texts of rows.
pub(in crate::frame::sql::functions) fn texts<S: Default>(
    args: Vec<Expr>,
    work: impl Fn(&Row<'_>, &mut S) -> PolarsResult<Option<String>> + Send + Sync + 'static,
) -> Expr {
    made(args, &DataType::String, move |columns| {
        let values = compute(columns, &work)?;
        Ok(StringChunked::from_iter_options(PlSmallStr::EMPTY, values.into_iter()).into_series())
    })
}

/// Makes an expression that computes doubles of rows.
pub(in crate::frame::sql::functions) fn reals<S: Default>(
    args: Vec<Expr>,
    work: impl Fn(&Row<'_>, &mut S) -> PolarsResult<Option<f64>> + Send + Sync + 'static,
) -> Expr {
    made(args, &DataType::Float64, move |columns| {
        let values = compute(columns, &work)?;
        Ok(Float64Chunked::from_iter_options(PlSmallStr::EMPTY, values.into_iter()).into_series())
    })
}

/// Makes an expression that computes whole numbers of one argument, which cannot fail.
pub(in crate::frame::sql::functions) fn plain(arg: Expr, gives: &DataType, work: fn(i64) -> i64) -> Expr {
    let dtype = gives.clone();
    made(vec![arg], gives, move |columns| {
        let Some(column) = columns.first() else {
            return Err(polars_err!(ComputeError: "no argument"));
        };
        let values = match Values::of(column)? {
            Values::Whole(values) if values.len() == column.len() => values.apply_values(work),
            Values::Whole(values) => values.apply_values(work).new_from_index(0, column.len()),
            _ => return Err(polars_err!(ComputeError: "no date or timestamp")),
        };
        typed(&values, &dtype)
    })
}

pub(in crate::frame::sql::functions) fn made(
    mut args: Vec<Expr>,
    gives: &DataType,
    work: impl Fn(&[Column]) -> PolarsResult<Series> + Send + Sync + 'static,
) -> Expr {
    let gives = gives.clone();
    let first = if args.is_empty() { lit(0) } else { args.remove(0) };
    first.map_many(
        move |columns| {
            let name = columns
                .first()
                .map_or(PlSmallStr::EMPTY, |column| column.name().clone());
            Ok(work(columns)?.with_name(name).into_column())
        },
        &args,
        move |_, fields| {
            let name = fields
                .first()
                .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
            Ok(Field::new(name, gives.clone()))
        },
    )
}

/// Makes counted days, microseconds and so on values of a type.
fn typed(values: &Int64Chunked, dtype: &DataType) -> PolarsResult<Series> {
    let name = PlSmallStr::EMPTY;
    let narrow = |dtype: &DataType| {
        values.clone().into_series().strict_cast(dtype).map_err(|_| {
            let dtype = types::sql_name(dtype);
            failed(
                &format!("the result does not fit into {dtype}"),
                "look at its arguments",
            )
        })
    };
    Ok(match dtype {
        DataType::Int64 => values.clone().into_series(),
        DataType::Date => {
            let days = narrow(&DataType::Int32)?;
            days.cast(&DataType::Date)?
        }
        DataType::Datetime(unit, zone) => values
            .clone()
            .into_datetime(TimeUnit::Microseconds, zone.clone())
            .into_series()
            .cast(&DataType::Datetime(*unit, zone.clone()))?,
        DataType::Duration(_) => values.clone().into_duration(TimeUnit::Microseconds).into_series(),
        DataType::Boolean => values.not_equal(0).into_series(),
        // Microseconds as seconds.
        DataType::Decimal(precision, scale) => {
            let wide = values.iter().map(|value| value.map(i128::from));
            Int128Chunked::from_iter_options(name, wide)
                .into_decimal(*precision, *scale)?
                .into_series()
        }
        months if types::is_months(months) => {
            let counted = narrow(&DataType::Int32)?.with_name(types::MONTHS.into());
            let validity = counted.is_not_null();
            let made = StructChunked::from_series(name, counted.len(), std::iter::once(&counted))?;
            let made = made.into_series();
            let none = Series::full_null(PlSmallStr::EMPTY, made.len(), months);
            made.zip_with(&validity, &none)?
        }
        other => narrow(other)?,
    })
}
