//! [`Outlet`]: the one way out for what a cell gives.
//!
//! Everything that leaves a cell passes [`Outlet::send`], before anything of it is stored or told: what it shows, why it
//! failed and the hint of that, the values of what it bound and their summaries, the names of what it read and wrote, and
//! the value that it ends the notebook with. Caches, records, the events of a job, the terminal, JSON and exported pages
//! are made of what has passed here, and of nothing else that a cell says; a notebook that a cell runs passes outlets of
//! its own before. So whatever must never be seen outside a cell is to be taken out here, once.
//!
//! What a person wrote does not come this way: the text of cells, and an error that keeps a cell from beginning, which is
//! made of that text; what is typed, in the history and the journal; and parameters. Nor do the files that a cell writes.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::binding::Binding;
use crate::cache::Ledger;
use crate::output::Output;
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
        }
    }
}

/// Where what a cell gives leaves its thread.
#[derive(Debug, Clone)]
pub(super) struct Outlet {
    cell: CellId,
    events: Sender<(CellId, CellEvent)>,
}

impl Outlet {
    /// Lets something out.
    pub(super) fn send(&self, event: CellEvent) {
        // No one listens any more when the session was dropped; then no one misses it.
        let _ = self.events.send((self.cell, event));
    }
}
