//! [`Sending`]: an alert that is being sent, and how that ends.

use crate::schedule::run::RunId;
use crate::schedule::store::Runs;

/// An alert that is being sent; how that ends is noted once. One that is dropped has reached no one.
#[derive(Debug)]
pub struct Sending {
    runs: Runs,
    run: RunId,
    /// Which alert of the pipeline, and why.
    key: (u32, String),
    is_over: bool,
}

impl Sending {
    /// Begins to send an alert of a run, which has been noted.
    pub(super) fn new(runs: Runs, run: RunId, key: (u32, String)) -> Self {
        Self {
            runs,
            run,
            key,
            is_over: false,
        }
    }

    /// Says that it was sent.
    pub fn sent(mut self) {
        self.end(None);
    }

    /// Says why it has reached no one.
    pub fn failed(mut self, error: &str) {
        self.end(Some(error));
    }

    /// Forgets it, as a process does that is killed.
    #[cfg(test)]
    pub(super) fn forget(mut self) {
        self.is_over = true;
    }

    fn end(&mut self, error: Option<&str>) {
        self.is_over = true;
        let (alert, occasion) = &self.key;
        if let Some(error) = error {
            tracing::error!(run = %self.run, occasion, error, "an alert has reached no one");
        }
        if let Err(fault) = self.runs.told(&self.run, *alert, occasion, error) {
            tracing::error!(run = %self.run, error = %fault, "what became of an alert cannot be kept");
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if !self.is_over {
            self.end(Some("it ended without a result"));
        }
    }
}
