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
use super::spelling::name_of;
use crate::storage::store::{Entry, EntryKind};
use crate::storage::version::{FileVersion, Tag};

/// How the names of unfinished uploads begin and end; nothing shows them.
const UNFINISHED: (&str, &str) = (".sheaf-", ".part");

/// How old an unfinished upload is before it counts as left behind.
const LEFT: Duration = Duration::from_hours(24);

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
pub(super) enum Meaning {
    /// A file of this name.
    File(String),
    /// A marker of the folder of this name.
    Marker(String),
    /// A marker of the folder that is listed.
    Own,
    /// What is not shown.
    Hidden,
}

/// Returns what an object in a list is.
pub(super) fn meaning(object: &Object, rest: &str) -> Meaning {
    let last = rest.rsplit('/').next().unwrap_or(rest);
    if is_unfinished(last) {
        return Meaning::Hidden;
    }
    let is_empty = object.size == 0;
    let by_name = rest.strip_suffix(FOLDER_END).filter(|_| is_empty);
    if is_empty && rest.is_empty() || by_name == Some("") {
        return Meaning::Own;
    }
    let by_slash = rest.strip_suffix('/').filter(|_| is_empty);
    let by_metadata = Some(rest).filter(|_| object.is_marker);
    match by_name.or(by_slash).or(by_metadata) {
        Some(folder) => Meaning::Marker(name_of(folder)),
        None => Meaning::File(name_of(rest)),
    }
}

/// Returns whether a name is that of an upload that is not finished.
pub(super) fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED.0) && name.ends_with(UNFINISHED.1)
}

/// Returns a key for an upload that is not finished, next to a key.
pub(super) fn unfinished(key: &str, number: u64) -> String {
    format!("{}{number:016x}{}", unfinished_beside(key), UNFINISHED.1)
}

/// Returns what the keys of unfinished uploads next to a key begin with.
pub(super) fn unfinished_beside(key: &str) -> String {
    let folder = key
        .rsplit_once('/')
        .map_or(String::new(), |(folder, _)| format!("{folder}/"));
    format!("{folder}{}", UNFINISHED.0)
}

/// Returns whether an object is of an upload that was killed: it is so old that none can still be at work on it.
pub(super) fn is_left(object: &Object, now: SystemTime) -> bool {
    let last = object.key.rsplit('/').next().unwrap_or_default();
    let age = object
        .modified
        .and_then(|modified| now.duration_since(modified).ok());
    is_unfinished(last) && age.is_some_and(|age| age > LEFT)
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
        // What marks the folder above, and is no file in it.
        Ok(found) if found.meta.size == 0 && key.ends_with('/') => Ok(None),
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
            Meaning::File(name) => format!("file {name}"),
            Meaning::Marker(name) => format!("marker {name}"),
            Meaning::Own => "own marker".to_owned(),
            Meaning::Hidden => "hidden".to_owned(),
        }
    }

    #[test]
    fn markers_of_all_kinds_are_folders_and_odd_keys_have_names() {
        for (key, size, is_marker, expected) in [
            ("a b%c.csv", 3, false, "file a b%c.csv"),
            ("x/.hidden.", 3, false, "file x/.hidden."),
            ("empty.csv", 0, false, "file empty.csv"),
            ("dir", 0, true, "marker dir"),
            ("dir/", 0, false, "marker dir"),
            ("dir_$folder$", 0, false, "marker dir"),
            ("", 0, false, "own marker"),
            ("_$folder$", 0, false, "own marker"),
            ("dir_$folder$", 4, false, "file dir_$folder$"),
            ("x/.sheaf-00000000000000ff.part", 3, false, "hidden"),
            ("a//b", 3, false, "file a/%!/b"),
            ("a//", 0, false, "marker a/%!"),
            ("/", 0, false, "marker %!"),
            ("dir/", 3, false, "file dir/%!"),
            ("", 3, false, "file %!"),
            ("a/../b", 3, false, "file a/%!%2E%2E/b"),
            ("a\nb", 3, false, "file %!a%0Ab"),
        ] {
            assert_eq!(meant(key, size, is_marker), expected, "{key:?}");
        }
        assert_eq!(meant(&unfinished("x/big.csv", 255), 9, false), "hidden");
    }

    #[test]
    fn what_killed_uploads_left_is_told_by_its_name_and_its_age() {
        let now = UNIX_EPOCH + Duration::from_hours(100);
        let object = |key: &str, hours| Object {
            key: key.to_owned(),
            size: 3,
            modified: Some(UNIX_EPOCH + Duration::from_hours(hours)),
            etag: None,
            is_marker: false,
        };
        let part = unfinished("x/big.csv", 255);
        assert!(part.starts_with(&unfinished_beside("x/other.csv")));
        assert!(is_left(&object(&part, 75), now));
        assert!(!is_left(&object(&part, 77), now) && !is_left(&object(&part, 101), now));
        assert!(!is_left(&object("x/.sheaf-notes", 1), now));
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
