//! Copying and moving between places, of one store or of two.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use super::error::StorageError;
use super::folder::real_path;
use super::location::Location;
use super::store::Entry;
use super::version::FileVersion;
use super::writer::Writer;
use crate::work::{Interrupt, Stopped, Task, catch_panic};

/// How many files are copied or removed at the same time where a store is far away.
const TOGETHER: usize = 8;
/// How many bytes are copied at the same time: a large file keeps pieces of it in memory.
const BYTES: u64 = 64 << 20;

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

/// One file to copy, in the version that was looked at.
struct Pair {
    from: Location,
    to: Location,
    size: u64,
    version: Option<FileVersion>,
}

/// What there is to copy.
struct Plan {
    files: Vec<Pair>,
    /// Where folders have to be made.
    folders: Vec<Location>,
}

impl Plan {
    /// Looks at all that is to be copied before anything is written, so that a refusal leaves nothing half done.
    fn new(source: &Location, target: &Location, own: &Entry) -> Result<Self, StorageError> {
        let mut plan = Self {
            files: Vec::new(),
            folders: Vec::new(),
        };
        if !own.is_folder() {
            plan.files.push(Pair {
                from: source.clone(),
                to: target.clone(),
                size: own.size(),
                version: own.version.clone(),
            });
            return Ok(plan);
        }
        let unlisted = |error| StorageError::from_io(source.name(), "listed", error);
        // Where folders are real, those that files are in have to be made, too.
        let mut folders = BTreeSet::from([String::new()]);
        for entry in source.store().walk(source.inner()) {
            let entry = entry.map_err(unlisted)?;
            let from = source.child(&entry.name)?;
            if entry.is_folder() && entry.is_link {
                let name = from.name().to_owned();
                return Err(StorageError::LinkedFolder { name });
            }
            if entry.is_folder() {
                folders.insert(entry.name);
                continue;
            }
            if !target.is_remote()
                && let Some((folder, _)) = entry.name.rsplit_once('/')
                && !folders.contains(folder)
            {
                folders.insert(folder.to_owned());
            }
            plan.files.push(Pair {
                from,
                to: target.child(&entry.name)?,
                size: entry.size(),
                version: entry.version,
            });
        }
        if target.is_remote() && !plan.files.is_empty() {
            folders.remove("");
        }
        for folder in folders {
            let made = if folder.is_empty() {
                target.clone()
            } else {
                target.child(&folder)?
            };
            plan.folders.push(made);
        }
        Ok(plan)
    }

    /// Copies everything, several files at the same time where a store is far away.
    fn carry_out(&self, is_remote: bool) -> Result<(), StorageError> {
        for folder in &self.folders {
            let made = folder.store().make_folder(folder.inner());
            made.map_err(|error| StorageError::from_io(folder.name(), "made", error))?;
        }
        let progress = Interrupt::of_thread().progress().clone();
        let bytes = self.files.iter().map(|file| file.size).sum();
        let task = progress.count("copying", "bytes", bytes);
        let budget = Budget::default();
        each(&self.files, is_remote, |file| {
            let _share = budget.share(file.size);
            copy_file(file, &task)
        })
    }
}

/// Copies a file, or a folder with what is in it, as `own` describes it.
///
/// It can be stopped between two pieces of a file, and reports how far it is.
pub(super) fn copy(source: &Location, target: &Location, own: &Entry) -> Result<(), StorageError> {
    let plan = Plan::new(source, target, own)?;
    plan.carry_out(source.is_remote() || target.is_remote())
}

