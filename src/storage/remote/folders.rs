//! What is a folder in a store that has only objects, as the drivers of Hadoop and Databricks see it.
//!
//! A folder is there where something is below it, or where an object marks it: an empty one whose metadata says so, one whose
//! key ends with `/`, one whose key ends with `_$folder$`. A marker is never shown as a file.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use object_store::GetOptions;

use super::failure::{Failure, RemoteError};
use super::generic::{self, FOLDER_END, bare};
use super::service::{Object, Objects, Wanted};
use crate::storage::store::{Entry, EntryKind};
use crate::storage::version::{FileVersion, Tag};

/// How the names of unfinished uploads begin and end; nothing shows them.
const UNFINISHED: (&str, &str) = (".sheaf-", ".part");

/// What has a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// A file.
    File(Object),
    /// A folder, with a marker or without.
    Folder,
    /// Nothing.
    Nothing,
}

/// What an object in a list is, by its key behind that of the folder that is listed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning<'a> {
    /// A file of this name.
    File(&'a str),
    /// A marker of the folder of this name; of the one that is listed, where that is empty.
    Marker(&'a str),
    /// What is not shown.
    Hidden,
}

/// Returns what an object in a list is; a name that no name of a file leads to is an error.
pub(super) fn meaning<'a>(object: &Object, name: &'a str) -> Result<Meaning<'a>, RemoteError> {
    let is_empty = object.size == 0;
    let marked = name.strip_suffix(FOLDER_END).filter(|_| is_empty);
    let marked = marked.or(name.strip_suffix('/').filter(|_| is_empty));
    let marked = marked.or(Some(name).filter(|_| object.is_marker));
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.starts_with(UNFINISHED.0) && last.ends_with(UNFINISHED.1) {
        return Ok(Meaning::Hidden);
    }
    let shown = marked.unwrap_or(name);
    if !(shown.is_empty() && (marked.is_some() || name.is_empty()) || is_name(shown)) {
        return Err(bad_name(&object.key));
    }
    Ok(match marked {
        Some(folder) => Meaning::Marker(folder),
        None if name.is_empty() => Meaning::Marker(name),
        None => Meaning::File(name),
    })
}

/// Returns whether a key can be reached by the name of a file: no empty part, none of dots, no control characters.
pub(super) fn is_name(key: &str) -> bool {
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(|c: char| c.is_control());
    key.split('/').all(is_part)
}

/// Returns the error for a name that cannot be used.
pub(super) fn bad_name(key: &str) -> RemoteError {
    let name = key.to_owned();
    RemoteError::new("the store", Failure::BadName { name })
}

/// Returns a name for an upload that is not finished, next to a key.
pub(super) fn unfinished(key: &str, number: u64) -> String {
    let (begin, end) = UNFINISHED;
    let folder = key
        .rsplit_once('/')
        .map_or(String::new(), |(folder, _)| format!("{folder}/"));
    format!("{folder}{begin}{number:016x}{end}")
}

/// Looks what has a key.
pub(super) async fn find(
    objects: &Arc<dyn Objects>,
    key: &str,
    can_list: bool,
) -> Result<Found, RemoteError> {
    if let Some(found) = object(objects, key).await? {
        return Ok(found);
    }
    if !can_list {
        return Ok(Found::Nothing);
    }
    let wanted = Wanted {
        prefix: format!("{key}/"),
        is_deep: false,
        after: None,
        most: Some(1),
    };
    // A page can be empty although another one follows.
    let page = objects.page(&wanted).await?;
    if !page.objects.is_empty() || !page.folders.is_empty() || page.next.is_some() {
        return Ok(Found::Folder);
    }
    let marker = object(objects, &format!("{key}{FOLDER_END}")).await?;
    Ok(marker.map_or(Found::Nothing, |_| Found::Folder))
}

