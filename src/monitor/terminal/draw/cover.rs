//! What lies over a place: questions, choices, the keys.

use ratatui_core::buffer::CellWidth as _;
use ratatui_core::layout::Rect;
use ratatui_core::terminal::Frame;
use ratatui_core::text::{Line, Span};
use ratatui_core::widgets::Widget as _;
use ratatui_widgets::block::Block;
use ratatui_widgets::clear::Clear;

use crate::monitor::terminal::board::Board;
use crate::monitor::terminal::overlay::{Choosing, Overlay, Question};
use crate::monitor::terminal::theme::{chosen, dim, strong};
use crate::monitor::terminal::words::{broken, clean, cut, filled, width};

/// The widest a box is inside.
const WIDEST: usize = 76;

/// Draws what lies over a place.
pub(super) fn cover(board: &Board, overlay: &Overlay, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width.saturating_sub(4)).min(WIDEST);
    match overlay {
        Overlay::Help(top) => {
            let lines = help(board, room);
            let page = usize::from(area.height.saturating_sub(2)).max(1);
            let top = (*top).min(lines.len().saturating_sub(page));
            let more = if lines.len() > page { " (j k)" } else { "" };
            let title = format!("Keys in {}{more}", board.place().name());
            let shown = lines.into_iter().skip(top).take(page);
            boxed(&title, shown.collect(), frame, area);
        }
        Overlay::Question(question) => boxed(&question.title, asked(question, room), frame, area),
        Overlay::Choosing(choosing) => {
            let lines = choice(choosing, board.overlay_page(), room);
            boxed(choosing.title, lines, frame, area);
        }
        // It is typed in the last line.
        Overlay::Text(_) => {}
    }
}

fn help(board: &Board, room: usize) -> Vec<Line<'static>> {
    const KEY: usize = 11;
    let mut lines = Vec::new();
    for key in board.place().all() {
        for (number, part) in broken(key.long, room.saturating_sub(KEY)).into_iter().enumerate() {
            let name = if number == 0 { key.key } else { "" };
            lines.push(Line::from(vec![
                Span::styled(filled(name, KEY, false), strong()),
                Span::raw(part),
            ]));
        }
    }
    lines
}

fn asked(question: &Question, room: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (key, says, _) in &question.answers {
        for (number, part) in broken(says, room.saturating_sub(5)).into_iter().enumerate() {
            let name = if number == 0 {
                format!("{key}    ")
            } else {
                "     ".to_owned()
            };
            lines.push(Line::from(vec![Span::styled(name, strong()), Span::raw(part)]));
        }
    }
    lines.push(Line::from(vec![Span::styled("Esc  ", strong()), Span::raw("no")]));
    lines
}

fn choice(choosing: &Choosing, page: usize, room: usize) -> Vec<Line<'static>> {
    let Some(names) = &choosing.names else {
        return vec![Line::styled("…", dim())];
    };
    let shown = names
        .iter()
        .enumerate()
        .skip(choosing.cursor.top)
        .take(page.saturating_sub(1).max(1));
    let widest = names
        .iter()
        .map(|name| width(&clean(name)))
        .max()
        .unwrap_or_default()
        + 4;
    let mut lines: Vec<Line<'static>> = shown
        .map(|(at, name)| {
            let text = format!("{}{}", choosing.mark(name), clean(name));
            let line = Line::raw(filled(&text, widest.min(room), false));
            if at == choosing.cursor.at {
                line.style(chosen())
            } else {
                line
            }
        })
        .collect();
    lines.push(Line::styled(cut(choosing.keys(), room), dim()));
    lines
}

/// Draws lines in a box in the middle, as small as they allow.
fn boxed(title: &str, lines: Vec<Line<'static>>, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width.saturating_sub(4));
    let title = cut(&clean(title), room);
    let widest = lines
        .iter()
        .map(Line::width)
        .chain([width(&title)])
        .max()
        .unwrap_or_default();
    let wide = u16::try_from(widest.min(room) + 4)
        .unwrap_or(area.width)
        .min(area.width);
    let high = u16::try_from(lines.len() + 2)
        .unwrap_or(area.height)
        .min(area.height);
    let at = Rect {
        x: area.x + (area.width - wide) / 2,
        y: area.y + (area.height - high) / 2,
        width: wide,
        height: high,
    };
    // A wide letter that the box begins in the middle of would hide its border.
    for y in at.y..at.bottom() {
        let before = at.x.checked_sub(1).map(|x| (x, y));
        let cell = before.and_then(|before| frame.buffer_mut().cell_mut(before));
        if let Some(cell) = cell.filter(|cell| cell.cell_width() > 1) {
            cell.set_symbol(" ");
        }
    }
    Clear.render(at, frame.buffer_mut());
    let block = Block::bordered().title(Line::styled(format!(" {title} "), strong()));
    let inner = block.inner(at);
    block.render(at, frame.buffer_mut());
    for (line, y) in lines.iter().zip(inner.y..inner.bottom()) {
        let at = Rect {
            x: inner.x + 1.min(inner.width),
            y,
            width: inner.width.saturating_sub(2),
            height: 1,
        };
        line.render(at, frame.buffer_mut());
    }
}
