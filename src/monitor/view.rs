//! [`View`]: what the monitor sees of runs, pipelines and triggers of a workspace, and what it asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::pipeline::definition::{Pipeline, Trigger};
use crate::pipeline::published::Published;
use crate::pipeline::{Definitions, TriggerFacts};
use crate::schedule::{
    Leader, NewRun, Origin, Process, RunFilter, RunId, RunRow, Runs, ScheduleError, Times, TriggerName,
    TriggerRow, Windows, counts_from,
};
use crate::workspace::Workspace;

/// How many of a trigger's next times are told.
const NEXT: usize = 3;

/// How many versions are kept in memory.
const KEPT: usize = 4;

/// How many of a pipeline's last runs are shown.
const RECENT: u32 = 30;

/// How many of the latest runs are looked through for one that a schedule began.
const LATEST: u32 = 200;

/// What the monitor sees of runs, pipelines and triggers of a workspace, and what it asks for.
///
/// How runs are kept and when they happen is the scheduler's. Each call may wait for a disk.
#[derive(Clone)]
pub struct View {
    pub(super) runs: Runs,
    workspace: Arc<Workspace>,
    published: Published,
    /// The definitions of the versions that were asked for last: they never change.
    versions: Arc<Mutex<BTreeMap<u32, Arc<Definitions>>>>,
}

/// A pipeline, as it is published or drafted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PipelineState {
    /// Its name.
    pub(super) name: String,
    /// What its file says, or why it cannot be read.
    pub(super) definition: Result<Pipeline, String>,
    /// The published version that triggers run; none where it was never published.
    pub(super) version: Option<u32>,
    /// Its last runs, the newest first.
    pub(super) recent: Vec<RunRow>,
}

/// A trigger, and what it does next.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TriggerState {
    /// Its pipeline, and its name there.
    pub(super) trigger: TriggerName,
    /// `Schedule`, `Window` or `Event`.
    pub(super) kind: &'static str,
    /// What it waits for: `0 2 * * * Europe/London`, `1h`, `/mnt/in/*.csv`.
    pub(super) says: String,
    /// Whether it starts runs; none where no scheduler has met it yet.
    pub(super) is_started: Option<bool>,
    /// What is wrong with it.
    pub(super) trouble: Option<String>,
    /// When it starts the next ones.
    pub(super) next: Vec<DateTime<Utc>>,
    /// The last run that it started.
    pub(super) last_run: Option<RunRow>,
}

/// Which of the processes that serve the workspace runs what triggers ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leading {
    /// This one.
    This(Leader),
    /// Another one; this one stands by.
    Other(Leader),
    /// None of them, at the moment.
    Nobody,
}

impl View {
    /// Creates the view of a workspace whose runs are kept in a store.
    pub fn new(workspace: Arc<Workspace>, runs: Runs) -> Self {
        Self {
            runs,
            published: Published::open(&workspace),
            versions: Arc::default(),
            workspace,
        }
    }

    /// Returns who leads; none where the store elects no one.
    pub(super) fn leading(&self) -> Result<Option<Leading>, ScheduleError> {
        if !self.runs.has_lease() {
            return Ok(None);
        }
        Ok(Some(match self.runs.leader()? {
            None => Leading::Nobody,
            Some(leader) if leader.process == Process::this() => Leading::This(leader),
            Some(leader) => Leading::Other(leader),
        }))
    }

    /// Returns the number of the last change.
    pub(super) fn last_change(&self) -> Result<u64, ScheduleError> {
        // Nothing has changed since a number that is never reached.
        let (number, _) = self.runs.changes_since(i64::MAX.unsigned_abs())?;
        Ok(number)
    }

