//! What can go wrong between a reference and its value.

use super::address::AddressError;
use super::definition::Permission;
use super::destination::Destination;
use super::reference::{Reference, ReferenceError};
use super::store::StoreError;
use crate::error::{Kind, Problem, nearest};
use crate::work::Stopped;

/// Why a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// A name that cannot be one.
    #[error(transparent)]
    Name(#[from] ReferenceError),
    /// A scope that the workspace does not have.
    #[error("there is no scope {scope:?} in this workspace")]
    UnknownScope {
        /// The scope.
        scope: String,
        /// The scopes that there are.
        known: Vec<String>,
    },
    /// Scopes that this person has not approved.
    #[error("you have not approved the scopes that {file} names")]
    NotApproved {
        /// The `sheaf.ron`.
        file: String,
    },
    /// A mount with credentials that this person has not approved.
    #[error("you have not approved the mount {mount_point} of {file}")]
    MountNotApproved {
        /// The mount point.
        mount_point: String,
        /// The file that names the mount.
        file: String,
    },
    /// A connection with secrets that this person has not approved.
    #[error("you have not approved the connection {connection:?} of {file}")]
    ConnectionNotApproved {
        /// Its name.
        connection: String,
        /// The `sheaf.ron`.
        file: String,
    },
    /// An approval that cannot be kept.
    #[error("the approval cannot be kept: {reason}")]
    Approval {
        /// What the system says.
        reason: String,
    },
    /// The identity of the machine, which would go where nobody sends it.
    #[error("the identity of this machine may not go to {destination}")]
    Identity {
        /// Where it would go.
        destination: Destination,
    },
    /// A person who may not do it.
    #[error("{user} may not {} in the scope {scope:?}", doing(*needed))]
    Denied {
        /// The person.
        user: String,
        /// The scope.
        scope: String,
        /// What it takes.
        needed: Permission,
    },
    /// A principal that is neither a user nor a group.
    #[error("there is no user or group {principal:?} on this system")]
    UnknownPrincipal {
        /// The principal.
        principal: String,
    },
    /// A value that would go where its scope does not send it.
    #[error("the value of {reference} may not go to {destination}")]
    Destination {
        /// The secret.
        reference: Reference,
        /// Where it would go.
        destination: Destination,
    },
    /// A text that is no address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A value that cannot be what it is for; it is not shown.
    #[error("the value for {component} cannot be used: {reason}")]
    Value {
        /// What it is for.
        component: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A reference in a text, which no cell of this session got.
    #[error("{reference} is only a text here: no cell of this session got that secret")]
    NotGranted {
        /// The secret.
        reference: Reference,
    },
    /// A store that does not do what it is asked.
    #[error("scope {scope:?}: {error}")]
    Store {
        /// The scope.
        scope: String,
        /// What the store says.
        error: StoreError,
    },
    /// A secret that is not there, in a scope with one that is called nearly the same.
    #[error("scope {scope:?}: {error}")]
    Misspelled {
        /// The scope.
        scope: String,
        /// What the store says.
        error: StoreError,
        /// The key that may be meant.
        near: String,
    },
    /// Someone who does not wait for the store, or a fault of a library.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// An access that cannot be noted.
    #[error("the access cannot be noted in the audit log {path}: {reason}")]
    Audit {
        /// The log.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The key of fingerprints, which cannot be read or made.
    #[error("the key {path} cannot be used: {reason}")]
    Fingerprint {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A person's own folder that is not known: without `HOME` and `XDG_STATE_HOME`.
    #[error("there is no folder for what you have approved")]
    NoStateFolder,
}

impl SecretError {
    /// Returns whether Sheaf itself refused, before any store was asked.
    pub(super) fn is_refusal(&self) -> bool {
        !matches!(
            self,
            Self::Store { .. } | Self::Misspelled { .. } | Self::Audit { .. } | Self::Value { .. }
        )
    }

    /// Returns whether the store is not there, or does not answer.
    pub(super) fn is_of_absent_store(&self) -> bool {
        let Self::Store { error, .. } = self else {
            return false;
        };
        matches!(
            error,
            StoreError::Unavailable { .. } | StoreError::Unsupported { .. } | StoreError::Hung { .. }
        )
    }

    /// Returns whether the store has no such secret.
    pub fn is_missing(&self) -> bool {
        matches!(
            self,
            Self::Misspelled { .. }
                | Self::Store {
                    error: StoreError::Missing { .. },
                    ..
                }
        )
    }
}

impl Problem for SecretError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Name(error) => error.hint(),
            Self::Stopped(stopped) => stopped.hint(),
            Self::UnknownScope { scope, known } => {
                Some(match nearest(scope, known.iter().map(String::as_str)) {
                    Some(similar) => format!("did you mean {similar:?}?"),
                    None if known.is_empty() => {
                        format!("create it with `sheaf secrets create-scope {scope}`")
                    }
                    None => format!(
                        "there are: {}; create it with `sheaf secrets create-scope {scope}`",
                        known.join(", ")
                    ),
                })
            }
            Self::NotApproved { .. } => Some("look at them, and approve them with `sheaf trust`".to_owned()),
            Self::MountNotApproved { .. } | Self::ConnectionNotApproved { .. } => Some(
                "`sheaf trust` shows what it sends and where, and approves it".to_owned(),
            ),
            Self::Approval { .. } => Some("make the folder writable, or set XDG_STATE_HOME".to_owned()),
            Self::Identity { .. } => Some(
                "`sheaf mount add SOURCE MOUNT_POINT` names it in sheaf.ron, and `sheaf trust` approves it; public data \
                 needs no identity and is read by its URL"
                    .to_owned(),
            ),
            Self::Denied { scope, .. } => {
                Some(format!("`sheaf secrets list-acls {scope}` tells whom to ask"))
            }
            Self::UnknownPrincipal { .. } => Some(
                "`getent passwd` and `getent group` list them; write group:NAME for a group that is called like a user"
                    .to_owned(),
            ),
            Self::Address(error) => error.hint(),
            Self::Value { .. } => Some("`sheaf secrets put-secret` stores another value".to_owned()),
            Self::Destination {
                destination: Destination::Named(host),
                ..
            } => Some(format!(
                "keep both in one scope, or write the host out instead of {host}"
            )),
            Self::Destination {
                reference,
                destination,
            } => Some(format!(
                "if it may, add \"{destination}\" to the sinks of the scope {:?} in sheaf.ron, and run `sheaf trust`",
                reference.scope()
            )),
            Self::NotGranted { reference } => Some(format!(
                "get it: dbutils.secrets.get(scope=\"{}\", key=\"{}\")",
                reference.scope(),
                reference.key()
            )),
            Self::Store { scope, error } => error.hint().map(|hint| hint.replace("SCOPE", scope)),
            Self::Misspelled { scope, error, near } => {
                let otherwise = error.hint().map(|hint| format!(" Otherwise {}", hint.replace("SCOPE", scope)));
                Some(format!("did you mean {near:?}?{}", otherwise.unwrap_or_default()))
            }
            Self::Audit { .. } => {
                Some("make the folder writable: no secret is used without a note".to_owned())
            }
            Self::Fingerprint { path, .. } => Some(format!(
                "make its folder writable, or remove the file and change what was stored if others could read it: \
                 `rm {path}` makes Sheaf create another, and cells with secrets run once more"
            )),
            Self::NoStateFolder => Some("set HOME or XDG_STATE_HOME".to_owned()),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Store { error, .. } => error.kind(),
            Self::Stopped(stopped) => stopped.kind(),
            _ => Kind::Failure,
        }
    }
}

fn doing(permission: Permission) -> &'static str {
    match permission {
        Permission::Read => "read secrets",
        Permission::Write => "put or delete secrets",
        Permission::Manage => "change permissions",
    }
}
