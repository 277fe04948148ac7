//! [`compare`]: how two tables differ, in their columns, their heights and their cells.
//!
//! Rows are compared in their order; where some are gone or new, the others are paired by what they hold. How a
//! difference is shown is for others.

mod rows;

use std::fmt;

use polars::prelude::{ChunkCompareEq, Column, DataFrame, DataType, IdxCa, IdxSize, Series};

use super::dtype::dtype_name;
use super::scalar::Scalar;
use rows::Pairing;

/// How many differing cells, and rows of a kind, are kept.
const FIRST: usize = 10;

/// How two tables differ.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Differences {
    /// How their columns differ: in document order of the left table, then what only the right one has.
    pub schema: Vec<SchemaDifference>,
    /// The numbers of rows of the left and the right table.
    pub heights: (usize, usize),
    /// The rows that only the left table has.
    pub gone: RowDifference,
    /// The rows that only the right table has.
    pub new: RowDifference,
    /// How many rows of the left table stand elsewhere in the right one.
    pub moved: usize,
    /// The first differing cells, by row and then by column; at most ten.
    pub cells: Vec<CellDifference>,
    /// For each column that differs, in order, in how many rows it does.
    pub columns: Vec<(String, usize)>,
    /// The largest relative difference of two floats, within the tolerance or not; infinite where only one of them is
    /// a finite number, `None` where all are equal.
    pub largest: Option<f64>,
}

/// Rows that only one of two tables has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowDifference {
    /// How many.
    pub count: usize,
    /// The first of them, at most ten: from 0, with the value of the table's first column.
    pub first: Vec<(usize, Scalar)>,
    /// The name of that column.
    pub column: String,
}

/// Names the rows: `row 1 (PassengerId = 2)`.
impl fmt::Display for RowDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (row, value)) in self.first.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}row {row} ({} = {value})", self.column)?;
        }
        match self.count.saturating_sub(self.first.len()) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl RowDifference {
    fn of(table: &DataFrame, rows: &[usize]) -> Self {
        let column = table.columns().first().map(Column::as_materialized_series);
        let first = column.into_iter().flat_map(|column| {
            let rows = rows.iter().take(FIRST);
            rows.map(|row| (*row, value(column, *row)))
        });
        Self {
            count: rows.len(),
            first: first.collect(),
            column: column.map_or_else(String::new, |column| column.name().to_string()),
        }
    }
}

/// How the columns of two tables differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaDifference {
    /// Only the left table has the column.
    OnlyLeft {
        /// Its name.
        column: String,
        /// Its type.
        dtype: String,
    },
    /// Only the right table has the column.
    OnlyRight {
        /// Its name.
        column: String,
        /// Its type.
        dtype: String,
    },
    /// The column has different types; its values are not compared.
    Type {
        /// Its name.
        column: String,
        /// Its type on the left.
        left: String,
        /// Its type on the right.
        right: String,
    },
    /// Both have the same columns in different orders.
    Order {
        /// The columns of the left table.
        left: Vec<String>,
        /// The columns of the right table.
        right: Vec<String>,
    },
}

/// A cell with two values.
#[derive(Debug, Clone, PartialEq)]
pub struct CellDifference {
    /// The row in the left table, from 0.
    pub row: usize,
    /// The column's name.
    pub column: String,
    /// The value in the left table.
    pub left: Scalar,
    /// The value in the right table.
    pub right: Scalar,
}

impl Differences {
    /// Returns whether the tables are the same, as far as the tolerance goes.
    pub fn is_empty(&self) -> bool {
        self.schema.is_empty()
            && self.heights.0 == self.heights.1
            && self.gone.count + self.new.count + self.moved == 0
            && self.columns.is_empty()
    }

    /// Returns how many rows both tables have.
    pub fn shared(&self) -> usize {
        let left = self.heights.0.saturating_sub(self.gone.count);
        let right = self.heights.1.saturating_sub(self.new.count);
        left.min(right).saturating_sub(self.moved)
    }

    /// Returns how many cells differ, in the columns and rows that both tables have.
    pub fn count(&self) -> usize {
        self.columns.iter().map(|(_, count)| count).sum()
    }
}

