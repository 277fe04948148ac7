//! [`Scroll`]: the lines of a text that is longer than the screen, and the first that is seen.

use ratatui_core::text::Line;

use super::motion::Motion;

/// The lines of a text, and the first of them that is seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Scroll {
    pub(super) lines: Vec<Line<'static>>,
    pub(super) top: usize,
}

impl Scroll {
    /// Moves it.
    pub(super) fn go(&mut self, motion: Motion, page: usize) {
        self.top = match motion {
            Motion::Last => self.lines.len(),
            motion => motion.from(self.top, self.lines.len(), page),
        };
        self.keep(page);
    }

    /// Keeps what is seen within the text.
    pub(super) fn keep(&mut self, page: usize) {
        self.top = self.top.min(self.lines.len().saturating_sub(page));
    }

    /// Returns the lines that are seen.
    pub(super) fn seen(&self, page: usize) -> &[Line<'static>] {
        let end = self.lines.len().min(self.top.saturating_add(page));
        self.lines.get(self.top..end).unwrap_or_default()
    }

    /// Says which lines are seen; nothing where all are.
    pub(super) fn part(&self, page: usize) -> Option<String> {
        let (length, top) = (self.lines.len(), self.top);
        (length > page).then(|| format!("{}–{} of {length}", top + 1, length.min(top + page)))
    }
}
