//! Histograms and bars.

use plotters::prelude::{EmptyElement, Rectangle, Text};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, WHITE};

use super::chart::{Chart, LABEL, Side, chart, inner_width};
use super::page::{Area, Drawn, FAINT, INK, SCALE, beside, fit, px, stroke, style, text_width, tint};
use crate::frame::plot::{Named, Plot, PlotKind};
use crate::render::plot::extent::extent;
use crate::render::plot::ticks::value;

/// More bars than this have no numbers beside them.
const NUMBERED: usize = 24;

/// How much of its place a category's bars take.
const FILLED: f64 = 0.78;

/// Draws counts between edges, the groups on top of each other.
pub(super) fn bins(area: &Area<'_>, plot: &Plot, edges: &[f64], groups: &[Named<Vec<u64>>]) -> Drawn {
    let (x, y) = extent(plot);
    let mut across = Side::measured(&plot.x, x, 10);
    across.grid = false;
    let mut chart = chart(area, &across, &Side::measured(&plot.y, y, 6))?;
    let mut below = vec![0_u64; edges.len().saturating_sub(1)];
    for (place, group) in groups.iter().enumerate() {
        let mut rectangles = Vec::new();
        for ((edge, count), start) in edges.windows(2).zip(&group.data).zip(&mut below) {
            if let ([from, to], true) = (edge, *count > 0) {
                let corners = [(*from, *start as f64), (*to, (*start + count) as f64)];
                rectangles.push(Rectangle::new(corners, tint(place).filled()));
                rectangles.push(Rectangle::new(corners, WHITE.stroke_width(SCALE.unsigned_abs())));
            }
            *start += count;
        }
        chart.draw_series(rectangles)?;
    }
    Ok(())
}

/// Draws bars: upright where the names have room below them, else lying.
pub(super) fn bars(area: &Area<'_>, plot: &Plot, groups: &[Named<Vec<Option<f64>>>]) -> Drawn {
    let (_, range) = extent(plot);
    let names = plot.x.names();
    let numbered = names.len() * groups.len() <= NUMBERED;
    let mut measured = Side::measured(&plot.y, range, 6);
    let slot = inner_width(&measured) / i32::try_from(names.len().max(1)).unwrap_or(i32::MAX);
    let longest = names
        .iter()
        .map(|name| text_width(name, LABEL))
        .max()
        .unwrap_or(0);
    let lying = plot.kind == PlotKind::Coefficients || longest + 6 > slot;
    if numbered {
        // Numbers stand beyond the ends of their bars.
        let room = (range.1 - range.0) * if lying { 0.09 } else { 0.05 };
        let (low, high) = range;
        let beyond = |end: f64| if end == 0.0 { 0.0 } else { end + room.copysign(end) };
        measured = Side::measured(&plot.y, (beyond(low), beyond(high)), 6);
    }
    let limit = if lying { 220 } else { slot };
    let mut labels: Vec<String> = names.iter().map(|name| fit(name, LABEL, limit)).collect();
    let mut chart = if lying {
        // The first category is at the top.
        labels.reverse();
        chart(area, &measured, &Side::named(&plot.x.label, labels))?
    } else {
        chart(area, &Side::named(&plot.x.label, labels), &measured)?
    };
    let each = FILLED / groups.len().max(1) as f64;
    for (place, group) in groups.iter().enumerate() {
        for (category, number) in group.data.iter().enumerate() {
            let Some(number) = *number else { continue };
            let start = category as f64 + (1.0 - FILLED) / 2.0 + place as f64 * each;
            let bar = Bar {
                slot: if lying {
                    let count = names.len() as f64;
                    (count - start - each, count - start)
                } else {
                    (start, start + each)
                },
                number,
                lying,
            };
            bar.draw(&mut chart, place, numbered)?;
        }
    }
    let (low, _) = range;
    if low < 0.0 {
        let end = names.len() as f64;
        let zero = if lying {
            vec![(0.0, 0.0), (0.0, end)]
        } else {
            vec![(0.0, 0.0), (end, 0.0)]
        };
        chart.draw_series([stroke(zero, FAINT, SCALE.unsigned_abs())])?;
    }
    Ok(())
}

/// One bar: its place among the others, and its number.
struct Bar {
    slot: (f64, f64),
    number: f64,
    lying: bool,
}

impl Bar {
    fn draw(&self, chart: &mut Chart<'_, '_>, place: usize, numbered: bool) -> Drawn {
        let (from, to) = self.slot;
        let middle = f64::midpoint(from, to);
        let corners = if self.lying {
            [(0.0, from), (self.number, to)]
        } else {
            [(from, 0.0), (to, self.number)]
        };
        chart.draw_series([Rectangle::new(corners, tint(place).filled())])?;
        if !numbered {
            return Ok(());
        }
        let text = value(self.number);
        let (at, moved, across, along) = match (self.lying, self.number < 0.0) {
            (true, false) => ((self.number, middle), (px(5), 0), HPos::Left, VPos::Center),
            (true, true) => ((self.number, middle), (-px(5), 0), HPos::Right, VPos::Center),
            (false, false) => ((middle, self.number), (0, -px(4)), HPos::Center, VPos::Bottom),
            (false, true) => ((middle, self.number), (0, px(4)), HPos::Center, VPos::Top),
        };
        chart.draw_series([beside!(at, text, moved, style(11, INK, across, along))])?;
        Ok(())
    }
}
