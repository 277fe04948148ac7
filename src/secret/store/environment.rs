//! Environment variables as a store: what a container or a CI system hands over. Read-only.
//!
//! Each variable has one key and each key one variable, so that a permission for a key cannot be got around by another
//! spelling of it: with the prefix `DB_` the key `pass_word` is `DB_PASS_WORD`, and `pass-word` and `Pass_Word` are no keys.
//! A key with another name gets its variable by `variables`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Capabilities, Metadata, Opening, SecretStore, StoreError};
use crate::digest::Digester;
use crate::secret::caller::Caller;
use crate::secret::reference::Reference;
use crate::secret::value::SecretValue;

/// What `sheaf.ron` says: `environment(prefix: "DB_")`, `environment(variables: {"storage-key": "STORAGE_KEY"})`, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnvironmentDefinition {
    /// What the names of variables begin with; the rest, in small letters, is the key.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The variables of keys that have another name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
}

/// Environment variables.
struct EnvironmentStore {
    definition: EnvironmentDefinition,
    caller: Arc<dyn Caller>,
}

impl EnvironmentDefinition {
    pub(super) fn open(&self, opening: &Opening) -> Result<Box<dyn SecretStore>, StoreError> {
        let store = EnvironmentStore {
            definition: self.clone(),
            caller: Arc::clone(&opening.caller),
        };
        store.check()?;
        Ok(Box::new(store))
    }

    /// Returns the names of its variables.
    pub(super) fn named(&self, caller: &dyn Caller) -> Vec<String> {
        let mut names: Vec<String> = self.variables.values().cloned().collect();
        if !self.prefix.is_empty() {
            names.extend(caller.variables(&self.prefix));
        }
        names
    }

    pub(super) fn write(&self, digester: &mut Digester) {
        digester.text("prefix", &self.prefix);
        digester.number("variables", self.variables.len() as u64);
        for (key, variable) in &self.variables {
            digester.text("key", key).text("variable", variable);
        }
    }
}

impl EnvironmentStore {
    /// Checks what `sheaf.ron` says.
    fn check(&self) -> Result<(), StoreError> {
        let EnvironmentDefinition { prefix, variables } = &self.definition;
        if prefix.is_empty() && variables.is_empty() {
            let hint =
                "write `environment(prefix: \"DB_\")`, or `environment(variables: {\"key\": \"VARIABLE\"})`";
            return Err(self.unusable(
                "sheaf.ron does not say which variables".to_owned(),
                hint.to_owned(),
            ));
        }
        let mut seen = BTreeSet::new();
        for (key, variable) in variables {
            if Reference::check_key(key).is_err() {
                let hint = "a key has 1 to 128 letters, digits, -, _ and .".to_owned();
                return Err(self.unusable(format!("{key:?} in sheaf.ron cannot be a key"), hint));
            }
            if !seen.insert(variable) {
                let reason = format!("sheaf.ron gives the variable {variable} to two keys");
                return Err(self.unusable(reason, "a variable has one key".to_owned()));
            }
        }
        Ok(())
    }

    /// Returns the variable of a key, and `None` where it has none.
    fn variable(&self, key: &str) -> Result<Option<String>, StoreError> {
        let EnvironmentDefinition { prefix, variables } = &self.definition;
        if let Some(variable) = variables.get(key) {
            return Ok(Some(variable.clone()));
        }
        if prefix.is_empty() {
            return Ok(None);
        }
        let variable = format!("{prefix}{}", key.to_ascii_uppercase().replace(['-', '.'], "_"));
        let own = self.key(&variable);
        if own.as_deref() == Some(key) || self.caller.variable(&variable).is_none() {
            return Ok(Some(variable));
        }
        let own = own.unwrap_or_default();
        Err(self.unusable(
            format!("the key {key:?} has no variable: {variable} is that of {own:?}"),
            format!("use the key {own:?}, or give {key:?} its variable in sheaf.ron: `variables: {{\"{key}\": \"NAME\"}}`"),
        ))
    }

