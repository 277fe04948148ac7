//! Errors of the folders below, on their way through Starlark.

use starlark::eval::Evaluator;

use crate::error::Error;
use crate::session::CellContext;

/// Carries an error through Starlark so that its hint and kind survive.
pub(crate) trait OrFail<T> {
    /// Wraps the error for a builtin to return.
    fn or_fail(self) -> anyhow::Result<T>;
}

impl<T, E: Into<Error>> OrFail<T> for Result<T, E> {
    fn or_fail(self) -> anyhow::Result<T> {
        self.map_err(|error| anyhow::Error::new(error.into()))
    }
}

/// A builtin was called where no cell is running.
#[derive(Debug, thiserror::Error)]
#[error("this builtin works only inside a cell")]
struct NoCell;

impl crate::error::Problem for NoCell {}

/// Returns what the running cell may use of the world.
pub(crate) fn context<'a>(evaluator: &Evaluator<'_, 'a, '_>) -> anyhow::Result<&'a CellContext> {
    evaluator
        .extra
        .and_then(|extra| extra.downcast_ref::<CellContext>())
        .ok_or(NoCell)
        .or_fail()
}
