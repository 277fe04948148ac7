//! [`Ahead`]: keys that came behind the one that ended a cell, in the same breath.
//!
//! The line editor reads all that has arrived and forgets what it has not used when a cell ends: a second line that was
//! typed while a cell ran, or pasted without brackets, would be lost. So it is kept here, and begins the next cell.

use std::collections::VecDeque;

use rustyline::{KeyCode, KeyEvent, Modifiers};

use super::ended::Ended;
use super::key::{CTRL_C, CTRL_D, is_enter};
use super::paste::Paste;

/// Keys that are not used yet.
#[derive(Debug, Default)]
pub(super) struct Ahead(VecDeque<KeyEvent>);

impl Ahead {
    pub(super) fn push(&mut self, key: KeyEvent) {
        self.0.push_back(key);
    }

    /// Takes `text` as if it had been typed with an Enter behind it, before all else.
    pub(super) fn type_first(&mut self, text: &str) {
        let keys = text
            .chars()
            .map(|character| KeyEvent::new(character, Modifiers::NONE));
        let keys = keys.chain([KeyEvent(KeyCode::Enter, Modifiers::NONE)]);
        keys.rev().for_each(|key| self.0.push_front(key));
    }

    /// Takes `text` as if it had been pasted, before all else.
    pub(super) fn paste_first(&mut self, text: &str) {
        let bracket = |code| KeyEvent(code, Modifiers::NONE);
        let keys = text
            .chars()
            .map(|character| KeyEvent::new(character, Modifiers::NONE));
        let keys: Vec<KeyEvent> = [bracket(KeyCode::BracketedPasteStart)]
            .into_iter()
            .chain(keys)
            .chain([bracket(KeyCode::BracketedPasteEnd)])
            .collect();
        keys.into_iter().rev().for_each(|key| self.0.push_front(key));
    }

    /// Types the keys behind `text`, up to the one that ends a cell; other keys than those that write are left out.
    ///
    /// A paste of which the end has not arrived is left open.
    pub(super) fn type_into(
        &mut self,
        text: &mut String,
        open: &mut Option<Paste>,
        is_whole: impl Fn(&str) -> bool,
    ) -> Option<Ended> {
        while let Some(key) = self.0.pop_front() {
            if let Some(paste) = open {
                if paste.take(key) {
                    text.push_str(&paste.cleaned());
                    *open = None;
                }
                continue;
            }
            match key {
                KeyEvent(KeyCode::BracketedPasteStart, _) => *open = Some(Paste::default()),
                KeyEvent(KeyCode::Char(character), Modifiers::NONE) => text.push(character),
                KeyEvent(KeyCode::Tab, Modifiers::NONE) => text.push('\t'),
                KeyEvent(KeyCode::Backspace, Modifiers::NONE) => {
                    text.pop();
                }
                key if is_enter(key) && is_whole(text) => return Some(Ended::Text(std::mem::take(text))),
                key if is_enter(key) => text.push('\n'),
                CTRL_C => {
                    text.clear();
                    return Some(Ended::Interrupted);
                }
                CTRL_D if text.is_empty() => return Some(Ended::End),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_were_typed_too_early_are_cells_in_turn() {
        let mut ahead = Ahead::default();
        ahead.push(CTRL_D);
        ahead.paste_first("c\r\nd");
        ahead.type_first("(b\x7f,");
        ahead.type_first("a");
        let mut read = || {
            let (mut text, mut open) = (String::new(), None);
            let ended = ahead.type_into(&mut text, &mut open, |text| !text.starts_with('('));
            assert!(open.is_none());
            (ended, text)
        };
        assert_eq!(read(), (Some(Ended::Text("a".to_owned())), String::new()));
        assert_eq!(read(), (None, "(,\nc\nd".to_owned()));
        assert_eq!(read(), (None, String::new()));
    }

    #[test]
    fn a_paste_that_has_not_arrived_whole_goes_on() {
        let mut ahead = Ahead::default();
        ahead.push(KeyEvent(KeyCode::BracketedPasteStart, Modifiers::NONE));
        ahead.push(KeyEvent::from('x'));
        let (mut text, mut open) = (String::new(), None);
        assert_eq!(ahead.type_into(&mut text, &mut open, |_| true), None);
        assert_eq!(text, "");
        ahead.push(KeyEvent::from('y'));
        ahead.push(KeyEvent(KeyCode::BracketedPasteEnd, Modifiers::NONE));
        assert_eq!(ahead.type_into(&mut text, &mut open, |_| true), None);
        assert_eq!(text, "xy");
    }
}
