//! [`Cursor`]: which line of a list is chosen, and which are seen.

use super::motion::Motion;

/// Which line of a list is chosen, and which are seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The line that is chosen.
    pub(super) at: usize,
    /// The first line that is seen.
    pub(super) top: usize,
}

impl Cursor {
    /// Moves it.
    pub(super) fn go(&mut self, motion: Motion, length: usize, page: usize) {
        self.at = motion.from(self.at, length, page);
        self.keep(length, page);
    }

    /// Keeps it within the list, and what is seen around it.
    pub(super) fn keep(&mut self, length: usize, page: usize) {
        let page = page.max(1);
        self.at = self.at.min(length.saturating_sub(1));
        self.top = self.top.min(length.saturating_sub(page)).min(self.at);
        if self.at >= self.top + page {
            self.top = self.at + 1 - page;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_seen() {
        let mut cursor = Cursor::default();
        cursor.go(Motion::Halves(2), 100, 10);
        assert_eq!(cursor, Cursor { at: 10, top: 1 });
        cursor.go(Motion::Last, 100, 10);
        assert_eq!(cursor, Cursor { at: 99, top: 90 });
        cursor.go(Motion::Lines(-1), 100, 10);
        assert_eq!(cursor, Cursor { at: 98, top: 90 });
        cursor.keep(20, 10);
        assert_eq!(cursor, Cursor { at: 19, top: 10 });
        cursor.keep(20, 4);
        assert_eq!(cursor, Cursor { at: 19, top: 16 });
        cursor.go(Motion::Lines(5), 0, 4);
        assert_eq!(cursor, Cursor { at: 0, top: 0 });
        cursor.go(Motion::First, 3, 0);
        assert_eq!(cursor, Cursor { at: 0, top: 0 });
    }
}
