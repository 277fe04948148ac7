//! The numbers of a plot, series by series, as a comparison looks at them.

use crate::frame::Scalar;
use crate::frame::plot::{Axis, BoxSummary, Marks, Named, Plot, Point, Scale};

/// A number in a plot.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// What a person calls its place.
    pub(super) place: String,
    /// Where it is, where that is a number.
    pub(super) at: Option<f64>,
    pub(super) value: Option<f64>,
}

/// The numbers of a plot that belong together.
pub(super) struct Series {
    pub(super) name: String,
    /// Whether they count something, so that none is near another.
    pub(super) counts: bool,
    pub(super) marks: Vec<Mark>,
}

/// Returns the numbers of a plot, series by series.
pub(super) fn series(plot: &Plot) -> Vec<Series> {
    let named = |place: usize, axis: &Axis| axis.names().get(place).cloned().unwrap_or_default();
    match &plot.marks {
        Marks::Bins { edges, groups } => {
            let bins = |counts: &Vec<u64>| {
                let bins = edges.windows(2).zip(counts);
                bins.map(|(edges, count)| Mark {
                    place: edges
                        .iter()
                        .map(|edge| along(*edge, &plot.x))
                        .collect::<Vec<_>>()
                        .join(" to "),
                    at: edges.first().copied(),
                    value: Some(*count as f64),
                })
                .collect()
            };
            all(groups, true, bins)
        }
        Marks::Bars(groups) => all(groups, false, |heights| {
            let heights = heights.iter().enumerate();
            heights
                .map(|(place, height)| Mark {
                    place: named(place, &plot.x),
                    at: None,
                    value: *height,
                })
                .collect()
        }),
        Marks::Lines(groups) | Marks::Points(groups) => all(groups, false, |points: &Vec<Point>| {
            let points = points.iter();
            points
                .map(|(x, y)| Mark {
                    place: along(*x, &plot.x),
                    at: Some(*x),
                    value: Some(*y),
                })
                .collect()
        }),
        Marks::Boxes(boxes) => {
            let boxes = boxes.iter().enumerate();
            boxes
                .flat_map(|(place, one)| summary(&named(place, &plot.x), one))
                .collect()
        }
        Marks::Matrix(rows) => {
            let rows = rows.iter().enumerate().map(|(row, counts)| Series {
                name: format!("{} {}", plot.y.label, named(row, &plot.y)),
                counts: true,
                marks: (0..)
                    .zip(counts)
                    .map(|(column, count)| Mark {
                        place: format!("{} {}", plot.x.label, named(column, &plot.x)),
                        at: None,
                        value: Some(*count as f64),
                    })
                    .collect(),
            });
            rows.collect()
        }
    }
}

fn all<T>(groups: &[Named<T>], counts: bool, marks: impl Fn(&T) -> Vec<Mark>) -> Vec<Series> {
    let groups = groups.iter();
    groups
        .map(|group| Series {
            name: group.name.clone(),
            counts,
            marks: marks(&group.data),
        })
        .collect()
}

/// Returns the numbers of a box as a series of their own, and the number of its values as another.
fn summary(name: &str, one: &BoxSummary) -> [Series; 2] {
    let [first, median, third] = one.quartiles;
    let mark = |place: &str, value: f64| Mark {
        place: place.to_owned(),
        at: None,
        value: Some(value),
    };
    let mut marks = vec![
        mark("low", one.low),
        mark("first quartile", first),
        mark("median", median),
        mark("third quartile", third),
        mark("high", one.high),
    ];
    marks.extend(one.outliers.iter().map(|outlier| Mark {
        place: format!("outlier {outlier}"),
        at: Some(*outlier),
        value: None,
    }));
    let count = vec![mark("values", one.count as f64)];
    [(false, marks), (true, count)].map(|(counts, marks)| Series {
        name: name.to_owned(),
        counts,
        marks,
    })
}

/// Writes a place along an axis with all its digits.
fn along(place: f64, axis: &Axis) -> String {
    match &axis.scale {
        Scale::Time => Scalar::Datetime((place * 1e6) as i128, None).to_string(),
        Scale::Category(names) => names.get(place as usize).cloned().unwrap_or_default(),
        Scale::Number | Scale::Whole | Scale::Share => place.to_string(),
    }
}
