//! [`Facts`]: JSON as expressions see it, shared rather than copied when they look into it.

use std::cell::RefCell;
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
    /// What an activity gave and was kept out of the store of runs: no one knows it any more.
    Concealed(Arc<str>),
}

/// The only field of what stands for something that no one knows; no text from outside can be it by chance.
const CONCEALED: &str = "\0 concealed";

thread_local! {
    /// The activity that gave what an expression has asked for, and no one knows.
    static ASKED: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
}

/// Returns what stands for something that an activity gave and no one knows any more.
pub fn concealed(activity: &str) -> Value {
    Value::Object(Map::from_iter([(CONCEALED.to_owned(), Value::from(activity))]))
}

/// Notes that an expression asks for what an activity gave and no one knows: whatever it makes of that is no value.
pub(super) fn ask(activity: &Arc<str>) {
    ASKED.with_borrow_mut(|asked| {
        asked.get_or_insert_with(|| Arc::clone(activity));
    });
}

/// Returns and forgets which activity's was asked for on this thread.
pub(super) fn asked() -> Option<Arc<str>> {
    ASKED.with_borrow_mut(Option::take)
}

impl From<Value> for Facts {
    fn from(json: Value) -> Self {
        match json {
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(fields) if fields.len() == 1 && fields.contains_key(CONCEALED) => {
                let activity = fields.get(CONCEALED).and_then(Value::as_str);
                Self::Concealed(activity.unwrap_or_default().into())
            }
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
            Self::Concealed(activity) => {
                ask(activity);
                Value::Null
            }
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
            (Self::Concealed(activity), _) | (_, Self::Concealed(activity)) => {
                ask(activity);
                false
            }
            _ => false,
        }
    }
}
