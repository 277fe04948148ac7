//! The mounts of a workspace: what `sheaf.ron` says of them, what there is to approve, and how a command changes it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::Workspace;
use super::configuration::Configuration;
use super::edit::{self, Step};
use super::error::WorkspaceError;
use super::kept_mounts::{self, KeptMounts};
use super::mount_access::{MountAccess, refuse_text, sendings, terms};
use crate::error::{Error, Result};
use crate::secret::{MountTerms, Terms};
use crate::storage::{Access, Keeping, KeptMount, MountDefinition, Mounts};

impl Workspace {
    /// Returns the mounts for a session: those of `sheaf.ron`, and those that cells of earlier sessions made.
    ///
    /// Nothing that is far away is asked, and no runtime is started, before a name under such a mount is used. What is
    /// wrong with the file of mounts that last is returned beside the others.
    pub fn session_mounts(&self, access: MountAccess) -> (Arc<Mounts>, Option<Error>) {
        let storage = Access {
            caller: Arc::clone(&access.caller),
            blocks: access.blocks.clone(),
            ..Access::default()
        };
        let keeper = Arc::new(KeptMounts::new(self, access));
        let mounts = Mounts::new(&self.root)
            .with_access(storage)
            .with_keeper(Arc::clone(&keeper) as _);
        let (kept, mut trouble) = keeper.initial(self);
        for kept in kept {
            if let Err(error) = mounts.add(kept) {
                trouble = Some(error);
            }
        }
        (Arc::new(mounts), trouble)
    }

    /// Returns what there is to approve: the scopes, the mounts that send values of secrets or an identity, and the
    /// connections that send values of secrets.
    pub fn terms(&self) -> Terms {
        Terms {
            scopes: self.configuration.secrets.clone(),
            mounts: self.mount_terms.clone(),
            connections: self.connection_terms.clone(),
        }
    }

    /// Returns what there is to approve of mounts that cells made.
    ///
    /// # Errors
    ///
    /// The file that lists them cannot be read.
    pub fn made_terms(&self) -> Result<BTreeMap<String, MountTerms>> {
        let made = kept_mounts::read(&self.private_dir())?;
        let declared = &self.configuration.mounts;
        let made = made
            .into_iter()
            .filter(|(mount_point, _)| declared.iter().all(|(declared, _)| declared != mount_point));
        let terms = made.map(|(mount_point, definition)| {
            let sendings = sendings(&self.root, &definition)?;
            Ok((!sendings.is_empty()).then(|| (mount_point, terms(&definition, &sendings))))
        });
        terms.filter_map(Result::transpose).collect()
    }

    /// Returns the mounts of `sheaf.ron`, in the order they are written.
    pub fn declared_mounts(&self) -> &[(String, MountDefinition)] {
        &self.configuration.mounts
    }

    /// Returns the mounts that cells made and that last.
    ///
    /// # Errors
    ///
    /// The file that lists them cannot be read.
    pub fn made_mounts(&self) -> Result<BTreeMap<String, MountDefinition>> {
        kept_mounts::read(&self.private_dir())
    }

    /// Adds a mount to `sheaf.ron`, and returns the workspace as it is then.
    ///
    /// # Errors
    ///
    /// A mount that cannot be, or what [`change_scopes`](Self::change_scopes) may fail with.
    pub fn add_mount(&self, mount_point: &str, definition: &MountDefinition) -> Result<Self> {
        let mut wanted = self.configuration.clone();
        wanted.mounts.push((mount_point.to_owned(), definition.clone()));
        let steps = [Step::Field("mounts"), Step::Entry(mount_point)];
        let written = definition.written();
        self.rewrite(
            wanted,
            |text| {
                self.with_defaults(text)
                    .and_then(|text| edit::put(&text, &steps, &written))
            },
            &format!("add to `mounts: {{…}}` the line `{mount_point:?}: {written},`"),
        )
    }

    /// Removes a mount from `sheaf.ron`, and returns the workspace as it is then.
    ///
    /// # Errors
    ///
    /// As [`change_scopes`](Self::change_scopes).
    pub fn remove_mount(&self, mount_point: &str) -> Result<Self> {
        let mut wanted = self.configuration.clone();
        wanted.mounts.retain(|(declared, _)| declared != mount_point);
        let steps = [Step::Field("mounts"), Step::Entry(mount_point)];
        self.rewrite(
            wanted,
            |text| {
                let text = self.with_defaults(text)?;
                // The last one leaves an empty map: without it, there would be the usual mounts.
                edit::remove(&text, &steps, 1)
            },
            &format!("remove {mount_point:?} from `mounts`"),
        )
    }

    /// Writes the mounts out that a file without `mounts` has, before one is added or removed.
    fn with_defaults(&self, text: &str) -> Option<String> {
        if edit::place(text, &[Step::Field("mounts")]).is_some() {
            return Some(text.to_owned());
        }
        let mut text = text.to_owned();
        for (mount_point, definition) in &self.configuration.mounts {
            let steps = [Step::Field("mounts"), Step::Entry(mount_point)];
            text = edit::put(&text, &steps, &definition.written())?;
        }
        Some(text)
    }
}

/// Checks the mounts of a file, and returns what there is to approve of them.
pub(super) fn check(
    root: &Path,
    configuration: &Configuration,
    file: &Path,
    text: &str,
) -> Result<BTreeMap<String, MountTerms>, WorkspaceError> {
    let mounts = Mounts::new(root);
    let mut all = BTreeMap::new();
    for (mount_point, definition) in &configuration.mounts {
        let checked = declare(&mounts, mount_point, definition)
            .and_then(|()| sendings(root, definition))
            .map_err(|error| {
                let steps = [Step::Field("mounts"), Step::Entry(mount_point)];
                let (line, column) = edit::position(text, &steps);
                WorkspaceError::Mount {
                    path: file.to_owned(),
                    line,
                    column,
                    mount_point: mount_point.clone(),
                    error,
                }
            })?;
        if !checked.is_empty() {
            all.insert(mount_point.clone(), terms(definition, &checked));
        }
    }
    Ok(all)
}

/// Adds a mount to a table that nobody reads through, to see whether it can be.
pub(super) fn declare(mounts: &Mounts, mount_point: &str, definition: &MountDefinition) -> Result<()> {
    refuse_text(mount_point, definition)?;
    mounts.add(KeptMount {
        mount_point: mount_point.to_owned(),
        definition: definition.clone(),
        keeping: Keeping::Declared,
        resolver: Access::default().resolver,
    })
}
