//! [`Terms`]: what a `sheaf.ron` says of secrets that counts only once a person has approved it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::definition::{self, ScopeDefinition, ScopeDefinitions};
use super::sending::Sendings;
use crate::digest::{Digest, Digester};

/// What there is to approve of a workspace: its scopes, the mounts that send values of secrets or an identity, and the
/// connections that send values of secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The scopes, by name.
    pub scopes: ScopeDefinitions,
    /// The mounts that prove to a service who one is, by mount point.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mounts: BTreeMap<String, MountTerms>,
    /// The connections that send values of secrets, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub connections: BTreeMap<String, ConnectionTerms>,
}

/// What there is to approve of a mount: what is mounted, and what is sent where for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountTerms {
    /// The place, as it is written.
    pub source: String,
    /// Its settings; those that are credentials are references.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configs: BTreeMap<String, String>,
    /// What it sends and where, as it is shown.
    #[serde(default)]
    pub sends: Vec<String>,
}

/// What there is to approve of a connection: where it leads, and what is sent there for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionTerms {
    /// The URL, as it is written.
    pub url: String,
    /// The user, where it is given beside the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password, where it is given beside the URL: with a reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// What it sends and where, as it is shown.
    #[serde(default)]
    pub sends: Vec<String>,
}

impl Terms {
    /// Returns whether there is nothing to approve.
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty() && self.mounts.is_empty() && self.connections.is_empty()
    }

    /// Says what there is to approve, by the names of scopes, mount points and connections: where secrets are and where
    /// values go.
    pub fn sections(&self) -> Vec<(String, Vec<String>)> {
        let scopes = self.scopes.iter();
        let scopes = scopes.map(|(name, scope)| (name.clone(), scope_lines(scope)));
        let mounts = self.mounts.iter();
        let mounts = mounts.map(|(mount_point, terms)| (mount_point.clone(), terms.lines()));
        let connections = self.connections.iter();
        let connections = connections.map(|(name, terms)| (format!("connection {name}"), terms.lines()));
        scopes.chain(mounts).chain(connections).collect()
    }

    /// Adds all of it to a digest; without such mounts and connections, it is what an approval of the scopes alone was.
    pub(super) fn write(&self, digester: &mut Digester) {
        digester.field("scopes", definition::digest(&self.scopes).bytes());
        if !self.mounts.is_empty() {
            digester.number("mounts", self.mounts.len() as u64);
        }
        for (mount_point, terms) in &self.mounts {
            digester.digest("mount", &terms.digest(mount_point));
        }
        if !self.connections.is_empty() {
            digester.number("connections", self.connections.len() as u64);
        }
        for (name, terms) in &self.connections {
            digester.digest("connection", &terms.digest(name));
        }
    }
}

impl MountTerms {
    /// Says what a mount sends.
    pub fn new(source: &str, configs: &BTreeMap<String, String>, sendings: &Sendings) -> Self {
        Self {
            source: source.to_owned(),
            configs: configs.clone(),
            sends: sendings.iter().map(ToString::to_string).collect(),
        }
    }

    fn lines(&self) -> Vec<String> {
        let source = std::iter::once(format!("source   {}", self.source));
        let configs = self.configs.iter();
        let configs = configs.map(|(name, value)| format!("setting  {name}: {value}"));
        let sends = self.sends.iter().map(|sends| format!("sends    {sends}"));
        source.chain(configs).chain(sends).collect()
    }

    /// Returns the digest of what is approved of a mount.
    pub(super) fn digest(&self, mount_point: &str) -> Digest {
        let mut digester = Digester::new("mount");
        digester
            .text("mount point", mount_point)
            .text("source", &self.source)
            .number("settings", self.configs.len() as u64);
        for (name, value) in &self.configs {
            digester.text("name", name).text("value", value);
        }
        for sends in &self.sends {
            digester.text("sends", sends);
        }
        digester.finish()
    }
}

impl ConnectionTerms {
    fn lines(&self) -> Vec<String> {
        let url = std::iter::once(format!("url      {}", self.url));
        let user = self.user.iter().map(|user| format!("user     {user}"));
        let password = self
            .password
            .iter()
            .map(|password| format!("password {password}"));
        let sends = self.sends.iter().map(|sends| format!("sends    {sends}"));
        url.chain(user).chain(password).chain(sends).collect()
    }

    fn digest(&self, name: &str) -> Digest {
        let mut digester = Digester::new("connection");
        digester.text("name", name).text("url", &self.url);
        for (what, text) in [("user", &self.user), ("password", &self.password)] {
            if let Some(text) = text {
                digester.text(what, text);
            }
        }
        for sends in &self.sends {
            digester.text("sends", sends);
        }
        digester.finish()
    }
}

/// Says what there is to approve of a scope: where its secrets are, and where their values go.
fn scope_lines(scope: &ScopeDefinition) -> Vec<String> {
    let mut lines = vec![format!("store    {}", scope.store.written())];
    lines.extend(scope.sinks.iter().map(|sink| format!("sink     {sink}")));
    lines.extend(scope.bindings.iter().map(|(key, binding)| {
        let (account, service) = (&binding.account, &binding.service);
        format!("binding  {key}: the entry {account:?} of {service:?}")
    }));
    lines
}

impl From<&ScopeDefinitions> for Terms {
    fn from(scopes: &ScopeDefinitions) -> Self {
        Self {
            scopes: scopes.clone(),
            ..Self::default()
        }
    }
}

impl From<&Self> for Terms {
    fn from(terms: &Self) -> Self {
        terms.clone()
    }
}
