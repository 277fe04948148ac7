//! [`Trust`]: which scopes, mounts and connections a person has approved, in which workspaces.
//!
//! A `sheaf.ron` that somebody else wrote could name any entry of a person's keyring, and any host to send it to. So what it
//! says of scopes, and of mounts and connections with credentials, counts only after `sheaf trust`, and only as it was then: the approval is
//! of the workspace's folder and the digest of all of them, and is kept in the person's own folder, outside the workspace.
//! A mount that a notebook made is approved by itself, since others come and go beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::definition::ScopeDefinitions;
use super::terms::{ConnectionTerms, MountTerms, Terms};
use crate::digest::{Digest, Digester};
use crate::file::write_unsynced;

/// The folder of the approvals, in the person's own folder.
const FOLDER: &str = "trust";
/// What follows the digest of a workspace in the name of the file that lists its approved mounts, which notebooks made.
const MOUNTS: &str = ".mounts";

/// What a person has approved of one workspace, and when: kept beside the digest, so that a change can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The folder of the workspace, as it is shown.
    pub root: String,
    /// When, in seconds since 1970.
    seconds: u64,
    /// The scopes as they were then.
    pub scopes: ScopeDefinitions,
    /// The mounts as they were then.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mounts: BTreeMap<String, MountTerms>,
    /// The connections as they were then.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub connections: BTreeMap<String, ConnectionTerms>,
}

impl Approval {
    /// Returns when it was given.
    pub fn time(&self) -> SystemTime {
        let time = UNIX_EPOCH.checked_add(Duration::from_secs(self.seconds));
        time.unwrap_or(UNIX_EPOCH)
    }

    /// Returns what was approved.
    pub fn terms(&self) -> Terms {
        Terms {
            scopes: self.scopes.clone(),
            mounts: self.mounts.clone(),
            connections: self.connections.clone(),
        }
    }
}

/// The approvals of a person.
#[derive(Debug, Clone)]
pub struct Trust {
    folder: PathBuf,
}

impl Trust {
    /// Finds the approvals in a person's own folder, which may not exist yet.
    pub fn of(state_folder: &Path) -> Self {
        Self {
            folder: state_folder.join(FOLDER),
        }
    }

    /// Returns whether the person has approved these scopes, mounts and connections in this workspace.
    pub fn has_approved(&self, root: &Path, terms: impl Into<Terms>) -> bool {
        let approved = fs::read_to_string(self.file(root));
        let wanted = approval(root, &terms.into()).to_string();
        approved.is_ok_and(|text| text.lines().next() == Some(&wanted))
    }

    /// Approves the scopes, mounts and connections as they are; approvals of what they were before count no more.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn approve(&self, root: &Path, terms: impl Into<Terms>) -> io::Result<()> {
        let terms = terms.into();
        private_folder(&self.folder)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let digest = approval(root, &terms);
        let approved = Approval {
            root: root.display().to_string(),
            seconds: now.as_secs(),
            scopes: terms.scopes,
            mounts: terms.mounts,
            connections: terms.connections,
        };
        let shown = ron::to_string(&approved).map_err(io::Error::other)?;
        write_unsynced(&self.file(root), format!("{digest}\n{shown}\n").as_bytes())
    }

    /// Returns whether the person has approved a mount that a notebook made in this workspace.
    pub fn has_approved_mount(&self, root: &Path, mount_point: &str, terms: &MountTerms) -> bool {
        self.mounts(root)
            .contains(&mount_approval(root, mount_point, terms))
    }

    /// Approves a mount that a notebook made, as it is.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn approve_mount(&self, root: &Path, mount_point: &str, terms: &MountTerms) -> io::Result<()> {
        if self.has_approved_mount(root, mount_point, terms) {
            return Ok(());
        }
        private_folder(&self.folder)?;
        // One line, which is written at once: two sessions do not lose each other's.
        let line = format!("{}\n", mount_approval(root, mount_point, terms));
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.mounts_file(root))?.write_all(line.as_bytes())
    }

    /// Returns the approvals of mounts that notebooks made, as digests in text.
    fn mounts(&self, root: &Path) -> BTreeSet<String> {
        let text = fs::read_to_string(self.mounts_file(root)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Returns what the person last approved of this workspace, whether it still counts or not.
    pub fn approved(&self, root: &Path) -> Option<Approval> {
        read(&self.file(root))
    }

    /// Returns all that the person has approved, by folder.
    pub fn list(&self) -> Vec<Approval> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut all: Vec<Approval> = entries.filter_map(|entry| read(&entry.path())).collect();
        all.sort_by(|one, other| one.root.cmp(&other.root));
        all
    }

    /// Withdraws the approval; returns whether there was one.
    pub fn revoke(&self, root: &Path) -> io::Result<bool> {
        let remove = |file: PathBuf| match fs::remove_file(file) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        };
        let (declared, made) = (remove(self.file(root))?, remove(self.mounts_file(root))?);
        Ok(declared || made)
    }

    fn file(&self, root: &Path) -> PathBuf {
        self.folder.join(name(root))
    }

    fn mounts_file(&self, root: &Path) -> PathBuf {
        self.folder.join(name(root) + MOUNTS)
    }
}

/// Returns the name of the file of a workspace.
fn name(root: &Path) -> String {
    let mut digester = Digester::new("workspace");
    digester.field("root", root.as_os_str().as_encoded_bytes());
    digester.finish().to_string()
}

/// Reads what was approved: the first line of its file is the digest, which alone decides; the rest is for showing.
fn read(file: &Path) -> Option<Approval> {
    let text = fs::read_to_string(file).ok()?;
    let (_, shown) = text.split_once('\n')?;
    ron::from_str(shown).ok()
}

/// Creates a folder that only its owner can look into.
pub(super) fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Returns the digest of what is approved: these scopes, mounts and connections, in this workspace.
fn approval(root: &Path, terms: &Terms) -> Digest {
    let mut digester = Digester::new("approval");
    digester.field("root", root.as_os_str().as_encoded_bytes());
    terms.write(&mut digester);
    digester.finish()
}

/// Returns the digest of an approved mount that a notebook made, in text.
fn mount_approval(root: &Path, mount_point: &str, terms: &MountTerms) -> String {
    let mut digester = Digester::new("approval of a mount");
    digester
        .field("root", root.as_os_str().as_encoded_bytes())
        .digest("mount", &terms.digest(mount_point));
    digester.finish().to_string()
}
