//! What a session needs to know of the language of its cells.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use polars::prelude::DataFrame;
use starlark::environment::{Globals, Module};
use starlark::values::{Heap, Value};

use super::asks::Asks;
use super::context::CellContext;
use super::inclusion::Inclusion;
use super::surroundings::Surroundings;
use crate::cache::Packed;
use crate::database::Connection;
use crate::describe::{Documented, Effect, Help, Outline, Summary};
use crate::error::Error;
use crate::frame::TableId;
use crate::notebook::Cell;
use crate::output::Output;
use crate::source::{Analysis, CellError, Source};

/// The language of cells: its builtins and its kinds of cell.
///
/// `language` implements it; the session knows nothing else of builtins, frames as values, or SQL.
pub trait Language: Documented + Send + Sync {
    /// Returns the builtins.
    fn globals(&self) -> &Globals;

    /// Returns what is known of `value` at once; nothing is computed, counted or read.
    fn outline(&self, value: Value<'_>) -> Outline;

    /// Returns the connection to a database that `value` is.
    fn connection(&self, _value: Value<'_>) -> Option<Arc<Connection>> {
        None
    }

    /// Returns a copy of `value` in which every frame is empty; `None` for what is not data.
    fn empty_like<'v>(&self, value: Value<'v>, heap: Heap<'v>) -> Option<Value<'v>>;

    /// Returns help on a builtin, a type, a part of the language or a topic, by its name.
    fn help(&self, name: &str) -> Result<Help, Error>;

    /// Returns help on a value: what it is, and what can be done with it.
    fn about(&self, value: Value<'_>) -> Help;

    /// Returns the functions for binary operators, by operator.
    fn operators(&self) -> &HashMap<String, String>;

    /// Returns the function through which a value passes before it is taken for true or false: it refuses one that is
    /// neither.
    fn asked(&self, asks: Asks) -> &'static str;

    /// Returns the runners of all kinds of cell, Python-shaped code first.
    fn runners(&self) -> &[&'static dyn Runner];

    /// Returns how `value` is shown under a cell.
    fn output(&self, value: Value<'_>, context: &CellContext) -> Result<Output, Error>;

    /// Describes what `value` is, in one line, without computing anything.
    fn summary(&self, value: Value<'_>) -> Summary;

    /// Returns `value` as data; `None` for what is none, as functions are.
    fn pack(&self, value: Value<'_>) -> Option<Packed>;

    /// Creates a value of its packed form, with tables found by their digests; `None` where that cannot be.
    fn unpack<'v>(
        &self,
        packed: &Packed,
        table: &dyn Fn(&TableId) -> Option<DataFrame>,
        heap: Heap<'v>,
    ) -> Option<Value<'v>>;

    /// Returns the tables in `value` that are in memory, with their digests.
    fn tables(&self, value: Value<'_>) -> Vec<(TableId, DataFrame)>;

    /// Materialises the frames in `values`, all in one go: a cell is over when its frames are tables.
    fn materialize(&self, values: &[Value<'_>], context: &CellContext) -> Result<(), Error>;
}

impl fmt::Debug for dyn Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Language")
    }
}

/// What the analysis of a cell may look at besides the cell.
pub struct AnalysisContext<'a> {
    /// Where the cell stands.
    pub source: Source,
    /// The language of the cells.
    pub language: &'a dyn Language,
    /// Where other notebooks are.
    pub surroundings: &'a Surroundings,
}

/// What a running cell's kind may have evaluated.
pub trait Evaluate {
    /// Returns what the cell may use of the world.
    fn context(&self) -> &CellContext;

    /// Returns the language of the cell.
    fn language(&self) -> &dyn Language;

    /// Runs Python-shaped `source` in `module` and shows the value of a last expression.
    fn evaluate(&self, source: &str, module: &Module<'_>) -> Result<(), CellError>;

    /// Shows a value under the cell.
    fn show(&self, value: Value<'_>) -> Result<(), CellError>;

    /// Runs the cells of another notebook on behalf of `cell`, and sets what they bound in its `module`.
    fn include(&self, inclusion: &Inclusion, cell: &Cell, module: &Module<'_>) -> Result<(), CellError>;
}

/// How cells of one kind are read and run.
pub trait Runner: Send + Sync {
    /// Returns the words after `%` that name this kind.
    fn words(&self) -> &'static [&'static str];

    /// Reads a cell's inputs and outputs off its source, without running anything.
    fn analyze(&self, cell: &Cell, context: &AnalysisContext<'_>) -> Result<Analysis, CellError>;

    /// Returns whether the analysis reads files besides the cell, which may change: then the cell is analysed again
    /// before each run.
    fn reads_files(&self) -> bool {
        false
    }

    /// Returns the source without what makes no difference to what the cell does.
    fn canonical(&self, source: &str) -> String {
        source.to_owned()
    }

    /// Returns whether `source`, typed on the line of the magic, needs nothing more, so that Enter runs it.
    fn is_whole(&self, _source: &str) -> bool {
        false
    }

    /// Returns what a cell may do outside; `None` where the builtins that it mentions tell.
    fn effect(&self, _source: &str) -> Option<Effect> {
        Some(Effect::Acts)
    }

    /// Runs a cell: fills `module`, in which the cell's inputs are set.
    fn run<'v>(&self, cell: &Cell, module: &Module<'v>, evaluator: &dyn Evaluate) -> Result<(), CellError>;
}
