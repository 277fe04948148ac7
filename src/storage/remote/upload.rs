//! [`Upload`]: a file on its way to a container, which nobody sees before all of it is there.
//!
//! A small one is one conditional request. A large one goes in parts, a few at a time while it is written, and takes its name
//! by the last request. Where that knows no condition, the parts come together under a name that nothing shows, and are
//! copied to theirs if that is still free. What a killed upload leaves under such a name is removed by a later one.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use object_store::{MultipartUpload, PutMode, PutOptions, PutPayload};

use super::client::Client;
use super::failure::{Failure, RemoteError};
use super::folders::{self, Found};
use super::generic;
use super::reading::{Pieces, Reading};
use super::runtime::{self, Aborted, POLL};
use super::service::{ServerCopy, Wanted};
use super::spelling::bad_name;
use super::transport::Doubt;
use crate::storage::store::Draft;
use crate::work::{Interrupt, Stopped, Tally};

/// The length of a part, in bytes; a file of no more than that is one request.
const PART: usize = 8 << 20;
/// How many parts are on their way at most.
const TOGETHER: usize = 4;
/// After how many parts they get twice as long, as stores take 10,000 of them.
const SAME_LENGTH: usize = 1_500;
/// How long it is waited for that a store forgets an upload.
const ABORTING: Duration = Duration::from_secs(3);

/// A file that is being written.
pub(super) struct Upload {
    client: Arc<Client>,
    key: String,
    address: String,
    overwrite: bool,
    interrupt: Interrupt,
    buffer: Vec<u8>,
    digest: blake3::Hasher,
    /// How many bytes were written so far.
    size: u64,
    parts: Option<Parts>,
}

/// The parts of a large file.
struct Parts {
    upload: Box<dyn MultipartUpload>,
    /// The key under which they come together.
    key: String,
    /// Whether that is not the key of the file.
    is_aside: bool,
    doubt: Doubt,
    count: usize,
    running: VecDeque<(Receiver<Result<(), RemoteError>>, Aborted)>,
}

impl Upload {
    /// Starts a file; nothing is sent yet.
    pub(super) fn new(client: Arc<Client>, key: String, address: String, overwrite: bool) -> Self {
        Self {
            client,
            key,
            address,
            overwrite,
            interrupt: Interrupt::of_thread(),
            buffer: Vec::new(),
            digest: blake3::Hasher::new(),
            size: 0,
            parts: None,
        }
    }

    fn failed(&self, error: RemoteError) -> io::Error {
        self.client.failed(error)
    }

    /// Returns how long the next part is.
    fn length(&self) -> usize {
        let doublings = self.parts.as_ref().map_or(0, |parts| parts.count / SAME_LENGTH);
        PART << doublings.min(4)
    }

    /// Sends what is in the buffer as a part.
    fn send(&mut self) -> io::Result<()> {
        let part = Bytes::from(std::mem::take(&mut self.buffer));
        if self.parts.is_none() {
            self.parts = Some(self.begin()?);
        }
        let Some(parts) = &mut self.parts else {
            return Ok(());
        };
        if parts.running.len() >= TOGETHER {
            let oldest = parts.running.pop_front();
            let sent = oldest.map_or(Ok(Ok(())), |(sent, _)| received(&sent, &self.interrupt))?;
            sent.map_err(|error| self.client.failed(error))?;
        }
        let work = parts.upload.put_part(PutPayload::from(part));
        parts.count += 1;
        let (sender, receiver) = sync_channel(1);
        let task = runtime::handle()?.spawn(async move {
            let _ = sender.send(work.await.map_err(generic::failed));
        });
        parts.running.push_back((receiver, Aborted(task.abort_handle())));
        Ok(())
    }

