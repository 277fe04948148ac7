//! [`Container`]: any place of any cloud as a [`Store`].

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt as _;

use super::client::Client;
use super::failure::{Failure, RemoteError};
use super::folders::{self, Found, Meaning};
use super::listing::{self, Below};
use super::reading::{Pieces, Reading};
use super::sends;
use super::service::{Objects, ServerCopy, Service};
use super::spelling::key_of;
use super::upload::Upload;
use crate::secret::Sendings;
use crate::storage::access::Access;
use crate::storage::store::{Draft, Entry, Listing, Store};
use crate::storage::version::FileVersion;
use crate::work::{Interrupt, Tally};

/// How many objects are removed at the same time.
const TOGETHER: usize = 16;
/// How many folders are known at most not to be files.
const KNOWN: usize = 10_000;

/// A mounted place of a cloud.
#[derive(Debug)]
pub(in crate::storage) struct Container {
    client: Arc<Client>,
    /// Keys at which there is no file, so that one can be below.
    folders: Mutex<BTreeSet<String>>,
}

impl Container {
    /// Takes a place as a store; makes no request.
    pub(in crate::storage) fn open(service: Arc<dyn Service>, access: &Access) -> Arc<dyn Store> {
        Arc::new(Self {
            client: Arc::new(Client::new(service, access.clone())),
            folders: Mutex::default(),
        })
    }

    fn service(&self) -> &dyn Service {
        self.client.service()
    }

    /// Returns the key of a name; one that no object can have is an error.
    fn key(&self, inner: &str) -> io::Result<String> {
        let key = match inner {
            "" => Some(String::new()),
            // What is never listed has no names that are spelled in some way.
            _ if !self.service().can_list() => Some(inner.to_owned()).filter(|inner| is_path(inner)),
            _ => key_of(inner),
        };
        let bad = || {
            let name = inner.to_owned();
            self.client
                .failed(RemoteError::new("", Failure::BadName { name }))
        };
        Ok(self.join(&key.ok_or_else(bad)?))
    }

