//! Operators on columns in memory, value by value, and rows chosen by a column of true and false.
//!
//! An operator means what it means in an expression: the columns become a table of two, and the expression is asked of
//! that.

use polars::prelude::{DataFrame, DataType, PolarsResult};

use super::dtype::dtype_name;
use super::error::FrameError;
use super::expression::Expression;
use super::frame::Frame;
use super::operator::Operator;
use super::scalar::Scalar;
use super::series::Series;
use super::sql::verbs;
use crate::work::Interrupt;

/// One side of an operator between columns.
#[derive(Debug, Clone)]
pub enum Side {
    /// A column.
    Series(Series),
    /// A value that counts for every row.
    Constant(Scalar),
}

impl Series {
    /// Combines two sides value by value, of which one at least is a column; the result has the name of the first.
    pub fn combine(
        left: &Side,
        operator: Operator,
        right: &Side,
        interrupt: &Interrupt,
    ) -> Result<Self, FrameError> {
        let (mut columns, mut sides) = (Vec::new(), Vec::new());
        for (side, name) in [(left, "left"), (right, "right")] {
            match side {
                Side::Series(series) => {
                    columns.push((series, name));
                    sides.push(Expression::col(name));
                }
                Side::Constant(value) => sides.push(Expression::lit(value)?),
            }
        }
        if let [(left, _), (right, _)] = columns.as_slice()
            && left.len() != right.len()
        {
            return Err(FrameError::LengthsDiffer {
                left: left.len(),
                right: right.len(),
            });
        }
        let [left_side, right_side] = sides.as_slice() else {
            return Self::from_scalars("", &[]);
        };
        let is_text = |side: &Side| match side {
            Side::Series(series) => *series.dtype() == DataType::String,
            Side::Constant(value) => matches!(value, Scalar::String(_)),
        };
        let operator = match operator {
            Operator::Add if is_text(left) || is_text(right) => Operator::Concat,
            operator => operator,
        };
        Self::compute(&columns, &left_side.binary(operator, right_side)?, interrupt)
    }

    /// Returns the column with each value as `expression` makes it of the column.
    pub fn each(
        &self,
        expression: impl Fn(&Expression) -> Result<Expression, FrameError>,
        interrupt: &Interrupt,
    ) -> Result<Self, FrameError> {
        Self::compute(
            &[(self, "left")],
            &expression(&Expression::col("left"))?,
            interrupt,
        )
    }

    fn compute(
        columns: &[(&Self, &str)],
        expression: &Expression,
        interrupt: &Interrupt,
    ) -> Result<Self, FrameError> {
        let (height, name) = columns
            .first()
            .map_or((0, ""), |(series, _)| (series.len(), series.name()));
        let named = columns
            .iter()
            .map(|(series, name)| series.as_polars().clone().with_name((*name).into()).into());
        let table = DataFrame::new(height, named.collect())
            .map_err(|error| FrameError::from_polars(&error, "series", &[]))?;
        let table = Frame::from_dataframe(table);
        let computed = table.verb("series", &[expression.alias(name)], verbs::select)?;
        computed.column(name, interrupt)
    }
}

impl Frame {
    /// Returns the rows for which every one of `conditions`, columns of true and false with a value for each row, is
    /// true.
    pub fn filter_by(&self, conditions: &[Series], interrupt: &Interrupt) -> Result<Self, FrameError> {
        if self.is_scan() {
            return Err(FrameError::ScanFilteredBySeries);
        }
        let table = self.collect(interrupt)?;
        for condition in conditions {
            if *condition.dtype() != DataType::Boolean {
                return Err(FrameError::NotBoolean {
                    expression: condition.name().to_owned(),
                    dtype: dtype_name(condition.dtype()),
                });
            }
            if condition.len() != table.height() {
                return Err(FrameError::ConditionLength {
                    values: condition.len(),
                    rows: table.height(),
                });
            }
        }
        let conditions: Vec<Series> = conditions.to_vec();
        let chosen = interrupt.run(move || -> PolarsResult<DataFrame> {
            let Some((first, others)) = conditions.split_first() else {
                return Ok(table);
            };
            let mut keeps = first.as_polars().bool()?.clone();
            for other in others {
                keeps = &keeps & other.as_polars().bool()?;
            }
            let mut chosen = table.filter(&keeps)?;
            chosen.rechunk_mut();
            Ok(chosen)
        })?;
        let chosen = chosen.map_err(|error| FrameError::from_polars(&error, "filter", &[]))?;
        Ok(Self::from_dataframe(chosen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, values: &[Scalar]) -> Series {
        Series::from_scalars(name, values).unwrap()
    }

    fn shown(result: Result<Series, FrameError>) -> String {
        match result {
            Ok(series) => format!("{}: {:?}", series.name(), series.to_list()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn operators_go_through_columns_value_by_value() {
        let quiet = Interrupt::default();
        let ages = series("age", &[Scalar::Int(3), Scalar::Null, Scalar::Int(5)]);
        let names = series(
            "name",
            &["a", "b", "a"].map(|name| Scalar::String(name.to_owned())),
        );
        let one = Side::Constant(Scalar::Int(4));
        let combined = [
            (Side::Series(ages.clone()), Operator::Greater, one.clone()),
            (one.clone(), Operator::Subtract, Side::Series(ages.clone())),
            (
                Side::Series(ages.clone()),
                Operator::Multiply,
                Side::Series(ages.clone()),
            ),
            (
                Side::Series(names.clone()),
                Operator::Equal,
                Side::Constant(Scalar::String("a".to_owned())),
            ),
            (
                Side::Series(ages.clone()),
                Operator::Equal,
                Side::Constant(Scalar::Null),
            ),
            (
                Side::Series(ages.clone()),
                Operator::Less,
                Side::Series(ages.head(2)),
            ),
        ];
        let shown: Vec<String> = combined
            .iter()
            .map(|(left, operator, right)| shown(Series::combine(left, *operator, right, &quiet)))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        age: [Bool(false), Null, Bool(true)]
        age: [Int(1), Null, Int(-1)]
        age: [Int(9), Null, Int(25)]
        name: [Bool(true), Bool(false), Bool(true)]
        age: [Bool(false), Bool(true), Bool(false)]
        a column of 3 values cannot be combined with one of 2
        ");
    }

    #[test]
    fn rows_are_chosen_by_columns_of_their_length() {
        let quiet = Interrupt::default();
        let table = series("x", &[Scalar::Int(1), Scalar::Int(2), Scalar::Int(3)])
            .to_frame()
            .unwrap();
        let keeps = |values: &[Option<bool>]| {
            let values: Vec<Scalar> = values
                .iter()
                .map(|value| value.map_or(Scalar::Null, Scalar::Bool))
                .collect();
            series("keeps", &values)
        };
        let first = keeps(&[Some(true), None, Some(true)]);
        let chosen = table.filter_by(std::slice::from_ref(&first), &quiet).unwrap();
        assert_eq!(chosen.shape(&quiet).unwrap(), (2, 1));
        let both = [first, keeps(&[Some(false), Some(true), Some(true)])];
        let chosen = table.filter_by(&both, &quiet).unwrap();
        assert_eq!(chosen.column("x", &quiet).unwrap().to_list(), [Scalar::Int(3)]);
        let short = keeps(&[Some(true)]);
        assert_eq!(
            table.filter_by(&[short], &quiet).unwrap_err().to_string(),
            "filter: the condition has 1 values, and the frame has 3 rows"
        );
    }
}
