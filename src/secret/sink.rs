//! [`Sink`]: what may get the values of secrets, and [`open`], the one way in which it gets them.
//!
//! A sink says first where values would go and which of its parts are texts with references. Then all of them are checked,
//! before the first value is looked up: nothing is sent in part. A value that could mean more than its part (a line break in
//! a header, a port that is no number) is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::destination::Destination;
use super::error::SecretError;
use super::reference::Reference;
use super::template::Template;
use super::value::SecretValue;

/// A part of what a sink sends, by itself: a value cannot reach into another one.
///
/// There is none for SQL text, for bound parameters, for a path: values of secrets do not go there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
    /// The name of a user.
    User,
    /// A password.
    Password,
    /// A host, all of it.
    Host,
    /// An account whose host is made of its name.
    Account,
    /// The number of a port.
    Port,
    /// The name of a database.
    Database,
    /// The container of a storage account.
    Container,
    /// A parameter of an address, by its name, such as a key.
    Parameter(String),
    /// A header of a request, by its name.
    Header(String),
    /// A variable of a command's environment, by its name.
    Variable(String),
}

/// What connects to something outside, and needs values of secrets for it.
pub trait Sink {
    /// What it is once it has the values: an environment, a connection, a request.
    type Open;

    /// Returns where the values go; all of them go to one place.
    fn destination(&self) -> Destination;

    /// Returns the parts that may have references.
    fn components(&self) -> Vec<(Component, Template)>;

    /// Takes the same parts, in the same order, with the values in them.
    ///
    /// # Errors
    ///
    /// A value that cannot be used there; the message does not have it.
    fn open(self, components: Vec<(Component, SecretValue)>) -> Result<Self::Open, SecretError>;
}

/// What gives values to sinks: the session of a cell, for what its cells got, or an entry of `sheaf.ron`, for what it names.
pub trait Resolver {
    /// Returns the values of all of the references, which all go to `destination`.
    ///
    /// # Errors
    ///
    /// One of them was not got, may not go there, or has no value: then none is returned, and where one may not go there,
    /// no value is looked up.
    fn values(
        &self,
        references: &BTreeSet<Reference>,
        destination: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError>;

    /// Checks that the person has approved what is sent, before anything is, where that is known as a whole.
    ///
    /// # Errors
    ///
    /// The person has not.
    fn check(&self) -> Result<(), SecretError> {
        Ok(())
    }

    /// Checks that the identity of the machine, or of its environment, may be shown to `destination`.
    ///
    /// # Errors
    ///
    /// It may not: the case of everything but a mount that a person let do so.
    fn identify(&self, destination: &Destination) -> Result<(), SecretError> {
        Err(SecretError::Identity {
            destination: destination.clone(),
        })
    }
}

/// Gives a sink the values of its references.
///
/// # Errors
///
/// As the resolver says, or a value that cannot be what it is for.
pub fn open<S: Sink>(sink: S, resolver: &dyn Resolver) -> Result<S::Open, SecretError> {
    let components = sink.components();
    let references: BTreeSet<Reference> = components
        .iter()
        .flat_map(|(_, template)| template.references())
        .cloned()
        .collect();
    let values = if references.is_empty() {
        BTreeMap::new()
    } else {
        resolver.values(&references, &sink.destination())?
    };
    let mut filled = Vec::with_capacity(components.len());
    for (component, template) in components {
        let missing = || {
            template
                .references()
                .find(|reference| !values.contains_key(reference))
        };
        let Some(value) = template.fill(&values) else {
            return Err(match missing() {
                Some(reference) => SecretError::NotGranted {
                    reference: reference.clone(),
                },
                None => component.refused("it has no value"),
            });
        };
        component.check(&value)?;
        filled.push((component, value));
    }
    sink.open(filled)
}

impl Component {
    /// Checks that a value can be this and nothing more.
    fn check(&self, value: &SecretValue) -> Result<(), SecretError> {
        let bytes = value.expose();
        let reason = match self {
            Self::Port if !is_port(value) => "it is not a number from 1 to 65535",
            Self::Host | Self::Account if bytes.is_empty() => "it is empty",
            // What a line break begins would be a header of its own.
            Self::Header(_) if bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) => {
                "it has a line break"
            }
            _ if bytes.contains(&0) => "it has a zero byte",
            _ => return Ok(()),
        };
        Err(self.refused(reason))
    }

    fn refused(&self, reason: &'static str) -> SecretError {
        SecretError::Value {
            component: self.to_string(),
            reason,
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => f.write_str("the user"),
            Self::Password => f.write_str("the password"),
            Self::Host => f.write_str("the host"),
            Self::Account => f.write_str("the account"),
            Self::Port => f.write_str("the port"),
            Self::Database => f.write_str("the database"),
            Self::Container => f.write_str("the container"),
            Self::Parameter(name) => write!(f, "the parameter {name:?}"),
            Self::Header(name) => write!(f, "the header {name:?}"),
            Self::Variable(name) => write!(f, "the variable {name}"),
        }
    }
}

fn is_port(value: &SecretValue) -> bool {
    let text = value.expose_text().unwrap_or_default();
    text.bytes().all(|digit| digit.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}
