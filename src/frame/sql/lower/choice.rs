//! Choices: CASE, AND, OR and coalesce, whose later parts are computed only for rows that the earlier ones leave open.
//!
//! polars computes all parts for all rows. Where a later part can fail, a choice is therefore one elementwise function of
//! the columns that it reads: it computes part by part, each for the rows that are still open.

use std::collections::BTreeSet;

use polars::prelude::*;

use super::{PolarsExpr, column, null, polars_name};
use crate::frame::sql::expr::{ColumnId, Expr as Bound};

/// A choice whose parts are polars' expressions.
pub(super) enum Choice {
    /// The value behind the first condition that is true.
    Case {
        branches: Vec<(PolarsExpr, PolarsExpr)>,
        otherwise: Option<PolarsExpr>,
    },
    And(Vec<PolarsExpr>),
    Or(Vec<PolarsExpr>),
    /// The first that is not NULL.
    First(Vec<PolarsExpr>),
}

impl Choice {
    /// Makes an expression of which polars may compute all parts for all rows.
    pub(super) fn plain(self, dtype: &DataType) -> PolarsExpr {
        match self {
            Self::Case { branches, otherwise } => {
                let otherwise = otherwise.unwrap_or_else(|| null(dtype));
                branches
                    .into_iter()
                    .rev()
                    .fold(otherwise, |otherwise, (condition, value)| {
                        when(condition).then(value).otherwise(otherwise)
                    })
            }
            Self::And(conditions) => balanced(conditions, PolarsExpr::and).unwrap_or_else(|| lit(true)),
            Self::Or(conditions) => any_of(conditions),
            Self::First(values) if values.is_empty() => null(dtype),
            Self::First(values) => coalesce(&values),
        }
    }

    /// Makes an expression of which each part is computed only for the rows that need it.
    ///
    /// `read` has the columns of the parts, each with what it is outside.
    pub(super) fn in_order(self, read: Vec<(ColumnId, PolarsExpr)>, dtype: DataType) -> PolarsExpr {
        let names: Vec<PlSmallStr> = read.iter().map(|(id, _)| polars_name(*id)).collect();
        let mut inputs = read.into_iter().map(|(_, value)| value);
        let first = inputs.next().unwrap_or_else(|| lit(false));
        let rest: Vec<PolarsExpr> = inputs.collect();
        let gives = dtype.clone();
        first.map_many(
            move |columns| {
                let name = columns
                    .first()
                    .map_or(PlSmallStr::EMPTY, |column| column.name().clone());
                let open = Open::new(columns, &names)?;
                let values = self.compute(open, &dtype)?;
                Ok(values.with_name(name).into_column())
            },
            &rest,
            move |_, fields| {
                let name = fields
                    .first()
                    .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
                Ok(Field::new(name, gives.clone()))
            },
        )
    }

    fn compute(&self, mut open: Open, dtype: &DataType) -> PolarsResult<Series> {
        match self {
            Self::Case { branches, otherwise } => {
                let mut found = ChosenRows::new(open.height(), dtype);
                for (condition, value) in branches {
                    if open.height() == 0 {
                        break;
                    }
                    let is_chosen = open.conditions(condition)?;
                    let is_chosen = is_chosen.fill_null_with_values(false)?;
                    if is_chosen.any() {
                        let chosen = open.filtered(&is_chosen)?;
                        found.add(&chosen, chosen.values(value, dtype)?)?;
                        open = open.filtered(&!is_chosen)?;
                    }
                }
                if let Some(otherwise) = otherwise
                    && open.height() > 0
                {
                    found.add(&open, open.values(otherwise, dtype)?)?;
                }
                found.finish()
            }
            Self::First(values) => {
                let mut found = ChosenRows::new(open.height(), dtype);
                for value in values {
                    if open.height() == 0 {
                        break;
                    }
                    let values = open.values(value, dtype)?;
                    let is_there = values.is_not_null();
                    if is_there.any() {
                        found.add(&open.filtered(&is_there)?, values.filter(&is_there)?)?;
                        open = open.filtered(&!is_there)?;
                    }
                }
                found.finish()
            }
            Self::And(conditions) => chain(conditions, open, true),
            Self::Or(conditions) => chain(conditions, open, false),
        }
    }
}

/// Returns whether one of several conditions is true.
pub(in crate::frame::sql) fn any_of(conditions: Vec<PolarsExpr>) -> PolarsExpr {
    balanced(conditions, PolarsExpr::or).unwrap_or_else(|| lit(false))
}

