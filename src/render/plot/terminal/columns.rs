//! Histograms: columns of blocks, the groups on top of each other.

use super::axes::Axes;
use super::grid::Grid;
use crate::frame::plot::{Named, Plot};
use crate::render::plot::extent::extent;
use crate::render::plot::palette;

/// Blocks of one eighth to eight eighths, from below.
const EIGHTHS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Draws bins; neighbours are put together where there are more than columns.
pub(super) fn draw(plot: &Plot, edges: &[f64], groups: &[Named<Vec<u64>>], wide: usize, color: bool) -> Grid {
    let bins = edges.len().saturating_sub(1).max(1);
    // What is left for the bins beside labels of the usual length.
    let together = bins.div_ceil(wide.saturating_sub(10).max(1));
    let shown = bins.div_ceil(together);
    let sums: Vec<Vec<u64>> = groups
        .iter()
        .map(|group| {
            group
                .data
                .chunks(together)
                .map(|bins| bins.iter().sum())
                .collect()
        })
        .collect();
    let (x, mut y) = extent(plot);
    let total = |bin: usize| sums.iter().filter_map(|group| group.get(bin)).sum::<u64>();
    if together > 1 {
        y.1 = (0..shown).map(total).max().unwrap_or(1).max(1) as f64;
    }
    let mut axes = Axes::new(plot, (x, y), shown, wide);
    let column = (axes.wide / shown).max(1);
    for bin in 0..shown {
        let mut tops: Vec<usize> = Vec::with_capacity(groups.len());
        let mut sum = 0;
        for group in &sums {
            sum += group.get(bin).copied().unwrap_or(0);
            tops.push(eighths(sum, y.1, axes.high));
        }
        for row in 0..axes.high {
            let place = (axes.left + bin * column, axes.top + axes.high - 1 - row);
            cell(&mut axes.grid, place, column, row * 8, &tops, color);
        }
    }
    axes.grid
}

/// Returns the height of a column in eighths of a row; what is there is seen.
fn eighths(count: u64, highest: f64, rows: usize) -> usize {
    let exact = (count as f64 / highest * (rows * 8) as f64).round() as usize;
    if count > 0 { exact.max(1) } else { 0 }
}

/// Fills one row of a column: that from `from` eighths on, of groups that end at `tops`.
fn cell(grid: &mut Grid, (x, y): (usize, usize), wide: usize, from: usize, tops: &[usize], color: bool) {
    let to = from + 8;
    let mut inside: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    for (group, top) in tops.iter().enumerate() {
        let (low, high) = (start.max(from), (*top).min(to));
        if low < high {
            inside.push((group, high - from));
        }
        start = start.max(*top);
    }
    let block = |eighth: usize| EIGHTHS.get(eighth.saturating_sub(1)).copied().unwrap_or(" ");
    match inside.as_slice() {
        [] => {}
        [(group, high)] if color || *group == 0 => {
            grid.tinted(x, y, &block(*high).repeat(wide), palette::of(*group).index);
        }
        [(low, boundary), .., (high, top)] if color && *top == 8 => {
            let (low, high) = (palette::of(*low).index, palette::of(*high).index);
            grid.over(x, y, &block(*boundary).repeat(wide), low, high);
        }
        several => {
            // The group that has most of the row.
            let mut below = 0;
            let mut best = (0, 0);
            for (group, high) in several {
                if high - below > best.1 {
                    best = (*group, high - below);
                }
                below = *high;
            }
            let tint = palette::of(best.0);
            if color {
                grid.tinted(x, y, &block(below).repeat(wide), tint.index);
            } else if below >= 4 {
                grid.text(x, y, &tint.fill.to_string().repeat(wide));
            }
        }
    }
}
