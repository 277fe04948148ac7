//! One element of an array, by its index.

use polars::prelude::*;

use super::lists::{ListSource, Lists, no_position};
use crate::frame::sql::functions::Arguments;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{Rows, by_rows};

/// How an element is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    /// From 1; what is not there is an error.
    ElementAt,
    /// From 1; what is not there is NULL.
    TryElementAt,
    /// From 0; what is not there is NULL.
    Get,
    /// From 0; what is not there is an error.
    Subscript,
}

pub(super) fn pick(args: Arguments<'_>, how: Pick) -> Expr {
    by_rows(args, move |rows| pick_rows(rows, how))
}

fn pick_rows(rows: &Rows, how: Pick) -> PolarsResult<Series> {
    let lists = Lists::of(rows, 0)?;
    let indexes = rows.bigints(1)?;
    let source = ListSource::new(&[&lists.elements], &lists.elements.dtype().clone())?;
    let from_one = matches!(how, Pick::ElementAt | Pick::TryElementAt);
    let mut picked = Vec::with_capacity(rows.length);
    for row in 0..rows.length {
        let (Some(span), Some(index)) = (lists.at(row), indexes.at(row)) else {
            picked.push(source.null());
            continue;
        };
        let distance = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
        let place = match index {
            0 if from_one => return Err(no_position()),
            1.. if from_one => Some(distance - 1),
            0.. => Some(distance),
            _ if from_one => span.len().checked_sub(distance),
            _ => None,
        };
        match place.filter(|place| *place < span.len()) {
            Some(place) => picked.push((span.start + place) as IdxSize),
            None if matches!(how, Pick::TryElementAt | Pick::Get) => picked.push(source.null()),
            None => {
                let instead = if from_one {
                    "try_element_at(array, index) gives NULL there"
                } else {
                    "get(array, index) gives NULL there"
                };
                let reason = format!("the array has {} elements, and none at {index}", span.len());
                return Err(failed(&reason, instead));
            }
        }
    }
    source.picked(&picked)
}
