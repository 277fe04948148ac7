//! What a run writes down: when each cell ran, how long, and with how much memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Instant, SystemTime};

use super::memory::PeakMemory;
use crate::error::Error;
use crate::output::{Kept, Output};
use crate::record::{Ended, Record, Run, Saved};
use crate::session::{Session, Step};
use crate::source::CellId;

/// Measures the cells of a run.
#[derive(Debug)]
pub(super) struct Meter {
    run: Run,
    began: Instant,
    /// What the cell that runs has shown.
    outputs: Vec<Output>,
}

impl Meter {
    /// Begins with the run.
    pub(super) fn start() -> Self {
        let now = SystemTime::now();
        Self {
            run: Run {
                started: now,
                ended: now,
                cells: BTreeMap::new(),
            },
            began: Instant::now(),
            outputs: Vec::new(),
        }
    }

    /// Takes what is told of a cell.
    pub(super) fn tell(&mut self, session: &Session, id: CellId, step: &Step) {
        match step {
            Step::Began => {
                PeakMemory::reset();
                self.began = Instant::now();
                self.outputs.clear();
            }
            Step::Shown(output) => self.outputs.push(output.clone()),
            Step::Ended(result) => {
                let time = match result {
                    Ok(()) => session.time(id),
                    Err(_) => None,
                };
                let ended = Ended {
                    time: time.unwrap_or_else(|| self.began.elapsed()),
                    peak_memory: PeakMemory::bytes().filter(|_| !session.is_cached(id)),
                    error: result.as_ref().err().cloned(),
                    outputs: match result {
                        Ok(()) => Vec::new(),
                        Err(_) => self.outputs.drain(..).map(Kept::of).collect(),
                    },
                };
                self.run.cells.insert(id, ended);
            }
        }
    }

    /// Ends with the run.
    pub(super) fn finish(mut self) -> Run {
        self.run.ended = SystemTime::now();
        self.run
    }
}

/// Writes a record, unless it is of a part of a run and there is one of a whole run; tells whether it did.
pub(super) fn save(notebook: &Path, record: &Record) -> Result<Option<Saved>, Error> {
    let is_better = || Record::read(notebook).is_ok_and(|before| before.is_whole());
    if !record.is_whole() && is_better() {
        return Ok(None);
    }
    record.save(notebook).map(Some)
}

/// Says what became of the record of a notebook.
pub(super) fn line(notebook: &Path, saved: Option<Saved>) -> String {
    let path = Record::path_of(notebook);
    match saved {
        Some(Saved::Written) => format!("recorded in {}\n", path.display()),
        Some(Saved::Unchanged) => format!("{} is unchanged: the results are the same\n", path.display()),
        None => format!(
            "{} is not overwritten: it has the results of a complete run, and this run did not finish\n",
            path.display()
        ),
    }
}
