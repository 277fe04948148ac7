//! Wrong uses of `dbutils`.

use crate::error::{Problem, nearest};

/// An argument or a command that `dbutils` cannot take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::language) enum DbutilsError {
    /// An argument that has to be there.
    #[error("{function} needs {parameter}")]
    Missing {
        /// The function's whole name.
        function: &'static str,
        /// The parameter, by Databricks' name.
        parameter: &'static str,
    },
    /// One argument under both of its names.
    #[error("{function} was given both {one} and {other}, which are the same parameter")]
    Twice {
        /// The function's whole name.
        function: &'static str,
        /// One name.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A length that is negative.
    #[error("{parameter} must be a number of bytes, not {value}")]
    Negative {
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: i32,
    },
    /// An argument that cannot become a text.
    #[error("{function} takes strings, numbers and bools, but {parameter} is of type {found}")]
    NotAText {
        /// The function's whole name.
        function: &'static str,
        /// The argument, as a message names it: `value`, `arguments["day"]`.
        parameter: String,
        /// Its type.
        found: &'static str,
    },
    /// Arguments that are not in a dict.
    #[error("the arguments of a notebook must be a dict of names and values, not of type {found}")]
    NotADict {
        /// The type of what was given.
        found: &'static str,
    },
    /// A time to wait that is none.
    #[error("timeout_seconds must be a number of seconds, not {found}")]
    NotATime {
        /// What was given.
        found: String,
    },
    /// A name of an argument that is not a text.
    #[error("argument names must be strings, not {found}")]
    NotAName {
        /// What was given.
        found: String,
    },
    /// Notebooks that run each other too deep.
    #[error("notebooks run each other more than {deepest} levels deep: {}", chain.join(" → "))]
    TooDeep {
        /// How deep they may.
        deepest: usize,
        /// The notebooks, outermost first.
        chain: Vec<String>,
    },
    /// A command or a part that there is not.
    #[error("{owner} has no {kind} named `{word}`")]
    Unknown {
        /// What was asked: `dbutils.fs`, `%fs`.
        owner: &'static str,
        /// `command` or `part`.
        kind: &'static str,
        /// The word.
        word: String,
        /// The words there are.
        known: Vec<String>,
    },
    /// A quote that does not end.
    #[error("a quote is opened at column {column} and not closed")]
    OpenQuote {
        /// The column in the line, from 1.
        column: usize,
    },
}

impl Problem for DbutilsError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { function, .. } => {
                let (part, command) = function.trim_start_matches("dbutils.").split_once('.')?;
                Some(format!(
                    "dbutils.{part}.help(\"{command}\") shows how it is called"
                ))
            }
            Self::Twice { one, .. } => Some(format!("give {one} alone")),
            Self::NotAText { .. } => Some(
                "json.encode(value) converts it to a string, and json.decode(text) converts it back"
                    .to_owned(),
            ),
            Self::NotATime { .. } => Some("give 0 for no limit, or a positive number".to_owned()),
            Self::NotADict { .. } | Self::NotAName { .. } => {
                Some("write it like this: {\"day\": \"2026-01-31\"}".to_owned())
            }
            Self::TooDeep { .. } => {
                Some("let one notebook run the others, instead of each running the next".to_owned())
            }
            Self::Negative { .. } => Some("give a number that is not negative".to_owned()),
            Self::Unknown {
                kind, word, known, ..
            } => Some(match nearest(word, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the {kind}s are: {}", known.join(", ")),
            }),
            Self::OpenQuote { .. } => {
                Some("close it on the same line, or write \\\" for a quote itself".to_owned())
            }
        }
    }
}
