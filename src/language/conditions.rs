//! What columns answer when they are asked whether they are true: an error that says what to write.
//!
//! A column expression, a series and a frame are neither true nor false. The session lets each value that a cell asks
//! pass through these functions; the builtins of Starlark that ask by themselves are replaced.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::none::NoneOr;
use starlark::values::typing::{StarlarkCallable, StarlarkIter};
use starlark::values::{Heap, Value, ValueLike, ValueOfUnchecked};

use super::expressions::ExpressionValue;
use super::frames::FrameValue;
use super::series::SeriesValue;
use super::{Family, OrFail};
use crate::error::Problem;
use crate::session::Asks;

/// The functions that stand before conditions.
pub(super) struct Conditions;

impl Family for Conditions {
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

/// What is neither true nor false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Columns {
    /// An expression.
    Expression,
    /// One column with its values.
    Series,
    /// A table.
    Frame,
}

impl Columns {
    /// Recognises a value.
    pub(super) fn of(value: Value<'_>) -> Option<Self> {
        if value.downcast_ref::<ExpressionValue>().is_some() {
            Some(Self::Expression)
        } else if value.downcast_ref::<SeriesValue>().is_some() {
            Some(Self::Series)
        } else if value.downcast_ref::<FrameValue>().is_some() {
            Some(Self::Frame)
        } else {
            None
        }
    }
}

/// A value was asked whether it is true, and is a column's.
#[derive(Debug, thiserror::Error)]
#[error("`{word}` needs one truth value, and {} {}", what(*.columns), answer(*.columns))]
pub(super) struct Neither {
    /// What asks: `and`, `if`, `any`.
    pub(super) word: &'static str,
    /// What is asked.
    pub(super) columns: Columns,
}

fn what(columns: Columns) -> &'static str {
    match columns {
        Columns::Expression => "a column expression",
        Columns::Series => "a column",
        Columns::Frame => "a frame",
    }
}

fn answer(columns: Columns) -> &'static str {
    match columns {
        Columns::Expression | Columns::Series => "has one for each row",
        Columns::Frame => "has none",
    }
}

impl Problem for Neither {
    fn hint(&self) -> Option<String> {
        let hint = match (self.word, self.columns) {
            ("or", Columns::Frame) => "write a if a != None else b; to check for rows, df.height > 0",
            (_, Columns::Frame) => "write df.height > 0, or df != None",
            ("and", _) => "write `&`, with parentheses around each side: (col(\"a\") > 1) & (col(\"b\") > 2)",
            ("or", _) => "write `|`, with parentheses around each side: (col(\"a\") > 1) | (col(\"b\") > 2)",
            ("not", _) => "write `~`, with parentheses after it: ~(col(\"a\") > 1)",
            ("if", Columns::Expression) => {
                "filter rows with df.filter(condition), and compute a value for each row with \
                 \"CASE WHEN a > 1 THEN 'x' ELSE 'y' END\"; for a single number, write df.select(…).item() > 1"
            }
            (_, Columns::Expression) => {
                "combine columns with `&` and `|`; for a single number, write df.select(…).item() > 1"
            }
            ("in", Columns::Series) => "search its values: x in s.to_list()",
            (_, Columns::Series) => {
                "reduce it to one value: any(s > 1), all(s > 1), s.max() > 1 or len(s) > 0"
            }
        };
        Some(hint.to_owned())
    }
}

/// Lets through what is true or false.
fn ask<'v>(word: &'static str, value: Value<'v>) -> anyhow::Result<Value<'v>> {
    if value.unpack_bool().is_some() {
        return Ok(value);
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
