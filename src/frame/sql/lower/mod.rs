//! Bound steps → polars' plan. Every step gives the rows in an order that does not depend on threads.

pub(super) mod cast;
mod choice;
mod equal;
mod explode;
mod expression;
mod group;
mod join;
mod recursive;
mod sample;
mod set;
#[cfg(test)]
mod tests;
pub(super) mod window;

use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::{
    AllowedOptimizations, DataFrame, DataType, IntoLazy, LazyFrame, NULL, PlSmallStr, SortMultipleOptions,
    col, lit,
};

pub(super) use self::choice::any_of;
pub(super) use self::expression::{can_fail, lowered};
use super::expr::{ColumnId, Expr, Order};
use super::rel::{Columns, Rel};

type PolarsExpr = polars::prelude::Expr;

/// Makes polars' plan of a query.
pub(super) struct Lowering<'a> {
    pub(super) columns: &'a Columns,
    /// What was made of parts that are read in several places.
    shared: HashMap<*const Rel, LazyFrame>,
    /// How often parts are read.
    readings: HashMap<*const Rel, u32>,
    /// The rows of the recursive queries that are running.
    working: HashMap<u32, DataFrame>,
    /// How many rows are asked of the recursive query that is being made; more of them need not be computed.
    enough: Option<u64>,
    /// How many columns there are that only a step of polars' plan needs.
    temporaries: u32,
}

/// Returns the name of a column in polars' plans.
pub(super) fn polars_name(id: ColumnId) -> PlSmallStr {
    format!("#{}", id.0).into()
}

/// Returns a column in polars' plans.
pub(super) fn column(id: ColumnId) -> PolarsExpr {
    col(polars_name(id))
}

impl<'a> Lowering<'a> {
    pub(super) fn new(columns: &'a Columns) -> Self {
        Self {
            columns,
            shared: HashMap::new(),
            readings: HashMap::new(),
            working: HashMap::new(),
            enough: None,
            temporaries: 0,
        }
    }

    /// Returns the name of a column that no other has.
    fn temporary(&mut self) -> PlSmallStr {
        self.temporaries += 1;
        format!("#t{}", self.temporaries).into()
    }

    /// Makes the plan of a query. A part that several others read is computed once, if that costs anything.
    pub(super) fn query(&mut self, rel: &Rel) -> LazyFrame {
        count_readings(rel, &mut self.readings);
        self.rel(rel)
    }

    /// Makes the plan of a step.
    pub(super) fn rel(&mut self, rel: &Rel) -> LazyFrame {
        match rel {
            Rel::Scan { table, columns } => {
                let columns: Vec<PolarsExpr> = columns
                    .iter()
                    .map(|(id, name)| col(name.clone()).alias(polars_name(*id)))
                    .collect();
                (*table.plan).clone().select(columns)
            }
            Rel::Values { columns, rows } => self.values(columns, rows),
            Rel::Working { id, columns } => match self.working.get(id) {
                Some(rows) => stored(rows.clone(), columns),
                None => self.empty(columns),
            },
            Rel::Project { input, columns } => self.projected(input, columns),
            Rel::Extend { input, columns } => {
                let input = self.rel(input);
                let computed = columns
                    .iter()
                    .map(|(id, expr)| named(*id, expr))
                    .collect::<Vec<_>>();
                input.with_columns(computed)
            }
            Rel::Filter { input, predicate } => {
                let mut rows = self.rel(input);
                // polars would make one filter of both, and ask what can fail of rows that are gone.
                if can_fail(predicate) && input.has_filter(&mut std::collections::BTreeSet::new()) {
                    let kept = AllowedOptimizations::PROJECTION_PUSHDOWN;
                    rows = rows.map(Ok, kept, None, Some("FILTERED"));
                }
                rows.filter(lowered(predicate))
            }
            Rel::Sort { input, keys } => {
                let input = self.rel(input);
                self.sorted(input, keys)
            }
            Rel::Limit {
                input,
                skip,
                take,
                by,
            } => self.limited(input, *skip, *take, by),
            Rel::Shared(shared) => {
                if self.enough.is_some() {
                    return self.rel(shared);
                }
                if let Some(known) = self.shared.get(&Arc::as_ptr(shared)) {
                    return known.clone();
                }
                let mut plan = self.rel(shared);
                let readings = self.readings.get(&Arc::as_ptr(shared)).copied();
                if readings.is_some_and(|readings| readings > 1) && is_costly(shared) {
                    plan = plan.cache();
                }
                self.shared.insert(Arc::as_ptr(shared), plan.clone());
                plan
            }
            Rel::Distinct { input, on } => {
                let input = self.rel(input);
                let on = on.iter().map(|id| (polars_name(*id), self.columns.dtype(*id)));
                let on: Vec<_> = on.collect();
                equal::unique(input, &on, on.is_empty())
            }
            Rel::Join {
                left,
                right,
                kind,
                on,
            } => self.join(left, right, *kind, on),
            Rel::Apply { .. } => self.empty(&rel.columns()),
            Rel::Group(group) => self.group(group),
            Rel::Window { input, windows } => self.windows(input, windows),
            Rel::Set {
                operation,
                all,
                left,
                right,
                columns,
            } => self.set(*operation, *all, left, right, columns),
            Rel::Recursive(recursive) => self.recursive(recursive),
            Rel::Sample { input, size, seed } => {
                let input = self.rel(input);
                sample::sampled(input, *size, *seed)
            }
            Rel::Explode {
                input,
                value,
                columns,
                position,
                by_field,
                outer,
            } => self.exploded(input, value, columns, *position, *by_field, *outer),
        }
    }

