//! [`Refusal`]: why a request is not answered with what it asks for.

use std::time::Duration;

use axum::http::StatusCode;

use super::access::Role;
use super::error::MonitorError;
use crate::error::{Error, Kind};
use crate::schedule::ScheduleError;

/// Why a request is not answered with what it asks for.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// It comes by a name that does not lead here.
    #[error("this server is not {host:?}")]
    Host { host: String, port: Option<u16> },
    /// Another page sent it.
    #[error("another page sent this request: {origin}")]
    Origin { origin: String },
    /// Nobody is signed in.
    #[error("you are not signed in")]
    SignIn,
    /// A token that is not one.
    #[error("this is not a token of this workspace")]
    WrongToken,
    /// Too many tokens that were not ones.
    #[error("there were too many wrong tokens from your address")]
    Wait(Duration),
    /// Something that this caller may not do.
    #[error("that needs the role {}, and yours is {}", .needed.name(), .has.name())]
    Role { needed: Role, has: Role },
    /// A form that was written for another browser, or before the server started.
    #[error("the form is not one of this browser's, or older than the server")]
    Mark,
    /// Something that is not there.
    #[error("{what}")]
    NotFound { what: String, hint: String },
    /// A request that means nothing.
    #[error("{what}")]
    Wrong { what: String, hint: String },
    /// A method that an address does not have.
    #[error("this address does not take this method")]
    Method,
    /// A request that is too long.
    #[error("the request is too long")]
    TooLong,
    /// A request whose body does not arrive.
    #[error("the request took too long to arrive")]
    Slow,
    /// A change that a program asks for, and not in JSON.
    #[error("the API takes JSON, and this request {}", match .kind {
        Some(kind) => format!("has the content type {kind:?}"),
        None => "has no content type".to_owned(),
    })]
    NotJson { kind: Option<String> },
    /// More listeners than there can be.
    #[error("too many pages are listening for changes")]
    Busy,
    /// The store of runs is away: later it may be back.
    #[error("{what}")]
    Away { what: String, hint: Option<String> },
    /// Something of the store or the scheduler.
    #[error("{0}")]
    Failed(Error),
}

impl Refusal {
    /// Returns the status of the answer.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Host { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::Origin { .. } | Self::Role { .. } | Self::Mark => StatusCode::FORBIDDEN,
            Self::SignIn | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Wrong { .. } => StatusCode::BAD_REQUEST,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::NotJson { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy | Self::Away { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(error) if error.kind() == Kind::Usage => StatusCode::BAD_REQUEST,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns what to do about it.
    pub(super) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Host { port: Some(port), .. } => format!("open http://localhost:{port}"),
            Self::Host { port: None, .. } => "the proxy has to pass on the header Host".to_owned(),
            Self::Origin { .. } => {
                "send changes from this server's own pages; a proxy has to pass on the header Host as the browser sent it"
                    .to_owned()
            }
            Self::SignIn => {
                "sign in with a token, or send it as `Authorization: Bearer TOKEN`; `sheaf serve token add NAME` makes one"
                    .to_owned()
            }
            Self::WrongToken => "`sheaf serve token add NAME` makes one".to_owned(),
            Self::Wait(time) => format!("try again in {} seconds", time.as_secs().max(1)),
            Self::Role { .. } => "ask whoever looks after this workspace for another token".to_owned(),
            Self::Mark => {
                "reload the page and try again; a program sends a token, or the header X-Sheaf-Mark with the mark in /api/session"
                    .to_owned()
            }
            Self::NotFound { hint, .. } | Self::Wrong { hint, .. } => hint.clone(),
            Self::Method => "pages are read with GET, and changes are made with POST".to_owned(),
            Self::TooLong => "send less".to_owned(),
            Self::Slow => "send it again".to_owned(),
            Self::NotJson { .. } => {
                "send the header `Content-Type: application/json` with an object, {} where there is nothing to say".to_owned()
            }
            Self::Busy => "close some of them".to_owned(),
            Self::Away { hint, .. } => {
                let hint = hint.as_ref().map(|hint| format!("{hint}; "));
                format!(
                    "{}nothing is started meanwhile, and this goes on by itself when it is back",
                    hint.unwrap_or_default()
                )
            }
            Self::Failed(error) => return error.hint(),
        })
    }

    /// Says that something is not there, and what is like it.
    pub(super) fn unknown(what: &str, name: &str, nearest: Option<&str>, list: &str) -> Self {
        Self::NotFound {
            what: format!("there is no {what} {name:?}"),
            hint: match nearest {
                Some(nearest) => format!("did you mean {nearest:?}?"),
                None => format!("see {list} for those that there are"),
            },
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<MonitorError> for Refusal {
    fn from(error: MonitorError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<ScheduleError> for Refusal {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::Away { ref hint, .. } => Self::Away {
                what: error.to_string(),
                hint: hint.clone(),
            },
            error => Self::Failed(error.into()),
        }
    }
}
