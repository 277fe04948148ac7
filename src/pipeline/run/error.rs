//! [`RunError`]: why a run cannot begin.

use crate::error::{Kind, Problem, nearest};

/// Why a run cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// A parameter that the pipeline does not have.
    #[error("the pipeline has no parameter {name:?}")]
    UnknownParameter {
        /// The name.
        name: String,
        /// Those that it has.
        known: Vec<String>,
    },
    /// A parameter that has to be given.
    #[error("the parameter {name:?} has no value")]
    MissingParameter {
        /// The name.
        name: String,
    },
    /// A debug run up to an activity that is not there.
    #[error("the pipeline has no activity {name:?}")]
    UnknownActivity {
        /// The name.
        name: String,
        /// Those that it has.
        known: Vec<String>,
    },
}

impl Problem for RunError {
    fn hint(&self) -> Option<String> {
        let (name, known, none) = match self {
            Self::MissingParameter { name } => return Some(format!("give it: -p {name}=VALUE")),
            Self::UnknownParameter { name, known } => (name, known, "it has none"),
            Self::UnknownActivity { name, known } => (name, known, "it has no activities"),
        };
        Some(match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {near:?}?"),
            None if known.is_empty() => none.to_owned(),
            None => format!("there are: {}", known.join(", ")),
        })
    }

    fn kind(&self) -> Kind {
        Kind::Usage
    }
}
