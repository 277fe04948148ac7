//! [`Running`]: a shell that runs, with all that it started.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::ShellError;
use super::environment::Variables;
use crate::secret::redaction::Redactor;
use crate::source::CellError;
use crate::work::{Interrupt, Stopped};

/// The shells to try, in this order; Databricks' is bash.
const SHELLS: [&str; 2] = ["bash", "sh"];
/// How often a quiet command is looked after.
const POLL: Duration = Duration::from_millis(10);
/// How long a command that is asked to end may take for it.
const MERCY: Duration = Duration::from_millis(300);
/// How long what others wrote is still read after the shell has ended.
const LINGER: Duration = Duration::from_millis(200);
/// The longest line that is kept together, in bytes.
const LONGEST: u64 = 1 << 16;
/// How many lines wait at most to be shown.
const WAITING: usize = 1024;

/// What a shell is started with.
pub(super) struct Script<'a> {
    /// What it runs.
    pub(super) text: &'a str,
    /// Whether the first command that fails ends it.
    pub(super) stops_at_failure: bool,
    /// Where it runs.
    pub(super) folder: &'a Path,
    /// What is added to its environment.
    pub(super) variables: &'a Variables,
    /// The variables of Sheaf's own environment that it does not inherit.
    pub(super) withheld: &'a BTreeSet<String>,
}

/// A shell with all that it started; whatever is left of it is killed when this is dropped before it has ended.
pub(super) struct Running {
    child: Child,
    lines: Receiver<String>,
    ended: bool,
}

impl Running {
    pub(super) fn start(script: &Script<'_>) -> io::Result<Self> {
        let mut child = spawn(script)?;
        let (sender, lines) = sync_channel(WAITING);
        if let Some(pipe) = child.stdout.take() {
            forward(pipe, sender.clone())?;
        }
        if let Some(pipe) = child.stderr.take() {
            forward(pipe, sender)?;
        }
        Ok(Self {
            child,
            lines,
            ended: false,
        })
    }

