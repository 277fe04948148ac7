//! Box plots: a line each, with whiskers, box, median and outliers.

use super::axes::{below, place};
use super::grid::Grid;
use crate::frame::plot::{BoxSummary, Plot};
use crate::render::cell::{cut, escape, width};
use crate::render::plot::extent::extent;
use crate::render::plot::palette;

/// Draws boxes below each other, with an axis below all.
pub(super) fn draw(plot: &Plot, boxes: &[BoxSummary], wide: usize) -> Grid {
    let labels: Vec<String> = plot
        .x
        .names()
        .iter()
        .map(|name| cut(&escape(name), wide / 3))
        .collect();
    let longest = labels.iter().map(|label| width(label)).max().unwrap_or(0);
    let left = if longest == 0 { 1 } else { longest + 2 };
    let inner = wide.saturating_sub(left + 1).max(1);
    let (_, range) = extent(plot);
    let step = if boxes.len() > 6 { 1 } else { 2 };
    let mut grid = Grid::new(wide, boxes.len() * step + 4);
    for (row, (summary, label)) in boxes.iter().zip(&labels).enumerate() {
        let y = 1 + row * step;
        grid.text(longest - width(label), y, label);
        one(
            &mut grid,
            (left, y, inner),
            summary,
            range,
            palette::of(row).index,
        );
    }
    for y in 0..=(boxes.len() * step) {
        grid.dim(left - 1, y, "│");
    }
    let bottom = boxes.len() * step + 1;
    grid.dim(left - 1, bottom, "└");
    below(&mut grid, (left, bottom, inner), range, &plot.y);
    grid
}

fn one(
    grid: &mut Grid,
    (left, y, wide): (usize, usize, usize),
    summary: &BoxSummary,
    range: (f64, f64),
    index: u8,
) {
    let at = |value: f64| left + place(value, range, wide);
    for outlier in &summary.outliers {
        grid.tinted(at(*outlier), y, "∘", index);
    }
    let [first, median, third] = summary.quartiles.map(at);
    let (low, high) = (at(summary.low), at(summary.high));
    let mut draw = |from: usize, to: usize, text: &str| {
        grid.tinted(from, y, &text.repeat(to.saturating_sub(from)), index);
    };
    draw(low, first, "─");
    draw(third, high, "─");
    if low < first {
        draw(low, low + 1, "├");
    }
    if high > third {
        draw(high, high + 1, "┤");
    }
    draw(first, third + 1, "▒");
    grid.strong(median, y, "┃", index);
}
