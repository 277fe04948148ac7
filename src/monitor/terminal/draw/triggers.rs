//! The triggers, and when they start the next runs.

use ratatui_core::layout::Rect;
use ratatui_core::terminal::Frame;
use ratatui_core::text::Line;
use ratatui_core::widgets::Widget as _;

use super::columns::{Column, Field, heads, inside, line, row, widths};
use crate::monitor::pages::of_run;
use crate::monitor::terminal::board::Board;
use crate::monitor::terminal::theme::{dim, error, status, strong};
use crate::monitor::terminal::triggers::TriggerList;
use crate::monitor::terminal::words::{clean, cut, time};
use crate::monitor::view::TriggerState;

const COLUMNS: [Column; 6] = [
    Column::new("", 1, 1, 0),
    Column::new("Trigger", 14, 36, 1),
    Column::new("State", 8, 8, 2),
    Column::new("Next (UTC)", 11, 19, 3),
    Column::new("When", 14, 44, 4),
    Column::new("Last run", 13, 34, 5),
];

/// The lines below the list that say more of the one that is chosen.
const MORE: u16 = 4;

/// Draws the triggers.
pub(super) fn triggers(board: &Board, sheet: &TriggerList, frame: &mut Frame<'_>, area: Rect) {
    let Some(rows) = &sheet.rows else {
        Line::styled("…", dim()).render(inside(area), frame.buffer_mut());
        return;
    };
    if rows.is_empty() {
        let says = "No published pipeline has a trigger: `sheaf pipeline publish` publishes them.";
        Line::styled(cut(says, board.wide()), dim()).render(inside(area), frame.buffer_mut());
        return;
    }
    let widths = widths(&COLUMNS, board.wide());
    heads(&COLUMNS, &widths, frame, area);
    let shown = rows.iter().enumerate().skip(sheet.cursor.top);
    for ((at, state), y) in shown.zip(area.y + 1..area.bottom()) {
        let line = line(&COLUMNS, &widths, fields(state, &widths), |_| Vec::new());
        row(line, at == sheet.cursor.at, frame, Rect { y, height: 1, ..area });
    }
    let below = area.y + 2 + u16::try_from(rows.len()).unwrap_or(u16::MAX - area.y - 2);
    if let Some(state) = rows
        .get(sheet.cursor.at)
        .filter(|_| below + MORE <= area.bottom())
    {
        let more = Rect {
            y: below,
            height: area.bottom() - below,
            ..inside(area)
        };
        for (line, y) in more_of(state, board.wide()).iter().zip(more.y..more.bottom()) {
            line.render(Rect { y, height: 1, ..more }, frame.buffer_mut());
        }
    }
}

fn word(state: &TriggerState) -> &'static str {
    match state.is_started {
        Some(true) => "Started",
        Some(false) => "Stopped",
        None => "Waits",
    }
}

fn fields(state: &TriggerState, widths: &[usize]) -> Vec<Field> {
    let is_stopped = state.is_started == Some(false);
    let (sign, style) = match (&state.trouble, is_stopped) {
        (Some(_), _) => ("!", error()),
        (None, true) => ("○", dim()),
        (None, false) => ("●", strong()),
    };
    let wide = widths.get(3).copied().unwrap_or_default();
    let next = state.next.first().filter(|_| !is_stopped);
    let next = next.map_or_else(|| "–".to_owned(), |next| time(*next, wide));
    let last = state.last_run.as_ref().map_or_else(
        || "–".to_owned(),
        |run| {
            let drawn = of_run(run.status);
            let began = time(run.started_at.unwrap_or(run.queued_at), 19);
            format!("{} {} {began}", drawn.sign, drawn.words)
        },
    );
    vec![
        Field {
            text: sign.to_owned(),
            style,
        },
        Field {
            text: clean(&state.trigger.to_string()),
            style: strong(),
        },
        Field::plain(word(state).to_owned()),
        Field::plain(next),
        Field::plain(clean(&format!("{} {}", state.kind, state.says))),
        Field::plain(last),
    ]
}

/// Writes what does not fit into the line of a trigger: all of its next times, and what is wrong with it.
fn more_of(state: &TriggerState, wide: usize) -> Vec<Line<'static>> {
    let mut lines = vec![
        Line::styled(cut(&clean(&state.trigger.to_string()), wide), strong()),
        Line::raw(cut(&clean(&format!("{} {}", state.kind, state.says)), wide)),
    ];
    if state.is_started == Some(false) {
        lines.push(Line::styled("starts nothing: s starts it", dim()));
    } else if !state.next.is_empty() {
        let next: Vec<String> = state.next.iter().map(|next| time(*next, 19)).collect();
        lines.push(Line::raw(cut(&format!("next {} UTC", next.join(", ")), wide)));
    }
    if let Some(run) = &state.last_run {
        let drawn = of_run(run.status);
        let words = format!("{} {} {}", drawn.sign, drawn.words, run.id);
        lines.push(Line::styled(
            cut(&format!("last run {words}"), wide),
            status(drawn),
        ));
    }
    if let Some(trouble) = &state.trouble {
        lines.push(Line::styled(cut(&clean(trouble), wide), error()));
    }
    lines
}
