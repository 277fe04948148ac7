//! Aggregates that polars has no kernel for, beside others of the same groups that it has kernels for.
//!
//! polars makes lists of what such a call reads, one for each group; the call is computed over the values of these lists,
//! in which the rows of a group are next to one another.

use std::sync::Arc;

use polars::polars_utils::aliases::PlIndexSet;
use polars::prelude::*;

use super::by_rows::{GroupTask, task};
use super::computed::Computed;
use crate::frame::sql::aggregation::{self};
use crate::frame::sql::expr::{Aggregate, ColumnId, Kind};
use crate::frame::sql::lower::{Lowering, PolarsExpr};

/// The calls of a step that are computed over lists.
#[derive(Default)]
pub(super) struct ListCalls {
    tasks: Vec<GroupTask>,
    /// The columns that are read, and those that have the same value in all rows.
    read: PlIndexSet<PlSmallStr>,
    constant: PlIndexSet<PlSmallStr>,
}

impl ListCalls {
    /// Adds a call.
    pub(super) fn add(
        &mut self,
        lowering: &Lowering<'_>,
        id: ColumnId,
        call: &Aggregate,
        computed: &mut Computed,
    ) {
        let Some(task) = task(id, lowering.columns.dtype(id), call, computed) else {
            return;
        };
        for (arg, name) in call.args.iter().zip(&task.args).skip(1) {
            if matches!(arg.kind, Kind::Literal(_)) {
                self.constant.insert(name.clone());
            }
        }
        self.read.extend(task.reads().cloned());
        self.tasks.push(task);
    }

    /// Returns the aggregates that make the lists.
    pub(super) fn lists(&self) -> impl Iterator<Item = PolarsExpr> {
        self.read.iter().map(|name| {
            let column = col(name.clone());
            let made = if self.constant.contains(name) {
                column.first()
            } else {
                column.implode(true)
            };
            made.alias(list(name))
        })
    }

    /// Returns the expressions that compute the calls.
    pub(super) fn computed(self) -> Vec<PolarsExpr> {
        let constant = Arc::new(self.constant);
        let tasks = self.tasks.into_iter().filter_map(|task| {
            let names: PlIndexSet<PlSmallStr> = task.reads().cloned().collect();
            let mut columns = names.iter().map(|name| col(list(name)));
            let first = columns.next()?;
            let rest: Vec<PolarsExpr> = columns.collect();
            let (name, dtype) = (task.name.clone(), task.dtype.clone());
            let constant = constant.clone();
            // Not `map_many`, which may be computed part by part.
            let made = first.apply_many(
                move |columns| Ok(over_lists(&task, &names, &constant, columns)?.into_column()),
                &rest,
                move |_, fields| {
                    let name = fields
                        .first()
                        .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
                    Ok(Field::new(name, dtype.clone()))
                },
            );
            Some(made.alias(name))
        });
        tasks.collect()
    }
}

/// Returns whether a call can be computed over lists.
pub(super) fn is_listed(call: &Aggregate) -> bool {
    !call.args.is_empty()
        && call
            .parts()
            .iter()
            .all(|part| !part.dtype.is_nested() && part.dtype != DataType::Null)
}

fn list(name: &PlSmallStr) -> PlSmallStr {
    format!("#list of {name}").into()
}

/// Computes a call over lists.
fn over_lists(
    task: &GroupTask,
    names: &PlIndexSet<PlSmallStr>,
    constant: &PlIndexSet<PlSmallStr>,
    columns: &[Column],
) -> PolarsResult<Series> {
    let mut offsets: Vec<usize> = Vec::new();
    let mut values: Vec<(&PlSmallStr, Series)> = Vec::new();
    for (name, column) in names.iter().zip(columns) {
        let column = column.as_materialized_series().rechunk();
        if constant.contains(name) {
            values.push((name, column));
            continue;
        }
        let lists = column.list()?;
        let Some(chunk) = lists.downcast_iter().next() else {
            continue;
        };
        let first = *chunk.offsets().first();
        let rows = usize::try_from(*chunk.offsets().last() - first).unwrap_or_default();
        if offsets.is_empty() {
            let each = chunk
                .offsets()
                .iter()
                .map(|offset| usize::try_from(offset - first).unwrap_or_default());
            offsets.extend(each);
        }
        values.push((name, lists.get_inner().slice(first, rows)));
    }
    let rows = offsets.last().copied().unwrap_or_default();
    // A constant has one value for each group.
    for (name, series) in &mut values {
        if constant.contains(*name) {
            *series = if series.is_empty() {
                Series::full_null(PlSmallStr::EMPTY, rows, series.dtype())
            } else {
                series.new_from_index(0, rows.max(1))
            };
        }
    }
    let column = |name: &PlSmallStr| {
        let found = values.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, series)| series.clone())
            .ok_or_else(|| polars_err!(ComputeError: "no column {}", name))
    };
    let (call, argument) = task.call(column)?;
    let numbers: Vec<u32> = (0..rows as u32).collect();
    let groups: Vec<&[u32]> = offsets
        .windows(2)
        .map(|pair| match pair {
            [start, end] => numbers.get(*start..*end).unwrap_or_default(),
            _ => &[],
        })
        .collect();
    let values = aggregation::over_groups(&call, &groups)?;
    aggregation::column(&values, argument.as_ref(), &task.dtype)
}
