//! `WITH RECURSIVE`.

use polars::prelude::LazyFrame;

use super::Lowering;
use crate::frame::sql::rel::Recursive;

impl Lowering<'_> {
    pub(super) fn recursive(&mut self, recursive: &Recursive) -> LazyFrame {
        self.rel(&recursive.base)
    }
}