    fn begin(&self) -> io::Result<Parts> {
        let is_aside = !self.overwrite && !self.client.objects()?.ends_uploads_conditionally();
        let key = if is_aside {
            let mut number = [0; 8];
            getrandom::fill(&mut number).map_err(|error| io::Error::other(error.to_string()))?;
            folders::unfinished(&self.key, u64::from_ne_bytes(number))
        } else {
            self.key.clone()
        };
        if is_aside {
            self.remove_left();
        }
        let doubt = Doubt::default();
        let is_new = !self.overwrite && !is_aside;
        let upload = self.client.ask(|objects| {
            let (key, doubt) = (key.clone(), doubt.clone());
            async move { objects.upload(&key, is_new, &doubt).await }
        })?;
        Ok(Parts {
            upload,
            key,
            is_aside,
            doubt,
            count: 0,
            running: VecDeque::new(),
        })
    }

    /// Removes what uploads to the same folder left that were killed long ago; that it cannot is no matter of this one.
    fn remove_left(&self) {
        let wanted = Wanted {
            prefix: folders::unfinished_beside(&self.key),
            is_deep: false,
            after: None,
            most: None,
        };
        let now = SystemTime::now();
        let _ = self.client.ask(|objects| {
            let wanted = wanted.clone();
            async move {
                for object in objects.page(&wanted).await?.objects {
                    if folders::is_left(&object, now) {
                        objects.delete(&object.key, None).await?;
                    }
                }
                Ok(())
            }
        });
    }

    /// Sends a small file, all at once.
    fn put(&mut self) -> io::Result<()> {
        let path = generic::path(&self.key).map_err(|error| self.failed(error))?;
        let payload = PutPayload::from(Bytes::from(std::mem::take(&mut self.buffer)));
        let mode = if self.overwrite {
            PutMode::Overwrite
        } else {
            PutMode::Create
        };
        let doubt = Doubt::default();
        let put = self.client.ask(|objects| {
            let (path, payload) = (path.clone(), payload.clone());
            let mut options = PutOptions::from(mode.clone());
            options.extensions.insert(doubt.clone());
            async move {
                objects
                    .store()
                    .put_opts(&path, payload, options)
                    .await
                    .map_err(named)
            }
        });
        self.settled(put.map(drop), &doubt)
    }

    /// Gives a large file its name.
    fn complete(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.send()?;
        }
        let Some(mut parts) = self.parts.take() else {
            return Ok(());
        };
        let sent = parts.finish(&self.interrupt, |error| self.client.failed(error));
        if sent.is_err() || !parts.is_aside {
            return self.settled(sent, &parts.doubt);
        }
        let key = parts.key.clone();
        let copy = ServerCopy {
            container: self.client.service().address().to_owned(),
            is_same_container: true,
            from: key.clone(),
            etag: None,
            to: self.key.clone(),
            overwrite: false,
            told: Tally::default(),
        };
        let copied = self.client.ask(|objects| {
            let copy = copy.clone();
            async move {
                match objects.copy(&copy).await {
                    Ok(true) => Ok(()),
                    Ok(false) => Err(unsupported()),
                    Err(error) => Err(exists(error)),
                }
            }
        });
        // It is hidden, and goes in any case.
        let removed = self.client.ask(|objects| {
            let key = key.clone();
            async move { objects.delete(&key, None).await }
        });
        copied.and(removed)
    }

    /// Looks what came of a request whose answer was lost: what was written may be there although its name was taken.
    fn settled(&self, sent: io::Result<()>, doubt: &Doubt) -> io::Result<()> {
        match sent {
            Err(error)
                if doubt.is_there()
                    && matches!(
                        error.kind(),
                        // An upload that is over has no parts any more.
                        io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound
                    ) =>
            {
                if self.is_there()? {
                    Ok(())
                } else {
                    Err(error)
                }
            }
            sent => sent,
        }
    }

    /// Returns whether what is there is what was written.
    fn is_there(&self) -> io::Result<bool> {
        let found = self.client.ask(|objects| {
            let key = self.key.clone();
            async move { folders::object(&objects, &key).await }
        })?;
        let object = match found {
            Some(Found::File(object)) if object.size == self.size => object,
            _ => return Ok(false),
        };
        let reading = Reading {
            client: Arc::clone(&self.client),
            key: self.key.clone(),
            address: self.address.clone(),
            version: folders::version(&object),
        };
        let mut theirs = blake3::Hasher::new();
        io::copy(&mut Pieces::new(reading, 0..object.size), &mut theirs)?;
        Ok(theirs.finalize() == self.digest.finalize())
    }
}

