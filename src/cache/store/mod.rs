//! [`Cache`]: the results of cells on disk, found by what decides them.
//!
//! An entry is found by a digest of the cell's source and inputs, and then holds only where all that the cell read
//! outside is as it was. Tables are beside the entries, by the digest of their values. Whatever is damaged counts as
//! not there. Files appear whole or not at all, or grow by sealed lines, so that several programs, on several machines,
//! can share a cache. What cannot be written is left out, and noted: a cache makes nothing fail.

mod entry;
mod files;
mod shelf;
mod table;

use std::collections::BTreeMap;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use polars::prelude::DataFrame;

use crate::digest::Digest;
use crate::error::Result;
use crate::frame;
use crate::frame::TableId;
pub(crate) use entry::{CacheEntry, StoredBinding, StoredOutput, StoredSecrets, StoredValue};
pub(crate) use files::write as write_whole;
pub use files::{Cleaned, Contents};
use shelf::Shelves;

/// How many bytes a cache may have when nothing says otherwise: 5 GiB.
pub const DEFAULT_SIZE: u64 = 5 << 30;

/// How many entries with the same key and different readings are kept.
const ALTERNATIVES: usize = 8;

/// How many entries wait at most until they are written together.
const TOGETHER: usize = 64;

/// How many seconds of work may be lost, where the program is killed, because its results wait to be written together.
const LOSS: f64 = 0.1;

/// The results of cells on disk.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    limit: u64,
    shelves: Shelves,
    waiting: Mutex<Waiting>,
    writer: Mutex<Option<Writer>>,
    /// Whether anything was to be kept.
    wrote: AtomicBool,
    /// Why something could not be written, the first time.
    trouble: Arc<OnceLock<String>>,
}

/// The thread that writes, so that no one waits for a disk.
#[derive(Debug)]
struct Writer {
    work: Sender<Vec<Work>>,
    thread: JoinHandle<()>,
}

/// Entries that wait to be written together.
#[derive(Debug, Default)]
struct Waiting {
    works: Vec<Work>,
    /// How long the cells ran.
    seconds: f64,
}

/// An entry to be written, after its tables.
#[derive(Debug)]
struct Work {
    key: Digest,
    entry: CacheEntry,
    tables: Vec<(TableId, DataFrame)>,
}

impl Work {
    /// Writes the tables, and the entry where it has a file of its own; returns its line where it is on a shelf.
    fn write(self, folder: &Path) -> io::Result<Option<String>> {
        for (id, table) in self.tables {
            if !table::write(&files::table(folder, &id), table)? {
                return Ok(None);
            }
        }
        let Some(text) = self.entry.to_text(&self.key) else {
            return Ok(None);
        };
        let name = self.entry.name();
        let line = shelf::line(&self.key, &name, &text);
        if line.is_none() {
            let entries = files::entries(folder, &self.key);
            files::write(&entries.join(name), text.as_bytes())?;
            for old in files::newest(&entries).into_iter().skip(ALTERNATIVES) {
                files::remove(&old);
            }
        }
        Ok(line)
    }

    /// Writes entries that came one after the other, those of each shelf in one go.
    fn write_all(works: Vec<Self>, folder: &Path) -> io::Result<()> {
        let mut shelves: BTreeMap<u8, (Digest, String)> = BTreeMap::new();
        let mut result = Ok(());
        for work in works {
            let key = work.key;
            match work.write(folder) {
                Ok(None) => {}
                Ok(Some(line)) => {
                    let (_, lines) = shelves.entry(key.bytes()[0]).or_insert((key, String::new()));
                    lines.push_str(&line);
                }
                Err(error) => result = Err(error),
            }
        }
        for (key, lines) in shelves.into_values() {
            shelf::add(folder, &key, &lines)?;
        }
        result
    }
}

impl Cache {
    /// Uses `folder`, which is made when something is written, up to `limit` bytes.
    pub fn new(folder: impl Into<PathBuf>, limit: u64) -> Self {
        Self {
            folder: folder.into(),
            limit,
            shelves: Shelves::default(),
            waiting: Mutex::default(),
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
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Finds the newest entry of `key` that `holds`.
    pub(crate) fn find(&self, key: &Digest, holds: impl Fn(&CacheEntry) -> bool) -> Option<CacheEntry> {
        let on_shelf = |text: &str| CacheEntry::from_text(text, key).filter(|entry| holds(entry));
        if let Some(entry) = self.shelves.find(&self.folder, key, on_shelf) {
            return Some(entry);
        }
        for path in files::newest(&files::entries(&self.folder, key)) {
            match files::read(&path).and_then(|text| CacheEntry::from_text(&text, key)) {
                Some(entry) if holds(&entry) => {
                    files::touch(&path);
                    return Some(entry);
                }
                Some(_) => {}
                // Damaged: it would only be looked at again.
                None => files::remove(&path),
            }
        }
        None
    }

    /// Returns a table; one that is damaged is removed.
    pub(crate) fn table(&self, id: &TableId) -> Option<DataFrame> {
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

    /// Returns whether there is a table; it may turn out to be damaged.
    pub(crate) fn has_table(&self, id: &TableId) -> bool {
        files::table(&self.folder, id).exists()
    }

    /// Keeps an entry, soon: a thread writes it, together with others where that loses little.
    pub(crate) fn put(&self, key: Digest, entry: CacheEntry, tables: Vec<(TableId, DataFrame)>) {
        self.wrote.store(true, Ordering::Relaxed);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.seconds += entry.seconds;
        waiting.works.push(Work { key, entry, tables });
        if waiting.works.len() >= TOGETHER || waiting.seconds > LOSS {
            let together = mem::take(&mut *waiting);
            self.send(together);
        }
    }

    fn send(&self, together: Waiting) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.is_none() {
            *writer = self.start();
        }
        if let Some(writer) = &*writer {
            // The thread ends only after this sender is gone.
            let _ = writer.work.send(together.works);
        }
    }

    fn start(&self) -> Option<Writer> {
        let (work, works) = channel::<Vec<Work>>();
        let folder = self.folder.clone();
        let trouble = Arc::clone(&self.trouble);
        let thread = thread::Builder::new().name("cache".to_owned()).spawn(move || {
            for together in works {
                if let Err(error) = Work::write_all(together, &folder) {
                    trouble.get_or_init(|| error.to_string());
                }
            }
        });
        thread.ok().map(|thread| Writer { work, thread })
    }

    /// Waits until all is written that was to be kept.
    pub(crate) fn flush(&self) {
        let together = mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if !together.works.is_empty() {
            self.send(together);
        }
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

    /// Describes why results could not be kept, if some could not.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.get().map(String::as_str)
    }

    /// Returns how much there is.
    pub fn contents(&self) -> Contents {
        files::contents(&self.folder, shelf::count)
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
