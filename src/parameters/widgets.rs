//! Widgets: the named parameters of a notebook, with Databricks' rules.
//!
//! A widget is declared by a cell with a default; its value is what came from outside for that name, or else the
//! default. A cell sees what the cells above it have declared and removed, in document order.

use std::collections::BTreeMap;

use super::parameters::{Origin, Parameters};
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
    /// Finds a kind by its name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Text, Self::Dropdown, Self::Combobox, Self::Multiselect];
        all.into_iter().find(|kind| kind.name() == name)
    }

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
    /// The label shown to the user.
    pub label: Option<String>,
    /// The value from a `%run` cell, which overrides all others.
    pub pinned: Option<String>,
}

/// What a cell did to the widgets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WidgetChange {
    /// It declared one, or declared it again.
    Declared(String, Widget),
    /// It removed one.
    Removed(String),
    /// It removed all.
    AllRemoved,
}

/// The widgets that are declared at one place of a notebook, and the values for them from outside.
#[derive(Debug, Clone, Default)]
pub struct Widgets {
    declared: BTreeMap<String, Widget>,
    parameters: Parameters,
    /// The changes made here, in order.
    changes: Vec<WidgetChange>,
}

/// A wrong use of a widget.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WidgetError {
    /// No cell above declares it.
    #[error("no widget named `{name}` is declared")]
    Undeclared {
        /// The name asked for.
        name: String,
        /// The declared names.
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
    /// The value from outside is not among the choices.
    #[error("`{value}`{} is not one of the choices of {} widget `{name}`", from(place.as_deref()), kind.name())]
    ValueNotAChoice {
        /// The widget.
        name: String,
        /// Its kind.
        kind: WidgetKind,
        /// The value given.
        value: String,
        /// Where the value is from, where that is not obvious.
        place: Option<String>,
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
                    None => format!("the declared widgets are: {}", declared.join(", ")),
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
    /// Creates a table without widgets, with values for those that cells will declare.
    pub fn with_parameters(parameters: Parameters) -> Self {
        Self {
            parameters,
            ..Self::default()
        }
    }

    /// Applies a change that a cell above made.
    pub(crate) fn apply(&mut self, change: &WidgetChange) {
        match change {
            WidgetChange::Declared(name, widget) => {
                self.declared.insert(name.clone(), widget.clone());
            }
            WidgetChange::Removed(name) => {
                self.declared.remove(name);
            }
            WidgetChange::AllRemoved => self.declared.clear(),
        }
    }

    /// Applies a change, and remembers it.
    fn change(&mut self, change: WidgetChange) {
        self.apply(&change);
        self.changes.push(change);
    }

    /// Returns the changes made here, in order.
    pub(crate) fn changes(&self) -> &[WidgetChange] {
        &self.changes
    }

    /// Returns a copy in which these parameters override the caller's.
    #[must_use]
    pub(crate) fn with_overrides(&self, parameters: &BTreeMap<String, String>) -> Self {
        let mut copy = self.clone();
        copy.changes.clear();
        for (name, value) in parameters {
            copy.parameters.set(name, value);
        }
        copy
    }

    /// Applies the changes made to `other`, and keeps the values that `parameters` set there.
    pub(crate) fn replay_changes(&mut self, other: &Self, parameters: &BTreeMap<String, String>) {
        for change in &other.changes {
            let mut change = change.clone();
            if let WidgetChange::Declared(name, widget) = &mut change
                && let Some(given) = parameters.get(name)
            {
                widget.pinned.get_or_insert_with(|| given.clone());
            }
            self.change(change);
        }
    }

    /// Declares a widget, or declares it again.
    pub fn declare(&mut self, name: &str, widget: Widget) -> Result<(), WidgetError> {
        if widget.kind != WidgetKind::Text && widget.choices.is_empty() {
            return Err(WidgetError::NoChoices {
                name: name.to_owned(),
                kind: widget.kind,
            });
        }
        if let Some(default) = widget.invalid_part(&widget.default) {
            return Err(WidgetError::DefaultNotAChoice {
                name: name.to_owned(),
                kind: widget.kind,
                default,
                choices: widget.choices,
            });
        }
        if let Some(supplied) = self.parameters.find(name) {
            widget.check(name, &supplied.value, supplied.place)?;
        }
        self.change(WidgetChange::Declared(name.to_owned(), widget));
        Ok(())
    }

    /// Returns the current value of a declared widget.
    pub fn get(&self, name: &str) -> Result<String, WidgetError> {
        Ok(self.value(name)?.0)
    }

    /// Returns the current value of a declared widget, and where it came from.
    pub fn value(&self, name: &str) -> Result<(String, Origin), WidgetError> {
        match self.declared.get(name) {
            Some(widget) => Ok(self.value_of(name, widget)),
            None => self
                .parameters
                .find(name)
                .filter(|_| self.parameters.is_open())
                .map(|supplied| (supplied.value, supplied.origin))
                .ok_or_else(|| self.undeclared(name)),
        }
    }

    /// Returns every declared widget by name, with its value and where that came from.
    pub fn declared(&self) -> impl Iterator<Item = (&str, &Widget, String, Origin)> {
        let declared = self.declared.iter();
        declared.map(|(name, widget)| {
            let (value, origin) = self.value_of(name, widget);
            (name.as_str(), widget, value, origin)
        })
    }

    /// Returns every declared widget's value, by name.
    pub fn all(&self) -> BTreeMap<String, String> {
        self.declared()
            .map(|(name, _, value, _)| (name.to_owned(), value))
            .collect()
    }

    /// Fails when there is no such widget, or its choices do not include this value.
    pub(crate) fn check(&self, name: &str, value: &str) -> Result<(), WidgetError> {
        let widget = self.declared.get(name).ok_or_else(|| self.undeclared(name))?;
        widget.check(name, value, None)
    }

    /// Removes a declared widget.
    pub fn remove(&mut self, name: &str) -> Result<(), WidgetError> {
        if !self.declared.contains_key(name) {
            return Err(self.undeclared(name));
        }
        self.change(WidgetChange::Removed(name.to_owned()));
        Ok(())
    }

    /// Removes every widget.
    pub fn remove_all(&mut self) {
        self.change(WidgetChange::AllRemoved);
    }

    /// Returns the names of the declared widgets.
    pub fn names(&self) -> Vec<String> {
        self.declared.keys().cloned().collect()
    }

    /// Returns the values from outside.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn value_of(&self, name: &str, widget: &Widget) -> (String, Origin) {
        if let Some(pinned) = &widget.pinned {
            return (pinned.clone(), Origin::Given);
        }
        let supplied = self.parameters.find(name);
        supplied.map_or_else(
            || (widget.default.clone(), Origin::Default),
            |supplied| (supplied.value, supplied.origin),
        )
    }

    fn undeclared(&self, name: &str) -> WidgetError {
        WidgetError::Undeclared {
            name: name.to_owned(),
            declared: self.names(),
        }
    }
}

/// Returns where a value is from, as a suffix for messages.
fn from(place: Option<&str>) -> String {
    place.map_or_else(String::new, |place| format!(" (from {place})"))
}

impl Widget {
    /// Returns the part of `value` that is not among the widget's choices.
    fn invalid_part(&self, value: &str) -> Option<String> {
        let allowed = |part: &str| self.choices.iter().any(|choice| choice == part);
        match self.kind {
            WidgetKind::Text | WidgetKind::Combobox => None,
            WidgetKind::Dropdown => (!allowed(value)).then(|| value.to_owned()),
            // No choice at all is one, and a choice may hold a comma.
            WidgetKind::Multiselect if value.is_empty() || allowed(value) => None,
            WidgetKind::Multiselect => value.split(',').find(|part| !allowed(part)).map(str::to_owned),
        }
    }

    /// Fails for a value that is not among the choices; `place` is where it is from.
    fn check(&self, name: &str, value: &str, place: Option<String>) -> Result<(), WidgetError> {
        match self.invalid_part(value) {
            None => Ok(()),
            Some(value) => Err(WidgetError::ValueNotAChoice {
                name: name.to_owned(),
                kind: self.kind,
                value,
                place,
                choices: self.choices.clone(),
            }),
        }
    }
}
