//! What columns answer when they are asked whether they are true: an error that says what to write.
//!
//! A column expression, a series and a frame are neither true nor false. The session lets each value that a cell asks
//! pass through these functions; the builtins of Starlark that ask by themselves are replaced.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::none::NoneOr;
use starlark::values::typing::{StarlarkCallable, StarlarkIter};
use starlark::values::{Heap, Value, ValueOfUnchecked};

use super::frame::{Columns, Neither};
use super::secret::{NeedsValue, ReferenceValue};
use super::{BuiltinModule, OrFail};
use crate::session::Asks;

/// The functions that stand before conditions.
pub(super) struct Conditions;

impl BuiltinModule for Conditions {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }
}

/// Returns the name of the function that a value passes through.
pub(super) fn asked(asks: Asks) -> &'static str {
    match asks {
        Asks::If => "__asked_by_if__",
        Asks::And => "__asked_by_and__",
        Asks::Or => "__asked_by_or__",
        Asks::Not => "__asked_by_not__",
        Asks::Bool => "__asked_by_bool__",
    }
}

/// Lets through what is true or false.
fn ask<'v>(word: &'static str, value: Value<'v>) -> anyhow::Result<Value<'v>> {
    if value.unpack_bool().is_some() {
        return Ok(value);
    }
    if ReferenceValue::of(value).is_some() {
        return Err(NeedsValue::Truth(word)).or_fail();
    }
    match Columns::of(value) {
        None => Ok(value),
        Some(columns) => Err(Neither { word, columns }).or_fail(),
    }
}

/// Iterates over the items of what `word` was given.
fn items<'v>(
    word: &'static str,
    items: Value<'v>,
    heap: Heap<'v>,
) -> starlark::Result<impl Iterator<Item = starlark::Result<bool>>> {
    match Columns::of(items) {
        Some(columns @ (Columns::Expression | Columns::Frame)) => Err(Neither { word, columns }).or_fail()?,
        Some(Columns::Series) | None => {}
    }
    Ok(items
        .iterate(heap)?
        .map(move |item| Ok(ask(word, item)?.to_bool())))
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Whether `if` takes its branch.
    ///
    /// Effect: pure
    #[starlark(speculative_exec_safe)]
    fn __asked_by_if__<'v>(#[starlark(require = pos)] value: Value<'v>) -> anyhow::Result<Value<'v>> {
        ask("if", value)
    }

    /// Whether `and` goes on.
    ///
    /// Effect: pure
    #[starlark(speculative_exec_safe)]
    fn __asked_by_and__<'v>(#[starlark(require = pos)] value: Value<'v>) -> anyhow::Result<Value<'v>> {
        ask("and", value)
    }

    /// Whether `or` goes on.
    ///
    /// Effect: pure
    #[starlark(speculative_exec_safe)]
    fn __asked_by_or__<'v>(#[starlark(require = pos)] value: Value<'v>) -> anyhow::Result<Value<'v>> {
        ask("or", value)
    }

    /// What `not` turns.
    ///
    /// Effect: pure
    #[starlark(speculative_exec_safe)]
    fn __asked_by_not__<'v>(#[starlark(require = pos)] value: Value<'v>) -> anyhow::Result<Value<'v>> {
        ask("not", value)
    }

    /// What `bool` gives.
    ///
    /// Effect: pure
    #[starlark(speculative_exec_safe)]
    fn __asked_by_bool__<'v>(#[starlark(require = pos)] value: Value<'v>) -> anyhow::Result<Value<'v>> {
        ask("bool", value)
    }

    /// Returns whether any item of a list or another iterable is true.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// any([0, "", "text"])
    /// ```
    fn any<'v>(
        #[starlark(require = pos)] x: ValueOfUnchecked<'v, StarlarkIter<Value<'v>>>,
        heap: Heap<'v>,
    ) -> starlark::Result<bool> {
        for item in items("any", x.get(), heap)? {
            if item? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns whether every item of a list or another iterable is true.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// all([1, True, "text"])
    /// ```
    fn all<'v>(
        #[starlark(require = pos)] x: ValueOfUnchecked<'v, StarlarkIter<Value<'v>>>,
        heap: Heap<'v>,
    ) -> starlark::Result<bool> {
        for item in items("all", x.get(), heap)? {
            if !item? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The items for which `func` gives true; with `None`, those that are not `None`.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// filter(lambda age: age > 30, [22, 38, 26, 35])
    /// ```
    fn filter<'v>(
        #[starlark(require = pos)] func: NoneOr<StarlarkCallable<'v>>,
        #[starlark(require = pos)] seq: ValueOfUnchecked<'v, StarlarkIter<Value<'v>>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Vec<Value<'v>>> {
        let mut kept = Vec::new();
        for item in seq.get().iterate(eval.heap())? {
            let keeps = match func {
                NoneOr::None => !item.is_none(),
                NoneOr::Other(func) => ask("filter", eval.eval_function(func.0, &[item], &[])?)?.to_bool(),
            };
            if keeps {
                kept.push(item);
            }
        }
        Ok(kept)
    }
}
