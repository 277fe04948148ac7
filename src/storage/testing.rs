//! Workspaces for tests, with their files in a store of each kind.

use tempfile::TempDir;

use super::files::Files;
use super::location::Location;
use super::memory;
use super::mounts::Mounts;
use super::remote::testing::CLOUD;

/// A workspace whose `/mnt/data` and `/mnt/out` are in one store.
pub(crate) struct Stored {
    /// The workspace's folder; the files are in it only where the store is a folder.
    pub(crate) folder: TempDir,
    pub(crate) mounts: Mounts,
    /// Whether the store is a folder of this machine.
    pub(crate) is_local: bool,
}

impl Stored {
    /// Makes an empty one in a folder.
    pub(crate) fn in_folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mounts = Mounts::new(folder.path());
        mounts.declare("file:datasets", "/mnt/data").unwrap();
        mounts.declare("file:.sheaf/out", "/mnt/out").unwrap();
        std::fs::create_dir(folder.path().join("datasets")).unwrap();
        Self {
            folder,
            mounts,
            is_local: true,
        }
    }

    /// Makes an empty one in memory.
    pub(crate) fn in_memory() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mounts = Mounts::new(folder.path()).with_scheme(&memory::SCHEME);
        mounts.mount("memory:data", "/mnt/data").unwrap();
        mounts.mount("memory:out", "/mnt/out").unwrap();
        Self {
            folder,
            mounts,
            is_local: false,
        }
    }

    /// Makes an empty one in a store that has only objects.
    pub(crate) fn in_cloud() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mounts = Mounts::new(folder.path()).with_scheme(&CLOUD);
        mounts.mount("cloud:data", "/mnt/data").unwrap();
        mounts.mount("cloud:out", "/mnt/out").unwrap();
        Self {
            folder,
            mounts,
            is_local: false,
        }
    }

    /// Makes an empty one in a folder, and one elsewhere.
    pub(crate) fn everywhere() -> [Self; 2] {
        [Self::in_folder(), Self::in_memory()]
    }

    /// Makes an empty one of each kind.
    pub(crate) fn of_each_kind() -> [Self; 3] {
        [Self::in_folder(), Self::in_memory(), Self::in_cloud()]
    }

    /// Returns where a name is.
    pub(crate) fn at(&self, name: &str) -> Location {
        self.mounts.resolve(name).unwrap()
    }

    /// Writes a file, in place of one that is there.
    pub(crate) fn put(&self, name: &str, contents: impl AsRef<[u8]>) -> Location {
        let location = self.at(name);
        let mut writer = location.create(true).unwrap();
        writer.put(contents.as_ref()).unwrap();
        writer.commit().unwrap();
        location
    }

    /// Returns everything under a folder, as `name=contents` and `name/`.
    pub(crate) fn tree(&self, folder: &str) -> String {
        let mut lines = Vec::new();
        let mut open = vec![folder.to_owned()];
        while let Some(next) = open.pop() {
            for info in Files::new(&self.mounts).ls(&next).unwrap() {
                let name = info.path.strip_prefix(folder).unwrap().trim_start_matches('/');
                if info.name.ends_with('/') {
                    lines.push(name.to_owned());
                    open.push(info.path);
                } else {
                    let text = self.at(&info.path).text().unwrap();
                    lines.push(format!("{name}={}", text.replace('\n', ",")));
                }
            }
        }
        lines.sort();
        lines.join(" ")
    }
}
