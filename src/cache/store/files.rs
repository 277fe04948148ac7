//! The files of a cache: where they are, how they appear whole, and how the oldest go.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::digest::Digest;
use crate::error::{Problem, Result};
use crate::file;
use crate::frame::TableId;
use crate::storage::create_folders;

pub(crate) const ENTRIES: &str = "entries";
const TABLES: &str = "tables";

/// How much a cache holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// How many results of cells.
    pub entries: usize,
    /// How many tables.
    pub tables: usize,
    /// How many bytes.
    pub bytes: u64,
}

/// What cleaning removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// How many files.
    pub files: usize,
    /// How many bytes.
    pub bytes: u64,
}

/// A cache could not be cleaned.
#[derive(Debug, thiserror::Error)]
#[error("{} of the cache cannot be removed: {source}", path.display())]
struct Unremovable {
    path: PathBuf,
    source: io::Error,
}

impl Problem for Unremovable {
    fn hint(&self) -> Option<String> {
        Some("remove it by hand, or see who owns it".to_owned())
    }
}

/// Returns the folder of the entries of a key that have files of their own.
pub(crate) fn entries(folder: &Path, key: &Digest) -> PathBuf {
    let name = key.to_string();
    let (first, rest) = name.split_at(2);
    folder.join(ENTRIES).join(first).join(rest)
}

/// Returns the file of a table.
pub(crate) fn table(folder: &Path, id: &TableId) -> PathBuf {
    let (folder, mut name) = table_name(folder, &id.digest);
    if id.exact != id.digest {
        name.push('-');
        name.push_str(&id.exact.short());
    }
    folder.join(format!("{name}.arrow"))
}

/// Returns the files of tables that are equal to one of this digest.
pub(crate) fn equal_tables(folder: &Path, digest: &Digest) -> Vec<PathBuf> {
    let (folder, name) = table_name(folder, digest);
    let is_equal = |path: &PathBuf| {
        path.file_name()
            .and_then(|file| file.to_str()?.strip_suffix(".arrow")?.strip_prefix(&name))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    in_folder(&folder).filter(is_equal).collect()
}

fn table_name(folder: &Path, digest: &Digest) -> (PathBuf, String) {
    let name = digest.to_string();
    let (first, rest) = name.split_at(2);
    (folder.join(TABLES).join(first), rest.to_owned())
}

/// Returns the files in a folder, the newest first.
pub(crate) fn newest(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<(SystemTime, PathBuf)> = in_folder(folder)
        .filter(|path| !file::is_unfinished(path))
        .map(|path| (modified(&path), path))
        .collect();
    files.sort_by(|a, b| b.cmp(a));
    files.into_iter().map(|(_, path)| path).collect()
}

/// Reads a text file.
pub(crate) fn read(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// Writes a file so that it appears whole or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    match file::write_unsynced(path, bytes) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_folders(folder)?;
            file::write_unsynced(path, bytes)
        }
        written => written,
    }
}

/// How old a file has to be for another use of it to be noted: which files were used longest ago is not asked more
/// exactly, and each note costs as much as reading a small file.
const LATELY: Duration = Duration::from_mins(10);

/// Notes that a file was used now.
pub(crate) fn touch(path: &Path) {
    if modified(path).elapsed().is_ok_and(|age| age < LATELY) {
        return;
    }
    // What cannot be noted makes the file look older, no more.
    let _ = fs::File::options()
        .append(true)
        .open(path)
        .and_then(|file| file.set_modified(SystemTime::now()));
}

/// Removes a file, if it can be.
pub(crate) fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

/// Counts what there is; `entries_in` tells how many entries a file holds.
pub(crate) fn contents(folder: &Path, entries_in: impl Fn(&Path) -> usize) -> Contents {
    let mut contents = Contents::default();
    for path in all(&folder.join(ENTRIES)) {
        contents.entries += entries_in(&path);
        contents.bytes += size(&path);
    }
    for path in all(&folder.join(TABLES)) {
        contents.tables += 1;
        contents.bytes += size(&path);
    }
    contents
}

/// Removes what was not used for `older_than`, and then the oldest until `max_size` bytes are left.
pub(crate) fn clean(folder: &Path, older_than: Option<Duration>, max_size: Option<u64>) -> Result<Cleaned> {
    let mut files: Vec<(SystemTime, u64, PathBuf)> = [ENTRIES, TABLES]
        .iter()
        .flat_map(|kind| all(&folder.join(kind)))
        .map(|path| (modified(&path), size(&path), path))
        .collect();
    files.sort();
    let mut left: u64 = files.iter().map(|(_, size, _)| size).sum();
    let before = older_than.and_then(|age| SystemTime::now().checked_sub(age));
    let mut cleaned = Cleaned::default();
    for (modified, size, path) in files {
        let is_old = before.is_some_and(|before| modified < before);
        let is_too_much = max_size.is_some_and(|most| left > most);
        if !is_old && !is_too_much {
            continue;
        }
        match fs::remove_file(&path) {
            Ok(()) => {}
            // Someone else who shares the cache was first.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(Unremovable { path, source }.into()),
        }
        left -= size;
        cleaned.files += 1;
        cleaned.bytes += size;
        if let Some(folder) = path.parent() {
            // Fails, as it should, while there is something in it.
            let _ = fs::remove_dir(folder);
        }
    }
    Ok(cleaned)
}

/// Returns all files below a folder; what a killed process left unfinished is removed.
fn all(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for path in in_folder(&folder) {
            if path.is_dir() {
                open.push(path);
            } else if file::is_unfinished(&path) {
                file::remove_abandoned(&path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

fn in_folder(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
