//! The language of cells: Starlark's builtins and ours, and the kinds of cell.
//!
//! One file per module of builtins, each a thin wrapper around a folder below. Everything that touches the world
//! goes through [`CellContext`], so that a session knows what its cells read.

#![allow(
    clippy::doc_markdown,
    reason = "what documents a builtin is shown to users as it is written"
)]

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use polars::prelude::DataFrame;
use starlark::docs::DocType;
use starlark::environment::{Globals, GlobalsBuilder, LibraryExtension, MethodsBuilder};
use starlark::values::{Heap, Value};

use crate::cache::Packed;
use crate::database::Connection;
use crate::describe::{Catalogue, Documented, Help, Outline, Summary};
use crate::error::Error;
use crate::frame::{Frame, TableId};
use crate::output::Output;
use crate::session::{Asks, CellContext, Language, Runner};

mod arguments;
mod arithmetic;
mod asserts;
mod bounds;
mod catalogue;
mod conditions;
#[allow(unsafe_code, reason = "starlark's derives expand to unsafe impls")]
mod databases;
mod dbutils;
mod fail;
mod folding;
mod format;
#[allow(unsafe_code, reason = "starlark's derives expand to unsafe impls")]
mod formatting;
#[allow(unsafe_code, reason = "starlark's derives expand to unsafe impls")]
mod frame;
mod help;
mod include;
mod json;
mod markdown;
#[allow(unsafe_code, reason = "starlark's derives expand to unsafe impls")]
mod models;
mod numbers;
mod operators;
mod outline;
mod pack;
#[allow(
    clippy::too_many_arguments,
    unsafe_code,
    reason = "what pictures take by name; starlark's derives expand to unsafe impls"
)]
mod plots;
mod python;
mod raw;
mod readers;
mod scalars;
#[allow(unsafe_code, reason = "starlark's derives expand to unsafe impls")]
mod secret;
mod shell;
mod show;
mod sql;
mod texts;
mod topics;

pub(crate) use databases::RejectsFile;
pub(crate) use fail::{OrFail, context};
pub(crate) use sql::asked_of;

/// A module of builtins.
trait BuiltinModule: Sync {
    /// Adds its functions.
    fn register(&self, globals: &mut GlobalsBuilder);

    /// Adds what it lets frames do.
    fn frame_methods(&self, _methods: &mut MethodsBuilder) {}

    /// Returns how `value` is shown, when it is one of this module's.
    fn output(&self, _value: Value<'_>, _context: &CellContext) -> Option<Result<Output, Error>> {
        None
    }

    /// Describes what `value` is and how much memory it takes, when it is one of this module's.
    fn summary(&self, _value: Value<'_>) -> Option<(String, Option<usize>)> {
        None
    }

    /// Returns help on what `value` is, without its members, when it is one of this module's.
    fn about(&self, _value: Value<'_>) -> Option<Help> {
        None
    }

    /// Adds the frames that `value` holds, when it is one of this module's.
    fn frames(&self, _value: Value<'_>, _frames: &mut Vec<Frame>) {}

    /// Returns what is known of `value` at once, when it is one of this module's.
    fn outline(&self, _value: Value<'_>) -> Option<Outline> {
        None
    }

    /// Returns a copy of `value` with empty frames, when it is one of this module's and is data.
    fn empty_like<'v>(&self, _value: Value<'v>, _heap: Heap<'v>) -> Option<Value<'v>> {
        None
    }

    /// Returns `value` as data, when it is one of this module's.
    fn pack(&self, _value: Value<'_>) -> Option<Packed> {
        None
    }

    /// Creates a value of its packed form, when it is one of this module's.
    fn unpack<'v>(
        &self,
        _packed: &Packed,
        _table: &dyn Fn(&TableId) -> Option<DataFrame>,
        _heap: Heap<'v>,
    ) -> Option<Value<'v>> {
        None
    }

    /// Adds the tables that `value` holds in memory, with their digests, when it is one of this module's.
    fn tables(&self, _value: Value<'_>, _tables: &mut Vec<(TableId, DataFrame)>) {}

    /// Returns what a binary operator means, when one side is one of this module's values.
    fn binary<'v>(
        &self,
        _operator: &str,
        _left: Value<'v>,
        _right: Value<'v>,
        _heap: Heap<'v>,
    ) -> Option<anyhow::Result<Value<'v>>> {
        None
    }

    /// Returns the documentation of its types.
    fn types(&self) -> Vec<DocType> {
        Vec::new()
    }
}

/// Every module of builtins.
static BUILTIN_MODULES: &[&dyn BuiltinModule] = &[
    &arithmetic::Arithmetic,
    &asserts::Asserts,
    &bounds::Bounds,
    &conditions::Conditions,
    &show::Show,
    &formatting::Formatting,
    &json::Json,
    &operators::Operators,
    // Before those that take the other side of an operator for a column.
    &secret::References,
    &frame::Expressions,
    &frame::Frames,
    &frame::Groups,
    &models::Models,
    &plots::Plots,
    &databases::Databases,
    &readers::Readers,
    &frame::SeriesModule,
    &sql::Queries,
    &dbutils::Dbutils,
    &help::Helping,
];

