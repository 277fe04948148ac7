//! Changing what `sheaf.ron` says of scopes of secrets: in its text, which keeps its comments and its layout.

use super::Workspace;
use super::edit::{self, Step};
use crate::error::Error;
use crate::secret::{Permission, ScopeDefinition, ScopeDefinitions};

/// A change of what `sheaf.ron` says of scopes.
#[derive(Debug, Clone)]
pub enum ScopeChange {
    /// A scope is created.
    Create {
        /// Its name.
        scope: String,
        /// What is said of it.
        definition: ScopeDefinition,
    },
    /// A scope is deleted.
    Delete {
        /// Its name.
        scope: String,
    },
    /// A principal gets a permission, or loses it.
    Permit {
        /// The scope.
        scope: String,
        /// The key; the whole scope where there is none.
        key: Option<String>,
        /// The user or the group.
        principal: String,
        /// What they may do from now on; nothing of their own where it is `None`.
        permission: Option<Permission>,
    },
}

impl ScopeChange {
    /// Returns the text with the change in it; `None` where the text cannot be understood.
    fn edited(&self, text: &str) -> Option<String> {
        let secrets = Step::Field("secrets");
        match self {
            Self::Create { scope, definition } => {
                edit::put(text, &[secrets, Step::Entry(scope)], &definition.written())
            }
            Self::Delete { scope } => edit::remove(text, &[secrets, Step::Entry(scope)], 0),
            Self::Permit {
                scope,
                key,
                principal,
                permission,
            } => {
                let mut steps = vec![secrets, Step::Entry(scope)];
                match key {
                    Some(key) => steps.extend([Step::Field("key_acls"), Step::Entry(key)]),
                    None => steps.push(Step::Field("acls")),
                }
                steps.push(Step::Entry(principal));
                match permission {
                    Some(permission) => edit::put(text, &steps, &permission.name().to_lowercase()),
                    None => edit::remove(text, &steps, 2),
                }
            }
        }
    }

    /// Applies the change to what was read.
    fn apply(&self, scopes: &mut ScopeDefinitions) {
        match self {
            Self::Create { scope, definition } => {
                scopes.insert(scope.clone(), definition.clone());
            }
            Self::Delete { scope } => {
                scopes.remove(scope);
            }
            Self::Permit {
                scope,
                key,
                principal,
                permission,
            } => {
                let Some(definition) = scopes.get_mut(scope) else {
                    return;
                };
                let acls = match key {
                    Some(key) => definition.key_acls.entry(key.clone()).or_default(),
                    None => &mut definition.acls,
                };
                match permission {
                    Some(permission) => acls.insert(principal.clone(), *permission),
                    None => acls.remove(principal),
                };
                definition.key_acls.retain(|_, acls| !acls.is_empty());
            }
        }
    }

    /// Says what a person would have to write themselves.
    fn instruction(&self) -> String {
        match self {
            Self::Create { scope, definition } => {
                format!(
                    "add to `secrets: {{…}}` the line `{scope:?}: {},`",
                    definition.written()
                )
            }
            Self::Delete { scope } => format!("remove {scope:?} from `secrets`"),
            Self::Permit {
                scope,
                key,
                principal,
                permission,
            } => {
                let place = key
                    .as_ref()
                    .map_or("acls".to_owned(), |key| format!("key_acls of {key:?}"));
                match permission {
                    Some(permission) => {
                        let permission = permission.name().to_lowercase();
                        format!("in {scope:?}, add to `{place}` the entry `{principal:?}: {permission},`")
                    }
                    None => format!("in {scope:?}, remove {principal:?} from `{place}`"),
                }
            }
        }
    }
}

impl Workspace {
    /// Changes what `sheaf.ron` says of scopes, and returns the workspace as it is then.
    ///
    /// # Errors
    ///
    /// There is no such file, it is written in a way that cannot be edited, it changed meanwhile, or it cannot be written.
    pub fn change_scopes(&self, changes: &[ScopeChange]) -> Result<Self, Error> {
        let mut wanted = self.configuration.clone();
        for change in changes {
            change.apply(&mut wanted.secrets);
        }
        let edited = |text: &str| {
            let mut changes = changes.iter();
            changes.try_fold(text.to_owned(), |text, change| change.edited(&text))
        };
        let instructions: Vec<String> = changes.iter().map(ScopeChange::instruction).collect();
        self.rewrite(wanted, edited, &instructions.join("; "))
    }
}
