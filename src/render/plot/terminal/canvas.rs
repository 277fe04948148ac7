//! Lines and points, in dots of Braille: eight to a character.

use ratatui_core::style::Color;
use ratatui_core::symbols::Marker;
use ratatui_core::widgets::Widget;
use ratatui_widgets::canvas::{Canvas, Context, Line, Points};

use super::axes::Axes;
use super::grid::Grid;
use crate::frame::plot::{Named, Plot, PlotKind, Point};
use crate::render::plot::extent::extent;
use crate::render::plot::palette;

/// The colour of what is there to compare with.
const GREY: Color = Color::Indexed(244);

/// Draws series of points, joined if `joined`.
pub(super) fn draw(
    plot: &Plot,
    series: &[Named<Vec<Point>>],
    joined: bool,
    wide: usize,
    color: bool,
) -> Grid {
    let (x, y) = extent(plot);
    let mut axes = Axes::new(plot, (x, y), 0, wide);
    let area = axes.area();
    Canvas::default()
        .x_bounds([x.0, x.1])
        .y_bounds([y.0, y.1])
        .paint(|context| {
            if plot.diagonal {
                context.marker(if color {
                    Marker::Braille
                } else {
                    Marker::Custom('·')
                });
                context.draw(&Line::new(x.0, y.0, x.1, y.1, GREY));
                context.layer();
            }
            for (place, series) in series.iter().enumerate() {
                let tint = palette::of(place);
                let shown = Color::Indexed(tint.index);
                context.marker(if many(plot) && !color {
                    Marker::Custom(tint.mark)
                } else {
                    Marker::Braille
                });
                if joined {
                    join(context, &series.data, shown);
                }
                if !joined || series.data.len() == 1 {
                    let coords = &series.data;
                    context.draw(&Points { coords, color: shown });
                }
                context.layer();
                if plot.kind == PlotKind::Calibration {
                    context.marker(Marker::Custom(if many(plot) && !color {
                        tint.mark
                    } else {
                        '●'
                    }));
                    context.draw(&Points {
                        coords: &series.data,
                        color: shown,
                    });
                    context.layer();
                }
            }
        })
        .render(area, &mut axes.grid.buffer);
    axes.grid
}

fn many(plot: &Plot) -> bool {
    plot.marks.names().len() > 1
}

fn join(context: &mut Context<'_>, points: &[Point], color: Color) {
    for pair in points.windows(2) {
        if let [a, b] = pair {
            context.draw(&Line::new(a.0, a.1, b.0, b.1, color));
        }
    }
}
