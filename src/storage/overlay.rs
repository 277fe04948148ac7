//! [`Overlay`]: a store that shows another one and changes nothing of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::StorageError;
use super::folder::Folder;
use super::store::{Draft, Entry, Store};
use super::version::FileVersion;
use crate::secret::Sendings;

/// A store that shows another one and changes nothing of it: what is written goes into a folder for that, and is read from
/// there first; what is removed is only hidden.
#[derive(Debug)]
pub(super) struct Overlay {
    below: Arc<dyn Store>,
    /// Where what is written goes; without it, nothing can be written.
    above: Option<Folder>,
    /// What was removed of the store below, folders with all that is in them.
    hidden: Mutex<BTreeSet<String>>,
}

impl Overlay {
    /// Shows `below`; what is written goes into the folder `above`.
    pub(super) fn new(below: Arc<dyn Store>, above: PathBuf) -> Self {
        Self {
            below,
            above: Some(Folder::scratch(above)),
            hidden: Mutex::default(),
        }
    }

    /// Shows `below`, where nothing can be written.
    pub(super) fn read_only(below: Arc<dyn Store>) -> Self {
        Self {
            below,
            above: None,
            hidden: Mutex::default(),
        }
    }

    /// Returns the store in which `inner` is seen.
    fn seen(&self, inner: &str) -> &dyn Store {
        match &self.above {
            Some(above) if above.head(inner).is_ok() => above,
            _ => self.below.as_ref(),
        }
    }

    /// Returns whether something of the store below was removed.
    fn is_hidden(&self, inner: &str) -> bool {
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        let is_within = |folder: &String| {
            let rest = inner.strip_prefix(folder.as_str());
            rest.is_some_and(|rest| rest.is_empty() || folder.is_empty() || rest.starts_with('/'))
        };
        hidden.iter().any(is_within)
    }

    fn above(&self) -> io::Result<&Folder> {
        self.above.as_ref().ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::Unsupported,
                "a debug run writes under /mnt alone, where it can be undone",
            )
        })
    }
}

impl Store for Overlay {
    fn source(&self) -> &str {
        self.below.source()
    }

    fn address(&self, inner: &str) -> String {
        self.seen(inner).address(inner)
    }

    fn identity(&self, inner: &str) -> String {
        self.seen(inner).identity(inner)
    }

    fn check(&self, mount_point: &str) -> Result<(), StorageError> {
        self.below.check(mount_point)
    }

    fn outside(&self, inner: &str) -> io::Result<Option<PathBuf>> {
        self.seen(inner).outside(inner)
    }

    fn head(&self, inner: &str) -> io::Result<Entry> {
        if let Some(above) = &self.above
            && let Ok(entry) = above.head(inner)
        {
            return Ok(entry);
        }
        if self.is_hidden(inner) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.below.head(inner)
    }

    fn list(&self, inner: &str) -> io::Result<Vec<Entry>> {
        let above = self.above.as_ref().map(|above| above.list(inner));
        let below = if self.is_hidden(inner) {
            Err(io::ErrorKind::NotFound.into())
        } else {
            self.below.list(inner)
        };
        let (above, below) = match (above, below) {
            (Some(Ok(above)), Ok(below)) => (above, below),
            (Some(Ok(above)), Err(error)) if error.kind() == io::ErrorKind::NotFound => (above, Vec::new()),
            (_, below) => (Vec::new(), below?),
        };
        let path = |name: &str| {
            if inner.is_empty() {
                name.to_owned()
            } else {
                format!("{inner}/{name}")
            }
        };
        let below = below
            .into_iter()
            .filter(|entry| !self.is_hidden(&path(&entry.name)));
        let all = below.chain(above).map(|entry| (entry.name.clone(), entry));
        Ok(all.collect::<BTreeMap<_, _>>().into_values().collect())
    }

    fn read(
        &self,
        inner: &str,
        range: Range<u64>,
        version: Option<&FileVersion>,
    ) -> io::Result<Box<dyn Read + Send>> {
        self.head(inner)?;
        self.seen(inner).read(inner, range, version)
    }

