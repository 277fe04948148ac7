//! [`Access`]: one use of a secret, as the audit log has it.

use std::fmt;

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
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.notebook, &self.cell, &self.command];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        f.write_str(&parts.join(", "))
    }
}
