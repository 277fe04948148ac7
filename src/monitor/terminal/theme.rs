//! How things look: the terminal's own colours, and never colour alone.
//!
//! Text that is read has the terminal's own front and back, which can be read whether it is light or dark. Colour is on signs and
//! bars, whose words stand beside them.

use ratatui_core::style::{Color, Modifier, Style};
use ratatui_core::text::{Line, Span};

use super::words::{broken, clean};
use crate::monitor::pages::Drawn;

/// What matters.
pub(super) const fn strong() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

/// What does not.
pub(super) const fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

/// What went wrong.
pub(super) const fn error() -> Style {
    Style::new().fg(Color::Red).add_modifier(Modifier::BOLD)
}

/// What is chosen.
pub(super) const fn chosen() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

/// The heads of columns.
pub(super) const fn head() -> Style {
    Style::new().add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED))
}

/// Returns how the sign and the bar of a status look.
pub(super) fn status(drawn: Drawn) -> Style {
    let color = match drawn.class {
        "running" => Color::Cyan,
        "succeeded" => Color::Green,
        "failed" => return error(),
        "cancelled" | "interrupted" => Color::Magenta,
        _ => return dim(),
    };
    Style::new().fg(color)
}

/// Returns a status as its sign and its words.
pub(super) fn badge(drawn: Drawn) -> Vec<Span<'static>> {
    vec![
        Span::styled(drawn.sign, status(drawn)),
        Span::raw(" "),
        Span::raw(drawn.words),
    ]
}

/// Returns a fact and its name as a line.
pub(super) fn fact(name: &str, value: &str) -> Line<'static> {
    Line::from(vec![
        Span::styled(format!("{name:<10}"), dim()),
        Span::raw(clean(value)),
    ])
}

/// Returns why something failed as lines of so many columns.
pub(super) fn failure(message: &str, wide: usize) -> Vec<Line<'static>> {
    const MARK: &str = "error: ";
    let mut lines = Vec::new();
    for (number, line) in broken(message, wide.saturating_sub(MARK.len()))
        .into_iter()
        .enumerate()
    {
        let mark = if number == 0 { MARK } else { "       " };
        lines.push(Line::from(vec![Span::styled(mark, error()), Span::raw(line)]));
    }
    lines
}
