//! [`RemoteError`]: why a store that is far away did not do what it was asked, and what to do about it.
//!
//! Only facts of our own are in it: no address with a query, no header, and of what the store wrote one line without
//! anything that was signed.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use object_store::client::{HttpError, HttpErrorKind};

use super::runtime::SILENCE;
use crate::error::{Kind, Problem};
use crate::secret::SecretError;
use crate::work::Stopped;

/// The longest line of what a store wrote that is repeated, in characters.
const LONGEST: usize = 200;

/// A request to a store that failed.
#[derive(Debug, Clone)]
pub struct RemoteError {
    /// Which store: `the container data of the account acme`.
    pub place: String,
    /// What is wrong.
    pub failure: Failure,
    /// What the store itself said, in one line; empty where it said nothing.
    pub said: String,
}

/// What can be wrong between here and a store.
#[derive(Debug, Clone)]
pub enum Failure {
    /// Nothing has this name there.
    Missing,
    /// Something has this name already.
    Exists,
    /// The contents were replaced since they were looked at.
    Replaced,
    /// A name that no object of the store can have, or one that cannot be written here.
    BadName {
        /// The name.
        name: String,
    },
    /// The container, or the bucket, is not there.
    NoContainer,
    /// The credentials are not those of the account.
    WrongCredentials,
    /// There are no credentials, and the store is not open to everyone.
    NoCredentials,
    /// A credential that was valid until a moment in the past.
    Expired {
        /// When it expired, as the credential or the store says.
        since: Option<String>,
    },
    /// The clock of this machine is wrong, so that signatures are.
    ClockSkew {
        /// By how much this machine is ahead; negative where it is behind.
        seconds: i64,
    },
    /// The credentials are right, and not enough for this.
    Denied,
    /// A firewall of the store does not let this machine in.
    Firewall,
    /// The name of the host is not known.
    UnknownHost {
        /// The host.
        host: String,
    },
    /// Nothing answers on the host.
    Down {
        /// The host.
        host: String,
    },
    /// The connection is not safe: the certificate, or the protocol.
    Tls {
        /// What is wrong with it.
        reason: String,
    },
    /// The store asks to be asked less.
    Throttled,
    /// No answer in time.
    TimedOut {
        /// How long it was waited for.
        waited: Duration,
    },
    /// The connection broke, each time.
    Broken,
    /// The store has a fault of its own.
    Faulty {
        /// The status of its answer.
        status: u16,
    },
    /// The store cannot be written to.
    ReadOnly,
    /// What cannot be done on this kind of store.
    Unsupported {
        /// What it is: `list what is there`.
        what: &'static str,
    },
    /// A secret that cannot be used.
    Secret(Arc<SecretError>),
    /// A proof of identity that is not to be had.
    Identity {
        /// Why.
        reason: String,
        /// What to do about it.
        hint: String,
    },
    /// A value of a setting that cannot be used.
    Setting {
        /// What is wrong; never with the value in it.
        reason: String,
        /// What to do about it.
        hint: String,
    },
    /// Someone asked for a stop.
    Stopped,
    /// Anything else.
    Other {
        /// What it is; never with a credential in it.
        reason: String,
    },
}

impl RemoteError {
    /// Describes a failure of a place.
    pub(super) fn new(place: &str, failure: Failure) -> Self {
        Self {
            place: place.to_owned(),
            failure,
            said: String::new(),
        }
    }

    /// Adds what the store said.
    #[must_use]
    pub(super) fn saying(mut self, said: &str) -> Self {
        self.said = one_line(said);
        self
    }

    /// Returns whether other credentials could help.
    pub(super) fn is_of_credentials(&self) -> bool {
        matches!(
            self.failure,
            Failure::WrongCredentials | Failure::NoCredentials | Failure::Expired { .. } | Failure::Denied
        )
    }

    /// Returns it as a failure of input and output, of the kind that the verbs look at.
    pub(super) fn into_io(self) -> io::Error {
        let kind = match &self.failure {
            Failure::Missing => io::ErrorKind::NotFound,
            Failure::Exists => io::ErrorKind::AlreadyExists,
            Failure::Stopped => return io::Error::other(Stopped::Interrupted),
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, self)
    }

