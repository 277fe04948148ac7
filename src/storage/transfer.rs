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
use super::listed::Listed;
use super::location::Location;
use super::store::Entry;
use super::writer::Writer;
use crate::work::{Interrupt, Stopped, Task, catch_panic};

/// How many files are copied or removed at the same time where a store is far away.
const TOGETHER: usize = 8;
/// Up to how many files are copied as they were found; what is more is listed once more, and never all in memory.
const KEPT: usize = 5_000;
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

/// What there is to copy: a file, or all that is in a folder.
struct Plan<'a> {
    source: &'a Location,
    target: &'a Location,
    own: &'a Entry,
    /// How many files there are, and how many bytes in them.
    files: usize,
    bytes: u64,
    /// Where folders have to be made, from the target.
    folders: BTreeSet<String>,
    /// What is in the folder; `None` where it is so much that it is listed again.
    kept: Option<Vec<Entry>>,
    /// What a later list may have of it, where others are to be told from these.
    listed: Option<Listed>,
}

impl<'a> Plan<'a> {
    /// Looks at all that is to be copied before anything is written, so that a refusal leaves nothing half done.
    ///
    /// What was found is kept as far as it is little; where it has to be the same later, what stands for it is.
    fn new(
        source: &'a Location,
        target: &'a Location,
        own: &'a Entry,
        is_exact: bool,
    ) -> Result<Self, StorageError> {
        let mut plan = Self {
            source,
            target,
            own,
            files: 0,
            bytes: 0,
            folders: BTreeSet::new(),
            kept: Some(Vec::new()),
            listed: None,
        };
        if !own.is_folder() {
            plan.add(own.clone());
            return Ok(plan);
        }
        // What is copied must not be taken for what was there: it comes to be in the folder that is read.
        if is_exact || is_within(source, target)? {
            plan.listed = Some(Listed::default());
        }
        // Where folders are real, those that files are in have to be made, too.
        plan.folders.insert(String::new());
        let unlisted = |error| StorageError::from_io(source.name(), "listed", error);
        for entry in source.store().walk(source.inner()) {
            let entry = entry.map_err(unlisted)?;
            let from = source.child(&entry.name)?;
            if entry.is_folder() && entry.is_link {
                let name = from.name().to_owned();
                return Err(StorageError::LinkedFolder { name });
            }
            target.child(&entry.name)?;
            if entry.is_folder() {
                plan.folders.insert(entry.name);
                continue;
            }
            if !target.is_remote()
                && let Some((folder, _)) = entry.name.rsplit_once('/')
                && !plan.folders.contains(folder)
            {
                plan.folders.insert(folder.to_owned());
            }
            plan.add(entry);
        }
        if target.is_remote() && plan.files > 0 {
            plan.folders.remove("");
        }
        Ok(plan)
    }

    fn add(&mut self, file: Entry) {
        self.files += 1;
        self.bytes += file.size();
        if let Some(listed) = &mut self.listed {
            listed.add(&file);
        }
        let kept = self.kept.take();
        self.kept = kept.filter(|kept| kept.len() < KEPT).map(|mut kept| {
            kept.push(file);
            kept
        });
    }

    /// Returns the files, as they were found or as they are listed once more.
    fn files(&self) -> Box<dyn Iterator<Item = Result<Entry, StorageError>> + Send + '_> {
        if let Some(kept) = &self.kept {
            return Box::new(kept.iter().cloned().map(Ok));
        }
        let is_known = |file: &Result<Entry, StorageError>| match (file, &self.listed) {
            (Ok(file), Some(listed)) => listed.has(file),
            _ => true,
        };
        Box::new(self.now().filter(is_known))
    }

    /// Lists the files as they are now.
    fn now(&self) -> impl Iterator<Item = Result<Entry, StorageError>> + Send + '_ {
        let unlisted = |error| StorageError::from_io(self.source.name(), "listed", error);
        let entries = self.source.store().walk(self.source.inner());
        let is_file = |entry: &io::Result<Entry>| !matches!(entry, Ok(entry) if entry.is_folder());
        entries.filter(is_file).map(move |entry| entry.map_err(unlisted))
    }

    /// Returns how many files are taken at the same time.
    fn together(&self, is_remote: bool) -> usize {
        if is_remote { TOGETHER.min(self.files) } else { 1 }
    }

    /// Returns what has the name of an entry in a folder; the place itself, where that is a file.
    fn at(&self, place: &Location, file: &Entry) -> Result<Location, StorageError> {
        if self.own.is_folder() {
            place.child(&file.name)
        } else {
            Ok(place.clone())
        }
    }

    /// Copies everything, several files at the same time where a store is far away.
    fn carry_out(&self) -> Result<(), StorageError> {
        for folder in &self.folders {
            let made = match folder.as_str() {
                "" => self.target.clone(),
                folder => self.target.child(folder)?,
            };
            made.store()
                .make_folder(made.inner())
                .map_err(|error| StorageError::from_io(made.name(), "made", error))?;
        }
        let progress = Interrupt::of_thread().progress().clone();
        let task = progress.count("copying", "bytes", self.bytes);
        let budget = Budget::default();
        let is_remote = self.source.is_remote() || self.target.is_remote();
        let copied = AtomicUsize::new(0);
        each(self.files(), self.together(is_remote), |file| {
            let (from, to) = (self.at(self.source, &file)?, self.at(self.target, &file)?);
            let _share = budget.share(file.size());
            copied.fetch_add(1, Ordering::Relaxed);
            copy_file(&from, &to, &file, &task)
        })?;
        let missing = self.files.saturating_sub(copied.into_inner());
        if missing > 0 {
            return Err(StorageError::Changed {
                name: self.source.name().to_owned(),
                count: missing,
            });
        }
        Ok(())
    }
}

