//! [`Document`]: a notebook's cells with what is known of their last run.

use std::time::Duration;

use crate::notebook::{Cell, Notebook};
use crate::record::{Failure, Record, RecordedCell, Shown, Status};
use crate::session::{Session, State};

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

    /// Adds what a record tells of the cell.
    fn add(&mut self, recorded: &RecordedCell, seconds: f64, is_stale: bool) {
        self.state = Some(match recorded.status {
            Status::Done if is_stale => State::Stale,
            Status::Done => State::Fresh,
            Status::Failed | Status::Interrupted => State::Failed,
            Status::NotRun => return,
        });
        self.time = Duration::try_from_secs_f64(seconds).ok();
        self.outputs.clone_from(&recorded.outputs);
        self.failure.clone_from(&recorded.error);
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

    /// Takes the cells of a session as they stand, and what each showed in its last run.
    pub fn of_session(title: &str, session: &Session) -> Self {
        let cells = session.ids().into_iter().zip(session.states());
        let cells = cells.filter_map(|(id, state)| {
            let outputs = session
                .facts(id)
                .map(|facts| facts.outputs.iter().map(Shown::of).collect());
            Some(DocumentCell {
                state: Some(state),
                time: session.time(id),
                outputs: outputs.unwrap_or_default(),
                ..DocumentCell::of(session.cell(id)?)
            })
        });
        Self {
            title: title.to_owned(),
            ran: None,
            cells: cells.collect(),
        }
    }

    /// Takes what a record tells of each of a session's cells, none of which need have run.
    ///
    /// Where the source of the recorded cell that belongs to one is another now, or that of a cell it reads from, what it
    /// showed counts as stale.
    pub fn of_record(title: &str, session: &Session, record: &Record) -> Self {
        let mut changed = Vec::new();
        let mut cells = Vec::new();
        let graph = session.graph();
        let ids = session.ids();
        let sources = ids.iter().map(|id| session.facts(*id).map(|facts| facts.source));
        let pairs = record.belonging(sources.flatten());
        for (position, (id, pair)) in ids.into_iter().zip(pairs).enumerate() {
            let Some(cell) = session.cell(id) else { continue };
            let mut part = DocumentCell::of(cell);
            let found = pair.and_then(|(at, _)| Some((record.cells.get(at)?, record.timing.cells.get(at)?)));
            let is_same = pair.is_some_and(|(_, is_same)| is_same);
            changed.push(!is_same);
            let above = graph.ancestors(position);
            let is_stale = !is_same || above.into_iter().any(|above| changed.get(above) == Some(&true));
            part.state = Some(State::NotRun);
            if let Some((recorded, timing)) = found {
                part.add(recorded, timing.seconds, is_stale);
            }
            cells.push(part);
        }
        Self {
            title: title.to_owned(),
            ran: Some(record.timing.ended.clone()),
            cells,
        }
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
