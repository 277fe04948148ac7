//! Plots → SVG of 800 × 500, dark on white, drawn with plotters.

use plotters::coord::Shift;
use plotters::prelude::{
    DrawingArea, DrawingAreaErrorKind, IntoDrawingArea, IntoFont, PathElement, RGBColor, Rectangle,
    SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, TextStyle};

use super::palette;
use super::picture::PictureError;
use crate::frame::plot::{Marks, Plot};
use crate::render::cell::{cut, escape, width};

mod bars;
mod boxes;
mod chart;
mod matrix;
mod points;

/// The size of a picture on a page.
const WIDTH: i32 = 800;
const HEIGHT: i32 = 500;

/// Plotters puts marks at whole coordinates; a page has four to a pixel, so that curves are smooth.
const SCALE: i32 = 4;

/// The distance of title and legend from the edge.
const MARGIN: i32 = 24;

/// The embedded font first, then those that look most like it.
const FONT: &str = "DejaVu Sans, Verdana, sans-serif";

const INK: RGBColor = RGBColor(34, 40, 49);
const FAINT: RGBColor = RGBColor(110, 117, 125);
const GRID: RGBColor = RGBColor(228, 231, 235);

/// Where plotters draws.
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// What plotters says of a drawing.
type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<std::io::Error>>;

/// Draws a plot as SVG.
pub fn svg(plot: &Plot) -> Result<String, PictureError> {
    let mut text = String::new();
    let size = |length: i32| u32::try_from(length * SCALE).unwrap_or_default();
    let (wide, high) = (size(WIDTH), size(HEIGHT));
    let root = SVGBackend::with_string(&mut text, (wide, high)).into_drawing_area();
    let drawn = draw(&root, plot).and_then(|()| root.present());
    drop(root);
    drawn.map_err(|error| PictureError::Drawing {
        reason: error.to_string(),
    })?;
    let large = format!("width=\"{wide}\" height=\"{high}\"");
    Ok(text.replacen(&large, &format!("width=\"{WIDTH}\" height=\"{HEIGHT}\""), 1))
}

fn draw(root: &Area<'_>, plot: &Plot) -> Drawn {
    root.fill(&plotters::style::WHITE)?;
    let title = cut(&escape(&plot.title), 60);
    write(root, &title, (MARGIN, 20), style(20, INK, HPos::Left, VPos::Top))?;
    let top = legend(root, plot, 52)?;
    let mut bottom = HEIGHT - 10;
    for note in plot.notes.iter().rev() {
        let note = cut(&escape(note), 115);
        write(
            root,
            &note,
            (MARGIN, bottom),
            style(11, FAINT, HPos::Left, VPos::Bottom),
        )?;
        bottom -= 16;
    }
    let area = root.clone().shrink((0, px(top)), (px(WIDTH), px(bottom - top)));
    match &plot.marks {
        Marks::Bins { edges, groups } => bars::bins(&area, plot, edges, groups),
        Marks::Bars(groups) => bars::bars(&area, plot, groups),
        Marks::Lines(series) => points::draw(&area, plot, series, true),
        Marks::Points(series) => points::draw(&area, plot, series, false),
        Marks::Boxes(boxes) => boxes::draw(&area, plot, boxes),
        Marks::Matrix(rows) => matrix::draw(&area, plot, rows),
    }
}

/// Draws a swatch and a name for each series, and returns where there is room below them.
fn legend(root: &Area<'_>, plot: &Plot, top: i32) -> Drawn<i32> {
    let (mut x, mut y, mut any) = (MARGIN, top, false);
    for (place, name) in plot.marks.names().into_iter().enumerate() {
        if name.is_empty() {
            continue;
        }
        any = true;
        let name = cut(&escape(name), 40);
        let wide = 18 + text_width(&name, 13) + 16;
        if x > MARGIN && x + wide > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + 20);
        }
        let swatch = [(px(x), px(y + 1)), (px(x + 12), px(y + 13))];
        root.draw(&Rectangle::new(swatch, tint(place).filled()))?;
        write(
            root,
            &name,
            (x + 18, y + 7),
            style(13, INK, HPos::Left, VPos::Center),
        )?;
        x += wide;
    }
    Ok(if any { y + 24 } else { top })
}

