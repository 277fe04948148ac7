//! A plot with too many numbers for a record, summed up: enough to know which of its series differ.

use crate::frame::plot::{BoxSummary, Marks, Named, Plot, Point};

/// Sums up each series of a plot in a line.
pub(super) fn sums(plot: &Plot) -> String {
    let one = |what: &str, values: &mut dyn Iterator<Item = f64>| {
        let (mut count, mut size, mut least, mut most) = (0_usize, 0.0, f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            count += 1;
            size += value.abs();
            least = value.min(least);
            most = value.max(most);
        }
        format!(
            "{what} from {least:?} to {most:?}, mean size {:?}",
            size / count.max(1) as f64
        )
    };
    let lines: Vec<String> = match &plot.marks {
        Marks::Lines(groups) | Marks::Points(groups) => {
            let sum = |group: &Named<Vec<Point>>| {
                let x = one("x", &mut group.data.iter().map(|point| point.0));
                let y = one("y", &mut group.data.iter().map(|point| point.1));
                format!("{}: {} points, {x}, {y}", group.name, group.data.len())
            };
            groups.iter().map(sum).collect()
        }
        Marks::Bins { edges, groups } => {
            let edges = one("edges", &mut edges.iter().copied());
            let sum = |group: &Named<Vec<u64>>| {
                let counts = one("rows", &mut group.data.iter().map(|count| *count as f64));
                format!("{}: {} bins, {edges}, {counts}", group.name, group.data.len())
            };
            groups.iter().map(sum).collect()
        }
        Marks::Bars(groups) => {
            let sum = |group: &Named<Vec<Option<f64>>>| {
                let heights = one("height", &mut group.data.iter().flatten().copied());
                format!("{}: {} bars, {heights}", group.name, group.data.len())
            };
            groups.iter().map(sum).collect()
        }
        Marks::Boxes(boxes) => {
            let boxes = plot.x.names().iter().zip(boxes);
            let sum = |(name, summary): (&String, &BoxSummary)| {
                let BoxSummary {
                    count,
                    low,
                    quartiles,
                    high,
                    outliers,
                } = summary;
                let outliers = one("outliers", &mut outliers.iter().copied());
                format!("{name}: {count} values, {low:?}, {quartiles:?}, {high:?}, {outliers}")
            };
            boxes.map(sum).collect()
        }
        Marks::Matrix(rows) => {
            let rows = plot.y.names().iter().zip(rows);
            rows.map(|(name, row)| format!("{name}: {row:?}")).collect()
        }
    };
    lines.join("\n")
}
