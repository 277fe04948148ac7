//! [`Painter`]: how what is typed looks, and what is behind and below it.
//!
//! It is asked whenever the text changes; so it also keeps the draft, and puts in what the keys have no command for.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use rustyline::completion::Completer;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::line_buffer::LineBuffer;
use rustyline::validate::Validator;
use rustyline::{Changeset, Context, Helper};

use super::draft::Draft;
use super::earlier::Earlier;
use super::folds::Folds;
use super::suggestion::Suggestion;
use super::typing::{Mode, Typing, lock};
use super::window::Window;
use super::write;
use crate::assist::{Assistant, Latest, highlight};
use crate::render::highlight::painted;
use crate::repl::source::Ends;
use crate::session::Language;

/// A text so long that a burst of keys, as many as it has characters, is not painted key by key.
const LONG: usize = 4096;

/// How what is typed looks.
pub(super) struct Painter {
    pub(super) language: Arc<dyn Language>,
    pub(super) color: bool,
    pub(super) typing: Arc<Mutex<Typing>>,
    pub(super) folds: Arc<Mutex<Folds>>,
    pub(super) earlier: Earlier,
    pub(super) latest: Latest,
    pub(super) assistant: Assistant,
    pub(super) ends: Ends,
    pub(super) draft: RefCell<Option<Draft>>,
}

impl Helper for Painter {}

/// What a cell is whole by is known to the keys.
impl Validator for Painter {}

impl Hint for Suggestion {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        self.is_offered.then_some(&self.shown)
    }
}

/// Inserts what the keys want in the place of all that is typed; what Tab does is theirs.
impl Completer for Painter {
    type Candidate = String;

    fn complete(&self, _: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let is_wanted = lock(&self.typing).edit.is_some();
        // `rustyline` updates the line with the only candidate there is.
        Ok((
            cursor,
            if is_wanted {
                vec![String::new()]
            } else {
                Vec::new()
            },
        ))
    }

    fn update(&self, line: &mut LineBuffer, _: usize, _: &str, changes: &mut Changeset) {
        let Some(edit) = lock(&self.typing).edit.take() else {
            return;
        };
        let old = line.as_str();
        // One change, which one undo takes back.
        let same = |(a, b): &(char, char)| a == b;
        let start = old.chars().zip(edit.text.chars()).take_while(same);
        let start: usize = start.map(|(character, _)| character.len_utf8()).sum();
        let (old_rest, new_rest) = (&old.get(start..), &edit.text.get(start..));
        let (old_rest, new_rest) = (old_rest.unwrap_or_default(), new_rest.unwrap_or_default());
        let end = old_rest
            .chars()
            .rev()
            .zip(new_rest.chars().rev())
            .take_while(same);
        let end: usize = end.map(|(character, _)| character.len_utf8()).sum();
        let range = start..old.len() - end;
        let new = new_rest.get(..new_rest.len() - end).unwrap_or_default();
        if !range.is_empty() || !new.is_empty() {
            line.replace(range, new, changes);
        }
        line.set_pos(edit.cursor.min(line.len()));
    }
}

impl Hinter for Painter {
    type Hint = Suggestion;

    fn hint(&self, line: &str, cursor: usize, _: &Context<'_>) -> Option<Suggestion> {
        let typing = &mut *lock(&self.typing);
        let window = Window::now();
        // With another width, this is called before all is painted again.
        let taken_off = typing
            .shown
            .taken_off(window)
            .filter(|_| typing.mode == Mode::Cell);
        if let Some(codes) = taken_off {
            write(&codes);
            typing.must_label = true;
        }
        typing.shown.paint(line, cursor, window);
        if typing.ended.is_some() || typing.mode == Mode::Question {
            return None;
        }
        let whole = lock(&self.folds).whole(line).map(str::to_owned);
        let is_folded = whole.is_some();
        typing.text = whole.unwrap_or_else(|| line.to_owned());
        if let Some(draft) = &mut *self.draft.borrow_mut() {
            draft.keep(&typing.text);
        }
        let is_long_burst = typing.is_burst && line.len() > LONG;
        let suggestion = if let Some(choice) = &typing.choice {
            Some(Suggestion {
                shown: choice.listed(window).0,
                is_offered: false,
            })
        } else if !self.color || is_folded || is_long_burst || cursor != line.len() {
            // Without colours it could not be distinguished from what was typed.
            None
        } else {
            Suggestion::of(line, &self.earlier, &self.assistant, &self.latest, &self.ends)
                .filter(|suggestion| window.holds(&format!("{line}{}", suggestion.shown)))
        };
        typing.paint();
        suggestion
    }
}

impl Highlighter for Painter {
    fn highlight<'l>(&self, line: &'l str, cursor: usize) -> Cow<'l, str> {
        let mut typing = lock(&self.typing);
        typing.has_hint = false;
        typing.shown.paint(line, cursor, Window::now());
        let cursor = typing.ended.is_none().then_some(cursor);
        // They take no room, and the terminal would take them for commands.
        let is_control = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
        let line = if line.contains(is_control) {
            Cow::Owned(line.replace(is_control, ""))
        } else {
            Cow::Borrowed(line)
        };
        let shown = if self.color && typing.mode != Mode::Question {
            Cow::Owned(painted(&highlight(&line, cursor, self.language.catalogue())))
        } else {
            line
        };
        typing.paint();
        shown
    }

    /// Paints the cell's label above it, once, so that all lines of a cell begin in the first column and can be copied.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, default: bool) -> Cow<'b, str> {
        let typing = &mut *lock(&self.typing);
        if std::mem::take(&mut typing.must_label) {
            Cow::Owned(label(&typing.label, self.color))
        } else if self.color && !default {
            Cow::Owned(format!("\x1b[90m{prompt}\x1b[0m"))
        } else {
            Cow::Borrowed(prompt)
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        let mut typing = lock(&self.typing);
        typing.has_hint = true;
        typing.shown.add(hint);
        if !self.color {
            return Cow::Borrowed(hint);
        }
        if let Some(choice) = &typing.choice {
            return Cow::Owned(choice.listed(Window::now()).1);
        }
        let lines: Vec<String> = hint
            .split('\n')
            .map(|line| format!("\x1b[90m{line}\x1b[0m"))
            .collect();
        Cow::Owned(lines.join("\n"))
    }

    fn highlight_char(&self, line: &str, cursor: usize, kind: CmdKind) -> bool {
        let mut typing = lock(&self.typing);
        typing.shown.move_to(cursor);
        match kind {
            CmdKind::ForcedRefresh => false,
            // What is behind or below goes, and the brackets are marked again.
            CmdKind::MoveCursor => typing.has_hint || (self.color && has_bracket(line, cursor)),
            CmdKind::Other => self.color && !(typing.is_burst && line.len() > LONG),
        }
    }
}

/// Writes the line above a cell.
pub(super) fn label(text: &str, color: bool) -> String {
    if color {
        format!("\x1b[32m{text}\x1b[0m\n")
    } else {
        format!("{text}\n")
    }
}

/// Returns whether a bracket is at the cursor or before it.
fn has_bracket(line: &str, cursor: usize) -> bool {
    let is_bracket = |byte: &u8| b"()[]{}".contains(byte);
    let bytes = line.as_bytes();
    let before = cursor.checked_sub(1).and_then(|before| bytes.get(before));
    bytes.get(cursor).is_some_and(is_bracket) || before.is_some_and(is_bracket)
}
