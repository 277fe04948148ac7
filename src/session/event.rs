//! [`Event`]: what a cell's thread reports to its session.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;

use super::binding::Binding;
use crate::cache::Ledger;
use crate::output::Output;
use crate::source::{CellError, CellId};

/// What a cell's thread reports to the session.
#[derive(Debug)]
pub(super) enum Event {
    /// It shows something.
    Shown(Output),
    /// It is over: what it bound, and what it read and did outside.
    Ended(Box<(Bindings, Ledger)>),
    /// It has ended the notebook with this value.
    Exited(String),
}

/// The values of a cell's outputs, or why there are none.
pub(super) type Bindings = Result<BTreeMap<String, Binding>, CellError>;

/// Where what a cell's thread tells goes.
#[derive(Debug, Clone)]
pub(super) struct Sink {
    pub(super) cell: CellId,
    pub(super) events: Sender<(CellId, Event)>,
}

impl Sink {
    pub(super) fn send(&self, event: Event) {
        // No one listens any more when the session was dropped; then no one misses it.
        let _ = self.events.send((self.cell, event));
    }
}
