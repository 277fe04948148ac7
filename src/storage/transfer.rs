//! Copying and moving between places, of one store or of two.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::error::StorageError;
use super::folder::real_path;
use super::place::Place;

/// Tells whether `inner` is `outer` or below it.
pub(super) fn is_within(inner: &Place, outer: &Place) -> Result<bool, StorageError> {
    let real = |place: &Place| -> Result<_, StorageError> {
        let Some(path) = place.store.local_path(&place.inner) else {
            return Ok(None);
        };
        let real = real_path(&path);
        real.map(Some)
            .map_err(|error| StorageError::from_io(&place.name, "opened", error))
    };
    match (real(inner)?, real(outer)?) {
        (Some(inner), Some(outer)) => Ok(inner.starts_with(outer)),
        (None, None) => {
            Ok(Arc::ptr_eq(&inner.store, &outer.store) && Path::new(&inner.inner).starts_with(&outer.inner))
        }
        _ => Ok(false),
    }
}

/// Copies a file, or a folder with what is in it; the caller has looked at what it is.
pub(super) fn copy(source: &Place, target: &Place, is_folder: bool) -> Result<(), StorageError> {
    if !is_folder {
        return copy_file(source, target);
    }
    // All is looked at before anything is written, so that a refusal leaves nothing half done.
    let mut files = Vec::new();
    let mut folders = vec![(source.clone(), target.clone())];
    let mut next = 0;
    while let Some((from, to)) = folders.get(next).cloned() {
        let entries = from.store.list(&from.inner);
        for entry in entries.map_err(|error| StorageError::from_io(&from.name, "listed", error))? {
            let pair = (from.child(&entry.name)?, to.child(&entry.name)?);
            match (entry.is_folder, entry.is_link) {
                (true, true) => return Err(StorageError::LinkedFolder { name: pair.0.name }),
                (true, false) => folders.push(pair),
                (false, _) => files.push(pair),
            }
        }
        next += 1;
    }
    for (_, folder) in &folders {
        let made = folder.store.make_folder(&folder.inner);
        made.map_err(|error| StorageError::from_io(&folder.name, "made", error))?;
    }
    files.iter().try_for_each(|(from, to)| copy_file(from, to))
}

fn copy_file(source: &Place, target: &Place) -> Result<(), StorageError> {
    let copied = if Arc::ptr_eq(&source.store, &target.store) {
        source.store.copy(&source.inner, &target.inner)
    } else {
        let mut reader = source
            .store
            .read(&source.inner)
            .map_err(|error| StorageError::from_io(&source.name, "read", error))?;
        target.store.write(&target.inner, &mut reader, true)
    };
    copied.map_err(|error| StorageError::from_io(&target.name, "written", error))
}

/// Moves in one step where the system can; returns `false` where it cannot.
pub(super) fn rename(source: &Place, target: &Place, is_folder: bool) -> Result<bool, StorageError> {
    let paths = source
        .store
        .local_path(&source.inner)
        .zip(target.store.local_path(&target.inner));
    let Some((from, to)) = paths.filter(|_| !(is_folder && target.exists())) else {
        return Ok(false);
    };
    let failed = |error| StorageError::from_io(&target.name, "written", error);
    if let Some(folder) = target.parent().filter(|_| target.mount_point.is_some()) {
        folder.store.make_folder(&folder.inner).map_err(failed)?;
    }
    match fs::rename(from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => Ok(false),
        Err(error) => Err(failed(error)),
    }
}
