//! `memory:` sources: files that live as long as the process.
//!
//! No one mounts one in a workspace: it is what shows, in tests, that nothing takes a store for a folder of this
//! machine. All mounts of one source in one workspace have the same files.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::store::{Draft, Entry, EntryKind, Scheme, Source, Store};
use super::version::{FileVersion, Tag};

/// The scheme, for [`Mounts::with_scheme`](super::Mounts::with_scheme).
pub static SCHEME: Scheme = Scheme {
    name: "memory",
    summary: "files that live as long as the process",
    example: "memory:data",
    has_configs: false,
    open: |source| Ok(Arc::new(Memory::open(source))),
};

/// What there is in every such place, by its workspace and name.
static PLACES: Mutex<BTreeMap<(PathBuf, String), Arc<Place>>> = Mutex::new(BTreeMap::new());

/// The files of one place.
#[derive(Debug)]
struct Place {
    /// By their names; the top, whose name is empty, is always there.
    nodes: Mutex<BTreeMap<String, Node>>,
    /// How many bytes were read.
    read: AtomicU64,
}

#[derive(Debug, Clone)]
struct Node {
    /// None for a folder.
    contents: Option<Arc<[u8]>>,
    modified: SystemTime,
    /// A number that no other state of the place has.
    generation: u64,
}

/// One mount of a place.
#[derive(Debug)]
struct Memory {
    source: String,
    name: String,
    place: Arc<Place>,
}

/// Returns how many bytes were read so far of the place that `source` is in the workspace `root`.
pub fn bytes_read(root: impl Into<PathBuf>, source: &str) -> u64 {
    let name = source.split_once(':').map_or(source, |(_, name)| name);
    let places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    let place = places.get(&(root.into(), name.to_owned()));
    place.map_or(0, |place| place.read.load(Ordering::Relaxed))
}

impl Memory {
    fn open(source: &Source<'_>) -> Self {
        let key = (source.root.to_owned(), source.place.to_owned());
        let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
        Self {
            source: source.text.to_owned(),
            name: source.place.to_owned(),
            place: Arc::clone(places.entry(key).or_default()),
        }
    }
}

impl Default for Place {
    fn default() -> Self {
        Self {
            nodes: Mutex::new(BTreeMap::from([(String::new(), Node::new(None))])),
            read: AtomicU64::new(0),
        }
    }
}

impl Place {
    fn nodes(&self) -> MutexGuard<'_, BTreeMap<String, Node>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Node {
    fn new(contents: Option<Arc<[u8]>>) -> Self {
        static GENERATION: AtomicU64 = AtomicU64::new(0);
        Self {
            contents,
            modified: SystemTime::now(),
            generation: GENERATION.fetch_add(1, Ordering::Relaxed),
        }
    }

    fn entry(&self, inner: &str) -> Entry {
        let size = self.contents.as_ref().map_or(0, |contents| contents.len());
        Entry {
            name: inner.rsplit('/').next().unwrap_or_default().to_owned(),
            kind: if self.contents.is_some() {
                EntryKind::File
            } else {
                EntryKind::Folder
            },
            is_link: false,
            version: Some(FileVersion {
                size: size as u64,
                modified: Some(self.modified),
                tag: Tag::Opaque(self.generation.to_string()),
            }),
        }
    }
}

/// Returns the name of the folder that `inner` is in; the top is in none.
fn folder_of(inner: &str) -> Option<&str> {
    (!inner.is_empty()).then(|| inner.rsplit_once('/').map_or("", |(folder, _)| folder))
}

