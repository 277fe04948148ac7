//! What an expression is worth in a run.

use std::time::{Duration, Instant};

use serde_json::Value as Json;
use starlark::ErrorKind;
use starlark::environment::Module;
use starlark::eval::Evaluator;

use super::bounds;
use super::builtins::GLOBALS;
use super::check::{self, Known};
use super::data::data;
use super::error::{ExpressionError, Fault};
use super::facts::{self, Facts};
use super::object;
use super::parsed::Parsed;
use super::scope::Scope;
use super::template::Expression;

/// How many calls and rounds of loops an expression may take.
const MOST_STEPS: u64 = 1_000_000;
/// How long an expression may take, whatever its steps are.
const MOST_TIME: Duration = Duration::from_secs(10);
/// How deep calls may be.
const MOST_CALLS: usize = 100;
/// The memory for the values of an expression, in bytes.
const MOST_MEMORY: usize = 64 << 20;

/// Returns what an expression is worth in a run.
///
/// # Errors
///
/// It cannot be read or evaluated, exceeds its bounds, or its value is no data.
pub(super) fn evaluate(expression: &Expression<'_>, scope: &Scope) -> Result<Json, ExpressionError> {
    let mut tree = Parsed::of(expression)?.into_tree();
    tree.replace_binary_operators(&bounds::operators());
    Module::with_temp_heap(|module| {
        let names = scope.names();
        for (name, value) in &names {
            module.set(name, object::value(&Facts::from(value.clone()), module.heap()));
        }
        let deadline = Instant::now() + MOST_TIME;
        let mut evaluator = Evaluator::new(&module);
        facts::asked();
        let result = bound(&mut evaluator, deadline)
            .map_err(starlark::Error::from)
            .and_then(|()| evaluator.eval_module(tree, &GLOBALS))
            .map_err(|error| {
                // What is known to be wrong is said better than Starlark says it.
                let known = Known::of(&names);
                let fault = check::of_expression(expression, &known).errors.into_iter().next();
                fault.unwrap_or_else(|| explained(expression, &error, Instant::now() >= deadline))
            })
            .and_then(|value| data(value).map_err(|fault| expression.error(0, fault)));
        match facts::asked() {
            Some(activity) => Err(expression.error(
                0,
                Fault::Concealed {
                    activity: activity.to_string(),
                },
            )),
            None => result,
        }
    })
}

fn bound(evaluator: &mut Evaluator<'_, '_, '_>, deadline: Instant) -> anyhow::Result<()> {
    evaluator.set_max_tick_count(MOST_STEPS)?;
    evaluator.set_max_callstack_size(MOST_CALLS)?;
    evaluator.set_max_heap_size(MOST_MEMORY)?;
    evaluator.set_check_cancelled(Box::new(move || Instant::now() >= deadline));
    Ok(())
}

/// Says what Starlark says as an error of the expression.
fn explained(expression: &Expression<'_>, error: &starlark::Error, is_late: bool) -> ExpressionError {
    let at = error.span().map_or(0, |span| Parsed::offset(span.span));
    let message = error.without_diagnostic().to_string();
    let fault = if is_late || message.contains("tick limit") {
        Fault::TooLong
    } else if message.contains("heap limit") || message.contains("Heap limit") {
        Fault::TooLarge
    } else if matches!(error.kind(), ErrorKind::StackOverflow(_)) {
        Fault::Other {
            message: format!("calls are nested more than {MOST_CALLS} deep"),
            hint: None,
        }
    } else {
        let (message, near) = match message.split_once(", did you mean ") {
            Some((message, near)) => (message.to_owned(), Some(format!("did you mean {near}"))),
            None => (message, None),
        };
        Fault::Other {
            message: lower_first(message.trim().trim_end_matches('.')),
            hint: near,
        }
    };
    expression.error(at, fault)
}

/// Begins a sentence of Starlark's as ours begin.
fn lower_first(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}
