//! [`Detached`]: runs a run again in a process of its own, which goes on when the monitor is left.

use std::io::{self, BufRead as _, BufReader, PipeReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::cli::error::CliError;
use crate::error::Error;
use crate::monitor::terminal::{Again, Repeats};
use crate::schedule::RunId;

/// What `sheaf runs rerun` says behind the new run's id.
const REPEATS: &str = " repeats ";

/// Runs a run again as `sheaf runs rerun` does, in a process of its own: `sheaf serve` has it where it is at work.
#[derive(Debug)]
pub(super) struct Detached {
    /// The workspace's folder.
    pub(super) root: PathBuf,
}

impl Repeats for Detached {
    fn repeat(&self, run: &RunId, from: &Again) -> Result<RunId, Error> {
        let failed = |error: io::Error| CliError::NotRepeated {
            run: run.0.clone(),
            reason: error.to_string(),
        };
        let (said, says) = io::pipe().map_err(failed)?;
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.args(["runs", "rerun", &run.0]);
        match from {
            Again::Start => &mut command,
            Again::Failed => command.arg("--from-failed"),
            Again::Activity(name) => command.args(["--from", name]),
        };
        command
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stdout(says.try_clone().map_err(failed)?)
            .stderr(says);
        apart(&mut command);
        let child = command.spawn().map_err(failed)?;
        // It holds the other end of the pipe, which would never end.
        drop(command);
        began(run, child, BufReader::new(said))
    }
}

/// Lets a process take no part in what keys and windows do to this one.
fn apart(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

/// Reads which run has begun, or why none has; the rest of what is said is heard by nobody.
fn began(run: &RunId, mut child: Child, mut said: BufReader<PipeReader>) -> Result<RunId, Error> {
    let mut reason = String::new();
    loop {
        let mut line = String::new();
        let read = said.read_line(&mut line);
        if !matches!(read, Ok(1..)) {
            // It has ended without beginning one.
            let _ = child.wait();
            let reason = reason.trim().trim_start_matches("error: ").replace('\n', "; ");
            return Err(CliError::NotRepeated {
                run: run.0.clone(),
                reason,
            }
            .into());
        }
        if let Some((id, _)) = line.split_once(REPEATS) {
            let id = RunId(id.to_owned());
            let heard = thread::Builder::new().name("rerun".to_owned()).spawn(move || {
                let _ = io::copy(&mut said, &mut io::sink());
                let _ = child.wait();
            });
            // Without a thread, what is said is lost, and the run goes on.
            drop(heard);
            return Ok(id);
        }
        reason += &line;
    }
}
