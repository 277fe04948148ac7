//! What is computed before rows are grouped.

use polars::prelude::{PlSmallStr, col};

use crate::frame::sql::expr::Expr;
use crate::frame::sql::lower::{PolarsExpr, polars_name};

/// What is computed before rows are grouped, each thing once.
#[derive(Default)]
pub(super) struct Computed {
    pub(super) columns: Vec<(Expr, PlSmallStr)>,
}

impl Computed {
    /// Returns the column that holds the values of an expression.
    pub(super) fn column(&mut self, expr: &Expr) -> PolarsExpr {
        col(self.named(expr))
    }

    /// Returns the name of that column.
    pub(super) fn named(&mut self, expr: &Expr) -> PlSmallStr {
        if let Some(id) = expr.as_column() {
            return polars_name(id);
        }
        if let Some((_, name)) = self.columns.iter().find(|(known, _)| known == expr) {
            return name.clone();
        }
        let name = PlSmallStr::from(format!("#argument {}", self.columns.len()));
        self.columns.push((expr.clone(), name.clone()));
        name
    }
}