    /// Finds the failure in what `object_store` says; its own words can have an address in them and are not repeated.
    pub(super) fn of(place: &str, error: &object_store::Error) -> Self {
        let first: &(dyn std::error::Error + 'static) = error;
        let causes = || std::iter::successors(Some(first), |cause| cause.source());
        if let Some(known) = causes().find_map(|cause| cause.downcast_ref::<Self>()) {
            return known.clone();
        }
        if let Some(http) = causes().find_map(|cause| cause.downcast_ref::<HttpError>()) {
            return Self::new(place, failure_of(http, "the store"));
        }
        let failure = match error {
            object_store::Error::NotFound { .. } => Failure::Missing,
            object_store::Error::AlreadyExists { .. } => Failure::Exists,
            object_store::Error::Precondition { .. } => Failure::Replaced,
            object_store::Error::PermissionDenied { .. } => Failure::Denied,
            object_store::Error::Unauthenticated { .. } => Failure::WrongCredentials,
            object_store::Error::InvalidPath { .. } => Failure::BadName { name: String::new() },
            object_store::Error::NotSupported { .. } | object_store::Error::NotImplemented { .. } => {
                Failure::Unsupported { what: "do this" }
            }
            _ => Failure::Other {
                reason: "its answer cannot be read".to_owned(),
            },
        };
        Self::new(place, failure)
    }
}

/// Returns what a request without an answer failed of.
pub(super) fn failure_of(error: &HttpError, host: &str) -> Failure {
    let mut cause = std::error::Error::source(error);
    let mut refused = false;
    let mut reasons = Vec::new();
    while let Some(inner) = cause {
        if let Some(error) = inner.downcast_ref::<std::io::Error>() {
            refused |= matches!(
                error.kind(),
                std::io::ErrorKind::ConnectionRefused
                    | std::io::ErrorKind::HostUnreachable
                    | std::io::ErrorKind::NetworkUnreachable
            );
        }
        reasons.push(inner.to_string());
        cause = inner.source();
    }
    let says = |text: &str| reasons.iter().find(|reason| reason.to_lowercase().contains(text));
    let host = || host.to_owned();
    if says("dns error").is_some() || says("failed to lookup address").is_some() {
        Failure::UnknownHost { host: host() }
    } else if refused {
        Failure::Down { host: host() }
    } else if let Some(reason) = says("certificate")
        .or_else(|| says("tls"))
        .or_else(|| says("corrupt message"))
    {
        Failure::Tls {
            reason: one_line(reason),
        }
    } else {
        match error.kind() {
            HttpErrorKind::Timeout => Failure::TimedOut { waited: SILENCE },
            HttpErrorKind::Connect => Failure::Down { host: host() },
            _ => Failure::Broken,
        }
    }
}

/// Returns what a store wrote as one line of bounded length.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for (count, word) in text.split_whitespace().enumerate() {
        if count > 0 {
            line.push(' ');
        }
        line.extend(word.chars().filter(|letter| !letter.is_control()));
    }
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.place;
        match &self.failure {
            Failure::Missing => write!(f, "{place} has nothing of this name"),
            Failure::Exists => write!(f, "{place} has something of this name already"),
            Failure::Replaced => f.write_str("its contents were replaced meanwhile"),
            Failure::BadName { name } => write!(f, "the name {name:?} cannot be used in {place}"),
            Failure::NoContainer => write!(f, "{place} does not exist"),
            Failure::WrongCredentials => write!(f, "{place} does not accept the credentials"),
            Failure::NoCredentials => write!(f, "{place} is not public, and the mount has no credentials"),
            Failure::Expired { since: Some(since) } => {
                write!(f, "the credentials for {place} expired at {since}")
            }
            Failure::Expired { since: None } => write!(f, "the credentials for {place} have expired"),
            Failure::ClockSkew { seconds } => {
                let (span, way) = (
                    span(seconds.unsigned_abs()),
                    if *seconds > 0 { "ahead of" } else { "behind" },
                );
                write!(
                    f,
                    "the clock of this machine is {span} {way} the store's, so {place} refuses"
                )
            }
            Failure::Denied => write!(f, "{place} does not allow it to these credentials"),
            Failure::Firewall => write!(f, "the firewall of {place} does not let this machine in"),
            Failure::UnknownHost { host } => write!(f, "the host {host} is not known"),
            Failure::Down { host } => write!(f, "nothing answers at {host}"),
            Failure::Tls { reason } => write!(f, "the connection to {place} is not safe: {reason}"),
            Failure::Throttled => write!(f, "{place} is busy, and asks to be asked less often"),
            Failure::TimedOut { waited } => {
                write!(
                    f,
                    "{place} did not answer within {:.0} seconds",
                    waited.as_secs_f32()
                )
            }
            Failure::Broken => write!(f, "the connection to {place} broke, each time it was tried"),
            Failure::Faulty { status } => write!(f, "{place} is out of order (status {status})"),
            Failure::ReadOnly => write!(f, "{place} is read-only"),
            Failure::Unsupported { what } => write!(f, "{place} cannot {what}"),
            Failure::Secret(error) => write!(f, "{error}"),
            Failure::Identity { reason, .. } => write!(f, "{place} needs an identity: {reason}"),
            Failure::Setting { reason, .. } => write!(f, "{place} cannot be opened: {reason}"),
            Failure::Stopped => f.write_str("interrupted"),
            Failure::Other { reason } => write!(f, "{place}: {reason}"),
        }?;
        if self.said.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", self.said)
        }
    }
}

