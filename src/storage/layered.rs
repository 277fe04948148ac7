//! [`Layered`]: files of this machine, of which a folder has some in another state.

use std::io::{self, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::folder::Folder;
use super::store::{Draft, Entry, Store};
use super::version::FileVersion;

/// Files of this machine, of which a folder has some in another state: those are read from there, and everything else is
/// where it is.
///
/// So a published notebook reads the libraries that were published with it, and the data of today.
#[derive(Debug)]
pub(super) struct Layered {
    first: Folder,
    others: Arc<dyn Store>,
}

impl Layered {
    /// Reads the files that `folder` has from there.
    pub(super) fn new(folder: PathBuf, others: Arc<dyn Store>) -> Self {
        Self {
            first: Folder::anywhere(folder),
            others,
        }
    }

    /// Returns the store in which `inner` is seen: the first one for the files that it has.
    fn seen(&self, inner: &str) -> &dyn Store {
        let is_first = self.first.head(inner).is_ok_and(|entry| !entry.is_folder());
        if is_first {
            &self.first
        } else {
            self.others.as_ref()
        }
    }
}

impl Store for Layered {
    fn source(&self) -> &str {
        self.others.source()
    }

    fn address(&self, inner: &str) -> String {
        self.seen(inner).address(inner)
    }

    fn identity(&self, inner: &str) -> String {
        self.seen(inner).identity(inner)
    }

    fn outside(&self, inner: &str) -> io::Result<Option<PathBuf>> {
        self.seen(inner).outside(inner)
    }

    fn head(&self, inner: &str) -> io::Result<Entry> {
        self.seen(inner).head(inner)
    }

    fn list(&self, inner: &str) -> io::Result<Vec<Entry>> {
        self.others.list(inner)
    }

    fn read(
        &self,
        inner: &str,
        range: Range<u64>,
        version: Option<&FileVersion>,
    ) -> io::Result<Box<dyn Read + Send>> {
        self.seen(inner).read(inner, range, version)
    }

    fn create(&self, inner: &str, overwrite: bool) -> io::Result<Box<dyn Draft>> {
        self.others.create(inner, overwrite)
    }

    fn make_folder(&self, inner: &str) -> io::Result<()> {
        self.others.make_folder(inner)
    }

    fn delete(&self, inner: &str) -> io::Result<()> {
        self.others.delete(inner)
    }

    fn local_path(&self, inner: &str) -> Option<PathBuf> {
        self.seen(inner).local_path(inner)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_of_the_folder_are_read_first_and_all_else_is_where_it_is() {
        let (version, workspace) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (folder, name, text) in [
            (&version, "lib/a.star", "then"),
            (&workspace, "lib/a.star", "now"),
            (&workspace, "data.csv", "today"),
        ] {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let others = Arc::new(Folder::anywhere(workspace.path().to_owned()));
        let store = Layered::new(version.path().to_owned(), others);
        let text = |inner: &str| {
            let mut text = String::new();
            store
                .read(inner, 0..100, None)
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            text
        };
        assert_eq!(
            (text("lib/a.star"), text("data.csv")),
            ("then".to_owned(), "today".to_owned())
        );
        let absolute = workspace.path().join("lib/a.star");
        assert_eq!(text(absolute.to_str().unwrap()), "now");
        store.make_folder("out").unwrap();
        assert!(workspace.path().join("out").is_dir() && !version.path().join("out").exists());
    }
}
