//! [`Value`]: what an aggregate gives, and how many of them become a column.

use polars::prelude::*;

/// The value of an aggregate.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::frame::sql) enum Value {
    Null,
    Bool(bool),
    /// A whole number, or what is one inside: a span of time.
    Int(i64),
    /// A decimal without its point.
    Decimal(i128),
    Double(f64),
    Doubles(Vec<f64>),
    /// Structs of two numbers.
    Pairs(Vec<(f64, f64)>),
    Text(String),
    /// The value of the first argument in a row.
    Row(u32),
    /// The values of the first argument in rows.
    Rows(Vec<u32>),
}

/// Makes a column of a type.
pub(in crate::frame::sql) fn column(
    values: &[Value],
    argument: Option<&Series>,
    gives: &DataType,
) -> PolarsResult<Series> {
    let name = PlSmallStr::EMPTY;
    let made = match values.iter().find(|value| **value != Value::Null) {
        None | Some(Value::Null) => return Ok(Series::full_null(name, values.len(), gives)),
        Some(Value::Bool(_)) => {
            let each = values.iter().map(|value| match value {
                Value::Bool(value) => Some(*value),
                _ => None,
            });
            BooleanChunked::from_iter_options(name, each).into_series()
        }
        Some(Value::Int(_)) => {
            let each = values.iter().map(|value| match value {
                Value::Int(value) => Some(*value),
                _ => None,
            });
            Int64Chunked::from_iter_options(name, each).into_series()
        }
        Some(Value::Double(_)) => {
            let each = values.iter().map(|value| match value {
                Value::Double(value) => Some(*value),
                _ => None,
            });
            Float64Chunked::from_iter_options(name, each).into_series()
        }
        Some(Value::Decimal(_)) => {
            let each = values.iter().map(|value| match value {
                Value::Decimal(value) => Some(*value),
                _ => None,
            });
            let DataType::Decimal(precision, scale) = gives else {
                return Err(polars_err!(ComputeError: "a decimal as {}", gives));
            };
            Int128Chunked::from_iter_options(name, each)
                .into_decimal(*precision, *scale)?
                .into_series()
        }
        Some(Value::Text(_)) => {
            let each = values.iter().map(|value| match value {
                Value::Text(value) => Some(value.as_str()),
                _ => None,
            });
            StringChunked::from_iter_options(name, each).into_series()
        }
        Some(Value::Doubles(_)) => {
            let mut builder =
                ListPrimitiveChunkedBuilder::<Float64Type>::new(name, values.len(), 0, DataType::Float64);
            for value in values {
                match value {
                    Value::Doubles(values) => builder.append_slice(values),
                    _ => builder.append_null(),
                }
            }
            builder.finish().into_series()
        }
        Some(Value::Pairs(_)) => pairs(values, gives)?,
        Some(Value::Row(_)) => {
            let rows = values.iter().map(|value| match value {
                Value::Row(row) => Some(*row),
                _ => None,
            });
            let argument = argument.ok_or_else(|| polars_err!(ComputeError: "no argument"))?;
            argument.take(&IdxCa::from_iter_options(name, rows))?
        }
        Some(Value::Rows(_)) => {
            let argument = argument.ok_or_else(|| polars_err!(ComputeError: "no argument"))?;
            lists(values, argument)?
        }
    };
    if made.dtype() == gives {
        Ok(made)
    } else {
        made.cast(gives)
    }
}

