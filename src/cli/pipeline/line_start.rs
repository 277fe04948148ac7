//! [`LineStart`]: a terminal for lines that change, whose cursor waits where a Ctrl-C pushes nothing down.

use std::io;

use console::Term;
use indicatif::TermLike;

use crate::secret::redaction::redact;

/// Standard error, with the cursor at the start of the last line between two drawings.
///
/// indicatif leaves it behind the last line, which it fills. A Ctrl-C, which the terminal shows as `^C`, would go to the next one
/// then, and the lines could not be found again.
#[derive(Debug)]
pub(super) struct LineStart(Term);

impl LineStart {
    pub(super) fn of_stderr() -> Self {
        Self(Term::buffered_stderr())
    }
}

impl TermLike for LineStart {
    fn width(&self) -> u16 {
        self.0.size().1
    }

    fn height(&self) -> u16 {
        self.0.size().0
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(&redact(text))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(&redact(text))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.write_str("\r")?;
        self.0.flush()
    }
}
