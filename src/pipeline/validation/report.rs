//! [`Report`]: what is found in one file.

use crate::error::nearest;
use crate::pipeline::definition::{DefinitionFile, Finding};
use crate::pipeline::expression::ExpressionError;
use crate::ron_text::{Outline, Place, ValuePath};

/// What is found in one file.
pub(super) struct Report<'a> {
    path: &'a str,
    text: &'a str,
    outline: Outline<'a>,
    findings: Vec<Finding>,
}

impl<'a> Report<'a> {
    /// Starts with nothing found.
    pub(super) fn of(file: &'a DefinitionFile) -> Self {
        Self {
            path: &file.path,
            text: &file.text,
            outline: Outline::of(&file.text),
            findings: Vec::new(),
        }
    }

    /// Adds what is wrong with a value.
    pub(super) fn at(&mut self, path: &ValuePath, message: impl Into<String>, hint: Option<String>) {
        self.placed(self.outline.place(path), message, hint);
    }

    /// Adds what is wrong with the name of a field or an entry.
    pub(super) fn at_name(&mut self, path: &ValuePath, message: impl Into<String>, hint: Option<String>) {
        self.placed(self.outline.name_place(path), message, hint);
    }

    /// Adds what is wrong with an expression of a text.
    pub(super) fn expression(&mut self, path: &ValuePath, error: &ExpressionError) {
        let place = self.outline.place_within(path, error.offset);
        self.placed(place, error.to_string(), error.fault.hint());
    }

    /// Adds what is wrong at a byte of the file.
    pub(super) fn at_offset(&mut self, offset: usize, message: impl Into<String>, hint: Option<String>) {
        self.placed(Place::of(self.text, offset), message, hint);
    }

    /// Adds a finding, which may be in another file.
    pub(super) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn placed(&mut self, place: Place, message: impl Into<String>, hint: Option<String>) {
        self.findings.push(Finding::new(self.path, place, message, hint));
    }

    /// Returns where the strings of the file begin, each with what is written within its quotes.
    pub(super) fn strings(&self) -> Vec<(usize, &'a str)> {
        self.outline.strings()
    }

    /// Returns what was found, in its order, each once.
    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        self.findings.sort();
        self.findings.dedup();
        self.findings
    }
}

/// Says which of the known names was meant, or which there are.
pub(super) fn meant<'n>(name: &str, known: impl IntoIterator<Item = &'n str>, none: &str) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    Some(match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean {near:?}?"),
        None if known.is_empty() => none.to_owned(),
        None => format!("there are: {}", known.join(", ")),
    })
}
