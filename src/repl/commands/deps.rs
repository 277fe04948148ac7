//! `%deps N`: what a cell reads, and who reads it.

use super::{Command, Flow, cell};
use crate::assist::ArgumentKind;
use crate::error::Error;
use crate::render::{self, cells};
use crate::repl::prompt::Prompt;
use crate::source::CellId;

/// Shows what a cell reads and who reads it.
pub(super) struct Deps;

impl Command for Deps {
    fn name(&self) -> &'static str {
        "deps"
    }

    fn usage(&self) -> &'static str {
        "%deps N"
    }

    fn summary(&self) -> &'static str {
        "show what cell N reads, and which cells read it"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Cell(&[])
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        let id = cell(self, argument, prompt)?;
        let text = describe(id, prompt);
        prompt.say(&text)?;
        Ok(Flow::Continue)
    }
}

fn describe(id: CellId, prompt: &Prompt<'_>) -> String {
    let book = prompt.book();
    let session = book.session();
    let label = |id: CellId| cells::label(book.number(id).saturating_sub(1), session.cell(id));
    let mut lines = vec![label(id)];
    for (name, source) in session.sources(id) {
        lines.push(format!("  reads {name} of {}", label(source)));
    }
    for file in session.files(id) {
        lines.push(format!("  reads the file {file}"));
    }
    for reference in session.secrets_of(id) {
        lines.push(format!("  uses secret {reference}"));
    }
    for change in session.changes(id) {
        lines.push(format!("  since it ran, {}", render::change(&change, [None; 2])));
    }
    let bound: Vec<&str> = session.binds(id).into_iter().collect();
    if !bound.is_empty() {
        lines.push(format!("  binds {}", bound.join(", ")));
    }
    let mut further = Vec::new();
    for dependent in session.dependents(id) {
        let sources = session.sources(dependent).into_iter();
        let names: Vec<String> = sources
            .filter(|(_, source)| *source == id)
            .map(|(name, _)| name.into_owned())
            .collect();
        if names.is_empty() {
            further.push(label(dependent));
        } else {
            lines.push(format!("  {} reads {}", label(dependent), names.join(", ")));
        }
    }
    if !further.is_empty() {
        lines.push(format!("  and through them {}", further.join(", ")));
    }
    if lines.len() == 1 {
        lines.push("  reads nothing, and nothing reads it".to_owned());
    }
    lines.join("\n")
}
