//! [`RunRecorder`]: when each cell of a run ran, how long, and with how much memory.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::event::{Event, Observer};
use super::memory::PeakMemory;
use crate::error::Error;
use crate::output::{Output, RetainedOutput};
use crate::record::{Ended, Run};
use crate::session::Session;

/// Takes down how the cells of a run ended; that becomes a part of a record.
#[derive(Debug)]
pub(super) struct RunRecorder {
    run: Run,
    /// What the running cell has shown.
    outputs: Vec<Output>,
}

impl RunRecorder {
    /// Starts with the run.
    pub(super) fn start() -> Self {
        let now = SystemTime::now();
        Self {
            run: Run {
                started: now,
                ended: now,
                cells: BTreeMap::new(),
            },
            outputs: Vec::new(),
        }
    }

    /// Ends with the run.
    pub(super) fn finish(mut self) -> Run {
        self.run.ended = SystemTime::now();
        self.run
    }
}

impl Observer for RunRecorder {
    fn event(&mut self, _: &Session, event: &Event<'_>) -> Result<(), Error> {
        match event {
            Event::CellBegan(_) => {
                PeakMemory::reset();
                self.outputs.clear();
            }
            Event::CellShowed(_, output) => self.outputs.push((*output).clone()),
            Event::CellEnded(id, end) => {
                let outputs = match &end.error {
                    None => Vec::new(),
                    Some(_) => self.outputs.drain(..).map(RetainedOutput::of).collect(),
                };
                let ended = Ended {
                    time: end.time,
                    peak_memory: PeakMemory::bytes().filter(|_| !end.is_cached),
                    error: end.error.clone(),
                    outputs,
                };
                self.run.cells.insert(*id, ended);
            }
            Event::Trouble(_)
            | Event::Resumed(_)
            | Event::SecretsAnswered(_)
            | Event::Recorded(_)
            | Event::Compared(_)
            | Event::Finished(_) => {}
        }
        Ok(())
    }
}
