//! One row for each element of an array or map.

use polars::prelude::LazyFrame;

use super::Lowering;
use crate::frame::sql::expr::{ColumnId, Expr};
use crate::frame::sql::rel::Rel;

impl Lowering<'_> {
    pub(super) fn exploded(
        &mut self,
        input: &Rel,
        _value: &Expr,
        _columns: &[ColumnId],
        _position: Option<ColumnId>,
        _outer: bool,
    ) -> LazyFrame {
        self.rel(input)
    }
}
