//! Wide tables from long ones and back, and several tables as one.

use std::sync::Arc;

use polars::frame::PivotColumnNaming;
use polars::lazy::dsl::{element, functions::concat_lf_diagonal, functions::concat_lf_horizontal};
use polars::prelude::{
    Expr, HConcatOptions, IntoLazy, UnionArgs, UniqueKeepStrategy, UnpivotArgsDSL, concat,
};

use super::columns::selector;
use super::dtype::dtype_name;
use super::error::FrameError;
use super::frame::Frame;
use crate::work::Interrupt;

/// What folds several values for one place of a pivot.
const FOLDS: &[&str] = &[
    "first", "last", "sum", "mean", "median", "min", "max", "len", "count",
];

/// How tables are put together.
const WAYS: &[&str] = &[
    "vertical",
    "vertical_relaxed",
    "diagonal",
    "diagonal_relaxed",
    "horizontal",
];

impl Frame {
    /// Returns a wide table: a row for each value of `index`, a column for each value of `on`.
    ///
    /// Both come in the order of first appearance. Without `index` or `values` all columns that are left are meant.
    /// Where several values meet they are folded by `aggregate` (`first`, `sum`, `mean`, `len`, …); with none, only one
    /// may be there. The columns depend on the data, so the table is collected here.
    pub fn pivot(
        &self,
        on: &[String],
        index: Option<&[String]>,
        values: Option<&[String]>,
        aggregate: Option<&str>,
        interrupt: &Interrupt,
    ) -> Result<Self, FrameError> {
        for names in [Some(on), index, values].into_iter().flatten() {
            self.require(names, "pivot")?;
        }
        let rest = |taken: &[&[String]]| -> Result<Vec<String>, FrameError> {
            let columns = self.columns()?.into_iter();
            Ok(columns
                .filter(|name| !taken.iter().any(|names| names.contains(name)))
                .collect())
        };
        let (index, values) = match (index, values) {
            (Some(index), Some(values)) => (index.to_vec(), values.to_vec()),
            (Some(index), None) => (index.to_vec(), rest(&[on, index])?),
            (None, Some(values)) => (rest(&[on, values])?, values.to_vec()),
            (None, None) => {
                return Err(FrameError::Argument {
                    verb: "pivot",
                    argument: "index or values",
                    expected: "given".to_owned(),
                    found: "missing both".to_owned(),
                });
            }
        };
        for (argument, names) in [("on", on), ("index", &index), ("values", &values)] {
            if names.is_empty() {
                return Err(FrameError::Argument {
                    verb: "pivot",
                    argument,
                    expected: "at least one column".to_owned(),
                    found: "none".to_owned(),
                });
            }
        }
        let fold = fold(aggregate)?;
        let fail = |error| FrameError::from_polars(&error, "pivot", &self.columns().unwrap_or_default());
        let table = self.collect(interrupt)?;
        let (on_names, source) = (on.to_vec(), table.clone());
        let on_columns = interrupt
            .run(move || {
                let names: Vec<&str> = on_names.iter().map(String::as_str).collect();
                source
                    .select(names)?
                    .unique_stable(None, UniqueKeepStrategy::First, None)
            })?
            .map_err(fail)?;
        let plan = table.lazy().pivot(
            selector(on),
            Arc::new(on_columns),
            selector(&index),
            selector(&values),
            fold,
            true,
            "_".into(),
            PivotColumnNaming::Auto,
        );
        let pivoted = Self::derived(plan, &[], "pivot")?;
        pivoted.collect(interrupt)?;
        Ok(pivoted)
    }

