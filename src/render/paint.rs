//! Terminal colours, by what they mean.

use super::style::Style;

/// Colours text, or leaves it plain.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    color: bool,
}

impl Paint {
    /// Creates a painter for a style.
    pub fn new(style: &Style) -> Self {
        Self { color: style.color }
    }

    /// What went wrong.
    pub fn error(&self, text: &str) -> String {
        self.code("1;31", text)
    }

    /// What deserves a look.
    pub fn warning(&self, text: &str) -> String {
        self.code("1;33", text)
    }

    /// What to do.
    pub fn hint(&self, text: &str) -> String {
        self.code("1;36", text)
    }

    /// What matters.
    pub fn strong(&self, text: &str) -> String {
        self.code("1", text)
    }

    /// What does not.
    pub fn dim(&self, text: &str) -> String {
        self.code("2", text)
    }

    fn code(self, code: &str, text: &str) -> String {
        if self.color {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}
