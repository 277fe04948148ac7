//! What cells show, as data, and how much of it is kept. Drawing it is for others.

mod kept;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod output;

pub use kept::Kept;
pub use output::{Output, Warning};
