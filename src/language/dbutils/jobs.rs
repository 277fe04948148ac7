//! `dbutils.jobs.taskValues`: small values that the tasks of one job leave each other.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::none::{NoneOr, NoneType};

use super::help;
use crate::cache::Act;
use crate::error::Problem;
use crate::language::{OrFail, context};
use crate::output::Output;

/// The longest value, written as JSON, in bytes; as in Databricks.
const LONGEST: usize = 48 << 10;

/// A wrong use of the values of tasks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum TaskValueError {
    #[error("the task value `{key}` cannot be written as JSON: it is of type {found}")]
    NotJson { key: String, found: &'static str },
    #[error("the task value `{key}` takes {bytes} bytes as JSON, and {LONGEST} is the most")]
    TooLong { key: String, bytes: usize },
    #[error(
        "this notebook is not running as a task of a job, and dbutils.jobs.taskValues.get has no debugValue for `{key}`"
    )]
    NoDebugValue { key: String },
    #[error("the task `{task}` has set no value `{key}`")]
    Missing { task: String, key: String },
}

impl Problem for TaskValueError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotJson { .. } => {
                "set strings, numbers, bools, lists or dicts; write a frame to a mount and set its path"
                    .to_owned()
            }
            Self::TooLong { .. } => "write it to a file on a mount, and set the file's path".to_owned(),
            Self::NoDebugValue { .. } => "give a value for runs outside a job: debugValue=0".to_owned(),
            Self::Missing { .. } => {
                "check that the task runs before this one and sets it, or give a default".to_owned()
            }
        })
    }
}

/// Returns a value as JSON that is short enough.
fn checked(key: &str, value: Value<'_>) -> Result<serde_json::Value, TaskValueError> {
    let json = value.to_json_value().map_err(|_| TaskValueError::NotJson {
        key: key.to_owned(),
        found: value.get_type(),
    })?;
    let bytes = json.to_string().len();
    if bytes > LONGEST {
        let key = key.to_owned();
        return Err(TaskValueError::TooLong { key, bytes });
    }
    Ok(json)
}

/// Registers `help` and the part `taskValues`.
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    own(globals);
    globals.namespace("taskValues", task_values);
}

#[starlark_module]
fn own(globals: &mut GlobalsBuilder) {
    /// Shows the commands of dbutils.jobs, or how one of them is called.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.jobs.help()
    /// ```
    fn help<'v>(
        #[starlark(default = NoneOr::None)] command: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let text = help::commands("dbutils.jobs", functions, command.into_option())?;
        context(eval)?.show(Output::Printed(text));
        Ok(NoneType)
    }
}

#[starlark_module]
fn task_values(globals: &mut GlobalsBuilder) {
    /// Sets a small value for the tasks that run after this one; outside a job it is only checked.
    ///
    /// Effect: acts
    /// * `key`: the name of the value
    /// * `value`: a string, a number, a bool, or a list or dict of them, of at most 48 KiB as JSON
    ///
    /// ```python
    /// dbutils.jobs.taskValues.set("rows", 891)
    /// ```
    fn set<'v>(key: &str, value: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<NoneType> {
        let json = checked(key, value).or_fail()?;
        let context = context(eval)?;
        context.acts(Act::Wrote);
        if let Some(values) = context.task_values() {
            values.set(key, json);
        }
        Ok(NoneType)
    }

    /// Returns a value that another task has set, or else the default; outside a job, `debugValue`.
    ///
    /// Effect: acts
    /// * `taskKey`: the name of the task that set the value
    /// * `key`: the name of the value
    /// * `default`: what to return in a job when there is no such value
    /// * `debugValue`: what to return outside a job
    ///
    /// ```python
    /// dbutils.jobs.taskValues.get("load", "rows", default=0, debugValue=891)
    /// ```
    fn get<'v>(
        taskKey: &str,
        key: &str,
        #[starlark(default = NoneOr::None)] default: NoneOr<Value<'v>>,
        #[starlark(default = NoneOr::None)] debugValue: NoneOr<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        let context = context(eval)?;
        context.acts(Act::Looked);
        let Some(values) = context.task_values() else {
            let key = key.to_owned();
            return debugValue
                .into_option()
                .ok_or(TaskValueError::NoDebugValue { key })
                .or_fail();
        };
        match (values.get(taskKey, key), default) {
            (Some(json), _) => Ok(eval.heap().alloc(json)),
            (None, NoneOr::Other(default)) => Ok(default),
            (None, NoneOr::None) => Err(TaskValueError::Missing {
                task: taskKey.to_owned(),
                key: key.to_owned(),
            })
            .or_fail(),
        }
    }
}
