//! [`ScopeDefinition`]: what `sheaf.ron` says of a scope.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::binding::Binding;
use super::destination::Destination;
use super::store::{StoreDefinition, one_line};
use crate::digest::{Digest, Digester};

/// All scopes of a workspace, by name.
pub type ScopeDefinitions = BTreeMap<String, ScopeDefinition>;

/// What `sheaf.ron` says of a scope; written `(store: keyring, sinks: ["shell"])`, and each part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScopeDefinition {
    /// Where its secrets are.
    pub store: StoreDefinition,
    /// Where their values may go: hosts, `shell`, accounts as `azure:myaccount`.
    #[serde(deserialize_with = "sinks", skip_serializing_if = "Vec::is_empty")]
    pub sinks: Vec<String>,
    /// Keys whose entry in the keyring was made by someone else, with that entry.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub bindings: BTreeMap<String, Binding>,
    /// Who may do what with all of its keys, by principal; empty where everyone who can open the store may do everything.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub acls: BTreeMap<String, Permission>,
    /// Who may do what with one key, beyond what they may do with all: by key and principal.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub key_acls: BTreeMap<String, BTreeMap<String, Permission>>,
}

impl Permission {
    /// All of them, from the least.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Manage];

    /// Returns what Databricks calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::Manage => "MANAGE",
        }
    }
}

impl ScopeDefinition {
    /// Returns the definition as `sheaf.ron` has it, in one line.
    pub fn written(&self) -> String {
        one_line(self).unwrap_or_else(|| "()".to_owned())
    }

    /// Returns whether it says who may do what; otherwise everyone who can open the store may do everything.
    pub fn has_acls(&self) -> bool {
        !self.acls.is_empty() || !self.key_acls.is_empty()
    }
}

/// What a principal may do, each more than the one before, as in Databricks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    /// Get and list secrets.
    Read,
    /// Also put and delete them.
    Write,
    /// Also change who may do what, and delete the scope.
    Manage,
}

/// Returns the digest of what a person approves: the scopes, their stores, bindings and sinks, and not who may use them.
pub(crate) fn digest(definitions: &ScopeDefinitions) -> Digest {
    let mut digester = Digester::new("scopes");
    digester.number("count", definitions.len() as u64);
    for (name, definition) in definitions {
        digester.text("scope", name);
        definition.store.write(&mut digester);
        digester.number("sinks", definition.sinks.len() as u64);
        for sink in &definition.sinks {
            digester.text("sink", sink);
        }
        digester.number("bindings", definition.bindings.len() as u64);
        for (key, binding) in &definition.bindings {
            digester.text("key", key);
            digester.text("service", &binding.service);
            digester.text("account", &binding.account);
        }
    }
    digester.finish()
}

/// Returns the way on which a scope needs itself, for its own credentials or those of a scope that they come from.
pub(super) fn circle(scope: &str, definitions: &ScopeDefinitions) -> Option<Vec<String>> {
    let mut way = vec![scope.to_owned()];
    loop {
        let definition = definitions.get(way.last()?)?;
        let next = definition.store.references().into_iter().next()?;
        let is_seen = way.iter().any(|scope| scope == next.scope());
        way.push(next.scope().to_owned());
        if is_seen {
            return Some(way);
        }
    }
}

/// Reads sinks, and refuses what names no place: nothing would ever go there, and nobody would know why.
fn sinks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let sinks = Vec::<String>::deserialize(deserializer)?;
    for sink in &sinks {
        Destination::parse(sink).map_err(D::Error::custom)?;
    }
    Ok(sinks)
}
