//! `@{…}` in the texts of definitions: what stands there, what it is worth in a run, and what can be said of it before.
//!
//! Expressions are Starlark (Python's syntax) over what a run knows. They read nothing else, change nothing, and are bounded in
//! steps, time, depth and memory. `@@{` is the text `@{`; `{{secrets/scope/key}}` is left for whoever may resolve it.

mod bounds;
mod builtins;
mod check;
mod data;
mod data_factory;
mod dates;
mod error;
mod evaluation;
mod facts;
#[allow(unsafe_code, reason = "starlark's derives expand to unsafe impls")]
mod object;
mod parsed;
mod scope;
mod shape;
mod template;

use serde_json::Value;

pub(crate) use check::{Known, check};
pub use error::{ExpressionError, Fault};
pub use facts::concealed;
pub use scope::Scope;
pub(crate) use shape::Shape;
use template::{Part, Template};

/// Returns a text with the values of its expressions in it: texts as they are, everything else as JSON.
///
/// # Errors
///
/// An expression that cannot be read or evaluated, or whose value is `None`.
pub fn render(text: &str, scope: &Scope) -> Result<String, ExpressionError> {
    let template = Template::of(text)?;
    let mut rendered = String::with_capacity(text.len());
    for part in template.parts() {
        match part {
            Part::Literal(literal) => rendered.push_str(literal),
            Part::Expression(expression) => match evaluation::evaluate(expression, scope)? {
                Value::String(value) => rendered.push_str(&value),
                Value::Null => return Err(expression.error(0, Fault::NothingInText)),
                value => rendered.push_str(&value.to_string()),
            },
        }
    }
    Ok(rendered)
}

/// Returns the value of a text: of its expression where it is one and nothing else, the rendered text otherwise.
///
/// # Errors
///
/// As [`render`] has them; one expression alone may be `None`.
pub fn value(text: &str, scope: &Scope) -> Result<Value, ExpressionError> {
    match Template::of(text)?.parts() {
        [Part::Expression(expression)] => evaluation::evaluate(expression, scope),
        _ => render(text, scope).map(Value::String),
    }
}

/// Returns a value in which every text, however deep within, is replaced by its [`value`].
///
/// # Errors
///
/// As [`value`] has them, of the first text with one.
pub fn resolve(json: &Value, scope: &Scope) -> Result<Value, ExpressionError> {
    Ok(match json {
        Value::String(text) => value(text, scope)?,
        Value::Array(items) => {
            let items = items.iter().map(|item| resolve(item, scope));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| Ok((name.clone(), resolve(field, scope)?)));
            Value::Object(fields.collect::<Result<_, _>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => json.clone(),
    })
}

#[cfg(test)]
mod tests;
