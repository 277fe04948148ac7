//! SVG → pixels, with a font of our own, so that a picture is the same on every machine.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::error::PictureError;
use super::svg::svg;
use crate::frame::plot::Plot;

/// Letters, Greek, Cyrillic, arrows and signs of mathematics.
const FONT: &[u8] = include_bytes!("../../../assets/DejaVuSans.subset.ttf");

/// The width of a picture in a file, in pixels: twice its size on a page.
pub(super) const FILE_WIDTH: u32 = 1_600;

/// Returns a plot as the bytes of a PNG file, `width` pixels wide.
pub(super) fn png(plot: &Plot, width: u32) -> Result<Vec<u8>, PictureError> {
    pixels(plot, width)?
        .encode_png()
        .map_err(|error| PictureError::Drawing {
            reason: error.to_string(),
        })
}

/// Draws a plot, `width` pixels wide.
pub(super) fn pixels(plot: &Plot, width: u32) -> Result<Pixmap, PictureError> {
    let tree = Tree::from_str(&svg(plot)?, &options()).map_err(|error| PictureError::Drawing {
        reason: error.to_string(),
    })?;
    let scale = width as f32 / tree.size().width();
    let height = (tree.size().height() * scale).round() as u32;
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| PictureError::Drawing {
        reason: format!("a picture cannot have {width} × {height} pixels"),
    })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Ok(pixmap)
}

/// Knows the embedded font and no other.
pub(super) fn options() -> Options<'static> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(FONT.to_vec());
        fonts.set_sans_serif_family("DejaVu Sans");
        Arc::new(fonts)
    });
    Options {
        font_family: "DejaVu Sans".to_owned(),
        fontdb: Arc::clone(fonts),
        ..Options::default()
    }
}
