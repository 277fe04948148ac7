//! What a source and its settings can have wrong, and the values of those that are secrets.

use crate::error::{Problem, nearest};
use crate::secret::{Component, Destination, SecretError, SecretValue, Sink, Template, open};
use crate::storage::access::Access;

use super::failure::{Failure, RemoteError};

/// A source or a setting of a mount that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// A source that is not read as one.
    #[error("the source {source_text:?} cannot be mounted: {reason}")]
    Place {
        /// The source.
        source_text: String,
        /// What is wrong with it.
        reason: String,
        /// What to write.
        hint: String,
    },
    /// A setting that there is not for this kind of source.
    #[error("the setting {name:?} is not known for {source_text}")]
    Unknown {
        /// The setting.
        name: String,
        /// The source.
        source_text: String,
        /// The settings that there are.
        known: Vec<String>,
    },
    /// A setting whose value, or whose presence, cannot be.
    #[error("the setting {name:?} cannot be used: {reason}")]
    Unfit {
        /// The setting.
        name: String,
        /// Why; never with a value that can be a secret.
        reason: String,
        /// What to write.
        hint: String,
    },
}

impl SettingError {
    /// Says why a setting cannot be used, never with a value that can be a secret, and what to write.
    pub(super) fn unfit(name: &str, reason: &str, hint: &str) -> Self {
        Self::Unfit {
            name: name.to_owned(),
            reason: reason.to_owned(),
            hint: hint.to_owned(),
        }
    }
}

impl Problem for SettingError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Place { hint, .. } | Self::Unfit { hint, .. } => hint.clone(),
            Self::Unknown { name, known, .. } => match nearest(name, known.iter().map(String::as_str)) {
                Some(similar) => format!("did you mean {similar:?}?"),
                None => format!("there are: {}", known.join(", ")),
            },
        })
    }
}

/// The settings of one mount that have secrets in them, all of which go to one place.
struct Credentials<'a> {
    destination: Destination,
    settings: &'a [(&'a str, &'a str)],
}

impl Sink for Credentials<'_> {
    type Open = Vec<SecretValue>;

    fn destination(&self) -> Destination {
        self.destination.clone()
    }

    fn components(&self) -> Vec<(Component, Template)> {
        let component =
            |(name, text): &(&str, &str)| (Component::Parameter((*name).to_owned()), Template::of(text));
        self.settings.iter().map(component).collect()
    }

    fn open(self, components: Vec<(Component, SecretValue)>) -> Result<Self::Open, SecretError> {
        Ok(components.into_iter().map(|(_, value)| value).collect())
    }
}

/// Returns the values of settings, given as name and text, for the place that they are sent to.
pub(super) fn values(
    access: &Access,
    place: &str,
    destination: Destination,
    settings: &[(&str, &str)],
) -> Result<Vec<SecretValue>, RemoteError> {
    let sink = Credentials {
        destination,
        settings,
    };
    open(sink, &*access.resolver).map_err(|error| RemoteError::new(place, Failure::Secret(error.into())))
}

/// Returns the value of one setting.
pub(super) fn value(
    access: &Access,
    place: &str,
    destination: Destination,
    setting: (&str, &str),
) -> Result<SecretValue, RemoteError> {
    let value = values(access, place, destination, &[setting])?.pop();
    value.ok_or_else(|| unfit(place, setting.0, "it has no value"))
}

/// Checks that the identity of the machine, or of its environment, may be shown to a place.
pub(super) fn identify(access: &Access, place: &str, destination: &Destination) -> Result<(), RemoteError> {
    let allowed = access.resolver.identify(destination);
    allowed.map_err(|error| RemoteError::new(place, Failure::Secret(error.into())))
}

/// Returns the error for a value that cannot be what it is for.
pub(super) fn unfit(place: &str, name: &str, reason: &str) -> RemoteError {
    let failure = Failure::Setting {
        reason: format!("the value of {name} cannot be used: {reason}"),
        hint: "`sheaf secrets put-secret` stores another value".to_owned(),
    };
    RemoteError::new(place, failure)
}
