//! Bars: a line each, with its name before it and its value behind it.

use super::grid::Grid;
use crate::frame::plot::{Named, Plot};
use crate::render::cell::{cut, escape, width};
use crate::render::plot::extent::extent;
use crate::render::plot::palette::{self, Tint};
use crate::render::plot::ticks::value;

/// Blocks of one eighth to eight eighths, from the left.
const EIGHTHS: [&str; 8] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// More lines than this are not drawn.
const MOST_LINES: usize = 40;

/// Where bars are.
struct Track {
    left: usize,
    wide: usize,
    low: f64,
    high: f64,
}

/// Draws the bars of each category below each other.
pub(super) fn draw(plot: &Plot, groups: &[Named<Vec<Option<f64>>>], wide: usize, color: bool) -> Grid {
    let names = plot.x.names();
    let each = groups.len() + usize::from(groups.len() > 1);
    let shown = names.len().min((MOST_LINES / each.max(1)).max(1));
    let labels: Vec<String> = names
        .iter()
        .take(shown)
        .map(|name| cut(&escape(name), wide / 3))
        .collect();
    let longest = labels.iter().map(|label| width(label)).max().unwrap_or(0);
    let values = groups.iter().flat_map(|group| group.data.iter().flatten());
    let numbers = values.map(|number| width(&value(*number))).max().unwrap_or(0);
    let (_, (low, high)) = extent(plot);
    let left = longest + 2;
    let track = Track {
        left,
        wide: wide.saturating_sub(left + numbers + 1).max(1),
        low,
        high,
    };
    let hidden = names.len() - shown;
    let head = match (plot.x.label.is_empty(), plot.y.label.is_empty()) {
        (false, false) => format!("{} by {}", plot.y.label, plot.x.label),
        _ => format!("{}{}", plot.y.label, plot.x.label),
    };
    // The title says the same, unless it is one of the user's own.
    let first = usize::from(!plot.title.starts_with(&head));
    let high = first + shown * each - usize::from(groups.len() > 1) + usize::from(hidden > 0);
    let mut grid = Grid::new(wide, high);
    if first > 0 {
        grid.dim(0, 0, &cut(&escape(&head), wide));
    }
    for (category, label) in labels.iter().enumerate() {
        let top = first + category * each;
        grid.text(longest - width(label), top, label);
        for (place, group) in groups.iter().enumerate() {
            grid.dim(left - 1, top + place, "│");
            if let Some(Some(number)) = group.data.get(category) {
                bar(&mut grid, &track, top + place, *number, palette::of(place), color);
            }
        }
    }
    if hidden > 0 {
        grid.dim(
            0,
            high - 1,
            &format!("… and {hidden} more; a saved picture shows them"),
        );
    }
    grid
}

fn bar(grid: &mut Grid, track: &Track, y: usize, number: f64, tint: Tint, color: bool) {
    let column = |at: f64| (at - track.low) / (track.high - track.low) * track.wide as f64;
    let zero = column(0.0);
    let smooth = color || tint.fill == '█';
    let end = if number >= 0.0 {
        let start = zero.round() as usize;
        let eighths = ((column(number) - zero) * 8.0).round() as usize;
        let eighths = if number > 0.0 { eighths.max(1) } else { eighths };
        let (full, rest) = if smooth {
            (eighths / 8, eighths % 8)
        } else {
            (eighths.div_ceil(8), 0)
        };
        let ink = if smooth { '█' } else { tint.fill };
        let mut text = ink.to_string().repeat(full);
        text.push_str(
            rest.checked_sub(1)
                .and_then(|rest| EIGHTHS.get(rest))
                .copied()
                .unwrap_or_default(),
        );
        grid.tinted(track.left + start, y, &text, tint.index);
        track.left + start + width(&text)
    } else {
        let stop = zero.round() as usize;
        let halves = (((zero - column(number)) * 2.0).round() as usize).max(1);
        let (full, half) = if smooth {
            (halves / 2, halves % 2)
        } else {
            (halves.div_ceil(2), 0)
        };
        let ink = if smooth { '█' } else { tint.fill };
        let text = format!("{}{}", "▐".repeat(half), ink.to_string().repeat(full));
        grid.tinted(
            track.left + stop.saturating_sub(full + half),
            y,
            &text,
            tint.index,
        );
        track.left + stop
    };
    grid.text(end + 1, y, &value(number));
}
