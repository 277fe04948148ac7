//! Confusion matrices: squares as dark as their share of the row.

use plotters::prelude::{EmptyElement, Rectangle, Text};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor, WHITE};

use super::chart::{LABEL, Side, chart, inner_width};
use super::page::{Area, Drawn, SCALE, beside, fit, px, style};
use crate::frame::plot::Plot;

/// The inks on pale and on dark squares: like those of the page, but distinct from them, because a page that is shown
/// dark changes its own and not these.
const ON_PALE: RGBColor = RGBColor(34, 40, 50);
const ON_DARK: RGBColor = RGBColor(254, 254, 254);

/// Draws a square for each pair of classes, with its rows and its share of the actual class.
pub(super) fn draw(area: &Area<'_>, plot: &Plot, rows: &[Vec<u64>]) -> Drawn {
    let mut actual: Vec<String> = plot.y.names().iter().map(|name| fit(name, LABEL, 160)).collect();
    actual.reverse();
    let up = Side::named(&plot.y.label, actual);
    let slot = inner_width(&up) / i32::try_from(rows.len().max(1)).unwrap_or(i32::MAX);
    let predicted = plot.x.names().iter().map(|name| fit(name, LABEL, slot)).collect();
    let mut chart = chart(area, &Side::named(&plot.x.label, predicted), &up)?;
    let large = rows.len() <= 6;
    for (row, counts) in rows.iter().enumerate() {
        let sum: u64 = counts.iter().sum();
        let bottom = (rows.len() - 1 - row) as f64;
        for (column, count) in counts.iter().enumerate() {
            let share = if sum == 0 { 0.0 } else { *count as f64 / sum as f64 };
            let left = column as f64;
            let corners = [(left, bottom), (left + 1.0, bottom + 1.0)];
            chart.draw_series([
                Rectangle::new(corners, shade(share).filled()),
                Rectangle::new(corners, WHITE.stroke_width(2 * SCALE.unsigned_abs())),
            ])?;
            if rows.len() > 20 {
                continue;
            }
            let color = if share > 0.5 { ON_DARK } else { ON_PALE };
            let centre = (left + 0.5, bottom + 0.5);
            let size = if large { 22 } else { 11 };
            let up = if large { -px(10) } else { 0 };
            let text = style(size, color, HPos::Center, VPos::Center);
            chart.draw_series([beside!(centre, count.to_string(), (0, up), text)])?;
            if large {
                let text = style(13, color, HPos::Center, VPos::Center);
                let percent = format!("{:.1} %", share * 100.0);
                chart.draw_series([beside!(centre, percent, (0, px(14)), text)])?;
            }
        }
    }
    Ok(())
}

/// Returns a blue between nearly white and the first of the palette.
fn shade(share: f64) -> RGBColor {
    let mix = |light: f64, dark: f64| (light + (dark - light) * share).round().clamp(0.0, 255.0) as u8;
    RGBColor(mix(240.0, 0.0), mix(246.0, 114.0), mix(251.0, 178.0))
}
