//! [`Surroundings`]: where a cell stands among files, and which notebooks are being included around it.
//!
//! Says what a notebook's name means; whether there is such a file, and what it holds, is for others to find out.

use std::borrow::Cow;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::storage::{Location, Mounts};

/// What relative names of notebooks start from, and the notebooks on the way here.
#[derive(Debug, Clone)]
pub struct Surroundings {
    mounts: Arc<Mounts>,
    /// The folder; its name starts from the workspace, whose own is empty.
    folder: Location,
    /// Where on this machine shell commands run: the folder, or else the workspace's.
    here: PathBuf,
    /// The notebooks that include each other down to here, outermost first.
    chain: Vec<OpenNotebook>,
    /// How many of them run the next one in a session of its own.
    sessions: usize,
}

/// A notebook that is being included.
#[derive(Debug, Clone)]
struct OpenNotebook {
    name: String,
    /// Its address without links.
    identity: String,
}

impl OpenNotebook {
    fn new(notebook: &Location) -> Self {
        Self {
            name: notebook.name().to_owned(),
            identity: notebook.identity(),
        }
    }
}

impl Surroundings {
    /// Stands in the file of a notebook.
    pub fn of_notebook(mounts: &Arc<Mounts>, notebook: &Path) -> Self {
        let mut inside = Self::of_folder(mounts, notebook.parent().unwrap_or(Path::new("")));
        let file = Path::new(notebook.file_name().unwrap_or_default());
        let name = mounts.name_of(&inside.here.join(file));
        let own = inside.folder.join(name, &file.to_string_lossy());
        inside.chain.push(OpenNotebook::new(&own));
        inside
    }

    /// Stands in `folder`, in a session whose cells have no file.
    pub fn of_folder(mounts: &Arc<Mounts>, folder: &Path) -> Self {
        // An empty name means the current folder, but only to people.
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        // However it was typed, from wherever: names below it must be the same.
        let path = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        Self {
            mounts: Arc::clone(mounts),
            folder: Location::folder(mounts.name_of(&path), &path),
            here: path,
            chain: Vec::new(),
            sessions: 0,
        }
    }

    /// Returns the surroundings of the cells of `notebook`, which is included from here.
    #[must_use]
    pub fn inside(&self, notebook: &Location) -> Self {
        let mut inside = self.clone();
        if let Some(folder) = notebook.parent() {
            let name = Path::new(notebook.name()).parent().map(shown);
            inside.folder = folder.named(name.unwrap_or_default());
            inside.here = inside
                .folder
                .local()
                .unwrap_or_else(|| self.mounts.root().to_owned());
        }
        inside.chain.push(OpenNotebook::new(notebook));
        inside
    }

    /// Returns the surroundings of the cells of `notebook`, which is run from here in a session of its own.
    #[must_use]
    pub(super) fn child(&self, notebook: &Location) -> Self {
        let mut inside = self.inside(notebook);
        inside.sessions += 1;
        inside
    }

    /// Returns the same mounts, with the cells in the file of a notebook.
    #[must_use]
    pub fn at_notebook(&self, notebook: &Path) -> Self {
        Self::of_notebook(&self.mounts, notebook)
    }

    /// Returns the same folder, with the cells in no file.
    #[must_use]
    pub fn without_notebook(&self) -> Self {
        Self::of_folder(&self.mounts, self.folder())
    }

    /// Returns the mounts.
    pub fn mounts(&self) -> Arc<Mounts> {
        Arc::clone(&self.mounts)
    }

    /// Returns how many sessions are around this one.
    pub fn sessions(&self) -> usize {
        self.sessions
    }

