//! [`Outline`]: what is known of a value at once, without computing, counting or reading anything.

use super::catalogue::Builtin;

/// What is known of a value at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Its type, as `type()` names it: `frame`, `string`.
    pub kind: String,
    /// The columns that expressions about it can name.
    pub columns: Vec<ColumnOutline>,
    /// The attributes of a struct, or the keys of a dict, where they are strings.
    pub members: Vec<String>,
    /// How it is called, where it is a function.
    pub function: Option<Builtin>,
}

/// A column of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnOutline {
    /// Its name.
    pub name: String,
    /// Its type: `Float64`.
    pub dtype: String,
}

impl Outline {
    /// Creates the outline of a value of which only the type is known.
    pub fn of_kind(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            ..Self::default()
        }
    }
}
