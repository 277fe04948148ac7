//! `json.encode` and `json.decode`.

use std::borrow::Cow;

use starlark::environment::GlobalsBuilder;
use starlark::starlark_module;
use starlark::values::dict::AllocDict;
use starlark::values::{Heap, Value};

use super::numbers::{float, from_digits};
use super::show::walk;
use super::texts::repr;
use super::{BuiltinModule, OrFail};
use crate::error::Problem;

/// Values as JSON.
pub(super) struct Json;

impl BuiltinModule for Json {
    fn register(&self, globals: &mut GlobalsBuilder) {
        globals.namespace("json", members);
    }
}

/// A float that JSON has no number for.
#[derive(Debug, thiserror::Error)]
#[error("json.encode: JSON has no number for {0}")]
struct NoNumber(String);

impl Problem for NoNumber {
    fn hint(&self) -> Option<String> {
        Some("use None or a string instead".to_owned())
    }
}

/// Text that is not JSON.
#[derive(Debug, thiserror::Error)]
#[error("json.decode: {0}")]
struct NoJson(serde_json::Error);

impl Problem for NoJson {}

#[starlark_module]
fn members(globals: &mut GlobalsBuilder) {
    /// Writes a value as JSON; numbers keep all their digits.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// json.encode({"ages": [22, 38]})
    /// ```
    fn encode(#[starlark(require = pos)] x: Value<'_>) -> anyhow::Result<String> {
        let mut odd = None;
        walk(&[x], &mut |value| {
            if float(value).is_some_and(|number| !number.is_finite()) {
                odd = Some(repr(value));
            }
        });
        match odd {
            // Starlark would write null.
            Some(number) => Err(NoNumber(number)).or_fail(),
            None => x.to_json(),
        }
    }

    /// Reads JSON: objects become dicts, arrays lists.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// json.decode('{"ages": [22, 38]}')
    /// ```
    fn decode<'v>(#[starlark(require = pos)] x: &str, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        let value = serde_json::from_str(&marked(x)).map_err(NoJson).or_fail()?;
        made(&value, heap).map_err(starlark::Error::into_anyhow)
    }
}

/// The only name in an object that stands for a whole number with more digits than JSON's reader keeps.
const WHOLE: &str = "\u{1}int";

/// Writes whole numbers with many digits as objects, so that their digits are read as text.
fn marked(json: &str) -> Cow<'_, str> {
    const FEW: usize = 18;
    let mut text = String::new();
    let (mut done, mut at, mut in_text) = (0, 0, false);
    while let Some(letter) = json.as_bytes().get(at) {
        let rest = json.get(at..).unwrap_or_default();
        match letter {
            b'"' => in_text = !in_text,
            b'\\' if in_text => at += 1,
            b'-' | b'0'..=b'9' if !in_text => {
                let end = rest.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c)));
                let number = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                let digits = number.strip_prefix('-').unwrap_or(number);
                if digits.len() > FEW
                    && digits.chars().all(|c| c.is_ascii_digit())
                    && !digits.starts_with('0')
                {
                    text.push_str(json.get(done..at).unwrap_or_default());
                    text.push_str(&format!("{{\"\\u0001int\":\"{number}\"}}"));
                    done = at + number.len();
                }
                at += number.len().saturating_sub(1);
            }
            _ => {}
        }
        at += 1;
    }
    if done == 0 {
        return Cow::Borrowed(json);
    }
    text.push_str(json.get(done..).unwrap_or_default());
    Cow::Owned(text)
}

fn made<'v>(json: &serde_json::Value, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    Ok(match json {
        serde_json::Value::Array(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| made(item, heap))
                .collect::<Result<_, _>>()?;
            heap.alloc(items)
        }
        serde_json::Value::Object(fields) => {
            if let (1, Some(serde_json::Value::String(digits))) = (fields.len(), fields.get(WHOLE))
                && digits
                    .trim_start_matches('-')
                    .bytes()
                    .all(|digit| digit.is_ascii_digit())
            {
                return from_digits(digits, heap);
            }
            let fields = fields
                .iter()
                .map(|(name, item)| Ok((name.as_str(), made(item, heap)?)))
                .collect::<starlark::Result<Vec<_>>>()?;
            heap.alloc(AllocDict(fields))
        }
        plain => heap.alloc(plain),
    })
}
