//! [`Axes`]: axes with ticks around the place where marks stand.

use ratatui_core::layout::Rect;

use super::grid::Grid;
use crate::frame::plot::{Axis, Plot, Scale};
use crate::render::cell::{cut, escape, width};
use crate::render::plot::extent::Range;
use crate::render::plot::ticks::{Tick, ticks};

/// How many rows the marks have.
const ROWS: usize = 12;

/// A grid with axes, and the place inside them.
pub(super) struct Axes {
    pub(super) grid: Grid,
    /// The first column and row of the place for marks.
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) wide: usize,
    pub(super) high: usize,
}

impl Axes {
    /// Draws axes; the place for marks is a multiple of `unit` columns wide where there is room for one.
    pub(super) fn new(plot: &Plot, (x, y): (Range, Range), unit: usize, wide: usize) -> Self {
        let rows = ticks(y, 5, &plot.y.scale);
        let labels = rows.iter().map(|tick| width(&tick.label)).max().unwrap_or(0);
        let labels = labels.min(wide / 3);
        let left = labels + 2;
        let room = wide.saturating_sub(left + 1).max(1);
        let inner = if unit > 0 && room >= unit {
            room / unit * unit
        } else {
            room
        };
        let mut axes = Self {
            grid: Grid::new(wide, ROWS + 4),
            left,
            top: 1,
            wide: inner,
            high: ROWS,
        };
        axes.grid.dim(0, 0, &cut(&escape(&plot.y.label), wide));
        for row in 0..ROWS {
            axes.grid.dim(left - 1, 1 + row, "│");
        }
        for tick in &rows {
            let row = axes.top + place(tick.place, (y.1, y.0), ROWS);
            let label = cut(&tick.label, labels);
            axes.grid.dim(left.saturating_sub(2 + width(&label)), row, &label);
            axes.grid.dim(left - 1, row, "┤");
        }
        axes.grid.dim(left - 1, 1 + ROWS, "└");
        below(&mut axes.grid, (left, 1 + ROWS, inner), x, &plot.x);
        axes
    }

    /// Returns the place for marks.
    pub(super) fn area(&self) -> Rect {
        let size = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
        Rect::new(size(self.left), size(self.top), size(self.wide), size(self.high))
    }
}

/// Draws a horizontal axis with its ticks and name on three rows: from column `left`, in row `y`.
pub(super) fn below(grid: &mut Grid, (left, y, wide): (usize, usize, usize), range: Range, axis: &Axis) {
    for column in 0..wide {
        grid.dim(left + column, y, "─");
    }
    let mut free = 0;
    // Dates take more room than numbers.
    let most = wide / if axis.scale == Scale::Time { 14 } else { 8 };
    for Tick { place: at, label } in ticks(range, most.max(2), &axis.scale) {
        let column = left + place(at, range, wide);
        grid.dim(column, y, "┬");
        let long = width(&label);
        let start = column
            .saturating_sub(long / 2)
            .min(grid.wide().saturating_sub(long));
        if start >= free {
            grid.dim(start, y + 1, &label);
            free = start + long + 1;
        }
    }
    let name = cut(&escape(&axis.label), grid.wide());
    let centre = left + wide / 2;
    let start = centre
        .saturating_sub(width(&name) / 2)
        .min(grid.wide().saturating_sub(width(&name)));
    grid.dim(start, y + 2, &name);
}

/// Returns which of `cells` a value is in, along a range that may be turned round.
pub(super) fn place(value: f64, (from, to): Range, cells: usize) -> usize {
    let part = ((value - from) / (to - from)).clamp(0.0, 1.0);
    ((part * cells as f64) as usize).min(cells.saturating_sub(1))
}
