//! [`Caller`]: what stores of secrets may know of the process, and ask of the person.
//!
//! This library never reads the environment and never asks anybody: whoever uses it hands over what does.

use std::fmt;
use std::path::PathBuf;

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