/// Looks what object has a key, without regard to what is below it: a file, or a marker.
pub(super) async fn object(objects: &Arc<dyn Objects>, key: &str) -> Result<Option<Found>, RemoteError> {
    let options = GetOptions {
        head: true,
        ..GetOptions::default()
    };
    match objects.store().get_opts(&generic::path(key)?, options).await {
        Ok(found) if found.meta.size == 0 && objects.is_marker(&found.attributes) => Ok(Some(Found::Folder)),
        Ok(found) => Ok(Some(Found::File(generic::object(found.meta)))),
        Err(error) => match generic::failed(error) {
            error if matches!(error.failure, Failure::Missing) => Ok(None),
            error => Err(error),
        },
    }
}

/// Describes a file by the name that it has where it is listed.
pub(super) fn entry(name: &str, object: &Object) -> Entry {
    Entry {
        name: name.to_owned(),
        kind: EntryKind::File,
        is_link: false,
        version: Some(version(object)),
    }
}

/// Returns the version of an object; the same from a list and from the object itself.
pub(super) fn version(object: &Object) -> FileVersion {
    // Answers have whole seconds, and lists of some stores more.
    let seconds = |time: SystemTime| {
        let since = time.duration_since(UNIX_EPOCH).ok()?;
        UNIX_EPOCH.checked_add(Duration::from_secs(since.as_secs()))
    };
    let etag = object.etag.as_deref().filter(|etag| !etag.is_empty());
    FileVersion {
        size: object.size,
        modified: object.modified.and_then(seconds),
        tag: etag.map_or(Tag::None, |etag| Tag::Opaque(bare(etag).to_owned())),
    }
}

/// Returns the tag of a version.
pub(super) fn etag(version: &FileVersion) -> Option<&str> {
    match &version.tag {
        Tag::Opaque(etag) => Some(etag),
        Tag::None | Tag::Inode { .. } => None,
    }
}

/// Returns the failure where a folder is needed and a file is there, or nothing.
pub(super) fn no_folder(found: &Found) -> io::Error {
    match found {
        Found::File(_) => io::ErrorKind::NotADirectory.into(),
        Found::Folder | Found::Nothing => io::ErrorKind::NotFound.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(key: &str, size: u64, is_marker: bool) -> String {
        let object = Object {
            key: key.to_owned(),
            size,
            modified: None,
            etag: None,
            is_marker,
        };
        match meaning(&object, key) {
            Ok(Meaning::File(name)) => format!("file {name}"),
            Ok(Meaning::Marker(name)) => format!("marker {name}"),
            Ok(Meaning::Hidden) => "hidden".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn markers_of_all_kinds_are_folders_and_odd_names_are_errors() {
        for (key, size, is_marker, expected) in [
            ("a b%c.csv", 3, false, "file a b%c.csv"),
            ("x/.hidden.", 3, false, "file x/.hidden."),
            ("empty.csv", 0, false, "file empty.csv"),
            ("dir", 0, true, "marker dir"),
            ("dir/", 0, false, "marker dir"),
            ("dir_$folder$", 0, false, "marker dir"),
            ("", 0, false, "marker "),
            ("dir_$folder$", 4, false, "file dir_$folder$"),
            ("x/.sheaf-00000000000000ff.part", 3, false, "hidden"),
            ("a//b", 3, false, "the name \"a//b\" cannot be used in the store"),
            ("dir/", 3, false, "the name \"dir/\" cannot be used in the store"),
            (
                "a/../b",
                3,
                false,
                "the name \"a/../b\" cannot be used in the store",
            ),
            ("a\nb", 3, false, "the name \"a\\nb\" cannot be used in the store"),
        ] {
            assert_eq!(meant(key, size, is_marker), expected, "{key:?}");
        }
        assert_eq!(meant(&unfinished("x/big.csv", 255), 9, false), "hidden");
    }

    #[test]
    fn a_version_is_the_same_from_a_list_and_from_the_object() {
        let object = |etag: &str, millis| Object {
            key: "a".to_owned(),
            size: 3,
            modified: Some(UNIX_EPOCH + Duration::from_millis(millis)),
            etag: Some(etag.to_owned()),
            is_marker: false,
        };
        assert_eq!(
            version(&object("\"0x8D\"", 1_000)),
            version(&object("0x8D", 1_250))
        );
        assert_ne!(version(&object("0x8D", 1_000)), version(&object("0x8E", 1_000)));
    }
}
