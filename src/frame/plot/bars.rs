//! Bars: how many rows a category has, or the mean of a column in it.

use polars::prelude::DataFrame;

use super::columns::{Groups, Measure, empty, left_out, numbers};
use super::error::PlotError;
use super::{Axis, Marks, Named, Plot, PlotKind};

const VERB: &str = "plot.bar";

/// More bars than this have no room for their names.
const MOST_CATEGORIES: usize = 40;

/// Counts the rows of each value of `x`, or takes the mean of `y` there, for each value of `by`.
///
/// Categories are sorted by value. Where each has one row only, they stay in the order of the rows, so that a
/// sorted table gives sorted bars.
pub fn bars(table: &DataFrame, x: &str, y: Option<&str>, by: Option<&str>) -> Result<Plot, PlotError> {
    let measured = y
        .map(|y| numbers(table, y, Measure::Averages, VERB))
        .transpose()?;
    let groups = Groups::by(table, by, VERB)?;
    let mut categories = Groups::in_order(table, x, MOST_CATEGORIES, VERB)?;
    let single = by.is_none() && categories.names.len() == table.height() - nulls(&categories);
    if !single || y.is_none() {
        categories = Groups::of(table, x, MOST_CATEGORIES, VERB)?;
    }
    let mut sums = vec![vec![(0.0, 0_u64); categories.names.len()]; groups.names.len()];
    let mut used = 0;
    for (row, (category, group)) in categories.places.iter().zip(&groups.places).enumerate() {
        let value = match &measured {
            Some(measured) => measured.values.get(row).copied().flatten(),
            None => Some(1.0),
        };
        let (Some(category), Some(group), Some(value)) = (category, group, value) else {
            continue;
        };
        used += 1;
        if let Some((sum, count)) = sums.get_mut(*group).and_then(|sums| sums.get_mut(*category)) {
            *sum += value;
            *count += 1;
        }
    }
    let columns: Vec<&str> = std::iter::once(x).chain(y).chain(by).collect();
    if used == 0 {
        return Err(empty(VERB, &columns, table.height()));
    }
    let height = |(sum, count): &(f64, u64)| match (y, *count) {
        (_, 0) => None,
        (None, count) => Some(count as f64),
        (Some(_), count) => Some(sum / count as f64),
    };
    let means = sums.iter().flatten().any(|(_, count)| *count > 1);
    let label = match y {
        None => "rows".to_owned(),
        Some(y) if means => format!("mean of {y}"),
        Some(y) => y.to_owned(),
    };
    let title = match by {
        None => format!("{label} by {x}"),
        Some(by) => format!("{label} by {x} and {by}"),
    };
    Ok(Plot {
        kind: PlotKind::Bar,
        title,
        x: Axis::categories(x, categories.names),
        y: if y.is_some() {
            Axis::numbers(label)
        } else {
            Axis::rows()
        },
        marks: Marks::Bars(
            groups
                .names
                .into_iter()
                .zip(&sums)
                .map(|(name, sums)| Named {
                    name,
                    data: sums.iter().map(height).collect(),
                })
                .collect(),
        ),
        diagonal: false,
        notes: left_out(table.height() - used, table.height(), &columns),
    })
}

fn nulls(groups: &Groups) -> usize {
    groups.places.iter().filter(|place| place.is_none()).count()
}
