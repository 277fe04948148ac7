//! `PIVOT` and `UNPIVOT`.

use sqlparser::ast::{self, Spanned as _};

use super::Binder;
use crate::frame::sql::error::{SqlResult, unsupported};
use crate::frame::sql::rel::Rel;
use crate::frame::sql::scope::Scope;

impl Binder<'_> {
    /// Binds PIVOT.
    pub(super) fn pivot(&mut self, factor: &ast::TableFactor) -> SqlResult<(Rel, Scope)> {
        Err(unsupported("PIVOT", "", factor.span()))
    }

    /// Binds UNPIVOT.
    pub(super) fn unpivot(&mut self, factor: &ast::TableFactor) -> SqlResult<(Rel, Scope)> {
        Err(unsupported("UNPIVOT", "", factor.span()))
    }
}
