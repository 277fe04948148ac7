//! `%cells`: the cells and how they stand.

use super::{Command, Flow, nothing};
use crate::error::Error;
use crate::render::{Paint, cells, plain};
use crate::repl::prompt::Prompt;
use crate::repl::source::is_note;
use crate::session::State;

/// Lists the cells.
pub(super) struct Cells;

impl Command for Cells {
    fn name(&self) -> &'static str {
        "cells"
    }

    fn usage(&self) -> &'static str {
        "%cells"
    }

    fn summary(&self) -> &'static str {
        "list the cells: number, title, state, first line, time"
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        nothing(self, argument)?;
        let text = list(prompt);
        prompt.say(&text)?;
        Ok(Flow::Continue)
    }
}

fn list(prompt: &Prompt<'_>) -> String {
    let (book, style) = (prompt.book(), prompt.style());
    let paint = Paint::new(&style);
    let session = book.session();
    let ids = session.ids();
    if ids.is_empty() {
        return "no cells yet".to_owned();
    }
    let digits = ids.len().to_string().len();
    let states = session.states();
    let mut lines = Vec::new();
    for ((index, id), state) in ids.iter().enumerate().zip(states) {
        let Some(cell) = session.cell(*id) else { continue };
        let time = session.time(*id).map(cells::time).unwrap_or_default();
        let title = cell.title().map(|title| format!("{title}: ")).unwrap_or_default();
        let magic = if cell.kind().is_python() {
            String::new()
        } else {
            format!("%{} ", cell.kind())
        };
        // A comment above a statement belongs to it, and says less of the cell.
        let says = |line: &&str| !(cell.kind().is_python() && is_note(line));
        let mut source = cell.source().lines();
        let first = source.clone().find(says).or_else(|| source.next());
        let first = first.unwrap_or_default();
        let before = digits + 2 + 10 + 10;
        let room = style.width.saturating_sub(before).max(8);
        let text = shorten(&plain(&format!("{title}{magic}{first}")), room);
        let word = format!("{:<8}", state_word(state));
        let word = match state {
            State::Fresh => paint.dim(&word),
            State::Stale | State::NotRun => paint.warning(&word),
            State::Failed => paint.error(&word),
        };
        lines.push(format!(
            "{:>digits$}  {word}  {}  {text}",
            index + 1,
            paint.dim(&format!("{time:>8}"))
        ));
    }
    lines.join("\n")
}

/// Returns the display name of a state.
pub(super) fn state_word(state: State) -> &'static str {
    match state {
        State::Fresh => "fresh",
        State::Stale => "stale",
        State::Failed => "failed",
        State::NotRun => "not run",
    }
}

/// Cuts `text` to at most `room` characters, with a `…` where something is missing.
pub(super) fn shorten(text: &str, room: usize) -> String {
    if text.char_indices().nth(room).is_none() {
        text.to_owned()
    } else {
        let kept: String = text.chars().take(room.saturating_sub(1)).collect();
        format!("{}…", kept.trim_end())
    }
}