/// Every kind of cell; Python-shaped code is first.
static RUNNERS: &[&dyn Runner] = &[
    &python::Python,
    &sql::Sql,
    &markdown::Markdown,
    &dbutils::FsCell,
    &include::Include,
    &shell::Shell,
    &raw::Raw,
];

/// Sheaf's language.
pub struct SheafLanguage {
    globals: Globals,
    operators: HashMap<String, String>,
    runners: Vec<&'static dyn Runner>,
    catalogue: OnceLock<Catalogue>,
}

/// What a program brings to the language besides what is in its lists.
#[derive(Clone, Copy)]
pub struct Extension {
    /// Adds its builtins.
    pub register: fn(&mut GlobalsBuilder),
    /// Its kinds of cell.
    pub runners: &'static [&'static dyn Runner],
}

impl Default for SheafLanguage {
    fn default() -> Self {
        Self::new()
    }
}

impl SheafLanguage {
    /// Builds the table of builtins.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// Builds the table of builtins, those of `extensions` too.
    ///
    /// Whatever a builtin does is in its documentation, and whatever a kind of cell does in its runner: nothing else has
    /// to be told of them.
    pub fn with(extensions: &[Extension]) -> Self {
        crate::frame::keep_engine_quiet();
        let runners = extensions.iter().flat_map(|extension| extension.runners);
        Self {
            globals: globals(extensions),
            operators: operators::table(),
            runners: RUNNERS.iter().chain(runners).copied().collect(),
            catalogue: OnceLock::new(),
        }
    }
}

/// Builds the table of builtins.
fn globals(extensions: &[Extension]) -> Globals {
    let mut globals = GlobalsBuilder::extended_by(&[
        LibraryExtension::StructType,
        LibraryExtension::RecordType,
        LibraryExtension::EnumType,
        LibraryExtension::Map,
        LibraryExtension::Filter,
        LibraryExtension::Partial,
        LibraryExtension::Typing,
        LibraryExtension::SetType,
    ]);
    for module in BUILTIN_MODULES {
        module.register(&mut globals);
    }
    for extension in extensions {
        (extension.register)(&mut globals);
    }
    globals.build()
}

/// Returns the documentation of the types of all modules.
fn types() -> Vec<DocType> {
    BUILTIN_MODULES.iter().flat_map(|module| module.types()).collect()
}

impl Documented for SheafLanguage {
    fn catalogue(&self) -> &Catalogue {
        self.catalogue
            .get_or_init(|| catalogue::catalogue(&self.globals, types()))
    }
}

impl Language for SheafLanguage {
    fn globals(&self) -> &Globals {
        &self.globals
    }

    fn help(&self, name: &str) -> Result<Help, Error> {
        Ok(help::of_name(name, self.catalogue())?)
    }

    fn about(&self, value: Value<'_>) -> Help {
        help::of_value(value, self.catalogue())
    }

    fn outline(&self, value: Value<'_>) -> Outline {
        outline::outline(value)
    }

    fn connection(&self, value: Value<'_>) -> Option<Arc<Connection>> {
        databases::connection_of(value)
    }

    fn empty_like<'v>(&self, value: Value<'v>, heap: Heap<'v>) -> Option<Value<'v>> {
        outline::empty_like(value, heap)
    }

    fn operators(&self) -> &HashMap<String, String> {
        &self.operators
    }

    fn asked(&self, asks: Asks) -> &'static str {
        conditions::asked(asks)
    }

    fn runners(&self) -> &[&'static dyn Runner] {
        &self.runners
    }

    fn output(&self, value: Value<'_>, context: &CellContext) -> Result<Output, Error> {
        BUILTIN_MODULES
            .iter()
            .find_map(|module| module.output(value, context))
            .unwrap_or_else(|| Ok(folding::folded(value)))
    }

    fn summary(&self, value: Value<'_>) -> Summary {
        let kind = value.get_type().to_owned();
        let of_module = BUILTIN_MODULES.iter().find_map(|module| module.summary(value));
        let (text, bytes) = of_module.unwrap_or_else(|| (show::short(value), None));
        Summary { kind, text, bytes }
    }

    fn pack(&self, value: Value<'_>) -> Option<Packed> {
        pack::pack(value)
    }

    fn unpack<'v>(
        &self,
        packed: &Packed,
        table: &dyn Fn(&TableId) -> Option<DataFrame>,
        heap: Heap<'v>,
    ) -> Option<Value<'v>> {
        pack::unpack(packed, table, heap)
    }

    fn tables(&self, value: Value<'_>) -> Vec<(TableId, DataFrame)> {
        let mut tables = Vec::new();
        show::walk(&[value], &mut |value| {
            for module in BUILTIN_MODULES {
                module.tables(value, &mut tables);
            }
        });
        tables
    }

    fn materialize(&self, values: &[Value<'_>], context: &CellContext) -> Result<(), Error> {
        let mut frames = Vec::new();
        show::walk(values, &mut |value| {
            for module in BUILTIN_MODULES {
                module.frames(value, &mut frames);
            }
        });
        if frames.is_empty() {
            Ok(())
        } else {
            Ok(Frame::materialize(&frames, context.interrupt())?)
        }
    }
}
