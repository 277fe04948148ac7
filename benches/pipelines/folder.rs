//! [`Folder`]: a workspace in a folder of its own.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A workspace in a folder of its own.
pub struct Folder(TempDir);

impl Folder {
    /// Makes a workspace of these files.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Prepares a command of Sheaf.
    pub fn sheaf(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sheaf"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env("XDG_STATE_HOME", self.path().join("state"));
        command
    }

    /// Serves the workspace, the page at this port.
    pub fn serve(&self, port: u16) -> Served {
        let address = format!("127.0.0.1:{port}");
        let log = fs::File::create(self.path().join("serve.log")).unwrap();
        let child = self
            .sheaf(&["serve", "--address", &address])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Served(child)
    }
}

/// A process that serves; it is stopped when this is dropped.
pub struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
