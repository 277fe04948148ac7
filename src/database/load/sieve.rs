//! [`Sieve`]: sorts out the rows of a load that the table cannot take, and hands them to whoever keeps them.

use polars::prelude::*;

use super::tally::Tally;
use crate::database::error::DatabaseError;
use crate::database::judge::{Judge, UnfitValue};
use crate::database::rejects::{Rejected, Rejects, Rule};

/// What sorts rows out.
pub(super) struct Sieve<'s> {
    judge: Judge,
    rejects: &'s mut dyn Rejects,
    /// The most rows that may be sorted out.
    most: Option<u64>,
    /// How many rows have gone by.
    seen: u64,
    /// How many were sorted out.
    count: u64,
    /// The numbers of those that did not even go to the database.
    unsent: Vec<u64>,
}

impl<'s> Sieve<'s> {
    pub(super) fn new(judge: Judge, rejects: &'s mut dyn Rejects, most: Option<u64>) -> Self {
        Self {
            judge,
            rejects,
            most,
            seen: 0,
            count: 0,
            unsent: Vec::new(),
        }
    }

    /// Returns how many rows were sorted out.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Sorts a row out.
    ///
    /// # Errors
    ///
    /// There are too many of them, or it cannot be kept.
    pub(super) fn reject(&mut self, rejected: &Rejected) -> Result<(), DatabaseError> {
        self.rejects.take(rejected)?;
        self.count += 1;
        match self.most {
            Some(most) if self.count > most => Err(DatabaseError::TooManyRejects {
                most,
                kept: self.rejects.name().to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Returns the rows of a batch that its columns can take, and their numbers in the frame.
    ///
    /// `written` is the batch before texts were converted; `unread` are those that are no values of their columns.
    pub(super) fn sift(
        &mut self,
        (written, batch): (&DataFrame, DataFrame),
        unread: Vec<UnfitValue>,
        columns: &[Tally],
    ) -> Result<(DataFrame, Vec<i64>), DatabaseError> {
        let before = self.seen;
        let height = batch.height();
        self.seen += height as u64;
        let number = |row: usize| before + row as u64 + 1;
        let mut is_kept = vec![true; height];
        for (row, column, rule, reason) in self.wrong(&batch, unread, columns)? {
            if let Some(is_kept) = is_kept.get_mut(row) {
                *is_kept = false;
            }
            self.unsent.push(number(row));
            self.reject(&Rejected {
                row: number(row),
                column: columns
                    .get(column)
                    .map_or_else(String::new, |tally| tally.name.clone()),
                value: written
                    .columns()
                    .get(column)
                    .and_then(|values| shown(values, row)),
                rule,
                reason,
            })?;
        }
        let numbers = (0..height).filter(|row| is_kept.get(*row) == Some(&true));
        let numbers: Vec<i64> = numbers.map(|row| number(row) as i64).collect();
        if numbers.len() == height {
            return Ok((batch, numbers));
        }
        let is_kept: BooleanChunked = is_kept.into_iter().map(Some).collect();
        let batch = batch.filter(&is_kept);
        batch
            .map(|batch| (batch, numbers))
            .map_err(|error| DatabaseError::Rows(error.to_string()))
    }

    /// Finds the rows of a batch with a value that its column cannot take: the first such value of each.
    fn wrong(
        &mut self,
        batch: &DataFrame,
        unread: Vec<UnfitValue>,
        columns: &[Tally],
    ) -> Result<Vec<(usize, usize, Rule, String)>, DatabaseError> {
        // A text that could not be read is null in the batch, and is wrong for what it was.
        let unfit = unread.into_iter().chain((self.judge)(batch)?);
        let mut wrong: Vec<_> = unfit
            .map(|unfit| (unfit.row, unfit.column, Rule::Type, unfit.reason))
            .collect();
        for (column, (values, tally)) in batch.columns().iter().zip(columns).enumerate() {
            let Some(reason) = tally.must_be.filter(|_| values.null_count() > 0) else {
                continue;
            };
            let nulls = values.is_null();
            let rows = nulls.iter().enumerate();
            let rows = rows.filter(|(_, is_null)| *is_null == Some(true));
            wrong.extend(rows.map(|(row, _)| (row, column, Rule::NotNull, reason.to_owned())));
        }
        wrong.sort_by_key(|(row, column, ..)| (*row, *column));
        wrong.dedup_by_key(|(row, ..)| *row);
        Ok(wrong)
    }

    /// Names the row of the frame in an error that counts those alone that were sent.
    pub(super) fn told(&self, error: DatabaseError) -> DatabaseError {
        match error {
            DatabaseError::Value { row, column, reason } => DatabaseError::Value {
                row: self.number(row),
                column,
                reason,
            },
            error => error.reworded(|message, hint| (self.numbered(message), hint)),
        }
    }

    /// Returns the number in the frame of a row that was sent.
    fn number(&self, sent: u64) -> u64 {
        let before = self.unsent.iter().enumerate();
        let skipped = before.take_while(|(index, number)| **number <= sent + *index as u64);
        sent + skipped.count() as u64
    }

    /// Changes `row 3: …` at the beginning of a message.
    fn numbered(&self, message: String) -> String {
        let found = message.strip_prefix("row ").and_then(|rest| {
            let (row, rest) = rest.split_once(':')?;
            Some(format!("row {}:{rest}", self.number(row.parse().ok()?)))
        });
        found.unwrap_or(message)
    }
}

/// Shows a value as a file of texts has it.
fn shown(values: &Column, row: usize) -> Option<String> {
    match values.get(row).ok()? {
        AnyValue::Null => None,
        AnyValue::String(text) => Some(text.to_owned()),
        AnyValue::StringOwned(text) => Some(text.to_string()),
        AnyValue::Binary(bytes) => Some(format!("{} bytes", bytes.len())),
        AnyValue::BinaryOwned(bytes) => Some(format!("{} bytes", bytes.len())),
        AnyValue::Float64(number) => Some(number.to_string()),
        AnyValue::Float32(number) => Some(number.to_string()),
        value => Some(value.to_string()),
    }
}