    /// Returns the definition that a run follows; or why it cannot be read any more, which is no reason to show nothing of the run.
    pub(super) fn definition(&self, run: &RunRow) -> Result<Pipeline, String> {
        let definitions = match run.version {
            Some(version) => self.version(version),
            None => Definitions::read(&self.workspace)
                .map(Arc::new)
                .map_err(Error::from),
        };
        let followed = || match run.version {
            Some(version) => format!("the run followed version {version}, and"),
            None => "the run followed the draft, and".to_owned(),
        };
        let definitions = definitions.map_err(|error| format!("{} {error}", followed()))?;
        let definition = definitions.get(&run.pipeline);
        definition
            .cloned()
            .map_err(|error| format!("{} {error}", followed()))
    }

    /// Returns the definitions of a version, which are read once as long as few others are asked for.
    fn version(&self, number: u32) -> Result<Arc<Definitions>, Error> {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(definitions) = versions.get(&number) {
            return Ok(Arc::clone(definitions));
        }
        let definitions = Arc::new(self.published.definitions(number)?);
        while versions.len() >= KEPT {
            versions.pop_first();
        }
        versions.insert(number, Arc::clone(&definitions));
        Ok(definitions)
    }

    /// Returns the names of the pipelines, as far as they can be read: who looks for a run is not kept from it.
    pub(super) fn pipeline_names(&self) -> BTreeSet<String> {
        let draft = Definitions::read(&self.workspace).ok();
        let published = self.current().ok().flatten();
        let published = published.iter().flat_map(|(_, definitions)| definitions.names());
        let draft = draft.iter().flat_map(Definitions::names);
        draft.chain(published).map(str::to_owned).collect()
    }

    /// Returns the pipelines: as they are published, and as drafts where they are not.
    pub(super) fn pipelines(&self) -> Result<Vec<PipelineState>, Error> {
        let draft = Definitions::read(&self.workspace)?;
        let published = self.current()?;
        let published = published.as_ref();
        let names: BTreeSet<&str> = published
            .iter()
            .flat_map(|(_, definitions)| definitions.names())
            .chain(draft.names())
            .collect();
        let states = names.into_iter().filter_map(|name| {
            let frozen =
                published.and_then(|(version, definitions)| Some((*version, definitions.files().get(name)?)));
            let (version, file) = match frozen {
                Some((version, file)) => (Some(version), file),
                None => (None, draft.files().get(name)?),
            };
            Some((name, version, file))
        });
        let states = states.map(|(name, version, file)| {
            let filter = RunFilter {
                pipeline: Some(name.to_owned()),
                limit: Some(RECENT),
                ..RunFilter::default()
            };
            Ok(PipelineState {
                name: name.to_owned(),
                definition: file.pipeline.clone().map_err(|finding| finding.to_string()),
                version,
                recent: self.runs.runs(&filter)?,
            })
        });
        states.collect()
    }

    /// Starts or stops a trigger of the published version.
    pub(super) fn set_started(
        &self,
        wanted: &TriggerName,
        is_started: bool,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let Some((_, definitions)) = self.current()? else {
            return Ok(());
        };
        let file = definitions.files().get(&wanted.pipeline);
        let definition = file.and_then(|file| file.pipeline.as_ref().ok()?.triggers.get(&wanted.name));
        let is_known = self.runs.triggers()?.iter().any(|row| row.trigger == *wanted);
        let through = match definition {
            Some(definition) => counts_from(definition, is_known, now)?,
            None => None,
        };
        let through = through.filter(|_| is_started || !is_known);
        self.runs.set_started(wanted, is_started, through)?;
        Ok(())
    }

    /// Returns the triggers of what is published; drafts start nothing.
    pub(super) fn triggers(&self, now: DateTime<Utc>) -> Result<Vec<TriggerState>, Error> {
        let Some((_, definitions)) = self.current()? else {
            return Ok(Vec::new());
        };
        let rows = self.runs.triggers()?;
        let mut states = Vec::new();
        for (pipeline, file) in definitions.files() {
            let Ok(definition) = &file.pipeline else {
                continue;
            };
            for (name, trigger) in &definition.triggers {
                let name = TriggerName {
                    pipeline: pipeline.clone(),
                    name: name.clone(),
                };
                let row = rows.iter().find(|row| row.trigger == name);
                let filter = RunFilter {
                    pipeline: Some(name.pipeline.clone()),
                    trigger: Some(name.name.clone()),
                    ..RunFilter::default()
                };
                let last_run = self.last_run(filter)?;
                states.push(state(name, trigger, row, last_run, now));
            }
        }
        Ok(states)
    }

