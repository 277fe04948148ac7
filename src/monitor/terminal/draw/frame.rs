//! [`draw`]: the head of the screen, the place that is looked at, its keys, and what lies over it.

use ratatui_core::layout::Rect;
use ratatui_core::style::Color;
use ratatui_core::terminal::Frame;
use ratatui_core::text::{Line, Span};
use ratatui_core::widgets::Widget as _;

use super::columns::inside;
use super::cover::cover;
use super::{run, runs, triggers};
use crate::monitor::pages::{of_activity, of_run};
use crate::monitor::terminal::board::{Board, Sheet};
use crate::monitor::terminal::keys::KeyHelp;
use crate::monitor::terminal::overlay::Overlay;
use crate::monitor::terminal::scroll::Scroll;
use crate::monitor::terminal::theme::{badge, dim, error, strong};
use crate::monitor::terminal::words::{clean, cut, width};

/// Draws the board.
pub fn draw(board: &Board, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.height == 0 || area.width == 0 {
        return;
    }
    let [head, body, foot] = parts(area);
    title(board, frame, head);
    match board.top() {
        None => runs::runs(board, frame, body),
        Some(Sheet::Run(sheet)) => run::run(board, sheet, frame, body),
        Some(Sheet::Activity(sheet)) => text(board, &sheet.text, sheet.loaded.is_some(), frame, body),
        Some(Sheet::Notebook(sheet)) => text(board, &sheet.text, sheet.loaded.is_some(), frame, body),
        Some(Sheet::Triggers(sheet)) => triggers::triggers(board, sheet, frame, body),
    }
    last_line(board, frame, foot);
    if let Some(overlay) = &board.overlay {
        cover(board, overlay, frame, body);
    }
    if !board.is_colored {
        for cell in &mut frame.buffer_mut().content {
            (cell.fg, cell.bg) = (Color::Reset, Color::Reset);
        }
    }
}

/// Returns where the head, the place and the last line are; where there is little room, the place has it.
fn parts(area: Rect) -> [Rect; 3] {
    let row = |from: u16, count: u16| Rect {
        y: area.y + from.min(area.height),
        height: count.min(area.height.saturating_sub(from)),
        ..area
    };
    let height = area.height;
    match height {
        0..3 => [row(0, 0), row(0, height), row(height, 0)],
        _ => [row(0, 1), row(1, height - 2), row(height - 1, 1)],
    }
}

/// Draws where one is, and what there is to say of it on the right.
fn title(board: &Board, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let (way, said) = heading(board);
    let wide = usize::from(area.width);
    let right: usize = said.iter().map(|span| width(&span.content)).sum();
    let right = if right + 8 > wide { 0 } else { right };
    let left = wide.saturating_sub(2 + if right > 0 { right + 1 } else { 0 });
    // The end of the way says where one is.
    let mut way = way;
    while way.len() > 1 && width(&way.join(" › ")) > left {
        way.remove(0);
    }
    let way = Line::styled(format!(" {}", cut(&way.join(" › "), left)), strong());
    way.render(area, frame.buffer_mut());
    if right > 0 {
        let at = Rect {
            x: area.x + area.width.saturating_sub(u16::try_from(right).unwrap_or(0) + 1),
            width: u16::try_from(right).unwrap_or(0),
            ..area
        };
        Line::from(said).render(at, frame.buffer_mut());
    }
}

