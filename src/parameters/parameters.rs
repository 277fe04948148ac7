//! [`Parameters`]: values for widgets from outside the notebook, each with where it came from.
//!
//! Decides which of several values of one name is effective. Reads no file and no environment; the caller does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where a parameter's value came from; a later variant overrides an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// The widget's default.
    Default,
    /// An environment variable, `SHEAF_PARAM_NAME`.
    Environment,
    /// A file of parameters.
    File,
    /// The command line, or the caller of the notebook.
    Given,
}

impl Origin {
    /// Returns its name, as tables and machines read it: `default`, `environment`, `file` or `given`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Environment => "environment",
            Self::File => "file",
            Self::Given => "given",
        }
    }
}

/// A value for a widget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterValue {
    /// The value.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
    /// The name of that place in messages, where it is not obvious: `params.yaml:2:7`, `SHEAF_PARAM_DAY`.
    pub place: Option<String>,
}

/// Values for widgets from outside the notebook.
///
/// An argument overrides a file, and a file overrides the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The values of arguments and files, by name and then by origin.
    named: BTreeMap<String, BTreeMap<Origin, ParameterValue>>,
    /// The values of the environment, by the names of the variables without their prefix.
    environment: BTreeMap<String, String>,
    /// Whether a name that no cell declares can be read.
    is_open: bool,
}

impl Parameters {
    /// The prefix of environment variables that are parameters.
    pub const VARIABLE: &'static str = "SHEAF_PARAM_";

    /// Sets a value, replacing an earlier one.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let supplied = ParameterValue {
            value: value.into(),
            origin: Origin::Given,
            place: None,
        };
        self.supply(name.into(), supplied);
    }

    /// Sets a value from the file `place`.
    pub fn set_from(&mut self, name: impl Into<String>, value: impl Into<String>, place: String) {
        let supplied = ParameterValue {
            value: value.into(),
            origin: Origin::Given,
            place: Some(place),
        };
        self.supply(name.into(), supplied);
    }

    /// Sets a value from a file; `place` is where it is in the file: `params.yaml:2:7`.
    pub fn set_from_file(&mut self, name: impl Into<String>, value: impl Into<String>, place: String) {
        let supplied = ParameterValue {
            value: value.into(),
            origin: Origin::File,
            place: Some(place),
        };
        self.supply(name.into(), supplied);
    }

    /// Adds an environment variable; one whose name does not start with [`VARIABLE`](Self::VARIABLE) is ignored.
    pub fn add_variable(&mut self, variable: &str, value: impl Into<String>) {
        if let Some(name) = variable.strip_prefix(Self::VARIABLE) {
            self.environment.insert(name.to_owned(), value.into());
        }
    }

    /// Returns the environment variables that were taken, by their whole names, with their values.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (String, String)> {
        let variables = self.environment.iter();
        variables.map(|(name, value)| (format!("{}{name}", Self::VARIABLE), value.clone()))
    }

    /// Lets cells read what they do not declare, as notebooks that others run may in Databricks.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    /// Returns whether a name that no cell declares can be read.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Returns the effective value of `name`, if there is one.
    ///
    /// A variable may be named exactly as the widget, or in capitals with `_` for anything but letters and digits: the widget
    /// `start-day` takes `SHEAF_PARAM_start-day`, or else `SHEAF_PARAM_START_DAY`.
    pub fn find(&self, name: &str) -> Option<ParameterValue> {
        let layers = self.named.get(name);
        let named = layers.and_then(|layers| layers.values().next_back().cloned());
        named.or_else(|| {
            let (variable, value) = [name.to_owned(), variable(name)]
                .into_iter()
                .find_map(|name| self.environment.get_key_value(&name))?;
            Some(ParameterValue {
                value: value.clone(),
                origin: Origin::Environment,
                place: Some(format!("{}{variable}", Self::VARIABLE)),
            })
        })
    }

    /// Removes the argument for `name`, so that the value of a file or the environment is effective again.
    pub(crate) fn reset(&mut self, name: &str) {
        if let Some(layers) = self.named.get_mut(name) {
            layers.remove(&Origin::Given);
            if layers.is_empty() {
                self.named.remove(name);
            }
        }
    }

    /// Returns the names of arguments and file entries, each with its effective value.
    pub fn named(&self) -> impl Iterator<Item = (&str, &ParameterValue)> {
        let names = self.named.iter();
        names.filter_map(|(name, layers)| Some((name.as_str(), layers.values().next_back()?)))
    }

    fn supply(&mut self, name: String, supplied: ParameterValue) {
        let layers = self.named.entry(name).or_default();
        layers.insert(supplied.origin, supplied);
    }
}

/// Arguments by name.
impl From<BTreeMap<String, String>> for Parameters {
    fn from(given: BTreeMap<String, String>) -> Self {
        let mut parameters = Self::default();
        for (name, value) in given {
            parameters.set(name, value);
        }
        parameters
    }
}

/// Returns a widget's name in the spelling of environment variables.
fn variable(name: &str) -> String {
    let letters = name.to_uppercase();
    let letters = letters.chars();
    letters
        .map(|letter| if letter.is_alphanumeric() { letter } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_overrides_a_file_and_a_file_the_environment() {
        let mut parameters = Parameters::default();
        let mut told = Vec::new();
        let mut tell = |parameters: &Parameters| {
            let found = parameters.find("start-day");
            told.push(found.map_or("nothing".to_owned(), |found| {
                let place = found.place.unwrap_or_default();
                format!("{} {} {place}", found.value, found.origin.name())
            }));
        };
        tell(&parameters);
        parameters.add_variable("HOME", "no");
        parameters.add_variable("SHEAF_PARAM_START_DAY", "1");
        tell(&parameters);
        parameters.add_variable("SHEAF_PARAM_start-day", "2");
        tell(&parameters);
        parameters.set_from_file("start-day", "3", "p.ron:1:2".to_owned());
        tell(&parameters);
        parameters.set("start-day", "4");
        tell(&parameters);
        parameters.reset("start-day");
        tell(&parameters);
        assert_eq!(
            told,
            [
                "nothing",
                "1 environment SHEAF_PARAM_START_DAY",
                "2 environment SHEAF_PARAM_start-day",
                "3 file p.ron:1:2",
                "4 given ",
                "3 file p.ron:1:2",
            ]
        );
    }
}
