//! [`Reader`]: the bytes of a file, piece by piece: it can be stopped, and reports how far it is.

use std::io::{self, Read};

use crate::work::{Interrupt, Stopped, Task};

/// How much is read at a time before the stop flag is looked at, in bytes.
const PIECE: u64 = 1 << 20;

/// The bytes of a file, or of a range of it.
///
/// It watches the flag of the thread that opened it, and counts its bytes there.
#[derive(Debug)]
pub struct Reader {
    bytes: Bytes,
    size: u64,
    interrupt: Interrupt,
    task: Task,
}

struct Bytes(Box<dyn Read + Send>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bytes")
    }
}

impl Reader {
    /// Reads `bytes`, of which there are likely `size`.
    pub(super) fn new(bytes: Box<dyn Read + Send>, size: u64) -> Self {
        let interrupt = Interrupt::of_thread();
        let task = interrupt.progress().count("reading", "bytes", size);
        Self {
            bytes: Bytes(bytes),
            size,
            interrupt,
            task,
        }
    }

    /// Returns how many bytes there are, as far as the store knew when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Reads all that is left.
    pub fn whole(mut self) -> io::Result<Vec<u8>> {
        let mut whole = Vec::with_capacity(usize::try_from(self.size).unwrap_or_default());
        while self.piece(&mut whole)? > 0 {}
        Ok(whole)
    }

    /// Appends the next piece, at most 1 MiB; returns its length, 0 at the end.
    pub fn piece(&mut self, to: &mut Vec<u8>) -> io::Result<usize> {
        self.look()?;
        // Straight from the store, which knows best how to fill a buffer.
        let read = Read::by_ref(&mut self.bytes.0).take(PIECE).read_to_end(to)?;
        self.task.advance(read as u64);
        Ok(read)
    }

    fn look(&self) -> io::Result<()> {
        if self.interrupt.is_set() {
            // Not the kind `Interrupted`: that is tried again.
            return Err(io::Error::other(Stopped::Interrupted));
        }
        Ok(())
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.look()?;
        let most = buffer.len().min(PIECE as usize);
        let read = self.bytes.0.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.task.advance(read as u64);
        Ok(read)
    }
}
