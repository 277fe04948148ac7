//! Columns as a picture needs them: numbers along an axis, and rows in groups.

use std::collections::HashMap;

use polars::prelude::{Column, DataFrame, DataType, TimeUnit};

use super::error::PlotError;
use super::{MOST_GROUPS, Scale};
use crate::frame::{FrameError, dtype_name};

/// What a column may hold to be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Numbers.
    Numbers,
    /// Numbers, or booleans as 0 and 1.
    Averages,
    /// Numbers, booleans, dates or times.
    Places,
}

/// The numbers of a column; none where a row has no finite one.
pub(super) struct Numbers {
    pub(super) values: Vec<Option<f64>>,
    pub(super) scale: Scale,
}

/// The rows of a table in groups; none where a row belongs to no group.
pub(super) struct Groups {
    pub(super) names: Vec<String>,
    pub(super) places: Vec<Option<usize>>,
}

/// Finds a column.
pub(super) fn column<'a>(
    table: &'a DataFrame,
    name: &str,
    verb: &'static str,
) -> Result<&'a Column, PlotError> {
    table.column(name).map_err(|_| {
        PlotError::Frame(FrameError::UnknownColumn {
            name: name.to_owned(),
            columns: table.get_column_names().iter().map(ToString::to_string).collect(),
            verb,
        })
    })
}

/// Reads the numbers of a column.
pub(super) fn numbers(
    table: &DataFrame,
    name: &str,
    measure: Measure,
    verb: &'static str,
) -> Result<Numbers, PlotError> {
    let column = column(table, name, verb)?;
    let dtype = column.dtype();
    let numeric = dtype.is_primitive_numeric() || dtype.is_decimal() || dtype.is_null();
    let temporal = matches!(dtype, DataType::Date | DataType::Datetime(..));
    let fits =
        numeric || dtype.is_bool() && measure != Measure::Numbers || temporal && measure == Measure::Places;
    if !fits {
        return Err(PlotError::Type {
            verb,
            column: name.to_owned(),
            found: dtype_name(dtype),
            expected: match measure {
                Measure::Numbers => "numbers",
                Measure::Averages => "numbers or booleans",
                Measure::Places => "numbers, booleans, dates or times",
            },
        });
    }
    let millisecond = match dtype {
        DataType::Date => 86_400_000.0,
        DataType::Datetime(TimeUnit::Microseconds, _) => 1e-3,
        DataType::Datetime(TimeUnit::Nanoseconds, _) => 1e-6,
        _ => 1.0,
    };
    let refused = |error| FrameError::from_polars(&error, verb, &[]);
    let series = column.as_materialized_series().to_physical_repr();
    let floats = series.cast(&DataType::Float64).map_err(refused)?;
    let values = floats.f64().map_err(refused)?;
    Ok(Numbers {
        values: values
            .iter()
            .map(|value| {
                value
                    .map(|value| value * millisecond)
                    .filter(|value| value.is_finite())
            })
            .collect(),
        scale: match dtype {
            _ if temporal => Scale::Time,
            dtype if dtype.is_integer() || dtype.is_bool() => Scale::Whole,
            _ => Scale::Number,
        },
    })
}

impl Groups {
    /// Puts all rows into one nameless group, or into those of the column `by`, at most [`MOST_GROUPS`].
    pub(super) fn by(table: &DataFrame, by: Option<&str>, verb: &'static str) -> Result<Self, PlotError> {
        match by {
            None => Ok(Self {
                names: vec![String::new()],
                places: vec![Some(0); table.height()],
            }),
            Some(by) => Self::of(table, by, MOST_GROUPS, verb),
        }
    }

    /// Puts the rows into a group for each value of a column, sorted by value.
    pub(super) fn of(
        table: &DataFrame,
        name: &str,
        limit: usize,
        verb: &'static str,
    ) -> Result<Self, PlotError> {
        let mut groups = Self::in_order(table, name, limit, verb)?;
        let dtype = column(table, name, verb)?.dtype();
        let numeric = dtype.is_primitive_numeric() || dtype.is_decimal();
        let value = |place: usize| groups.names.get(place).and_then(|name| name.parse::<f64>().ok());
        let mut order: Vec<usize> = (0..groups.names.len()).collect();
        order.sort_by(|a, b| match (numeric, value(*a), value(*b)) {
            (true, Some(a), Some(b)) => a.total_cmp(&b),
            _ => groups.names.get(*a).cmp(&groups.names.get(*b)),
        });
        let mut rank = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            if let Some(rank) = rank.get_mut(*old) {
                *rank = new;
            }
        }
        groups.names = order
            .iter()
            .filter_map(|old| groups.names.get(*old).cloned())
            .collect();
        for place in &mut groups.places {
            *place = place.and_then(|old| rank.get(old).copied());
        }
        Ok(groups)
    }

    /// Puts the rows into a group for each value of a column, in the order of their first rows.
    pub(super) fn in_order(
        table: &DataFrame,
        name: &str,
        limit: usize,
        verb: &'static str,
    ) -> Result<Self, PlotError> {
        let column = column(table, name, verb)?;
        if column.dtype().is_nested() || matches!(column.dtype(), DataType::Binary) {
            return Err(PlotError::Type {
                verb,
                column: name.to_owned(),
                found: dtype_name(column.dtype()),
                expected: "values that can be labelled",
            });
        }
        let refused = |error| FrameError::from_polars(&error, verb, &[]);
        let texts = column.cast(&DataType::String).map_err(refused)?;
        let texts = texts.as_materialized_series().str().map_err(refused)?;
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut names: Vec<String> = Vec::new();
        let places = texts
            .iter()
            .map(|text| {
                text.map(|text| {
                    *known.entry(text).or_insert_with(|| {
                        names.push(text.to_owned());
                        names.len() - 1
                    })
                })
            })
            .collect();
        if names.len() > limit {
            return Err(PlotError::TooMany {
                verb,
                column: name.to_owned(),
                found: names.len(),
                limit,
            });
        }
        Ok(Self { names, places })
    }
}

/// Describes how many rows had to be left out.
pub(super) fn left_out(count: usize, rows: usize, columns: &[&str]) -> Vec<String> {
    match count {
        0 => Vec::new(),
        count => vec![format!("{count} of {rows} rows left out: no {}", either(columns))],
    }
}

/// Reports that no row could be drawn.
pub(super) fn empty(verb: &'static str, columns: &[&str], rows: usize) -> PlotError {
    PlotError::Empty {
        verb,
        columns: either(columns).replace(" or ", " and "),
        rows,
    }
}

/// Joins names with commas and `or`.
fn either(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.concat(),
    }
}
