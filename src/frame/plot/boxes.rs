//! Box plots: quartiles, whiskers and outliers of a column.

use polars::prelude::DataFrame;

use super::columns::{Groups, Measure, empty, left_out, numbers};
use super::error::PlotError;
use super::{Axis, BoxSummary, Marks, Plot, PlotKind};

const VERB: &str = "plot.box";

/// Sums up the values of `column` in a box for each value of `by`.
///
/// Quartiles are interpolated, as numpy's; whiskers reach to the last values within one and a half box lengths.
pub fn boxes(table: &DataFrame, column: &str, by: Option<&str>) -> Result<Plot, PlotError> {
    let numbers = numbers(table, column, Measure::Numbers, VERB)?;
    let groups = Groups::by(table, by, VERB)?;
    let mut values = vec![Vec::new(); groups.names.len()];
    let mut used = 0;
    for (value, group) in numbers.values.iter().zip(&groups.places) {
        if let (Some(value), Some(group)) = (value, group)
            && let Some(values) = values.get_mut(*group)
        {
            values.push(*value);
            used += 1;
        }
    }
    let columns: Vec<&str> = std::iter::once(column).chain(by).collect();
    if used == 0 {
        return Err(empty(VERB, &columns, table.height()));
    }
    let (mut names, mut summaries) = (Vec::new(), Vec::new());
    for (name, values) in groups.names.into_iter().zip(values) {
        if let Some(summary) = summary(values) {
            names.push(name);
            summaries.push(summary);
        }
    }
    Ok(Plot {
        kind: PlotKind::Box,
        title: by.map_or_else(|| column.to_owned(), |by| format!("{column} by {by}")),
        x: Axis::categories(by.unwrap_or_default(), names),
        y: Axis {
            label: column.to_owned(),
            scale: numbers.scale,
        },
        marks: Marks::Boxes(summaries),
        diagonal: false,
        notes: left_out(table.height() - used, table.height(), &columns),
    })
}

fn summary(mut values: Vec<f64>) -> Option<BoxSummary> {
    values.sort_by(f64::total_cmp);
    let quartiles = [
        quantile(&values, 0.25)?,
        quantile(&values, 0.5)?,
        quantile(&values, 0.75)?,
    ];
    let reach = 1.5 * (quartiles[2] - quartiles[0]);
    let (least, most) = (quartiles[0] - reach, quartiles[2] + reach);
    let inside = |value: &f64| (least..=most).contains(value);
    Some(BoxSummary {
        count: values.len(),
        low: values.iter().copied().find(inside).unwrap_or(quartiles[0]),
        quartiles,
        high: values.iter().rev().copied().find(inside).unwrap_or(quartiles[2]),
        outliers: values.into_iter().filter(|value| !inside(value)).collect(),
    })
}

/// Returns a quantile of sorted values, between two where none is at the place.
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let place = q * sorted.len().checked_sub(1)? as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let low = *sorted.get(below)?;
    let high = *sorted.get(below + 1).unwrap_or(&low);
    Some(low * (1.0 - part) + high * part)
}
