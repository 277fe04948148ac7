//! [`Queue`]: what is to be kept, written by a thread that no one who reads waits for.
//!
//! Bounded: where the thread is not fast enough, whoever has read writes what they have read. What is still to be written
//! can be read here. At the end of the process the rest is written by [`Queue::flush`]; what a killed process had not
//! written is only not kept.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use bytes::Bytes;

use super::BLOCK;
use super::block::Contents;
use super::shelf::Shelf;
use crate::work::catch_panic;

/// How many bytes may wait.
const MOST: usize = 64 << 20;

/// The parts of files that are to be kept on a shelf.
#[derive(Debug)]
pub(super) struct Queue {
    shelf: Shelf,
    state: Mutex<Unwritten>,
    has_changed: Condvar,
}

/// What is still to be written.
#[derive(Debug, Default)]
struct Unwritten {
    /// The first one is being written, if any.
    parts: VecDeque<UnwrittenPart>,
    bytes: usize,
    /// Whether someone writes: never more than one.
    is_writing: bool,
}

#[derive(Debug, Clone)]
struct UnwrittenPart {
    contents: Contents,
    blocks: Range<u64>,
    bytes: Bytes,
}

impl Queue {
    pub(super) fn new(shelf: Shelf) -> Self {
        Self {
            shelf,
            state: Mutex::default(),
            has_changed: Condvar::new(),
        }
    }

    pub(super) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Keeps blocks that were read from their source, soon.
    pub(super) fn keep(self: &Arc<Self>, contents: &Contents, blocks: Range<u64>, bytes: Bytes) {
        let mut state = self.state();
        if state.bytes + bytes.len() > MOST {
            drop(state);
            self.shelf.keep(contents, &blocks, &bytes);
            return;
        }
        state.bytes += bytes.len();
        state.parts.push_back(UnwrittenPart {
            contents: contents.clone(),
            blocks,
            bytes,
        });
        if state.is_writing {
            return;
        }
        state.is_writing = true;
        drop(state);
        let queue = Arc::clone(self);
        let thread = thread::Builder::new().name("blocks".to_owned());
        if thread.spawn(move || queue.write()).is_err() {
            self.write();
        }
    }

    /// Writes until nothing is left.
    fn write(&self) {
        let mut state = self.state();
        while let Some(part) = state.parts.front().cloned() {
            drop(state);
            // Whatever happens, no one is to wait for this thread forever: what cannot be kept is only not kept.
            let _ = catch_panic(|| self.shelf.keep(&part.contents, &part.blocks, &part.bytes));
            state = self.state();
            state.bytes -= part.bytes.len();
            state.parts.pop_front();
        }
        state.is_writing = false;
        drop(state);
        self.has_changed.notify_all();
    }

    /// Appends the first of these blocks if it is still to be written, and those that are with it; returns how many.
    pub(super) fn append(&self, contents: &Contents, blocks: &Range<u64>, to: &mut Vec<u8>) -> u64 {
        let state = self.state();
        let has =
            |part: &&UnwrittenPart| part.blocks.contains(&blocks.start) && part.contents.is_same(contents);
        let Some(part) = state.parts.iter().find(has).cloned() else {
            return 0;
        };
        drop(state);
        let end = blocks.end.min(part.blocks.end);
        let at = |index: u64| (((index - part.blocks.start) * BLOCK) as usize).min(part.bytes.len());
        to.extend_from_slice(part.bytes.get(at(blocks.start)..at(end)).unwrap_or_default());
        end - blocks.start
    }

    /// Returns whether one of these blocks is still to be written.
    pub(super) fn has_any(&self, contents: &Contents, blocks: &Range<u64>) -> bool {
        let overlaps =
            |part: &UnwrittenPart| part.blocks.start < blocks.end && blocks.start < part.blocks.end;
        let state = self.state();
        state
            .parts
            .iter()
            .any(|part| overlaps(part) && part.contents.is_same(contents))
    }

    /// Waits until everything is written.
    pub(super) fn flush(&self) {
        let mut state = self.state();
        while state.is_writing {
            state = self
                .has_changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, Unwritten> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
