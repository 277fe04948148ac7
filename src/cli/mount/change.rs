//! `add` and `remove`.

use std::collections::BTreeSet;

use serde_json::json;

use super::Here;
use super::arguments::{Add, Remove};
use crate::cli::error::CliError;
use crate::cli::terminal::Terminal;
use crate::cli::trust;
use crate::error::Error;
use crate::render::plain;
use crate::repl::Screen as _;
use crate::secret::{Reference, Template, Trust};
use crate::storage::{Configs, MountDefinition, Mounts, StorageError, Switch};
use crate::workspace::Workspace;

pub(super) fn add(here: &Here, arguments: &Add, terminal: &Terminal) -> Result<(), Error> {
    let definition = definition(arguments)?;
    let workspace = &here.workspace;
    let mounts = Mounts::new(workspace.root());
    let mount_point = mounts.check_mount_point(&arguments.mount_point)?;
    let sendings = mounts.sendings(&definition)?;
    if let Some(setting) = definition.credential_as_text() {
        return Err(StorageError::CredentialAsText {
            mount_point,
            setting: setting.to_owned(),
        }
        .into());
    }
    for reference in references(&definition) {
        here.secrets.definition(reference.scope())?;
    }
    if let Some(place) = taken(workspace, &mount_point)? {
        return Err(CliError::MountExists { mount_point, place }.into());
    }
    let was_approved = here.secrets.has_approved()?;
    let changed = workspace.add_mount(&mount_point, &definition)?;
    let trust = Trust::of(&here.state_folder);
    let sends: Vec<String> = sendings.iter().map(ToString::to_string).collect();
    let mut is_approved = changed.terms() == workspace.terms() && was_approved;
    if !is_approved {
        for sends in &sends {
            terminal.error(&format!("{mount_point} sends {}\n", plain(sends)));
        }
        is_approved = arguments.yes
            || (trust::is_watched() && {
                terminal.error("Approve that, with all else that sheaf.ron says of secrets? [y/N] ");
                trust::is_yes()
            });
        if is_approved {
            trust::approve(&trust, &changed)?;
        } else {
            terminal.error("it is used once you have approved it: `sheaf trust` shows and approves it\n");
        }
    }
    if arguments.json {
        let added = json!({
            "mountPoint": mount_point,
            "source": definition.source,
            "sends": sends,
            "approved": is_approved,
        });
        return terminal.verbatim(&format!("{added}\n"));
    }
    terminal.out(&format!(
        "{mount_point} is {}; `sheaf mount test {mount_point}` tries it\n",
        plain(&definition.source)
    ))
}

/// Reads what is to be mounted.
fn definition(arguments: &Add) -> Result<MountDefinition, Error> {
    let mut configs = Configs::new();
    let mut set = |name: &str, value: String| match configs.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(CliError::RepeatedSetting {
            name: name.to_owned(),
        }),
    };
    for (name, value) in &arguments.configs {
        set(name, value.clone())?;
    }
    for (name, secret) in &arguments.secrets {
        let named = secret
            .split_once('/')
            .and_then(|(scope, key)| Reference::new(scope, key).ok());
        set(name, named.ok_or(CliError::NoSecretName)?.to_string())?;
    }
    Ok(MountDefinition {
        source: arguments.source.clone(),
        configs,
        cache: if arguments.no_cache {
            Switch::Off
        } else {
            Switch::On
        },
    })
}

fn references(definition: &MountDefinition) -> BTreeSet<Reference> {
    let values = definition.configs.values().chain([&definition.source]);
    values
        .flat_map(|value| Template::of(value).references().cloned().collect::<Vec<_>>())
        .collect()
}

/// Returns what is mounted there already.
fn taken(workspace: &Workspace, mount_point: &str) -> Result<Option<String>, Error> {
    let mut declared = workspace.declared_mounts().iter();
    let declared = declared.find(|(declared, _)| declared.trim_end_matches('/') == mount_point);
    if let Some((_, definition)) = declared {
        return Ok(Some(definition.source.clone()));
    }
    let made = workspace.made_mounts()?;
    Ok(made.get(mount_point).map(|definition| definition.source.clone()))
}

pub(super) fn remove(here: &Here, arguments: &Remove, terminal: &Terminal) -> Result<(), Error> {
    let workspace = &here.workspace;
    let mount_point = Mounts::new(workspace.root()).check_mount_point(&arguments.mount_point)?;
    let mut declared = workspace.declared_mounts().iter();
    let declared = declared.find(|(declared, _)| declared.trim_end_matches('/') == mount_point);
    let source = if let Some((written, definition)) = declared {
        let was_approved = here.secrets.has_approved()?;
        let changed = workspace.remove_mount(written)?;
        // What is left was approved.
        if was_approved && !changed.terms().is_empty() {
            trust::approve(&Trust::of(&here.state_folder), &changed)?;
        }
        definition.source.clone()
    } else {
        let made = workspace.made_mounts()?;
        let source = made.get(&mount_point).map(|definition| definition.source.clone());
        // Says that nothing is mounted there, and what is.
        here.mounts().0.unmount(&mount_point)?;
        source.unwrap_or_default()
    };
    if arguments.json {
        let removed = json!({"mountPoint": mount_point, "source": source});
        return terminal.verbatim(&format!("{removed}\n"));
    }
    terminal.out(&format!(
        "{mount_point} is no longer mounted; its files are still in {}\n",
        plain(&source)
    ))
}
