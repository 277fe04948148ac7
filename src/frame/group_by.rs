//! [`GroupBy`]: the groups of a table, before they are folded.

use polars::prelude::{Expr, len};

use super::error::FrameError;
use super::expression::Expression;
use super::frame::Frame;

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
        let exprs: Vec<Expr> = keys.iter().map(Expression::expr).collect();
        Self::derived(self.lazy().select(exprs), &[self], "group_by")?;
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
    /// An expression that does not fold gives the list of the group's values.
    pub fn agg(&self, expressions: &[Expression]) -> Result<Frame, FrameError> {
        self.fold(expressions.iter().map(Expression::expr).collect(), "agg")
    }

    /// Returns one row per group with its number of rows, in the column `name`.
    pub fn len(&self, name: &str) -> Result<Frame, FrameError> {
        self.fold(vec![len().alias(name)], "len")
    }

    fn fold(&self, folds: Vec<Expr>, verb: &'static str) -> Result<Frame, FrameError> {
        let keys: Vec<Expr> = self.keys.iter().map(Expression::expr).collect();
        Frame::derived(
            self.frame.lazy().group_by_stable(keys).agg(folds),
            &[&self.frame],
            verb,
        )
    }
}
