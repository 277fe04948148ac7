//! Why there is no picture file.

use crate::error::{Problem, nearest};

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