    /// Computes columns of those of a step, and keeps no others.
    fn projected(&mut self, input: &Rel, columns: &[(ColumnId, Expr)]) -> LazyFrame {
        let input = self.rel(input);
        let computed = columns
            .iter()
            .map(|(id, expr)| named(*id, expr))
            .collect::<Vec<_>>();
        if columns.is_empty() {
            return input;
        }
        // Constants alone would make one row of many.
        let is_constant = columns.iter().all(|(_, expr)| !reads_rows(expr));
        if !is_constant {
            return input.select(computed);
        }
        let names: Vec<PolarsExpr> = columns.iter().map(|(id, _)| column(*id)).collect();
        input.with_columns(computed).select(names)
    }

    /// Keeps some of the rows of a step, of all or of those that are equal in these columns.
    fn limited(&mut self, input: &Rel, skip: u64, take: Option<u64>, by: &[ColumnId]) -> LazyFrame {
        let enough = take.map(|take| skip.saturating_add(take));
        let recursive = if by.is_empty() { recursive(input) } else { None };
        let before = std::mem::replace(&mut self.enough, recursive.and(enough));
        let input = self.rel(input);
        self.enough = before;
        if !by.is_empty() {
            return self.limited_by(input, skip, take, by);
        }
        let take = take.map_or(u32::MAX, |take| u32::try_from(take).unwrap_or(u32::MAX));
        input.slice(i64::try_from(skip).unwrap_or(i64::MAX), take)
    }

    /// Keeps some of the rows that are equal in these columns.
    fn limited_by(&mut self, input: LazyFrame, skip: u64, take: Option<u64>, by: &[ColumnId]) -> LazyFrame {
        let number = self.temporary();
        let by: Vec<PolarsExpr> = by.iter().map(|id| column(*id)).collect();
        let count = polars::prelude::int_range(lit(0), polars::prelude::len(), 1, DataType::Int64);
        // Fails only without columns to divide by.
        let count = count.clone().over(by).unwrap_or(count);
        let whole = |rows: u64| lit(i64::try_from(rows).unwrap_or(i64::MAX));
        let mut is_kept = col(number.clone()).gt_eq(whole(skip));
        if let Some(take) = take {
            is_kept = is_kept.and(col(number.clone()).lt(whole(skip.saturating_add(take))));
        }
        input.with_columns([count.alias(number)]).filter(is_kept)
    }

    /// Sorts rows, equal ones in the order that they have.
    fn sorted(&mut self, input: LazyFrame, keys: &[Order]) -> LazyFrame {
        // A constant puts nothing before anything else.
        let keys: Vec<&Order> = keys.iter().filter(|key| reads_rows(&key.expr)).collect();
        if keys.is_empty() {
            return input;
        }
        let options = SortMultipleOptions {
            descending: keys.iter().map(|key| key.descending).collect(),
            nulls_last: keys.iter().map(|key| !key.nulls_first).collect(),
            maintain_order: true,
            ..SortMultipleOptions::default()
        };
        // What reads no column has one value, and sorting takes one for each row.
        let mut computed = Vec::new();
        let mut exprs = Vec::new();
        for key in keys {
            let value = lowered(&key.expr);
            if reads_rows(&key.expr) {
                exprs.push(value);
            } else {
                let name = self.temporary();
                computed.push(value.alias(name.clone()));
                exprs.push(col(name));
            }
        }
        let input = if computed.is_empty() {
            input
        } else {
            input.with_columns(computed)
        };
        input.sort_by_exprs(exprs, options)
    }

