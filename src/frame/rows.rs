//! Operations on rows: their order, their duplicates, and parts of them.

use polars::prelude::{IdxSize, SortMultipleOptions, UniqueKeepStrategy};

use super::columns::selector;
use super::error::FrameError;
use super::expression::Expression;
use super::frame::Frame;
use super::sql::verbs;

/// Which one of equal rows stays.
const KEEPS: &[&str] = &["first", "last", "any", "none"];

impl Frame {
    /// Returns the rows in the order of `by`; rows that are equal in it keep their order.
    ///
    /// `descending` has one value for all keys or one for each.
    pub fn sort(&self, by: &[Expression], descending: &[bool], nulls_last: bool) -> Result<Self, FrameError> {
        if by.is_empty() {
            return Err(FrameError::Argument {
                verb: "sort",
                argument: "by",
                expected: "at least one column".to_owned(),
                found: "none".to_owned(),
            });
        }
        if descending.len() > 1 && descending.len() != by.len() {
            return Err(FrameError::Argument {
                verb: "sort",
                argument: "descending",
                expected: format!("one value or {}, one for each key", by.len()),
                found: format!("{} values", descending.len()),
            });
        }
        let descending = if descending.is_empty() {
            vec![false]
        } else {
            descending.to_vec()
        };
        let options = SortMultipleOptions::default()
            .with_order_descending_multi(descending)
            .with_nulls_last(nulls_last)
            .with_maintain_order(true);
        self.verb("sort", by, |subject, items| verbs::sort(subject, items, options))
    }

    /// Returns one of each set of rows that are equal, in `subset` or in every column, in the order of the table.
    ///
    /// `keep` is `first`, `last`, `any` (the first too) or `none`: rows that have an equal all go.
    pub fn unique(&self, subset: Option<&[String]>, keep: &str) -> Result<Self, FrameError> {
        if let Some(names) = subset {
            self.require(names, "unique")?;
        }
        let keep = match keep {
            "first" | "any" => UniqueKeepStrategy::First,
            "last" => UniqueKeepStrategy::Last,
            "none" => UniqueKeepStrategy::None,
            _ => {
                return Err(FrameError::UnknownOption {
                    verb: "unique",
                    argument: "keep",
                    value: keep.to_owned(),
                    allowed: KEEPS,
                });
            }
        };
        Self::derived(
            self.lazy().unique_stable(subset.map(selector), keep),
            &[self],
            "unique",
        )
    }

    /// Returns `length` rows from `offset`, which counts from the end when negative; all that follow with no length.
    pub fn slice(&self, offset: i64, length: Option<usize>) -> Result<Self, FrameError> {
        let length = length
            .and_then(|length| IdxSize::try_from(length).ok())
            .unwrap_or(IdxSize::MAX);
        Self::derived(self.lazy().slice(offset, length), &[self], "slice")
    }

    /// Returns the first `n` rows.
    pub fn limit(&self, n: usize) -> Result<Self, FrameError> {
        self.slice(0, Some(n))
    }

    /// Returns the first `n` rows, or with a negative `n` all but the last `-n`, which needs the number of rows.
    pub fn head(&self, n: i64, interrupt: &crate::work::Interrupt) -> Result<Self, FrameError> {
        match usize::try_from(n) {
            Ok(n) => self.limit(n),
            Err(_) => self.limit(self.height(interrupt)?.saturating_sub(n.unsigned_abs() as usize)),
        }
    }

    /// Returns the last `n` rows, or with a negative `n` all but the first `-n`.
    pub fn tail(&self, n: i64) -> Result<Self, FrameError> {
        match n {
            0 => self.limit(0),
            1.. => self.slice(-n, Some(n as usize)),
            _ => self.slice(n.saturating_neg(), None),
        }
    }
}
