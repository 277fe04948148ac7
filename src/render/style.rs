//! What the place that text is shown in can do. Reads no environment: whoever prints decides.

use super::graphics::Graphics;

/// How wide text may be, and whether it may have colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether ANSI colours are understood and wanted.
    pub color: bool,
    /// How images are shown.
    pub graphics: Graphics,
}

impl Default for Style {
    /// What no terminal gets: 120 columns, no colour.
    fn default() -> Self {
        Self {
            width: 120,
            color: false,
            graphics: Graphics::None,
        }
    }
}

impl Style {
    /// Returns `text` dimmed, where colours are on.
    pub fn dim(&self, text: &str) -> String {
        if self.color {
            format!("\u{1b}[2m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}
