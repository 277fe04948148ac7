//! What a presenter can ask for that is not there.

use std::io;

use crate::error::{Kind, Problem, nearest};

/// A step that cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum PresentError {
    /// There is no cell with this number.
    #[error("there is no cell {number}: the notebook has {cells}")]
    NoSuchNumber { number: String, cells: usize },
    /// No cell is called anything like this.
    #[error("there is no cell titled `{title}`")]
    NoSuchTitle { title: String, names: Vec<String> },
    /// Keys cannot be read.
    #[error("cannot read keys from the terminal: {0}")]
    Keys(io::Error),
}

impl Problem for PresentError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoSuchNumber { cells, .. } => Some(format!("give a number from 1 to {cells}")),
            Self::NoSuchTitle { title, names } => {
                Some(match nearest(title, names.iter().map(String::as_str)) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "the key `l` lists the cells".to_owned(),
                })
            }
            Self::Keys(_) => Some("`--auto SECONDS` needs no keys".to_owned()),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoSuchNumber { .. } | Self::NoSuchTitle { .. } => Kind::Usage,
            Self::Keys(_) => Kind::Failure,
        }
    }
}
