//! [`Pieces`]: the bytes of one version of an object, fetched ahead in pieces.
//!
//! A piece whose connection breaks is resumed where it broke, and only if the object is still the same. What is read little
//! by little starts with small pieces, one at a time; who reads on gets larger ones, several at a time.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use futures::StreamExt as _;
use object_store::{GetOptions, GetRange};
use tokio::time::{sleep, timeout};

use super::client::Client;
use super::failure::{Failure, RemoteError};
use super::generic;
use super::runtime::{self, POLL, SILENCE};
use super::service::Objects;
use super::{folders, transport};
use crate::storage::blocks::{BLOCK, WHOLE};
use crate::storage::version::{FileVersion, Tag};
use crate::work::{Interrupt, Stopped, catch_panic};

/// The length of the first piece, in bytes; each is twice as long as the one before.
const FIRST: u64 = 1 << 20;
/// The longest piece, in bytes.
const LONGEST: u64 = 8 << 20;
/// How many pieces are fetched at the same time at most.
const AHEAD: usize = 4;
/// How often a connection may break without a byte between.
const TRIES: u32 = 6;
/// The pause after the first break; it doubles.
const PAUSE: Duration = Duration::from_millis(200);

/// What is read.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) client: Arc<Client>,
    /// Its key in the container.
    pub(super) key: String,
    /// Its address, for the cache.
    pub(super) address: String,
    /// The version that is read.
    pub(super) version: FileVersion,
}

impl Reading {
    /// Fetches a range, from the cache where it is there.
    fn piece(&self, range: Range<u64>) -> io::Result<Bytes> {
        let fetch = |range: Range<u64>| self.fetch(range);
        match &self.client.access().blocks {
            Some(blocks) => blocks.read(&self.address, &self.version, range, &fetch),
            None => fetch(range),
        }
    }

    /// Fetches a range from the store.
    pub(super) fn fetch(&self, range: Range<u64>) -> io::Result<Bytes> {
        let read = self.client.ask(|objects| {
            let (key, version, range) = (self.key.clone(), self.version.clone(), range.clone());
            async move { get(&objects, &key, &version, range).await }
        });
        read.map_err(|error| match error.kind() {
            // It was there when it was looked at.
            io::ErrorKind::NotFound => self
                .client
                .failed(RemoteError::new("the store", Failure::Replaced)),
            _ => error,
        })
    }
}

/// Reads a range of one version, resuming where a connection breaks.
async fn get(
    objects: &Arc<dyn Objects>,
    key: &str,
    version: &FileVersion,
    range: Range<u64>,
) -> Result<Bytes, RemoteError> {
    let path = generic::path(key)?;
    let length = range.end.saturating_sub(range.start);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    let mut tries = 0;
    let mut pause = PAUSE;
    loop {
        let start = range.start + bytes.len() as u64;
        if start >= range.end {
            return Ok(Bytes::from(bytes));
        }
        let is_whole = start == 0 && range.end == version.size;
        let options = GetOptions {
            if_match: folders::etag(version).map(|etag| objects.condition(etag)),
            // Not every server knows ranges.
            range: (!is_whole).then_some(GetRange::Bounded(start..range.end)),
            ..GetOptions::default()
        };
        let answer = objects
            .store()
            .get_opts(&path, options)
            .await
            .map_err(generic::failed)?;
        let found = folders::version(&generic::object(answer.meta.clone()));
        // Where there is no tag, all that tells two versions of one size apart is when they were written.
        let is_same = found.size == version.size
            && found.tag == version.tag
            && (found.tag != Tag::None || found.modified == version.modified);
        if !is_same {
            return Err(RemoteError::new("the store", Failure::Replaced));
        }
        let mut stream = answer.into_stream();
        let before = bytes.len();
        let broke = loop {
            match timeout(SILENCE, stream.next()).await {
                Ok(Some(Ok(chunk))) => {
                    let missing = usize::try_from(length)
                        .unwrap_or(usize::MAX)
                        .saturating_sub(bytes.len());
                    bytes.extend_from_slice(chunk.get(..missing).unwrap_or(&chunk));
                }
                Ok(Some(Err(error))) => break generic::failed(error),
                Ok(None) => break RemoteError::new("the store", Failure::Broken),
                Err(_) => break RemoteError::new("the store", Failure::TimedOut { waited: SILENCE }),
            }
            if bytes.len() as u64 == length {
                return Ok(Bytes::from(bytes));
            }
        };
        if bytes.len() > before {
            (tries, pause) = (0, PAUSE);
        }
        tries += 1;
        if tries == TRIES {
            return Err(broke);
        }
        sleep(transport::jittered(pause)).await;
        pause *= 2;
    }
}

