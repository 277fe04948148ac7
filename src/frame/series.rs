//! [`Series`]: one column of a table, in memory.
//!
//! Folds run over one chunk in row order, so that sums are the same to the last bit everywhere.

use polars::prelude::{DataFrame, DataType, PolarsResult, QuantileMethod, Series as Column, SortOptions};

use super::construct::column;
use super::dtype::dtype_name;
use super::error::FrameError;
use super::expression::Expression;
use super::frame::Frame;
use super::scalar::{Scalar, scalars};
use crate::work::catch_panic;

/// How a quantile between two values is found.
const INTERPOLATIONS: &[&str] = &["linear", "nearest", "lower", "higher", "midpoint"];

/// One column of a table: a name, a type, and values in memory that clones share.
#[derive(Debug, Clone)]
pub struct Series(std::sync::Arc<Column>);

impl Series {
    /// Wraps polars' series.
    pub fn new(series: Column) -> Self {
        Self(std::sync::Arc::new(series.rechunk()))
    }

    /// Creates a series from values, which are ints, floats, text, … or missing.
    pub fn from_scalars(name: &str, values: &[Scalar]) -> Result<Self, FrameError> {
        Ok(Self::new(column(name, values)?))
    }

    /// Returns polars' series.
    pub fn as_polars(&self) -> &Column {
        &self.0
    }

    /// Returns the table whose only column this is.
    pub fn to_table(&self) -> DataFrame {
        (*self.0).clone().into_frame()
    }

    /// Returns the column's name.
    pub fn name(&self) -> &str {
        self.0.name().as_str()
    }

    /// Returns the column's type.
    pub fn dtype(&self) -> &DataType {
        self.0.dtype()
    }

    /// Returns the number of values, missing ones included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of missing values.
    pub fn null_count(&self) -> usize {
        self.0.null_count()
    }

    /// Returns the number of different values; missing is one of them.
    pub fn n_unique(&self) -> Result<usize, FrameError> {
        self.ask("n_unique", Column::unique_stable)
            .map(|unique| unique.len())
    }

    /// Returns the values.
    pub fn to_list(&self) -> Vec<Scalar> {
        scalars(&self.0)
    }

    /// Returns the value in a row, which counts from the end when negative.
    pub fn get(&self, row: i64, verb: &'static str) -> Result<Scalar, FrameError> {
        let length = self.len();
        let from_end = usize::try_from(row.unsigned_abs())
            .ok()
            .and_then(|back| length.checked_sub(back));
        let index = if row < 0 {
            from_end
        } else {
            usize::try_from(row).ok()
        };
        let index = index
            .filter(|index| *index < length)
            .and_then(|index| i64::try_from(index).ok());
        let index = index.ok_or(FrameError::OutOfBounds {
            verb,
            index: row,
            length,
        })?;
        let mut values = scalars(&self.0.slice(index, 1)).into_iter();
        Ok(values.next().unwrap_or(Scalar::Null))
    }

    /// Returns the sum of the values that are there; true counts 1. A sum that does not fit is an error.
    pub fn sum(&self) -> Result<Scalar, FrameError> {
        // Polars continues at the other end of the range.
        let exact: i128 = match self.dtype() {
            DataType::Int64 => match self.0.i64() {
                Ok(values) => values.iter().flatten().map(i128::from).sum(),
                Err(error) => return Err(FrameError::from_polars(&error, "sum", &[])),
            },
            DataType::UInt64 => match self.0.u64() {
                Ok(values) => values.iter().flatten().map(i128::from).sum(),
                Err(error) => return Err(FrameError::from_polars(&error, "sum", &[])),
            },
            _ => return self.fold("sum", Column::sum_reduce),
        };
        let fits = match self.dtype() {
            DataType::UInt64 => u64::try_from(exact).is_ok(),
            _ => i64::try_from(exact).is_ok(),
        };
        if fits {
            Ok(Scalar::Int(exact))
        } else {
            Err(FrameError::TooLargeSum {
                column: self.name().to_owned(),
                dtype: dtype_name(self.dtype()),
            })
        }
    }

    /// Returns the mean of the values that are there; of none, null.
    pub fn mean(&self) -> Result<Scalar, FrameError> {
        self.fold("mean", Column::mean_reduce)
    }

    /// Returns the median of the values that are there.
    pub fn median(&self) -> Result<Scalar, FrameError> {
        self.fold("median", |series| series.median_reduce())
    }

    /// Returns the sample standard deviation (`ddof` 1) or the population's (`ddof` 0).
    pub fn std(&self, ddof: u8) -> Result<Scalar, FrameError> {
        self.fold("std", |series| series.std_reduce(ddof))
    }

    /// Returns the sample variance (`ddof` 1) or the population's (`ddof` 0).
    pub fn var(&self, ddof: u8) -> Result<Scalar, FrameError> {
        self.fold("var", |series| series.var_reduce(ddof))
    }

    /// Returns the least value that is there.
    pub fn min(&self) -> Result<Scalar, FrameError> {
        self.reduce("min", |series| series.min_reduce())
    }

