//! A run, and its activities as a tree with their parts of its time.

use ratatui_core::layout::Rect;
use ratatui_core::terminal::Frame;
use ratatui_core::text::Line;
use ratatui_core::widgets::Widget as _;

use super::bar::{Part, bar};
use super::columns::{Column, Field, heads, inside, line, row, widths};
use crate::monitor::pages::{RunSpan, of_activity};
use crate::monitor::terminal::board::Board;
use crate::monitor::terminal::run::{LoadedRun, RunSheet};
use crate::monitor::terminal::theme::{dim, status, strong};
use crate::monitor::terminal::tree::Branch;
use crate::monitor::terminal::words::{clean, shortly, time, took};
use crate::pipeline::rows_of_output;
use crate::schedule::ActivityRow;

const COLUMNS: [Column; 9] = [
    Column::new("", 1, 1, 0),
    Column::new("Activity", 14, 32, 1),
    Column::new("State", 11, 11, 3),
    Column::new("Type", 8, 10, 8),
    Column::new("Tries", 5, 5, 6).right(),
    Column::new("Began", 8, 8, 4),
    Column::new("Took", 11, 13, 2).right(),
    Column::new("Rows", 9, 13, 5).right(),
    Column::new("Time", 12, usize::MAX, 7),
];

/// Draws a run.
pub(super) fn run(board: &Board, sheet: &RunSheet, frame: &mut Frame<'_>, area: Rect) {
    let facts = sheet.facts(board.wide(), board.now);
    let inner = inside(area);
    let mut y = area.y;
    for fact in &facts {
        if y < area.bottom() {
            fact.render(
                Rect {
                    y,
                    height: 1,
                    ..inner
                },
                frame.buffer_mut(),
            );
        }
        y += 1;
    }
    y += 1;
    let Some(loaded) = &sheet.loaded else { return };
    let list = Rect {
        y: y.min(area.bottom()),
        height: area.bottom().saturating_sub(y),
        ..area
    };
    if list.height == 0 {
        return;
    }
    if loaded.rows.is_empty() {
        Line::styled("No activity has begun yet.", dim()).render(inside(list), frame.buffer_mut());
        return;
    }
    let span = RunSpan::of(&loaded.run, &loaded.rows, board.now);
    let widths = widths(&COLUMNS, board.wide());
    heads(&COLUMNS, &widths, frame, list);
    scale(span, &widths, frame, list);
    let branches = loaded.branches.iter().enumerate().skip(sheet.cursor.top);
    for ((at, branch), y) in branches.zip(list.y + 1..list.bottom()) {
        let Some(activity) = loaded.rows.get(branch.at) else {
            continue;
        };
        let parts = parts(loaded, activity);
        let line = line(&COLUMNS, &widths, fields(board, branch, activity), |wide| {
            bar(span, &parts, wide, board.now)
        });
        row(line, at == sheet.cursor.at, frame, Rect { y, height: 1, ..list });
    }
}

fn fields(board: &Board, branch: &Branch, activity: &ActivityRow) -> Vec<Field> {
    let drawn = of_activity(activity.status);
    let hidden = match branch.folded {
        0 => String::new(),
        count => format!(" +{count}"),
    };
    let name = format!(
        "{}{}{hidden}",
        "  ".repeat(branch.depth.min(6)),
        clean(&branch.name)
    );
    let rows = match (activity.progress, rows_of_output(&activity.output)) {
        (_, Some(rows)) => rows.to_string(),
        // How far it is, of what it goes through: what has ended says so by its output.
        (Some((done, total)), None) if !activity.status.is_final() => match total {
            Some(total) => format!("{done}/{total}"),
            None => done.to_string(),
        },
        _ => "–".to_owned(),
    };
    let took = took(
        activity.started_at,
        activity.ended_at,
        activity.status.is_final(),
        board.now,
    );
    vec![
        Field {
            text: drawn.sign.to_owned(),
            style: status(drawn),
        },
        Field {
            text: name,
            style: strong(),
        },
        Field::plain(drawn.words.to_owned()),
        Field {
            text: clean(&activity.kind),
            style: dim(),
        },
        Field::plain(activity.attempts.to_string()),
        Field::plain(
            activity
                .started_at
                .map_or_else(|| "–".to_owned(), |began| time(began, 8)),
        ),
        Field::plain(took),
        Field::plain(rows),
        // The bar.
        Field::plain(String::new()),
    ]
}

/// Returns the parts of the run's time that an activity took: one for each attempt, or one for all.
fn parts(loaded: &LoadedRun, activity: &ActivityRow) -> Vec<Part> {
    let tries = loaded.attempts.iter().find(|(path, _)| *path == activity.path);
    if let Some((_, tries)) = tries.filter(|(_, tries)| !tries.is_empty()) {
        let parts = tries.iter().map(|one| Part {
            began: one.started_at,
            ended: one.ended_at,
            status: one.status,
        });
        return parts.collect();
    }
    let part = activity.started_at.map(|began| Part {
        began,
        ended: activity.ended_at,
        status: activity.status,
    });
    part.into_iter().collect()
}

/// Writes how long the run's time is over the end of the bars.
fn scale(span: RunSpan, widths: &[usize], frame: &mut Frame<'_>, area: Rect) {
    let wide = widths.last().copied().unwrap_or_default();
    let length = shortly(span.length());
    let room = u16::try_from(length.chars().count()).unwrap_or(u16::MAX);
    let right = inside(area).right();
    if wide > usize::from(room) + 4 {
        let buffer = frame.buffer_mut();
        buffer.set_string(right.saturating_sub(room), area.y, length, dim());
    }
}