/// Moves by copying: what was copied is removed then, and nothing that changed or came meanwhile.
pub(super) fn move_over(source: &Location, target: &Location, own: &Entry) -> Result<(), StorageError> {
    let is_remote = source.is_remote();
    let plan = Plan::new(source, target, own)?;
    plan.carry_out(is_remote || target.is_remote())?;
    let unremoved = |error| StorageError::from_io(source.name(), "removed", error);
    if !is_remote {
        return source.store().delete(source.inner()).map_err(unremoved);
    }
    let task = Interrupt::of_thread()
        .progress()
        .count("removing", "files", plan.files.len() as u64);
    each(&plan.files, true, |file| {
        let store = file.from.store();
        let removed = match &file.version {
            Some(version) => store.delete_version(file.from.inner(), version),
            None => store.delete(file.from.inner()),
        };
        task.advance(1);
        removed.map_err(|error| StorageError::from_io(file.from.name(), "removed", error))
    })?;
    if !own.is_folder() {
        return Ok(());
    }
    // What is left are markers of folders, or files that came meanwhile.
    let store = source.store();
    let mut left = 0;
    let mut first = None;
    for entry in store.walk(source.inner()) {
        match entry {
            Ok(entry) if !entry.is_folder() => {
                left += 1;
                first = first.or(Some(entry.name));
            }
            Ok(_) => {}
            // No marker: with its last file the folder is gone.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(unremoved(error)),
        }
    }
    if let Some(first) = first {
        return Err(StorageError::Left {
            name: source.name().to_owned(),
            count: left,
            first,
        });
    }
    match store.delete(source.inner()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        deleted => deleted.map_err(unremoved),
    }
}

/// Does something for each of many, several at the same time; the first failure stops the others.
fn each<T: Sync>(
    all: &[T],
    is_remote: bool,
    work: impl Fn(&T) -> Result<(), StorageError> + Sync,
) -> Result<(), StorageError> {
    if !is_remote || all.len() < 2 {
        return all.iter().try_for_each(work);
    }
    let interrupt = Interrupt::of_thread();
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(None);
    let one_after_another = || {
        while let Some(one) = all.get(next.fetch_add(1, Ordering::SeqCst)) {
            let done = if interrupt.is_set() {
                Err(StorageError::Stopped(Stopped::Interrupted))
            } else {
                catch_panic(|| work(one)).unwrap_or_else(|panic| Err(StorageError::Stopped(panic)))
            };
            if let Err(error) = done {
                next.store(all.len(), Ordering::SeqCst);
                failed
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(error);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..TOGETHER.min(all.len()) {
            // Where no thread can be started, there are fewer.
            let started = thread::Builder::new().spawn_scoped(scope, || interrupt.watched(one_after_another));
            drop(started);
        }
        one_after_another();
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.map_or(Ok(()), Err)
}

/// How many bytes are being copied.
#[derive(Default)]
struct Budget {
    used: Mutex<u64>,
    freed: Condvar,
}

/// A part of a budget, given back when it is dropped.
struct Share<'a>(&'a Budget, u64);

impl Budget {
    /// Waits until a file of this size may be copied, too.
    fn share(&self, size: u64) -> Share<'_> {
        let size = size.min(BYTES);
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let used = self.freed.wait_while(used, |used| *used + size > BYTES);
        *used.unwrap_or_else(PoisonError::into_inner) += size;
        Share(self, size)
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *self.0.used.lock().unwrap_or_else(PoisonError::into_inner) -= self.1;
        self.0.freed.notify_all();
    }
}

fn copy_file(file: &Pair, task: &Task) -> Result<(), StorageError> {
    let Pair {
        from, to, version, ..
    } = file;
    let unwritten = |error| StorageError::from_io(to.name(), "written", error);
    let unread = |error| StorageError::from_io(from.name(), "read", error);
    let store = to.store();
    if store
        .copy(&from.address(), version.as_ref(), to.inner())
        .map_err(unwritten)?
    {
        task.advance(file.size);
        return Ok(());
    }
    let mut reader = match version {
        Some(version) if from.is_remote() => from.open_version(0..u64::MAX, version),
        _ => from.open(),
    }
    .map_err(unread)?;
    let draft = store.create(to.inner(), true).map_err(unwritten)?;
    let mut writer = Writer::new(to.name().to_owned(), draft);
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
