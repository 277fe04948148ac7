//! [`Profile`]: what a table holds, column by column, at a glance.

use std::collections::HashMap;

use polars::prelude::{Column, DataFrame, DataType};
use serde::{Deserialize, Serialize};

use super::dtype::dtype_name;
use super::error::FrameError;
use super::frame::Frame;
use super::plot::{bin, edges};
use super::scalar::Scalar;
use super::series::Series;
use crate::work::{Interrupt, Stopped};

/// How many bars the small histogram of a column has, at most.
const BARS: usize = 10;

/// What a table holds, column by column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// How many rows.
    pub rows: usize,
    /// The columns, in their order.
    pub columns: Vec<ColumnProfile>,
}

/// What one column holds.
///
/// Figures are of the values that are there: nulls and NaN are counted, and left out of the rest. What makes no
/// sense for a type is [`Scalar::Null`] or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// Its name.
    pub name: String,
    /// Its type.
    pub dtype: String,
    /// How many nulls.
    pub missing: usize,
    /// How many NaN.
    pub nans: usize,
    /// How many different values; none for lists and structs.
    pub distinct: Option<usize>,
    /// The mean; for booleans the share that is true.
    pub mean: Option<f64>,
    /// The standard deviation, with n − 1 below the line.
    pub std: Option<f64>,
    /// The smallest value.
    pub min: Scalar,
    /// The quartiles, which are values of the column (the nearest), as those of `describe`.
    pub quartiles: [Scalar; 3],
    /// The largest value.
    pub max: Scalar,
    /// Rows by ten intervals of a number or time from the smallest to the largest, or of the most frequent values.
    pub histogram: Vec<u64>,
}

impl Frame {
    /// Sums up every column; the table is collected once.
    pub fn profile(&self, interrupt: &Interrupt) -> Result<Profile, FrameError> {
        let table = self.collect(interrupt)?;
        let flag = interrupt.clone();
        interrupt.run(move || profile(&table, &flag))?
    }
}

fn profile(table: &DataFrame, interrupt: &Interrupt) -> Result<Profile, FrameError> {
    let columns = table
        .columns()
        .iter()
        .map(|column| {
            if interrupt.is_set() {
                return Err(Stopped::Interrupted.into());
            }
            one(column)
        })
        .collect::<Result<_, _>>()?;
    Ok(Profile {
        rows: table.height(),
        columns,
    })
}

fn one(column: &Column) -> Result<ColumnProfile, FrameError> {
    let dtype = column.dtype().clone();
    let whole = column.len();
    let present = column.drop_nulls();
    let missing = whole - present.len();
    let refused = |error| FrameError::from_polars(&error, "profile", &[]);
    let valid = if dtype.is_float() {
        let kept = present.is_not_nan().and_then(|kept| present.filter(&kept));
        kept.map_err(refused)?
    } else {
        present.clone()
    };
    let numeric = dtype.is_primitive_numeric() || dtype.is_decimal();
    let temporal = dtype.is_temporal();
    let floats = if numeric || temporal || dtype.is_bool() {
        floats(&valid)?
    } else {
        Vec::new()
    };
    let series = Series::new(valid.as_materialized_series().clone());
    let nested = dtype.is_nested() || matches!(dtype, DataType::Binary);
    let ordered = !valid.is_empty() && (numeric || temporal || dtype.is_bool() || dtype.is_string());
    let extreme = |value: Result<Scalar, FrameError>| if ordered { value } else { Ok(Scalar::Null) };
    let quartile = |q: f64| {
        if !valid.is_empty() && (numeric || temporal) {
            series.quantile(q, "nearest")
        } else {
            Ok(Scalar::Null)
        }
    };
    let mean = mean(&floats).filter(|_| !temporal);
    Ok(ColumnProfile {
        name: column.name().to_string(),
        dtype: dtype_name(&dtype),
        missing,
        nans: present.len() - valid.len(),
        distinct: if nested { None } else { Some(series.n_unique()?) },
        mean,
        std: mean.filter(|_| numeric).and_then(|mean| deviation(&floats, mean)),
        min: extreme(series.min())?,
        quartiles: [quartile(0.25)?, quartile(0.5)?, quartile(0.75)?],
        max: extreme(series.max())?,
        histogram: if numeric || temporal {
            intervals(&floats)
        } else if nested {
            Vec::new()
        } else {
            frequencies(&valid)?
        },
    })
}

