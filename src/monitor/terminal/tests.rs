//! The board as whole screens, and what keys do to it.

mod keys;
mod screens;

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_core::backend::TestBackend;
use ratatui_core::terminal::Terminal;
use serde_json::{Value, json};

use super::board::{Action, Board};
use super::wanted::{News, Seen, Told};
use crate::monitor::terminal::draw;
use crate::pipeline::{ActivityStatus, RunStatus, TriggerFacts};
use crate::schedule::{ActivityRow, AttemptRow, Origin, RunFilter, RunId, RunRow};

/// Returns so many seconds after two in the night.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    let two: DateTime<Utc> = "2026-01-31T02:00:00Z".parse().unwrap();
    two + TimeDelta::seconds(seconds)
}

pub(super) fn run(id: &str, pipeline: &str, status: RunStatus) -> RunRow {
    RunRow {
        id: RunId(format!("20260131-020000-{id}")),
        pipeline: pipeline.to_owned(),
        version: Some(3),
        origin: Origin::Manual,
        trigger: TriggerFacts::default(),
        parameters: json!({}),
        status,
        queued_at: at(0),
        started_at: (status != RunStatus::Queued).then(|| at(1)),
        ended_at: status.is_final().then(|| at(63)),
        error: (status == RunStatus::Failed)
            .then(|| "score: cell 4 \"By age\": there is no column \"Agee\"".to_owned()),
        rerun_of: None,
        parent: None,
        continued: 0,
        is_cancel_asked: false,
    }
}

pub(super) fn activity(path: &str, kind: &str, status: ActivityStatus) -> ActivityRow {
    ActivityRow {
        path: path.to_owned(),
        kind: kind.to_owned(),
        status,
        attempts: 1,
        started_at: Some(at(1)),
        ended_at: status.is_final().then(|| at(31)),
        input: json!({}),
        output: json!({}),
        error: None,
        progress: None,
        has_notebook: false,
    }
}

pub(super) fn attempt(number: u32, status: ActivityStatus, began: i64, ended: i64) -> AttemptRow {
    AttemptRow {
        attempt: number,
        status,
        started_at: at(began),
        ended_at: Some(at(ended)),
        input: Value::Null,
        output: Value::Null,
        error: None,
        has_notebook: true,
    }
}

/// Returns a board without colours, of this size.
pub(super) fn board(columns: u16, rows: u16) -> Board {
    let mut board = Board::new(RunFilter::default(), false, at(100));
    board.resize(columns, rows);
    board
}

/// Tells a board what it asked for.
pub(super) fn hear(board: &mut Board, seen: Seen) {
    let of = board.wanted();
    board.hear(Told(News::Seen { of, seen: Ok(seen) }));
}

pub(super) fn hear_runs(board: &mut Board, rows: Vec<RunRow>) {
    let count = rows.len() as u64;
    hear(board, Seen::Runs { rows, count });
}

/// Presses keys: letters, or what is named between `<` and `>`.
pub(super) fn press(board: &mut Board, keys: &str) -> Action {
    let mut action = Action::Stay;
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let (code, modifiers) = if let Some((name, after)) = named {
            rest = after;
            match name {
                "Enter" => (KeyCode::Enter, KeyModifiers::NONE),
                "Esc" => (KeyCode::Esc, KeyModifiers::NONE),
                "Backspace" => (KeyCode::Backspace, KeyModifiers::NONE),
                "Home" => (KeyCode::Home, KeyModifiers::NONE),
                "End" => (KeyCode::End, KeyModifiers::NONE),
                "PgDn" => (KeyCode::PageDown, KeyModifiers::NONE),
                "Left" => (KeyCode::Left, KeyModifiers::NONE),
                name => (
                    KeyCode::Char(name.strip_prefix("C-").unwrap().chars().next().unwrap()),
                    KeyModifiers::CONTROL,
                ),
            }
        } else {
            rest = &rest[first.len_utf8()..];
            (KeyCode::Char(first), KeyModifiers::NONE)
        };
        action = board.key(&KeyEvent::new(code, modifiers));
    }
    action
}

/// Returns the screen, without blanks at the ends of lines.
pub(super) fn screen(board: &Board) -> String {
    let backend = TestBackend::new(board.size.width, board.size.height);
    let mut terminal = Terminal::new(backend).unwrap();
    terminal.draw(|frame| draw(board, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let wide = usize::from(board.size.width).max(1);
    let rows = buffer.content().chunks(wide).map(|row| {
        let mut text = String::new();
        let mut hidden = 0;
        for cell in row {
            // What is behind a wide letter is not shown.
            if hidden == 0 {
                text.push_str(cell.symbol());
                hidden = super::words::width(cell.symbol());
            }
            hidden = hidden.saturating_sub(1);
        }
        text.trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n")
}
