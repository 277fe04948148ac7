//! What the environment of the process says to a run.

use std::env;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::job::Environment;
use crate::render::plain;
use crate::secret::{Caller, SecretValue};
use crate::work::Interrupt;

/// How long the line that says how far a cell is may take to go away.
const CLEARING: Duration = Duration::from_millis(150);

/// The environment variable that names a cache which several people or machines share.
pub(super) const SHARED_CACHE: &str = "SHEAF_CACHE";

/// Reads where the cache and the person's own files are.
pub(super) fn environment() -> Environment {
    let folder = |name: &str| {
        env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    let state = folder("XDG_STATE_HOME").or_else(|| Process.home().map(|home| home.join(".local/state")));
    Environment {
        shared_cache: env::var(SHARED_CACHE).ok().filter(|name| !name.is_empty()),
        state_folder: state.map(|state| state.join("sheaf")),
        caller: Arc::new(Process),
    }
}

/// The process and the person at its terminal, as stores of secrets ask them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Process;

impl Caller for Process {
    fn variable(&self, name: &str) -> Option<SecretValue> {
        let value = env::var_os(name)?;
        Some(SecretValue::new(value.into_encoded_bytes()))
    }

    fn variables(&self, prefix: &str) -> Vec<String> {
        let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        names.filter(|name| name.starts_with(prefix)).collect()
    }

    fn home(&self) -> Option<PathBuf> {
        env::var_os("HOME")
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    }

    fn ask(&self, question: &str) -> Option<SecretValue> {
        // A run whose input or messages go elsewhere is one that nobody watches.
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        // The line that says how far a cell is would be written over the question.
        let interrupt = Interrupt::of_thread();
        let _quiet = interrupt.progress().quiet();
        thread::sleep(CLEARING);
        let answer = rpassword::prompt_password(plain(question)).ok()?;
        Some(SecretValue::new(answer.into_bytes())).filter(|answer| !answer.is_empty())
    }
}

/// Returns the command in `VISUAL` or `EDITOR`.
pub(super) fn editor() -> Option<String> {
    ["VISUAL", "EDITOR"]
        .iter()
        .filter_map(|name| env::var(name).ok())
        .find(|command| !command.trim().is_empty())
}
