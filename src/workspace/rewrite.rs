//! Replacing the text of a `sheaf.ron` by an edited one, all at once.
//!
//! The edited text is read again and compared with what it should say before it replaces the file.

use std::fs;
use std::io::{self, Write as _};

use super::configuration::Configuration;
use super::error::WorkspaceError;
use super::{FILE, Workspace};
use crate::error::Error;
use crate::file::AtomicFile;

impl Workspace {
    /// Writes a `sheaf.ron` that says what is `wanted`, and returns the workspace as it is then; `instruction` tells a
    /// person what to write where its text cannot be edited.
    pub(super) fn rewrite(
        &self,
        wanted: Configuration,
        edited: impl Fn(&str) -> Option<String>,
        instruction: &str,
    ) -> Result<Self, Error> {
        let path = self.root.join(FILE);
        if !self.is_from_file {
            return Err(WorkspaceError::NoFile {
                path: self.root.clone(),
            }
            .into());
        }
        let unwritable = |source: io::Error| WorkspaceError::Unwritable {
            path: path.clone(),
            source,
        };
        let text = fs::read_to_string(&path).map_err(|source| WorkspaceError::Unreachable {
            path: path.clone(),
            source,
        })?;
        let meanwhile = || WorkspaceError::Changed { path: path.clone() };
        if Configuration::parse(&path, &text).ok().as_ref() != Some(&self.configuration) {
            return Err(meanwhile().into());
        }
        let edited =
            edited(&text).filter(|text| Configuration::parse(&path, text).is_ok_and(|found| found == wanted));
        let Some(edited) = edited else {
            return Err(WorkspaceError::NotEditable {
                path,
                edit: instruction.to_owned(),
            }
            .into());
        };
        // What cannot be used is not written.
        let changed = Self::of(&self.root, wanted, &edited)?;
        let mut file = AtomicFile::create(&path, true).map_err(unwritable)?;
        file.write_all(edited.as_bytes()).map_err(unwritable)?;
        if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            return Err(meanwhile().into());
        }
        file.commit().map_err(unwritable)?;
        Ok(changed)
    }
}
