//! [`Wholes`]: files of a server that knows no ranges, each downloaded once, into a file without a name.
//!
//! A file comes as far as someone needs it, and what came is read from here, in any order and by several at the same time.
//! A connection that breaks is begun anew; what is here already is passed over.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use object_store::client::HttpError;
use object_store::path::Path;
use object_store::{Error, ObjectMeta};

use crate::storage::remote::failure::{Failure, RemoteError};
use crate::storage::remote::generic::bare;

/// How many files are here at the most.
const MOST: usize = 8;
/// How many bytes are given at a time.
const CHUNK: u64 = 1 << 20;

/// The bytes of an answer, as they come.
pub(super) type Incoming = BoxStream<'static, Result<Bytes, HttpError>>;

/// The files that are here, those that were asked for last behind the others.
#[derive(Debug, Default)]
pub(super) struct Wholes {
    /// Where files without a name are; elsewhere than the system's own folder for them if that is given.
    folder: Option<PathBuf>,
    files: Mutex<Vec<Arc<Whole>>>,
}

impl Wholes {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            files: Mutex::default(),
        }
    }

    fn files(&self) -> MutexGuard<'_, Vec<Arc<Whole>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds a file in this version.
    pub(super) fn find(&self, path: &Path, etag: Option<&str>) -> Option<Arc<Whole>> {
        let mut files = self.files();
        let fits = |file: &Arc<Whole>| {
            file.meta.location == *path && file.meta.e_tag.as_deref().map(bare) == etag.map(bare)
        };
        let index = files.iter().position(fits)?;
        let file = files.remove(index);
        files.push(Arc::clone(&file));
        Some(file)
    }

    /// Takes a file whose bytes begin to come.
    pub(super) fn add(&self, meta: ObjectMeta, incoming: Incoming) -> io::Result<Arc<Whole>> {
        let file = match &self.folder {
            Some(folder) => {
                fs::create_dir_all(folder)?;
                tempfile::tempfile_in(folder)?
            }
            None => tempfile::tempfile()?,
        };
        let whole = Arc::new(Whole {
            meta,
            state: tokio::sync::Mutex::new(Download {
                file,
                written: 0,
                skipped: 0,
                incoming: Some(incoming),
            }),
        });
        let mut files = self.files();
        if files.len() >= MOST {
            files.remove(0);
        }
        files.push(Arc::clone(&whole));
        Ok(whole)
    }

    /// Forgets the versions of a file that are not the one that the server has now; one that is like any other is none.
    pub(super) fn keep_only(&self, now: &ObjectMeta) {
        let has_version = now.e_tag.is_some() || now.last_modified.timestamp() != 0;
        self.files()
            .retain(|file| file.meta.location != now.location || has_version && file.is_of(now));
    }

    /// Forgets a file.
    pub(super) fn forget(&self, whole: &Arc<Whole>) {
        self.files().retain(|file| !Arc::ptr_eq(file, whole));
    }
}

/// A file, as far as it came.
pub(super) struct Whole {
    pub(super) meta: ObjectMeta,
    state: tokio::sync::Mutex<Download>,
}

struct Download {
    file: File,
    /// How much of it is here.
    written: u64,
    /// How much is passed over of what comes next: it is here.
    skipped: u64,
    /// What comes; `None` where the connection broke.
    incoming: Option<Incoming>,
}

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Whole").finish_non_exhaustive()
    }
}

impl Whole {
    /// Returns whether a description is that of this version.
    pub(super) fn is_of(&self, now: &ObjectMeta) -> bool {
        self.meta.size == now.size
            && self.meta.e_tag == now.e_tag
            && self.meta.last_modified == now.last_modified
    }

    /// Returns whether it has to be asked for again before more of it comes.
    pub(super) async fn is_broken(&self) -> bool {
        let state = self.state.lock().await;
        state.incoming.is_none() && state.written < self.meta.size
    }

    /// Goes on with what comes now, from the beginning of the file.
    pub(super) async fn resume(&self, incoming: Incoming) {
        let mut state = self.state.lock().await;
        if state.incoming.is_none() {
            state.skipped = state.written;
            state.incoming = Some(incoming);
        }
    }

    /// Returns a part of it; as long as what is before it comes, there are empty pieces.
    pub(super) fn part(
        self: Arc<Self>,
        wanted: Range<u64>,
    ) -> BoxStream<'static, object_store::Result<Bytes>> {
        let end = wanted.end.min(self.meta.size);
        let next = move |(whole, at): (Arc<Self>, u64)| async move {
            if at >= end {
                return None;
            }
            let piece = whole.state.lock().await.step(at..end, whole.meta.size).await;
            let read = piece.as_ref().map_or(0, Bytes::len) as u64;
            Some((piece, (whole, at + read)))
        };
        stream::unfold((self, wanted.start), next).boxed()
    }
}

impl Download {
    /// Returns what is here of a range, or else lets more come.
    async fn step(&mut self, wanted: Range<u64>, size: u64) -> object_store::Result<Bytes> {
        if wanted.start < self.written {
            let length = (self.written.min(wanted.end) - wanted.start).min(CHUNK);
            return self.read(wanted.start, length).map_err(kept);
        }
        let broken = |source| Error::Generic { store: "web", source };
        let Some(incoming) = &mut self.incoming else {
            return Err(broken("the connection broke".into()));
        };
        match incoming.next().await {
            Some(Ok(bytes)) => {
                let known = usize::try_from(self.skipped)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                self.skipped -= known as u64;
                let fresh = bytes.get(known..).unwrap_or_default();
                let missing = usize::try_from(size - self.written).unwrap_or(usize::MAX);
                self.write(fresh.get(..missing).unwrap_or(fresh)).map_err(kept)?;
                Ok(Bytes::new())
            }
            end => {
                self.incoming = None;
                let error = match end {
                    Some(Err(error)) => error.into(),
                    _ => "it ended early".into(),
                };
                Err(broken(error))
            }
        }
    }

    fn read(&mut self, start: u64, length: u64) -> io::Result<Bytes> {
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        self.file.seek(SeekFrom::Start(start))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.written))?;
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }
}

/// Says that what came cannot be kept here.
fn kept(error: io::Error) -> Error {
    Error::Generic {
        store: "web",
        source: Box::new(unkept(&error)),
    }
}

/// Says the same of a file as a whole.
pub(super) fn unkept(error: &io::Error) -> RemoteError {
    let reason =
        format!("it sends files only whole, and this one cannot be kept on this machine meanwhile ({error})");
    RemoteError::new("the server", Failure::Other { reason })
}
