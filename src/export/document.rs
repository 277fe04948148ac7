//! [`Document`]: a notebook's cells with what is known of their last run.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::path::Path;
use std::time::Duration;

use super::pictures;
use crate::notebook::{Cell, JupyterOutput, Notebook};
use crate::record::{Failure, Parameter, Record, Shown, Status};
use crate::render::cells;
use crate::secret::redaction::{redact, redacted};
use crate::session::{Session, State};

/// A notebook's cells with what is known of their last run.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its title, such as the name of its file.
    pub title: String,
    /// When it ran, in RFC 3339; `None` where that is not known.
    pub ran: Option<String>,
    /// The values of its parameters in that run, and where each came from.
    pub parameters: BTreeMap<String, Parameter>,
    /// The cells in document order.
    pub cells: Vec<DocumentCell>,
}

/// A cell, and what is known of its last run.
#[derive(Debug, Clone)]
pub struct DocumentCell {
    /// The cell.
    pub cell: Cell,
    /// Its state; `None` where nothing is known of a run.
    pub state: Option<State>,
    /// How long it took.
    pub time: Option<Duration>,
    /// Its outputs, in order.
    pub outputs: Vec<Shown>,
    /// Its outputs in a Jupyter notebook of which no run is known here.
    pub jupyter_outputs: Vec<JupyterOutput>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The pictures of its text by their addresses, as data addresses.
    pub pictures: BTreeMap<String, String>,
}

impl DocumentCell {
    fn of(cell: &Cell) -> Self {
        Self {
            cell: cell.clone(),
            state: None,
            time: None,
            outputs: Vec::new(),
            jupyter_outputs: Vec::new(),
            failure: None,
            pictures: BTreeMap::new(),
        }
    }

    /// Returns its state: where nothing is known of a run here, whether it failed in Jupyter.
    pub fn run_state(&self) -> Option<State> {
        let mut jupyter_outputs = self.jupyter_outputs.iter();
        let failed = jupyter_outputs.any(|output| matches!(output, JupyterOutput::Error { .. }));
        self.state.or(failed.then_some(State::Failed))
    }

    /// Returns whether it is text, and not something to run.
    pub fn is_text(&self) -> bool {
        self.cell.kind().is_prose()
    }
}

impl Document {
    /// Creates the document of a notebook of which no run is known, with its outputs in Jupyter if it has any.
    pub fn of_notebook(title: &str, notebook: &Notebook) -> Self {
        let outputs = notebook
            .outputs()
            .into_iter()
            .chain(std::iter::repeat_with(Vec::new));
        let attachments = notebook
            .attachments()
            .into_iter()
            .chain(std::iter::repeat_with(BTreeMap::new));
        let cells = notebook.cells().iter().zip(outputs).zip(attachments);
        Self {
            title: title.to_owned(),
            ran: None,
            parameters: BTreeMap::new(),
            cells: cells
                .map(|((cell, jupyter_outputs), pictures)| DocumentCell {
                    jupyter_outputs,
                    pictures,
                    ..DocumentCell::of(cell)
                })
                .collect(),
        }
    }

    /// Creates the document of a session's cells, with the outputs of their last runs.
    pub fn of_session(title: &str, session: &Session) -> Self {
        let outputs = |id| {
            let facts = session.report(id);
            facts.map_or_else(Vec::new, |facts| Shown::all(facts.outputs))
        };
        let cells = session.ids().into_iter().zip(session.states());
        let cells = cells.filter_map(|(id, state)| {
            Some(DocumentCell {
                state: Some(state),
                time: session.time(id),
                outputs: outputs(id),
                ..DocumentCell::of(session.cell(id)?)
            })
        });
        Self {
            title: title.to_owned(),
            ran: None,
            parameters: crate::record::parameters(session, false),
            cells: cells.collect(),
        }
    }

    /// Returns it without the values of secrets that this process knows: an export may write texts so that they are not found
    /// in it any more.
    pub(super) fn redacted(&self) -> Self {
        let mut document = self.clone();
        for text in document
            .parameters
            .values_mut()
            .map(|parameter| &mut parameter.value)
        {
            *text = redacted(mem::take(text));
        }
        document.title = redacted(mem::take(&mut document.title));
        for part in &mut document.cells {
            let (title, source) = (part.cell.title().map(redact), redact(part.cell.source()));
            if matches!(title, Some(Cow::Owned(_))) || matches!(source, Cow::Owned(_)) {
                part.cell = Cell::new(part.cell.kind().clone(), title.as_deref(), &source);
            }
        }
        document
    }

