//! The page that plots are drawn on as SVG: its size, its colours, its letters, and lengths on it.

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingAreaErrorKind, IntoFont, PathElement, RGBColor, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, TextStyle};

use crate::render::cell::{cut, escape, width};
use crate::render::plot::palette;

/// The size of a picture on a page.
pub(super) const WIDTH: i32 = 800;
pub(super) const HEIGHT: i32 = 500;

/// Plotters puts marks at whole coordinates; a page has four to a pixel, so that curves are smooth.
pub(super) const SCALE: i32 = 4;

/// The distance of title and legend from the edge.
pub(super) const MARGIN: i32 = 24;

/// The embedded font first, then those that look most like it.
const FONT: &str = "DejaVu Sans, Verdana, sans-serif";

pub(super) const INK: RGBColor = RGBColor(34, 40, 49);
pub(super) const FAINT: RGBColor = RGBColor(110, 117, 125);
pub(super) const GRID: RGBColor = RGBColor(228, 231, 235);

/// Where plotters draws.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// What plotters says of a drawing.
pub(super) type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<std::io::Error>>;

/// Returns a length of a page in plotters' coordinates.
pub(super) const fn px(length: i32) -> i32 {
    length * SCALE
}

/// Estimates the width of text of a size, a little too wide rather than too narrow.
pub(super) fn text_width(text: &str, size: i32) -> i32 {
    let columns = i32::try_from(width(text)).unwrap_or(i32::MAX / 1_000);
    columns * size * 62 / 100
}

/// Cuts text to a width.
pub(super) fn fit(text: &str, size: i32, wide: i32) -> String {
    let columns = usize::try_from(wide * 100 / (size * 62)).unwrap_or(0);
    cut(&escape(text), columns.max(2))
}

pub(super) fn tint(place: usize) -> RGBColor {
    let (red, green, blue) = palette::of(place).rgb;
    RGBColor(red, green, blue)
}

/// Returns a way to write text of `size` pixels.
pub(super) fn style(size: i32, color: RGBColor, across: HPos, along: VPos) -> TextStyle<'static> {
    // The backend takes a line's height and divides it by this.
    let height = f64::from(size * SCALE) * 1.24;
    (FONT, height)
        .into_font()
        .color(&color)
        .pos(Pos::new(across, along))
}

/// Text at a place of a chart, moved by pixels.
macro_rules! beside {
    ($at:expr, $text:expr, $moved:expr, $style:expr) => {
        EmptyElement::at($at) + Text::new($text, $moved, $style)
    };
}
pub(super) use beside;

/// A line between points of a chart.
pub(super) fn stroke(points: Vec<(f64, f64)>, color: impl Color, wide: u32) -> PathElement<(f64, f64)> {
    PathElement::new(points, color.stroke_width(wide))
}
