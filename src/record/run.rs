//! [`Run`]: when cells were run and how they ended, and the record of all that a session then knows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::output::Shown;
use super::reads::RecordedReads;
use super::record::{Bound, CellTiming, Failure, FileFact, Parameter, Record, RecordedCell, Status, Timing};
use super::value::Value;
use crate::cache::{Packed, machine};
use crate::frame::ENGINE;
use crate::output::RetainedOutput;
use crate::session::{BindingSummary, CellReport, Session};
use crate::source::{CellError, CellId, Source};

/// When a notebook was run, and how its cells ended.
#[derive(Debug, Clone)]
pub struct Run {
    /// When it began.
    pub started: SystemTime,
    /// When it was over.
    pub ended: SystemTime,
    /// The cells that were run.
    pub cells: BTreeMap<CellId, Ended>,
}

/// How a cell ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// How long it took.
    pub time: Duration,
    /// The most memory that the process had while it ran, in bytes, where that is known.
    pub peak_memory: Option<u64>,
    /// Why it failed.
    pub error: Option<CellError>,
    /// What it showed until it failed; of one that did not fail, the session knows.
    pub outputs: Vec<RetainedOutput>,
}

impl Run {
    /// Takes a session's cells as they are, for one whose cells were not run in one go.
    pub fn of_session(session: &Session) -> Self {
        let now = SystemTime::now();
        let ids = session.ids();
        // A replay ends with the first cell that ends the notebook.
        let last = ids.iter().position(|id| session.exit(*id).is_some());
        let cells = ids
            .into_iter()
            .take(last.map_or(usize::MAX, |last| last + 1))
            .filter_map(|id| {
                let ended = Ended {
                    time: session.time(id)?,
                    peak_memory: None,
                    error: None,
                    outputs: Vec::new(),
                };
                Some((id, ended))
            });
        Self {
            started: now,
            ended: now,
            cells: cells.collect(),
        }
    }
}

impl Record {
    /// Writes down what a `run` of the notebook's cells gave, as the session knows it.
    pub fn of(notebook: &Path, session: &Session, run: &Run) -> Self {
        let name = notebook.file_name().unwrap_or_default();
        let ids = session.ids();
        let timing = |id: &CellId| match run.cells.get(id) {
            Some(ended) => CellTiming {
                seconds: rounded(ended.time),
                peak_memory: ended.peak_memory,
            },
            None => CellTiming {
                seconds: 0.0,
                peak_memory: None,
            },
        };
        let record = Self {
            sheaf: env!("CARGO_PKG_VERSION").to_owned(),
            engine: format!("{} {}", ENGINE.0, ENGINE.1),
            notebook: name.to_string_lossy().into_owned(),
            parameters: parameters(session, run.cells.values().any(|ended| ended.error.is_some())),
            exit: ids
                .iter()
                .filter(|id| run.cells.contains_key(id))
                .find_map(|id| session.exit(*id))
                .map(str::to_owned),
            cells: ids
                .iter()
                .filter_map(|id| recorded(session, *id, run.cells.get(id)))
                .collect(),
            timing: Timing {
                started: instant(run.started),
                ended: instant(run.ended),
                machine: machine(),
                cells: ids.iter().map(timing).collect(),
            },
        };
        record.redacted()
    }

    /// Takes over from an earlier record where the values of parameters came from, which a replay no longer knows.
    pub fn keep_origins(&mut self, earlier: &Self) {
        for (name, parameter) in &mut self.parameters {
            if let Some(before) = earlier
                .parameters
                .get(name)
                .filter(|before| before.value == parameter.value)
            {
                parameter.origin = before.origin;
            }
        }
    }
}

/// Returns the values of a session's parameters; of a run that was interrupted, also of those that no cell came to declare.
pub fn parameters(session: &Session, broke_off: bool) -> BTreeMap<String, Parameter> {
    let waiting = broke_off.then(|| session.waiting_parameters());
    let all = waiting.into_iter().flatten().chain(session.parameters());
    all.map(|(name, (value, origin))| (name, Parameter { value, origin }))
        .collect()
}

fn recorded(session: &Session, id: CellId, ended: Option<&Ended>) -> Option<RecordedCell> {
    let facts = session.report(id)?;
    let cell = session.cell(id)?;
    let error = ended.and_then(|ended| ended.error.as_ref());
    let status = match (ended, error) {
        (None, _) => Status::NotRun,
        (Some(_), None) => Status::Done,
        (Some(_), Some(error)) if error.interrupted() => Status::Interrupted,
        (Some(_), Some(_)) => Status::Failed,
    };
    let is_done = status == Status::Done;
    let CellReport {
        source,
        inputs,
        read,
        wrote,
        acts,
        bindings,
        outputs,
        cached: _,
    } = facts;
    let read = if is_done {
        RecordedReads::of(read)
    } else {
        RecordedReads::default()
    };
    let wrote = wrote.into_iter().filter(|_| is_done);
    let wrote = wrote.map(|(name, version)| FileFact::of(name, &version));
    Some(RecordedCell {
        cell: session.position(id)? + 1,
        title: cell.title().map(str::to_owned),
        name: cell.title().is_none().then(|| crate::render::cells::name(cell)),
        kind: cell.kind().word().to_owned(),
        status,
        source,
        inputs: if ended.is_some() { inputs } else { BTreeMap::new() },
        widgets: read.widgets,
        acts: if is_done { acts } else { BTreeSet::new() },
        reads: read.files,
        secrets: read.secrets,
        resources: read.resources,
        writes: wrote.collect(),
        bindings: if is_done {
            bindings
                .into_iter()
                .map(|(name, fact)| {
                    let packed = session.packed(id, &name);
                    let bound = bound(fact, packed, session);
                    (name, bound)
                })
                .collect()
        } else {
            BTreeMap::new()
        },
        outputs: match ended {
            Some(_) if is_done => Shown::all(outputs),
            Some(ended) => Shown::all(&ended.outputs),
            None => Vec::new(),
        },
        error: error.map(|error| failure(error, id)),
    })
}

fn bound(fact: BindingSummary, packed: Option<&Packed>, session: &Session) -> Bound {
    Bound {
        kind: fact.kind,
        digest: fact.digest,
        summary: fact.summary,
        columns: fact.columns,
        value: packed.and_then(|packed| Value::of(packed, &|digest| session.table(digest))),
    }
}

fn failure(error: &CellError, id: CellId) -> Failure {
    let spot = error.spot.as_ref();
    Failure {
        message: error.message.clone(),
        hint: error.hint.clone(),
        place: spot
            .filter(|spot| matches!(&spot.source, Source::Cell(cell) if *cell == id))
            .map(|spot| (spot.line, spot.column)),
    }
}

/// Writes a moment in RFC 3339, UTC.
fn instant(moment: SystemTime) -> String {
    humantime::format_rfc3339_millis(moment).to_string()
}

/// Returns seconds to the microsecond.
fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e6
}
