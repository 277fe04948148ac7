//! `list`: the mounts, what each sends where, and whether that is approved.

use serde_json::{Value, json};

use super::Here;
use super::arguments::List;
use crate::cli::columns::print;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::secret::Trust;
use crate::storage::{MountDefinition, Mounts};

/// A mount as it is listed.
struct Line {
    mount_point: String,
    definition: MountDefinition,
    kept: &'static str,
    sends: Vec<String>,
    /// None where there is nothing to approve.
    approved: Option<bool>,
}

pub(super) fn list(here: &Here, arguments: &List, terminal: &Terminal) -> Result<(), Error> {
    let lines = lines(here)?;
    let rows = lines.iter().map(|line| {
        vec![
            line.mount_point.clone(),
            line.definition.source.clone(),
            line.kept.to_owned(),
            match line.sends.as_slice() {
                [] => "nothing".to_owned(),
                sends => sends.join(", "),
            },
            match line.approved {
                None => "-",
                Some(true) => "yes",
                Some(false) => "no: `sheaf trust`",
            }
            .to_owned(),
        ]
    });
    let json = lines.iter().map(|line| {
        json!({
            "mountPoint": line.mount_point,
            "source": line.definition.source,
            "configs": line.definition.configs,
            "cache": line.definition.cache.is_on(),
            "kept": line.kept,
            "sends": line.sends,
            "approved": line.approved,
        })
    });
    print(
        arguments.json,
        &["Mount point", "Source", "Kept in", "Sends", "Approved"],
        &rows.collect::<Vec<_>>(),
        Value::Array(json.collect()),
        terminal,
    )
}

fn lines(here: &Here) -> Result<Vec<Line>, Error> {
    let workspace = &here.workspace;
    let (root, trust) = (workspace.root(), Trust::of(&here.state_folder));
    let mounts = Mounts::new(root);
    let sends = |definition: &MountDefinition| -> Result<Vec<String>, Error> {
        let sendings = mounts.sendings(definition)?;
        Ok(sendings.iter().map(ToString::to_string).collect())
    };
    let is_approved = here.secrets.has_approved()?;
    let mut lines = Vec::new();
    for (mount_point, definition) in workspace.declared_mounts() {
        let sends = sends(definition)?;
        lines.push(Line {
            approved: (!sends.is_empty()).then_some(is_approved),
            mount_point: mount_point.clone(),
            definition: definition.clone(),
            kept: "sheaf.ron",
            sends,
        });
    }
    let terms = workspace.made_terms()?;
    for (mount_point, definition) in workspace.made_mounts()? {
        if lines.iter().any(|line| line.mount_point == mount_point) {
            continue;
        }
        let approved = terms
            .get(&mount_point)
            .map(|terms| trust.has_approved_mount(root, &mount_point, terms));
        lines.push(Line {
            sends: sends(&definition)?,
            mount_point,
            definition,
            kept: "a notebook",
            approved,
        });
    }
    lines.sort_by(|one, other| one.mount_point.cmp(&other.mount_point));
    Ok(lines)
}
