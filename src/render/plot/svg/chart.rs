//! Axes with round ticks, for every picture that has two.

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{Cartesian2d, DrawingArea, Ranged, SVGBackend};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, TRANSPARENT};

use super::page::{Drawn, FAINT, GRID, INK, SCALE, WIDTH, px, style, text_width};
use crate::frame::plot::Axis;
use crate::render::cell::escape;
use crate::render::plot::extent::Range;
use crate::render::plot::ticks::{Tick, ticks};

/// A chart of two axes of numbers.
pub(super) type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Marked, Marked>>;

/// A range of numbers with ticks where we say.
pub(super) struct Marked {
    range: RangedCoordf64,
    ticks: Vec<f64>,
}

impl Marked {
    fn new(side: &Side) -> Self {
        Self {
            range: (side.range.0..side.range.1).into(),
            ticks: side.ticks.iter().map(|tick| tick.place).collect(),
        }
    }
}

impl Ranged for Marked {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.range.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.range.range()
    }
}

/// The size of what is beside ticks, in pixels.
pub(super) const LABEL: i32 = 13;

/// One axis: how far it reaches, its ticks and its name.
pub(super) struct Side {
    pub(super) range: Range,
    pub(super) ticks: Vec<Tick>,
    pub(super) label: String,
    /// Whether lines across the chart continue the ticks.
    pub(super) grid: bool,
}

impl Side {
    /// Creates an axis with about `most` round ticks.
    pub(super) fn measured(axis: &Axis, range: Range, most: usize) -> Self {
        Self {
            range,
            ticks: ticks(range, most, &axis.scale),
            label: escape(&axis.label),
            grid: true,
        }
    }

    /// Creates an axis with a name in the middle of each unit, `names` from its start.
    pub(super) fn named(label: &str, names: Vec<String>) -> Self {
        Self {
            range: (0.0, names.len().max(1) as f64),
            ticks: names
                .into_iter()
                .enumerate()
                .map(|(place, label)| Tick {
                    place: place as f64 + 0.5,
                    label,
                })
                .collect(),
            label: escape(label),
            grid: false,
        }
    }

    fn format(&self, value: f64) -> String {
        let near = |tick: &&Tick| (tick.place - value).abs() <= (self.range.1 - self.range.0) * 1e-9;
        self.ticks
            .iter()
            .find(near)
            .map(|tick| tick.label.clone())
            .unwrap_or_default()
    }
}

/// Returns how wide a chart is inside its axes.
pub(super) fn inner_width(y: &Side) -> i32 {
    WIDTH - left(y) - 36
}

fn left(y: &Side) -> i32 {
    let labels = y
        .ticks
        .iter()
        .map(|tick| text_width(&tick.label, LABEL))
        .max()
        .unwrap_or(0);
    labels + 24 + if y.label.is_empty() { 0 } else { 24 }
}

/// Draws the axes.
pub(super) fn chart<'a, 'b>(
    area: &'a DrawingArea<SVGBackend<'b>, Shift>,
    x: &Side,
    y: &Side,
) -> Drawn<Chart<'a, 'b>> {
    let mut chart = ChartBuilder::on(area)
        .margin_left(px(8))
        .margin_right(px(28))
        .margin_top(px(8))
        .x_label_area_size(px(if x.label.is_empty() { 30 } else { 52 }))
        .y_label_area_size(px(left(y)))
        .build_cartesian_2d(Marked::new(x), Marked::new(y))?;
    let (x_format, y_format) = (|value: &f64| x.format(*value), |value: &f64| y.format(*value));
    let mut mesh = chart.configure_mesh();
    if !x.grid {
        mesh.disable_x_mesh();
    }
    if !y.grid {
        mesh.disable_y_mesh();
    }
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(GRID.stroke_width(SCALE.unsigned_abs()))
        .axis_style(FAINT.stroke_width(SCALE.unsigned_abs()))
        .set_all_tick_mark_size(px(5))
        .x_label_formatter(&x_format)
        .y_label_formatter(&y_format)
        .label_style(style(LABEL, INK, HPos::Left, VPos::Top))
        .axis_desc_style(style(14, INK, HPos::Left, VPos::Top))
        .x_desc(x.label.clone())
        .y_desc(y.label.clone())
        .draw()?;
    Ok(chart)
}
