//! [`Paste`]: a text that is being pasted.

use rustyline::{KeyCode, KeyEvent, Modifiers};

use crate::repl::pasted::pasted;

/// A text that is being pasted, key by key.
#[derive(Debug, Default)]
pub(super) struct Paste(String);

impl Paste {
    /// Takes a key, and reports whether the paste is over.
    pub(super) fn take(&mut self, key: KeyEvent) -> bool {
        match key {
            KeyEvent(KeyCode::BracketedPasteEnd, _) => return true,
            KeyEvent(KeyCode::Char(character), Modifiers::NONE) => self.0.push(character),
            KeyEvent(KeyCode::Enter, Modifiers::NONE) => self.0.push('\r'),
            KeyEvent(KeyCode::Char('J'), Modifiers::CTRL) => self.0.push('\n'),
            KeyEvent(KeyCode::Tab, Modifiers::NONE) => self.0.push('\t'),
            // Other control characters are no text.
            _ => {}
        }
        false
    }

    /// Returns what was pasted, as it should be read.
    pub(super) fn cleaned(&self) -> String {
        pasted(&self.0)
    }
}
