//! Confusion matrices: a table of counts, with each row's shares.

use super::grid::Grid;
use crate::frame::plot::Plot;
use crate::render::cell::{cut, escape, width};
use crate::render::plot::palette;

/// Draws a table of counts; on the diagonal is what is right.
pub(super) fn draw(plot: &Plot, rows: &[Vec<u64>], wide: usize) -> Grid {
    let limit = wide / 4;
    let name = |name: &String| cut(&escape(name), limit);
    let heads: Vec<String> = plot.x.names().iter().map(name).collect();
    let labels: Vec<String> = plot.y.names().iter().map(name).collect();
    let texts = |shares: bool| -> Vec<Vec<String>> { rows.iter().map(|row| texts(row, shares)).collect() };
    let column = |texts: &[Vec<String>]| {
        let cells = texts.iter().flatten().chain(&heads);
        cells.map(|text| width(text)).max().unwrap_or(1) + 2
    };
    let corner = cut(&escape(&plot.y.label), limit);
    let first = labels
        .iter()
        .chain([&corner])
        .map(|label| width(label))
        .max()
        .unwrap_or(0)
        + 2;
    let mut cells = texts(true);
    if first + heads.len() * column(&cells) > wide {
        cells = texts(false);
    }
    let each = column(&cells);
    let fitting = (wide.saturating_sub(first) / each).clamp(1, heads.len().max(1));
    let mut grid = Grid::new(wide, rows.len() + 2 + usize::from(fitting < heads.len()));
    grid.dim(first, 0, &escape(&plot.x.label));
    grid.dim(0, 1, &corner);
    for (place, head) in heads.iter().take(fitting).enumerate() {
        grid.text(first + (place + 1) * each - 2 - width(head), 1, head);
    }
    for (row, (label, cells)) in labels.iter().zip(&cells).enumerate() {
        grid.text(0, 2 + row, label);
        for (place, text) in cells.iter().take(fitting).enumerate() {
            let x = first + (place + 1) * each - 2 - width(text);
            if place == row {
                grid.strong(x, 2 + row, text, palette::of(2).index);
            } else if text.starts_with('0') {
                grid.dim(x, 2 + row, text);
            } else {
                grid.tinted(x, 2 + row, text, palette::of(4).index);
            }
        }
    }
    if fitting < heads.len() {
        let hidden = heads.len() - fitting;
        grid.dim(0, 2 + rows.len(), &format!("… and {hidden} more columns"));
    }
    grid
}

fn texts(row: &[u64], shares: bool) -> Vec<String> {
    let sum: u64 = row.iter().sum();
    row.iter()
        .map(|count| {
            if shares && sum > 0 {
                format!("{count} ({:.0}%)", *count as f64 / sum as f64 * 100.0)
            } else {
                count.to_string()
            }
        })
        .collect()
}
