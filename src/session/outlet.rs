//! [`Outlet`]: the one way out for what a cell gives.
//!
//! Everything that leaves a cell passes [`Outlet::send`], before anything of it is stored or told: what it shows, why it
//! failed and the hint of that, the values of what it bound and their summaries, the names of what it read and wrote, and
//! the value that it ends the notebook with. Caches, records, the events of a job, the terminal, JSON and exported pages
//! are made of what has passed here, and of nothing else that a cell says; a notebook that a cell runs passes outlets of
//! its own before. So the values of secrets are taken out here, once, of everything that is text; data that hold one are
//! never altered, and a warning names them.
//!
//! What a person wrote does not come this way: the text of cells, and an error that keeps a cell from beginning, which is
//! made of that text; what is typed, in the history and the journal; and parameters. Who writes these to a screen or a file
//! takes the values out there. The files that a cell writes are data, and stay as they are.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use super::binding::Binding;
use super::redacted;
use crate::cache::Ledger;
use crate::output::{Output, Warning};
use crate::secret::redaction::{self, RedactedLines};
use crate::source::{CellError, CellId};

/// What a cell gives.
#[derive(Debug)]
pub(super) enum CellEvent {
    /// It shows something.
    Shown(Output),
    /// It is over: what it bound, and what it read and did outside.
    Ended(Box<(Bindings, Ledger)>),
    /// It has ended the notebook with this value.
    Exited(String),
}

/// The values of a cell's outputs, or why there are none.
pub(super) type Bindings = Result<BTreeMap<String, Binding>, CellError>;

/// What has passed the outlets, in that order.
pub(super) type Passed = Receiver<(CellId, CellEvent)>;

/// The outlets of cells that run at the same time, which lead to one place.
#[derive(Debug)]
pub(super) struct Outlets(Sender<(CellId, CellEvent)>);

impl Outlets {
    /// Opens outlets, and the place to which they lead.
    pub(super) fn open() -> (Self, Passed) {
        let (events, passed) = channel();
        (Self(events), passed)
    }

    /// Returns the outlet of a cell.
    pub(super) fn of(&self, cell: CellId) -> Outlet {
        Outlet {
            cell,
            events: self.0.clone(),
            lines: Arc::default(),
        }
    }
}

/// Where what a cell gives leaves its thread.
#[derive(Debug, Clone)]
pub(super) struct Outlet {
    cell: CellId,
    events: Sender<(CellId, CellEvent)>,
    /// The lines that it prints, of which a value may go over several.
    lines: Arc<Mutex<RedactedLines>>,
}

impl Outlet {
    /// Lets something out, without the values of secrets.
    pub(super) fn send(&self, event: CellEvent) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let event = match event {
            CellEvent::Shown(Output::Printed(line)) => {
                return self.print(lines.push(line));
            }
            CellEvent::Shown(output) => CellEvent::Shown(redacted::output(output)),
            CellEvent::Exited(value) => CellEvent::Exited(redaction::redacted(value)),
            CellEvent::Ended(mut ended) => {
                ended.0 = ended.0.map_err(redacted::error);
                CellEvent::Ended(ended)
            }
        };
        self.print(lines.finish());
        if let CellEvent::Ended(ended) = &event
            && let Some(warning) = holds_value(&ended.0, &ended.1)
        {
            self.pass(CellEvent::Shown(Output::Warning(warning)));
        }
        self.pass(event);
    }

    fn print(&self, lines: Vec<String>) {
        for line in lines {
            self.pass(CellEvent::Shown(Output::Printed(line)));
        }
    }

    fn pass(&self, event: CellEvent) {
        // No one listens any more when the session was dropped; then no one misses it.
        let _ = self.events.send((self.cell, event));
    }
}

/// Names what a cell leaves that holds the value of a secret: names that it bound, and files by their names.
fn holds_value(bindings: &Bindings, ledger: &Ledger) -> Option<Warning> {
    if !redaction::is_active() {
        return None;
    }
    let bound = bindings
        .iter()
        .flatten()
        .filter(|(_, bound)| bound.holds_secret());
    let mut held: Vec<String> = bound.map(|(name, _)| format!("`{name}`")).collect();
    if redacted::is_in_names(ledger) {
        held.push("the name of a file".to_owned());
    } else if redacted::is_in_ledger(ledger) {
        held.push("a widget".to_owned());
    }
    let (last, others) = held.split_last()?;
    let subject = match others {
        [] => format!("{last} holds"),
        others => format!("{} and {last} hold", others.join(", ")),
    };
    Some(Warning {
        message: format!(
            "{subject} the value of a secret: the cell is not cached, and what it has written keeps it"
        ),
        place: None,
    })
}
