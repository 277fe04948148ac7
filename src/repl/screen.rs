//! [`Screen`]: where a prompt shows things.

use crate::error::Error;
use crate::render::Style;

/// Where a prompt shows things; the terminal, for the program.
pub trait Screen {
    /// Returns how to write for standard output, as wide as it is now.
    fn style(&self) -> Style;

    /// Returns how to write for standard error, as wide as it is now.
    fn error_style(&self) -> Style;

    /// Returns how many lines are seen at once.
    fn height(&self) -> usize;

    /// Writes to standard output at once.
    fn out(&self, text: &str) -> Result<(), Error>;

    /// Writes to standard error at once.
    fn error(&self, text: &str);
}
