//! `print` and `display`: what a cell shows, in the order it shows it.

use std::collections::HashSet;
use std::sync::Arc;

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::DictRef;
use starlark::values::list::ListRef;
use starlark::values::none::NoneType;
use starlark::values::structs::StructRef;
use starlark::values::tuple::{TupleRef, UnpackTuple};
use starlark::values::{Value, ValueLike};

use super::folding::folded;
use super::frame::FrameValue;
use super::texts::{repr, text};
use super::{BUILTIN_MODULES, BuiltinModule, OrFail, context};
use crate::error::Problem;
use crate::output::Output;
use crate::session::CellContext;

/// `print` and `display`.
pub(super) struct Show;

impl BuiltinModule for Show {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Writes values on one line, separated by `sep`; a frame or a model alone is shown in full.
    ///
    /// Effect: pure
    /// * `args`: the values; a frame alone is shown in full
    ///
    /// ```python
    /// print("ages:", [22, 38], sep=" ")
    /// ```
    fn print<'v>(
        #[starlark(args)] args: UnpackTuple<Value<'v>>,
        #[starlark(require = named, default = " ")] sep: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let context = context(eval)?;
        let alone = match args.items.as_slice() {
            [value] => BUILTIN_MODULES
                .iter()
                .find_map(|module| module.output(*value, context)),
            _ => None,
        };
        let output = match alone {
            Some(output) => output.or_fail()?,
            None => Output::Printed(
                args.items
                    .iter()
                    .map(|value| text(*value))
                    .collect::<Vec<_>>()
                    .join(sep),
            ),
        };
        context.show(output);
        Ok(NoneType)
    }

    /// Shows a value as at the end of a cell: long lists and texts are shortened.
    ///
    /// `print` writes all of it.
    /// With `profile=True` it summarizes a frame, column by column: missing and different values, mean,
    /// quartiles and a small histogram.
    ///
    /// Effect: pure
    /// * `profile`: whether to summarize a frame's columns instead of showing its rows
    ///
    /// ```python
    /// display(read_csv("/mnt/data/titanic.csv").select("Age", "Sex"), profile=True)
    /// ```
    fn display<'v>(
        #[starlark(require = pos)] x: Value<'v>,
        #[starlark(require = named, default = false)] profile: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let context = context(eval)?;
        if profile {
            summarize(x, "display", context)?;
            return Ok(NoneType);
        }
        let output = BUILTIN_MODULES
            .iter()
            .find_map(|module| module.output(x, context))
            .unwrap_or_else(|| Ok(folded(x)));
        context.show(output.or_fail()?);
        Ok(NoneType)
    }
}

/// How many characters of a value a summary has.
const SHORT: usize = 60;

/// Writes a value on one line, cut where it is long.
pub(super) fn short(value: Value<'_>) -> String {
    // Writing a long list takes long; its length says as much.
    let many = value
        .length()
        .ok()
        .filter(|length| *length > 20 && value.unpack_str().is_none());
    if let Some(length) = many {
        return format!("{length} items");
    }
    if value.get_type() == "function" {
        return String::new();
    }
    let text = repr(value).replace('\n', " ");
    match text.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A profile was asked for of something that has no columns.
#[derive(Debug, thiserror::Error)]
#[error("{function}: only a frame has a profile, not a value of type {found}")]
struct NotAFrame {
    function: &'static str,
    found: &'static str,
}

impl Problem for NotAFrame {
    fn hint(&self) -> Option<String> {
        Some("pass a frame; .to_frame() turns a column into one".to_owned())
    }
}

/// Shows the profile of a frame.
pub(super) fn summarize(
    value: Value<'_>,
    function: &'static str,
    context: &CellContext,
) -> anyhow::Result<()> {
    let frame = value
        .downcast_ref::<FrameValue>()
        .ok_or_else(|| NotAFrame {
            function,
            found: value.get_type(),
        })
        .or_fail()?;
    let profile = frame.frame().profile(context.interrupt()).or_fail()?;
    context.show(Output::Profile(Arc::new(profile)));
    Ok(())
}

/// Visits values and what their lists, tuples, dicts and structs hold, each once, however they are nested.
pub(super) fn walk<'v>(values: &[Value<'v>], visit: &mut dyn FnMut(Value<'v>)) {
    let mut seen = HashSet::new();
    let mut open: Vec<Value<'v>> = values.to_vec();
    while let Some(value) = open.pop() {
        if !seen.insert(value.identity()) {
            continue;
        }
        visit(value);
        if let Some(list) = ListRef::from_value(value) {
            open.extend(list.iter());
        } else if let Some(tuple) = TupleRef::from_value(value) {
            open.extend(tuple.iter());
        } else if let Some(dict) = DictRef::from_value(value) {
            open.extend(dict.values());
        } else if let Some(fields) = StructRef::from_value(value) {
            open.extend(fields.iter().map(|(_, item)| item));
        }
    }
}