    /// Returns the one key of a variable.
    fn key(&self, variable: &str) -> Option<String> {
        let EnvironmentDefinition { prefix, variables } = &self.definition;
        if let Some((key, _)) = variables.iter().find(|(_, named)| *named == variable) {
            return Some(key.clone());
        }
        let rest = variable.strip_prefix(prefix).filter(|_| !prefix.is_empty())?;
        let key = rest.to_ascii_lowercase();
        let is_key =
            Reference::check_key(&key).is_ok() && !rest.contains(|letter: char| letter.is_ascii_lowercase());
        // A key of that name has a variable of its own.
        (is_key && !key.contains(['-', '.']) && !variables.contains_key(&key)).then_some(key)
    }

    fn unusable(&self, reason: String, hint: String) -> StoreError {
        StoreError::Unusable {
            store: self.name(),
            reason,
            hint,
        }
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
        if self.definition.prefix.is_empty() {
            "the environment".to_owned()
        } else {
            format!("the environment ({}…)", self.definition.prefix)
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            // A variable that is set to nothing is what a CI system makes of a secret that it does not have.
            empty: false,
            ..Capabilities::READ_ONLY
        }
    }

    fn get(&self, key: &str) -> Result<SecretValue, StoreError> {
        let variable = self.variable(key)?;
        let value = variable.as_deref().and_then(|name| self.caller.variable(name));
        match (value, variable) {
            (Some(value), Some(variable)) if value.is_empty() => Err(self.unusable(
                format!("the variable {variable} of {key:?} is empty"),
                "set it where Sheaf is started".to_owned(),
            )),
            (Some(value), _) => Ok(value),
            (None, variable) => Err(StoreError::Missing {
                key: key.to_owned(),
                store: self.name(),
                hint: Some(match variable {
                    Some(variable) => format!("set {variable} where Sheaf is started"),
                    None => format!("name its variable in sheaf.ron: `variables: {{\"{key}\": \"NAME\"}}`"),
                }),
            }),
        }
    }

    fn put(&self, _key: &str, _value: &SecretValue) -> Result<(), StoreError> {
        Err(self.read_only())
    }

    fn delete(&self, _key: &str) -> Result<(), StoreError> {
        Err(self.read_only())
    }

