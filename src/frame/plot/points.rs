//! Lines and scatter plots: one number against another.

use polars::prelude::DataFrame;

use super::columns::{Groups, Measure, Numbers, empty, left_out, numbers};
use super::error::PlotError;
use super::{Axis, MOST_GROUPS, Marks, Named, Plot, PlotKind, Point, Scale};
use crate::frame::FrameError;

/// More points than this are thinned: a picture has fewer places.
const MOST_POINTS: usize = 20_000;

/// Draws a point for each row.
///
/// Of more than 20,000 points that many are drawn, taken at equal distances in the order of the rows.
pub fn scatter(table: &DataFrame, x: &str, y: &str, by: Option<&str>) -> Result<Plot, PlotError> {
    let verb = "plot.scatter";
    let xs = numbers(table, x, Measure::Places, verb)?;
    let ys = numbers(table, y, Measure::Places, verb)?;
    let groups = Groups::by(table, by, verb)?;
    let points = points(&xs, &ys, &groups);
    let columns: Vec<&str> = [x, y].into_iter().chain(by).collect();
    if points.is_empty() {
        return Err(empty(verb, &columns, table.height()));
    }
    let mut notes = left_out(table.height() - points.len(), table.height(), &columns);
    let points = thin(points, &mut notes);
    let mut series = named(groups.names);
    for (group, point) in points {
        if let Some(series) = series.get_mut(group) {
            series.data.push(point);
        }
    }
    Ok(Plot {
        kind: PlotKind::Scatter,
        title: title(&format!("{y} against {x}"), by),
        x: axis(x, &xs),
        y: axis(y, &ys),
        marks: Marks::Points(series),
        diagonal: false,
        notes,
    })
}

/// Joins points in the order of `x`: one line for each of `ys`, or for each value of `by`.
///
/// Where several rows share an x, the line goes through their mean.
pub fn lines(table: &DataFrame, x: &str, ys: &[String], by: Option<&str>) -> Result<Plot, PlotError> {
    let verb = "plot.line";
    let argument = |argument, expected: String, found: String| {
        PlotError::Frame(FrameError::Argument {
            verb,
            argument,
            expected,
            found,
        })
    };
    match (ys, by) {
        ([], _) => {
            return Err(argument(
                "y",
                "at least one column".to_owned(),
                "an empty list".to_owned(),
            ));
        }
        ([_, _, ..], Some(by)) => {
            let found = format!("{by:?} with several columns in y");
            return Err(argument("by", "left out".to_owned(), found));
        }
        (many, _) if many.len() > MOST_GROUPS => {
            let expected = format!("at most {MOST_GROUPS} columns");
            return Err(argument("y", expected, many.len().to_string()));
        }
        _ => {}
    }
    let xs = numbers(table, x, Measure::Places, verb)?;
    let groups = Groups::by(table, by, verb)?;
    let (mut series, mut means, mut used) = (Vec::new(), false, 0);
    let mut scale = None;
    for y in ys {
        let numbers = numbers(table, y, Measure::Averages, verb)?;
        let points = points(&xs, &numbers, &groups);
        used = used.max(points.len());
        let names = if ys.len() > 1 {
            vec![y.clone()]
        } else {
            groups.names.clone()
        };
        for (place, name) in names.into_iter().enumerate() {
            let own = points
                .iter()
                .filter(|(group, _)| *group == place)
                .map(|(_, point)| *point);
            let (data, averaged) = through_means(own.collect());
            means |= averaged;
            series.push(Named { name, data });
        }
        scale.get_or_insert(numbers.scale);
    }
    let columns: Vec<&str> = std::iter::once(x)
        .chain(ys.iter().map(String::as_str))
        .chain(by)
        .collect();
    if used == 0 {
        return Err(empty(verb, &columns, table.height()));
    }
    let mut notes = left_out(table.height() - used, table.height(), &columns);
    let label = match ys {
        [y] if means => format!("mean of {y}"),
        [y] => y.clone(),
        _ if means => "mean".to_owned(),
        _ => String::new(),
    };
    let count = series.iter().map(|line| line.data.len()).sum::<usize>();
    if count > MOST_POINTS {
        for line in &mut series {
            line.data = every(&line.data, line.data.len() * MOST_POINTS / count);
        }
        notes.push(format!("{MOST_POINTS} of {count} points drawn"));
    }
    Ok(Plot {
        kind: PlotKind::Line,
        title: title(
            &format!(
                "{} by {x}",
                if label.is_empty() {
                    ys.join(", ")
                } else {
                    label.clone()
                }
            ),
            by,
        ),
        x: axis(x, &xs),
        y: Axis {
            scale: scale.filter(|_| !means && ys.len() == 1).unwrap_or(Scale::Number),
            label,
        },
        marks: Marks::Lines(series),
        diagonal: false,
        notes,
    })
}

fn title(title: &str, by: Option<&str>) -> String {
    by.map_or_else(|| title.to_owned(), |by| format!("{title}, by {by}"))
}

fn axis(label: &str, numbers: &Numbers) -> Axis {
    Axis {
        label: label.to_owned(),
        scale: numbers.scale.clone(),
    }
}

fn named(names: Vec<String>) -> Vec<Named<Vec<Point>>> {
    let empty = |name| Named {
        name,
        data: Vec::new(),
    };
    names.into_iter().map(empty).collect()
}

/// Returns the group and the point of each row that has all of them.
fn points(xs: &Numbers, ys: &Numbers, groups: &Groups) -> Vec<(usize, Point)> {
    let rows = xs.values.iter().zip(&ys.values).zip(&groups.places);
    rows.filter_map(|((x, y), group)| Some(((*group)?, ((*x)?, (*y)?))))
        .collect()
}

fn thin(points: Vec<(usize, Point)>, notes: &mut Vec<String>) -> Vec<(usize, Point)> {
    let count = points.len();
    if count <= MOST_POINTS {
        return points;
    }
    notes.push(format!("{MOST_POINTS} of {count} points drawn"));
    every(&points, MOST_POINTS)
}

/// Keeps `most` values at equal distances, the first among them.
fn every<T: Clone>(values: &[T], most: usize) -> Vec<T> {
    let most = most.max(1);
    (0..most)
        .filter_map(|place| values.get(place * values.len() / most).cloned())
        .collect()
}

/// Sorts points by x and replaces those of the same x by their mean; returns whether there were such.
fn through_means(mut points: Vec<Point>) -> (Vec<Point>, bool) {
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = |same: &[Point]| {
        let x = same.first().map_or(0.0, |point| point.0);
        (
            x,
            same.iter().map(|point| point.1).sum::<f64>() / same.len() as f64,
        )
    };
    let means: Vec<Point> = points
        .chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq())
        .map(mean)
        .collect();
    let averaged = means.len() < points.len();
    (means, averaged)
}