    /// Returns the greatest value that is there.
    pub fn max(&self) -> Result<Scalar, FrameError> {
        self.reduce("max", |series| series.max_reduce())
    }

    /// Returns the value below which the share `q`, from 0 to 1, of the values lies.
    ///
    /// `interpolation` is `linear`, `nearest`, `lower`, `higher` or `midpoint`.
    pub fn quantile(&self, q: f64, interpolation: &str) -> Result<Scalar, FrameError> {
        if !(0.0..=1.0).contains(&q) {
            return Err(FrameError::Argument {
                verb: "quantile",
                argument: "q",
                expected: "from 0 to 1".to_owned(),
                found: q.to_string(),
            });
        }
        let method = match interpolation {
            "linear" => QuantileMethod::Linear,
            "nearest" => QuantileMethod::Nearest,
            "lower" => QuantileMethod::Lower,
            "higher" => QuantileMethod::Higher,
            "midpoint" => QuantileMethod::Midpoint,
            _ => {
                return Err(FrameError::UnknownOption {
                    verb: "quantile",
                    argument: "interpolation",
                    value: interpolation.to_owned(),
                    allowed: INTERPOLATIONS,
                });
            }
        };
        self.fold("quantile", |series| series.quantile_reduce(q, method))
    }

    /// Returns each different value once, in the order of first appearance.
    pub fn unique(&self) -> Result<Self, FrameError> {
        self.ask("unique", Column::unique_stable).map(Self::new)
    }

    /// Returns the values in order, missing ones first unless `nulls_last`.
    pub fn sort(&self, descending: bool, nulls_last: bool) -> Result<Self, FrameError> {
        let options = SortOptions::default()
            .with_order_descending(descending)
            .with_nulls_last(nulls_last)
            .with_maintain_order(true);
        self.ask("sort", |series| series.sort(options)).map(Self::new)
    }

    /// Returns the first `n` values.
    #[must_use]
    pub fn head(&self, n: usize) -> Self {
        Self::new(self.0.head(Some(n)))
    }

    /// Returns the last `n` values.
    #[must_use]
    pub fn tail(&self, n: usize) -> Self {
        Self::new(self.0.tail(Some(n)))
    }

    /// Returns the values as another type; one that does not fit is an error.
    pub fn cast(&self, dtype: &DataType) -> Result<Self, FrameError> {
        self.ask("cast", |series| series.strict_cast(dtype))
            .map(Self::new)
    }

    /// Returns a table of each different value and its count, the most frequent first when sorted.
    pub fn value_counts(&self, sort: bool) -> Result<Frame, FrameError> {
        self.to_frame()?.value_counts(self.name(), sort)
    }

    /// Returns a table of this one column.
    pub fn to_frame(&self) -> Result<Frame, FrameError> {
        let columns = vec![(*self.0).clone().into()];
        let table = DataFrame::new(self.len(), columns)
            .map_err(|error| FrameError::from_polars(&error, "to_frame", &[]))?;
        Ok(Frame::from_dataframe(table))
    }

    /// Folds numbers; a type that cannot be added up is refused, where polars would give null.
    fn fold(
        &self,
        verb: &'static str,
        fold: impl Fn(&Column) -> PolarsResult<polars::prelude::Scalar>,
    ) -> Result<Scalar, FrameError> {
        let dtype = self.dtype();
        let adds = dtype.is_primitive_numeric() || dtype.is_bool() || dtype.is_decimal() || dtype.is_null();
        if !(adds || dtype.is_temporal() && verb != "sum") {
            return Err(FrameError::Argument {
                verb,
                argument: "the column",
                expected: "of numbers".to_owned(),
                found: format!("{:?} of type {}", self.name(), dtype_name(dtype)),
            });
        }
        self.reduce(verb, fold)
    }

    fn reduce(
        &self,
        verb: &'static str,
        fold: impl Fn(&Column) -> PolarsResult<polars::prelude::Scalar>,
    ) -> Result<Scalar, FrameError> {
        if self.dtype().is_null() {
            return Ok(Scalar::Null);
        }
        self.ask(verb, fold)
            .map(|scalar| Scalar::from(&scalar.as_any_value()))
    }

    fn ask<T>(&self, verb: &'static str, ask: impl Fn(&Column) -> PolarsResult<T>) -> Result<T, FrameError> {
        catch_panic(|| ask(&self.0))?.map_err(|error| FrameError::from_polars(&error, verb, &[]))
    }
}

impl Frame {
    /// Returns each different value of a column and how often it is there, in the column `count`.
    ///
    /// Sorted, the most frequent is first, and equals come in the order of first appearance, as all do unsorted.
    pub fn value_counts(&self, column: &str, sort: bool) -> Result<Self, FrameError> {
        self.require(&[column.to_owned()], "value_counts")?;
        let name = if column == "count" { "n" } else { "count" };
        let counts = self.group_by(&[Expression::col(column)])?.len(name)?;
        if sort {
            counts.sort(&[Expression::col(name)], &[true], false)
        } else {
            Ok(counts)
        }
    }
}