/// Makes a column of a type of values that come in another order: each with the row that it is of.
pub(in crate::frame::sql) fn scattered(
    values: &[Vec<Value>],
    rows: &[u32],
    argument: Option<&Series>,
    gives: &DataType,
) -> PolarsResult<Series> {
    let name = PlSmallStr::EMPTY;
    let pairs = || values.iter().flatten().zip(rows);
    let made = match values.iter().flatten().find(|value| **value != Value::Null) {
        Some(Value::Int(_)) => {
            let each = placed(rows.len(), pairs(), |value| match value {
                Value::Int(value) => Some(*value),
                _ => None,
            });
            Int64Chunked::from_iter_options(name, each.into_iter()).into_series()
        }
        Some(Value::Double(_)) => {
            let each = placed(rows.len(), pairs(), |value| match value {
                Value::Double(value) => Some(*value),
                _ => None,
            });
            Float64Chunked::from_iter_options(name, each.into_iter()).into_series()
        }
        Some(Value::Row(_)) => {
            let each = placed(rows.len(), pairs(), |value| match value {
                Value::Row(row) => Some(*row),
                _ => None,
            });
            let argument = argument.ok_or_else(|| polars_err!(ComputeError: "no argument"))?;
            argument.take(&IdxCa::from_iter_options(name, each.into_iter()))?
        }
        _ => {
            let mut places = vec![0; rows.len()];
            for (place, row) in (0..).zip(rows) {
                if let Some(found) = places.get_mut(*row as usize) {
                    *found = place;
                }
            }
            let values: Vec<Value> = values.iter().flatten().cloned().collect();
            return column(&values, argument, gives)?.take(&IdxCa::from_vec(name, places));
        }
    };
    if made.dtype() == gives {
        Ok(made)
    } else {
        made.cast(gives)
    }
}

/// Puts values into their rows.
fn placed<'v, T: Copy>(
    count: usize,
    pairs: impl Iterator<Item = (&'v Value, &'v u32)>,
    taken: impl Fn(&Value) -> Option<T>,
) -> Vec<Option<T>> {
    let mut made = vec![None; count];
    for (value, row) in pairs {
        if let Some(place) = made.get_mut(*row as usize) {
            *place = taken(value);
        }
    }
    made
}

/// Makes arrays of structs of two numbers, of which the first is of any type.
fn pairs(values: &[Value], gives: &DataType) -> PolarsResult<Series> {
    let fields = match gives {
        DataType::List(inner) => match &**inner {
            DataType::Struct(fields) => fields.as_slice(),
            _ => &[],
        },
        _ => &[],
    };
    let [first, second] = fields else {
        return Err(polars_err!(ComputeError: "pairs as {}", gives));
    };
    let each = values.iter().flat_map(|value| match value {
        Value::Pairs(pairs) => pairs.as_slice(),
        _ => &[],
    });
    let (firsts, seconds): (Vec<f64>, Vec<f64>) = each.copied().unzip();
    let name = PlSmallStr::EMPTY;
    let firsts = match first.dtype() {
        DataType::Decimal(precision, scale) => {
            let power = 10_f64.powi(*scale as i32);
            let unscaled = firsts.iter().map(|value| (value * power).round() as i128);
            let unscaled = Int128Chunked::from_iter_values(name.clone(), unscaled);
            unscaled.into_decimal(*precision, *scale)?.into_series()
        }
        dtype if dtype.is_float() => Series::new(name.clone(), firsts),
        dtype => {
            let whole: Vec<i64> = firsts.iter().map(|value| *value as i64).collect();
            Series::new(name.clone(), whole)
                .cast(&dtype.to_physical())?
                .cast(dtype)?
        }
    };
    let columns = [
        firsts.with_name(first.name().clone()),
        Series::new(second.name().clone(), seconds),
    ];
    let length = columns[1].len();
    let flat = StructChunked::from_series(name.clone(), length, columns.iter())?.into_series();
    let mut builder =
        polars::chunked_array::builder::get_list_builder(flat.dtype(), flat.len(), values.len(), name);
    let mut start = 0;
    for value in values {
        match value {
            Value::Pairs(pairs) => {
                builder.append_series(&flat.slice(start, pairs.len()))?;
                start += pairs.len() as i64;
            }
            _ => builder.append_null(),
        }
    }
    Ok(builder.finish().into_series())
}

fn lists(values: &[Value], argument: &Series) -> PolarsResult<Series> {
    let rows = values.iter().flat_map(|value| match value {
        Value::Rows(rows) => rows.as_slice(),
        _ => &[],
    });
    let rows: Vec<u32> = rows.copied().collect();
    let flat = argument.take(&IdxCa::from_vec(PlSmallStr::EMPTY, rows))?;
    let mut builder = polars::chunked_array::builder::get_list_builder(
        argument.dtype(),
        flat.len(),
        values.len(),
        PlSmallStr::EMPTY,
    );
    let mut start = 0;
    for value in values {
        match value {
            Value::Rows(rows) => {
                builder.append_series(&flat.slice(start, rows.len()))?;
                start += rows.len() as i64;
            }
            _ => builder.append_null(),
        }
    }
    Ok(builder.finish().into_series())
}