impl std::error::Error for RemoteError {}

impl Problem for RemoteError {
    fn hint(&self) -> Option<String> {
        let hint = match &self.failure {
            Failure::Missing | Failure::Exists | Failure::Stopped => return None,
            Failure::Replaced => "run it again, to read what is there now",
            Failure::BadName { name } if name.contains("%!") => {
                "copy the name from a list of its folder; `%!` spells a key that no file name can be, and help(\"mounts\") says which of these can be used"
            }
            Failure::BadName { .. } => {
                "give it a name without empty parts, parts of only dots, and control characters"
            }
            Failure::NoContainer => {
                "create it in the cloud's own portal, or correct the mount's source: `sheaf mount list` shows it"
            }
            Failure::WrongCredentials => {
                "compare the account and the key with the cloud's own portal; `sheaf secrets put-secret` stores another one"
            }
            Failure::NoCredentials => {
                "give the mount credentials, as references to secrets in its extra_configs"
            }
            Failure::Expired { .. } => "create new ones, and store them with `sheaf secrets put-secret`",
            Failure::ClockSkew { .. } => "set the clock of this machine, best from the network",
            Failure::Denied => {
                "ask the owner of the account for the permission that is missing, to read or to write"
            }
            Failure::Firewall => "ask the owner to let this machine's network in, or use a network that is",
            Failure::UnknownHost { .. } => {
                "check the host in the mount's source (of Azure's, the account), and the network; behind a proxy, HTTPS_PROXY"
            }
            Failure::Down { .. } => "check that the service runs, the port, and the network",
            Failure::Tls { .. } => {
                "for a certificate of your own, name its file in SSL_CERT_FILE; a proxy may also have answered"
            }
            Failure::Throttled => "try again in some minutes, with less at the same time",
            Failure::TimedOut { .. } | Failure::Broken => "check the network, and try again",
            Failure::Faulty { .. } => "try again in some minutes; the status page of the cloud tells more",
            Failure::ReadOnly => "write to another mount",
            Failure::Unsupported { .. } => "name the file itself, or copy it to another mount",
            Failure::Secret(error) => return error.hint(),
            Failure::Identity { hint, .. } | Failure::Setting { hint, .. } => return Some(hint.clone()),
            Failure::Other { .. } => "`sheaf mount test` tells step by step what works",
        };
        Some(hint.to_owned())
    }

    fn kind(&self) -> Kind {
        match &self.failure {
            Failure::Stopped => Kind::Interrupted,
            Failure::Secret(error) => error.kind(),
            _ => Kind::Failure,
        }
    }
}

/// Returns a span of time in the largest unit that fits.
fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_is_wrong_and_what_to_do() {
        let place = "the container data of the account acme";
        for (failure, expected) in [
            (
                Failure::ClockSkew { seconds: 3_700 },
                "the clock of this machine is 61 minutes ahead of the store's, so the container data of the account acme refuses",
            ),
            (
                Failure::Expired {
                    since: Some("2024-01-01T00:00:00Z".to_owned()),
                },
                "the credentials for the container data of the account acme expired at 2024-01-01T00:00:00Z",
            ),
            (
                Failure::NoContainer,
                "the container data of the account acme does not exist",
            ),
        ] {
            let error = RemoteError::new(place, failure);
            assert_eq!(error.to_string(), expected);
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn what_a_store_wrote_becomes_one_bounded_line() {
        assert_eq!(one_line("  a\n b\u{7}c\t d "), "a bc d");
        assert_eq!(one_line(&"x".repeat(999)).chars().count(), LONGEST + 1);
    }
}
