//! Environment variables as a store: what a container or a CI system hands over. Read-only.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Capabilities, Metadata, Opening, SecretStore, StoreError};
use crate::digest::Digester;
use crate::secret::caller::Caller;
use crate::secret::value::SecretValue;

/// What `sheaf.ron` says: `environment(prefix: "DB_")`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentDefinition {
    /// What the names of the variables begin with; the rest is the key, in capitals, with `_` for `-` and `.`.
    pub prefix: String,
}

/// Environment variables.
struct EnvironmentStore {
    prefix: String,
    caller: Arc<dyn Caller>,
}

impl EnvironmentDefinition {
    pub(super) fn open(&self, opening: &Opening) -> Result<Box<dyn SecretStore>, StoreError> {
        Ok(Box::new(EnvironmentStore {
            prefix: self.prefix.clone(),
            caller: Arc::clone(&opening.caller),
        }))
    }

    pub(super) fn write(&self, digester: &mut Digester) {
        digester.text("prefix", &self.prefix);
    }
}

impl EnvironmentStore {
    fn variable(&self, key: &str) -> String {
        let key = key.to_ascii_uppercase().replace(['-', '.'], "_");
        format!("{}{key}", self.prefix)
    }

    fn read_only(&self) -> StoreError {
        StoreError::ReadOnly {
            store: self.name(),
            hint: "set the variable where Sheaf is started".to_owned(),
        }
    }
}

impl SecretStore for EnvironmentStore {
    fn name(&self) -> String {
        format!("the environment variables {}…", self.prefix)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::READ_ONLY
    }

    fn get(&self, key: &str) -> Result<SecretValue, StoreError> {
        let value = self.caller.variable(&self.variable(key));
        value.ok_or_else(|| StoreError::Missing {
            key: key.to_owned(),
            store: self.name(),
        })
    }

    fn put(&self, _key: &str, _value: &SecretValue) -> Result<(), StoreError> {
        Err(self.read_only())
    }

    fn delete(&self, _key: &str) -> Result<(), StoreError> {
        Err(self.read_only())
    }

    fn list(&self) -> Result<Vec<Metadata>, StoreError> {
        let names = self.caller.variables(&self.prefix).into_iter();
        Ok(names
            .filter_map(|name| name.strip_prefix(&self.prefix).map(str::to_owned))
            .map(|key| Metadata {
                key: key.to_ascii_lowercase(),
                modified: None,
            })
            .collect())
    }
}