    fn create(&self, inner: &str, overwrite: bool) -> io::Result<Box<dyn Draft>> {
        let above = self.above()?;
        if !overwrite && self.head(inner).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        above.create(inner, overwrite)
    }

    fn make_folder(&self, inner: &str) -> io::Result<()> {
        self.above()?.make_folder(inner)
    }

    fn delete(&self, inner: &str) -> io::Result<()> {
        let above = self.above()?;
        self.head(inner)?;
        if above.head(inner).is_ok() {
            above.delete(inner)?;
        }
        self.hidden
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(inner.to_owned());
        Ok(())
    }

    fn sends(&self) -> Sendings {
        self.below.sends()
    }

    fn is_remote(&self) -> bool {
        self.below.is_remote()
    }

    fn local_path(&self, inner: &str) -> Option<PathBuf> {
        let below = self.below.local_path(inner)?;
        let Some(above) = &self.above else {
            return Some(below);
        };
        let is_below = above.head(inner).is_err() && !self.is_hidden(inner) && self.below.head(inner).is_ok();
        if is_below {
            Some(below)
        } else {
            above.local_path(inner)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;

    fn text(store: &dyn Store, inner: &str) -> String {
        let mut text = String::new();
        match store.read(inner, 0..100, None) {
            Ok(mut reader) => reader.read_to_string(&mut text).map(|_| text).unwrap(),
            Err(error) => format!("{:?}", error.kind()),
        }
    }

    fn write(store: &dyn Store, inner: &str, text: &str) -> io::Result<()> {
        let mut draft = store.create(inner, true)?;
        draft.write_all(text.as_bytes())?;
        draft.commit()
    }

    #[test]
    fn what_is_written_and_removed_is_seen_and_nothing_below_changes() {
        let (below, above) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (name, content) in [
            ("a.csv", "a"),
            ("b.csv", "b"),
            ("day=1/c.csv", "c"),
            ("day=1/d.csv", "d"),
        ] {
            fs::create_dir_all(below.path().join("day=1")).unwrap();
            fs::write(below.path().join(name), content).unwrap();
        }
        let store = Overlay::new(
            Arc::new(Folder::scratch(below.path().to_owned())),
            above.path().join("new"),
        );
        write(&store, "a.csv", "A").unwrap();
        write(&store, "day=2/e.csv", "e").unwrap();
        store.delete("b.csv").unwrap();
        store.delete("day=1").unwrap();
        write(&store, "day=1/d.csv", "D").unwrap();
        let list = |folder: &str| {
            let entries = store.list(folder).unwrap();
            entries
                .into_iter()
                .map(|entry| entry.name)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(list(""), "a.csv day=1 day=2");
        assert_eq!(
            (list("day=1"), list("day=2")),
            ("d.csv".to_owned(), "e.csv".to_owned())
        );
        let seen = ["a.csv", "b.csv", "day=1/c.csv", "day=1/d.csv", "day=2/e.csv"];
        let seen = seen.map(|inner| text(&store, inner));
        assert_eq!(seen, ["A", "NotFound", "NotFound", "D", "e"]);
        assert!(store.create("a.csv", false).is_err() && store.delete("b.csv").is_err());
        for (name, content) in [
            ("a.csv", "a"),
            ("b.csv", "b"),
            ("day=1/c.csv", "c"),
            ("day=1/d.csv", "d"),
        ] {
            assert_eq!(fs::read_to_string(below.path().join(name)).unwrap(), content);
        }
        assert!(!below.path().join("day=2").exists());
    }

    #[test]
    fn a_store_for_reading_refuses_what_would_change_it() {
        let below = tempfile::tempdir().unwrap();
        fs::write(below.path().join("a.csv"), "a").unwrap();
        let store = Overlay::read_only(Arc::new(Folder::scratch(below.path().to_owned())));
        assert_eq!(text(&store, "a.csv"), "a");
        assert!(write(&store, "b.csv", "b").is_err() && store.delete("a.csv").is_err());
        assert!(store.make_folder("c").is_err());
        assert_eq!(fs::read_dir(below.path()).unwrap().count(), 1);
    }
}