    /// Shows line by line what the shell writes, until it ends or a stop is asked for.
    pub(super) fn finish(
        &mut self,
        interrupt: &Interrupt,
        show: impl Fn(String),
    ) -> Result<ExitStatus, CellError> {
        let status = loop {
            match self.lines.recv_timeout(POLL) {
                Ok(line) => show(line),
                Err(RecvTimeoutError::Timeout) => {}
                // It has closed its output and continues.
                Err(RecvTimeoutError::Disconnected) => thread::sleep(POLL),
            }
            if interrupt.is_set() {
                return Err(Stopped::Interrupted.into());
            }
            let status = self.child.try_wait();
            if let Some(status) = status.map_err(|error| CellError::of(ShellError::Lost(error)))? {
                break status;
            }
        };
        self.ended = true;
        // What it wrote is still on its way; something left in the background may keep the pipe open for ever.
        let deadline = Instant::now() + LINGER;
        while let Ok(line) = self
            .lines
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            show(line);
            if interrupt.is_set() || Instant::now() > deadline {
                break;
            }
        }
        Ok(status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        signal(&self.child, "TERM");
        let deadline = Instant::now() + MERCY;
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(POLL);
        }
        signal(&self.child, "KILL");
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the first shell that there is, as the leader of a process group of its own.
fn spawn(script: &Script<'_>) -> io::Result<Child> {
    let mut missing = io::Error::from(io::ErrorKind::NotFound);
    for shell in SHELLS {
        let mut command = Command::new(shell);
        command
            .args(script.stops_at_failure.then_some("-e"))
            .arg("-c")
            .arg(script.text)
            .stdin(Stdio::null())
            .current_dir(script.folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in script.withheld {
            command.env_remove(name);
        }
        command.envs(script.variables.iter());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing = error,
            started => return started,
        }
    }
    Err(missing)
}

/// Returns the signal that ended a process.
#[cfg(unix)]
pub(super) fn ended_by(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// Returns nothing: only Unix has signals.
#[cfg(not(unix))]
pub(super) fn ended_by(_status: ExitStatus) -> Option<i32> {
    None
}

/// Sends a signal to a shell and all that it started.
///
/// The standard library has no way to do that, and every shell has.
fn signal(shell: &Child, signal: &str) {
    let command = format!("kill -s {signal} -- -{}", shell.id());
    let _ = Command::new("sh")
        .args(["-c", &command])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Sends the lines of a pipe, on a thread of its own, until it is closed or no one listens.
fn forward(pipe: impl Read + Send + 'static, lines: SyncSender<String>) -> io::Result<()> {
    let read = move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        // A line that is too long comes in parts: no value is to be cut where they end.
        let mut parts: Option<Redactor> = None;
        while let Ok(1..) = pipe.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            let text = String::from_utf8_lossy(&line);
            let is_cut = line.len() as u64 == LONGEST && !text.ends_with('\n');
            let text = text.strip_suffix('\n').unwrap_or(&text);
            let text = text.strip_suffix('\r').unwrap_or(text);
            let text = if is_cut {
                parts.get_or_insert_default().push(text)
            } else if let Some(mut parts) = parts.take() {
                parts.push(text) + &parts.finish()
            } else {
                text.to_owned()
            };
            line.clear();
            if lines.send(text).is_err() {
                return;
            }
        }
        if let Some(parts) = parts {
            let _ = lines.send(parts.finish());
        }
    };
    thread::Builder::new()
        .name("pipe".to_owned())
        .spawn(read)
        .map(drop)
}

#[cfg(all(test, unix))]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Runs a script in a fresh folder, asking for a stop after a while where one is given.
    #[expect(clippy::unwrap_used, reason = "a test that cannot start says so by failing")]
    fn run(script: &str, stop: Option<Duration>) -> (Vec<String>, Result<Option<i32>, CellError>, Duration) {
        let folder = tempfile::tempdir().unwrap();
        let interrupt = Interrupt::default();
        if let Some(after) = stop {
            let interrupt = interrupt.clone();
            thread::spawn(move || {
                thread::sleep(after);
                interrupt.trigger();
            });
        }
        let started = Instant::now();
        let shown = RefCell::new(Vec::new());
        let script = Script {
            text: script,
            stops_at_failure: false,
            folder: folder.path(),
            variables: &Variables::none(),
            withheld: &BTreeSet::new(),
        };
        let mut shell = Running::start(&script).unwrap();
        let status = shell.finish(&interrupt, |line| shown.borrow_mut().push(line));
        drop(shell);
        (
            shown.into_inner(),
            status.map(|status| status.code()),
            started.elapsed(),
        )
    }

    #[test]
    fn lines_come_in_order_and_the_exit_code_at_the_end() {
        let (lines, status, _) = run("printf 'a\\r\\nb\\n\\xff'; exit 3", None);
        assert_eq!(lines, ["a", "b", "\u{fffd}"]);
        assert_eq!(status.unwrap(), Some(3));
        let (lines, status, _) = run("exec >&- 2>&-; sleep 0.1", None);
        assert_eq!((lines.len(), status.unwrap()), (0, Some(0)));
        let (lines, _, _) = run("head -c 200000 /dev/zero | tr '\\0' x", None);
        assert_eq!(lines.iter().map(String::len).sum::<usize>(), 200_000);
    }

    #[test]
    fn what_stays_in_the_background_holds_nothing_up() {
        let (lines, status, time) = run("echo before; sleep 30 & echo after", None);
        assert_eq!(lines, ["before", "after"]);
        assert_eq!(status.unwrap(), Some(0));
        assert!(time < Duration::from_secs(5), "{time:?}");
    }

    #[test]
    fn a_stop_ends_everything_the_shell_started() {
        let marker = tempfile::tempdir().unwrap();
        let file = marker.path().join("alive");
        let script = format!(
            "trap '' TERM; (trap '' TERM; while true; do date > '{}'; sleep 0.05; done) & wait",
            file.display()
        );
        let (_, status, time) = run(&script, Some(Duration::from_millis(300)));
        assert!(status.unwrap_err().interrupted());
        assert!(time < Duration::from_secs(5), "{time:?}");
        std::fs::remove_file(&file).unwrap();
        thread::sleep(Duration::from_millis(300));
        assert!(!file.exists(), "a process of the group lives on");
    }
}
