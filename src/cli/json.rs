//! One line of JSON a cell, and one for the whole run, for machines.

mod output;

use serde_json::{Value, json};

use super::report::report_trouble;
use super::terminal::Terminal;
use crate::error::Error;
use crate::job::{CellEnd, Event, Observer, Outcome, Status};
use crate::output::Output;
use crate::record::parameters;
use crate::render::cells;
use crate::session::Session;
use crate::source::{CellError, CellId, Source};

/// Prints a run as lines of JSON.
pub(super) struct JsonReport<'a> {
    file: &'a str,
    terminal: &'a Terminal,
    /// What the running cell has shown.
    outputs: Vec<Output>,
}

impl<'a> JsonReport<'a> {
    pub(super) fn new(file: &'a str, terminal: &'a Terminal) -> Self {
        Self {
            file,
            terminal,
            outputs: Vec::new(),
        }
    }

    fn print(&self, line: &Value) -> Result<(), Error> {
        self.terminal.verbatim(&format!("{line}\n"))
    }

    /// Writes the result of a cell; `end` is missing for one that was not run.
    fn cell(&self, id: CellId, end: Option<&CellEnd>, session: &Session) -> Value {
        let cell = session.cell(id);
        let error = end.and_then(|end| end.error.as_ref());
        let state = match (error, end) {
            (Some(error), _) if error.interrupted() => "interrupted",
            (Some(_), _) => "failed",
            (None, Some(_)) => "ok",
            (None, None) => "not_run",
        };
        let outputs: &[Output] = if end.is_some() { &self.outputs } else { &[] };
        json!({
            "cell": session.position(id).map(|position| position + 1),
            "title": cell.and_then(|cell| cell.title()),
            "name": cell.map(cells::name),
            "kind": cell.map(|cell| cell.kind().word()),
            "state": state,
            "seconds": end.map(|end| end.time.as_secs_f64()),
            "cached": end.is_some_and(|end| end.is_cached),
            "outputs": outputs.iter().map(output::shown).collect::<Vec<_>>(),
            "error": error.map(|error| failure(error, session, self.file)),
        })
    }

    /// Writes the result of the whole run.
    fn summary(&self, outcome: &Outcome, session: &Session) -> Value {
        let parameters: serde_json::Map<String, Value> = parameters(session, outcome.status != Status::Ok)
            .into_iter()
            .map(|(name, parameter)| {
                let origin = parameter.origin.name();
                (name, json!({ "value": parameter.value, "origin": origin }))
            })
            .collect();
        json!({
            "notebook": self.file,
            "exit": outcome.exit,
            "parameters": parameters,
            "secrets": session.secrets().answered(),
            "started": cells::moment(outcome.started),
            "seconds": outcome.time.as_secs_f64(),
            "state": outcome.status.name(),
        })
    }
}

impl Observer for JsonReport<'_> {
    fn event(&mut self, session: &Session, event: &Event<'_>) -> Result<(), Error> {
        match event {
            Event::Trouble(trouble) => report_trouble(trouble, self.terminal),
            Event::CellBegan(_) => self.outputs.clear(),
            Event::CellShowed(_, output) => self.outputs.push((*output).clone()),
            Event::CellEnded(id, end) => return self.print(&self.cell(*id, Some(end), session)),
            Event::Finished(outcome) => {
                for id in &outcome.not_run {
                    self.print(&self.cell(*id, None, session))?;
                }
                return self.print(&self.summary(outcome, session));
            }
            // The summary says which stores answered.
            Event::Resumed(_) | Event::SecretsAnswered(_) | Event::Recorded(_) | Event::Compared(_) => {}
        }
        Ok(())
    }
}

fn failure(error: &CellError, session: &Session, file: &str) -> Value {
    let place = error.spot.as_ref().map(|spot| match &spot.source {
        Source::File(name) => (name.clone(), spot.line, spot.column),
        Source::Included(cell) => (
            cell.file.clone(),
            cell.first_line + spot.line - 1,
            spot.column + cell.column_shift(spot.line),
        ),
        Source::Text(_) => (file.to_owned(), spot.line, spot.column),
        Source::Cell(id) => {
            let cell = session.cell(*id);
            let line = cell.map_or(spot.line, |cell| cell.file_line(spot.line));
            (
                file.to_owned(),
                line,
                spot.column + cell.map_or(0, |cell| cell.column_shift(spot.line)),
            )
        }
    });
    json!({
        "message": error.message,
        "hint": error.hint,
        "file": place.as_ref().map(|(file, ..)| file),
        "line": place.as_ref().map(|(_, line, _)| line),
        "column": place.as_ref().map(|(.., column)| column),
    })
}
