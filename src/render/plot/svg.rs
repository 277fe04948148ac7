//! Plots → SVG of 800 × 500, dark on white, drawn with plotters.

use plotters::prelude::{IntoDrawingArea, Rectangle, SVGBackend, Text};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, TextStyle};

use super::error::PictureError;
use crate::frame::plot::{Marks, Plot};
use crate::render::cell::{cut, escape};
use page::{Area, Drawn, FAINT, HEIGHT, INK, MARGIN, SCALE, WIDTH, px, style, text_width, tint};

mod bars;
mod boxes;
mod chart;
mod matrix;
mod page;
mod points;

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

fn write(root: &Area<'_>, text: &str, (x, y): (i32, i32), style: TextStyle<'_>) -> Drawn {
    root.draw(&Text::new(text.to_owned(), (px(x), px(y)), style))
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
