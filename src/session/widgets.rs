//! Widgets: the named parameters of a notebook, with Databricks' rules.
//!
//! A widget is declared by a cell with a default; its value is what the caller of the notebook gave for that
//! name (`-p NAME=VALUE`), or else the default.

use std::collections::BTreeMap;

use crate::error::{Problem, nearest};

/// What kind of input a widget is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WidgetKind {
    /// Any text.
    Text,
    /// One of the choices.
    Dropdown,
    /// One of the choices, or any text.
    Combobox,
    /// Some of the choices, joined by commas.
    Multiselect,
}

impl WidgetKind {
    /// Returns Databricks' name of the function that declares it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Dropdown => "dropdown",
            Self::Combobox => "combobox",
            Self::Multiselect => "multiselect",
        }
    }
}

/// A declared widget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Widget {
    /// What kind of input it is.
    pub kind: WidgetKind,
    /// The value when the caller gives none.
    pub default: String,
    /// The values to choose from; empty for a text widget.
    pub choices: Vec<String>,
    /// What a person sees beside it.
    pub label: Option<String>,
}

/// The widgets of a session and the parameters that its caller gave.
#[derive(Debug, Clone, Default)]
pub struct Widgets {
    declared: BTreeMap<String, Widget>,
    parameters: BTreeMap<String, String>,
}

/// A wrong use of a widget.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WidgetError {
    /// No cell above declares it.
    #[error("no widget named `{name}` is declared")]
    Undeclared {
        /// The name asked for.
        name: String,
        /// The names there are.
        declared: Vec<String>,
    },
    /// The default is not among the choices.
    #[error("the default `{default}` of {} widget `{name}` is not one of its choices", kind.name())]
    DefaultNotAChoice {
        /// The widget.
        name: String,
        /// Its kind.
        kind: WidgetKind,
        /// The default given.
        default: String,
        /// The choices given.
        choices: Vec<String>,
    },
    /// The caller's value is not among the choices.
    #[error("`{value}` is not one of the choices of {} widget `{name}`", kind.name())]
    ValueNotAChoice {
        /// The widget.
        name: String,
        /// Its kind.
        kind: WidgetKind,
        /// The value given.
        value: String,
        /// The choices given.
        choices: Vec<String>,
    },
    /// A widget with choices has none.
    #[error("{} widget `{name}` has no choices", kind.name())]
    NoChoices {
        /// The widget.
        name: String,
        /// Its kind.
        kind: WidgetKind,
    },
}

impl Problem for WidgetError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Undeclared { name, declared } => {
                Some(match nearest(name, declared.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if declared.is_empty() => {
                        format!("declare it in a cell above: dbutils.widgets.text(\"{name}\", \"default\")")
                    }
                    None => format!("the declared ones are: {}", declared.join(", ")),
                })
            }
            Self::DefaultNotAChoice { choices, .. } | Self::ValueNotAChoice { choices, .. } => {
                Some(format!("the choices are: {}", choices.join(", ")))
            }
            Self::NoChoices { name, kind } => Some(format!(
                "write dbutils.widgets.{}(\"{name}\", \"a\", [\"a\", \"b\"])",
                kind.name()
            )),
        }
    }
}

impl Widgets {
    /// Takes the caller's values, by widget name.
    pub fn with_parameters(parameters: BTreeMap<String, String>) -> Self {
        Self {
            declared: BTreeMap::new(),
            parameters,
        }
    }

    /// Returns a copy in which these parameters stand before the caller's.
    #[must_use]
    pub(super) fn with_overrides(&self, parameters: &BTreeMap<String, String>) -> Self {
        let mut copy = self.clone();
        copy.parameters.extend(parameters.clone());
        copy
    }

    /// Takes over what `other` declares, and keeps the caller's values.
    pub(super) fn take_declared(&mut self, other: Self) {
        self.declared = other.declared;
    }

    /// Declares a widget, or declares it anew.
    pub fn declare(&mut self, name: &str, widget: Widget) -> Result<(), WidgetError> {
        if widget.kind != WidgetKind::Text && widget.choices.is_empty() {
            return Err(WidgetError::NoChoices {
                name: name.to_owned(),
                kind: widget.kind,
            });
        }
        if let Some(default) = widget.stray(&widget.default) {
            return Err(WidgetError::DefaultNotAChoice {
                name: name.to_owned(),
                kind: widget.kind,
                default,
                choices: widget.choices,
            });
        }
        if let Some(value) = self.parameters.get(name).and_then(|value| widget.stray(value)) {
            return Err(WidgetError::ValueNotAChoice {
                name: name.to_owned(),
                kind: widget.kind,
                value,
                choices: widget.choices,
            });
        }
        self.declared.insert(name.to_owned(), widget);
        Ok(())
    }

    /// Returns the current value of a declared widget.
    pub fn get(&self, name: &str) -> Result<String, WidgetError> {
        let Some(widget) = self.declared.get(name) else {
            return Err(WidgetError::Undeclared {
                name: name.to_owned(),
                declared: self.names(),
            });
        };
        Ok(self.parameters.get(name).unwrap_or(&widget.default).clone())
    }

    /// Returns every declared widget's value, by name.
    pub fn all(&self) -> BTreeMap<String, String> {
        self.declared
            .iter()
            .map(|(name, widget)| {
                (
                    name.clone(),
                    self.parameters.get(name).unwrap_or(&widget.default).clone(),
                )
            })
            .collect()
    }

    /// Removes a declared widget.
    pub fn remove(&mut self, name: &str) -> Result<(), WidgetError> {
        match self.declared.remove(name) {
            Some(_) => Ok(()),
            None => Err(WidgetError::Undeclared {
                name: name.to_owned(),
                declared: self.names(),
            }),
        }
    }

    /// Removes every widget.
    pub fn remove_all(&mut self) {
        self.declared.clear();
    }

    /// Returns the names of the declared widgets.
    pub fn names(&self) -> Vec<String> {
        self.declared.keys().cloned().collect()
    }

    /// Returns the caller's values, by widget name.
    pub fn parameters(&self) -> &BTreeMap<String, String> {
        &self.parameters
    }
}

impl Widget {
    /// Returns the part of `value` that this widget does not allow.
    fn stray(&self, value: &str) -> Option<String> {
        let allowed = |part: &str| self.choices.iter().any(|choice| choice == part);
        match self.kind {
            WidgetKind::Text | WidgetKind::Combobox => None,
            WidgetKind::Dropdown => (!allowed(value)).then(|| value.to_owned()),
            WidgetKind::Multiselect => value
                .split(',')
                .find(|part| !part.is_empty() && !allowed(part))
                .map(str::to_owned),
        }
    }
}
