//! [`Picture`]: the kinds of picture file, by the ending of their names.

use super::{png, svg};
use crate::error::{Problem, nearest};
use crate::frame::plot::Plot;

/// A kind of picture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Picture {
    /// Lines and text, sharp at every size.
    Svg,
    /// 1600 × 1000 pixels.
    Png,
}

/// Why there is no picture file.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The name of the file does not say what it is to hold.
    #[error("`{file}` has no known picture format: expected a name ending in .svg or .png")]
    UnknownEnding {
        /// The file, as the user named it.
        file: String,
    },
    /// A library refused the picture.
    #[error("the picture cannot be drawn: {reason}")]
    Drawing {
        /// Its words.
        reason: String,
    },
}

impl Problem for PictureError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownEnding { file } => {
                let name = file.rsplit('/').next().unwrap_or(file);
                let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
                let ending = nearest(ending, ["svg", "png"]).unwrap_or("png");
                let folder = file.strip_suffix(name).unwrap_or_default();
                Some(format!("write save=\"{folder}{stem}.{ending}\""))
            }
            Self::Drawing { .. } => None,
        }
    }
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
