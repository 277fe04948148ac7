//! What cells show, as data, and how much of it is kept. Drawing it is for others.

#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod output;
mod retained_output;

pub use output::{Output, Warning};
pub use retained_output::RetainedOutput;
