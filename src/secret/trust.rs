//! [`Trust`]: which scopes a person has approved, in which workspaces.
//!
//! A `sheaf.ron` that somebody else wrote could name any entry of a person's keyring, and any host to send it to. So what it
//! says of scopes counts only after `sheaf trust`, and only as it was then: the approval is of the workspace's folder and
//! the digest of all its scopes, and is kept in the person's own folder, outside the workspace.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::definition::{self, ScopeDefinitions};
use crate::digest::{Digest, Digester};
use crate::file::write_unsynced;

/// The folder of the approvals, in the person's own folder.
const FOLDER: &str = "trust";

/// What a person has approved of one workspace, and when: kept beside the digest, so that a change can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The folder of the workspace, as it is shown.
    pub root: String,
    /// When, in seconds since 1970.
    seconds: u64,
    /// The scopes as they were then.
    pub scopes: ScopeDefinitions,
}

impl Approval {
    /// Returns when it was given.
    pub fn time(&self) -> SystemTime {
        let time = UNIX_EPOCH.checked_add(Duration::from_secs(self.seconds));
        time.unwrap_or(UNIX_EPOCH)
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

    /// Returns whether the person has approved these scopes in this workspace.
    pub fn has_approved(&self, root: &Path, definitions: &ScopeDefinitions) -> bool {
        let approved = fs::read_to_string(self.file(root));
        approved.is_ok_and(|text| text.lines().next() == Some(&approval(root, definitions).to_string()))
    }

    /// Approves the scopes as they are; approvals of what they were before count no more.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn approve(&self, root: &Path, definitions: &ScopeDefinitions) -> io::Result<()> {
        private_folder(&self.folder)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let approved = Approval {
            root: root.display().to_string(),
            seconds: now.as_secs(),
            scopes: definitions.clone(),
        };
        let shown = ron::to_string(&approved).map_err(io::Error::other)?;
        let text = format!("{}\n{shown}\n", approval(root, definitions));
        write_unsynced(&self.file(root), text.as_bytes())
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
        match fs::remove_file(self.file(root)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn file(&self, root: &Path) -> PathBuf {
        let mut digester = Digester::new("workspace");
        digester.field("root", root.as_os_str().as_encoded_bytes());
        self.folder.join(digester.finish().to_string())
    }
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

/// Returns the digest of what is approved: these scopes, in this workspace.
fn approval(root: &Path, definitions: &ScopeDefinitions) -> Digest {
    let mut digester = Digester::new("approval");
    digester
        .field("root", root.as_os_str().as_encoded_bytes())
        .field("scopes", definition::digest(definitions).bytes());
    digester.finish()
}