/// Compares two tables: names, types and order of the columns, numbers of rows, and the cells that both have.
///
/// Two floats are equal when `|a - b| <= tolerance * max(|a|, |b|)`, also inside lists and structs; so are two that
/// are not a number, and the two zeros. Everything else has to be the same. Missing is equal to missing alone.
///
/// Rows belong together by their places, unless some are gone or new, or less is to be told when they are paired by what
/// they hold.
pub fn compare(left: &DataFrame, right: &DataFrame, tolerance: f64) -> Differences {
    let by_place = in_place(left, right, tolerance);
    if by_place.heights.0 == by_place.heights.1 && by_place.columns.is_empty() {
        return by_place;
    }
    let Some(pairing) = Pairing::of(left, right) else {
        return by_place;
    };
    let Some((one, other)) = gathered(left, right, &pairing) else {
        return by_place;
    };
    let mut paired = in_place(&one, &other, tolerance);
    for cell in &mut paired.cells {
        cell.row = pairing.pairs.get(cell.row).map_or(cell.row, |(row, _)| *row);
    }
    let whole_rows = pairing.gone.len() + pairing.new.len();
    let told = paired.count() + whole_rows * left.width() + pairing.moved;
    if by_place.heights.0 == by_place.heights.1 && told >= by_place.count() {
        return by_place;
    }
    Differences {
        heights: by_place.heights,
        gone: RowDifference::of(left, &pairing.gone),
        new: RowDifference::of(right, &pairing.new),
        moved: pairing.moved,
        ..paired
    }
}

/// Returns the rows of two tables that belong together, each table in the order of the pairs.
fn gathered(left: &DataFrame, right: &DataFrame, pairing: &Pairing) -> Option<(DataFrame, DataFrame)> {
    let rows = |of: fn(&(usize, usize)) -> usize| -> Option<Vec<IdxSize>> {
        let rows = pairing.pairs.iter().map(of);
        rows.map(|row| IdxSize::try_from(row).ok()).collect()
    };
    let take = |table: &DataFrame, rows: Vec<IdxSize>| table.take(&IdxCa::from_vec("rows".into(), rows)).ok();
    Some((
        take(left, rows(|(row, _)| *row)?)?,
        take(right, rows(|(_, row)| *row)?)?,
    ))
}

/// Compares two tables row by row, as far as both go.
fn in_place(left: &DataFrame, right: &DataFrame, tolerance: f64) -> Differences {
    let mut found = Differences {
        schema: schema_differences(left, right),
        heights: (left.height(), right.height()),
        ..Differences::default()
    };
    let rows = left.height().min(right.height());
    let mut cells: Vec<(usize, usize, CellDifference)> = Vec::new();
    for (position, column) in left.columns().iter().enumerate() {
        let Ok(other) = right.column(column.name()) else {
            continue;
        };
        if column.dtype() != other.dtype() {
            continue;
        }
        let one = column.as_materialized_series().slice(0, rows);
        let other = other.as_materialized_series().slice(0, rows);
        let mut comparison = Comparison {
            tolerance,
            largest: found.largest,
        };
        let differing = comparison.rows(&one, &other);
        found.largest = comparison.largest;
        if differing.is_empty() {
            continue;
        }
        let name = column.name().to_string();
        for row in differing.iter().copied().take(FIRST) {
            let cell = CellDifference {
                row,
                column: name.clone(),
                left: value(&one, row),
                right: value(&other, row),
            };
            cells.push((row, position, cell));
        }
        found.columns.push((name, differing.len()));
    }
    cells.sort_by_key(|(row, position, _)| (*row, *position));
    found.cells = cells.into_iter().take(FIRST).map(|(.., cell)| cell).collect();
    found
}

/// Returns whether two floats are equal within a relative tolerance.
pub fn close(left: f64, right: f64, tolerance: f64) -> bool {
    relative(left, right) <= tolerance
}

/// Returns how far two floats are apart, as a share of the larger one; infinite where only one is finite.
#[allow(clippy::float_cmp, reason = "the same is the same")]
pub fn relative(left: f64, right: f64) -> f64 {
    if left == right || (left.is_nan() && right.is_nan()) {
        0.0
    } else if left.is_finite() && right.is_finite() {
        (left - right).abs() / left.abs().max(right.abs())
    } else {
        f64::INFINITY
    }
}