    /// Returns what tells the folder from others in keys of results: its name in the workspace, so that a copy of the
    /// workspace knows them again, or else its path.
    pub(super) fn known_folder(&self) -> Cow<'_, str> {
        if self.folder.name().starts_with("..") {
            Cow::Owned(self.folder.address())
        } else {
            Cow::Borrowed(self.folder.name())
        }
    }

    /// Returns the folder of this machine that shell commands run in.
    pub fn folder(&self) -> &Path {
        &self.here
    }

    /// Returns the names of the notebooks that include each other down to here, outermost first.
    pub fn chain(&self) -> impl ExactSizeIterator<Item = &str> {
        self.chain.iter().map(|open| open.name.as_str())
    }

    /// Returns whether `notebook` is one of those that are being included.
    pub fn is_open(&self, notebook: &Location) -> bool {
        let identity = notebook.identity();
        self.chain.iter().any(|open| open.identity == identity)
    }

    /// Returns where `name` is; nothing has to be there.
    ///
    /// `./setup.py` and `../lib/setup.py` start from this folder. Anything else, and what a folder under a mount
    /// holds, goes through the mounts, which it cannot climb out of.
    pub fn resolve(&self, name: &str) -> Result<Location> {
        if name.is_empty() || name.starts_with('/') || name.contains(':') {
            return self.mounts.resolve(name);
        }
        if self.folder.is_mounted() {
            return self.mounts.resolve(&format!("{}/{name}", self.folder.name()));
        }
        let relative = plain(Path::new(name));
        let shown = shown(&plain(&Path::new(self.folder.name()).join(name)));
        Ok(self.folder.join(shown, &relative.to_string_lossy()))
    }
}

/// Writes a path as names are written, with `/`.
fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Returns a path without `.` and, as far as that can be seen from the text, without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut kept = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(kept.components().next_back(), Some(Component::Normal(_))) => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(surroundings: &Surroundings, name: &str) -> String {
        match surroundings.resolve(name) {
            Ok(location) => format!("{location:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn names_start_from_the_notebook_or_else_from_the_folder() {
        let mounts = Arc::new(Mounts::new("/home/me"));
        let at = |notebook: Option<&str>, folder: &str, name: &str| {
            let surroundings = match notebook {
                Some(notebook) => Surroundings::of_notebook(&mounts, Path::new(notebook)),
                None => Surroundings::of_folder(&mounts, Path::new(folder)),
            };
            resolved(&surroundings, name)
        };
        for (notebook, folder, name, expected) in [
            (Some("/home/me/a.py"), "", "./b.py", "b.py at /home/me/b.py"),
            (
                Some("/home/me/s/a.py"),
                "/x",
                "./b.py",
                "s/b.py at /home/me/s/b.py",
            ),
            (
                Some("/home/me/s/a.py"),
                "",
                "../lib/b.py",
                "lib/b.py at /home/me/s/../lib/b.py",
            ),
            (
                Some("/home/me/a.py"),
                "",
                "../b.py",
                "../b.py at /home/me/../b.py",
            ),
            (Some("/home/s/a.py"), "", "t/../b.py", "../s/b.py at /home/s/b.py"),
            (None, "/home/me", "b.py", "b.py at /home/me/b.py"),
            (None, "/x", "./b.py", "../../x/b.py at /x/b.py"),
            (None, "/x", "/s/b.py", "/s/b.py at /s/b.py"),
        ] {
            assert_eq!(at(notebook, folder, name), expected, "{name} from {notebook:?}");
        }
    }

    #[test]
    fn however_a_folder_is_typed_its_names_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir(root.join("s")).unwrap();
        let mounts = Arc::new(Mounts::new(&root));
        for typed in ["s/a.py", "./s/a.py", "s/../s/a.py", "s/./renamed.py"] {
            let inside = Surroundings::of_notebook(&mounts, &root.join(typed));
            assert_eq!(
                resolved(&inside, "./b.py"),
                format!("s/b.py at {}/s/b.py", root.display()),
                "{typed}"
            );
            assert_eq!(inside.known_folder(), "s");
        }
    }

    #[test]
    fn a_notebook_under_a_mount_cannot_climb_out_of_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("lib")).unwrap();
        let mounts = Arc::new(Mounts::new(folder.path()));
        mounts.mount("file:lib", "/mnt/lib").unwrap();
        let nowhere = Surroundings::of_folder(&mounts, mounts.root());
        let inside = nowhere.inside(&nowhere.resolve("/mnt/lib/setup.py").unwrap());
        assert!(resolved(&inside, "./b.py").starts_with("/mnt/lib/b.py at "));
        assert!(
            inside.resolve("../b.py").is_err(),
            "{}",
            resolved(&inside, "../b.py")
        );
    }
}
