//! A summary of every column.

use super::error::FrameError;
use super::frame::Frame;
use super::scalar::Scalar;
use super::series::Series;
use crate::work::Interrupt;

/// The statistics of a summary, as polars has them.
const STATISTICS: [&str; 9] = [
    "count",
    "null_count",
    "mean",
    "std",
    "min",
    "25%",
    "50%",
    "75%",
    "max",
];

impl Frame {
    /// Returns the count, nulls, mean, deviation, extremes and quartiles of every column.
    ///
    /// Quartiles are values of the column (the nearest). Columns of numbers are summed up in floats; others in text,
    /// with what makes no sense for them missing.
    pub fn describe(&self, interrupt: &Interrupt) -> Result<Self, FrameError> {
        let mut columns = vec![(
            "statistic".to_owned(),
            STATISTICS
                .iter()
                .map(|name| Scalar::String((*name).to_owned()))
                .collect(),
        )];
        let table = self.collect(interrupt)?;
        for column in table.columns() {
            let series = Series::new(column.as_materialized_series().clone());
            columns.push((series.name().to_owned(), summary(&series)?));
        }
        Self::from_columns(columns)
    }
}

fn summary(series: &Series) -> Result<Vec<Scalar>, FrameError> {
    let dtype = series.dtype();
    let numeric = dtype.is_primitive_numeric() || dtype.is_bool() || dtype.is_null();
    let ordered = numeric || dtype.is_temporal() || dtype.is_string();
    let number = |scalar: Scalar| match scalar {
        Scalar::Int(value) => Scalar::Float(value as f64),
        Scalar::Bool(value) => Scalar::Float(f64::from(u8::from(value))),
        other => other,
    };
    let text = |scalar: Scalar| match scalar {
        Scalar::Null => Scalar::Null,
        other => Scalar::String(other.to_string()),
    };
    let shown = |scalar: Scalar| if numeric { number(scalar) } else { text(scalar) };
    let between = numeric && !dtype.is_bool() || dtype.is_temporal();
    let quartile = |q: f64| {
        if between {
            series.quantile(q, "nearest")
        } else {
            Ok(Scalar::Null)
        }
    };
    Ok(vec![
        shown(Scalar::Int((series.len() - series.null_count()) as i128)),
        shown(Scalar::Int(series.null_count() as i128)),
        shown(if numeric { series.mean()? } else { Scalar::Null }),
        shown(if numeric && !dtype.is_bool() {
            series.std(1)?
        } else {
            Scalar::Null
        }),
        shown(if ordered { series.min()? } else { Scalar::Null }),
        shown(quartile(0.25)?),
        shown(quartile(0.5)?),
        shown(quartile(0.75)?),
        shown(if ordered { series.max()? } else { Scalar::Null }),
    ])
}
