//! How far the axes of a plot reach.

use crate::frame::plot::{Axis, Marks, Plot, Scale};

/// From where to where an axis reaches.
pub(super) type Range = (f64, f64);

/// How much of its length an axis reaches beyond the marks.
const MARGIN: f64 = 0.04;

/// Returns the ranges of the axis along which things are compared and of the one that measures them.
///
/// Along an axis of categories, each takes one unit: the first from 0 to 1.
pub(super) fn extent(plot: &Plot) -> (Range, Range) {
    let slots = (0.0, plot.x.names().len().max(1) as f64);
    match &plot.marks {
        Marks::Bins { edges, groups } => {
            let bins = edges.len().saturating_sub(1);
            let total = |bin: usize| groups.iter().filter_map(|group| group.data.get(bin)).sum::<u64>();
            let highest = (0..bins).map(total).max().unwrap_or(0);
            let x = reach(edges.iter().copied());
            (x, (0.0, highest.max(1) as f64 * (1.0 + MARGIN)))
        }
        Marks::Bars(groups) => {
            let values = groups
                .iter()
                .flat_map(|group| group.data.iter().flatten().copied());
            let (low, high) = reach(values.chain([0.0]));
            let margin = |end: f64| end * (1.0 + MARGIN);
            (
                slots,
                if low < high {
                    (margin(low), margin(high))
                } else {
                    (0.0, 1.0)
                },
            )
        }
        Marks::Lines(series) | Marks::Points(series) => {
            let points = || series.iter().flat_map(|series| series.data.iter());
            (
                padded(&plot.x, points().map(|point| point.0)),
                padded(&plot.y, points().map(|point| point.1)),
            )
        }
        Marks::Boxes(boxes) => {
            let values = boxes.iter().flat_map(|summary| {
                summary
                    .outliers
                    .iter()
                    .copied()
                    .chain([summary.low, summary.high])
            });
            (slots, padded(&plot.y, values))
        }
        Marks::Matrix(rows) => (slots, (0.0, rows.len().max(1) as f64)),
    }
}

fn padded(axis: &Axis, values: impl Iterator<Item = f64>) -> Range {
    let (low, high) = match axis.scale {
        Scale::Share => return (0.0, 1.0),
        Scale::Number | Scale::Whole | Scale::Time | Scale::Category(_) => reach(values),
    };
    let margin = if low < high {
        (high - low) * MARGIN
    } else {
        (low.abs() * 0.1).max(0.5)
    };
    (low - margin, high + margin)
}

fn reach(values: impl Iterator<Item = f64>) -> Range {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low <= high { (low, high) } else { (0.0, 1.0) }
}