/// Joins parts as a tree that is no deeper than it has to be.
fn balanced(
    mut parts: Vec<PolarsExpr>,
    join: fn(PolarsExpr, PolarsExpr) -> PolarsExpr,
) -> Option<PolarsExpr> {
    while parts.len() > 1 {
        let mut halved = Vec::with_capacity(parts.len().div_ceil(2));
        let mut rest = parts.into_iter();
        while let Some(left) = rest.next() {
            halved.push(match rest.next() {
                Some(right) => join(left, right),
                None => left,
            });
        }
        parts = halved;
    }
    parts.pop()
}

/// Combines conditions of three values; what decides a row closes it.
fn chain(conditions: &[PolarsExpr], mut open: Open, is_and: bool) -> PolarsResult<Series> {
    let mut results = vec![Some(is_and); open.height()];
    for condition in conditions {
        if open.height() == 0 {
            break;
        }
        let values = open.conditions(condition)?;
        for (row, value) in open.rows.iter().zip(values.iter()) {
            if value != Some(is_and)
                && let Some(row) = row
                && let Some(result) = results.get_mut(row as usize)
            {
                *result = value;
            }
        }
        let decides = if is_and { !values } else { values };
        let decides = decides.fill_null_with_values(false)?;
        if decides.any() {
            open = open.filtered(&!decides)?;
        }
    }
    Ok(results.into_iter().collect::<BooleanChunked>().into_series())
}

/// The rows that nothing has decided yet.
struct Open {
    frame: DataFrame,
    /// Where they are among all rows.
    rows: IdxCa,
}

impl Open {
    fn new(columns: &[Column], names: &[PlSmallStr]) -> PolarsResult<Self> {
        let lengths = columns.iter().map(Column::len);
        let height = match lengths.clone().find(|length| *length != 1) {
            Some(length) => length,
            None => lengths.max().unwrap_or(1),
        };
        let inputs = columns.iter().enumerate().map(|(index, column)| {
            let column = if column.len() == height {
                column.clone()
            } else {
                column.new_from_index(0, height)
            };
            column.with_name(names.get(index).cloned().unwrap_or_default())
        });
        Ok(Self {
            frame: DataFrame::new(height, inputs.collect())?,
            rows: IdxCa::from_vec(PlSmallStr::EMPTY, (0..height as IdxSize).collect()),
        })
    }

    fn height(&self) -> usize {
        self.rows.len()
    }

    fn filtered(&self, mask: &BooleanChunked) -> PolarsResult<Self> {
        Ok(Self {
            frame: self.frame.filter(mask)?,
            rows: self.rows.filter(mask)?,
        })
    }

    /// Computes an expression for these rows.
    fn values(&self, expr: &PolarsExpr, dtype: &DataType) -> PolarsResult<Series> {
        let made = self
            .frame
            .clone()
            .lazy()
            .without_optimizations()
            .select([expr.clone().alias("value")])
            .collect()?;
        let values = made.column("value")?.as_materialized_series();
        let values = if values.len() == self.height() {
            values.clone()
        } else {
            values.new_from_index(0, self.height())
        };
        if values.dtype() == dtype {
            Ok(values)
        } else {
            values.cast(dtype)
        }
    }

    fn conditions(&self, expr: &PolarsExpr) -> PolarsResult<BooleanChunked> {
        Ok(self.values(expr, &DataType::Boolean)?.bool()?.clone())
    }
}

/// The values of the rows that are decided, in the order in which that happened.
struct ChosenRows {
    height: usize,
    values: Series,
    rows: Vec<IdxSize>,
}

impl ChosenRows {
    fn new(height: usize, dtype: &DataType) -> Self {
        Self {
            height,
            values: Series::new_empty(PlSmallStr::EMPTY, dtype),
            rows: Vec::new(),
        }
    }

    fn add(&mut self, decided: &Open, values: Series) -> PolarsResult<()> {
        if self.rows.is_empty() {
            self.values = values;
        } else {
            self.values.append(&values)?;
        }
        self.rows.extend(decided.rows.iter().flatten());
        Ok(())
    }

    /// Puts every value at its row; other rows are NULL.
    fn finish(self) -> PolarsResult<Series> {
        let is_in_place = self.rows.len() == self.height && self.rows.is_sorted();
        if is_in_place {
            return Ok(self.values);
        }
        if self.rows.is_empty() {
            return Ok(Series::full_null(
                PlSmallStr::EMPTY,
                self.height,
                self.values.dtype(),
            ));
        }
        let mut from = vec![None; self.height];
        for (position, row) in self.rows.iter().enumerate() {
            if let Some(from) = from.get_mut(*row as usize) {
                *from = Some(position as IdxSize);
            }
        }
        let from: IdxCa = from.into_iter().collect();
        self.values.take(&from)
    }
}

