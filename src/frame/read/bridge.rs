//! [`Bridge`]: the one way by which polars reads files that it cannot open by a path.
//!
//! polars is given addresses of a scheme of our own, for which it asks the object store here; that answers from
//! [`Location`]s at the version that they had when the scan was planned, and knows only what is being scanned. So polars
//! reads the ranges that a query needs, and sees neither credentials nor addresses; retries, the cache and messages are
//! the store's. Nothing can be written or listed here.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use polars::error::PolarsResult;
use polars::io::cloud::{CloudOptions, ExtObjectStoreBuilder, register_object_store_builder};
use polars::polars_utils::pl_path::_allow_ext_scheme;
use polars::prelude::{DslPlan, PlRefPath, ScanSources};

use crate::storage::{FileVersion, Location};
use crate::work::{Interrupt, Progress};

use super::error::ReadError;
use super::scanned::Scanned;
use super::source;

/// The scheme of the addresses.
const SCHEME: &str = "sheaf";

/// A file is not asked again whether it has changed within this time: what plans a scan and runs it at once asks once.
const FRESH: Duration = Duration::from_secs(1);

/// Sees what polars reads of a file.
pub(super) trait Observer: Send + Sync {
    /// Is told of bytes, in any order; takes no time.
    fn seen(&self, start: u64, bytes: &Bytes);

    /// Does what there is to do now with what was seen.
    fn work(&self);

    /// Returns whether there is no use in reading more: it knows why not, and tells it when polars has failed.
    fn has_failed(&self) -> bool;
}

/// The files that are being scanned, by the number in their addresses.
static SCANNED: Mutex<BTreeMap<u64, Weak<Bridged>>> = Mutex::new(BTreeMap::new());

/// The files of one scan, which polars can read for as long as this lives.
pub(super) struct Bridge {
    files: Vec<Arc<Bridged>>,
    run: Arc<Run>,
    sources: ScanSources,
    /// When the files were last seen to be at these versions.
    asked: Mutex<Instant>,
}

/// One of them.
struct Bridged {
    number: u64,
    location: Location,
    size: u64,
    /// The version that is read; where none was asked for yet, it is the one that the first read finds.
    version: OnceLock<FileVersion>,
    run: Arc<Run>,
    observer: Mutex<Option<Arc<dyn Observer>>>,
}

/// What all of them share while polars runs.
#[derive(Default)]
struct Run {
    interrupt: Mutex<Interrupt>,
    /// The first failure, and of which file.
    failure: Mutex<Option<(Location, io::Error)>>,
}

impl Bridge {
    /// Fixes files at their present versions, and makes them readable.
    pub(super) fn new(files: &[Location]) -> Result<Self, ReadError> {
        Self::below(files, |_| String::new())
    }

    /// Does the same with the folders that the address of each file is to name, such as `year=2024/`.
    pub(super) fn below(files: &[Location], folders: impl Fn(usize) -> String) -> Result<Self, ReadError> {
        let mut fixed = Vec::with_capacity(files.len());
        for (file, pinned) in files.iter().zip(source::each(files, Location::pinned)) {
            let location = pinned.map_err(|error| source::unreadable(file, error))?;
            let Some(version) = location.version() else {
                return Err(source::unreadable(file, io::ErrorKind::NotFound.into()));
            };
            fixed.push((location, version.size, OnceLock::from(version)));
        }
        Self::of(fixed, folders)
    }

    /// Makes files readable of which it is known how long they are, and that they never change: each is asked for its
    /// version when it is first read, and those that no query needs are not.
    pub(super) fn unasked(
        files: impl IntoIterator<Item = (Location, u64)>,
        folders: impl Fn(usize) -> String,
    ) -> Result<Self, ReadError> {
        let files = files.into_iter();
        let files = files.map(|(file, size)| (file, size, OnceLock::new()));
        Self::of(files.collect(), folders)
    }