    /// Returns how late the last run began that had a time to begin at; none where none of the latest had.
    pub(super) fn lateness(&self) -> Result<Option<Duration>, ScheduleError> {
        let latest = self.runs.runs(&RunFilter {
            limit: Some(LATEST),
            ..RunFilter::default()
        })?;
        let mut scheduled = latest.iter().filter(|run| run.origin == Origin::Trigger);
        Ok(scheduled.find_map(|run| {
            let late = run.started_at?.signed_duration_since(run.trigger.scheduled_time?);
            Some(late.max(TimeDelta::zero()).to_std().unwrap_or_default())
        }))
    }

    /// Asks for a run of a pipeline, which the scheduler begins.
    pub(super) fn run_now(
        &self,
        pipeline: &str,
        parameters: Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<RunId, ScheduleError> {
        let run = NewRun {
            pipeline,
            version: None,
            origin: Origin::Manual,
            trigger: TriggerFacts::default(),
            parameters: Value::Object(parameters),
            parent: None,
            owner: None,
        };
        self.runs.create(&run, now)
    }

    /// Returns the version that triggers run, with its definitions.
    fn current(&self) -> Result<Option<(u32, Arc<Definitions>)>, Error> {
        let Some(version) = self.published.current()? else {
            return Ok(None);
        };
        Ok(Some((version.number, self.version(version.number)?)))
    }

    fn last_run(&self, filter: RunFilter) -> Result<Option<RunRow>, ScheduleError> {
        let filter = RunFilter {
            limit: Some(1),
            ..filter
        };
        Ok(self.runs.runs(&filter)?.into_iter().next())
    }
}

fn state(
    name: TriggerName,
    trigger: &Trigger,
    row: Option<&TriggerRow>,
    last_run: Option<RunRow>,
    now: DateTime<Utc>,
) -> TriggerState {
    let (kind, says, next) = match trigger {
        Trigger::Schedule(schedule) => {
            let zone = schedule.zone.as_deref().unwrap_or("UTC");
            let says = format!("{} {zone}", schedule.cron);
            (
                "Schedule",
                says,
                Times::of(schedule).map(|times| after(&times, now)),
            )
        }
        Trigger::Window(window) => {
            let next = Windows::of(window).map(|windows| due(windows, now));
            ("Window", window.size.to_string(), next)
        }
        Trigger::Event(event) => ("Event", event.path.clone(), Ok(Vec::new())),
    };
    let wrong = next.as_ref().err().map(ToString::to_string);
    TriggerState {
        trigger: name,
        kind,
        says,
        is_started: row.map(|row| row.is_started),
        trouble: wrong.or_else(|| row.and_then(|row| row.trouble.clone())),
        next: next.unwrap_or_default(),
        last_run,
    }
}

/// Returns the next times of a schedule.
fn after(times: &Times, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let next = std::iter::successors(times.after(now), |time| times.after(*time));
    next.take(NEXT).collect()
}

/// Returns when the next windows are due.
fn due(windows: Windows, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    // A window that begins so far back is due by now.
    let lasts = windows
        .due(windows.start())
        .signed_duration_since(windows.start());
    let first = windows.at_or_after(now.checked_sub_signed(lasts).unwrap_or(now));
    let all = std::iter::successors(first, |begins| windows.after(*begins));
    let next = all.map(|begins| windows.due(begins)).filter(|due| *due > now);
    next.take(NEXT).collect()
}
