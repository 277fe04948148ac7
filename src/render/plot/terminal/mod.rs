//! Plots → lines of text, in colour where the terminal has it, at most 100 columns wide.

mod axes;
mod bars;
mod boxes;
mod canvas;
mod columns;
mod grid;
mod matrix;
#[cfg(test)]
pub(super) mod tests;

use crate::frame::plot::{Marks, Plot};
use crate::render::cell::{cut, escape, width};
use crate::render::paint::Paint;
use crate::render::plot::palette;
use crate::render::style::Style;
use grid::Grid;

/// No picture is narrower, whatever the terminal says.
const NARROWEST: usize = 20;

/// Wider than this, a picture of twenty lines looks flat.
const WIDEST: usize = 100;

/// Writes a plot as lines of text, the last without a line end.
///
/// Without colour, series differ by their marks.
pub fn terminal(plot: &Plot, style: &Style) -> String {
    let wide = style.width.clamp(NARROWEST, WIDEST);
    let paint = Paint::new(style);
    let mut lines = vec![paint.strong(&cut(&escape(&plot.title), wide))];
    let grid = match &plot.marks {
        Marks::Bins { edges, groups } => columns::draw(plot, edges, groups, wide, style.color),
        Marks::Bars(groups) => bars::draw(plot, groups, wide, style.color),
        Marks::Lines(series) => canvas::draw(plot, series, true, wide, style.color),
        Marks::Points(series) => canvas::draw(plot, series, false, wide, style.color),
        Marks::Boxes(boxes) => boxes::draw(plot, boxes, wide),
        Marks::Matrix(rows) => matrix::draw(plot, rows, wide),
    };
    lines.extend(grid.lines(style.color));
    lines.extend(legend(plot, wide, style.color).lines(style.color));
    for note in &plot.notes {
        lines.extend(wrapped(&escape(note), wide).iter().map(|line| paint.dim(line)));
    }
    lines.join("\n")
}

/// Names the series with their marks, as many a line as fit.
fn legend(plot: &Plot, wide: usize, color: bool) -> Grid {
    let names: Vec<(usize, String)> = plot
        .marks
        .names()
        .into_iter()
        .enumerate()
        .filter(|(_, name)| !name.is_empty())
        .map(|(place, name)| (place, cut(&escape(name), wide.saturating_sub(2))))
        .collect();
    let several = plot.marks.names().len() > 1;
    let points = matches!(plot.marks, Marks::Lines(_) | Marks::Points(_));
    let (mut x, mut y) = (0, 0);
    let mut places = Vec::new();
    for (place, name) in names {
        let needed = 2 + width(&name);
        if x > 0 && x + needed > wide {
            (x, y) = (0, y + 1);
        }
        places.push((x, y, place, name));
        x += needed + 2;
    }
    let mut grid = Grid::new(wide, if places.is_empty() { 0 } else { y + 1 });
    for (x, y, place, name) in places {
        let tint = palette::of(place);
        let mark = match (color, points) {
            (true, _) => '■',
            (false, true) if several => tint.mark,
            (false, true) => '⠶',
            (false, false) => tint.fill,
        };
        grid.tinted(x, y, &mark.to_string(), tint.index);
        grid.text(x + 2, y, &name);
    }
    grid
}

/// Breaks a sentence into lines between its words.
fn wrapped(text: &str, wide: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= wide => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(cut(word, wide)),
        }
    }
    lines
}