/// A range of an object as something to read.
pub(super) struct Pieces {
    reading: Arc<Reading>,
    /// What was not asked for yet.
    rest: Range<u64>,
    /// The length of the next piece.
    length: u64,
    /// How many may be fetched at the same time now.
    ahead: usize,
    running: VecDeque<Receiver<io::Result<Bytes>>>,
    current: Bytes,
    interrupt: Interrupt,
}

impl Pieces {
    /// Starts to read what there is of a range.
    ///
    /// Who names where it ends is taken to want all of it.
    pub(super) fn new(reading: Reading, range: Range<u64>) -> Self {
        let is_wanted = range.end <= reading.version.size;
        let end = range.end.min(reading.version.size);
        Self {
            rest: range.start.min(end)..end,
            reading: Arc::new(reading),
            length: if is_wanted { LONGEST } else { FIRST },
            ahead: if is_wanted { AHEAD } else { 1 },
            running: VecDeque::new(),
            current: Bytes::new(),
            interrupt: Interrupt::of_thread(),
        }
    }

    /// Starts to fetch as many pieces as may be on their way.
    fn start(&mut self) -> io::Result<()> {
        while self.running.len() < self.ahead && !self.rest.is_empty() {
            let left = self.rest.end - self.rest.start;
            // The last piece takes in a rest that is not worth a request.
            let length = if left < self.length + self.length / 2 {
                left
            } else {
                // Two pieces are not to fetch one block of the cache both, and long ones are kept in one file each.
                let unit = if self.length == LONGEST { WHOLE } else { BLOCK };
                let end = (self.rest.start + self.length).next_multiple_of(unit);
                end.min(self.rest.end) - self.rest.start
            };
            let range = self.rest.start..self.rest.start + length;
            self.rest.start += length;
            self.length = (self.length * 2).min(LONGEST);
            let (sender, receiver) = sync_channel(1);
            let (reading, interrupt) = (Arc::clone(&self.reading), self.interrupt.clone());
            let work = move || {
                let read = catch_panic(|| interrupt.watched(|| reading.piece(range)));
                // Whoever reads may have gone.
                let _ = sender.send(read.unwrap_or_else(|panic| Err(io::Error::other(panic))));
            };
            runtime::handle()?.spawn_blocking(work);
            self.running.push_back(receiver);
        }
        Ok(())
    }

    fn next_piece(&mut self) -> io::Result<Bytes> {
        self.start()?;
        let Some(piece) = self.running.pop_front() else {
            return Ok(Bytes::new());
        };
        let piece = loop {
            match piece.recv_timeout(POLL) {
                Ok(piece) => break piece?,
                Err(RecvTimeoutError::Timeout) if self.interrupt.is_set() => {
                    return Err(runtime::interrupted());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let ended = "a request ended early".to_owned();
                    return Err(io::Error::other(Stopped::Panicked(ended)));
                }
            }
        };
        self.ahead = (self.ahead + 1).min(AHEAD);
        self.start()?;
        Ok(piece)
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.current.is_empty() {
            self.current = self.next_piece()?;
        }
        let count = self.current.len().min(buffer.len());
        if let Some(to) = buffer.get_mut(..count) {
            self.current.copy_to_slice(to);
        }
        Ok(count)
    }
}
