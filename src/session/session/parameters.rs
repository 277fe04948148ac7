//! The parameters of a session's notebook: values from outside, and the widgets that take them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Session;
use crate::parameters::{Origin, Parameters, WidgetError, Widgets};
use crate::session::error::SessionError;
use crate::session::snapshot;
use crate::session::task_values::TaskValues;

impl Session {
    /// Sets the values of the widgets that the cells declare; a map of texts by name is what the caller gives.
    #[must_use]
    pub fn with_parameters(mut self, parameters: impl Into<Parameters>) -> Self {
        self.parameters = parameters.into();
        self
    }

    /// Sets the values of widgets that cells will declare.
    pub fn give(&mut self, parameters: &BTreeMap<String, String>) {
        for (name, value) in parameters {
            self.parameters.set(name, value);
        }
    }

    /// Sets a value, which messages say is from `place`, to a widget that has none from outside.
    pub(crate) fn give_unless_given(&mut self, name: &str, value: &str, place: &str) {
        if self.parameters.find(name).is_none() {
            self.parameters.set_from(name, value, place.to_owned());
        }
    }

    /// Returns the values that were given here, by name: neither those of a file nor those of the environment.
    pub fn given(&self) -> BTreeMap<String, String> {
        let named = self.parameters.named();
        named
            .filter(|(_, supplied)| supplied.origin == Origin::Given)
            .map(|(name, supplied)| (name.to_owned(), supplied.value.clone()))
            .collect()
    }

    /// Returns the values that were given here or are in a file, by name.
    pub fn named_parameters(&self) -> BTreeMap<String, String> {
        let named = self.parameters.named();
        named
            .map(|(name, supplied)| (name.to_owned(), supplied.value.clone()))
            .collect()
    }

    /// Returns what tells one run from another: the values that were given here or are in a file, by name, and those of
    /// the environment, by the names of their variables.
    pub fn noted_parameters(&self) -> BTreeMap<String, String> {
        let mut noted = self.named_parameters();
        noted.extend(self.parameters.variables());
        noted
    }

    /// Returns the values that were given here or are in a file and that no cell has declared so far, and where each
    /// came from.
    pub fn waiting_parameters(&self) -> BTreeMap<String, (String, Origin)> {
        let declared = self.parameters();
        let waiting = self.parameters.named();
        let waiting = waiting.filter(|(name, _)| !declared.contains_key(*name));
        waiting
            .map(|(name, supplied)| (name.to_owned(), (supplied.value.clone(), supplied.origin)))
            .collect()
    }

    /// Makes the cells a task of a job, whose tasks leave each other values there.
    #[must_use]
    pub fn with_task_values(mut self, values: Arc<dyn TaskValues>) -> Self {
        self.task_values = Some(values);
        self
    }

    /// Fails when a parameter was given, by the caller or by a file, that no cell declares.
    ///
    /// Where only running the cells tells what they declare, that is known once they have run.
    pub fn check_parameters(&self) -> Result<(), SessionError> {
        let analyses = self.cells.iter().filter_map(|entry| entry.analysis.as_ref().ok());
        let mut declared: BTreeSet<String> = analyses
            .clone()
            .flat_map(|analysis| analysis.widgets_declared.iter().cloned())
            .collect();
        if analyses.clone().any(|analysis| analysis.declares_more) {
            if self.cells.iter().any(|entry| entry.last_run.is_none()) {
                return Ok(());
            }
            declared.extend(self.widgets().names());
        }
        let mut named = self.parameters.named();
        match named.find(|(name, _)| !declared.contains(*name)) {
            Some((name, supplied)) => Err(SessionError::UndeclaredParameter {
                name: name.to_owned(),
                place: supplied.place.clone(),
                declared: declared.into_iter().collect(),
            }),
            None => Ok(()),
        }
    }

    /// Returns the value of every widget that the cells have declared so far, and where it came from.
    pub fn parameters(&self) -> BTreeMap<String, (String, Origin)> {
        let widgets = self.widgets();
        let all = widgets.declared();
        all.map(|(name, _, value, origin)| (name.to_owned(), (value, origin)))
            .collect()
    }

    /// Returns the widgets as a cell below the last one would see them.
    pub fn widgets(&self) -> Widgets {
        self.widgets_above(self.count())
    }

    /// Returns the widgets as the cell at `position` sees them: as the cells above have left them.
    pub(super) fn widgets_above(&self, position: usize) -> Widgets {
        let above = self.cells.declarers(position);
        snapshot::widgets(&self.parameters, above.filter_map(|above| self.cells.get(above)))
    }

    /// Sets a widget's value; the cells that read it are stale then, where they had another.
    pub fn set_widget(&mut self, name: &str, value: &str) -> Result<(), WidgetError> {
        self.widgets().check(name, value)?;
        self.parameters.set(name, value);
        Ok(())
    }

    /// Resets a widget to the value that it has without.
    pub fn reset_widget(&mut self, name: &str) {
        self.parameters.reset(name);
    }
}
