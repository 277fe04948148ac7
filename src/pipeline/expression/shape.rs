//! [`Shape`]: what is known of a value before there is one.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is known of a value before there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// It may be anything.
    Any,
    /// True or false.
    Truth,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list of such items.
    List(Box<Shape>),
    /// An object.
    Object {
        /// The fields that it has.
        fields: BTreeMap<String, Shape>,
        /// Whether it may have others.
        is_open: bool,
    },
}

impl Shape {
    /// Returns the shape of a value; of an object that may come to have other fields.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Any,
            Value::Bool(_) => Self::Truth,
            Value::Number(_) => Self::Number,
            Value::String(text) if text.contains("@{") => Self::Any,
            Value::String(_) => Self::Text,
            Value::Array(items) => Self::list(items.iter().map(Self::of)),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, field)| (name.clone(), Self::of(field)));
                Self::Object {
                    fields: fields.collect(),
                    is_open: true,
                }
            }
        }
    }

    /// Returns the shape of a value that is there, with no other fields than it has.
    pub(super) fn whole(value: &Value) -> Self {
        match value {
            Value::Array(items) => Self::list(items.iter().map(Self::whole)),
            Value::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, field)| (name.as_str(), Self::whole(field)));
                Self::closed(fields)
            }
            Value::String(_) => Self::Text,
            plain => Self::of(plain),
        }
    }

    /// Returns an object with these fields and no others.
    pub(crate) fn closed<'n>(fields: impl IntoIterator<Item = (&'n str, Self)>) -> Self {
        Self::Object {
            fields: fields
                .into_iter()
                .map(|(name, field)| (name.to_owned(), field))
                .collect(),
            is_open: false,
        }
    }

    /// Returns an object with these fields, and maybe others.
    pub(crate) fn open<'n>(fields: impl IntoIterator<Item = (&'n str, Self)>) -> Self {
        Self::Object {
            fields: fields
                .into_iter()
                .map(|(name, field)| (name.to_owned(), field))
                .collect(),
            is_open: true,
        }
    }

    /// Returns the shape of a list with such items.
    pub(super) fn list(items: impl Iterator<Item = Self>) -> Self {
        Self::List(Box::new(items.reduce(Self::or).unwrap_or(Self::Any)))
    }

    /// Returns what is known of a value that has one shape or the other.
    pub(super) fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Any }
    }

    /// Returns what it is called; none where that is not known.
    pub(crate) const fn name(&self) -> Option<&'static str> {
        match self {
            Self::Any => None,
            Self::Truth => Some("true or false"),
            Self::Number => Some("a number"),
            Self::Text => Some("a text"),
            Self::List(_) => Some("a list"),
            Self::Object { .. } => Some("an object"),
        }
    }
}
