//! Functions of this family; see `mod.rs`.

use super::Function;

pub(super) static COLLECTIONS: &[Function] = &[];

use polars::prelude::DataType;

use crate::frame::sql::expr::Expr;

/// Returns the types of the parameters of a lambda, from the arguments before it; `None` where no such lambda fits.
pub(super) fn lambda_types(_function: &Function, _before: &[Expr], _count: usize) -> Option<Vec<DataType>> {
    None
}
