//! [`KeyBindings`]: what the keys do for which `rustyline` has no command, or another one.
//!
//! Every key comes here first; what is not answered is `rustyline`'s. Nothing here changes the text itself: a key is
//! answered with a command, and what no command can do is left to the painter as an [`EditorChange`].

use std::sync::{Arc, Mutex};

use rustyline::{
    Cmd, ConditionalEventHandler, EditMode, Event, EventContext, InputMode, KeyCode, Movement, RepeatCount,
};
use signal_hook::consts::SIGINT;

use super::choice::{Choice, Found};
use super::earlier::Earlier;
use super::ended::Ended;
use super::folds::Folds;
use super::indentation::{dedent, indent, indentation};
use super::key::{CTRL_C, Key};
use super::paste::Paste;
use super::recall::Recall;
use super::suggestion::first_word;
use super::typing::{EditorChange, Mode, Typing, lock};
use super::window::Window;
use crate::assist::{Assistant, Latest, Position};
use crate::repl::pasted::cleaned;
use crate::repl::source::Ends;

/// How many signals `rustyline` takes notice of at once, of which it answers the first: behind a change of the window's
/// size, that many leave one to be answered.
const SIGNALS: usize = 64;

/// What the keys do.
pub(super) struct KeyBindings {
    pub(super) typing: Arc<Mutex<Typing>>,
    pub(super) folds: Arc<Mutex<Folds>>,
    pub(super) earlier: Earlier,
    pub(super) ends: Ends,
    pub(super) latest: Latest,
    pub(super) assistant: Assistant,
}

/// What a key meets.
struct Place<'a> {
    text: &'a str,
    /// All of the cell, where the text only stands for it.
    whole: Option<String>,
    cursor: usize,
    is_vi: bool,
    /// Whether letters are commands.
    is_command: bool,
    /// The grey text that can be put in.
    hint: Option<&'a str>,
    was_searching: bool,
}

impl Place<'_> {
    fn before(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or_default()
    }

    fn after(&self) -> &str {
        self.text.get(self.cursor..).unwrap_or_default()
    }

    /// Returns all that is typed.
    fn all(&self) -> &str {
        self.whole.as_deref().unwrap_or(self.text)
    }

    fn is_at_end(&self) -> bool {
        self.cursor == self.text.len()
    }
}

impl ConditionalEventHandler for KeyBindings {
    fn handle(&self, event: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let event = *event.get(0)?;
        let typing = &mut *lock(&self.typing);
        typing.edit = None;
        if typing.ended.is_some() {
            typing.ahead.push(event);
            return Some(Cmd::Noop);
        }
        let is_vi = context.mode() == EditMode::Vi;
        let mut place = Place {
            text: context.line(),
            whole: lock(&self.folds).whole(context.line()).map(str::to_owned),
            cursor: context.pos(),
            is_vi,
            is_command: is_vi && context.input_mode() == InputMode::Command,
            hint: context.hint_text(),
            was_searching: false,
        };
        let is_tall = place.whole.is_some() || !Window::now().holds(place.text);
        let is_soon = typing.is_too_soon(is_tall);
        if typing.paste.is_some() {
            // As each key of a paste is seen at once, one that is late was pressed by hand.
            typing.paint();
        }
        if let Some(paste) = &mut typing.paste {
            let is_stopped = event == CTRL_C && !is_soon;
            let pasted = (paste.take(event) || is_stopped).then(|| paste.cleaned());
            let Some(pasted) = pasted else {
                return Some(Cmd::Noop);
            };
            typing.paste = None;
            return self.paste(typing, &place, &pasted);
        }
        // Among vi's commands digits are read elsewhere, so that a paste there is left to `rustyline`.
        if event.0 == KeyCode::BracketedPasteStart && !place.is_command {
            typing.paste = Some(Paste::default());
            return Some(Cmd::Noop);
        }
        typing.is_burst = is_soon;
        let key = Key::of(event, place.is_command);
        if typing.mode == Mode::Question {
            return answer(typing, key, &place);
        }
        if typing.mode == Mode::Search {
            if matches!(key, Key::Letter(_) | Key::Backspace | Key::Search) {
                return None;
            }
            typing.mode = Mode::Cell;
            place.was_searching = true;
            if matches!(key, Key::Tab | Key::BackTab | Key::Up | Key::Down | Key::Open) {
                // The search is over; what it found can then be completed, and so on.
                return Some(Cmd::Repaint);
            }
        }
        if is_tall {
            self.tall(typing, key, &place)
        } else {
            self.usual(typing, key, &place)
        }
    }
}

