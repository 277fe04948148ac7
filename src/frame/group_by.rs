//! [`GroupBy`]: the groups of a table, before they are folded.

use super::error::FrameError;
use super::expression::Expression;
use super::frame::Frame;
use super::sql::verbs;

/// The groups of a table, in the order in which each first appears.
#[derive(Debug, Clone)]
pub struct GroupBy {
    frame: Frame,
    keys: Vec<Expression>,
}

impl Frame {
    /// Groups the rows that have the same `keys`; null is a key too.
    pub fn group_by(&self, keys: &[Expression]) -> Result<GroupBy, FrameError> {
        if keys.is_empty() {
            return Err(FrameError::Argument {
                verb: "group_by",
                argument: "by",
                expected: "at least one column".to_owned(),
                found: "none".to_owned(),
            });
        }
        self.verb("group_by", keys, |subject, items| {
            verbs::group(subject, items, &[])
        })?;
        Ok(GroupBy {
            frame: self.clone(),
            keys: keys.to_vec(),
        })
    }
}

impl GroupBy {
    /// Returns the table that is grouped.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Returns what it is grouped by.
    pub fn keys(&self) -> &[Expression] {
        &self.keys
    }

    /// Returns one row per group: its keys, then what each expression gives for it.
    ///
    /// A column outside of an aggregate is one of the keys, or an error.
    pub fn agg(&self, expressions: &[Expression]) -> Result<Frame, FrameError> {
        self.fold(expressions, "agg")
    }

    /// Returns one row per group with its number of rows, in the column `name`.
    pub fn len(&self, name: &str) -> Result<Frame, FrameError> {
        self.fold(&[Expression::parse("count(*)")?.alias(name)], "len")
    }

    fn fold(&self, folds: &[Expression], verb: &'static str) -> Result<Frame, FrameError> {
        let count = self.keys.len();
        let all: Vec<Expression> = self.keys.iter().chain(folds).cloned().collect();
        self.frame.verb(verb, &all, |subject, items| {
            let (keys, folds) = items.split_at_checked(count).unwrap_or((items, &[]));
            verbs::group(subject, keys, folds)
        })
    }
}
