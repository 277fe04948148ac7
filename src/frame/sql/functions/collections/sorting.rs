//! `array_sort` with a function that compares.

use polars::prelude::*;

use super::body::{Body, outer_columns};
use super::lists::{ListSource, Lists};
use crate::frame::sql::functions::Arguments;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::by_rows;

/// Two sorted runs of a row's elements, on their way to be one.
struct Merge {
    row: usize,
    left: std::vec::IntoIter<IdxSize>,
    right: std::vec::IntoIter<IdxSize>,
    merged: Vec<IdxSize>,
}

impl Merge {
    /// Returns the elements to compare next; `None` where a run has come to its end.
    fn next(&self) -> Option<(IdxSize, IdxSize)> {
        Some((*self.left.as_slice().first()?, *self.right.as_slice().first()?))
    }

    fn take(&mut self, left: bool) {
        let run = if left { &mut self.left } else { &mut self.right };
        self.merged.extend(run.next());
    }

    fn finish(mut self) -> Vec<IdxSize> {
        self.merged.extend(self.left);
        self.merged.extend(self.right);
        self.merged
    }
}

/// `array_sort(array, (x, y) -> …)`: a merge sort whose comparisons are made for all rows at a time.
pub(super) fn sort_by(mut args: Arguments<'_>) -> Expr {
    let Some((body, outer)) = Body::take(&mut args, 1) else {
        return lit(NULL);
    };
    args.exprs.truncate(1);
    args.exprs.extend(outer);
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let outer = outer_columns(rows, 1)?;
        let mut runs: Vec<Vec<Vec<IdxSize>>> = Vec::with_capacity(rows.length);
        for row in 0..rows.length {
            let span = lists.at(row).unwrap_or_default();
            runs.push(span.map(|element| vec![element as IdxSize]).collect());
        }
        while runs.iter().any(|runs| runs.len() > 1) {
            let mut merges = paired(&mut runs);
            loop {
                let open: Vec<(usize, (IdxSize, IdxSize))> = merges
                    .iter()
                    .enumerate()
                    .filter_map(|(index, merge)| Some((index, merge.next()?)))
                    .collect();
                if open.is_empty() {
                    break;
                }
                let lefts: Vec<IdxSize> = open.iter().map(|(_, (left, _))| *left).collect();
                let rights: Vec<IdxSize> = open.iter().map(|(_, (_, right))| *right).collect();
                let at = open.iter().filter_map(|(index, _)| merges.get(*index));
                let at: Vec<IdxSize> = at.map(|merge| merge.row as IdxSize).collect();
                let parameters = vec![
                    lists.elements.take_slice(&lefts)?,
                    lists.elements.take_slice(&rights)?,
                ];
                let compared = body.compute(parameters, &outer, &at)?.cast(&DataType::Int64)?;
                for ((index, _), order) in open.iter().zip(compared.i64()?.iter()) {
                    let Some(order) = order else {
                        return Err(failed(
                            "the function of array_sort gives NULL for two elements",
                            "write coalesce(…, 0)",
                        ));
                    };
                    if let Some(merge) = merges.get_mut(*index) {
                        // Equal ones stay in their order.
                        merge.take(order <= 0);
                    }
                }
            }
            for merge in merges {
                if let Some(runs) = runs.get_mut(merge.row) {
                    runs.push(merge.finish());
                }
            }
        }
        let source = ListSource::new(&[&lists.elements], &lists.elements.dtype().clone())?;
        source.gathered(rows.length, |row, made| {
            if lists.at(row).is_none() {
                return Ok(None);
            }
            made.extend(runs.get(row).into_iter().flatten().flatten());
            Ok(Some(()))
        })
    })
}

/// Takes the runs of each row that has several, and pairs those that stand side by side.
fn paired(runs: &mut [Vec<Vec<IdxSize>>]) -> Vec<Merge> {
    let mut merges = Vec::new();
    for (row, runs) in runs.iter_mut().enumerate().filter(|(_, runs)| runs.len() > 1) {
        let mut all = std::mem::take(runs).into_iter();
        while let Some(left) = all.next() {
            let right = all.next().unwrap_or_default();
            merges.push(Merge {
                row,
                merged: Vec::with_capacity(left.len() + right.len()),
                left: left.into_iter(),
                right: right.into_iter(),
            });
        }
    }
    merges
}

/// Refuses a function that gives no whole number.
pub(super) fn comparator(dtypes: &[DataType]) -> Result<(), String> {
    match dtypes.get(1) {
        None => Ok(()),
        Some(dtype) if dtype.is_integer() => Ok(()),
        Some(other) => Err(format!(
            "a function that gives -1, 0 or 1, not {}",
            crate::frame::sql::types::sql_name(other)
        )),
    }
}
