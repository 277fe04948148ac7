//! What a person types and sees, as a test: the real binary, in a fresh folder and a clean environment.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use sheaf::secret::Trust;
use sheaf::workspace::Workspace;
use tempfile::TempDir;

use crate::docs::{copy_repository, without_times};

/// A folder, and one command after the other in it.
///
/// A command is `sheaf`, what is expected of it, and `exits`, which runs it and compares everything; output
/// that is not mentioned must be empty. Times are compared as `[time]`, the folder as `[dir]`, the person's own
/// folder, which is outside of it, as `[state]`.
pub struct Transcript {
    folder: TempDir,
    state: TempDir,
    arguments: Vec<String>,
    stdin: String,
    variables: Vec<(String, String)>,
    stdout: String,
    stderr: String,
}

impl Transcript {
    /// Starts in an empty folder.
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            state: tempfile::tempdir().unwrap(),
            arguments: Vec::new(),
            stdin: String::new(),
            variables: Vec::new(),
            stdout: String::new(),
            stderr: String::new(),
        }
    }

    /// Makes the folder a copy of the repository's own workspace.
    pub fn workspace(self) -> Self {
        copy_repository(self.folder.path());
        self
    }

    /// Writes a file; folders in its name are made.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Approves the scopes that the folder's `sheaf.ron` names now.
    #[track_caller]
    pub fn approved(self) -> Self {
        approve_scopes(self.path(), self.state());
        self
    }

    /// Removes an environment variable.
    pub fn without_env(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// Sets a variable of the environment of the next command.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Types this into the next command.
    pub fn stdin(mut self, text: &str) -> Self {
        text.clone_into(&mut self.stdin);
        self
    }

    /// Says what the next command is.
    pub fn sheaf<const N: usize>(mut self, arguments: [&str; N]) -> Self {
        self.arguments = arguments.map(str::to_owned).to_vec();
        self
    }

    /// Says what it prints.
    pub fn stdout(mut self, text: &str) -> Self {
        text.clone_into(&mut self.stdout);
        self
    }

    /// Says what it prints as errors.
    pub fn stderr(mut self, text: &str) -> Self {
        text.clone_into(&mut self.stderr);
        self
    }

    /// Runs the command and compares its exit code and how its errors begin, where the rest is not Sheaf's own text.
    #[track_caller]
    pub fn fails(self, code: i32, begin: &str) -> Self {
        let output = self.output();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(errors.starts_with(begin), "expected {begin}\nfound {errors}");
        assert_eq!(output.status.code(), Some(code), "{errors}");
        Self {
            arguments: Vec::new(),
            stdin: String::new(),
            variables: Vec::new(),
            ..self
        }
    }

    /// Runs the command and compares its outputs and exit code; a next command may follow.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        let output = self.output();
        let shown = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let text = text.replace(self.state().to_str().unwrap(), "[state]");
            without_times(&text.replace(self.folder.path().to_str().unwrap(), "[dir]"))
        };
        let page = |stdout: &str, stderr: &str, code: Option<i32>| {
            format!(
                "{}\n--- errors\n{}\n--- exit {code:?}\n",
                stdout.trim_end(),
                stderr.trim_end()
            )
        };
        let expected = page(&self.stdout, &self.stderr, Some(code));
        let found = page(
            &shown(&output.stdout),
            &shown(&output.stderr),
            output.status.code(),
        );
        assert!(
            expected == found,
            "$ sheaf {}\n{}",
            self.arguments.join(" "),
            difference(&expected, &found)
        );
        Self {
            arguments: Vec::new(),
            stdin: String::new(),
            variables: Vec::new(),
            stdout: String::new(),
            stderr: String::new(),
            ..self
        }
    }

    /// Returns the bytes of a file in the folder.
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the person's own folder, `XDG_STATE_HOME`.
    pub fn state(&self) -> &Path {
        self.state.path()
    }

    /// Runs the command and returns what it printed, to be looked at another way.
    pub fn output(&self) -> Output {
        self.run(&self.arguments)
    }

    /// Runs another command in the folder.
    pub fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Output {
        self.run_in(self.path(), arguments)
    }

    /// Runs another command with a current folder that is another one.
    pub fn run_in(&self, folder: &Path, arguments: &[impl AsRef<OsStr>]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sheaf"))
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("HOME", self.path())
            .env("XDG_STATE_HOME", self.state())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads no input may have ended already.
        let _ = child.stdin.take().unwrap().write_all(self.stdin.as_bytes());
        child.wait_with_output().unwrap()
    }
}

/// Approves the scopes of the workspace in `folder` as they are now, for the person whose own folder is `state`.
#[track_caller]
pub fn approve_scopes(folder: &Path, state: &Path) {
    let workspace = Workspace::find(folder).unwrap();
    let trust = Trust::of(&state.join("sheaf"));
    trust.approve(workspace.root(), workspace.terms()).unwrap();
}

/// Shows two texts as one, the lines in which they differ marked with `-` (expected) and `+` (found).
fn difference(expected: &str, found: &str) -> String {
    let expected: Vec<&str> = expected.lines().collect();
    let found: Vec<&str> = found.lines().collect();
    let start = expected.iter().zip(&found).take_while(|(a, b)| a == b).count();
    let (old, new) = (&expected[start..], &found[start..]);
    let end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let marked = |mark: &str, lines: &[&str]| -> Vec<String> {
        lines.iter().map(|line| format!("{mark} {line}")).collect()
    };
    [
        marked(" ", &expected[..start]),
        marked("-", &old[..old.len() - end]),
        marked("+", &new[..new.len() - end]),
        marked(" ", &old[old.len() - end..]),
    ]
    .concat()
    .join("\n")
}
