//! [`ErrorContext`]: what there is to know about a cell in which something went wrong.

use super::context::CellContext;
use super::limits::Limits;
use super::runner::Language;

/// What there is to know about a cell in which something went wrong: its language, the names around it, and the bounds
/// within which it runs.
pub(super) struct ErrorContext<'a> {
    pub(super) language: &'a dyn Language,
    pub(super) cell: &'a CellContext,
    pub(super) limits: Limits,
}
