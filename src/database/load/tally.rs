//! [`Tally`]: what is known of a column of a load when its rows have gone by.

use polars::prelude::{Column, DataType, PolarsResult};

use crate::database::table::TableColumn;

/// The sum of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sum {
    /// The column is not one of numbers, or they may be too large for the database to add them up.
    None,
    /// The sum, and that of all without their signs.
    Whole(i128, i128),
    /// The sum, and that of all without their signs.
    Float(f64, f64),
}

/// What is known of a column of a load.
pub(super) struct Tally {
    /// The column of the table.
    pub(super) name: String,
    /// What is wrong with a NULL in it.
    pub(super) must_be: Option<&'static str>,
    /// How many values are NULL.
    pub(super) nulls: u64,
    /// The sum of those that have gone by.
    sum: Option<Sum>,
}

impl Tally {
    /// Begins with no rows; `keys` are the columns by which a row is known.
    pub(super) fn new(column: &TableColumn, keys: &[String]) -> Self {
        Self {
            name: column.name.clone(),
            must_be: if keys.contains(&column.name) {
                Some("NULL in a key, by which no row is known")
            } else {
                (!column.is_nullable).then_some("NULL in a column that must have a value")
            },
            nulls: 0,
            sum: None,
        }
    }

    /// Returns the sum.
    pub(super) fn sum(&self) -> Sum {
        self.sum.unwrap_or(Sum::None)
    }

    /// Adds the values of a batch.
    pub(super) fn add(&mut self, values: &Column) -> PolarsResult<()> {
        self.nulls += values.null_count() as u64;
        let sum = sum(values)?;
        self.sum = Some(match self.sum {
            None => sum,
            Some(before) => before.and(sum),
        });
        Ok(())
    }

    /// Forgets what has gone by: of what is left of it, only the NULLs are known.
    pub(super) fn leave(&mut self, nulls: u64) {
        self.nulls = nulls;
        self.sum = Some(Sum::None);
    }
}

impl Sum {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Whole(sum, size), Self::Whole(other, its)) => {
                Self::Whole(sum + other, size.saturating_add(its))
            }
            (Self::Float(sum, size), Self::Float(other, its)) => Self::Float(sum + other, size + its),
            _ => Self::None,
        }
    }
}

fn sum(column: &Column) -> PolarsResult<Sum> {
    let dtype = column.dtype();
    Ok(match dtype {
        DataType::Int128 | DataType::UInt128 => Sum::None,
        DataType::UInt64 => whole(column.u64()?.iter().flatten().map(i128::from)),
        dtype if dtype.is_integer() => {
            let values = column.strict_cast(&DataType::Int64)?;
            whole(values.i64()?.iter().flatten().map(i128::from))
        }
        dtype if dtype.is_float() => {
            let values = column.cast(&DataType::Float64)?;
            let values = values.f64()?.iter().flatten();
            let (sum, size) = values.fold((0.0, 0.0), |(sum, size), value| (sum + value, size + value.abs()));
            Sum::Float(sum, size)
        }
        _ => Sum::None,
    })
}

/// Adds up whole numbers of 64 bits: as many as there can be rows, the sum has room for.
fn whole(values: impl Iterator<Item = i128>) -> Sum {
    let (sum, size) = values.fold((0, 0), |(sum, size), value| (sum + value, size + value.abs()));
    Sum::Whole(sum, size)
}
