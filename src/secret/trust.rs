//! [`Trust`]: which scopes a person has approved, in which workspaces.
//!
//! A `sheaf.ron` that somebody else wrote could name any entry of a person's keyring, and any host to send it to. So what it
//! says of scopes counts only after `sheaf trust`, and only as it was then: the approval is of the workspace's folder and
//! the digest of all its scopes, and is kept in the person's own folder, outside the workspace.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::definition::{self, ScopeDefinitions};
use crate::digest::{Digest, Digester};
use crate::file::write_unsynced;

/// The folder of the approvals, in the person's own folder.
const FOLDER: &str = "trust";

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
        let text = format!("{}\n{}\n", approval(root, definitions), root.display());
        write_unsynced(&self.file(root), text.as_bytes())
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
