//! [`Motion`]: the keys that move in lists and texts, those of vi and the others.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// How far one wants to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    /// So many lines, up where it is less than none.
    Lines(isize),
    /// So many halves of what is seen.
    Halves(isize),
    First,
    Last,
}

impl Motion {
    /// Returns the motion of a key, if it is one.
    pub(super) fn of(key: &KeyEvent) -> Option<Self> {
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        Some(match key.code {
            KeyCode::Char('n') if is_control => Self::Lines(1),
            KeyCode::Char('p') if is_control => Self::Lines(-1),
            KeyCode::Char('d') if is_control => Self::Halves(1),
            KeyCode::Char('u') if is_control => Self::Halves(-1),
            KeyCode::Char('f') if is_control => Self::Halves(2),
            KeyCode::Char('b') if is_control => Self::Halves(-2),
            _ if is_control => return None,
            KeyCode::Down | KeyCode::Char('j') => Self::Lines(1),
            KeyCode::Up | KeyCode::Char('k') => Self::Lines(-1),
            KeyCode::PageDown | KeyCode::Char(' ') => Self::Halves(2),
            KeyCode::PageUp => Self::Halves(-2),
            KeyCode::Home | KeyCode::Char('g') => Self::First,
            KeyCode::End | KeyCode::Char('G') => Self::Last,
            _ => return None,
        })
    }

    /// Returns where it leads from a place among `length`, of which `page` are seen at a time.
    pub(super) fn from(self, at: usize, length: usize, page: usize) -> usize {
        let last = length.saturating_sub(1);
        let by = |count: isize| at.saturating_add_signed(count).min(last);
        match self {
            Self::Lines(count) => by(count),
            Self::Halves(count) => by((page / 2).max(1).cast_signed().saturating_mul(count)),
            Self::First => 0,
            Self::Last => last,
        }
    }
}