    fn list(&self) -> Result<Vec<Metadata>, StoreError> {
        let EnvironmentDefinition { prefix, variables } = &self.definition;
        let mut names: BTreeSet<String> = variables.values().cloned().collect();
        if !prefix.is_empty() {
            names.extend(self.caller.variables(prefix));
        }
        let is_set = |name: &str| self.caller.variable(name).is_some_and(|value| !value.is_empty());
        let names = names.into_iter().filter(|name| is_set(name));
        let keys: BTreeSet<String> = names.filter_map(|name| self.key(&name)).collect();
        let entry = |key| Metadata { key, modified: None };
        Ok(keys.into_iter().map(entry).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::error::Problem as _;

    #[derive(Debug)]
    struct Process(BTreeMap<&'static str, &'static str>);

    impl Caller for Process {
        fn variable(&self, name: &str) -> Option<SecretValue> {
            let value = self.0.get(name)?;
            Some(SecretValue::new(value.as_bytes().to_vec()))
        }

        fn variables(&self, prefix: &str) -> Vec<String> {
            let names = self.0.keys().filter(|name| name.starts_with(prefix));
            names.map(|name| (*name).to_owned()).collect()
        }

        fn home(&self) -> Option<PathBuf> {
            None
        }

        fn ask(&self, _question: &str) -> Option<SecretValue> {
            None
        }
    }

    fn open(prefix: &str, variables: &[(&str, &str)]) -> Result<Box<dyn SecretStore>, StoreError> {
        let process = Process(BTreeMap::from([
            ("DB_PASS_WORD", "hunter2"),
            ("DB_HOST", "db.example.com"),
            ("DB_EMPTY", ""),
            ("DB_Mixed", "no key"),
            ("DB_", "no key"),
            ("STORAGE_KEY", "c3RvcmFnZQ=="),
            ("PATH", "/bin"),
        ]));
        let pairs = variables.iter();
        let definition = EnvironmentDefinition {
            prefix: prefix.to_owned(),
            variables: pairs
                .map(|(key, name)| ((*key).to_owned(), (*name).to_owned()))
                .collect(),
        };
        definition.open(&Opening {
            caller: Arc::new(process),
            ..Opening::default()
        })
    }

    fn got(store: &dyn SecretStore, key: &str) -> String {
        match store.get(key) {
            Ok(value) => value.expose_text().unwrap().to_owned(),
            Err(error) => format!("{error} | {}", error.hint().unwrap()),
        }
    }

    fn keys(store: &dyn SecretStore) -> Vec<String> {
        store.list().unwrap().into_iter().map(|entry| entry.key).collect()
    }

    #[test]
    fn a_variable_has_one_key_and_a_key_one_variable() {
        let store = open("DB_", &[("storage-key", "STORAGE_KEY"), ("db.host", "DB_HOST")]).unwrap();
        assert_eq!(keys(&*store), ["db.host", "pass_word", "storage-key"]);
        for (key, expected) in [
            ("pass_word", "hunter2"),
            ("storage-key", "c3RvcmFnZQ=="),
            ("db.host", "db.example.com"),
            (
                "pass-word",
                "the environment (DB_…): the key \"pass-word\" has no variable: DB_PASS_WORD is that of \"pass_word\" | use the key \
                 \"pass_word\", or give \"pass-word\" its variable in sheaf.ron: `variables: {\"pass-word\": \"NAME\"}`",
            ),
            (
                "PASS.word",
                "the environment (DB_…): the key \"PASS.word\" has no variable: DB_PASS_WORD is that of \"pass_word\" | use the key \
                 \"pass_word\", or give \"PASS.word\" its variable in sheaf.ron: `variables: {\"PASS.word\": \"NAME\"}`",
            ),
            (
                "host",
                "the environment (DB_…): the key \"host\" has no variable: DB_HOST is that of \"db.host\" | use the key \"db.host\", \
                 or give \"host\" its variable in sheaf.ron: `variables: {\"host\": \"NAME\"}`",
            ),
            (
                "user",
                "there is no secret \"user\" in the environment (DB_…) | set DB_USER where Sheaf is started",
            ),
            (
                "empty",
                "the environment (DB_…): the variable DB_EMPTY of \"empty\" is empty | set it where Sheaf is started",
            ),
        ] {
            assert_eq!(got(&*store, key), expected);
        }
    }

    #[test]
    fn without_a_prefix_only_what_is_named_is_there() {
        let store = open("", &[("storage-key", "STORAGE_KEY"), ("gone", "GONE")]).unwrap();
        assert_eq!(keys(&*store), ["storage-key"]);
        assert_eq!(
            got(&*store, "path"),
            "there is no secret \"path\" in the environment | name its variable in sheaf.ron: `variables: {\"path\": \"NAME\"}`"
        );
        assert_eq!(
            got(&*store, "gone"),
            "there is no secret \"gone\" in the environment | set GONE where Sheaf is started"
        );
    }

    #[test]
    fn what_sheaf_ron_cannot_say_is_refused() {
        let error = |prefix, variables| open(prefix, variables).err().unwrap().to_string();
        assert_eq!(
            error("", &[]),
            "the environment: sheaf.ron does not say which variables"
        );
        assert_eq!(
            error("", &[("a", "X"), ("b", "X")]),
            "the environment: sheaf.ron gives the variable X to two keys"
        );
        assert_eq!(
            error("DB_", &[("a/b", "X")]),
            "the environment (DB_…): \"a/b\" in sheaf.ron cannot be a key"
        );
    }
}