/// Returns numbers, booleans and times as floats, in the order of the rows.
fn floats(column: &Column) -> Result<Vec<f64>, FrameError> {
    let refused = |error| FrameError::from_polars(&error, "profile", &[]);
    let physical = column.as_materialized_series().to_physical_repr();
    let physical = if column.dtype().is_decimal() {
        column
            .as_materialized_series()
            .cast(&DataType::Float64)
            .map_err(refused)?
    } else {
        physical.cast(&DataType::Float64).map_err(refused)?
    };
    Ok(physical.f64().map_err(refused)?.iter().flatten().collect())
}

/// Adds in the order of the rows, so that the result is the same at any number of threads.
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn deviation(values: &[f64], mean: f64) -> Option<f64> {
    let below = values.len().checked_sub(1).filter(|below| *below > 0)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / below as f64).sqrt())
}

fn intervals(values: &[f64]) -> Vec<u64> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let Some(edges) = edges(finite(), BARS) else {
        return Vec::new();
    };
    let mut counts = vec![0; BARS];
    for value in finite() {
        if let Some(count) = counts.get_mut(bin(value, &edges)) {
            *count += 1;
        }
    }
    counts
}

/// Returns how often the most frequent values are there, the most frequent first.
fn frequencies(column: &Column) -> Result<Vec<u64>, FrameError> {
    let refused = |error| FrameError::from_polars(&error, "profile", &[]);
    let texts = column.cast(&DataType::String).map_err(refused)?;
    let texts = texts.as_materialized_series().str().map_err(refused)?;
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for text in texts.iter().flatten() {
        *counts.entry(text).or_default() += 1;
    }
    let mut counts: Vec<u64> = counts.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    counts.truncate(BARS);
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use polars::prelude::{CsvReader, IntoColumn, NamedFrom, SerReader, Series, df};

    use super::{Frame, Interrupt, Profile, Scalar};

    fn titanic() -> Profile {
        let text = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/titanic.csv")).unwrap();
        let table = CsvReader::new(std::io::Cursor::new(text)).finish().unwrap();
        Frame::from_dataframe(table)
            .profile(&Interrupt::default())
            .unwrap()
    }

    #[test]
    fn the_titanic_has_its_known_figures() {
        let profile = titanic();
        assert_eq!((profile.rows, profile.columns.len()), (891, 12));
        let age = &profile.columns[5];
        assert_eq!((age.missing, age.nans, age.distinct), (177, 0, Some(88)));
        assert_eq!(format!("{:.6}", age.mean.unwrap()), "29.699118");
        assert_eq!(format!("{:.6}", age.std.unwrap()), "14.526497");
        assert_eq!((&age.min, &age.max), (&Scalar::Float(0.42), &Scalar::Float(80.0)));
        assert_eq!(age.histogram, [54, 46, 177, 169, 118, 70, 45, 24, 9, 2]);
        let port = &profile.columns[11];
        assert_eq!((port.missing, port.distinct), (2, Some(3)));
        assert_eq!(port.histogram, [644, 168, 77]);
        assert_eq!(port.min, Scalar::String("C".to_owned()));
    }

    #[test]
    fn odd_columns_do_not_fail() {
        let lists = Series::new("list".into(), &[Series::new("".into(), [1, 2])]);
        let mut table = df!(
            "nan" => [f64::NAN],
            "null" => [None::<i32>],
            "constant" => [7],
            "flag" => [true],
            "infinite" => [f64::INFINITY],
        )
        .unwrap();
        table.with_column(lists.into_column()).unwrap();
        for rows in [0, 1] {
            let frame = Frame::from_dataframe(table.head(Some(rows)));
            let profile = frame.profile(&Interrupt::default()).unwrap();
            assert_eq!(profile.rows, rows);
            assert_eq!(profile.columns[0].nans, rows);
            assert_eq!(profile.columns[0].distinct, Some(0));
            assert_eq!(profile.columns[1].missing, rows);
            assert_eq!(profile.columns[2].histogram.iter().sum::<u64>(), rows as u64);
            assert_eq!(profile.columns[5].distinct, None);
        }
    }

    #[test]
    fn a_profile_can_be_stopped() {
        let interrupt = Interrupt::default();
        interrupt.trigger();
        let frame = Frame::from_dataframe(df!("x" => [1]).unwrap());
        assert!(frame.profile(&interrupt).is_err());
    }
}
