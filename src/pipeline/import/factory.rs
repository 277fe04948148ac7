//! [`Factory`]: the JSON of a folder that Data Factory keeps in git.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use super::error::ImportError;

/// JSON by the names of what it defines.
pub(super) type Named = BTreeMap<String, Value>;

/// The JSON of a folder that Data Factory keeps in git.
#[derive(Debug)]
pub(super) struct Factory {
    /// What is in `pipeline/`.
    pub(super) pipelines: Named,
    /// What is in `dataset/`.
    pub(super) datasets: Named,
    /// What is in `linkedService/`.
    pub(super) services: Named,
    /// What is in `trigger/`.
    pub(super) triggers: Named,
}

impl Factory {
    /// Reads a folder.
    ///
    /// # Errors
    ///
    /// It has no pipelines, or a file of it cannot be read.
    pub(super) fn read(folder: &Path) -> Result<Self, ImportError> {
        let read = |kind: &str| definitions(&folder.join(kind));
        let factory = Self {
            pipelines: read("pipeline")?,
            datasets: read("dataset")?,
            services: read("linkedService")?,
            triggers: read("trigger")?,
        };
        if factory.pipelines.is_empty() {
            return Err(ImportError::NoPipelines {
                folder: folder.to_owned(),
            });
        }
        Ok(factory)
    }

    /// Returns of which type a linked service is, and which secrets of a Key Vault it has, for notes; nothing else of it, which may
    /// be a secret.
    pub(super) fn described(&self, name: &str) -> String {
        let Some(service) = self.services.get(name) else {
            return "no file of linkedService/".to_owned();
        };
        let mut secrets = Vec::new();
        vault_secrets(service, "", &mut secrets);
        let kind = text_at(service, "/properties/type").to_owned();
        secrets
            .iter()
            .fold(kind, |described, secret| format!("{described}, {secret}"))
    }
}

/// Finds the secrets of a Key Vault that a linked service refers to, each with the field that it is for.
fn vault_secrets(json: &Value, field: &str, found: &mut Vec<String>) {
    let Value::Object(fields) = json else { return };
    if text_at(json, "/type") == "AzureKeyVaultSecret" {
        let (vault, secret) = (
            text_at(json, "/store/referenceName"),
            text_at(json, "/secretName"),
        );
        found.push(format!(
            "its {field} is the secret {secret:?} of the Key Vault {vault:?}"
        ));
        return;
    }
    for (name, within) in fields {
        vault_secrets(within, name, found);
    }
}

/// Reads the JSON files of a folder; a folder that is missing has none.
fn definitions(folder: &Path) -> Result<Named, ImportError> {
    let unreadable = |path: &Path, reason: String| ImportError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Named::new()),
        Err(error) => return Err(unreadable(folder, error.to_string())),
    };
    let mut named = Named::new();
    for entry in entries {
        let path = entry
            .map_err(|error| unreadable(folder, error.to_string()))?
            .path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error.to_string()))?;
        let text = text.trim_start_matches('\u{feff}');
        let json: Value = serde_json::from_str(text).map_err(|error| unreadable(&path, error.to_string()))?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = json.get("name").and_then(Value::as_str).map(str::to_owned);
        let name = name.or(stem).unwrap_or_default();
        let twice = format!("another file of the folder defines {name:?} too");
        if named.insert(name, json).is_some() {
            return Err(unreadable(&path, twice));
        }
    }
    Ok(named)
}

/// Returns the text at a place of JSON; an empty one where there is none.
pub(super) fn text_at<'j>(json: &'j Value, pointer: &str) -> &'j str {
    json.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Returns what is at a place of JSON; `None` also where that is null.
pub(super) fn given<'j>(json: &'j Value, pointer: &str) -> Option<&'j Value> {
    json.pointer(pointer).filter(|value| !value.is_null())
}