    /// Returns the key of what has a key below the place that is mounted.
    fn join(&self, below: &str) -> String {
        match (self.service().prefix(), below) {
            ("", _) => below.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, _) => format!("{prefix}/{below}"),
        }
    }

    /// Returns what the keys below a folder begin with.
    fn below(&self, inner: &str) -> io::Result<String> {
        let key = self.key(inner)?;
        Ok(if key.is_empty() { key } else { format!("{key}/") })
    }

    fn find(&self, inner: &str) -> io::Result<Found> {
        if inner.is_empty() {
            return Ok(Found::Folder);
        }
        let (key, can_list) = (self.key(inner)?, self.service().can_list());
        self.client.ask(|objects| {
            let key = key.clone();
            async move { folders::find(&objects, &key, can_list).await }
        })
    }

    fn writable(&self) -> io::Result<()> {
        if self.service().is_read_only() {
            return Err(self.client.failed(RemoteError::new("", Failure::ReadOnly)));
        }
        Ok(())
    }

    fn listable(&self) -> io::Result<()> {
        if !self.service().can_list() {
            let what = "list what is there";
            return Err(self
                .client
                .failed(RemoteError::new("", Failure::Unsupported { what })));
        }
        Ok(())
    }

    fn listed(&self, inner: &str, pages: usize) -> io::Result<Vec<Entry>> {
        self.listable()?;
        if let Some(entries) = listing::folder(&self.client, &self.below(inner)?, pages)? {
            return Ok(entries);
        }
        match self.find(inner)? {
            Found::Folder => Ok(Vec::new()),
            other => Err(folders::no_folder(&other)),
        }
    }

    /// Makes sure that no folder above a name is a file; they are looked at all at once, and only once.
    fn check_above(&self, inner: &str) -> io::Result<()> {
        let mut above = Vec::new();
        let mut rest = inner;
        while let Some((folder, _)) = rest.rsplit_once('/') {
            above.push(self.key(folder)?);
            rest = folder;
        }
        let known = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        above.retain(|key| !known.contains(key));
        drop(known);
        if above.is_empty() {
            return Ok(());
        }
        let is_file = self.client.ask(|objects| {
            let above = above.clone();
            async move {
                for found in
                    futures::future::join_all(above.iter().map(|key| folders::object(&objects, key))).await
                {
                    if let Some(Found::File(_)) = found? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        })?;
        if is_file {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let mut known = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + above.len() > KNOWN {
            known.clear();
        }
        known.extend(above);
        Ok(())
    }

    /// Removes objects, several at the same time.
    fn remove(&self, keys: Vec<String>) -> io::Result<()> {
        self.client.ask(|objects| {
            let removed = keys
                .clone()
                .into_iter()
                .map(move |key| remove(Arc::clone(&objects), key));
            async move {
                let mut removed = futures::stream::iter(removed).buffer_unordered(TOGETHER);
                while let Some(removed) = removed.next().await {
                    removed?;
                }
                Ok(())
            }
        })
    }

    /// Removes all that is below a folder, files before the markers of the folders that they are in.
    fn remove_folder(&self, inner: &str) -> io::Result<()> {
        let below = self.below(inner)?;
        let task = Interrupt::of_thread().progress().count("removing", "files", 0);
        let mut markers = BTreeSet::new();
        let mut files = Vec::new();
        for object in listing::objects(&self.client, &below) {
            let object = object?;
            let name = object.key.strip_prefix(&below).unwrap_or(&object.key);
            if matches!(folders::meaning(&object, name), Meaning::Marker(_) | Meaning::Own) {
                markers.insert(object.key);
                continue;
            }
            files.push(object.key);
            if files.len() >= 4 * TOGETHER {
                task.advance(files.len() as u64);
                self.remove(std::mem::take(&mut files))?;
            }
        }
        self.remove(files)?;
        let key = self.key(inner)?;
        let own = [key.clone(), format!("{key}{}", super::generic::FOLDER_END)];
        for marker in markers.into_iter().rev() {
            self.remove(vec![marker])?;
        }
        // A file of the same name stays.
        let is_marker = self.client.ask(|objects| {
            let key = key.clone();
            async move { folders::object(&objects, &key).await }
        })?;
        let own = own
            .into_iter()
            .skip(usize::from(is_marker != Some(Found::Folder)));
        self.remove(own.collect())
    }
}

/// Returns whether a name can be part of a path: no empty part, none of dots, no control characters.
fn is_path(name: &str) -> bool {
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(|c: char| c.is_control());
    name.split('/').all(is_part)
}

/// Removes an object, or finds that someone else was faster.
async fn remove(objects: Arc<dyn Objects>, key: String) -> Result<(), RemoteError> {
    match objects.delete(&key, None).await {
        Err(error) if matches!(error.failure, Failure::Missing) => Ok(()),
        removed => removed,
    }
}

impl Store for Container {
    fn source(&self) -> &str {
        self.service().source()
    }

    fn address(&self, inner: &str) -> String {
        let address = self.service().address();
        // A name that no key has is the address of nothing.
        let key = self.key(inner).unwrap_or_else(|_| self.join(inner));
        match key.as_str() {
            "" => address.to_owned(),
            key => format!("{address}/{key}"),
        }
    }

    fn head(&self, inner: &str) -> io::Result<Entry> {
        let name = inner.rsplit('/').next().unwrap_or(inner);
        match self.find(inner)? {
            Found::File(object) => Ok(folders::entry(name, &object)),
            Found::Folder => Ok(Entry::folder(name.to_owned())),
            Found::Nothing => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, inner: &str) -> io::Result<Vec<Entry>> {
        self.listed(inner, usize::MAX)
    }

    fn list_some(&self, inner: &str) -> io::Result<Vec<Entry>> {
        self.listed(inner, 1)
    }

    fn list_beginning<'a>(&'a self, inner: &str, beginning: &str) -> Listing<'a> {
        match self.listable().and_then(|()| self.below(inner)) {
            Ok(below) => Box::new(listing::beginning(&self.client, below, beginning)),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }

    fn walk<'a>(&'a self, inner: &str) -> Listing<'a> {
        let below = match self.listable().and_then(|()| self.below(inner)) {
            Ok(below) => below,
            Err(error) => return Box::new(std::iter::once(Err(error))),
        };
        let inner = inner.to_owned();
        Box::new(Below::new(&self.client, below, move || {
            match self.find(&inner)? {
                Found::Folder => Ok(()),
                other => Err(folders::no_folder(&other)),
            }
        }))
    }

    fn read(
        &self,
        inner: &str,
        range: Range<u64>,
        version: Option<&FileVersion>,
    ) -> io::Result<Box<dyn Read + Send>> {
        let version = match version {
            Some(version) => version.clone(),
            None => match self.find(inner)? {
                Found::File(object) => folders::version(&object),
                Found::Folder => return Err(io::ErrorKind::IsADirectory.into()),
                Found::Nothing => return Err(io::ErrorKind::NotFound.into()),
            },
        };
        let reading = Reading {
            client: Arc::clone(&self.client),
            key: self.key(inner)?,
            address: self.address(inner),
            version,
        };
        Ok(Box::new(Pieces::new(reading, range)))
    }

    fn create(&self, inner: &str, overwrite: bool) -> io::Result<Box<dyn Draft>> {
        self.writable()?;
        let key = self.key(inner)?;
        if key.is_empty() || inner.is_empty() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        self.check_above(inner)?;
        let found = self.client.ask(|objects| {
            let key = key.clone();
            async move { folders::object(&objects, &key).await }
        })?;
        match found {
            Some(Found::Folder) => return Err(io::ErrorKind::IsADirectory.into()),
            Some(Found::File(_)) if !overwrite => return Err(io::ErrorKind::AlreadyExists.into()),
            _ => {}
        }
        let address = self.address(inner);
        Ok(Box::new(Upload::new(
            Arc::clone(&self.client),
            key,
            address,
            overwrite,
        )))
    }

    fn make_folder(&self, inner: &str) -> io::Result<()> {
        self.writable()?;
        match self.find(inner)? {
            Found::File(_) => return Err(io::ErrorKind::AlreadyExists.into()),
            Found::Folder => return Ok(()),
            Found::Nothing => {}
        }
        self.check_above(inner)?;
        let key = self.key(inner)?;
        self.client.ask(|objects| {
            let key = key.clone();
            async move { objects.mark_folder(&key).await }
        })
    }

    fn delete(&self, inner: &str) -> io::Result<()> {
        self.writable()?;
        match self.find(inner)? {
            Found::File(_) => {
                let key = self.key(inner)?;
                self.client.ask(|objects| {
                    let key = key.clone();
                    async move { objects.delete(&key, None).await }
                })
            }
            Found::Folder => self.remove_folder(inner),
            Found::Nothing => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn delete_version(&self, inner: &str, version: &FileVersion) -> io::Result<()> {
        self.writable()?;
        let (key, etag) = (self.key(inner)?, folders::etag(version).map(str::to_owned));
        self.client.ask(|objects| {
            let (key, etag) = (key.clone(), etag.clone());
            async move { objects.delete(&key, etag.as_deref()).await }
        })
    }

    fn copy(&self, from: &str, version: Option<&FileVersion>, to: &str, told: &Tally) -> io::Result<bool> {
        let address = self.service().address();
        let here = from.strip_prefix(address).and_then(|key| key.strip_prefix('/'));
        let there = here
            .map(|key| (address, key))
            .or_else(|| self.service().sibling(from));
        let Some((container, key)) = there else {
            return Ok(false);
        };
        self.writable()?;
        self.check_above(to)?;
        let copy = ServerCopy {
            is_same_container: container == address,
            container: container.to_owned(),
            from: key.to_owned(),
            etag: version.and_then(folders::etag).map(str::to_owned),
            to: self.key(to)?,
            overwrite: true,
            told: told.clone(),
        };
        self.client.ask(|objects| {
            let copy = copy.clone();
            async move { objects.copy(&copy).await }
        })
    }

    fn sends(&self) -> Sendings {
        sends::of(self.service(), self.client.access().is_anonymous)
    }

    fn is_remote(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
