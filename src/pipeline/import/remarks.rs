//! [`Remarks`]: what is to be said of an expression that is translated.

use super::meaning::{Meaning, Translated};

/// What is to be said of an expression that is translated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Remarks {
    /// It asks what time it is.
    pub(super) asks_time: bool,
    /// A time becomes a text, and nothing says in which form.
    pub(super) has_bare_time: bool,
}

impl Remarks {
    /// Returns a value as a text.
    pub(super) fn as_text(&mut self, value: &Translated) -> String {
        self.has_bare_time |= value.meaning == Meaning::Time;
        value.as_text()
    }
}
