//! [`Scribe`]: writes a run's changes into its journal, without values of secrets, and stops the run where that fails.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use super::activity::ActivityError;
use super::journal::{Admission, Entry, Journal};
use crate::error::Error;
use crate::secret::redaction::{self, redact, redacted};
use crate::work::Interrupt;

/// Writes a run's changes into its journal, without values of secrets.
///
/// What cannot be kept must not happen: after the first change that cannot be written none is taken, and the run stops.
pub(super) struct Scribe<'a> {
    journal: &'a dyn Journal,
    /// Stops the run.
    stop: Interrupt,
    fault: Mutex<Option<Error>>,
}

impl<'a> Scribe<'a> {
    /// Writes into `journal`; where that fails, `stop` is set.
    pub(super) fn new(journal: &'a dyn Journal, stop: Interrupt) -> Self {
        Self {
            journal,
            stop,
            fault: Mutex::default(),
        }
    }

    /// Writes a change.
    ///
    /// # Errors
    ///
    /// It cannot be kept, or one before it could not.
    pub(super) fn write(&self, entry: &Entry<'_>) -> Result<(), ActivityError> {
        if let Some(fault) = &*self.fault() {
            return Err(ActivityError::Journal(fault.to_string()));
        }
        // How far something is, is only for who looks now.
        if let Entry::Progress { .. } = entry {
            let _ = self.journal.write(entry);
            return Ok(());
        }
        let written = if redaction::is_active() {
            self.write_redacted(entry)
        } else {
            self.journal.write(entry)
        };
        written.map_err(|error| self.broken(error))
    }

    /// Asks whether an activity may run another pipeline now.
    ///
    /// # Errors
    ///
    /// The journal cannot be used.
    pub(super) fn enter(&self, path: &str, pipeline: &str, most: u32) -> Result<Admission, ActivityError> {
        let admission = self.journal.enter(path, pipeline, most);
        admission.map_err(|error| self.broken(error))
    }

    /// Says that an activity does not run another pipeline any more.
    pub(super) fn leave(&self, path: &str) {
        if let Err(error) = self.journal.leave(path) {
            self.broken(error);
        }
    }

    /// Stops the run, of which a change cannot be kept.
    fn broken(&self, error: Error) -> ActivityError {
        let told = ActivityError::Journal(error.to_string());
        self.fault().get_or_insert(error);
        self.stop.trigger();
        told
    }

    /// Returns why a change could not be kept, if one could not.
    pub(super) fn into_fault(self) -> Option<Error> {
        self.fault.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self) -> std::sync::MutexGuard<'_, Option<Error>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_redacted(&self, entry: &Entry<'_>) -> Result<(), Error> {
        let text = |text: Option<&str>| text.map(|text| redact(text).into_owned());
        match *entry {
            Entry::Attempt {
                path,
                kind,
                attempt,
                input,
                load,
            } => self.journal.write(&Entry::Attempt {
                path,
                kind,
                attempt,
                input: &scrubbed(input.clone()),
                load,
            }),
            Entry::Items { path, items, from } => self.journal.write(&Entry::Items {
                path,
                items: &scrubbed(items.clone()),
                from,
            }),
            Entry::Notebook {
                path,
                attempt,
                file,
                source,
                record,
            } => self.journal.write(&Entry::Notebook {
                path,
                attempt,
                file,
                source: &redact(source),
                // The text of a record comes without them, in a form that can still be read.
                record,
            }),
            Entry::AttemptEnded {
                path,
                attempt,
                status,
                output,
                error,
            } => self.journal.write(&Entry::AttemptEnded {
                path,
                attempt,
                status,
                output: &scrubbed(output.clone()),
                error: text(error).as_deref(),
            }),
            Entry::Ended {
                path,
                kind,
                status,
                output,
                error,
            } => self.journal.write(&Entry::Ended {
                path,
                kind,
                status,
                output: &scrubbed(output.clone()),
                error: text(error).as_deref(),
            }),
            Entry::Finished { status, error } => self.journal.write(&Entry::Finished {
                status,
                error: text(error).as_deref(),
            }),
            Entry::Began | Entry::Progress { .. } => self.journal.write(entry),
        }
    }
}

/// Takes the values of secrets out of all texts of a value, names among them.
pub(super) fn scrubbed(value: Value) -> Value {
    if !redaction::is_active() {
        return value;
    }
    match value {
        Value::String(text) => Value::String(redacted(text)),
        Value::Array(items) => Value::Array(items.into_iter().map(scrubbed).collect()),
        Value::Object(fields) => {
            let fields = fields
                .into_iter()
                .map(|(name, value)| (redacted(name), scrubbed(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        // A number can be one, too: a pin.
        Value::Number(number) => match redact(&number.to_string()) {
            Cow::Borrowed(_) => Value::Number(number),
            Cow::Owned(text) => Value::String(text),
        },
        Value::Null | Value::Bool(_) => value,
    }
}