/// Copies a file, or a folder with what is in it, as `own` describes it.
///
/// It can be stopped between two pieces of a file, and reports how far it is.
pub(super) fn copy(source: &Location, target: &Location, own: &Entry) -> Result<(), StorageError> {
    Plan::new(source, target, own, false)?.carry_out()
}

/// Moves by copying: what was copied is removed then, and nothing that changed or came meanwhile.
pub(super) fn move_over(source: &Location, target: &Location, own: &Entry) -> Result<(), StorageError> {
    let is_remote = source.is_remote();
    let plan = Plan::new(source, target, own, is_remote)?;
    plan.carry_out()?;
    let unremoved = |error| StorageError::from_io(source.name(), "removed", error);
    if !is_remote {
        return source.store().delete(source.inner()).map_err(unremoved);
    }
    let task = Interrupt::of_thread()
        .progress()
        .count("removing", "files", plan.files as u64);
    let remove = |file: &Entry| {
        let from = plan.at(source, file)?;
        let removed = match &file.version {
            Some(version) => from.store().delete_version(from.inner(), version),
            None => from.store().delete(from.inner()),
        };
        task.advance(1);
        match removed {
            // Another was first.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|error| StorageError::from_io(from.name(), "removed", error)),
        }
    };
    if !own.is_folder() {
        return remove(own);
    }
    // What is not in the list came meanwhile, or was changed.
    let left = Mutex::new((0, None));
    let gone = each(plan.now(), plan.together(true), |file| {
        if plan.listed.as_ref().is_none_or(|listed| listed.has(&file)) {
            return remove(&file);
        }
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        left.0 += 1;
        left.1.get_or_insert(file.name);
        Ok(())
    });
    match gone {
        // No marker: with its last file the folder is gone.
        Err(StorageError::Missing { .. }) => {}
        gone => gone?,
    }
    let (count, first) = left.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(first) = first {
        return Err(StorageError::Left {
            name: source.name().to_owned(),
            count,
            first,
        });
    }
    // What is left are markers of folders.
    let store = source.store();
    match store.delete(source.inner()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        deleted => deleted.map_err(unremoved),
    }
}

/// Does something for each of many, several at the same time; the first failure stops the others.
fn each<T: Send>(
    all: impl Iterator<Item = Result<T, StorageError>> + Send,
    together: usize,
    work: impl Fn(T) -> Result<(), StorageError> + Sync,
) -> Result<(), StorageError> {
    let interrupt = Interrupt::of_thread();
    // Whoever is free takes the next one, which may have to be listed first.
    let left = Mutex::new(Some(all));
    let failed = Mutex::new(None);
    let take = || {
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        left.as_mut().and_then(Iterator::next)
    };
    let one_after_another = || {
        while let Some(one) =
            catch_panic(take).unwrap_or_else(|panic| Some(Err(StorageError::Stopped(panic))))
        {
            let done = one.and_then(|one| {
                if interrupt.is_set() {
                    return Err(StorageError::Stopped(Stopped::Interrupted));
                }
                catch_panic(|| work(one)).unwrap_or_else(|panic| Err(StorageError::Stopped(panic)))
            });
            if let Err(error) = done {
                *left.lock().unwrap_or_else(PoisonError::into_inner) = None;
                failed
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(error);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..together {
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

fn copy_file(from: &Location, to: &Location, file: &Entry, task: &Task) -> Result<(), StorageError> {
    let version = file.version.as_ref();
    let unwritten = |error| StorageError::from_io(to.name(), "written", error);
    let unread = |error| StorageError::from_io(from.name(), "read", error);
    let (store, told) = (to.store(), task.tally());
    if store
        .copy(&from.address(), version, to.inner(), &told)
        .map_err(unwritten)?
    {
        task.advance(file.size().saturating_sub(told.told()));
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
    let Some((from, to)) = paths else {
        return Ok(false);
    };
    if is_folder && target.exists()? {
        return Ok(false);
    }
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