/// Finds what is called `inner`; a file on the way to it is not the same as nothing.
fn find<'a>(nodes: &'a BTreeMap<String, Node>, inner: &str) -> io::Result<&'a Node> {
    if let Some(node) = nodes.get(inner) {
        return Ok(node);
    }
    let mut folder = folder_of(inner);
    while let Some(name) = folder {
        if nodes.get(name).is_some_and(|node| node.contents.is_some()) {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        folder = folder_of(name);
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Creates a folder and those above it.
fn make_folder(nodes: &mut BTreeMap<String, Node>, inner: &str) -> io::Result<()> {
    match nodes.get(inner) {
        Some(node) if node.contents.is_some() => return Err(io::ErrorKind::AlreadyExists.into()),
        Some(_) => return Ok(()),
        None => {}
    }
    if let Some(folder) = folder_of(inner) {
        make_folder(nodes, folder).map_err(|_| io::Error::from(io::ErrorKind::NotADirectory))?;
    }
    put(nodes, inner, Node::new(None));
    Ok(())
}

/// Puts something where it belongs; its folder is another one then.
fn put(nodes: &mut BTreeMap<String, Node>, inner: &str, node: Node) {
    nodes.insert(inner.to_owned(), node);
    touch(nodes, inner);
}

fn touch(nodes: &mut BTreeMap<String, Node>, inner: &str) {
    if let Some(folder) = folder_of(inner) {
        nodes.insert(folder.to_owned(), Node::new(None));
    }
}

impl Store for Memory {
    fn source(&self) -> &str {
        &self.source
    }

    fn address(&self, inner: &str) -> String {
        format!("memory:{}/{inner}", self.name)
    }

    fn head(&self, inner: &str) -> io::Result<Entry> {
        Ok(find(&self.place.nodes(), inner)?.entry(inner))
    }

    fn list(&self, inner: &str) -> io::Result<Vec<Entry>> {
        let nodes = self.place.nodes();
        if find(&nodes, inner)?.contents.is_some() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let inside = nodes.iter().filter(|(name, _)| folder_of(name) == Some(inner));
        let mut entries: Vec<Entry> = inside.map(|(name, node)| node.entry(name)).collect();
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    fn read(
        &self,
        inner: &str,
        range: Range<u64>,
        version: Option<&FileVersion>,
    ) -> io::Result<Box<dyn Read + Send>> {
        let node = find(&self.place.nodes(), inner)?.clone();
        if version.is_some() && version != node.entry(inner).version.as_ref() {
            return Err(io::Error::other("it was replaced while it was read"));
        }
        let contents = node.contents;
        let contents = contents.ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
        let mut bytes = Cursor::new(contents);
        bytes.set_position(range.start);
        Ok(Box::new(Counted {
            bytes: bytes.take(range.end.saturating_sub(range.start)),
            place: Arc::clone(&self.place),
        }))
    }

    fn create(&self, inner: &str, overwrite: bool) -> io::Result<Box<dyn Draft>> {
        let mut nodes = self.place.nodes();
        match nodes.get(inner) {
            Some(node) if node.contents.is_none() => return Err(io::ErrorKind::IsADirectory.into()),
            Some(_) if !overwrite => return Err(io::ErrorKind::AlreadyExists.into()),
            _ => {}
        }
        if let Some(folder) = folder_of(inner) {
            make_folder(&mut nodes, folder).map_err(|_| io::Error::from(io::ErrorKind::NotADirectory))?;
        }
        Ok(Box::new(Unfinished {
            inner: inner.to_owned(),
            overwrite,
            contents: Vec::new(),
            place: Arc::clone(&self.place),
        }))
    }

    fn make_folder(&self, inner: &str) -> io::Result<()> {
        make_folder(&mut self.place.nodes(), inner)
    }

    fn delete(&self, inner: &str) -> io::Result<()> {
        let mut nodes = self.place.nodes();
        find(&nodes, inner)?;
        let below = format!("{inner}/");
        nodes.retain(|name, _| name != inner && !name.starts_with(&below));
        touch(&mut nodes, inner);
        Ok(())
    }
}

/// The bytes of a file, counted as they are read.
struct Counted {
    bytes: io::Take<Cursor<Arc<[u8]>>>,
    place: Arc<Place>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.place.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// A file that is being written.
struct Unfinished {
    inner: String,
    overwrite: bool,
    contents: Vec<u8>,
    place: Arc<Place>,
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.contents.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Draft for Unfinished {
    fn commit(self: Box<Self>) -> io::Result<()> {
        let mut nodes = self.place.nodes();
        if nodes.contains_key(&self.inner) && !self.overwrite {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        put(&mut nodes, &self.inner, Node::new(Some(self.contents.into())));
        Ok(())
    }
}