    fn of(
        files: Vec<(Location, u64, OnceLock<FileVersion>)>,
        folders: impl Fn(usize) -> String,
    ) -> Result<Self, ReadError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let run = Arc::<Run>::default();
        let (mut bridged, mut paths) = (Vec::with_capacity(files.len()), Vec::with_capacity(files.len()));
        for (index, (location, size, version)) in files.into_iter().enumerate() {
            register().map_err(|error| source::unreadable(&location, io::Error::other(error.to_string())))?;
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let address = format!("{SCHEME}://scan/{number}/{}file", folders(index));
            paths.push(PlRefPath::new(&address));
            let one = Arc::new(Bridged {
                number,
                location,
                size,
                version,
                run: Arc::clone(&run),
                observer: Mutex::default(),
            });
            scanned().insert(number, Arc::downgrade(&one));
            bridged.push(one);
        }
        let bridge = Self {
            files: bridged,
            run,
            sources: ScanSources::Paths(paths.into_iter().collect()),
            asked: Mutex::new(Instant::now()),
        };
        bridge.begin();
        Ok(bridge)
    }

    /// Makes sure that the files are still as they were when the scan was planned, which is asked once for what is run
    /// at once.
    fn check(&self) -> Result<(), ReadError> {
        let mut asked = lock(&self.asked);
        if asked.elapsed() < FRESH {
            return Ok(());
        }
        let read = self.files.iter().filter(|file| file.version.get().is_some());
        let files: Vec<Location> = read.map(|file| file.fixed()).collect();
        let now = source::each(&files, |file| file.unpinned().version());
        let changed = files.iter().zip(now).find(|(file, now)| file.version() != *now);
        if let Some((file, _)) = changed {
            return Err(ReadError::Changed {
                file: file.name().to_owned(),
            });
        }
        *asked = Instant::now();
        Ok(())
    }

    /// Returns the files, fixed at the versions that polars reads.
    pub(super) fn files(&self) -> Vec<Location> {
        self.files.iter().map(|file| file.fixed()).collect()
    }

    /// Lets someone see from now on what polars reads of a file, by its position, or no one any more.
    pub(super) fn observe(&self, index: usize, observer: Option<Arc<dyn Observer>>) {
        if let Some(file) = self.files.get(index) {
            *lock(&file.observer) = observer;
        }
    }

    /// Returns whether something could not be read since reading began.
    pub(super) fn has_failed(&self) -> bool {
        lock(&self.run.failure).is_some()
    }

    /// Makes reading stop from now on when work on this thread is to stop; what failed before is forgotten.
    pub(super) fn begin(&self) {
        *lock(&self.run.interrupt) = Interrupt::of_thread();
        *lock(&self.run.failure) = None;
    }

    /// Returns the first failure since, of which polars says less.
    pub(super) fn failure(&self) -> Option<ReadError> {
        let (location, error) = lock(&self.run.failure).take()?;
        Some(source::unread(&location, error))
    }
}

/// A scan that needs nothing else before it runs.
impl Scanned for Bridge {
    fn sources(&self) -> &ScanSources {
        &self.sources
    }

    fn prepare(&self, _rows: Option<usize>, _progress: &Progress) -> Result<Option<DslPlan>, ReadError> {
        self.begin();
        self.check()?;
        Ok(None)
    }

    fn failure(&self) -> Option<ReadError> {
        Self::failure(self)
    }

    fn blame(&self) -> Option<ReadError> {
        None
    }

    fn lost(&self) -> Option<ReadError> {
        None
    }
}

impl Drop for Bridged {
    fn drop(&mut self) {
        scanned().remove(&self.number);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn scanned() -> MutexGuard<'static, BTreeMap<u64, Weak<Bridged>>> {
    lock(&SCANNED)
}

/// Tells polars about the scheme, once.
fn register() -> PolarsResult<()> {
    static REGISTERED: OnceLock<PolarsResult<()>> = OnceLock::new();
    let registered = REGISTERED.get_or_init(|| {
        _allow_ext_scheme(SCHEME)?;
        register_object_store_builder(SCHEME, Arc::new(Builder(Arc::new(ScannedFiles))))
    });
    registered.clone()
}

impl Bridged {
    /// Returns the file at the version that is read, where that is known.
    fn fixed(&self) -> Location {
        match self.version.get() {
            Some(version) => self.location.at_version(version.clone()),
            None => self.location.clone(),
        }
    }

    /// Returns the version that is read, which is asked for by the first read.
    fn version(&self) -> io::Result<FileVersion> {
        if let Some(version) = self.version.get() {
            return Ok(version.clone());
        }
        let version = self.location.pinned()?.version();
        let version = version.ok_or(io::ErrorKind::NotFound)?;
        if version.size != self.size {
            return Err(io::Error::other(format!(
                "it has {} bytes, and {} are written down for it",
                version.size, self.size
            )));
        }
        Ok(self.version.get_or_init(|| version).clone())
    }

