//! `dbutils.notebook`: running other notebooks, each in a session of its own, and ending this one.

use std::collections::BTreeMap;
use std::time::Duration;

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::dict::DictRef;
use starlark::values::float::UnpackFloat;
use starlark::values::none::{NoneOr, NoneType};

use super::argument::{Parameter, text};
use super::error::DbutilsError;
use super::help;
use crate::language::include::{chain, locate, read};
use crate::language::texts::repr;
use crate::language::{OrFail, context};
use crate::output::Output;
use crate::session::{CellContext, Child};

/// How many sessions may be around one another.
const DEEPEST: usize = 8;

/// Reads the notebook and what it is to be given.
fn child(
    path: &str,
    timeout: Option<f64>,
    arguments: Option<Value<'_>>,
    context: &CellContext,
) -> anyhow::Result<Child> {
    let surroundings = context.surroundings();
    let location = locate(path, surroundings).or_fail()?;
    if surroundings.sessions() >= DEEPEST {
        let chain = chain(surroundings, &location);
        let deepest = DEEPEST;
        return Err(DbutilsError::TooDeep { deepest, chain }).or_fail();
    }
    let seconds = timeout.unwrap_or_default();
    let timeout = Duration::try_from_secs_f64(seconds)
        .map_err(|_| DbutilsError::NotATime {
            found: seconds.to_string(),
        })
        .or_fail()?;
    Ok(Child {
        cells: read(&location).or_fail()?.cells().to_vec(),
        location,
        arguments: arguments.map_or_else(|| Ok(BTreeMap::new()), texts)?,
        timeout: (!timeout.is_zero()).then_some(timeout),
    })
}

/// Reads a dict of names and what can become a text.
fn texts(arguments: Value<'_>) -> anyhow::Result<BTreeMap<String, String>> {
    let refused = |parameter: String, value: Value<'_>| DbutilsError::NotAText {
        function: "dbutils.notebook.run",
        parameter,
        found: value.get_type(),
    };
    let dict = DictRef::from_value(arguments)
        .ok_or_else(|| DbutilsError::NotADict {
            found: arguments.get_type(),
        })
        .or_fail()?;
    let mut found = BTreeMap::new();
    for (name, value) in dict.iter() {
        let name = name
            .unpack_str()
            .ok_or_else(|| DbutilsError::NotAName { found: repr(name) });
        let name = name.or_fail()?;
        let value = text(value)
            .ok_or_else(|| refused(format!("arguments[\"{name}\"]"), value))
            .or_fail()?;
        found.insert(name.to_owned(), value);
    }
    Ok(found)
}

#[starlark_module]
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    /// Runs another notebook in a session of its own, and returns the text that it gave to dbutils.notebook.exit.
    ///
    /// The text is empty where the notebook came to its end without that. It sees neither the names nor the widgets of
    /// this notebook; a cell of it that fails makes this cell fail.
    ///
    /// Effect: acts
    /// * `path` (path): the notebook, with or without .py; relative to the folder of the calling notebook
    /// * `timeout_seconds`: how long it may run, in seconds; no limit when 0 or None
    /// * `arguments`: a dict of widget names and values
    /// * `timeoutSeconds`: the same as timeout_seconds
    ///
    /// ```python
    /// dbutils.fs.put("/mnt/out/child.py", "dbutils.notebook.exit(dbutils.widgets.get('day') + ', done')", overwrite=True)
    /// dbutils.notebook.run("/mnt/out/child", 60, {"day": "monday"})
    /// ```
    fn run<'v>(
        path: &str,
        #[starlark(default = NoneOr::None)] timeout_seconds: NoneOr<UnpackFloat>,
        #[starlark(default = NoneOr::None)] arguments: NoneOr<Value<'v>>,
        #[starlark(require = named, default = NoneOr::None)] timeoutSeconds: NoneOr<UnpackFloat>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<String> {
        let context = context(eval)?;
        let parameter = Parameter {
            function: "dbutils.notebook.run",
            name: "timeout_seconds",
            other: "timeoutSeconds",
        };
        let timeout = parameter.either(timeout_seconds, timeoutSeconds)?;
        let child = child(
            path,
            timeout.map(|seconds| seconds.0),
            arguments.into_option(),
            context,
        )?;
        // Carried as it is, so that its place in the other notebook is kept.
        let exit = context.run_child(&child).map_err(anyhow::Error::new)?;
        context.show(Output::Printed(format!("ran {}", child.location.name())));
        Ok(exit.unwrap_or_default())
    }

    /// Ends the running notebook here, successfully; whoever ran it gets the value as a text.
    ///
    /// In a notebook that another includes with %run, it ends that one, too.
    ///
    /// Effect: acts
    /// * `value`: what the caller gets: a string, a number or a bool; empty when None
    ///
    /// ```python
    /// dbutils.notebook.exit("891 rows")
    /// ```
    fn exit<'v>(
        #[starlark(default = NoneOr::None)] value: NoneOr<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let value = match value.into_option() {
            None => String::new(),
            Some(value) => text(value)
                .ok_or_else(|| DbutilsError::NotAText {
                    function: "dbutils.notebook.exit",
                    parameter: "value".to_owned(),
                    found: value.get_type(),
                })
                .or_fail()?,
        };
        Err(context(eval)?.exit(value)).or_fail()
    }

    /// Shows the commands of dbutils.notebook, or how one of them is called.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.notebook.help("run")
    /// ```
    fn help<'v>(
        #[starlark(default = NoneOr::None)] command: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let text = help::commands("dbutils.notebook", functions, command.into_option())?;
        context(eval)?.show(Output::Printed(text));
        Ok(NoneType)
    }
}
