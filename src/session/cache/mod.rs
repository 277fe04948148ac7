//! [`Cache`]: the results of cells on disk, found by what decides them.
//!
//! An entry is found by a digest of the cell's source and inputs, and then holds only where all that the cell read
//! outside is as it was. Tables stand beside the entries, by the digest of their values. Whatever is damaged counts as
//! not there. Files appear whole or not at all, so that several programs, on several machines, can share a cache. What
//! cannot be written is left out, and noted: a cache makes nothing fail.

mod entry;
mod files;
mod table;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use polars::prelude::DataFrame;

use crate::digest::Digest;
use crate::error::Result;
use crate::frame::{self, TableId};
pub(super) use entry::{Entry, FileThen, StoredBinding, StoredOutput, StoredValue};
pub(super) use files::write as write_whole;
pub use files::{Cleaned, Contents};

/// How many bytes a cache may have when nothing says otherwise: 5 GiB.
pub const DEFAULT_SIZE: u64 = 5 << 30;

/// How many entries with the same key and different readings are kept.
const ALTERNATIVES: usize = 8;

/// The results of cells on disk.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    limit: u64,
    writer: Mutex<Option<Writer>>,
    /// Whether anything was to be kept.
    wrote: AtomicBool,
    /// Why something could not be written, the first time.
    trouble: Arc<OnceLock<String>>,
}

/// The thread that writes, so that nobody waits for a disk.
#[derive(Debug)]
struct Writer {
    work: Sender<Work>,
    thread: JoinHandle<()>,
}

/// An entry to be written, after its tables.
struct Work {
    key: Digest,
    entry: Entry,
    tables: Vec<(TableId, DataFrame)>,
}

impl Work {
    fn write(self, folder: &Path) -> io::Result<()> {
        for (id, table) in self.tables {
            if !table::write(&files::table(folder, &id), table)? {
                return Ok(());
            }
        }
        if let Some(text) = self.entry.to_text(&self.key) {
            if !self.entry.has_readings() {
                return files::write(&files::entry(folder, &self.key), text.as_bytes());
            }
            let entries = files::entries(folder, &self.key);
            files::write(&entries.join(self.entry.name()), text.as_bytes())?;
            for old in files::newest(&entries).into_iter().skip(ALTERNATIVES) {
                files::remove(&old);
            }
        }
        Ok(())
    }
}

impl Cache {
    /// Uses `folder`, which is made when something is written, up to `limit` bytes.
    pub fn new(folder: impl Into<PathBuf>, limit: u64) -> Self {
        Self {
            folder: folder.into(),
            limit,
            writer: Mutex::default(),
            wrote: AtomicBool::new(false),
            trouble: Arc::default(),
        }
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns how many bytes it may have.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// Finds the newest entry of `key` that `holds`.
    pub(super) fn find(&self, key: &Digest, holds: impl Fn(&Entry) -> bool) -> Option<Entry> {
        let read = |path: &Path| {
            let bytes = files::read(path)?;
            match Entry::from_bytes(&bytes, key) {
                Some(entry) if holds(&entry) => {
                    files::touch(path);
                    return Some(entry);
                }
                Some(_) => {}
                // Damaged: it would only be looked at again.
                None => files::remove(path),
            }
            None
        };
        read(&files::entry(&self.folder, key)).or_else(|| {
            let others = files::newest(&files::entries(&self.folder, key));
            others.iter().find_map(|path| read(path))
        })
    }

    /// Returns a table; one that is damaged is removed.
    pub(super) fn table(&self, id: &TableId) -> Option<DataFrame> {
        let path = files::table(&self.folder, id);
        let bytes = std::fs::read(&path).ok()?;
        let table = table::from_bytes(bytes).filter(|table| frame::digest(table) == *id);
        match table {
            Some(_) => files::touch(&path),
            None => files::remove(&path),
        }
        table
    }

    /// Returns a table that is equal to the one of this digest: zeros may differ in their signs.
    pub fn equal_table(&self, digest: &Digest) -> Option<DataFrame> {
        files::equal_tables(&self.folder, digest)
            .into_iter()
            .filter_map(|path| table::from_bytes(std::fs::read(path).ok()?))
            .find(|table| frame::digest(table).digest == *digest)
    }

    /// Tells whether there is a table; it may turn out to be damaged.
    pub(super) fn has_table(&self, id: &TableId) -> bool {
        files::table(&self.folder, id).exists()
    }

    /// Keeps an entry, soon: a thread writes it.
    pub(super) fn put(&self, key: Digest, entry: Entry, tables: Vec<(TableId, DataFrame)>) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.is_none() {
            *writer = self.start();
        }
        if let Some(writer) = &*writer {
            // The thread ends only after this sender is gone.
            let _ = writer.work.send(Work { key, entry, tables });
            self.wrote.store(true, Ordering::Relaxed);
        }
    }

    fn start(&self) -> Option<Writer> {
        let (work, works) = channel::<Work>();
        let folder = self.folder.clone();
        let trouble = Arc::clone(&self.trouble);
        let thread = thread::Builder::new().name("cache".to_owned()).spawn(move || {
            for work in works {
                if let Err(error) = work.write(&folder) {
                    trouble.get_or_init(|| error.to_string());
                }
            }
        });
        thread.ok().map(|thread| Writer { work, thread })
    }

    /// Waits until all is written that was to be kept.
    pub(super) fn flush(&self) {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Writer { work, thread }) = writer {
            drop(work);
            // A panic on the thread is one of polars about one table; the entry is then not there.
            let _ = thread.join();
        }
    }

    /// Waits until all is written, and removes what was used longest ago where the cache has grown too large.
    pub fn finish(&self) {
        self.flush();
        if self.wrote.load(Ordering::Relaxed) && self.limit < u64::MAX {
            // What cannot be removed is tried again next time.
            let _ = files::clean(&self.folder, None, Some(self.limit));
        }
    }

    /// Says why results could not be kept, if some could not.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.get().map(String::as_str)
    }

    /// Tells how much there is.
    pub fn contents(&self) -> Contents {
        files::contents(&self.folder)
    }

    /// Removes what was not used for `older_than`, and then what was used longest ago until `max_size` bytes are left.
    pub fn clean(&self, older_than: Option<Duration>, max_size: Option<u64>) -> Result<Cleaned> {
        files::clean(&self.folder, older_than, max_size)
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.flush();
    }
}