impl KeyBindings {
    fn usual(&self, typing: &mut Typing, key: Key, place: &Place<'_>) -> Option<Cmd> {
        let choice = typing.choice.take();
        match key {
            Key::Enter if choice.as_ref().is_some_and(Choice::is_made) => Some(Cmd::Repaint),
            Key::Enter => self.enter(typing, place),
            Key::NewLine => new_line(typing, place),
            Key::Tab => self.tab(typing, place, choice, false),
            Key::BackTab if choice.is_some() => self.tab(typing, place, choice, true),
            Key::Backspace | Key::BackTab => {
                let before = place.before();
                let kept = before.len().checked_sub(dedent(before)?)?;
                let kept = before.get(..kept)?;
                replace(typing, format!("{kept}{}", place.after()), kept.len())
            }
            Key::Up if place.before().contains('\n') => Some(Cmd::LineUpOrPreviousHistory(1)),
            Key::Down if place.after().contains('\n') => Some(Cmd::LineDownOrNextHistory(1)),
            Key::Up => self.recall(typing, place, Recall::older),
            Key::Down => self.recall(typing, place, Recall::newer),
            Key::Right if place.hint.is_some() && place.is_at_end() => {
                // It is not seen after the cursor has been elsewhere.
                Some(if typing.has_hint {
                    Cmd::CompleteHint
                } else {
                    Cmd::Repaint
                })
            }
            Key::RightWord if place.is_at_end() => {
                let word = first_word(place.hint?);
                Some(Cmd::Insert(1, word.to_owned()))
            }
            Key::Open => open(typing, place.text.to_owned(), false, place),
            Key::Search => self.search(typing),
            Key::Interrupt => end(typing, Ended::Interrupted),
            Key::Clear => {
                typing.must_label = true;
                None
            }
            // `rustyline` would run the cell.
            Key::End if place.is_vi && !place.text.is_empty() => Some(Cmd::Kill(Movement::ForwardChar(1))),
            Key::Escape => {
                let mut choice = choice.filter(Choice::is_made)?;
                choice.give_up();
                let (text, cursor) = choice.text();
                replace(typing, text, cursor)
            }
            Key::Right | Key::RightWord | Key::End | Key::Letter(_) | Key::Harmless | Key::Other => None,
        }
    }

    /// Answers a key where the cell is taller than the terminal: it is run, left, or opened in the person's editor.
    fn tall(&self, typing: &mut Typing, key: Key, place: &Place<'_>) -> Option<Cmd> {
        let all = place.all();
        match key {
            Key::Enter => {
                let text = cleaned(all);
                if self.ends.ends_at_enter(&text) {
                    end(typing, Ended::Text(text))
                } else {
                    self.fold(typing, &format!("{all}\n"))
                }
            }
            Key::Up => self.recall(typing, place, Recall::older),
            Key::Down => self.recall(typing, place, Recall::newer),
            Key::Search => self.search(typing),
            Key::Interrupt => end(typing, Ended::Interrupted),
            Key::Clear => {
                typing.must_label = true;
                None
            }
            Key::Harmless => None,
            Key::Escape if place.is_vi => None,
            // A paste without brackets must not continue in the editor.
            Key::Letter(letter) if typing.is_burst => self.fold(typing, &format!("{all}{letter}")),
            Key::Tab if typing.is_burst => {
                let blanks = indent(all).unwrap_or_else(|| "\t".to_owned());
                self.fold(typing, &format!("{all}{blanks}"))
            }
            _ if typing.is_burst => None,
            _ => open(typing, all.to_owned(), true, place),
        }
    }

    fn enter(&self, typing: &mut Typing, place: &Place<'_>) -> Option<Cmd> {
        let text = cleaned(place.text);
        if self.ends.ends_at_enter(&text) {
            end(typing, Ended::Text(text))
        } else {
            new_line(typing, place)
        }
    }

    fn paste(&self, typing: &mut Typing, place: &Place<'_>, pasted: &str) -> Option<Cmd> {
        if typing.mode == Mode::Question {
            return if pasted.contains('\n') {
                end(typing, Ended::Pasted(pasted.to_owned()))
            } else {
                Some(Cmd::Insert(1, pasted.to_owned()))
            };
        }
        typing.choice = None;
        if let Some(whole) = &place.whole {
            return self.fold(typing, &format!("{whole}{pasted}"));
        }
        // In a block, what is pasted stands as deep as the line that it begins on.
        let last = place.before().rsplit('\n').next().unwrap_or_default();
        let pasted = if !last.is_empty() && last.trim().is_empty() {
            pasted.replace('\n', &format!("\n{last}"))
        } else {
            pasted.to_owned()
        };
        let text = format!("{}{pasted}{}", place.before(), place.after());
        if Window::now().holds(&text) {
            Some(Cmd::Insert(1, pasted))
        } else {
            self.fold(typing, &text)
        }
    }

