//! [`KeptMounts`]: the mounts of `sheaf.ron`, and those that cells made, in `.sheaf/mounts.ron`.
//!
//! That file has references to secrets and never a value. What it says counts for nothing by itself: a mount of it that sends
//! a value or an identity is used only where this person approved it, as making the mount does.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::configuration::Configuration;
use super::error::WorkspaceError;
use super::mount_access::{MountAccess, refuse_text, sendings, terms};
use super::{FILE, Workspace};
use crate::error::{Error, Result};
use crate::file::write_unsynced;
use crate::secret::{MountResolver, Secrets, Standing};
use crate::storage::{Keeper, Keeping, KeptMount, MountDefinition, StorageError, create_folders};

/// The file of the mounts that cells made, in the private folder, and what locks it.
const MADE: &str = "mounts.ron";
const LOCK: &str = "mounts.lock";
/// What the file begins with.
const HEADER: &str = "// Mounts that cells made with dbutils.fs.mount; dbutils.fs.unmount removes one.\n";

/// The contents of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Made {
    mounts: BTreeMap<String, MountDefinition>,
}

/// Knows the mounts of a workspace, and keeps those that cells make.
#[derive(Debug)]
pub(super) struct KeptMounts {
    root: PathBuf,
    /// Whether there is a `sheaf.ron`; what cells mount elsewhere ends with the session.
    is_from_file: bool,
    private: PathBuf,
    /// What `sheaf.ron` said when the session began.
    configuration: Configuration,
    access: MountAccess,
}

impl KeptMounts {
    pub(super) fn new(workspace: &Workspace, access: MountAccess) -> Self {
        Self {
            root: workspace.root.clone(),
            is_from_file: workspace.is_from_file,
            private: workspace.private_dir(),
            configuration: workspace.configuration.clone(),
            access,
        }
    }

    /// Returns the mounts that a session begins with, and what is wrong with the file of those that cells made.
    pub(super) fn initial(&self, workspace: &Workspace) -> (Vec<KeptMount>, Option<Error>) {
        let mut all = self.declared(&workspace.configuration, &self.access.secrets);
        let mut troubles = Vec::new();
        match self.made(&workspace.configuration, &self.access.secrets) {
            Ok(made) => {
                for made in made {
                    match made {
                        Ok(made) => all.push(made),
                        Err(error) => troubles.push(error),
                    }
                }
            }
            Err(error) => troubles.push(error),
        }
        (all, troubles.into_iter().next())
    }

    /// Returns the mounts of a `sheaf.ron`, which was checked when it was read.
    fn declared(&self, configuration: &Configuration, secrets: &Arc<Secrets>) -> Vec<KeptMount> {
        let declared = configuration.mounts.iter();
        let declared = declared.filter_map(|(mount_point, definition)| {
            self.kept(mount_point, definition, Keeping::Declared, secrets)
                .ok()
        });
        declared.collect()
    }

    /// Returns the mounts that cells made; where `sheaf.ron` has a mount, it decides.
    fn made(&self, configuration: &Configuration, secrets: &Arc<Secrets>) -> Result<Vec<Result<KeptMount>>> {
        if !self.is_from_file {
            return Ok(Vec::new());
        }
        let made = read(&self.private)?.into_iter();
        let made = made.filter(|(mount_point, _)| !is_declared(configuration, mount_point));
        let made = made.map(|(mount_point, definition)| {
            refuse_text(&mount_point, &definition)?;
            self.kept(&mount_point, &definition, Keeping::Lasting, secrets)
        });
        Ok(made.collect())
    }

