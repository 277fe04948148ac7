//! Copying and moving between places, of one store or of two.

use std::fs;
use std::io;
use std::path::Path;

use super::error::StorageError;
use super::folder::real_path;
use super::location::Location;
use super::writer::Writer;
use crate::work::{Interrupt, Task};

/// Returns whether `inner` is `outer` or below it.
pub(super) fn is_within(inner: &Location, outer: &Location) -> Result<bool, StorageError> {
    let real = |place: &Location| -> Result<_, StorageError> {
        let Some(path) = place.local() else {
            return Ok(None);
        };
        let real = real_path(&path);
        real.map(Some)
            .map_err(|error| StorageError::from_io(place.name(), "opened", error))
    };
    match (real(inner)?, real(outer)?) {
        (Some(inner), Some(outer)) => Ok(inner.starts_with(outer)),
        (None, None) => Ok(Path::new(&inner.address()).starts_with(outer.address())),
        _ => Ok(false),
    }
}

/// Copies a file, or a folder with what is in it; the caller has looked at what it is.
///
/// It can be stopped between two pieces of a file, and reports how far it is.
pub(super) fn copy(source: &Location, target: &Location, is_folder: bool) -> Result<(), StorageError> {
    let progress = Interrupt::of_thread().progress().clone();
    if !is_folder {
        let task = progress.count("copying", "bytes", source.head()?.size());
        return copy_file(source, target, &task);
    }
    // All is looked at before anything is written, so that a refusal leaves nothing half done.
    let mut files = Vec::new();
    let mut folders = vec![(source.clone(), target.clone())];
    let mut bytes = 0;
    let mut next = 0;
    while let Some((from, to)) = folders.get(next).cloned() {
        let entries = from.store().list(from.inner());
        for entry in entries.map_err(|error| StorageError::from_io(from.name(), "listed", error))? {
            let pair = (from.child(&entry.name)?, to.child(&entry.name)?);
            match (entry.is_folder(), entry.is_link) {
                (true, true) => {
                    return Err(StorageError::LinkedFolder {
                        name: pair.0.name().to_owned(),
                    });
                }
                (true, false) => folders.push(pair),
                (false, _) => {
                    bytes += entry.size();
                    files.push(pair);
                }
            }
        }
        next += 1;
    }
    for (_, folder) in &folders {
        let made = folder.store().make_folder(folder.inner());
        made.map_err(|error| StorageError::from_io(folder.name(), "made", error))?;
    }
    let task = progress.count("copying", "bytes", bytes);
    files.iter().try_for_each(|(from, to)| copy_file(from, to, &task))
}

fn copy_file(source: &Location, target: &Location, task: &Task) -> Result<(), StorageError> {
    let unwritten = |error| StorageError::from_io(target.name(), "written", error);
    let unread = |error| StorageError::from_io(source.name(), "read", error);
    let store = target.store();
    if store
        .copy(&source.address(), None, target.inner())
        .map_err(unwritten)?
    {
        return Ok(());
    }
    let mut reader = source.open().map_err(unread)?;
    let draft = store.create(target.inner(), true).map_err(unwritten)?;
    let mut writer = Writer::new(target.name().to_owned(), draft);
    let mut piece = Vec::new();
    while reader.piece(&mut piece).map_err(unread)? > 0 {
        writer.put(&piece)?;
        task.advance(piece.len() as u64);
        piece.clear();
    }
    writer.commit()
}

/// Moves in one step where the system can; returns `false` where it cannot.
pub(super) fn rename(source: &Location, target: &Location, is_folder: bool) -> Result<bool, StorageError> {
    let paths = source.local().zip(target.local());
    let Some((from, to)) = paths.filter(|_| !(is_folder && target.exists())) else {
        return Ok(false);
    };
    let failed = |error| StorageError::from_io(target.name(), "written", error);
    if let Some(folder) = target.parent().filter(|_| target.is_mounted()) {
        folder.store().make_folder(folder.inner()).map_err(failed)?;
    }
    match fs::rename(from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => Ok(false),
        Err(error) => Err(failed(error)),
    }
}