/// Returns a column, or what the parameter of a lambda is.
pub(super) fn variable(id: ColumnId, variables: &[(ColumnId, PolarsExpr)]) -> PolarsExpr {
    match variables.iter().rev().find(|(parameter, _)| *parameter == id) {
        Some((_, value)) => value.clone(),
        None => column(id),
    }
}

/// Returns the columns that the parts of a choice read, each as `outside` has it.
pub(super) fn read<'e>(
    parts: impl Iterator<Item = &'e Bound>,
    outside: &[(ColumnId, PolarsExpr)],
) -> Vec<(ColumnId, PolarsExpr)> {
    let mut ids = BTreeSet::new();
    parts.for_each(|part| part.columns(&mut ids));
    ids.into_iter().map(|id| (id, variable(id, outside))).collect()
}

/// Returns the name of a column in expressions of a choice, which has its inputs as columns.
pub(super) fn inside(read: &[(ColumnId, PolarsExpr)]) -> Vec<(ColumnId, PolarsExpr)> {
    read.iter().map(|(id, _)| (*id, column(*id))).collect()
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use crate::frame::sql::{Tables, plan};

    fn tables() -> Tables {
        let frame = df!("x" => [Some(0_i64), Some(5), None, Some(2)], "n" => [0_i64, 1, 2, 3]);
        let frame = frame.unwrap_or_default();
        let schema = frame.schema().clone();
        Tables {
            tables: vec![("t".to_owned(), frame.lazy(), schema)],
        }
    }

    fn answer(text: &str) -> Series {
        let plan = plan(text, &tables()).unwrap_or_else(|error| panic!("{text}: {error}"));
        let made = plan.collect().unwrap_or_else(|error| panic!("{text}: {error}"));
        made.columns()[0].as_materialized_series().clone()
    }

    fn doubles(text: &str) -> Vec<Option<f64>> {
        answer(text).f64().unwrap().iter().collect()
    }

    #[test]
    fn what_is_not_needed_does_not_fail() {
        let all = [Some(2.0), None, Some(5.0)];
        assert_eq!(
            doubles("SELECT CASE WHEN x <> 0 THEN 10 / x END FROM t"),
            [None, all[0], None, all[2]]
        );
        assert_eq!(
            doubles("SELECT if(x = 0, NULL, 10 / x) FROM t"),
            [None, all[0], None, all[2]]
        );
        assert_eq!(answer("SELECT n FROM t WHERE x <> 0 AND 10 / x > 1").len(), 2);
        assert_eq!(answer("SELECT n FROM t WHERE x = 0 OR 10 / x > 1").len(), 3);
        assert_eq!(doubles("SELECT coalesce(1.0, 10 / x) FROM t"), [Some(1.0); 4]);
        assert_eq!(answer("SELECT CASE WHEN true THEN 1 ELSE 1 div 0 END").len(), 1);
        assert_eq!(
            answer("SELECT CASE WHEN x > 9 THEN 10 / x END FROM t WHERE x > 9").dtype(),
            &DataType::Float64
        );
        assert_eq!(
            answer("SELECT CASE WHEN x > 9 THEN 10 / x END FROM t").null_count(),
            4
        );
        assert_eq!(
            answer("SELECT x > 1 AND 10 / x > 1 AND NULL FROM t WHERE x > 0").null_count(),
            2
        );
        assert!(
            plan("SELECT CASE WHEN x = 0 THEN 10 / x END FROM t", &tables())
                .unwrap()
                .collect()
                .is_err()
        );
    }

    #[test]
    fn long_and_deep_choices_are_planned() {
        let branches: Vec<String> = (0..50).map(|n| format!(" WHEN x = {n} THEN {n} / x")).collect();
        let branches = branches.concat();
        let long = format!("SELECT CASE{branches} ELSE 100 / x END FROM t WHERE x > 0");
        let deep = (0..30).fold("10 / x".to_owned(), |inner, n| {
            format!("coalesce(nullif(x, {n}) / 1, {inner})")
        });
        let deep = format!("SELECT {deep} FROM t WHERE x > 0");
        for text in [long, deep] {
            let tables = tables();
            let planned = plan(&text, &tables).unwrap();
            assert_eq!(planned.collect().unwrap().height(), 2);
        }
    }
}
