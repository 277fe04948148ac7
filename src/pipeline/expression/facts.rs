//! [`Facts`]: JSON as expressions see it, shared rather than copied when they look into it.

use std::sync::Arc;

use serde_json::{Map, Value};

/// JSON as expressions see it, shared rather than copied when they look into it.
#[derive(Debug, Clone)]
pub(super) enum Facts {
    /// Nothing, a truth value, a number or a text.
    Plain(Value),
    /// A list.
    List(Arc<[Facts]>),
    /// An object, with its fields in their order.
    Object(Arc<[(String, Facts)]>),
}

impl From<Value> for Facts {
    fn from(json: Value) -> Self {
        match json {
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(fields) => Self::Object(
                fields
                    .into_iter()
                    .map(|(name, field)| (name, Self::from(field)))
                    .collect(),
            ),
            plain => Self::Plain(plain),
        }
    }
}

impl Facts {
    /// Returns them as JSON.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Plain(plain) => plain.clone(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Object(fields) => {
                let fields = fields.iter().map(|(name, field)| (name.clone(), field.to_json()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

impl PartialEq for Facts {
    /// `1` and `1.0` are equal, as in Python.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(Value::Number(left)), Self::Plain(Value::Number(right))) => {
                left == right || (left.is_f64() != right.is_f64() && left.as_f64() == right.as_f64())
            }
            (Self::Plain(left), Self::Plain(right)) => left == right,
            (Self::List(left), Self::List(right)) => left == right,
            (Self::Object(left), Self::Object(right)) => {
                left.len() == right.len() && left.iter().all(|field| right.contains(field))
            }
            _ => false,
        }
    }
}