    /// Returns no rows of these columns.
    fn empty(&self, columns: &[ColumnId]) -> LazyFrame {
        let fields = columns
            .iter()
            .map(|id| polars::prelude::Field::new(stored_name(*id), self.columns.dtype(*id)));
        stored(DataFrame::empty_with_schema(&fields.collect()), columns)
    }

    fn values(&mut self, columns: &[ColumnId], rows: &[Vec<Expr>]) -> LazyFrame {
        if rows.is_empty() {
            return self.empty(columns);
        }
        // A row without columns has to count as one.
        let unit = || {
            polars::df!("#row" => [0_i32])
                .map(IntoLazy::lazy)
                .unwrap_or_default()
        };
        if columns.is_empty() {
            return unit();
        }
        let one = |row: &Vec<Expr>| {
            let values: Vec<PolarsExpr> = columns
                .iter()
                .zip(row)
                .map(|(id, value)| named(*id, value))
                .collect();
            unit()
                .with_columns(values)
                .select(columns.iter().map(|id| column(*id)).collect::<Vec<_>>())
        };
        let frames: Vec<LazyFrame> = rows.iter().map(one).collect();
        concat(frames)
    }
}

/// Makes an expression with the name of a column.
fn named(id: ColumnId, expr: &Expr) -> PolarsExpr {
    lowered(expr).alias(polars_name(id))
}

/// Counts how often each part is read. What is computed at each reading reads its own parts as often.
fn count_readings(rel: &Rel, readings: &mut HashMap<*const Rel, u32>) {
    if let Rel::Shared(shared) = rel {
        let count = readings.entry(Arc::as_ptr(shared)).or_default();
        *count += 1;
        if *count > 1 && is_costly(shared) {
            return;
        }
    }
    for input in rel.inputs() {
        count_readings(input, readings);
    }
}

/// Returns whether a part does more than to pick rows and columns: polars may then push what is asked of it down to the table.
fn is_costly(rel: &Rel) -> bool {
    match rel {
        Rel::Scan { .. } | Rel::Values { .. } | Rel::Working { .. } | Rel::Shared(_) => false,
        Rel::Project { input, .. } | Rel::Extend { input, .. } | Rel::Filter { input, .. } => {
            is_costly(input)
        }
        _ => true,
    }
}

/// Returns the recursive query of which a step gives as many rows.
fn recursive(rel: &Rel) -> Option<&Rel> {
    match rel {
        Rel::Project { input, .. } | Rel::Extend { input, .. } => recursive(input),
        Rel::Shared(shared) => recursive(shared),
        Rel::Recursive(_) => Some(rel),
        _ => None,
    }
}

/// Returns the name of a column in rows that are there already.
fn stored_name(id: ColumnId) -> PlSmallStr {
    format!("stored {}", id.0).into()
}

/// Reads rows that are there already.
///
/// They have other names than the plan has, for polars drops an aggregate right above a frame of which no column is read.
fn stored(rows: DataFrame, columns: &[ColumnId]) -> LazyFrame {
    let named = columns
        .iter()
        .map(|id| col(stored_name(*id)).alias(polars_name(*id)));
    rows.lazy().select(named.collect::<Vec<_>>())
}

/// Puts tables of the same columns one below the other.
fn concat(frames: Vec<LazyFrame>) -> LazyFrame {
    let arguments = polars::prelude::UnionArgs {
        maintain_order: true,
        ..Default::default()
    };
    polars::prelude::concat(frames, arguments).unwrap_or_default()
}

/// Returns whether an expression has as many values as there are rows.
fn reads_rows(expr: &Expr) -> bool {
    let mut read = std::collections::BTreeSet::new();
    expr.columns(&mut read);
    !read.is_empty()
}

/// Returns NULL of a type.
fn null(dtype: &polars::prelude::DataType) -> PolarsExpr {
    lit(NULL).cast(dtype.clone())
}
