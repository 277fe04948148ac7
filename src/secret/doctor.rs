//! [`Diagnosis`]: which stores of secrets work here, and what to do about those that do not.
//!
//! Nothing is unlocked for it, nobody is asked for anything, and no value is read but what a store needs to be opened: a
//! store only says whether it could be used. What a workspace says of its scopes counts here, too, only after it was approved.

use super::error::SecretError;
use super::open_stores::OpenStores;
use super::store::{Capabilities, Opening, SecretStore, StoreDefinition, StoreError};
use crate::error::Problem;

/// What works here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// The kinds of store that this machine has or has not, whatever the workspace uses.
    pub stores: Vec<Finding>,
    /// The scopes of the workspace.
    pub scopes: Vec<Finding>,
}

/// What is found of a store or a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What `sheaf.ron` calls the kind of store, or the name of the scope.
    pub name: String,
    /// What a person calls the store, where it says so.
    pub store: Option<String>,
    /// How it is.
    pub condition: Condition,
    /// That in a sentence.
    pub text: String,
    /// What to do about it; `None` where nothing has to be done.
    pub hint: Option<String>,
    /// What a person should know of how the secrets are kept, in sentences.
    pub concerns: Vec<String>,
}

/// How a store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It can be used.
    Works,
    /// It can be used, and has no secrets.
    Empty,
    /// It can be used, and Sheaf cannot change what it has.
    ReadOnly,
    /// A person has to unlock it.
    Locked,
    /// It is not there: nothing is running, no such file, no such system.
    Absent,
    /// It does not answer.
    Hung,
    /// The person has not approved the scopes.
    NotApproved,
    /// Anything else is wrong with it.
    Failed,
}

impl Condition {
    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Empty => "empty",
            Self::ReadOnly => "read-only",
            Self::Locked => "locked",
            Self::Absent => "absent",
            Self::Hung => "hung",
            Self::NotApproved => "not approved",
            Self::Failed => "failed",
        }
    }

    /// Returns whether secrets can be got from it now.
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Works | Self::Empty | Self::ReadOnly)
    }
}

/// What a store says of itself.
struct Said {
    name: String,
    can: Capabilities,
    count: Option<usize>,
    concerns: Vec<String>,
}

/// The store of a scope, and what it needs to be opened, or why it has that not.
type ToOpen<'a> = (&'a StoreDefinition, Result<Opening, SecretError>);

/// Looks at the stores that this machine has, and at the scopes.
///
/// Each scope comes with its store, or with nothing where the person has not approved it: then it is not asked.
pub(super) fn diagnose<'a>(
    scopes: impl Iterator<Item = (&'a str, Option<ToOpen<'a>>)>,
) -> Result<Diagnosis, SecretError> {
    let open = OpenStores::default();
    let look = |name: &str, definition: &StoreDefinition, opening: Result<Opening, SecretError>| {
        finding(
            name,
            opening.and_then(|opening| open.ask_locked(definition, opening, ask)),
        )
    };
    let mut stores = Vec::new();
    for definition in [StoreDefinition::Keyring, StoreDefinition::Keyutils] {
        stores.push(look(definition.kind(), &definition, Ok(Opening::default()))?);
    }
    let scopes = scopes.map(|(scope, approved)| match approved {
        Some((definition, opening)) => look(scope, definition, opening),
        None => Ok(Finding {
            name: scope.to_owned(),
            store: None,
            condition: Condition::NotApproved,
            text: "you have not approved the scopes of this workspace".to_owned(),
            hint: Some("look at them, and approve them with `sheaf trust`".to_owned()),
            concerns: Vec::new(),
        }),
    });
    let scopes = scopes.collect::<Result<_, _>>()?;
    Ok(Diagnosis { stores, scopes })
}

fn ask(store: &dyn SecretStore) -> Result<Said, StoreError> {
    Ok(Said {
        name: store.name(),
        can: store.capabilities(),
        count: store.probe()?,
        concerns: store.concerns(),
    })
}

/// Returns what an answer means.
///
/// # Errors
///
/// What is not about the store: someone stops the work.
fn finding(name: &str, said: Result<Said, SecretError>) -> Result<Finding, SecretError> {
    let found = |condition, text| Finding {
        name: name.to_owned(),
        store: None,
        condition,
        text,
        hint: None,
        concerns: Vec::new(),
    };
    match said {
        Ok(said) => {
            let condition = match said.count {
                _ if !said.can.writes => Condition::ReadOnly,
                Some(0) => Condition::Empty,
                _ => Condition::Works,
            };
            let text = match said.count {
                Some(1) => "it has 1 secret".to_owned(),
                Some(count) => format!("it has {count} secrets"),
                None => "it can be used; it does not list its secrets".to_owned(),
            };
            Ok(Finding {
                store: Some(said.name),
                concerns: said.concerns,
                ..found(condition, text)
            })
        }
        Err(SecretError::Store { error, .. }) => Ok(Finding {
            hint: error.hint().map(|hint| hint.replace("SCOPE", name)),
            ..found(condition(&error), error.to_string())
        }),
        Err(stopped @ SecretError::Stopped(_)) => Err(stopped),
        Err(other) => Ok(Finding {
            hint: other.hint(),
            ..found(Condition::Failed, other.to_string())
        }),
    }
}

fn condition(error: &StoreError) -> Condition {
    match error {
        StoreError::Locked { .. } => Condition::Locked,
        StoreError::Unavailable { .. } | StoreError::Unsupported { .. } => Condition::Absent,
        StoreError::Hung { .. } => Condition::Hung,
        _ => Condition::Failed,
    }
}
