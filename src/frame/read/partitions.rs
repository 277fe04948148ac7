//! [`Partitioned`]: the files of a folder whose folders' names are values of columns: `year=2024/part-0.parquet`.
//!
//! The names mean what they do to Spark, and to polars, which reads them: a column for each `name=value`, of the type
//! that all of its values have; `__HIVE_DEFAULT_PARTITION__` is null; `%20` in a value is a space.

use std::collections::BTreeSet;
use std::io;

use crate::storage::{Location, StorageError};

use super::bridge::Bridge;
use super::delta::{DeltaError, LOG_FOLDER};
use super::error::ReadError;
use super::scannable::Scannable;
use super::source;

/// Files with the folders that they are in, each `name=value/`, below a common one.
#[derive(Debug, Clone)]
pub struct Partitioned {
    files: Vec<Location>,
    /// Those that each file is in.
    folders: Vec<Vec<String>>,
}

/// The files of a folder that are data.
#[derive(Debug, Clone)]
pub enum Found {
    /// They are only files.
    Files(Vec<Location>),
    /// Their folders' names are values of columns.
    Partitioned(Partitioned),
}

impl Found {
    /// Sorts out the files that a pattern has found below the folder `top`, and fixes their versions.
    ///
    /// Files whose name, or a folder's on the way, begins with `_` or `.` are of other programs, such as `_SUCCESS`: they
    /// are passed over unless the pattern names them so. A Delta table is refused: which of its files are current is in
    /// its log alone.
    pub fn below(top: &str, pattern: &str, found: Vec<Location>) -> Result<Self, ReadError> {
        let top = top.trim_end_matches('/');
        let is_other = |part: &str| part.starts_with(['_', '.']) && !part.contains('=');
        let open = pattern.strip_prefix(top).unwrap_or_default();
        let names_others = open.split('/').any(is_other);
        let parts = |file: &Location| -> Vec<String> {
            let below = file.name().strip_prefix(top).unwrap_or(file.name());
            let parts = below.split('/').filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        if found.is_empty() {
            return Err(ReadError::NothingIn {
                folder: top.to_owned(),
            });
        }
        refuse_delta(&found)?;
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for file in found {
            let mut parts = parts(&file);
            if !names_others && parts.iter().any(|part| is_other(part)) {
                continue;
            }
            parts.pop();
            parts.retain(|part| part.contains('='));
            files.push(file);
            folders.push(parts);
        }
        if files.is_empty() {
            return Err(ReadError::NothingIn {
                folder: top.to_owned(),
            });
        }
        if pattern.ends_with("/**/*") {
            one_kind(top, &files)?;
        }
        let pinned = source::each(&files, Location::pinned);
        // What cannot be opened is an error of whoever reads it.
        let files = files
            .into_iter()
            .zip(pinned)
            .map(|(file, pinned)| pinned.unwrap_or(file));
        Partitioned {
            files: files.collect(),
            folders,
        }
        .checked()
    }

    /// Puts what was found for several names together, in their order.
    pub fn join(all: Vec<Self>) -> Result<Self, ReadError> {
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for found in all {
            match found {
                Self::Files(more) => {
                    folders.extend(more.iter().map(|_| Vec::new()));
                    files.extend(more);
                }
                Self::Partitioned(more) => {
                    files.extend(more.files);
                    folders.extend(more.folders);
                }
            }
        }
        Partitioned { files, folders }.checked()
    }

    /// Returns all files.
    pub fn files(&self) -> &[Location] {
        match self {
            Self::Files(files) | Self::Partitioned(Partitioned { files, .. }) => files,
        }
    }

    /// Returns all files, where their folders' names are no values of columns.
    pub fn into_files(self) -> Result<Vec<Location>, ReadError> {
        match self {
            Self::Files(files) => Ok(files),
            Self::Partitioned(partitioned) => Err(ReadError::Unpartitioned {
                file: partitioned.first()?.name().to_owned(),
            }),
        }
    }
}

/// Refuses files of a folder with different endings: not all of them can be meant.
fn one_kind(folder: &str, files: &[Location]) -> Result<(), ReadError> {
    let short = |file: &Location| file.name().rsplit('/').next().unwrap_or_default().to_owned();
    let kind = |file: &Location| short(file).rsplit_once('.').map(|(_, kind)| kind.to_owned());
    let Some(first) = files.first() else {
        return Ok(());
    };
    match files.iter().find(|file| kind(file) != kind(first)) {
        Some(other) => Err(ReadError::Mixed {
            folder: folder.to_owned(),
            first: short(first),
            other: short(other),
        }),
        None => Ok(()),
    }
}

/// Refuses files that are in a Delta table: its log is in a folder above them, or among what was found.
fn refuse_delta(found: &[Location]) -> Result<(), ReadError> {
    let mut folders = BTreeSet::new();
    for file in found {
        let mut folder = file.parent();
        while let Some(at) = folder {
            if folders.contains(&at) {
                break;
            }
            if at.name().rsplit('/').next() == Some(LOG_FOLDER) {
                let table = at.parent();
                return Err(delta(table.as_ref().map_or("", Location::name)));
            }
            folder = at.parent();
            folders.insert(at);
        }
    }
    let folders: Vec<Location> = folders.into_iter().collect();
    // The data of one are Parquet files, whoever wrote them.
    if !found.iter().any(|file| file.name().contains(".parquet")) {
        return Ok(());
    }
    let logs = source::each(&folders, |folder| folder.join("", LOG_FOLDER).is_folder());
    for (folder, has_log) in folders.iter().zip(logs) {
        match has_log {
            Ok(true) => return Err(delta(folder.name())),
            Ok(false) => {}
            // Some may read files by their names, and see nothing else.
            Err(error) if error.is_refusal() => {}
            Err(error) => return Err(unseen(folder.name(), error)),
        }
    }
    Ok(())
}

/// Says that it cannot be told what a folder is.
fn unseen(folder: &str, error: StorageError) -> ReadError {
    let file = folder.to_owned();
    match error {
        StorageError::Stopped(stopped) => ReadError::Stopped(stopped),
        StorageError::Remote { error, .. } => ReadError::Remote { file, error },
        error => ReadError::Unreadable {
            file,
            source: io::Error::other(error.to_string()),
        },
    }
}

fn delta(folder: &str) -> ReadError {
    DeltaError::AsFiles {
        table: folder.to_owned(),
    }
    .into()
}

/// Returns what is before the `=` of a folder's name.
fn name(folder: &str) -> &str {
    folder.split_once('=').map_or(folder, |(name, _)| name)
}

impl Partitioned {
    /// Makes sure that the folders of all files name the same columns; returns files alone where that is none.
    fn checked(self) -> Result<Found, ReadError> {
        let names = |folders: &[String]| -> Vec<String> {
            folders.iter().map(|folder| name(folder).to_owned()).collect()
        };
        let expected = self
            .folders
            .first()
            .map_or_else(Vec::new, |folders| names(folders));
        let differs = |folders: &Vec<String>| names(folders) != expected;
        if let Some(index) = self.folders.iter().position(differs)
            && let (Some(file), Some(found)) = (self.files.get(index), self.folders.get(index))
        {
            return Err(ReadError::Partitions {
                file: file.name().to_owned(),
                found: names(found),
                first: self.first()?.name().to_owned(),
                expected,
            });
        }
        Ok(if expected.is_empty() {
            Found::Files(self.files)
        } else {
            Found::Partitioned(self)
        })
    }

    /// Returns the files.
    pub fn files(&self) -> &[Location] {
        &self.files
    }

    /// Returns the first file, from which the types of the columns are.
    pub(super) fn first(&self) -> Result<&Location, ReadError> {
        self.files.first().ok_or(ReadError::NoFiles)
    }

    /// Makes the files scannable by addresses in which the folders are named; so on this machine, too, where a folder
    /// above could look like one of them.
    pub(super) fn scannable(&self) -> Result<Scannable, ReadError> {
        let folders = |index: usize| {
            let folders = self.folders.get(index).map_or(&[][..], Vec::as_slice);
            folders.iter().flat_map(|folder| [folder, "/"]).collect()
        };
        Ok(Bridge::below(&self.files, folders)?.into())
    }
}

#[cfg(test)]
mod tests;
