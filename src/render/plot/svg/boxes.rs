//! Box plots.

use plotters::prelude::{Circle, Rectangle};
use plotters::style::Color;

use super::chart::{Chart, LABEL, Side, chart, inner_width};
use super::page::{Area, Drawn, SCALE, fit, px, stroke, tint};
use crate::frame::plot::{BoxSummary, Plot};
use crate::render::plot::extent::extent;

/// Draws boxes beside each other.
pub(super) fn draw(area: &Area<'_>, plot: &Plot, boxes: &[BoxSummary]) -> Drawn {
    let (_, range) = extent(plot);
    let up = Side::measured(&plot.y, range, 6);
    let slot = inner_width(&up) / i32::try_from(boxes.len().max(1)).unwrap_or(i32::MAX);
    let labels = plot.x.names().iter().map(|name| fit(name, LABEL, slot)).collect();
    let mut chart = chart(area, &Side::named(&plot.x.label, labels), &up)?;
    // One box alone would fill the picture.
    let half = 0.3_f64.min(0.1 * boxes.len() as f64);
    for (place, summary) in boxes.iter().enumerate() {
        one(&mut chart, place, summary, half)?;
    }
    Ok(())
}

fn one(chart: &mut Chart<'_, '_>, place: usize, summary: &BoxSummary, half: f64) -> Drawn {
    let color = tint(place);
    let middle = place as f64 + 0.5;
    let [first, median, third] = summary.quartiles;
    let line = 2 * SCALE.unsigned_abs();
    let across = |at: f64, half: f64| vec![(middle - half, at), (middle + half, at)];
    let corners = [(middle - half, first), (middle + half, third)];
    chart.draw_series([
        Rectangle::new(corners, color.mix(0.3).filled()),
        Rectangle::new(corners, color.stroke_width(line)),
    ])?;
    chart.draw_series([
        stroke(vec![(middle, summary.low), (middle, first)], color, line),
        stroke(vec![(middle, third), (middle, summary.high)], color, line),
        stroke(across(summary.low, half / 2.0), color, line),
        stroke(across(summary.high, half / 2.0), color, line),
        stroke(across(median, half), color, 2 * line),
    ])?;
    let circle = |value: &f64| Circle::new((middle, *value), px(3), color.mix(0.6).filled());
    chart.draw_series(summary.outliers.iter().map(circle))?;
    Ok(())
}
