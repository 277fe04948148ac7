//! Values as the tables of a query.

use starlark::values::{Value, ValueLike as _};

use super::error::StatementError;
use crate::frame::Frame;
use crate::language::arguments::described;
use crate::language::frame::FrameValue;

/// Returns the frame that `name` is.
pub(super) fn frame_of(name: &str, value: Value<'_>) -> Result<Frame, StatementError> {
    match value.downcast_ref::<FrameValue>() {
        Some(value) => Ok(value.frame().clone()),
        None => Err(StatementError::NotAFrame {
            name: name.to_owned(),
            found: described(value),
        }),
    }
}
