//! Histograms: rows by intervals of a number.

use polars::prelude::DataFrame;

use super::columns::{Groups, Measure, empty, left_out, numbers};
use super::error::PlotError;
use super::{Axis, Marks, Named, Plot, PlotKind};
use crate::frame::FrameError;

const VERB: &str = "plot.hist";

/// More bins than this cannot be seen.
const MOST_BINS: i64 = 200;

/// Counts the rows of `column` in `bins` intervals of the same length, for each value of `by`.
///
/// The intervals reach from the smallest to the largest value, as numpy's do; nulls, NaN and infinities are left out.
pub fn histogram(table: &DataFrame, column: &str, bins: i64, by: Option<&str>) -> Result<Plot, PlotError> {
    let bins = match usize::try_from(bins) {
        Ok(count) if (1..=MOST_BINS).contains(&bins) => count,
        _ => {
            return Err(PlotError::Frame(FrameError::Argument {
                verb: VERB,
                argument: "bins",
                expected: format!("from 1 to {MOST_BINS}"),
                found: bins.to_string(),
            }));
        }
    };
    let numbers = numbers(table, column, Measure::Numbers, VERB)?;
    let groups = Groups::by(table, by, VERB)?;
    let rows: Vec<(f64, usize)> = numbers
        .values
        .iter()
        .zip(&groups.places)
        .filter_map(|(value, group)| Some(((*value)?, (*group)?)))
        .collect();
    let columns: Vec<&str> = std::iter::once(column).chain(by).collect();
    let Some(edges) = edges(rows.iter().map(|(value, _)| *value), bins) else {
        return Err(empty(VERB, &columns, table.height()));
    };
    let mut counts = vec![vec![0_u64; bins]; groups.names.len()];
    for (value, group) in &rows {
        let bin = bin(*value, &edges);
        if let Some(count) = counts.get_mut(*group).and_then(|counts| counts.get_mut(bin)) {
            *count += 1;
        }
    }
    Ok(Plot {
        kind: PlotKind::Histogram,
        title: by.map_or_else(|| column.to_owned(), |by| format!("{column} by {by}")),
        x: Axis {
            label: column.to_owned(),
            scale: numbers.scale,
        },
        y: Axis::rows(),
        marks: Marks::Bins {
            edges,
            groups: groups
                .names
                .into_iter()
                .zip(counts)
                .map(|(name, data)| Named { name, data })
                .collect(),
        },
        diagonal: false,
        notes: left_out(table.height() - rows.len(), table.height(), &columns),
    })
}

/// Returns the edges of `bins` intervals over finite values; none where there is no value.
pub(crate) fn edges(values: impl Iterator<Item = f64>, bins: usize) -> Option<Vec<f64>> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low > high {
        return None;
    }
    let (low, high) = if low < high {
        (low, high)
    } else {
        (low - 0.5, high + 0.5)
    };
    let part = |edge: usize| edge as f64 / bins as f64;
    // Weighted ends rather than a step, so that the ends are exact and no difference overflows.
    Some(
        (0..=bins)
            .map(|edge| low * (1.0 - part(edge)) + high * part(edge))
            .collect(),
    )
}

/// Returns the interval that a value is in: it holds its lower edge, the last one both.
pub(crate) fn bin(value: f64, edges: &[f64]) -> usize {
    edges
        .partition_point(|edge| *edge <= value)
        .saturating_sub(1)
        .min(edges.len().saturating_sub(2))
}
