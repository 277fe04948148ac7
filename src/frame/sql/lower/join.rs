//! Joins under any condition.

use polars::prelude::LazyFrame;

use super::Lowering;
use crate::frame::sql::expr::Expr;
use crate::frame::sql::rel::{JoinKind, Rel};

impl Lowering<'_> {
    pub(super) fn join(&mut self, left: &Rel, right: &Rel, _kind: JoinKind, on: &Expr) -> LazyFrame {
        let (left, right) = (self.rel(left), self.rel(right));
        left.cross_join(right, None).filter(self.expr(on))
    }
}
