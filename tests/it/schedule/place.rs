//! A workspace with pipelines, and a process that serves it.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sheaf::job::Environment;
use sheaf::schedule::{RunFilter, RunRow, Runs, Sole};
use sheaf::workspace::Workspace;
use tempfile::TempDir;

/// How long something may take that takes a moment.
const PATIENCE: Duration = Duration::from_mins(1);

/// A workspace with pipelines.
pub struct Place {
    folder: TempDir,
}

impl Place {
    /// Makes a workspace with these files, and publishes its pipelines.
    pub fn published(files: &[(&str, &str)]) -> Self {
        let place = Self::with(files);
        let published = place.sheaf(&["pipeline", "publish", "-m", "first"]);
        assert!(published.status.success(), "{}", text(&published));
        place
    }

    /// Makes a workspace with these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        place.write("sheaf.ron", "()");
        for (path, text) in files {
            place.write(path, text);
        }
        place
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sheaf"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("XDG_STATE_HOME", self.folder.path().join("state"))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn sheaf(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that has to end well, and returns what it prints.
    #[track_caller]
    pub fn out(&self, arguments: &[&str]) -> String {
        let output = self.sheaf(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Begins a command, and returns its process.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Serves the workspace.
    pub fn serve(&self) -> Served {
        self.begin(&["serve"])
    }

    /// Begins a command.
    pub fn begin(&self, arguments: &[&str]) -> Served {
        Served(self.spawn(arguments))
    }

    /// Serves the workspace, and waits until it does: from then on signals end it in order.
    #[track_caller]
    pub fn served(&self) -> Served {
        let served = self.serve();
        let began = Instant::now();
        let who = format!("process {} ", served.0.id());
        while !Sole::holder(&self.path().join(".sheaf")).is_some_and(|holder| holder.starts_with(&who)) {
            assert!(began.elapsed() < PATIENCE, "it does not serve");
            thread::sleep(Duration::from_millis(20));
        }
        served
    }

    /// Opens the store of runs.
    pub fn store(&self) -> Runs {
        let workspace = Workspace::find(&self.path()).unwrap();
        Runs::of_workspace(&workspace, &Environment::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Returns all runs, the oldest first.
    pub fn runs(&self) -> Vec<RunRow> {
        let mut runs = self.store().runs(&RunFilter::default()).unwrap();
        runs.reverse();
        runs
    }

    /// Returns all runs, the oldest first; none where there is no store yet.
    pub fn runs_if_any(&self) -> Vec<RunRow> {
        let is_there = self.path().join(".sheaf").join(Runs::FILE).exists();
        if is_there { self.runs() } else { Vec::new() }
    }

    /// Waits until all runs have ended, however many there are, as long as one ends now and then.
    #[track_caller]
    pub fn wait_for_all(&self) {
        let (mut most, mut since) = (0, Instant::now());
        loop {
            let runs = self.runs();
            let ended = runs.iter().filter(|run| run.status.is_final()).count();
            if ended == runs.len() {
                return;
            }
            if ended > most {
                (most, since) = (ended, Instant::now());
            }
            assert!(
                since.elapsed() < PATIENCE,
                "{ended} of {} runs have ended",
                runs.len()
            );
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until the runs are as they are to be.
    #[track_caller]
    pub fn wait(&self, what: &str, mut holds: impl FnMut(&[RunRow]) -> bool) {
        let began = Instant::now();
        loop {
            let runs = self.runs();
            if holds(&runs) {
                return;
            }
            let states: Vec<_> = runs.iter().map(|run| (&run.id, run.status, &run.error)).collect();
            assert!(began.elapsed() < PATIENCE, "{what} did not come: {states:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// A process that serves a workspace; it is killed when the test forgets it.
pub struct Served(Child);

impl Served {
    /// Returns the process.
    pub fn process(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Kills it as `kill -9` does.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Asks it to end by SIGTERM, waits for that, and returns its exit code.
    pub fn end(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.0.wait().unwrap().code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns all that a command has printed.
pub fn text(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}
