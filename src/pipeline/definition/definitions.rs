//! [`Definitions`]: the pipelines of a workspace, or of one published version of it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::definition_file::DefinitionFile;
use super::error::DefinitionError;
use super::pipeline::Pipeline;
use crate::pipeline::FOLDER;
use crate::workspace::Workspace;

/// What the name of a definition's file ends with.
const ENDING: &str = ".ron";

/// The pipelines of a workspace, or of one published version of it.
///
/// A file that cannot be read is there with what is wrong in it, so that it stops nobody from running another one.
#[derive(Debug, Default)]
pub struct Definitions {
    files: BTreeMap<String, DefinitionFile>,
}

impl Definitions {
    /// Reads the definitions of a workspace.
    ///
    /// # Errors
    ///
    /// A file or the folder cannot be opened; a folder that is missing has none.
    pub fn read(workspace: &Workspace) -> Result<Self, DefinitionError> {
        Self::read_in(workspace.root())
    }

    /// Reads the definitions in the folder `pipelines` of `root`.
    ///
    /// # Errors
    ///
    /// As [`Definitions::read`] has them.
    pub fn read_in(root: &Path) -> Result<Self, DefinitionError> {
        let folder = root.join(FOLDER);
        let unreadable = |path: &Path, source: io::Error| DefinitionError::Unreachable {
            path: path.to_owned(),
            source,
        };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(&folder, error)),
        };
        let mut files = BTreeMap::new();
        for entry in entries {
            let path = entry.map_err(|error| unreadable(&folder, error))?.path();
            let file_name = path.file_name().and_then(|name| name.to_str());
            let Some(name) = file_name.and_then(|name| name.strip_suffix(ENDING)) else {
                continue;
            };
            if name.is_empty() || name.starts_with('.') || path.is_dir() {
                continue;
            }
            let bytes = fs::read(&path).map_err(|error| unreadable(&path, error))?;
            let shown = format!("{FOLDER}/{name}{ENDING}");
            files.insert(name.to_owned(), DefinitionFile::of_bytes(&shown, bytes));
        }
        Ok(Self { files })
    }

    /// Returns the names of all pipelines, also of those whose files cannot be read.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Returns the files, by the names of their pipelines.
    pub fn files(&self) -> &BTreeMap<String, DefinitionFile> {
        &self.files
    }

    /// Returns the pipeline of this name.
    ///
    /// # Errors
    ///
    /// There is none, or its file cannot be read.
    pub fn get(&self, name: &str) -> Result<&Pipeline, DefinitionError> {
        let file = self.file(name)?;
        file.pipeline
            .as_ref()
            .map_err(|finding| DefinitionError::Wrong(finding.clone()))
    }

    /// Returns the file of the pipeline of this name.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn file(&self, name: &str) -> Result<&DefinitionFile, DefinitionError> {
        self.files.get(name).ok_or_else(|| DefinitionError::NoPipeline {
            name: name.to_owned(),
            known: self.files.keys().cloned().collect(),
        })
    }
}

#[cfg(test)]
impl Definitions {
    /// Returns definitions of these names and texts.
    pub(crate) fn of_texts<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let files = texts.into_iter().map(|(name, text)| {
            let path = format!("{FOLDER}/{name}{ENDING}");
            (name.to_owned(), DefinitionFile::of(&path, text.to_owned()))
        });
        Self {
            files: files.collect(),
        }
    }
}
