//! Texts in RON that people write: reading them, what is wrong in one, and where in it something stands.
//!
//! Knows nothing of what such a text says.

mod fault;
mod outline;
mod scanner;
mod value_path;

use ron::extensions::Extensions;
use serde::de::DeserializeOwned;

pub(crate) use fault::{Fault, Place};
pub(crate) use outline::Outline;
pub(crate) use value_path::ValuePath;

/// Reads a text; `extensions` are those that it need not enable itself.
///
/// # Errors
///
/// The first thing in it that is not as the type has it, and its place.
pub(crate) fn read<T: DeserializeOwned>(text: &str, extensions: Extensions) -> Result<T, (Place, Fault)> {
    let options = ron::Options::default().with_default_extension(extensions);
    options.from_str(text).map_err(|error| {
        let start = error.span.start;
        let place = Place {
            line: start.line,
            column: start.col,
        };
        (place.behind_whitespace(text), Fault::from(error.code))
    })
}
