//! Plots → pictures: lines of text for a terminal, SVG, PNG, and images by a terminal's own protocol.
//!
//! Computes nothing about the data: where marks stand was decided when the plot was made. Writes no file.

mod error;
mod extent;
mod image;
mod palette;
mod picture;
mod png;
mod svg;
mod terminal;
mod ticks;

pub use error::PictureError;
pub use picture::Picture;
pub use svg::svg;
pub use terminal::terminal;

use super::style::Style;
use crate::frame::plot::Plot;

/// Writes a plot for the place that `style` describes: as an image where it shows images, else in text.
pub fn plot(plot: &Plot, style: &Style) -> String {
    match image::image(plot, style) {
        Some(image) => image,
        None => terminal(plot, style),
    }
}