    /// Inserts what the editor shows of a text.
    fn fold(&self, typing: &mut Typing, text: &str) -> Option<Cmd> {
        let shown = lock(&self.folds).shown(text, Window::now());
        let cursor = shown.len();
        replace(typing, shown, cursor)
    }

    fn tab(
        &self,
        typing: &mut Typing,
        place: &Place<'_>,
        choice: Option<Choice>,
        is_back: bool,
    ) -> Option<Cmd> {
        let choice = if let Some(mut choice) = choice {
            choice.turn(is_back);
            choice
        } else {
            if let Some(blanks) = indent(place.before()) {
                return Some(Cmd::Insert(1, blanks));
            }
            let (snapshot, cell) = self.latest.get();
            let at = Position {
                cell,
                offset: place.cursor,
            };
            let found = self.assistant.complete(&snapshot, at, place.text);
            match Choice::of(place.text, place.cursor, found) {
                Found::Nothing => return Some(Cmd::Noop),
                Found::One(text, cursor) => return replace(typing, text, cursor),
                Found::Several(choice) => choice,
            }
        };
        let (text, cursor) = choice.text();
        typing.choice = Some(choice);
        replace(typing, text, cursor)
    }

    fn recall(
        &self,
        typing: &mut Typing,
        place: &Place<'_>,
        step: impl for<'a> FnOnce(&'a mut Recall, &Earlier) -> Option<&'a str>,
    ) -> Option<Cmd> {
        let all = place.all();
        let recall = typing.recall.take().filter(|recall| recall.is_at(all));
        let mut recall = recall.unwrap_or_else(|| Recall::from(all, &self.earlier));
        let found = step(&mut recall, &self.earlier).map(str::to_owned);
        typing.recall = Some(recall);
        match found {
            Some(text) => {
                let shown = lock(&self.folds).shown(&text, Window::now());
                // Where letters are commands, the cursor is on a letter.
                let last = shown.char_indices().next_back().filter(|_| place.is_command);
                let cursor = last.map_or(shown.len(), |(at, _)| at);
                replace(typing, shown, cursor)
            }
            None => Some(Cmd::Noop),
        }
    }

    fn search(&self, typing: &mut Typing) -> Option<Cmd> {
        if self.earlier.count() > 0 {
            typing.mode = Mode::Search;
        }
        None
    }
}

/// Starts a line, as deep as the one before.
fn new_line(typing: &mut Typing, place: &Place<'_>) -> Option<Cmd> {
    // What comes in a burst has its own blanks.
    let blanks = if typing.is_burst {
        String::new()
    } else {
        indentation(place.before())
    };
    let longer = format!("{}\n{blanks}{}", place.before(), place.after());
    if !typing.is_burst && !Window::now().holds(&longer) {
        return open(typing, longer, true, place);
    }
    Some(Cmd::Insert(1, format!("\n{blanks}")))
}

/// Ends typing so that the text is opened in the person's own editor, and takes it off the screen.
fn open(typing: &mut Typing, text: String, is_tall: bool, place: &Place<'_>) -> Option<Cmd> {
    // A search would not take an edit.
    let is_gone = !place.was_searching;
    let ended = Ended::Opened {
        text,
        is_tall,
        is_gone,
    };
    let painted = end(typing, ended);
    if is_gone {
        replace(typing, String::new(), 0)
    } else {
        painted
    }
}

/// Answers a key where a question is answered.
fn answer(typing: &mut Typing, key: Key, place: &Place<'_>) -> Option<Cmd> {
    match key {
        Key::Enter => end(typing, Ended::Text(place.text.to_owned())),
        Key::Interrupt => end(typing, Ended::Interrupted),
        Key::NewLine | Key::Tab | Key::BackTab | Key::Up | Key::Down | Key::Search | Key::Open => {
            Some(Cmd::Noop)
        }
        _ => None,
    }
}

/// Has the painter put `text` in the place of all that is typed.
fn replace(typing: &mut Typing, text: String, cursor: usize) -> Option<Cmd> {
    typing.edit = Some(EditorChange { text, cursor });
    Some(Cmd::Complete)
}

/// Ends typing, once the keys that have arrived already are put aside.
fn end(typing: &mut Typing, ended: Ended) -> Option<Cmd> {
    typing.ended = Some(ended);
    stop();
    // Without what is behind or below the text.
    Some(Cmd::Repaint)
}

/// Stops reading keys as soon as none is left.
///
/// Accepting a line would drop those that have been read already. While it reads, `rustyline` answers this signal itself,
/// and looks for it when it has no more keys.
fn stop() {
    for _ in 0..SIGNALS {
        // There is no reason for it to fail.
        let _ = signal_hook::low_level::raise(SIGINT);
    }
}
