//! [`Window`]: how much text the terminal shows at once.

use console::measure_text_width;

/// The size of a terminal that does not tell.
const UNKNOWN: Window = Window {
    columns: 80,
    rows: 24,
};
/// How many columns a tab may take.
const TAB: &str = "        ";

/// The size of the terminal, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Window {
    /// Asks the terminal.
    pub(super) fn now() -> Self {
        let size = terminal_size::terminal_size();
        size.map(|(columns, rows)| Self {
            columns: usize::from(columns.0),
            rows: usize::from(rows.0),
        })
        .filter(|window| window.columns > 0 && window.rows > 0)
        .unwrap_or(UNKNOWN)
    }

    /// Returns how many rows `text` takes, with the one that the cursor is on behind a full row.
    pub(super) fn rows_of(&self, text: &str) -> usize {
        let rows = |line: &str| width(line) / self.columns.max(1) + 1;
        text.split('\n').map(rows).sum()
    }

    /// Returns whether a cell with this text is seen whole, below the line with its number.
    pub(super) fn holds(&self, text: &str) -> bool {
        // Each line takes a row at least: most texts that are too long are known without measuring them.
        text.len() < self.rows * self.columns * 8 && self.rows_of(text) < self.rows.saturating_sub(1).max(1)
    }
}

/// Returns how many columns `line` takes.
pub(super) fn width(line: &str) -> usize {
    if line.contains('\t') {
        measure_text_width(&line.replace('\t', TAB))
    } else {
        measure_text_width(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_and_many_lines_take_rows() {
        let window = Window { columns: 10, rows: 6 };
        for (text, rows, is_held) in [
            ("", 1, true),
            ("123456789", 1, true),
            ("1234567890", 2, true),
            ("日本語日本", 2, true),
            ("a\tb", 2, true),
            ("a\nb\nc\nd", 4, true),
            ("a\nb\nc\nd\ne", 5, false),
        ] {
            assert_eq!(window.rows_of(text), rows, "{text:?}");
            assert_eq!(window.holds(text), is_held, "{text:?}");
        }
    }
}