fn schema_differences(left: &DataFrame, right: &DataFrame) -> Vec<SchemaDifference> {
    let mut found = Vec::new();
    for column in left.columns() {
        let (name, dtype) = (column.name().to_string(), dtype_name(column.dtype()));
        match right.column(column.name()) {
            Err(_) => found.push(SchemaDifference::OnlyLeft { column: name, dtype }),
            Ok(other) if other.dtype() != column.dtype() => found.push(SchemaDifference::Type {
                column: name,
                left: dtype,
                right: dtype_name(other.dtype()),
            }),
            Ok(_) => {}
        }
    }
    let only_right = right
        .columns()
        .iter()
        .filter(|column| left.column(column.name()).is_err());
    found.extend(only_right.map(|column| SchemaDifference::OnlyRight {
        column: column.name().to_string(),
        dtype: dtype_name(column.dtype()),
    }));
    let names = |table: &DataFrame| -> Vec<String> {
        let columns = table.columns().iter();
        columns.map(|column| column.name().to_string()).collect()
    };
    let (left, right) = (names(left), names(right));
    if found.is_empty() && left != right {
        found.push(SchemaDifference::Order { left, right });
    }
    found
}

fn value(series: &Series, row: usize) -> Scalar {
    series.get(row).map_or(Scalar::Null, |value| Scalar::from(&value))
}

/// Compares values and notes the largest difference on the way.
struct Comparison {
    tolerance: f64,
    largest: Option<f64>,
}

impl Comparison {
    /// Returns the rows in which two columns of the same type and length differ.
    fn rows(&mut self, left: &Series, right: &Series) -> Vec<usize> {
        match left.dtype() {
            DataType::Float64 => {
                if let (Ok(left), Ok(right)) = (left.f64(), right.f64()) {
                    return self.floats(left.iter().zip(right.iter()));
                }
            }
            DataType::Float32 => {
                if let (Ok(left), Ok(right)) = (left.f32(), right.f32()) {
                    let pairs = left.iter().zip(right.iter());
                    return self.floats(pairs.map(|(one, other)| (one.map(f64::from), other.map(f64::from))));
                }
            }
            DataType::List(_) | DataType::Array(..) | DataType::Struct(_) => {}
            _ => {
                if let Ok(mask) = left.not_equal_missing(right) {
                    let rows = mask.iter().enumerate();
                    return rows
                        .filter(|(_, differs)| *differs == Some(true))
                        .map(|(row, _)| row)
                        .collect();
                }
            }
        }
        let rows = 0..left.len();
        rows.filter(|row| !self.same(&value(left, *row), &value(right, *row)))
            .collect()
    }

    fn floats(&mut self, pairs: impl Iterator<Item = (Option<f64>, Option<f64>)>) -> Vec<usize> {
        let rows = pairs.enumerate();
        rows.filter(|(_, pair)| match pair {
            (Some(left), Some(right)) => !self.close(*left, *right),
            (None, None) => false,
            _ => true,
        })
        .map(|(row, _)| row)
        .collect()
    }

    fn close(&mut self, left: f64, right: f64) -> bool {
        let relative = relative(left, right);
        if relative > 0.0 && self.largest.is_none_or(|largest| relative > largest) {
            self.largest = Some(relative);
        }
        relative <= self.tolerance
    }

    fn same(&mut self, left: &Scalar, right: &Scalar) -> bool {
        match (left, right) {
            (Scalar::Float(left), Scalar::Float(right)) => self.close(*left, *right),
            (Scalar::List(left), Scalar::List(right)) => {
                left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| self.same(left, right))
            }
            (Scalar::Struct(left), Scalar::Struct(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right)
                        .all(|(left, right)| self.same(&left.1, &right.1))
            }
            (Scalar::Map(left), Scalar::Map(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right)
                        .all(|(left, right)| left.0 == right.0 && self.same(&left.1, &right.1))
            }
            _ => left == right,
        }
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{DataFrame, IntoColumn, NamedFrom, df};

    use super::*;

    fn cells(found: &Differences) -> String {
        let cells = found.cells.iter();
        let texts: Vec<String> = cells
            .map(|cell| format!("{} {}: {} {}", cell.row, cell.column, cell.left, cell.right))
            .collect();
        texts.join(" | ")
    }

    #[test]
    fn a_table_is_the_same_as_itself_whatever_it_holds() {
        let lists: Vec<Series> = [&[1.0, f64::NAN][..], &[]]
            .iter()
            .map(|list| Series::new("".into(), *list))
            .collect();
        let mut table =
            df!("a" => [Some(1), None], "b" => ["x", "y"], "c" => [f64::NAN, -0.0], "d" => [true, false])
                .unwrap();
        table
            .with_column(Series::new("e".into(), lists).into_column())
            .unwrap();
        let found = compare(&table, &table, 0.0);
        assert!(found.is_empty() && found.largest.is_none(), "{found:?}");
        let empty = DataFrame::empty();
        assert!(compare(&empty, &empty, 0.0).is_empty());
    }

