//! Lists in columns: which of them there is room for, and their lines.

use ratatui_core::layout::Rect;
use ratatui_core::style::Style;
use ratatui_core::terminal::Frame;
use ratatui_core::text::{Line, Span};
use ratatui_core::widgets::Widget as _;

use crate::monitor::terminal::theme::{chosen, head};
use crate::monitor::terminal::words::filled;

/// A column: its head, how many columns of the screen it takes, and what it gives way for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) head: &'static str,
    /// At least so many, where it is there.
    pub(super) least: usize,
    /// It grows to so many.
    pub(super) most: usize,
    /// Those with a high rank go first where there is little room; that with none stays.
    pub(super) rank: u8,
    /// Numbers stand on the right.
    pub(super) is_right: bool,
}

impl Column {
    /// Creates a column whose texts stand on the left.
    pub(super) const fn new(head: &'static str, least: usize, most: usize, rank: u8) -> Self {
        Self {
            head,
            least,
            most,
            rank,
            is_right: false,
        }
    }

    /// Lets its texts stand on the right, as numbers do.
    pub(super) const fn right(self) -> Self {
        Self {
            is_right: true,
            ..self
        }
    }
}

/// What stands in a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) style: Style,
}

impl Field {
    pub(super) fn plain(text: String) -> Self {
        Self {
            text,
            style: Style::new(),
        }
    }
}

/// Returns how wide each column is in so many of the screen, with one between them; none for those that are not there.
pub(super) fn widths(columns: &[Column], wide: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = columns.iter().map(|column| column.least).collect();
    let total = |widths: &[usize]| {
        let there = widths.iter().filter(|width| **width > 0).count();
        widths.iter().sum::<usize>() + there.saturating_sub(1)
    };
    while total(&widths) > wide {
        let there = columns
            .iter()
            .zip(&widths)
            .enumerate()
            .filter(|(_, (_, width))| **width > 0);
        let last = there
            .max_by_key(|(at, (column, _))| (column.rank, *at))
            .map(|(at, (column, _))| (at, column.rank));
        let Some((at, rank)) = last else { break };
        if rank == 0 {
            // The last one has what there is.
            widths.iter_mut().for_each(|width| *width = 0);
            if let Some(width) = widths.get_mut(at) {
                *width = wide;
            }
            break;
        }
        if let Some(width) = widths.get_mut(at) {
            *width = 0;
        }
    }
    // What is left is given out by rank.
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|at| columns.get(*at).map(|column| column.rank));
    let mut left = wide.saturating_sub(total(&widths));
    for at in order {
        if let (Some(column), Some(width)) = (columns.get(at), widths.get_mut(at))
            && *width > 0
        {
            let more = column.most.saturating_sub(*width).min(left);
            *width += more;
            left -= more;
        }
    }
    widths
}

/// Returns an area without the column on each side.
pub(super) fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x + 1.min(area.width),
        width: area.width.saturating_sub(2),
        ..area
    }
}

/// Draws the heads of columns.
pub(super) fn heads(columns: &[Column], widths: &[usize], frame: &mut Frame<'_>, area: Rect) {
    let area = Rect {
        height: 1.min(area.height),
        ..inside(area)
    };
    let fields = columns.iter().map(|column| Field::plain(column.head.to_owned()));
    let line = line(columns, widths, fields.collect(), |_| Vec::new());
    line.style(head()).render(area, frame.buffer_mut());
    frame.buffer_mut().set_style(area, head());
}

/// Returns a line of fields; `more` gives what stands in a column that is no text, by its width.
pub(super) fn line(
    columns: &[Column],
    widths: &[usize],
    fields: Vec<Field>,
    more: impl Fn(usize) -> Vec<Span<'static>>,
) -> Line<'static> {
    let mut spans = Vec::new();
    let all = columns.iter().zip(widths).zip(fields);
    for ((column, width), field) in all.filter(|((_, width), _)| **width > 0) {
        if !spans.is_empty() {
            spans.push(Span::raw(" "));
        }
        let drawn = if field.text.is_empty() {
            more(*width)
        } else {
            Vec::new()
        };
        if drawn.is_empty() {
            spans.push(Span::styled(
                filled(&field.text, *width, column.is_right),
                field.style,
            ));
        } else {
            spans.extend(drawn);
        }
    }
    Line::from(spans)
}

/// Draws a line of a list, over the whole width where it is chosen.
pub(super) fn row(line: Line<'static>, is_chosen: bool, frame: &mut Frame<'_>, area: Rect) {
    line.render(inside(area), frame.buffer_mut());
    if is_chosen {
        frame.buffer_mut().set_style(area, chosen());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn column(least: usize, most: usize, rank: u8) -> Column {
        Column::new("", least, most, rank)
    }

    #[test]
    fn columns_give_way_by_rank_and_take_what_is_left() {
        let columns = [
            column(3, 3, 1),
            column(8, 20, 0),
            column(10, 10, 3),
            column(6, 100, 2),
        ];
        assert_eq!(widths(&columns, 80), [3, 20, 10, 44]);
        assert_eq!(widths(&columns, 30), [3, 8, 10, 6]);
        assert_eq!(widths(&columns, 29), [3, 18, 0, 6]);
        assert_eq!(widths(&columns, 18), [3, 14, 0, 0]);
        assert_eq!(widths(&columns, 11), [0, 11, 0, 0]);
        assert_eq!(widths(&columns, 5), [0, 5, 0, 0]);
        assert_eq!(widths(&columns, 0), [0, 0, 0, 0]);
    }
}
