//! Running Starlark for one cell: its inputs, its bounds, and its tree.

use std::collections::BTreeMap;

use starlark::codemap::Span;
use starlark::environment::{FrozenModule, Module};
use starlark::eval::Evaluator;
use starlark::syntax::AstModule;
use starlark::syntax::ast::{AstStmt, Stmt};
use starlark::values::{OwnedFrozenValue, Value};

use super::conditions::runnable;
use super::context::CellContext;
use super::explain::{self, spot};
use super::lint;
use super::loader::{Loaded, Loader};
use super::runner::{Language, Runner};
use crate::notebook::Cell;
use crate::output::{Output, Warning};
use crate::source::{Analysis, CellError, Source, Spot, original, syntax};

/// The bounds of one cell's Starlark.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The memory for Starlark values, in bytes; frames and models are not counted.
    pub heap: usize,
    /// How deep calls may be nested.
    pub calls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            heap: 1 << 30,
            calls: 1000,
        }
    }
}

impl Limits {
    /// Sets the bounds, the context and the stop flag of an evaluator.
    pub(crate) fn apply<'a>(
        self,
        evaluator: &mut Evaluator<'_, 'a, '_>,
        context: &'a CellContext,
    ) -> anyhow::Result<()> {
        evaluator.extra = Some(context);
        evaluator.set_max_heap_size(self.heap)?;
        evaluator.set_max_callstack_size(self.calls)?;
        evaluator.set_check_cancelled(Box::new(|| context.interrupt().is_set()));
        Ok(())
    }
}

/// What a cell sees when it runs.
pub struct Scope<'a> {
    pub(super) source: Source,
    pub(super) language: &'a dyn Language,
    pub(super) context: &'a CellContext,
    pub(super) loaded: &'a Loaded,
    pub(super) limits: Limits,
}

impl Scope<'_> {
    /// Returns what the cell may use of the world.
    pub fn context(&self) -> &CellContext {
        self.context
    }

    /// Returns the language of the cell.
    pub fn language(&self) -> &dyn Language {
        self.language
    }

    /// Runs Python-shaped `source` in `module` and shows the value of a last expression.
    pub fn evaluate<'v>(&self, source: &str, module: &Module<'v>) -> Result<(), CellError> {
        let name = Source::of_text(source).encode();
        let tree = syntax::parse(&name, source).map_err(|error| explain::error(&error, self, None))?;
        for warning in lint::warnings(&tree, source, self) {
            self.context.show(Output::Warning(self.placed(warning)));
        }
        let last = last_expression(tree.statement());
        let last_spot = last.map(|span| spot(&tree.file_span(span)));
        let tree = runnable(tree, self.language).map_err(|error| explain::error(&error, self, None))?;
        let loader = Loader {
            loaded: self.loaded,
            context: self.context,
            language: self.language,
            limits: self.limits,
            open: Vec::new().into(),
        };
        let value = {
            let mut evaluator = Evaluator::new(module);
            self.limits
                .apply(&mut evaluator, self.context)
                .map_err(|error| explain::other(&error))?;
            evaluator.set_loader(&loader);
            evaluator
                .eval_module(tree, self.language.globals())
                .map_err(|error| explain::error(&error, self, Some(module)))?
        };
        if last.is_some() && !value.is_none() {
            self.show(value).map_err(|error| error.at(last_spot))?;
        }
        Ok(())
    }

    /// Names the file in a warning about a cell that is in another notebook than the one that is run.
    fn placed(&self, warning: Warning) -> Warning {
        match (&self.source, warning.place) {
            (Source::Included(cell), Some((line, column))) => Warning {
                message: format!("{} ({})", warning.message, cell.place(line, column)),
                place: None,
            },
            _ => warning,
        }
    }

    /// Runs a cell in a module of its own and returns what it bound, frozen and computed.
    pub(super) fn perform(
        &self,
        runner: &dyn Runner,
        cell: &Cell,
        analysis: &Analysis,
    ) -> Result<BTreeMap<String, OwnedFrozenValue>, CellError> {
        Module::with_temp_heap(|module| {
            self.fill(&module);
            match runner.run(cell, &module, self) {
                // What it bound until it ended the notebook counts.
                Err(_) if self.context.exit_value().is_some() => {}
                result => result?,
            }
            let frozen = module
                .freeze()
                .map_err(|error| explain::other(&anyhow::Error::from(error)))?;
            self.outputs(&frozen, analysis, cell.source())
        })
    }

    /// Shows a value under the cell.
    pub fn show(&self, value: Value<'_>) -> Result<(), CellError> {
        self.context
            .show(self.language.output(value, self.context).map_err(CellError::of)?);
        Ok(())
    }

    /// Sets the cell's inputs in an empty module.
    fn fill(&self, module: &Module<'_>) {
        for (name, value) in &self.context.inputs {
            module.set(name, module.heap().access_owned_frozen_value(value));
        }
    }

    /// Takes the cell's outputs out of its frozen module and materialises the frames among them.
    fn outputs(
        &self,
        module: &FrozenModule,
        analysis: &Analysis,
        source: &str,
    ) -> Result<BTreeMap<String, OwnedFrozenValue>, CellError> {
        let bound: BTreeMap<String, OwnedFrozenValue> = analysis
            .outputs
            .iter()
            .filter_map(|name| Some((name.clone(), module.get_any_visibility(name).ok()?.0)))
            .collect();
        let values: Vec<Value<'_>> = bound.values().map(OwnedFrozenValue::value).collect();
        let Err(error) = self.language.materialize(&values, self.context) else {
            return Ok(bound);
        };
        // One pass for all is fast; only when it fails is it worth asking which one.
        for (name, value) in &bound {
            if let Err(error) = self.language.materialize(&[value.value()], self.context) {
                let mut error = CellError::of(error).at(Self::binding(source, name));
                if !error.interrupted() {
                    error.message = format!("computing `{name}`: {}", error.message);
                }
                return Err(error);
            }
        }
        Err(CellError::of(error))
    }

    /// Finds the last statement that binds `name`.
    fn binding(source: &str, name: &str) -> Option<Spot> {
        let tree = syntax::parse(&Source::of_text(source).encode(), source).ok()?;
        let mut found = None;
        last_binding(tree.statement(), name, &tree, &mut found);
        Some(spot(&tree.file_span(found?)))
    }
}

/// Returns the span of the last statement when it is an expression.
pub(super) fn last_expression(statement: &AstStmt) -> Option<Span> {
    match &statement.node {
        Stmt::Statements(statements) => last_expression(statements.last()?),
        Stmt::Expression(_) => Some(statement.span),
        _ => None,
    }
}

fn last_binding(statement: &AstStmt, name: &str, tree: &AstModule, found: &mut Option<Span>) {
    if let Stmt::Statements(statements) = &statement.node {
        for statement in statements {
            last_binding(statement, name, tree, found);
        }
        return;
    }
    let text = original(&tree.file_span(statement.span)).source_span().to_owned();
    let binds = syntax::parse("statement", &text)
        .is_ok_and(|statement| Analysis::of(&statement).outputs.contains(name));
    if binds {
        *found = Some(statement.span);
    }
}
