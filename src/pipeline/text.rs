//! [`Text`]: a text of a definition, in which `@{…}` stands for the value of an expression.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::expression::{self, ExpressionError, Scope};

/// A text of a definition, in which `@{…}` stands for the value of an expression: `day=@{trigger.window_start}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(pub String);

impl Text {
    /// Returns the text as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the text with the values of its expressions in it.
    ///
    /// # Errors
    ///
    /// An expression that cannot be read or evaluated, or whose value is `None`.
    pub fn render(&self, scope: &Scope) -> Result<String, ExpressionError> {
        expression::render(&self.0, scope)
    }

    /// Returns the value of its expression where it is one and nothing else, the rendered text otherwise.
    ///
    /// # Errors
    ///
    /// As [`Text::render`] has them; one expression alone may be `None`.
    pub fn value(&self, scope: &Scope) -> Result<Value, ExpressionError> {
        expression::value(&self.0, scope)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
