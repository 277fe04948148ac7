//! [`MountDefinition`]: what is said of a mount: in `sheaf.ron`, in the list of mounts that last, by a cell.

use serde::{Deserialize, Serialize};

use super::signed::secret_parameter;
use super::store::Configs;
use crate::secret::{SecretValue, Template, names_a_password, redaction};

/// A mount as it is written: the place, its settings, and whether what is read of it is kept on this machine.
///
/// Settings that are credentials are references to secrets wherever a definition is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MountDefinition {
    /// The place: `file:datasets`, `wasbs://titanic@account.blob.core.windows.net/data`.
    pub source: String,
    /// The settings, by their names in `extra_configs`.
    #[serde(default, skip_serializing_if = "Configs::is_empty")]
    pub configs: Configs,
    /// Whether what is read is kept, so that it is not read twice.
    #[serde(default, skip_serializing_if = "Switch::is_on")]
    pub cache: Switch,
}

/// Something that is on or off; written so in `sheaf.ron`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// On.
    #[default]
    On,
    /// Off.
    Off,
}

impl Switch {
    /// Returns whether it is on.
    pub fn is_on(&self) -> bool {
        *self == Self::On
    }
}

impl MountDefinition {
    /// Defines a mount without settings.
    pub fn of(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            configs: Configs::new(),
            cache: Switch::On,
        }
    }

    /// Returns what of it is a credential written as text, and not as a reference: a setting's name, or a parameter of the
    /// source.
    pub fn credential_as_text(&self) -> Option<&str> {
        let is_text = |value: &str| !value.is_empty() && Template::of(value).references().next().is_none();
        let mut configs = self.configs.iter();
        let setting = configs.find(|(name, value)| names_a_password(name) && is_text(value));
        setting
            .map(|(name, _)| name.as_str())
            .or_else(|| secret_parameter(&self.source).map(|(name, _)| name))
    }

    /// Keeps credentials that are written as text out of all texts that are written from now on.
    pub fn keep_credentials_out_of_text(&self) {
        let configs = self.configs.iter();
        let named = configs.filter(|(name, _)| names_a_password(name));
        let named = named.map(|(_, value)| value.as_str());
        for value in named.chain(secret_parameter(&self.source).map(|(_, value)| value)) {
            if Template::of(value).references().next().is_none() {
                redaction::register(&SecretValue::new(value.as_bytes().to_vec()));
            }
        }
    }

    /// Returns the definition as `sheaf.ron` has it, in one line.
    pub fn written(&self) -> String {
        if self.configs.is_empty() && self.cache.is_on() {
            return quoted(&self.source);
        }
        let mut fields = vec![format!("source: {}", quoted(&self.source))];
        if !self.configs.is_empty() {
            let configs = self.configs.iter();
            let configs = configs.map(|(name, value)| format!("{}: {}", quoted(name), quoted(value)));
            fields.push(format!("configs: {{{}}}", configs.collect::<Vec<_>>().join(", ")));
        }
        if !self.cache.is_on() {
            fields.push("cache: off".to_owned());
        }
        format!("({})", fields.join(", "))
    }
}

/// Writes a text as RON has it.
fn quoted(text: &str) -> String {
    ron::to_string(text).unwrap_or_else(|_| format!("{text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_written_as_it_is_read() {
        let mut definition = MountDefinition::of("wasbs://c@a.blob.core.windows.net/\"x\"");
        assert_eq!(
            definition.written(),
            "\"wasbs://c@a.blob.core.windows.net/\\\"x\\\"\""
        );
        let key = "{{secrets/storage/key}}";
        definition
            .configs
            .insert("fs.azure.account.key".to_owned(), key.to_owned());
        definition.cache = Switch::Off;
        let written = definition.written();
        assert_eq!(
            written,
            "(source: \"wasbs://c@a.blob.core.windows.net/\\\"x\\\"\", configs: {\"fs.azure.account.key\": \
             \"{{secrets/storage/key}}\"}, cache: off)"
        );
        assert_eq!(ron::from_str::<MountDefinition>(&written).unwrap(), definition);
    }
}
