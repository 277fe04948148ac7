//! [`LastDrawn`]: what is on the terminal, so that it is found again after the window has changed its width.

use super::window::Window;

/// What was painted last.
#[derive(Debug, Default)]
pub(super) struct LastDrawn {
    text: String,
    cursor: usize,
    /// What is behind the text or below it.
    behind: String,
    columns: usize,
}

impl LastDrawn {
    /// Remembers what is painted now.
    pub(super) fn paint(&mut self, text: &str, cursor: usize, window: Window) {
        if self.text != text {
            text.clone_into(&mut self.text);
        }
        self.behind.clear();
        (self.cursor, self.columns) = (cursor, window.columns);
    }

    /// Remembers where the cursor has gone.
    pub(super) fn move_to(&mut self, cursor: usize) {
        self.cursor = cursor;
    }

    /// Remembers what is behind the text.
    pub(super) fn add(&mut self, behind: &str) {
        behind.clone_into(&mut self.behind);
    }

    /// Returns what takes the cell and the label above it off a terminal that has another width now.
    ///
    /// Terminals break what is on them again, and the line editor counts the rows that it erases as they were before; so
    /// the cursor is left where it comes from there to the beginning. A terminal that breaks nothing again may lose a
    /// row too many, or keep one.
    pub(super) fn taken_off(&self, window: Window) -> Option<String> {
        if self.columns == 0 || self.columns == window.columns {
            return None;
        }
        let old = Window {
            columns: self.columns,
            ..window
        };
        let before = self.text.get(..self.cursor).unwrap_or_default();
        let above = window.rows_of(before);
        let cursor = old.rows_of(before);
        let rows = old.rows_of(&format!("{}{}", self.text, self.behind));
        let down = "\n".repeat(rows - 1);
        let up = match rows - cursor {
            0 => String::new(),
            rows => format!("\x1b[{rows}A"),
        };
        Some(format!("\x1b[{above}A\r\x1b[J{down}{up}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_those_of_the_new_width() {
        let window = |columns| Window { columns, rows: 24 };
        let mut shown = LastDrawn::default();
        assert_eq!(shown.taken_off(window(10)), None);
        shown.paint("0123456789012345", 12, window(10));
        assert_eq!(shown.taken_off(window(10)), None);
        // Two rows became one.
        assert_eq!(shown.taken_off(window(20)).unwrap(), "\x1b[1A\r\x1b[J\n");
        // Two rows became four, of which the cursor is on the third.
        assert_eq!(shown.taken_off(window(5)).unwrap(), "\x1b[3A\r\x1b[J\n");
        shown.add("\nlisted\nbelow");
        shown.move_to(0);
        assert_eq!(
            shown.taken_off(window(5)).unwrap(),
            "\x1b[1A\r\x1b[J\n\n\n\x1b[3A"
        );
    }
}
