//! `json.encode` and `json.decode`.

use starlark::environment::GlobalsBuilder;
use starlark::starlark_module;
use starlark::values::{Heap, Value};

use super::numbers::float;
use super::show::walk;
use super::texts::repr;
use super::{Family, OrFail};
use crate::error::Problem;

/// Values as JSON.
pub(super) struct Json;

impl Family for Json {
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
        Some("put None or a text in its place".to_owned())
    }
}

/// Text that is no JSON.
#[derive(Debug, thiserror::Error)]
#[error("json.decode: {0}")]
struct NoJson(serde_json::Error);

impl Problem for NoJson {}

#[starlark_module]
fn members(globals: &mut GlobalsBuilder) {
    /// Writes a value as JSON; numbers keep all their digits.
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
    fn decode<'v>(#[starlark(require = pos)] x: &str, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        let value: serde_json::Value = serde_json::from_str(x).map_err(NoJson).or_fail()?;
        Ok(heap.alloc(value))
    }
}
