//! [`Access`]: one use of a secret, as the audit log has it.

use std::fmt;

use super::definition::Permission;
use super::destination::Destination;
use super::reference::Reference;

/// Who asks for a secret: the notebook and the cell, or a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The notebook, by its name; none at the prompt before it is saved, and for a command.
    pub notebook: Option<String>,
    /// The cell, as errors name it.
    pub cell: Option<String>,
    /// The command, as `sheaf secrets put-secret`, where no cell asks.
    pub command: Option<String>,
}

/// What is done with a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// A cell gets a reference.
    Get(Reference),
    /// A sink gets the value.
    Send(Reference, Destination),
    /// The keys of a scope are listed.
    List(String),
    /// A command stores a value.
    Put(Reference),
    /// A command removes a secret.
    Delete(Reference),
    /// A command shows a value to a person.
    Reveal(Reference),
    /// A command creates a scope.
    CreateScope(String),
    /// A command deletes a scope.
    DeleteScope(String),
    /// A command gives a permission, for a scope or for one key of it.
    PutAcl {
        /// The scope.
        scope: String,
        /// The key.
        key: Option<String>,
        /// Who gets it.
        principal: String,
        /// What they may do.
        permission: Permission,
    },
    /// A command removes a permission, for a scope or for one key of it.
    DeleteAcl {
        /// The scope.
        scope: String,
        /// The key.
        key: Option<String>,
        /// Who loses it.
        principal: String,
    },
}

impl Access {
    /// Returns what the audit log calls it; what a command does has the command's name.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Get(_) => "get",
            Self::Send(..) => "send",
            Self::List(_) => "list",
            Self::Put(_) => "put-secret",
            Self::Delete(_) => "delete-secret",
            Self::Reveal(_) => "reveal",
            Self::CreateScope(_) => "create-scope",
            Self::DeleteScope(_) => "delete-scope",
            Self::PutAcl { .. } => "put-acl",
            Self::DeleteAcl { .. } => "delete-acl",
        }
    }

    /// Returns the scope.
    pub fn scope(&self) -> &str {
        match self {
            Self::Get(reference)
            | Self::Send(reference, _)
            | Self::Put(reference)
            | Self::Delete(reference)
            | Self::Reveal(reference) => reference.scope(),
            Self::List(scope)
            | Self::CreateScope(scope)
            | Self::DeleteScope(scope)
            | Self::PutAcl { scope, .. }
            | Self::DeleteAcl { scope, .. } => scope,
        }
    }

    /// Returns the key; `None` where it is about the whole scope.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Get(reference)
            | Self::Send(reference, _)
            | Self::Put(reference)
            | Self::Delete(reference)
            | Self::Reveal(reference) => Some(reference.key()),
            Self::List(_) | Self::CreateScope(_) | Self::DeleteScope(_) => None,
            Self::PutAcl { key, .. } | Self::DeleteAcl { key, .. } => key.as_deref(),
        }
    }

    /// Returns what a person must be permitted for it.
    pub(super) fn needed(&self) -> Permission {
        match self {
            Self::Get(_) | Self::Send(..) | Self::List(_) | Self::Reveal(_) => Permission::Read,
            Self::Put(_) | Self::Delete(_) => Permission::Write,
            _ => Permission::Manage,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.notebook, &self.cell, &self.command];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        f.write_str(&parts.join(", "))
    }
}
