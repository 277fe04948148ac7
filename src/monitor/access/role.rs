//! [`Role`]: what a token lets its bearer do.

use serde::{Deserialize, Serialize};

/// What a token lets its bearer do; each role may do all that those before it may.
///
/// Roles bind what this server lets through. Whoever can write the workspace's files can do all of it without the server:
/// only where a service account owns the files do roles keep people from more than the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees runs, notebooks, triggers and pipelines.
    View,
    /// Runs pipelines, runs them again, and cancels runs.
    Run,
    /// Starts and stops triggers.
    Edit,
    /// Does everything that the server can.
    Manage,
}

impl Role {
    /// Every role, the one that may do least first.
    pub const ALL: [Self; 4] = [Self::View, Self::Run, Self::Edit, Self::Manage];

    /// Returns its name, as it is typed and stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Run => "run",
            Self::Edit => "edit",
            Self::Manage => "manage",
        }
    }

    /// Returns the role of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_all_that_those_before_it_may() {
        assert!(Role::View < Role::Run && Role::Run < Role::Edit && Role::Edit < Role::Manage);
        for role in Role::ALL {
            assert_eq!(Role::named(role.name()), Some(role));
        }
    }
}
