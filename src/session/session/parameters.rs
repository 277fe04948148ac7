//! The parameters of a session's notebook: values from outside, and the widgets that take them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::Session;
use crate::session::error::SessionError;
use crate::session::parameters::{Origin, Parameters};
use crate::session::task_values::TaskValues;
use crate::session::widgets::{WidgetError, Widgets};

impl Session {
    /// Gives values to the widgets that the cells declare; a map of texts by name is what the caller gives.
    #[must_use]
    pub fn with_parameters(mut self, parameters: impl Into<Parameters>) -> Self {
        self.widgets = Arc::new(Mutex::new(Widgets::with_parameters(parameters.into())));
        self
    }

    /// Makes the cells a task of a job, whose tasks leave each other values there.
    #[must_use]
    pub fn with_task_values(mut self, values: Arc<dyn TaskValues>) -> Self {
        self.task_values = Some(values);
        self
    }

    /// Fails when a parameter was given, by the caller or by a file, that no cell declares.
    pub fn check_parameters(&self) -> Result<(), SessionError> {
        let declared: BTreeSet<String> = self
            .entries
            .iter()
            .filter_map(|entry| entry.analysis.as_ref().ok())
            .flat_map(|analysis| analysis.widgets().map(str::to_owned))
            .collect();
        self.widgets(|widgets| {
            let mut named = widgets.parameters().named();
            match named.find(|(name, _)| !declared.contains(*name)) {
                Some((name, supplied)) => Err(SessionError::UndeclaredParameter {
                    name: name.to_owned(),
                    place: supplied.place.clone(),
                    declared: declared.into_iter().collect(),
                }),
                None => Ok(()),
            }
        })
    }

    /// Returns the value of every widget that the cells have declared so far, and where it came from.
    pub fn parameters(&self) -> BTreeMap<String, (String, Origin)> {
        self.widgets(|widgets| {
            let all = widgets.declared();
            all.map(|(name, _, value, origin)| (name.to_owned(), (value, origin)))
                .collect()
        })
    }

    /// Lets `read` look at the widgets.
    pub fn widgets<T>(&self, read: impl FnOnce(&Widgets) -> T) -> T {
        read(&self.widgets.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives a widget a value; the cell that declares it and those that read it are stale then, where they had another.
    pub fn set_widget(&mut self, name: &str, value: &str) -> Result<(), WidgetError> {
        let mut widgets = self.widgets.lock().unwrap_or_else(PoisonError::into_inner);
        widgets.set(name, value)
    }

    /// Takes back what a widget was given; its value is what it was without.
    pub fn reset_widget(&mut self, name: &str) -> Result<(), WidgetError> {
        let mut widgets = self.widgets.lock().unwrap_or_else(PoisonError::into_inner);
        widgets.reset(name)
    }
}
