//! [`TaskValues`]: what the tasks of one job leave each other.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// Where the tasks of a job leave each other small values.
///
/// A session that is a task of a job has one; outside a job there is none.
pub trait TaskValues: fmt::Debug + Send + Sync {
    /// Keeps a value of the running task under `key`, in place of an earlier one.
    fn set(&self, key: &str, value: Value);

    /// Returns what the task named `task` has left under `key`.
    fn get(&self, task: &str, key: &str) -> Option<Value>;
}

/// The values of a job in memory, as one of its tasks sees them.
#[derive(Debug, Default)]
pub struct MemoryTaskValues {
    task: String,
    values: Mutex<BTreeMap<(String, String), Value>>,
}

impl MemoryTaskValues {
    /// Starts without values, for the task named `task`.
    pub fn new(task: impl Into<String>) -> Self {
        Self {
            task: task.into(),
            values: Mutex::default(),
        }
    }

    /// Keeps what another task has left.
    pub fn leave(&self, task: &str, key: &str, value: Value) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.insert((task.to_owned(), key.to_owned()), value);
    }

    /// Returns what the task itself has left, by key.
    pub fn own(&self) -> BTreeMap<String, Value> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let own = values.iter().filter(|((task, _), _)| *task == self.task);
        own.map(|((_, key), value)| (key.clone(), value.clone()))
            .collect()
    }
}

impl TaskValues for MemoryTaskValues {
    fn set(&self, key: &str, value: Value) {
        self.leave(&self.task, key, value);
    }

    fn get(&self, task: &str, key: &str) -> Option<Value> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.get(&(task.to_owned(), key.to_owned())).cloned()
    }
}