    fn kept(
        &self,
        mount_point: &str,
        definition: &MountDefinition,
        keeping: Keeping,
        secrets: &Arc<Secrets>,
    ) -> Result<KeptMount> {
        let sendings = sendings(&self.root, definition)?;
        let standing = match keeping {
            Keeping::Declared => Standing::Declared,
            Keeping::Lasting | Keeping::Session => Standing::Made(terms(definition, &sendings)),
        };
        let consent = self.access.consent.clone();
        let resolver = MountResolver::new(Arc::clone(secrets), consent, mount_point, sendings, standing);
        Ok(KeptMount {
            mount_point: mount_point.to_owned(),
            definition: definition.clone(),
            keeping,
            resolver: Arc::new(resolver),
        })
    }

    /// Changes the file of the mounts that cells made, while no other session does.
    fn change(&self, change: impl FnOnce(&mut Made) -> Result<()>) -> Result<()> {
        let path = self.private.join(MADE);
        let unwritable = |source: io::Error| WorkspaceError::Unwritable {
            path: path.clone(),
            source,
        };
        create_folders(&self.private).map_err(unwritable)?;
        let lock = File::create(self.private.join(LOCK)).map_err(unwritable)?;
        lock.lock().map_err(unwritable)?;
        let before = Made {
            mounts: read(&self.private)?,
        };
        let mut made = before.clone();
        change(&mut made)?;
        if made != before {
            let text = ron::ser::to_string_pretty(&made, ron::ser::PrettyConfig::new());
            let text = text.map_err(|error| unwritable(io::Error::other(error)))?;
            write_unsynced(&path, format!("{HEADER}{text}\n").as_bytes()).map_err(unwritable)?;
        }
        Ok(())
    }
}

impl Keeper for KeptMounts {
    fn kept(&self) -> Result<Vec<KeptMount>> {
        if !self.is_from_file {
            return Ok(self.declared(&self.configuration, &self.access.secrets));
        }
        let workspace = Workspace::read(&self.root.join(FILE))?;
        // What was approved is what the file said when the session began: a file that was changed is approved by itself.
        let secrets = if workspace.configuration == self.configuration {
            Arc::clone(&self.access.secrets)
        } else {
            Arc::new(self.access.secrets.of_terms(workspace.terms()))
        };
        let mut all = self.declared(&workspace.configuration, &secrets);
        let made = self.made(&workspace.configuration, &secrets)?;
        all.extend(made.into_iter().collect::<Result<Vec<_>>>()?);
        Ok(all)
    }

    fn keep(&self, mount_point: &str, definition: &MountDefinition, replaces: bool) -> Result<bool> {
        if !self.is_from_file || is_declared(&self.configuration, mount_point) {
            return Ok(false);
        }
        self.change(|made| {
            let taken = made.mounts.get(mount_point);
            if let Some(taken) = taken.filter(|taken| !replaces && *taken != definition) {
                return Err(StorageError::AlreadyMounted {
                    mount_point: mount_point.to_owned(),
                    source_text: taken.source.clone(),
                }
                .into());
            }
            made.mounts.insert(mount_point.to_owned(), definition.clone());
            Ok(())
        })?;
        Ok(true)
    }

    fn forget(&self, mount_point: &str) -> Result<()> {
        self.change(|made| {
            made.mounts.remove(mount_point);
            Ok(())
        })
    }
}

fn is_declared(configuration: &Configuration, mount_point: &str) -> bool {
    let plain = |name: &str| name.trim_end_matches('/').to_owned();
    let mut declared = configuration.mounts.iter();
    declared.any(|(declared, _)| plain(declared) == plain(mount_point))
}

/// Reads the mounts that cells made, from the private folder.
pub(super) fn read(private: &Path) -> Result<BTreeMap<String, MountDefinition>> {
    let path = private.join(MADE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        // Nor where there is no private folder at all.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(BTreeMap::new());
        }
        Err(source) => return Err(WorkspaceError::Unreachable { path, source }.into()),
    };
    let made: Made = ron::from_str(&text).map_err(|error| WorkspaceError::MadeMounts {
        path,
        line: error.span.start.line,
        column: error.span.start.col,
        message: error.code.to_string(),
    })?;
    Ok(made.mounts)
}
