//! Static checks before a cell runs: types, lints, and names that hide builtins. They warn and stop nothing.

use std::collections::{BTreeSet, HashMap};

use starlark::ErrorKind;
use starlark::analysis::{AstModuleLint, EvalSeverity};
use starlark::codemap::{FileSpan, Span};
use starlark::environment::Globals;
use starlark::syntax::AstModule;
use starlark::syntax::ast::{AstStmt, Stmt};
use starlark::typing::AstModuleTypecheck;

use super::explain::written;
use crate::output::Warning;
use crate::source::{Analysis, Original, Source, Spot, syntax};

/// Starlark's lints that say something about a cell; the rest are matters of style.
const SHOWN: [&str; 6] = [
    "unused-assign",
    "using-unassigned",
    "missing-return",
    "unreachable",
    "duplicate-key",
    "no-effect",
];

/// Returns what deserves a look in a cell, in the order of its lines.
pub(super) fn warnings(tree: &AstModule, source: &str, globals: &Globals) -> Vec<Warning> {
    let mut found: BTreeSet<(Option<(usize, usize)>, String)> = BTreeSet::new();
    let analysis = Analysis::of(tree);
    for name in analysis
        .outputs
        .iter()
        .filter(|name| globals.names().any(|builtin| builtin.as_str() == name.as_str()))
    {
        found.insert((
            None,
            format!("`{name}` hides the builtin of that name in this cell and below"),
        ));
    }
    // Of each warning the place is asked for, so the changes are read once.
    let original = Original::of(&tree.file_span(tree.statement().span).file);
    let spot = |span: &FileSpan| written(&original.span(span));
    let shown_value = last_expression(tree.statement()).map(|span| spot(&tree.file_span(span)));
    for lint in tree.lint(None) {
        // The last expression has an effect: it is shown.
        if lint.short_name == "no-effect" && shown_value.as_ref() == Some(&spot(&lint.location)) {
            continue;
        }
        // A name that this cell binds later is, until then, the one from above.
        if lint.short_name == "using-unassigned" && analysis.inputs.contains(&lint.original) {
            continue;
        }
        // A loop may be there only to be run so often.
        if lint.short_name == "unused-assign" && is_of_loop(source, &spot(&lint.location)) {
            continue;
        }
        if SHOWN.contains(&lint.short_name.as_str()) || lint.severity == EvalSeverity::Error {
            let spot = spot(&lint.location);
            found.insert((Some((spot.line, spot.column)), lower(&with_lines(&lint.problem))));
        }
    }
    // Top-level code is about to run and to show its own errors; only what functions would do is worth a forecast.
    // The type check consumes its tree, and knows nothing of names from other cells: those count as anything.
    if source.contains("def ")
        && let Ok(tree) = syntax::parse(&Source::of_text(source).encode(), source)
    {
        let (errors, ..) = tree.typecheck(globals, &HashMap::new());
        for error in errors {
            let message = error.without_diagnostic().to_string();
            if matches!(error.kind(), ErrorKind::Scope(_) | ErrorKind::Internal(_))
                || message.starts_with("Variable")
            {
                continue;
            }
            let place = error.span().map(spot).map(|spot| (spot.line, spot.column));
            found.insert((place, lower(&message)));
        }
    }
    found
        .into_iter()
        .map(|(place, message)| Warning { message, place })
        .collect()
}

/// Writes places in the cell, `cell#0123456789abcdef:3:9-17`, as a person would: `line 3`.
fn with_lines(message: &str) -> String {
    let word = |word: &str| match word.strip_prefix("cell#") {
        Some(place) => format!("line {}", place.split(':').nth(1).unwrap_or_default()),
        None => word.to_owned(),
    };
    message.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Returns whether a name is bound by a loop or a comprehension: nothing but names is between it and its `for`.
fn is_of_loop(source: &str, spot: &Spot) -> bool {
    let line = source
        .lines()
        .nth(spot.line.saturating_sub(1))
        .unwrap_or_default();
    let before: String = line.chars().take(spot.column.saturating_sub(1)).collect();
    let names = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "_, ()".contains(c));
    before
        .rsplit_once("for ")
        .is_some_and(|(_, between)| names(between) && !between.contains(" in "))
}

fn lower(message: &str) -> String {
    let mut letters = message.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Returns the span of the last statement when it is an expression.
pub(super) fn last_expression(statement: &AstStmt) -> Option<Span> {
    match &statement.node {
        Stmt::Statements(statements) => last_expression(statements.last()?),
        Stmt::Expression(_) => Some(statement.span),
        _ => None,
    }
}