impl Parts {
    /// Waits for all parts, and puts them together.
    fn finish(&mut self, interrupt: &Interrupt, failed: impl Fn(RemoteError) -> io::Error) -> io::Result<()> {
        while let Some((sent, _task)) = self.running.pop_front() {
            received(&sent, interrupt)?.map_err(&failed)?;
        }
        // Once this is sent the file may be there: it is not dropped halfway.
        let (sender, receiver) = sync_channel(1);
        let mut upload = std::mem::replace(&mut self.upload, Box::new(Over));
        runtime::handle()?.spawn(async move {
            let done = upload.complete().await.map(drop).map_err(named);
            let _ = sender.send((upload, done));
        });
        let (upload, done) = received(&receiver, interrupt)?;
        self.upload = upload;
        done.map_err(failed)?;
        self.upload = Box::new(Over);
        Ok(())
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.running.clear();
        let mut upload = std::mem::replace(&mut self.upload, Box::new(Over));
        let (sender, receiver) = sync_channel::<()>(1);
        let Ok(handle) = runtime::handle() else {
            return;
        };
        handle.spawn(async move {
            let _ = upload.abort().await;
            drop(sender);
        });
        let _ = receiver.recv_timeout(ABORTING);
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.interrupt.is_set() {
            return Err(runtime::interrupted());
        }
        // A file that fits one part exactly is sent at once when it is committed.
        if self.buffer.len() >= self.length() {
            self.send()?;
        }
        let room = self.length() - self.buffer.len();
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.buffer.extend_from_slice(taken);
        self.digest.update(taken);
        self.size += taken.len() as u64;
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Draft for Upload {
    fn commit(mut self: Box<Self>) -> io::Result<()> {
        if self.interrupt.is_set() {
            return Err(runtime::interrupted());
        }
        // Without contents it would be a marker of the folder above.
        if self.size == 0 && self.key.ends_with('/') {
            return Err(self.failed(bad_name(&self.key)));
        }
        if self.parts.is_some() {
            self.complete()
        } else {
            self.put()
        }
    }
}

/// An upload that is over.
#[derive(Debug)]
struct Over;

#[async_trait::async_trait]
impl MultipartUpload for Over {
    fn put_part(&mut self, _data: PutPayload) -> object_store::UploadPart {
        Box::pin(async { Ok(()) })
    }

    async fn complete(&mut self) -> object_store::Result<object_store::PutResult> {
        Err(object_store::Error::NotImplemented {
            operation: "complete".to_owned(),
            implementer: "an upload that is over".to_owned(),
        })
    }

    async fn abort(&mut self) -> object_store::Result<()> {
        Ok(())
    }
}

/// Waits for what another task sends, at most until a stop is asked for.
fn received<T>(receiver: &Receiver<T>, interrupt: &Interrupt) -> io::Result<T> {
    loop {
        match receiver.recv_timeout(POLL) {
            Ok(value) => return Ok(value),
            Err(RecvTimeoutError::Timeout) if interrupt.is_set() => return Err(runtime::interrupted()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let ended = "a request ended early".to_owned();
                return Err(io::Error::other(Stopped::Panicked(ended)));
            }
        }
    }
}

/// Describes why a file did not get its name.
fn named(error: object_store::Error) -> RemoteError {
    exists(generic::failed(error))
}

/// Takes a condition that does not hold for what it was about: that the name is free.
fn exists(mut error: RemoteError) -> RemoteError {
    if matches!(error.failure, Failure::Replaced) {
        error.failure = Failure::Exists;
    }
    error
}

fn unsupported() -> RemoteError {
    let what = "write a large file that may not replace another";
    RemoteError::new("the store", Failure::Unsupported { what })
}
