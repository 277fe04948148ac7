//! [`Watch`]: the check of a file while polars reads it, so that it is read once.
//!
//! What polars has read is checked in the order of the file, on whatever thread brings the piece that is next. What polars
//! did not read, or too far ahead of the rest, is read here in the end: only then the file is known to be sound.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::frame::read::bridge::Observer;
use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::Location;
use crate::work::Task;

use super::layout::Layout;
use super::options::CheckedOptions;
use super::stream::{Portion, Stream};

/// How many bytes may wait for what is before them.
const MOST: usize = 256 << 20;

/// How much is checked at a time.
const STEP: usize = 1 << 20;

/// The check of one file.
pub(super) struct Watch {
    file: Location,
    size: u64,
    waiting: Mutex<Waiting>,
    checking: Mutex<Checking>,
    is_done: AtomicBool,
    has_failed: AtomicBool,
    task: Arc<Task>,
}

/// What was read and not checked yet, by where it begins.
#[derive(Default)]
struct Waiting {
    pieces: BTreeMap<u64, Bytes>,
    bytes: usize,
}

struct Checking {
    /// How many bytes were looked at.
    at: u64,
    stream: Option<Stream>,
    /// What came of it, once that is known.
    result: Option<Result<(Layout, bool), ReadError>>,
}

impl Watch {
    /// Begins to check a whole file, fixed at a version of this size, of which `head` is the beginning; `task` counts the
    /// bytes.
    pub(super) fn new(
        file: &Location,
        size: u64,
        head: Vec<u8>,
        options: &CheckedOptions,
        task: Arc<Task>,
    ) -> Result<Self, ReadError> {
        let portion = Portion {
            rows: None,
            bytes: None,
        };
        let stream = Stream::new(file, options, portion, head)?;
        Ok(Self {
            file: file.clone(),
            size,
            waiting: Mutex::default(),
            checking: Mutex::new(Checking {
                at: 0,
                stream: Some(stream),
                result: None,
            }),
            is_done: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
            task,
        })
    }

    /// Ends the check, reading what was not read yet; returns what [`Layout::stream`] does, to whoever asks first.
    pub(super) fn finish(&self) -> Option<Result<(Layout, bool), ReadError>> {
        let mut checking = lock(&self.checking);
        loop {
            self.advance(&mut checking);
            if checking.stream.is_none() {
                return checking.result.take();
            }
            if let Err(error) = self.missing(&mut checking) {
                return Some(Err(error));
            }
        }
    }

    /// Checks what waits and is next.
    fn advance(&self, checking: &mut Checking) {
        while checking.stream.is_some() {
            let Some((start, piece)) = lock(&self.waiting).next(checking.at) else {
                return;
            };
            let seen = usize::try_from(checking.at - start).unwrap_or(usize::MAX);
            for bytes in piece.get(seen..).unwrap_or_default().chunks(STEP) {
                if let Some(stream) = &mut checking.stream {
                    stream.piece.extend_from_slice(bytes);
                    self.step(checking, bytes.len());
                }
            }
        }
    }

    /// Reads and checks what is missing before what waits, or before the end of the file, which is checked, too.
    fn missing(&self, checking: &mut Checking) -> Result<(), ReadError> {
        let unreadable = |error| source::unreadable(&self.file, error);
        if checking.at >= self.size {
            self.step(checking, 0);
            return Ok(());
        }
        let end = lock(&self.waiting).begin().unwrap_or(self.size).min(self.size);
        let mut reader = self.file.open_range(checking.at..end).map_err(unreadable)?;
        while checking.at < end
            && let Some(stream) = &mut checking.stream
        {
            let read = reader.piece(&mut stream.piece).map_err(unreadable)?;
            if read == 0 {
                // This is not where the file ends.
                return Err(unreadable(io::ErrorKind::UnexpectedEof.into()));
            }
            self.step(checking, read);
        }
        Ok(())
    }

    /// Checks what was added to the stream's piece.
    fn step(&self, checking: &mut Checking, read: usize) {
        checking.at += read as u64;
        self.task.advance(read as u64);
        let Some(mut stream) = checking.stream.take() else {
            return;
        };
        checking.result = match stream.step(read) {
            Ok(None) => {
                checking.stream = Some(stream);
                return;
            }
            Ok(Some(is_whole)) => Some(stream.finish(is_whole).map(|layout| (layout, is_whole))),
            Err(error) => Some(Err(error)),
        };
        let has_failed = matches!(checking.result, Some(Err(_)));
        self.has_failed.store(has_failed, Ordering::Relaxed);
        self.is_done.store(true, Ordering::Relaxed);
        *lock(&self.waiting) = Waiting::default();
    }
}

impl Observer for Watch {
    fn seen(&self, start: u64, bytes: &Bytes) {
        let mut waiting = lock(&self.waiting);
        // What all others may be waiting for always has a place.
        let is_first = waiting.begin().is_none_or(|first| start < first);
        let has_place = is_first || waiting.bytes + bytes.len() <= MOST;
        if has_place && !self.is_done.load(Ordering::Relaxed) {
            waiting.add(start, bytes.clone());
        }
    }

    fn work(&self) {
        // Whoever is at it goes on with what is there now.
        if let Ok(mut checking) = self.checking.try_lock() {
            self.advance(&mut checking);
        }
    }

    fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }
}

impl Waiting {
    fn add(&mut self, start: u64, bytes: Bytes) {
        let known = self.pieces.get(&start).map_or(0, Bytes::len);
        if known < bytes.len() {
            self.bytes += bytes.len() - known;
            self.pieces.insert(start, bytes);
        }
    }

    /// Returns where what waits begins.
    fn begin(&self) -> Option<u64> {
        self.pieces.keys().next().copied()
    }

    /// Takes the piece that has what is at `at`; those that end before it are dropped.
    fn next(&mut self, at: u64) -> Option<(u64, Bytes)> {
        loop {
            let first = self.pieces.first_entry().filter(|first| *first.key() <= at)?;
            let (start, piece) = first.remove_entry();
            self.bytes -= piece.len();
            if start + piece.len() as u64 > at {
                return Some((start, piece));
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