    /// Reads a range as long as `is_wanted`; keeps the first failure.
    fn read(&self, range: Range<u64>, is_wanted: impl Fn() -> bool) -> io::Result<Vec<u8>> {
        let size = range.end.saturating_sub(range.start);
        if lock(&self.run.failure).is_some() {
            // polars asks twice, and for other ranges.
            return Err(io::Error::other("reading has failed before"));
        }
        if lock(&self.observer)
            .as_ref()
            .is_some_and(|observer| observer.has_failed())
        {
            return Err(io::Error::other("the file is not sound"));
        }
        let read = || -> io::Result<Vec<u8>> {
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
            let mut reader = self.location.open_version(range, &self.version()?)?;
            while is_wanted() && reader.piece(&mut bytes)? > 0 {}
            if is_wanted() && bytes.len() as u64 != size {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(bytes)
        };
        let interrupt = lock(&self.run.interrupt).clone();
        interrupt.watched(read).map_err(|error| {
            let shown = io::Error::new(error.kind(), error.to_string());
            lock(&self.run.failure).get_or_insert_with(|| (self.fixed(), error));
            shown
        })
    }

    fn meta(&self, path: &Path) -> ObjectMeta {
        ObjectMeta {
            location: path.clone(),
            last_modified: self
                .version
                .get()
                .and_then(|version| version.modified)
                .unwrap_or(std::time::UNIX_EPOCH)
                .into(),
            size: self.size,
            e_tag: None,
            version: None,
        }
    }
}

/// Finds the file of an address.
fn find(path: &Path) -> object_store::Result<Arc<Bridged>> {
    let number = path.parts().next().and_then(|part| part.as_ref().parse().ok());
    let file = number.and_then(|number: u64| scanned().get(&number).and_then(Weak::upgrade));
    file.ok_or_else(|| failed("the scan has ended"))
}

fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> object_store::Error {
    object_store::Error::Generic {
        store: SCHEME,
        source: source.into(),
    }
}

/// Gives polars the one store there is, under one name for all addresses.
struct Builder(Arc<ScannedFiles>);

impl ExtObjectStoreBuilder for Builder {
    fn build(
        &self,
        _url: &PlRefPath,
        _options: Option<&CloudOptions>,
    ) -> PolarsResult<Arc<dyn ObjectStore + Send + Sync>> {
        Ok(Arc::clone(&self.0) as _)
    }

    fn stable_cache_key(&self, _url: &PlRefPath, _options: Option<&CloudOptions>) -> Option<Vec<u8>> {
        Some(SCHEME.into())
    }
}

/// The files that are being scanned, as an object store that is only read.
#[derive(Debug)]
struct ScannedFiles;

impl fmt::Display for ScannedFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the files that are being scanned")
    }
}

#[async_trait]
impl ObjectStore for ScannedFiles {
    async fn get_opts(&self, path: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        let file = find(path)?;
        let meta = file.meta(path);
        let range = match &options.range {
            None => 0..meta.size,
            Some(GetRange::Bounded(range)) => range.start.min(meta.size)..range.end.min(meta.size),
            Some(GetRange::Offset(start)) => (*start).min(meta.size)..meta.size,
            Some(GetRange::Suffix(length)) => meta.size.saturating_sub(*length)..meta.size,
        };
        let bytes = if options.head {
            Bytes::new()
        } else {
            // Whoever asked may not wait for the answer: then this is dropped.
            let asked = Arc::new(());
            let (wanted, part) = (Arc::downgrade(&asked), range.clone());
            let observer = lock(&file.observer).clone();
            let read = tokio::task::spawn_blocking(move || file.read(part, || wanted.strong_count() > 0));
            let bytes = Bytes::from(read.await.map_err(failed)?.map_err(failed)?);
            drop(asked);
            if let Some(observer) = observer {
                observer.seen(range.start, &bytes);
                // polars goes on with these bytes meanwhile.
                tokio::task::spawn_blocking(move || observer.work());
            }
            bytes
        };
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::once(async { Ok(bytes) }).boxed()),
            meta,
            range,
            attributes: Attributes::new(),
        })
    }

    async fn put_opts(
        &self,
        _path: &Path,
        _payload: PutPayload,
        _options: PutOptions,
    ) -> object_store::Result<PutResult> {
        Err(failed("nothing can be written here"))
    }

    async fn put_multipart_opts(
        &self,
        _path: &Path,
        _options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        Err(failed("nothing can be written here"))
    }

    fn delete_stream(
        &self,
        _paths: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        stream::once(async { Err(failed("nothing can be deleted here")) }).boxed()
    }

    fn list(&self, _prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        stream::once(async { Err(failed("nothing can be listed here")) }).boxed()
    }

    async fn list_with_delimiter(&self, _prefix: Option<&Path>) -> object_store::Result<ListResult> {
        Err(failed("nothing can be listed here"))
    }

    async fn copy_opts(&self, _from: &Path, _to: &Path, _options: CopyOptions) -> object_store::Result<()> {
        Err(failed("nothing can be copied here"))
    }
}
