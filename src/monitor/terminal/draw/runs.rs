//! The list of runs.

use ratatui_core::layout::Rect;
use ratatui_core::terminal::Frame;
use ratatui_core::text::Line;
use ratatui_core::widgets::Widget as _;

use super::columns::{Column, Field, heads, inside, line, row, widths};
use crate::monitor::pages::{of_run, origin};
use crate::monitor::terminal::board::Board;
use crate::monitor::terminal::theme::{dim, status, strong};
use crate::monitor::terminal::words::{clean, time, took};

const COLUMNS: [Column; 7] = [
    Column::new("", 1, 1, 0),
    Column::new("State", 11, 11, 3),
    Column::new("Pipeline", 12, 24, 1),
    Column::new("Began (UTC)", 11, 19, 2),
    Column::new("Took", 11, 13, 1).right(),
    Column::new("By", 10, 20, 4),
    Column::new("Error", 24, usize::MAX, 5),
];

/// Draws the runs.
pub(super) fn runs(board: &Board, frame: &mut Frame<'_>, area: Rect) {
    let list = &board.list;
    let widths = widths(&COLUMNS, board.wide());
    heads(&COLUMNS, &widths, frame, area);
    let began = widths.get(3).copied().unwrap_or_default();
    let rows = list.rows.iter().enumerate().skip(list.cursor.top);
    for ((at, run), y) in rows.zip(area.y + 1..area.bottom()) {
        let drawn = of_run(run.status);
        let first = run.error.as_deref().and_then(|error| error.lines().next());
        let is_over = run.status.is_final();
        let fields = vec![
            Field {
                text: drawn.sign.to_owned(),
                style: status(drawn),
            },
            Field::plain(drawn.words.to_owned()),
            Field {
                text: clean(&run.pipeline),
                style: strong(),
            },
            Field::plain(time(run.started_at.unwrap_or(run.queued_at), began)),
            Field::plain(took(run.started_at, run.ended_at, is_over, board.now)),
            Field::plain(clean(&origin(run))),
            Field {
                text: clean(first.unwrap_or_default()),
                style: dim(),
            },
        ];
        let line = line(&COLUMNS, &widths, fields, |_| Vec::new());
        row(line, at == list.cursor.at, frame, Rect { y, height: 1, ..area });
    }
    if list.rows.is_empty() {
        let says = match (list.is_loaded, list.choice().is_empty()) {
            (false, _) => "…",
            (true, true) => "No runs yet: `sheaf pipeline run NAME` begins one.",
            (true, false) => "No runs like that: x shows all.",
        };
        let at = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..inside(area)
        };
        Line::styled(says, dim()).render(at, frame.buffer_mut());
    }
}
