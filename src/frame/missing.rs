//! Missing values: dropping the rows that have them, or filling them.

use polars::prelude::{DataType, Expr, Schema, col};

use super::columns::selector;
use super::error::FrameError;
use super::expression::Expression;
use super::frame::Frame;
use super::scalar::Scalar;

/// The ways to fill a missing value from the column's other values.
const STRATEGIES: &[&str] = &["forward", "backward", "min", "max", "mean", "zero", "one"];

impl Frame {
    /// Returns the rows that have a value in every column, or in every one of `subset`.
    pub fn drop_nulls(&self, subset: Option<&[String]>) -> Result<Self, FrameError> {
        if let Some(names) = subset {
            self.require(names, "drop_nulls")?;
        }
        Self::derived(
            self.lazy().drop_nulls(subset.map(selector)),
            &[self],
            "drop_nulls",
        )
    }

    /// Returns the table with `value` for what is missing, in the columns that can hold it, or in `subset`.
    pub fn fill_null(&self, value: &Scalar, subset: Option<&[String]>) -> Result<Self, FrameError> {
        let (replacement, _) = Expression::lit(value)?.over(&Schema::default(), "fill_null")?;
        let schema = self.schema()?;
        let fits = |name: &str| match (schema.get(name), value) {
            (Some(dtype), Scalar::Int(_) | Scalar::Float(_)) => dtype.is_primitive_numeric(),
            (Some(dtype), Scalar::Bool(_)) => dtype.is_bool(),
            (Some(dtype), Scalar::String(_)) => dtype.is_string() || dtype.is_categorical(),
            (Some(dtype), Scalar::Date(_) | Scalar::Datetime(..)) => dtype.is_temporal(),
            _ => false,
        };
        let fill = |name: &String| col(name.as_str()).fill_null(replacement.clone());
        let filled: Vec<Expr> = match subset {
            Some(names) => {
                self.require(names, "fill_null")?;
                if let Some(name) = names.iter().find(|name| !fits(name)) {
                    let dtype = schema
                        .get(name.as_str())
                        .map(super::dtype::dtype_name)
                        .unwrap_or_default();
                    return Err(FrameError::Argument {
                        verb: "fill_null",
                        argument: "value",
                        expected: format!("of type {dtype}, the type of the column {name:?}"),
                        found: format!("the {} {value}", value.kind()),
                    });
                }
                names.iter().map(fill).collect()
            }
            None => self
                .columns()?
                .iter()
                .filter(|name| fits(name))
                .map(fill)
                .collect(),
        };
        Self::derived(self.lazy().with_columns(filled), &[self], "fill_null")
    }

    /// Returns the table with what is missing filled from the column's other values.
    ///
    /// `strategy` is `forward`, `backward`, `min`, `max`, `mean`, `zero` or `one`; without a subset, `mean`, `zero`
    /// and `one` fill the columns of numbers.
    pub fn fill_null_with(&self, strategy: &str, subset: Option<&[String]>) -> Result<Self, FrameError> {
        if !STRATEGIES.contains(&strategy) {
            return Err(FrameError::UnknownOption {
                verb: "fill_null",
                argument: "strategy",
                value: strategy.to_owned(),
                allowed: STRATEGIES,
            });
        }
        let schema = self.schema()?;
        let numeric = matches!(strategy, "mean" | "zero" | "one");
        let names = if let Some(names) = subset {
            self.require(names, "fill_null")?;
            names.to_vec()
        } else {
            let fits =
                |name: &String| !numeric || schema.get(name).is_some_and(DataType::is_primitive_numeric);
            self.columns()?.into_iter().filter(fits).collect()
        };
        let filled: Vec<Expr> = names
            .iter()
            .map(|name| {
                let column = || col(name.as_str());
                match strategy {
                    "forward" => {
                        column().fill_null_with_strategy(polars::prelude::FillNullStrategy::Forward(None))
                    }
                    "backward" => {
                        column().fill_null_with_strategy(polars::prelude::FillNullStrategy::Backward(None))
                    }
                    "min" => column().fill_null(column().min()),
                    "max" => column().fill_null(column().max()),
                    "mean" => column().fill_null(column().mean()),
                    "zero" => column().fill_null(polars::prelude::lit(0)),
                    _ => column().fill_null(polars::prelude::lit(1)),
                }
            })
            .collect();
        Self::derived(self.lazy().with_columns(filled), &[self], "fill_null")
    }
}
