//! [`Picture`]: the kinds of picture file, by the ending of their names.

use super::error::PictureError;
use super::{png, svg};
use crate::frame::plot::Plot;

/// A kind of picture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Picture {
    /// Lines and text, sharp at every size.
    Svg,
    /// 1600 × 1000 pixels.
    Png,
}

impl Picture {
    /// Returns the kind by the ending of a file's name.
    pub fn of(file: &str) -> Result<Self, PictureError> {
        let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
        match ending.as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            _ => Err(PictureError::UnknownEnding {
                file: file.to_owned(),
            }),
        }
    }

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Svg => "SVG",
            Self::Png => "PNG",
        }
    }

    /// Draws a plot and returns the bytes of the file.
    pub fn draw(self, plot: &Plot) -> Result<Vec<u8>, PictureError> {
        match self {
            Self::Svg => svg::svg(plot).map(String::into_bytes),
            Self::Png => png::png(plot, png::FILE_WIDTH),
        }
    }
}
