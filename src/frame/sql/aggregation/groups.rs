//! Calls over the groups of all rows, on all processors.

use polars::prelude::PolarsResult;

use super::parallel::{each, pieces_of};
use super::{Aggregator as _, Call, Value};

/// Returns the value of a call for each group.
pub(in crate::frame::sql) fn over_groups(call: &Call, groups: &[&[u32]]) -> PolarsResult<Vec<Value>> {
    let pieces = pieces_of(groups.iter().map(|rows| rows.len()));
    let values = each(pieces.len(), |piece| {
        let groups = pieces.get(piece).and_then(|range| groups.get(range.clone()));
        let groups = groups.unwrap_or_default().iter();
        groups
            .map(|rows| call.over(rows))
            .collect::<PolarsResult<Vec<Value>>>()
    });
    let mut all = Vec::with_capacity(groups.len());
    for values in values {
        all.extend(values?);
    }
    Ok(all)
}
