//! [`Caller`]: what stores of secrets may know of the process, and ask of the person.
//!
//! This library never reads the environment and never asks anybody: whoever uses it hands over what does.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::value::SecretValue;

/// Whoever uses secrets: what the environment of the process says, and the person at the terminal, if there is one.
pub trait Caller: fmt::Debug + Send + Sync {
    /// Returns the value of an environment variable.
    fn variable(&self, name: &str) -> Option<SecretValue>;

    /// Returns the names of the environment variables that begin with `prefix`.
    fn variables(&self, prefix: &str) -> Vec<String>;

    /// Returns the person's home folder, for paths that begin with `~/`.
    fn home(&self) -> Option<PathBuf>;

    /// Asks the person a question whose answer is not shown as it is typed.
    ///
    /// `None` where there is no person to ask, and where they answer nothing.
    fn ask(&self, question: &str) -> Option<SecretValue>;
}

/// A caller without an environment, a home and a person.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

impl Caller for Nobody {
    fn variable(&self, _name: &str) -> Option<SecretValue> {
        None
    }

    fn variables(&self, _prefix: &str) -> Vec<String> {
        Vec::new()
    }

    fn home(&self) -> Option<PathBuf> {
        None
    }

    fn ask(&self, _question: &str) -> Option<SecretValue> {
        None
    }
}

/// A caller whose person can be left in peace, while nobody waits for an answer.
#[derive(Debug)]
pub(super) struct Reserved {
    caller: Arc<dyn Caller>,
    is_quiet: Arc<AtomicBool>,
}

impl Reserved {
    /// Hands on what stores ask, but no question to the person while `is_quiet`.
    pub(super) fn new(caller: Arc<dyn Caller>, is_quiet: Arc<AtomicBool>) -> Self {
        Self { caller, is_quiet }
    }
}

impl Caller for Reserved {
    fn variable(&self, name: &str) -> Option<SecretValue> {
        self.caller.variable(name)
    }

    fn variables(&self, prefix: &str) -> Vec<String> {
        self.caller.variables(prefix)
    }

    fn home(&self) -> Option<PathBuf> {
        self.caller.home()
    }

    fn ask(&self, question: &str) -> Option<SecretValue> {
        if self.is_quiet.load(Ordering::SeqCst) {
            return None;
        }
        self.caller.ask(question)
    }
}
