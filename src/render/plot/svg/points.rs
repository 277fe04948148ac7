//! Lines and points.

use plotters::prelude::Circle;
use plotters::style::Color;

use super::chart::{LABEL, Side, chart, inner_width};
use super::page::{Area, Drawn, FAINT, SCALE, px, stroke, text_width, tint};
use crate::frame::plot::{Named, Plot, PlotKind, Point};
use crate::render::plot::extent::extent;

/// Draws series of points, joined if `joined`.
pub(super) fn draw(area: &Area<'_>, plot: &Plot, series: &[Named<Vec<Point>>], joined: bool) -> Drawn {
    let (x, y) = extent(plot);
    let up = Side::measured(&plot.y, y, 6);
    let mut across = Side::measured(&plot.x, x, 8);
    let longest = across
        .ticks
        .iter()
        .map(|tick| text_width(&tick.label, LABEL))
        .max()
        .unwrap_or(0);
    let room = inner_width(&up) / (longest + 20).max(1);
    if usize::try_from(room).is_ok_and(|room| across.ticks.len() > room) {
        across = Side::measured(&plot.x, x, usize::try_from(room.max(2)).unwrap_or(2));
    }
    let mut chart = chart(area, &across, &up)?;
    if plot.diagonal {
        let corners = vec![(x.0, y.0), (x.1, y.1)];
        chart.draw_series([stroke(corners, FAINT.mix(0.6), SCALE.unsigned_abs())])?;
    }
    let count: usize = series.iter().map(|series| series.data.len()).sum();
    let (radius, shade) = match count {
        0..=300 => (4, 0.75),
        301..=3_000 => (3, 0.55),
        _ => (2, 0.35),
    };
    for (place, series) in series.iter().enumerate() {
        let color = tint(place);
        if joined {
            let points = series.data.clone();
            chart.draw_series([stroke(points, color, 5 * SCALE.unsigned_abs() / 2)])?;
        }
        let dots = plot.kind == PlotKind::Calibration || series.data.len() == 1;
        if !joined || dots {
            let fill = if joined { color.mix(1.0) } else { color.mix(shade) };
            let circle = |point: &Point| Circle::new(*point, px(radius), fill.filled());
            chart.draw_series(series.data.iter().map(circle))?;
        }
    }
    Ok(())
}