/// Returns the way to the place that is looked at, and what is said on the right.
fn heading(board: &Board) -> (Vec<String>, Vec<Span<'static>>) {
    let page = board.page();
    let mut way = vec!["sheaf".to_owned()];
    let said = match board.top() {
        None => {
            way.push("runs".to_owned());
            way.extend(board.list.choice().iter().map(|part| clean(part)));
            let (at, shown) = (board.list.cursor.at + 1, board.list.rows.len());
            let count = board.list.count;
            match shown {
                _ if !board.list.is_loaded => vec![Span::styled("…", dim())],
                0 => vec![Span::styled("none", dim())],
                _ if board.list.has_text() => {
                    let more = if board.list.is_part() { "+" } else { "" };
                    vec![Span::styled(format!("{at} of {shown}{more}"), dim())]
                }
                _ => vec![Span::styled(format!("{at} of {count}"), dim())],
            }
        }
        Some(Sheet::Run(sheet)) => {
            if let Some(loaded) = &sheet.loaded {
                way.extend([clean(&loaded.run.pipeline), sheet.id.0.clone()]);
                badge(of_run(loaded.run.status))
            } else {
                way.push(sheet.id.0.clone());
                Vec::new()
            }
        }
        Some(Sheet::Activity(sheet)) => {
            let pipeline = sheet.loaded.as_ref().map(|(run, _, _)| clean(&run.pipeline));
            way.extend(pipeline);
            way.extend([sheet.id.0.clone(), clean(&sheet.path)]);
            let mut said: Vec<Span<'static>> = seen(&sheet.text, page);
            said.extend(
                sheet
                    .loaded
                    .iter()
                    .flat_map(|(_, row, _)| badge(of_activity(row.status))),
            );
            said
        }
        Some(Sheet::Notebook(sheet)) => {
            way.extend([sheet.id.0.clone(), clean(&sheet.path)]);
            let mut said = seen(&sheet.text, page);
            if let Some(executed) = &sheet.loaded {
                if executed.attempts > 1 {
                    way.push(format!("attempt {} of {}", sheet.attempt, executed.attempts));
                }
                way.push(clean(&executed.file));
                said.extend(badge(of_activity(executed.status)));
            }
            said
        }
        Some(Sheet::Triggers(_)) => {
            way.push("triggers".to_owned());
            Vec::new()
        }
    };
    (way, said)
}

/// Says which lines of a text are seen.
fn seen(text: &Scroll, page: usize) -> Vec<Span<'static>> {
    let part = text
        .part(page)
        .map(|part| Span::styled(format!("{part}  "), dim()));
    part.into_iter().collect()
}

/// Draws the lines of a text that are seen.
fn text(board: &Board, text: &Scroll, is_loaded: bool, frame: &mut Frame<'_>, area: Rect) {
    let area = inside(area);
    if !is_loaded {
        Line::styled("…", dim()).render(area, frame.buffer_mut());
        return;
    }
    for (line, y) in text.seen(board.page()).iter().zip(area.y..area.bottom()) {
        let at = Rect { y, height: 1, ..area };
        line.render(at, frame.buffer_mut());
    }
}

/// Draws the message, what is typed, or the keys of the place.
fn last_line(board: &Board, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let wide = usize::from(area.width.saturating_sub(2));
    if let Some(Overlay::Text(text)) = &board.overlay {
        // The end of it is where one types.
        let mut shown = clean(text);
        while width(&shown) + 2 > wide && !shown.is_empty() {
            shown.remove(0);
        }
        let column = u16::try_from(width(&shown)).unwrap_or(0) + 2;
        Line::from(vec![Span::styled(" /", strong()), Span::raw(shown)]).render(area, frame.buffer_mut());
        frame.set_cursor_position((area.x + column, area.y));
        return;
    }
    let line = match &board.message {
        Some(message) => {
            let style = if message.is_error { error() } else { strong() };
            let mark = if message.is_error { "✕ " } else { "" };
            Line::styled(
                format!(" {}", cut(&format!("{mark}{}", clean(&message.text)), wide)),
                style,
            )
        }
        None => hints(board, wide),
    };
    line.render(area, frame.buffer_mut());
}

/// Returns as many keys of the place as there is room for; the one for the others is always there.
fn hints(board: &Board, wide: usize) -> Line<'static> {
    let place = board.place();
    let back = if board.top().is_some() {
        ("Esc", "back")
    } else {
        ("q", "quit")
    };
    let last = [("?", "keys"), back];
    let takes = |(key, short): &(&str, &str)| width(key) + width(short) + 3;
    let mut room = wide.saturating_sub(last.iter().map(takes).sum::<usize>());
    let own = place.own().iter().filter(|key| !key.short.is_empty());
    let own = own.map(|KeyHelp { key, short, .. }| (*key, *short));
    let mut shown: Vec<(&str, &str)> = own
        .take_while(|one| match room.checked_sub(takes(one)) {
            Some(left) => {
                room = left;
                true
            }
            None => false,
        })
        .collect();
    shown.extend(last);
    let mut spans = vec![Span::raw(" ")];
    for (key, short) in shown {
        spans.push(Span::styled(key, strong()));
        spans.push(Span::styled(format!(" {short}  "), dim()));
    }
    Line::from(spans)
}
