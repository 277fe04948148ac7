//! The settings of an estimator: values by keyword, as cells give them and as models save them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::class::Class;
use super::written::Quoted;

/// Settings by keyword.
pub type Settings = BTreeMap<String, Setting>;

/// The value of one setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Setting {
    /// `None`.
    Nothing,
    /// `True` or `False`.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
    /// A number for each class.
    Weights(Vec<(Class, f64)>),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("None"),
            Self::Flag(true) => f.write_str("True"),
            Self::Flag(false) => f.write_str("False"),
            Self::Integer(value) => value.fmt(f),
            Self::Number(value) => write!(f, "{value:?}"),
            Self::Text(value) => Quoted(value).fmt(f),
            Self::Weights(weights) => {
                f.write_str("{")?;
                for (position, (class, weight)) in weights.iter().enumerate() {
                    if position > 0 {
                        f.write_str(", ")?;
                    }
                    match class {
                        Class::Text(text) => write!(f, "{}: {weight:?}", Quoted(text))?,
                        other => write!(f, "{other}: {weight:?}")?,
                    }
                }
                f.write_str("}")
            }
        }
    }
}
