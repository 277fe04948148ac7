//! [`CellEvaluator`]: running Starlark for one cell: its inputs, its bounds, and its tree.

use std::collections::BTreeMap;

use starlark::codemap::Span;
use starlark::environment::{FrozenModule, Module};
use starlark::eval::Evaluator;
use starlark::syntax::AstModule;
use starlark::syntax::ast::{AstStmt, Stmt};
use starlark::values::{OwnedFrozenValue, Value};

use super::conditions::runnable;
use super::context::CellContext;
use super::error_context::ErrorContext;
use super::explain::{self, spot};
use super::limits::Limits;
use super::lint::{self, last_expression};
use super::loader::{Loaded, Loader};
use super::runner::{Language, Runner};
use crate::notebook::Cell;
use crate::output::{Output, Warning};
use crate::source::{Analysis, CellError, IncludedCell, Source, Spot, original, syntax};

/// Runs the Starlark of one cell.
pub(super) struct CellEvaluator<'a> {
    pub(super) source: Source,
    pub(super) language: &'a dyn Language,
    pub(super) context: &'a CellContext,
    pub(super) loaded: &'a Loaded,
    pub(super) limits: Limits,
}

impl CellEvaluator<'_> {
    /// Returns what explaining an error of the cell takes.
    fn error_context(&self) -> ErrorContext<'_> {
        ErrorContext {
            language: self.language,
            cell: self.context,
            limits: self.limits,
        }
    }

    /// Runs Python-shaped `source` in `module` and shows the value of a last expression.
    pub(super) fn execute<'v>(&self, source: &str, module: &Module<'v>) -> Result<(), CellError> {
        let name = Source::of_text(source).encode();
        let errors = self.error_context();
        let tree = syntax::parse(&name, source).map_err(|error| explain::error(&error, &errors, None))?;
        for warning in lint::warnings(&tree, source, self.language.globals()) {
            self.context.show(Output::Warning(self.placed(warning)));
        }
        let last = last_expression(tree.statement());
        let last_spot = last.map(|span| spot(&tree.file_span(span)));
        let tree = runnable(tree, self.language).map_err(|error| explain::error(&error, &errors, None))?;
        let loader = Loader {
            loaded: self.loaded,
            context: self.context,
            language: self.language,
            limits: self.limits,
            open: Vec::new().into(),
        };
        let value = {
            let mut evaluator = Evaluator::new(module);
            self.context
                .bound_evaluator(&mut evaluator, self.limits)
                .map_err(|error| explain::other(&error))?;
            evaluator.set_loader(&loader);
            evaluator
                .eval_module(tree, self.language.globals())
                .map_err(|error| explain::error(&error, &errors, Some(module)))?
        };
        if last.is_some() && !value.is_none() {
            self.show_value(value).map_err(|error| error.at(last_spot))?;
        }
        Ok(())
    }

    /// Names the file in a warning about a cell that is in another notebook than the one that is run.
    fn placed(&self, warning: Warning) -> Warning {
        match &self.source {
            Source::Included(cell) => of_included(warning, cell),
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
            let result = match runner.run(cell, &module, self) {
                // What it bound until it ended the notebook counts.
                Err(_) if self.context.exit_value().is_some() => Ok(()),
                result => result,
            };
            let outputs = result.and_then(|()| {
                let frozen = module
                    .freeze()
                    .map_err(|error| explain::other(&anyhow::Error::from(error)))?;
                self.outputs(&frozen, analysis, cell.source())
            });
            for notice in self.context.interrupt().notices().take() {
                self.context.warn(notice);
            }
            outputs
        })
    }

    /// Shows a value under the cell.
    pub(super) fn show_value(&self, value: Value<'_>) -> Result<(), CellError> {
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

/// Names the file in a warning about a cell of another notebook.
pub(super) fn of_included(warning: Warning, cell: &IncludedCell) -> Warning {
    match warning.place {
        Some((line, column)) => Warning {
            message: format!("{} ({})", warning.message, cell.place(line, column)),
            place: None,
        },
        None => warning,
    }
}
