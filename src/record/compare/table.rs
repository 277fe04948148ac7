//! [`TableDifference`]: how a table differs from the recorded one.

use polars::prelude::DataFrame;

use super::agreement::Agreement;
use crate::frame::{Differences, RowDifference, SchemaDifference, compare};
use crate::record::output::Table;

/// How many differing cells are kept.
const FIRST: usize = 10;

/// How a table differs from the recorded one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableDifference {
    /// How the columns differ, one sentence each.
    pub schema: Vec<String>,
    /// The numbers of rows, recorded and now.
    pub heights: (usize, usize),
    /// Which rows are gone, new or elsewhere, one sentence each.
    pub rows: Vec<String>,
    /// How many columns both have.
    pub width: usize,
    /// How many rows both have.
    pub shared: usize,
    /// The first differing cells, in row order: the row from 0, the column, the recorded value and the one now.
    pub cells: Vec<(usize, String, String, String)>,
    /// For each column that differs, in how many rows it does.
    pub columns: Vec<(String, usize)>,
    /// The largest relative difference of two floats.
    pub largest: Option<f64>,
}

impl TableDifference {
    /// Compares two tables.
    pub(super) fn of(recorded: &DataFrame, now: &DataFrame, tolerance: f64) -> Self {
        let differences = compare(recorded, now, tolerance);
        let shared = differences.shared();
        let Differences {
            schema,
            heights,
            gone,
            new,
            moved,
            cells,
            columns,
            largest,
        } = differences;
        let width = recorded
            .columns()
            .iter()
            .filter(|column| now.column(column.name()).is_ok())
            .count();
        Self {
            schema: schema.iter().map(sentence).collect(),
            heights,
            rows: rows(&gone, &new, moved),
            width,
            shared,
            cells: cells
                .into_iter()
                .map(|cell| {
                    (
                        cell.row,
                        cell.column,
                        cell.left.to_string(),
                        cell.right.to_string(),
                    )
                })
                .collect(),
            columns,
            largest,
        }
    }

    /// Compares two tables by the texts of their values.
    pub(super) fn of_texts(recorded: &Table, now: &Table, tolerance: f64) -> Self {
        let mut found = Self {
            heights: (
                recorded.height.unwrap_or(recorded.rows.len()),
                now.height.unwrap_or(now.rows.len()),
            ),
            shared: recorded.rows.len().min(now.rows.len()),
            ..Self::default()
        };
        let mut cells = Vec::new();
        for (position, (name, dtype)) in recorded.columns.iter().enumerate() {
            let other = now.columns.iter().position(|(other, _)| other == name);
            let Some((other, (_, dtype_now))) = other.and_then(|at| Some((at, now.columns.get(at)?))) else {
                found.schema.push(sentence(&SchemaDifference::OnlyLeft {
                    column: name.clone(),
                    dtype: dtype.clone(),
                }));
                continue;
            };
            found.width += 1;
            if dtype != dtype_now {
                found.schema.push(sentence(&SchemaDifference::Type {
                    column: name.clone(),
                    left: dtype.clone(),
                    right: dtype_now.clone(),
                }));
                continue;
            }
            let mut count = 0;
            for (row, (before, after)) in recorded.rows.iter().zip(&now.rows).enumerate() {
                let value = |row: &[Option<String>], at: usize| row.get(at).cloned().flatten();
                let (before, after) = (value(before, position), value(after, other));
                let nearness = nearness(
                    before.as_deref(),
                    after.as_deref(),
                    recorded.is_float(position),
                    tolerance,
                );
                match nearness {
                    Agreement::Same => {}
                    Agreement::Close(relative) => {
                        found.largest = Some(found.largest.map_or(relative, |largest| largest.max(relative)));
                    }
                    Agreement::Differs => {
                        count += 1;
                        let null = || "null".to_owned();
                        cells.push((
                            row,
                            position,
                            name.clone(),
                            before.unwrap_or_else(null),
                            after.unwrap_or_else(null),
                        ));
                    }
                }
            }
            if count > 0 {
                found.columns.push((name.clone(), count));
            }
        }
        let new = now
            .columns
            .iter()
            .filter(|(name, _)| recorded.columns.iter().all(|(other, _)| other != name));
        found.schema.extend(new.map(|(column, dtype)| {
            sentence(&SchemaDifference::OnlyRight {
                column: column.clone(),
                dtype: dtype.clone(),
            })
        }));
        if found.schema.is_empty() && recorded.columns != now.columns {
            let names = |table: &Table| table.columns.iter().map(|(name, _)| name.clone()).collect();
            found.schema.push(sentence(&SchemaDifference::Order {
                left: names(recorded),
                right: names(now),
            }));
        }
        cells.sort_by_key(|(row, position, ..)| (*row, *position));
        found.cells = cells
            .into_iter()
            .take(FIRST)
            .map(|(row, _, name, before, after)| (row, name, before, after))
            .collect();
        found
    }

    /// Returns how near the tables are.
    pub(super) fn agreement(&self) -> Agreement {
        let is_whole = self.schema.is_empty() && self.rows.is_empty() && self.columns.is_empty();
        if !is_whole || self.heights.0 != self.heights.1 {
            Agreement::Differs
        } else {
            self.largest.map_or(Agreement::Same, Agreement::Close)
        }
    }

    /// Returns how many cells differ, in the columns and rows that both have.
    pub fn count(&self) -> usize {
        self.columns.iter().map(|(_, count)| count).sum()
    }
}

fn nearness(recorded: Option<&str>, now: Option<&str>, is_float: bool, tolerance: f64) -> Agreement {
    match (recorded, now) {
        (Some(recorded), Some(now)) if is_float => match (recorded.parse(), now.parse()) {
            (Ok(recorded), Ok(now)) => Agreement::of_floats(recorded, now, tolerance),
            _ => Agreement::when(recorded == now),
        },
        _ => Agreement::when(recorded == now),
    }
}

/// Describes which rows are gone, new or elsewhere.
fn rows(gone: &RowDifference, new: &RowDifference, moved: usize) -> Vec<String> {
    let of = |rows: &RowDifference, what: &str| match rows.count {
        0 => None,
        1 => Some(format!("{rows} is {what}")),
        count => Some(format!("{count} rows are {what}: {rows}")),
    };
    let elsewhere = match moved {
        0 => None,
        1 => Some("1 row has moved".to_owned()),
        count => Some(format!("{count} rows have moved")),
    };
    [of(gone, "missing"), of(new, "new"), elsewhere]
        .into_iter()
        .flatten()
        .collect()
}

fn sentence(difference: &SchemaDifference) -> String {
    match difference {
        SchemaDifference::OnlyLeft { column, dtype } => format!("column {column} ({dtype}) is missing"),
        SchemaDifference::OnlyRight { column, dtype } => format!("column {column} ({dtype}) is new"),
        SchemaDifference::Type { column, left, right } => {
            format!("column {column} was {left} and is {right}")
        }
        SchemaDifference::Order { left, right } => format!(
            "the columns were in the order {} and are in the order {}",
            left.join(", "),
            right.join(", ")
        ),
    }
}
