//! The grey text behind the cursor: an earlier cell that began like this, the signature of a call, or what ends a cell.

use unicode_segmentation::UnicodeSegmentation as _;

use super::earlier::Earlier;
use super::window::{Window, width};
use crate::assist::{Assistant, Latest, Position};
use crate::repl::source::Ends;

/// The longest signature shown, in columns.
const WIDTH: usize = 60;
/// Said on an empty line that ends a cell.
const ENDS: &str = "Enter runs the cell";

/// A text behind the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suggestion {
    pub(super) shown: String,
    /// Whether it can be put in.
    pub(super) is_offered: bool,
}

impl Suggestion {
    /// Finds what to show behind `text`, of which the cursor is at the end.
    pub(super) fn of(
        text: &str,
        earlier: &Earlier,
        assistant: &Assistant,
        latest: &Latest,
        ends: &Ends,
    ) -> Option<Self> {
        if text.trim().is_empty() {
            return None;
        }
        let window = Window::now();
        let last = text.rsplit('\n').next().unwrap_or_default();
        if text.contains('\n') && last.trim().is_empty() {
            return ends.is_whole(text).then(|| Self {
                shown: ENDS.to_owned(),
                is_offered: false,
            });
        }
        let cell = earlier.before(earlier.count(), text, text);
        let cell = cell.map(|(_, cell)| cell).filter(|cell| window.holds(cell));
        if let Some(rest) = cell.as_deref().and_then(|cell| cell.strip_prefix(text)) {
            return Some(Self {
                shown: rest.to_owned(),
                is_offered: true,
            });
        }
        let free = window.columns - width(last) % window.columns.max(1);
        let (snapshot, cell) = latest.get();
        let offset = text.len();
        let signature = assistant.signature(&snapshot, Position { cell, offset }, text)?;
        Some(Self {
            shown: signature.rest(WIDTH.min(free.saturating_sub(1)))?,
            is_offered: false,
        })
    }
}

/// Returns the first word of `text`, with what is before it.
pub(super) fn first_word(text: &str) -> &str {
    let mut length = 0;
    for word in text.split_word_bounds() {
        length += word.len();
        if !word.trim().is_empty() {
            break;
        }
    }
    text.get(..length).unwrap_or_default()
}
