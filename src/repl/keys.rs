//! [`Indenting`]: a mode of editing that indents new lines and takes indentation back whole.
//!
//! The editor's modes turn keys into events without seeing the text. What was painted last is what a person
//! sees when they press a key; so the painter tells it here, and a key that comes after another one unseen
//! (a burst, a paste without brackets) is left as it is.

use std::sync::{Arc, Mutex, PoisonError};

use reedline::{EditCommand, EditMode, PromptEditMode, ReedlineEvent, ReedlineRawEvent};

use super::source::Ends;

/// How much deeper a block stands, in columns.
const INDENT: usize = 4;

/// What was painted last.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Painted>>);

#[derive(Default)]
struct Painted {
    text: String,
    cursor: usize,
    /// Keys pressed since.
    keys: usize,
}

impl Seen {
    /// Remembers what is painted now.
    pub(super) fn paint(&self, text: &str, cursor: usize) {
        let mut painted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if painted.text != text {
            text.clone_into(&mut painted.text);
        }
        painted.cursor = cursor;
        painted.keys = 0;
    }

    /// Counts a key, and returns the text that the person saw when they pressed it, when the cursor was at its end.
    fn press(&self) -> Option<String> {
        let mut painted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        painted.keys += 1;
        (painted.keys == 1 && painted.cursor == painted.text.len()).then(|| painted.text.clone())
    }
}

/// Another mode, and indentation.
pub(super) struct Indenting {
    inner: Box<dyn EditMode>,
    seen: Seen,
    ends: Ends,
    /// Whether candidates are shown, so that Enter takes one of them.
    choosing: bool,
}

impl Indenting {
    pub(super) fn new(inner: Box<dyn EditMode>, seen: Seen, ends: Ends) -> Self {
        Self {
            inner,
            seen,
            ends,
            choosing: false,
        }
    }
}

impl EditMode for Indenting {
    fn parse_event(&mut self, event: ReedlineRawEvent) -> ReedlineEvent {
        let event = self.inner.parse_event(event);
        let text = self.seen.press();
        let choosing = self.choosing;
        match &event {
            ReedlineEvent::UntilFound(events)
                if events.iter().any(|event| matches!(event, ReedlineEvent::Menu(_))) =>
            {
                self.choosing = true;
            }
            ReedlineEvent::Enter | ReedlineEvent::Esc | ReedlineEvent::CtrlC => self.choosing = false,
            _ => {}
        }
        match (&event, text) {
            (ReedlineEvent::Enter, Some(text)) if !choosing && !self.ends.is_whole(&text) => {
                ReedlineEvent::Edit(vec![EditCommand::InsertString(format!(
                    "\n{}",
                    indentation(&text)
                ))])
            }
            (ReedlineEvent::Edit(edits), Some(text)) if edits.as_slice() == [EditCommand::Backspace] => {
                ReedlineEvent::Edit(vec![EditCommand::Backspace; dedent(&text)])
            }
            _ => event,
        }
    }

    fn edit_mode(&self) -> PromptEditMode {
        self.inner.edit_mode()
    }
}

/// Returns the blanks that the line after `text` begins with: as many as its last line, more after a `:`, fewer
/// after a statement that leaves its block.
fn indentation(text: &str) -> String {
    let last = text.rsplit('\n').next().unwrap_or_default();
    let code = last.trim();
    let depth = last.len() - last.trim_start_matches(' ').len();
    let is_block = code.ends_with(':') && !code.starts_with(['#', '%']);
    let leaves = ["return", "break", "continue", "pass", "fail"]
        .iter()
        .any(|word| code.split([' ', '(']).next() == Some(*word));
    let depth = match (is_block, leaves) {
        (true, _) => depth + INDENT,
        (false, true) => depth.saturating_sub(INDENT),
        (false, false) => depth,
    };
    " ".repeat(depth)
}

/// Returns how many characters a Backspace at the end of `text` takes: back to the block around, in indentation.
fn dedent(text: &str) -> usize {
    let last = text.rsplit('\n').next().unwrap_or_default();
    let is_indentation = !last.is_empty() && last.chars().all(|character| character == ' ');
    if is_indentation && text.contains('\n') {
        (last.len() - 1) % INDENT + 1
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_line_stands_where_its_block_does() {
        for (text, expected) in [
            ("def f(x):", 4),
            ("def f(x):\n    y = x", 4),
            ("def f(x):\n    if x:", 8),
            ("def f(x):\n    return x", 0),
            ("f(a,", 0),
            ("# note:", 0),
            ("%sql SELECT a:", 0),
        ] {
            assert_eq!(indentation(text).len(), expected, "{text:?}");
        }
    }

    #[test]
    fn backspace_takes_indentation_back_whole() {
        for (text, expected) in [
            ("def f():\n        ", 4),
            ("def f():\n      ", 2),
            ("def f():\n    x", 1),
            ("    ", 1),
            ("x", 1),
            ("", 1),
        ] {
            assert_eq!(dedent(text), expected, "{text:?}");
        }
    }
}
