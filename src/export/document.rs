//! [`Document`]: a notebook's cells with what is known of their last run.

use std::time::Duration;

use crate::notebook::{Cell, Notebook};
use crate::record::{Failure, Record, RecordedCell, Shown, Status};
use crate::session::{CellId, Session, State};

/// A notebook's cells with what is known of their last run.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it is called, such as the name of its file.
    pub title: String,
    /// When it ran, in RFC 3339; `None` where that is not known.
    pub ran: Option<String>,
    /// The cells in document order.
    pub cells: Vec<DocumentCell>,
}

/// A cell, and what is known of its last run.
#[derive(Debug, Clone)]
pub struct DocumentCell {
    /// The cell.
    pub cell: Cell,
    /// How it stands; `None` where nothing is known of a run.
    pub state: Option<State>,
    /// How long it took.
    pub time: Option<Duration>,
    /// What it showed, in order.
    pub outputs: Vec<Shown>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

impl DocumentCell {
    fn of(cell: &Cell) -> Self {
        Self {
            cell: cell.clone(),
            state: None,
            time: None,
            outputs: Vec::new(),
            failure: None,
        }
    }

    /// Tells whether it is text, and not something to run.
    pub fn is_text(&self) -> bool {
        matches!(self.cell.kind().word(), "md" | "md-sandbox" | "raw")
    }
}

impl Document {
    /// Takes the cells of a notebook of which no run is known.
    pub fn of_notebook(title: &str, notebook: &Notebook) -> Self {
        Self {
            title: title.to_owned(),
            ran: None,
            cells: notebook.cells().iter().map(DocumentCell::of).collect(),
        }
    }

    /// Takes the cells of a session as they stand; `outputs` tells what each showed in its last run.
    pub fn of_session(title: &str, session: &Session, outputs: impl Fn(CellId) -> Vec<Shown>) -> Self {
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
            cells: cells.collect(),
        }
    }

    /// Adds what a record tells of each cell.
    ///
    /// A record's cell belongs to the one with the same number and kind. Where `is_unchanged` says that its source is
    /// another now, what it showed stays, and counts as stale; so does what follows from it, which only a run can tell.
    #[must_use]
    pub fn with_record(
        mut self,
        record: &Record,
        is_unchanged: impl Fn(&Cell, &RecordedCell) -> bool,
    ) -> Self {
        self.ran = Some(record.timing.ended.clone());
        for (index, part) in self.cells.iter_mut().enumerate() {
            let found = record
                .cells
                .iter()
                .position(|cell| cell.cell == index + 1 && cell.kind == part.cell.kind().word());
            let Some((position, recorded)) = found.and_then(|at| Some((at, record.cells.get(at)?))) else {
                part.state = Some(State::NotRun);
                continue;
            };
            let seconds = record.timing.cells.get(position).map(|cell| cell.seconds);
            part.state = Some(match recorded.status {
                Status::Done if is_unchanged(&part.cell, recorded) => State::Fresh,
                Status::Done => State::Stale,
                Status::Failed | Status::Interrupted => State::Failed,
                Status::NotRun => State::NotRun,
            });
            part.time = seconds
                .filter(|_| recorded.status != Status::NotRun)
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            part.outputs.clone_from(&recorded.outputs);
            part.failure.clone_from(&recorded.error);
        }
        self
    }

    /// Tells whether anything is known of a run.
    pub fn has_run(&self) -> bool {
        self.cells.iter().any(|cell| {
            cell.time.is_some()
                || cell.failure.is_some()
                || !cell.outputs.is_empty()
                || matches!(cell.state, Some(State::Fresh | State::Stale | State::Failed))
        })
    }

    /// Returns the numbers, from 1, of the cells that stand so; text is not counted.
    pub fn numbers(&self, state: State) -> Vec<usize> {
        let cells = self.cells.iter().zip(1..);
        cells
            .filter(|(cell, _)| cell.state == Some(state) && !cell.is_text())
            .map(|(_, number)| number)
            .collect()
    }
}