/// Returns a length of a page in plotters' coordinates.
const fn px(length: i32) -> i32 {
    length * SCALE
}

/// Estimates the width of text of a size, a little too wide rather than too narrow.
fn text_width(text: &str, size: i32) -> i32 {
    let columns = i32::try_from(width(text)).unwrap_or(i32::MAX / 1_000);
    columns * size * 62 / 100
}

/// Cuts text to a width.
fn fit(text: &str, size: i32, wide: i32) -> String {
    let columns = usize::try_from(wide * 100 / (size * 62)).unwrap_or(0);
    cut(&escape(text), columns.max(2))
}

fn tint(place: usize) -> RGBColor {
    let (red, green, blue) = palette::of(place).rgb;
    RGBColor(red, green, blue)
}

/// Returns a way to write text of `size` pixels.
fn style(size: i32, color: RGBColor, across: HPos, along: VPos) -> TextStyle<'static> {
    // The backend takes a line's height and divides it by this.
    let height = f64::from(size * SCALE) * 1.24;
    (FONT, height)
        .into_font()
        .color(&color)
        .pos(Pos::new(across, along))
}

fn write(root: &Area<'_>, text: &str, (x, y): (i32, i32), style: TextStyle<'_>) -> Drawn {
    root.draw(&Text::new(text.to_owned(), (px(x), px(y)), style))
}

/// Text at a place of a chart, moved by pixels.
macro_rules! beside {
    ($at:expr, $text:expr, $moved:expr, $style:expr) => {
        EmptyElement::at($at) + Text::new($text, $moved, $style)
    };
}
use beside;

/// A line between points of a chart.
fn stroke(points: Vec<(f64, f64)>, color: impl Color, wide: u32) -> PathElement<(f64, f64)> {
    PathElement::new(points, color.stroke_width(wide))
}

#[cfg(test)]
mod tests {
    use resvg::usvg::Tree;

    use super::super::png::{FILE_WIDTH, options, png};
    use super::super::terminal::tests::{ages, every_kind};
    use super::*;

    #[test]
    fn every_kind_is_well_formed_and_has_its_labels() {
        for plot in every_kind() {
            let text = svg(&plot).unwrap();
            let tree = Tree::from_str(&text, &options()).unwrap();
            assert_eq!((tree.size().width(), tree.size().height()), (800.0, 500.0));
            let mut labels = vec![plot.title.as_str()];
            labels.extend(plot.marks.names());
            labels.extend(plot.notes.iter().map(String::as_str));
            labels.extend(plot.x.names().iter().map(String::as_str));
            for label in labels {
                assert!(text.contains(&escaped(label)), "{label}\n{text}");
            }
        }
    }

    fn escaped(label: &str) -> String {
        label.replace('&', "&amp;").replace('<', "&lt;")
    }

    #[test]
    fn names_cannot_break_the_picture() {
        let mut plot = ages(None);
        plot.title = "a <b> & \u{1b}[31m \"c\"".to_owned();
        let text = svg(&plot).unwrap();
        assert!(Tree::from_str(&text, &options()).is_ok());
        assert!(text.contains("a &lt;b&gt; &amp; \\u{1b}[31m"), "{text}");
    }

    #[test]
    fn a_png_has_its_size() {
        let bytes = png(&ages(Some("sex")), FILE_WIDTH).unwrap();
        assert_eq!(bytes[..8], *b"\x89PNG\r\n\x1a\n");
        assert_eq!(bytes[16..24], [0, 0, 6, 64, 0, 0, 3, 232]);
    }
}