    /// Returns a long table: for each row and each column of `on`, the `index` columns, the column's name and its
    /// value.
    ///
    /// Without `on` all columns but `index` are meant. The names are in the column `variable`, the values in `value`,
    /// unless named otherwise.
    pub fn unpivot(
        &self,
        on: Option<&[String]>,
        index: &[String],
        variable_name: Option<&str>,
        value_name: Option<&str>,
    ) -> Result<Self, FrameError> {
        for names in [on, Some(index)].into_iter().flatten() {
            self.require(names, "unpivot")?;
        }
        let args = UnpivotArgsDSL {
            on: on.map(selector),
            index: selector(index),
            variable_name: variable_name.map(Into::into),
            value_name: value_name.map(Into::into),
        };
        Self::derived(self.lazy().unpivot(args), &[self], "unpivot")
    }

    /// Combines tables: `vertical` one below the other, with the same columns and types; `diagonal` with what
    /// columns each has, the others missing; `horizontal` side by side.
    ///
    /// The `_relaxed` ways bring types together, as ints and floats to floats.
    pub fn concat(frames: &[Self], how: &str) -> Result<Self, FrameError> {
        if !WAYS.contains(&how) {
            return Err(FrameError::UnknownOption {
                verb: "concat",
                argument: "how",
                value: how.to_owned(),
                allowed: WAYS,
            });
        }
        let Some((first, others)) = frames.split_first() else {
            return Err(FrameError::Argument {
                verb: "concat",
                argument: "items",
                expected: "at least one frame".to_owned(),
                found: "none".to_owned(),
            });
        };
        if how.starts_with("vertical") {
            for (place, other) in others.iter().enumerate() {
                first.check_alike(other, place + 2, how == "vertical")?;
            }
        }
        let plans: Vec<_> = frames.iter().map(Self::lazy).collect();
        let args = UnionArgs {
            to_supertypes: how.ends_with("_relaxed"),
            maintain_order: true,
            ..UnionArgs::default()
        };
        let plan = match how {
            "horizontal" => concat_lf_horizontal(
                &plans,
                HConcatOptions {
                    parallel: true,
                    strict: true,
                    ..HConcatOptions::default()
                },
            ),
            "diagonal" | "diagonal_relaxed" => concat_lf_diagonal(&plans, args),
            _ => concat(&plans, args),
        };
        let plan = plan.map_err(|error| FrameError::from_polars(&error, "concat", &[]))?;
        let inputs: Vec<&Self> = frames.iter().collect();
        Self::derived(plan, &inputs, "concat")
    }

    /// Checks that `other`, the table at a 1-based `place`, has this table's columns and, if `strict`, their types.
    fn check_alike(&self, other: &Self, place: usize, strict: bool) -> Result<(), FrameError> {
        let (own, others) = (self.schema()?, other.schema()?);
        let differ = |expected: String, found: String| FrameError::Argument {
            verb: "concat",
            argument: "every frame",
            expected,
            found: format!("{found} in frame {place}"),
        };
        let names = |frame: &Self| frame.columns().map(|names| names.join(", "));
        if !own.iter_names().eq(others.iter_names()) {
            return Err(differ(format!("of the columns {}", names(self)?), names(other)?));
        }
        for ((name, one), (_, two)) in own.iter().zip(others.iter()) {
            if strict && one != two && !one.is_null() && !two.is_null() {
                return Err(differ(
                    format!("of one type: {name:?} is {}", dtype_name(one)),
                    dtype_name(two),
                ));
            }
        }
        Ok(())
    }
}

/// Returns what folds the values that meet in one place.
fn fold(aggregate: Option<&str>) -> Result<Expr, FrameError> {
    Ok(match aggregate {
        None => element().item(true),
        Some("first") => element().first(),
        Some("last") => element().last(),
        Some("sum") => element().sum(),
        Some("mean") => element().mean(),
        Some("median") => element().median(),
        Some("min") => element().min(),
        Some("max") => element().max(),
        Some("len") => element().len(),
        Some("count") => element().count(),
        Some(other) => {
            return Err(FrameError::UnknownOption {
                verb: "pivot",
                argument: "aggregate_function",
                value: other.to_owned(),
                allowed: FOLDS,
            });
        }
    })
}
