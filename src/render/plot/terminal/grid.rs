//! [`Grid`]: a grid of characters to draw on, and its lines as a terminal reads them.

use std::fmt::Write as _;

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};

use crate::render::cell::{cut, width};

/// A grid of characters.
pub(super) struct Grid {
    pub(super) buffer: Buffer,
}

impl Grid {
    pub(super) fn new(wide: usize, high: usize) -> Self {
        let size = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
        Self {
            buffer: Buffer::empty(Rect::new(0, 0, size(wide), size(high))),
        }
    }

    /// Returns how many columns there are.
    pub(super) fn wide(&self) -> usize {
        usize::from(self.buffer.area.width)
    }

    /// Writes plain text; what does not fit is cut off.
    pub(super) fn text(&mut self, x: usize, y: usize, text: &str) {
        self.write(x, y, text, Style::new());
    }

    /// Writes text that matters less.
    pub(super) fn dim(&mut self, x: usize, y: usize, text: &str) {
        self.write(x, y, text, Style::new().add_modifier(Modifier::DIM));
    }

    /// Writes text that matters more.
    pub(super) fn strong(&mut self, x: usize, y: usize, text: &str, index: u8) {
        let style = Style::new()
            .fg(Color::Indexed(index))
            .add_modifier(Modifier::BOLD);
        self.write(x, y, text, style);
    }

    /// Writes text in one of 256 colours.
    pub(super) fn tinted(&mut self, x: usize, y: usize, text: &str, index: u8) {
        self.write(x, y, text, Style::new().fg(Color::Indexed(index)));
    }

    /// Writes text in one of 256 colours on another.
    pub(super) fn over(&mut self, x: usize, y: usize, text: &str, index: u8, below: u8) {
        let style = Style::new().fg(Color::Indexed(index)).bg(Color::Indexed(below));
        self.write(x, y, text, style);
    }

    fn write(&mut self, x: usize, y: usize, text: &str, style: Style) {
        let area = self.buffer.area;
        if let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y))
            && x < area.width
            && y < area.height
        {
            let text = cut(text, usize::from(area.width - x));
            self.buffer.set_string(x, y, text, style);
        }
    }

    /// Returns the rows without spaces at their ends, with ANSI colours if `color`.
    pub(super) fn lines(&self, color: bool) -> Vec<String> {
        let area = self.buffer.area;
        (0..area.height).map(|y| self.line(y, color)).collect()
    }

    fn line(&self, y: u16, color: bool) -> String {
        let mut cells: Vec<(&str, String)> = Vec::new();
        let mut hidden = 0;
        for x in 0..self.buffer.area.width {
            let Some(cell) = self.buffer.cell((x, y)) else {
                continue;
            };
            // A wide character covers the cells after it.
            if hidden > 0 {
                hidden -= 1;
                continue;
            }
            hidden = width(cell.symbol()).saturating_sub(1);
            cells.push((
                cell.symbol(),
                if color {
                    codes(cell.fg, cell.bg, cell.modifier)
                } else {
                    String::new()
                },
            ));
        }
        let blank = |cell: &(&str, String)| cell.0.trim().is_empty() && !cell.1.contains("48;");
        while cells.last().is_some_and(blank) {
            cells.pop();
        }
        let mut line = String::new();
        let mut current = "";
        for (symbol, codes) in &cells {
            let codes = if *symbol == " " && !codes.contains("48;") {
                ""
            } else {
                codes.as_str()
            };
            if codes != current {
                if !current.is_empty() {
                    line.push_str("\u{1b}[0m");
                }
                if !codes.is_empty() {
                    // Writing to a string cannot fail.
                    let _ = write!(line, "\u{1b}[{codes}m");
                }
                current = codes;
            }
            line.push_str(symbol);
        }
        if !current.is_empty() {
            line.push_str("\u{1b}[0m");
        }
        line
    }
}

/// Returns the numbers of an ANSI colour sequence; empty for plain text.
fn codes(front: Color, back: Color, modifier: Modifier) -> String {
    let mut codes = Vec::new();
    if modifier.contains(Modifier::BOLD) {
        codes.push("1".to_owned());
    }
    if modifier.contains(Modifier::DIM) {
        codes.push("2".to_owned());
    }
    if let Color::Indexed(index) = front {
        codes.push(format!("38;5;{index}"));
    }
    if let Color::Indexed(index) = back {
        codes.push(format!("48;5;{index}"));
    }
    codes.join(";")
}
