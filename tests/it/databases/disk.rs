//! A disk that a test fills: see `tests/servers/full_disk.c`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A disk with space, until it is filled.
pub struct Disk {
    folder: TempDir,
}

impl Disk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The server is another user.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/full_disk.c");
        let disk = Self { folder };
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(disk.library())
            .arg(source)
            .arg("-ldl")
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        disk
    }

    /// Returns what a server's environment needs, for this to be its disk.
    pub fn environment(&self) -> [(&'static str, PathBuf); 2] {
        [("LD_PRELOAD", self.library()), ("FULL_DISK", self.sign())]
    }

    /// Leaves no space.
    pub fn fill(&self) {
        fs::write(self.sign(), "").unwrap();
    }

    /// Makes space again.
    pub fn clear(&self) {
        // It may have been too small before.
        if self.sign().exists() {
            fs::remove_file(self.sign()).unwrap();
        }
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("full_disk.so")
    }

    fn sign(&self) -> PathBuf {
        self.folder.path().join("full")
    }
}
