//! `%deps N`: what a cell reads, and who reads it.

use super::{Command, Flow, cell};
use crate::error::Error;
use crate::render::cells;
use crate::repl::completion::ArgumentKind;
use crate::repl::prompt::Prompt;
use crate::session::CellId;

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
        ArgumentKind::Cell
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
    let (graph, ids) = (session.graph(), session.ids());
    let position = book.number(id).saturating_sub(1);
    let label = |position: usize| {
        let cell = ids.get(position).and_then(|id| session.cell(*id));
        cells::label(position, cell)
    };
    let mut lines = vec![label(position)];
    for (name, source) in graph.sources(position) {
        lines.push(format!("  reads {name} of {}", label(source)));
    }
    for file in session.files(id) {
        lines.push(format!("  reads the file {}", file.location.name));
    }
    let bound: Vec<&str> = session
        .analysis(id)
        .map(|analysis| analysis.bound().collect())
        .unwrap_or_default();
    if !bound.is_empty() {
        lines.push(format!("  binds {}", bound.join(", ")));
    }
    let readers: Vec<usize> = (position + 1..ids.len())
        .filter(|later| graph.parents(*later).contains(&position))
        .collect();
    for reader in &readers {
        let names: Vec<&str> = graph
            .sources(*reader)
            .filter(|(_, source)| *source == position)
            .map(|(name, _)| name)
            .collect();
        lines.push(format!("  {} reads {}", label(*reader), names.join(", ")));
    }
    let further: Vec<String> = graph
        .dependents(position)
        .into_iter()
        .filter(|dependent| !readers.contains(dependent))
        .map(label)
        .collect();
    if !further.is_empty() {
        lines.push(format!("  and through them {}", further.join(", ")));
    }
    if lines.len() == 1 {
        lines.push("  reads nothing, and nothing reads it".to_owned());
    }
    lines.join("\n")
}
