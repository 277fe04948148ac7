//! `dbutils`: Databricks' commands for files, widgets and notebooks, with Databricks' names and signatures, and `%fs` cells.
//!
//! Thin wrappers around `storage` and the session's widgets. Parameters are known by Databricks' Python names
//! and by its camelCase ones.

use starlark::docs::DocType;
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::none::{NoneOr, NoneType};

use super::{BuiltinModule, context};
use crate::error::Error;
use crate::output::Output;
use crate::session::CellContext;

mod argument;
mod data;
mod error;
#[allow(
    non_snake_case,
    clippy::too_many_arguments,
    clippy::unnecessary_wraps,
    reason = "Databricks' names and signatures, and starlark's way to return"
)]
mod fs;
mod help;
#[allow(non_snake_case, reason = "Databricks' names")]
mod jobs;
mod magic;
#[allow(non_snake_case, reason = "Databricks' names")]
mod notebook;
#[allow(
    non_snake_case,
    unsafe_code,
    clippy::unnecessary_wraps,
    reason = "Databricks' names; starlark's derives expand to unsafe impls, and its attributes return results"
)]
mod records;
#[allow(
    non_snake_case,
    unsafe_code,
    clippy::unnecessary_wraps,
    reason = "Databricks' names; starlark's derives expand to unsafe impls, and its attributes return results"
)]
mod secret_records;
#[allow(non_snake_case, reason = "Databricks' names")]
mod secrets;
#[allow(non_snake_case, reason = "Databricks' names")]
mod widgets;

pub(super) use magic::{FsCell, split};

/// A part of `dbutils`: its name, what it is for, and what registers its commands.
type Section = (&'static str, &'static str, fn(&mut GlobalsBuilder));

/// The parts of `dbutils`.
const PARTS: [Section; 6] = [
    ("data", "summaries of frames", data::functions),
    ("fs", "files and folders, on mounts and local", fs::functions),
    (
        "jobs",
        "values that the tasks of a job pass to each other",
        jobs::functions,
    ),
    (
        "notebook",
        "running other notebooks, and ending this one",
        notebook::functions,
    ),
    ("secrets", "references to secrets of scopes", secrets::functions),
    ("widgets", "the parameters of a notebook", widgets::functions),
];

/// `dbutils` and its parts.
pub(super) struct Dbutils;

impl BuiltinModule for Dbutils {
    fn register(&self, globals: &mut GlobalsBuilder) {
        globals.namespace("dbutils", |dbutils| {
            functions(dbutils);
            for (name, _, part) in PARTS {
                dbutils.namespace(name, part);
            }
        });
    }

    fn output(&self, value: Value<'_>, _context: &CellContext) -> Option<Result<Output, Error>> {
        records::table(value).or_else(|| secret_records::table(value))
    }

    fn types(&self) -> Vec<DocType> {
        records::types()
    }
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Lists the parts of dbutils, or the commands of one.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.help()
    /// ```
    fn help<'v>(
        #[starlark(default = NoneOr::None)] part: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let text = help::parts(part.into_option())?;
        context(eval)?.show(Output::Printed(text));
        Ok(NoneType)
    }
}

#[cfg(test)]
mod tests;