    /// Adds the pictures that texts name and that are below the folder of the notebook's `file`.
    #[must_use]
    pub fn with_pictures(mut self, file: &Path) -> Self {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        for part in &mut self.cells {
            if part.cell.kind().is_markdown() {
                part.pictures.extend(pictures::beside(part.cell.source(), folder));
            }
        }
        self
    }

    /// Adds the results in a record.
    ///
    /// `pairs` has for each cell its index in the record, and whether its source is the same. Where it differs, the
    /// outputs are kept and count as stale, as do those of cells that read from it.
    #[must_use]
    pub fn with_record(mut self, record: &Record, pairs: &[Option<(usize, bool)>]) -> Self {
        self.ran = Some(record.timing.ended.clone());
        self.parameters.clone_from(&record.parameters);
        let stale = stale(record, pairs);
        for (index, part) in self.cells.iter_mut().enumerate() {
            let pair = pairs.get(index).copied().flatten();
            let Some((position, recorded)) = pair.and_then(|(at, _)| Some((at, record.cells.get(at)?)))
            else {
                part.state = Some(State::NotRun);
                continue;
            };
            let seconds = record.timing.cells.get(position).map(|cell| cell.seconds);
            part.state = Some(match recorded.status {
                Status::Done if stale.get(position) == Some(&true) => State::Stale,
                Status::Done => State::Fresh,
                Status::Failed | Status::Interrupted => State::Failed,
                Status::NotRun => State::NotRun,
            });
            part.time = seconds
                .filter(|_| recorded.status != Status::NotRun)
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            part.outputs.clone_from(&recorded.outputs);
            part.jupyter_outputs.clear();
            part.failure.clone_from(&recorded.error);
        }
        self
    }

    /// Returns the number of cells, and how long they ran.
    pub fn facts(&self) -> Vec<String> {
        let total: Duration = self.cells.iter().filter_map(|part| part.time).sum();
        let ran = (!total.is_zero()).then(|| format!("ran in {}", cells::time(total)));
        std::iter::once(cells::count(self.cells.len()))
            .chain(ran)
            .collect()
    }

    /// Returns when it ran, to the minute: `2026-05-04 10:20 UTC`.
    pub fn day(&self) -> Option<String> {
        let ran = self.ran.as_ref()?;
        let minute: String = ran.replace('T', " ").chars().take(16).collect();
        Some(format!("{minute} UTC"))
    }

    /// Returns whether anything is known of a run.
    pub fn has_run(&self) -> bool {
        self.cells.iter().any(|cell| {
            cell.time.is_some()
                || cell.failure.is_some()
                || !cell.outputs.is_empty()
                || matches!(cell.state, Some(State::Fresh | State::Stale | State::Failed))
        })
    }

    /// Returns the numbers, from 1, of the cells in this state; text is not counted.
    pub fn numbers(&self, state: State) -> Vec<usize> {
        let cells = self.cells.iter().zip(1..);
        cells
            .filter(|(cell, _)| cell.run_state() == Some(state) && !cell.is_text())
            .map(|(_, number)| number)
            .collect()
    }
}

/// Returns for each of a record's cells whether its source, or that of a cell that it reads from, has changed.
fn stale(record: &Record, pairs: &[Option<(usize, bool)>]) -> Vec<bool> {
    let same: BTreeSet<usize> = pairs
        .iter()
        .flatten()
        .filter(|(_, is_same)| *is_same)
        .map(|(position, _)| *position)
        .collect();
    let mut definers: BTreeMap<&str, bool> = BTreeMap::new();
    let mut stale = Vec::new();
    for (position, cell) in record.cells.iter().enumerate() {
        let reads_stale = cell
            .inputs
            .keys()
            .any(|name| definers.get(name.as_str()) == Some(&true));
        let is_stale = reads_stale || !same.contains(&position);
        definers.extend(cell.bindings.keys().map(|name| (name.as_str(), is_stale)));
        stale.push(is_stale);
    }
    stale
}
