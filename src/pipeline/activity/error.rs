//! [`ActivityError`]: why an attempt of an activity failed.

use std::time::Duration;

use crate::database::DatabaseError;
use crate::error::{Error, Kind, Problem, nearest};
use crate::pipeline::data::DataError;
use crate::pipeline::expression::ExpressionError;

/// Why an attempt of an activity failed.
#[derive(Debug, thiserror::Error)]
pub enum ActivityError {
    /// What another part of Sheaf says.
    #[error("{0}")]
    Other(Error),
    /// An expression of its definition.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// A database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Someone asked for a stop.
    #[error("interrupted")]
    Interrupted,
    /// It took longer than it may.
    #[error("it did not end within {}", humantime::format_duration(*.0))]
    TimedOut(Duration),
    /// A definition that says that it fails.
    #[error("{message}{}", code.as_ref().map(|code| format!(" (code {code})")).unwrap_or_default())]
    Fail {
        /// The message.
        message: String,
        /// The code.
        code: Option<String>,
    },
    /// A cell of a notebook failed.
    #[error("{cell} of {notebook}: {message}")]
    Cell {
        /// The notebook's file.
        notebook: String,
        /// The cell, by its number and title: `cell 4 "Fit"`.
        cell: String,
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: Option<String>,
        /// The error as `sheaf run` shows it: with its place underlined, and without colours.
        shown: String,
    },
    /// A value that a widget cannot take.
    #[error("the parameter {name:?} is {found}, which a widget cannot take")]
    Parameter {
        /// The parameter.
        name: String,
        /// What the value is: "a list within a list".
        found: &'static str,
    },
    /// A value in the definition that is not what it has to be.
    #[error("{field} is {found}, not {expected}")]
    Value {
        /// The field.
        field: String,
        /// What it is.
        found: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// No dataset has this name.
    #[error("the pipeline has no dataset {name:?}")]
    NoDataset {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// No connection has this name.
    #[error("sheaf.ron has no connection {name:?}")]
    NoConnection {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// No pipeline has this name.
    #[error("there is no pipeline {name:?}")]
    NoPipeline {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A dataset that is not what it should be, or cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A column of a source that a mapping names, and that there is not.
    #[error("mapping names the column {column:?}, which the source does not have")]
    Mapping {
        /// The column.
        column: String,
        /// What to write.
        hint: String,
    },
    /// A column that an assertion names, and that there is not.
    #[error("the dataset {dataset:?} has no column {column:?}")]
    NoColumn {
        /// The dataset.
        dataset: String,
        /// The column.
        column: String,
        /// What to write.
        hint: String,
    },
    /// A dataset of which assertions do not hold.
    #[error("the dataset {dataset:?} is not what it should be: {}", broken.join("; "))]
    Invalid {
        /// The dataset.
        dataset: String,
        /// What does not hold, and what there is instead.
        broken: Vec<String>,
    },
    /// An address that no request can go to.
    #[error("a request cannot go to {url:?}: {reason}")]
    Url {
        /// The address, as the definition writes it.
        url: String,
        /// Why.
        reason: String,
    },
    /// A reference to a secret where none is resolved.
    #[error("{place} has the secret {reference}, which would be sent as this text and not as its value")]
    SecretPlace {
        /// Where: "the body".
        place: &'static str,
        /// The reference.
        reference: String,
    },
    /// No answer to a request.
    #[error("{host} did not answer: {reason}")]
    NoAnswer {
        /// The host.
        host: String,
        /// Why.
        reason: String,
    },
    /// An answer that says that the request failed.
    #[error("{host} answered {method} with {status}{}", if body.is_empty() { String::new() } else { format!(": {body}") })]
    Status {
        /// The host.
        host: String,
        /// The method.
        method: String,
        /// The status.
        status: u16,
        /// How the answer begins.
        body: String,
    },
    /// A kind of activity that nothing does.
    #[error("there is nothing that does {0}")]
    Unknown(&'static str),
    /// Activities within this one failed.
    #[error("{0}")]
    Within(String),
    /// Pipelines that run each other too deeply.
    #[error("pipelines run each other more than {most} levels deep: {}", chain.join(" → "))]
    TooDeep {
        /// How deep they may.
        most: usize,
        /// The pipelines, outermost first.
        chain: Vec<String>,
    },
    /// An `Until` whose condition did not come to hold.
    #[error("the condition {condition:?} did not hold within {}", humantime::format_duration(*timeout))]
    NeverHeld {
        /// The condition.
        condition: String,
        /// How long it was tried.
        timeout: Duration,
    },
    /// The process that ran it ended in the middle of it, and there are no further attempts.
    #[error("the process that ran it ended in the middle of it")]
    Broken,
    /// A fault of Sheaf or of a library.
    #[error("an internal error in a library: {0}")]
    Panicked(String),
    /// The change could not be kept: nothing more is done.
    #[error("the run cannot be stored: {0}")]
    Journal(String),
}

impl From<Error> for ActivityError {
    fn from(error: Error) -> Self {
        match error.kind() {
            Kind::Interrupted => Self::Interrupted,
            _ => Self::Other(error),
        }
    }
}

impl ActivityError {
    /// Takes an error of another folder.
    pub fn of(error: impl Into<Error>) -> Self {
        error.into().into()
    }

    /// Returns whether it was stopped, wherever that was noticed.
    pub fn is_interrupted(&self) -> bool {
        match self {
            Self::Interrupted => true,
            Self::Database(error) => error.kind() == Kind::Interrupted,
            Self::Data(error) => error.kind() == Kind::Interrupted,
            _ => false,
        }
    }

    /// Returns whether another attempt may go better: not where the definition itself is wrong, or the run is stopped.
    pub const fn may_pass(&self) -> bool {
        !matches!(
            self,
            Self::Expression(_)
                | Self::Interrupted
                | Self::Parameter { .. }
                | Self::Value { .. }
                | Self::NoDataset { .. }
                | Self::NoConnection { .. }
                | Self::Mapping { .. }
                | Self::NoColumn { .. }
                | Self::NoPipeline { .. }
                | Self::Url { .. }
                | Self::SecretPlace { .. }
                | Self::TooDeep { .. }
                | Self::Unknown(_)
                | Self::Journal(_)
        )
    }

    /// Writes it as a person reads it in the store of runs: message and hint, and for a cell its place.
    pub fn told(&self) -> String {
        match (self, self.hint()) {
            (Self::Cell { message, shown, .. }, _) => {
                let begins = format!("error: {message}\n");
                let place = shown.strip_prefix(&begins).unwrap_or(shown);
                format!("{self}\n{}", place.trim_end())
            }
            (_, Some(hint)) => format!("{self}\nhint: {hint}"),
            (_, None) => self.to_string(),
        }
    }
}

impl Problem for ActivityError {
    fn hint(&self) -> Option<String> {
        let listed = |known: &[String], field: &str| match known {
            [] => format!("add it to `{field}`"),
            known => format!("there are: {}", known.join(", ")),
        };
        let near = |name: &str, known: &[String], field: &str| {
            nearest(name, known.iter().map(String::as_str))
                .map_or_else(|| listed(known, field), |near| format!("did you mean {near:?}?"))
        };
        match self {
            Self::Other(error) => error.hint(),
            Self::Expression(error) => error.hint(),
            Self::Database(error) => error.hint(),
            Self::Cell { hint, .. } => hint.clone(),
            Self::TimedOut(_) => Some("give it a larger `timeout`".to_owned()),
            Self::Parameter { .. } => Some(
                "a widget takes a text, a number, a bool, a list of these, or an object as JSON".to_owned(),
            ),
            Self::NoDataset { name, known } => Some(near(name, known, "datasets")),
            Self::NoConnection { name, known } => Some(near(name, known, "connections")),
            Self::NoPipeline { name, known } => Some(near(name, known, "pipelines")),
            Self::Data(error) => error.hint(),
            Self::Mapping { hint, .. } | Self::NoColumn { hint, .. } => Some(hint.clone()),
            Self::Url { .. } => Some(
                "write https://HOST/PATH; host and port are written out, and are not expressions".to_owned(),
            ),
            Self::SecretPlace { .. } => Some(
                "put it into a header: secrets are sent in headers only, and to this host only".to_owned(),
            ),
            Self::NeverHeld { .. } => Some("give it a larger `timeout`, or another condition".to_owned()),
            Self::Broken => Some("give it a `retry`, or run it again with `sheaf runs rerun`".to_owned()),
            Self::Panicked(_) => Some("please report this with the pipeline that caused it".to_owned()),
            Self::Value { .. }
            | Self::Interrupted
            | Self::Invalid { .. }
            | Self::Fail { .. }
            | Self::NoAnswer { .. }
            | Self::Status { .. }
            | Self::Within(_)
            | Self::Unknown(_)
            | Self::TooDeep { .. }
            | Self::Journal(_) => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Interrupted => Kind::Interrupted,
            _ => Kind::Failure,
        }
    }
}