    #[test]
    fn columns_differ_in_names_types_and_order() {
        let left = df!("a" => [1], "b" => [1.0], "c" => ["x"]).unwrap();
        let right = df!("c" => ["y"], "b" => [1], "d" => [true]).unwrap();
        let found = compare(&left, &right, 0.0);
        let type_of_b = SchemaDifference::Type {
            column: "b".to_owned(),
            left: "Float64".to_owned(),
            right: "Int32".to_owned(),
        };
        assert!(matches!(&found.schema[0], SchemaDifference::OnlyLeft { column, .. } if column == "a"));
        assert_eq!(found.schema[1], type_of_b);
        assert!(matches!(&found.schema[2], SchemaDifference::OnlyRight { column, .. } if column == "d"));
        assert_eq!(cells(&found), "0 c: x y");
        let turned = left.select(["b", "a", "c"]).unwrap();
        let found = compare(&left, &turned, 0.0);
        assert!(
            matches!(&found.schema[..], [SchemaDifference::Order { .. }]),
            "{found:?}"
        );
    }

    #[test]
    fn cells_are_counted_by_column_and_the_first_are_kept_by_row() {
        let left = df!("a" => [1, 2, 3, 4], "b" => [Some("x"), None, Some("z"), Some("w")]).unwrap();
        let right = df!("a" => [1, 0, 3], "b" => [Some("y"), Some(""), Some("z")]).unwrap();
        let found = compare(&left, &right, 0.5);
        assert_eq!(found.heights, (4, 3));
        assert_eq!(found.columns, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
        assert_eq!(cells(&found), "0 b: x y | 1 a: 2 0 | 1 b: null ");
        let many = df!("a" => (0..100).collect::<Vec<i32>>()).unwrap();
        let others = df!("a" => (200..300).collect::<Vec<i32>>()).unwrap();
        let found = compare(&many, &others, 0.0);
        assert_eq!((found.cells.len(), found.count()), (FIRST, 100));
    }

    #[test]
    fn rows_that_are_gone_are_named_and_do_not_shift_the_others() {
        let ids: Vec<i32> = (0..100).collect();
        let left = df!("id" => &ids, "x" => ids.iter().map(|id| f64::from(*id)).collect::<Vec<_>>()).unwrap();
        let mut right = left.head(Some(40));
        right.vstack_mut(&left.slice(42, 58)).unwrap();
        let found = compare(&left, &right, 0.0);
        assert_eq!(found.gone.to_string(), "row 40 (id = 40), row 41 (id = 41)");
        assert_eq!((found.new.count, found.count(), found.shared()), (0, 0, 98));
        let turned = left.reverse();
        let found = compare(&left, &turned, 0.0);
        assert!(!found.is_empty());
        assert_eq!((found.heights, found.moved, found.count()), ((100, 100), 99, 0));
    }

    #[test]
    fn the_tolerance_is_relative_and_of_floats_alone() {
        // left, right, tolerance, equal
        let cases = [
            (100.0, 101.0, 0.01, true),
            (100.0, 101.1, 0.01, false),
            (1e-300, 2e-300, 0.1, false),
            (0.0, -0.0, 0.0, true),
            (0.0, 1e-300, 0.5, false),
            (f64::NAN, f64::NAN, 0.0, true),
            (f64::NAN, 1.0, 1e9, false),
            (f64::INFINITY, f64::INFINITY, 0.0, true),
            (f64::INFINITY, f64::MAX, 1e9, false),
        ];
        for (left, right, tolerance, equal) in cases {
            assert_eq!(close(left, right, tolerance), equal, "{left} {right} {tolerance}");
            let of = |value: f64| df!("x" => [value]).unwrap();
            let found = compare(&of(left), &of(right), tolerance);
            assert_eq!(found.is_empty(), equal, "{left} {right} {tolerance}");
        }
        let found = compare(
            &df!("x" => [100.0, 1.0]).unwrap(),
            &df!("x" => [101.0, 1.5]).unwrap(),
            0.4,
        );
        assert!(found.is_empty());
        assert_eq!(found.largest, Some(0.5 / 1.5));
        assert!(!compare(&df!("x" => [100]).unwrap(), &df!("x" => [101]).unwrap(), 0.1).is_empty());
    }
}
