//! What any `ObjectStore` can do, for clouds that have nothing better.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{
    CopyMode, CopyOptions, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions,
};

use super::failure::{Failure, RemoteError};
use super::page::{Object, Page, ServerCopy, Wanted};
use super::spelling::{askable, bad_name, key_of, name_of};

/// How many objects a page has.
const PAGE: usize = 1_000;
/// What the name of an object ends with that marks a folder, where the store has no other sign for one.
pub(super) const FOLDER_END: &str = "_$folder$";

/// Returns the path of a key: its name, in place of which [`Transport`](super::transport::Transport) asks for the key.
pub(super) fn path(key: &str) -> Result<Path, RemoteError> {
    askable(key)?;
    let name = name_of(key);
    let path = Path::parse(&name).ok().filter(|path| path.as_ref() == name);
    path.ok_or_else(|| bad_name(key))
}

/// Describes what `object_store` refuses without the place, which [`Container`](super::container::Container) knows.
pub(super) fn failed(error: object_store::Error) -> RemoteError {
    RemoteError::of("the store", &error)
}

/// Lists one page.
///
/// The paths of `object_store` have no `/` at their end, by which others mark folders: what is empty is looked at again.
pub(super) async fn page(store: &Arc<dyn ObjectStore>, wanted: &Wanted) -> Result<Page, RemoteError> {
    // Those paths know folders alone, and no beginning of a name.
    let folder = wanted.prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_wanted = |key: &str| key.starts_with(&wanted.prefix);
    let prefix = path(folder)?;
    let most = wanted.most.unwrap_or(PAGE);
    if !wanted.is_deep {
        let found = store.list_with_delimiter(Some(&prefix)).await.map_err(failed)?;
        let folders = found.common_prefixes.iter().map(|folder| format!("{folder}/"));
        return Ok(Page {
            objects: found
                .objects
                .into_iter()
                .map(object)
                .filter(|object| is_wanted(&object.key))
                .collect(),
            folders: folders.filter(|folder| is_wanted(folder)).collect(),
            next: None,
        });
    }
    let after = match &wanted.after {
        Some(after) => Some(path(after)?),
        None => None,
    };
    let mut found = match &after {
        Some(after) => store.list_with_offset(Some(&prefix), after),
        None => store.list(Some(&prefix)),
    };
    let mut objects = Vec::new();
    let mut last = None;
    while let Some(meta) = found.try_next().await.map_err(failed)? {
        let mut object = object(meta);
        last = Some(object.key.clone());
        if !is_wanted(&object.key) {
            continue;
        }
        if object.size == 0 && !is_there(store, &object.key).await? {
            object.key.push('/');
        }
        objects.push(object);
        if objects.len() >= most {
            break;
        }
    }
    Ok(Page {
        next: last.filter(|_| objects.len() >= most),
        objects,
        folders: Vec::new(),
    })
}

async fn is_there(store: &Arc<dyn ObjectStore>, key: &str) -> Result<bool, RemoteError> {
    match store.head(&path(key)?).await.map_err(failed) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.failure, Failure::Missing) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns what is known of an object.
pub(super) fn object(meta: ObjectMeta) -> Object {
    Object {
        key: key_of(meta.location.as_ref()).unwrap_or_else(|| meta.location.to_string()),
        size: meta.size,
        // A store that does not know it says the beginning of time.
        modified: Some(SystemTime::from(meta.last_modified)).filter(|time| *time != UNIX_EPOCH),
        etag: meta.e_tag,
        is_marker: false,
    }
}

/// Removes an object; a version is looked at before, as there is no condition on a removal.
pub(super) async fn delete(
    store: &Arc<dyn ObjectStore>,
    key: &str,
    etag: Option<&str>,
) -> Result<(), RemoteError> {
    let path = path(key)?;
    is_unchanged(store, &path, etag).await?;
    store.delete(&path).await.map_err(failed)
}

/// Makes sure that an object is there, in this version; returns its size.
async fn is_unchanged(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
    etag: Option<&str>,
) -> Result<u64, RemoteError> {
    let found = store.head(path).await.map_err(failed)?;
    let is_same = |etag: &str| found.e_tag.as_deref().map(bare) == Some(bare(etag));
    if etag.is_some_and(|etag| !is_same(etag)) {
        return Err(RemoteError::new("the store", Failure::Replaced));
    }
    Ok(found.size)
}

/// Copies an object inside its container; a version is looked at before, as there is no condition on what is copied.
///
/// One larger than `largest` is left to whoever asks, as are keys that no name has as they are.
pub(super) async fn copy(
    store: &Arc<dyn ObjectStore>,
    copy: &ServerCopy,
    largest: u64,
) -> Result<bool, RemoteError> {
    // The source is named in a header, where a name stays one.
    if !copy.is_same_container || name_of(&copy.from) != copy.from {
        return Ok(false);
    }
    let (from, to) = (path(&copy.from)?, path(&copy.to)?);
    if is_unchanged(store, &from, copy.etag.as_deref()).await? > largest {
        return Ok(false);
    }
    let mode = if copy.overwrite {
        CopyMode::Overwrite
    } else {
        CopyMode::Create
    };
    let options = CopyOptions::new().with_mode(mode);
    match store.copy_opts(&from, &to, options).await {
        Ok(()) => Ok(true),
        Err(object_store::Error::NotImplemented { .. } | object_store::Error::NotSupported { .. }) => {
            Ok(false)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Marks a folder, as Hadoop does where a name cannot end with `/`.
pub(super) async fn mark_folder(store: &Arc<dyn ObjectStore>, key: &str) -> Result<(), RemoteError> {
    let options = PutOptions {
        mode: PutMode::Overwrite,
        ..PutOptions::default()
    };
    let marker = path(&format!("{key}{FOLDER_END}"))?;
    let put = store.put_opts(&marker, Vec::new().into(), options).await;
    put.map(drop).map_err(failed)
}

/// Returns the tag of a version without its quotes: lists and answers do not agree on them.
pub(in crate::storage) fn bare(etag: &str) -> &str {
    etag.trim_matches('"')
}

/// Returns the tag of a version as conditions have it.
pub(in crate::storage) fn quoted(etag: &str) -> String {
    if etag.starts_with("W/") {
        etag.to_owned()
    } else {
        format!("\"{}\"", bare(etag))
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;
    use crate::work::Tally;

    #[test]
    fn what_one_request_cannot_copy_is_left_to_whoever_asks() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
            store.put(&Path::from("a"), "1234".into()).await.unwrap();
            let wanted = ServerCopy {
                is_same_container: true,
                container: String::new(),
                from: "a".to_owned(),
                etag: None,
                to: "b".to_owned(),
                overwrite: true,
                told: Tally::default(),
            };
            assert!(!copy(&store, &wanted, 3).await.unwrap());
            assert!(store.head(&Path::from("b")).await.is_err());
            assert!(copy(&store, &wanted, 4).await.unwrap());
            assert_eq!(store.head(&Path::from("b")).await.unwrap().size, 4);
        });
    }
}
