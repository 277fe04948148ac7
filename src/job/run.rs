//! Running a job: its cells in order, its record, and what is reported of both.

use std::path::Path;
use std::thread;
use std::time::{Instant, SystemTime};

use super::event::{CellEnd, Event, Observer, Trouble};
use super::job::Job;
use super::options::CheckpointPolicy;
use super::outcome::{Outcome, Status};
use super::recorder::RunRecorder;
use crate::error::Error;
use crate::notebook::Cell;
use crate::record::{Record, Run, Saved};
use crate::session::{Session, Step};
use crate::source::{CellError, CellId};

/// What is in the text of a cell that gets a secret.
const GETS_SECRETS: &str = "dbutils.secrets.get";
/// What is in the text of a cell that changes the mounts.
const MOUNTS: [&str; 3] = [".mount(", ".updateMount(", ".refreshMounts("];

/// What is around the name of a connection where a cell opens it.
const CONNECTS: [(&str, &str); 2] = [("connect(\"", "\""), ("connect('", "'")];
/// What is before the name in the first line of a `%sql` cell.
const ASKS: &str = "--on ";

/// How much of a notebook is run, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// How many cells are run; `None` for all.
    pub until: Option<usize>,
    /// How many cells may run at the same time; `None` for as many as there are cores.
    pub jobs: Option<usize>,
    /// Whether a record is written. Its times and its memory are each cell's own, so cells run one by one then, unless
    /// `jobs` says otherwise.
    pub record: bool,
}

/// Returns how many things may run at the same time: as many as were asked for, or as there are cores.
pub(super) fn parallelism(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| thread::available_parallelism().map_or(1, std::num::NonZero::get))
}

impl Job {
    /// Runs the cells up to the first that fails, and reports to `observer`, which receives the [`Outcome`] last.
    ///
    /// # Errors
    ///
    /// When the observer fails, the record cannot be written, or it turns out that no cell declares a parameter.
    pub fn run(&mut self, options: RunOptions, observer: &mut dyn Observer) -> Result<Outcome, Error> {
        let jobs = match options.jobs {
            None if options.record => 1,
            asked => parallelism(asked),
        };
        let recorder = options.record.then(RunRecorder::start);
        self.run_with(options.until, jobs, recorder, observer, |job, run, observer| {
            let Some(file) = &job.file else { return Ok(()) };
            let saved = save(file, &Record::of(file, &job.session, &run))?;
            observer.event(&job.session, &Event::Recorded(saved))
        })
    }

    /// Runs the cells as [`run`](Self::run) does, and hands the record to `keep` instead of writing it beside the notebook:
    /// also that of a run in which a cell fails.
    ///
    /// # Errors
    ///
    /// As of [`run`](Self::run).
    pub fn run_keeping(
        &mut self,
        options: RunOptions,
        observer: &mut dyn Observer,
        keep: &mut dyn FnMut(&Record),
    ) -> Result<Outcome, Error> {
        let jobs = parallelism(options.jobs);
        let recorder = Some(RunRecorder::start());
        self.run_with(options.until, jobs, recorder, observer, |job, run, _| {
            let file = job.file.as_deref().unwrap_or(Path::new(""));
            keep(&Record::of(file, &job.session, &run));
            Ok(())
        })
    }

    /// Runs cells; what was recorded goes to `finish`, before anything of the run is judged.
    fn run_with(
        &mut self,
        until: Option<usize>,
        jobs: usize,
        mut recorder: Option<RunRecorder>,
        observer: &mut dyn Observer,
        finish: impl FnOnce(&Self, Run, &mut dyn Observer) -> Result<(), Error>,
    ) -> Result<Outcome, Error> {
        let (started, began) = (SystemTime::now(), Instant::now());
        self.report_opening(observer)?;
        let all = self.session.ids();
        let ids = until.and_then(|until| all.get(..until)).unwrap_or(&all);
        let failed = run_cells(&mut self.session, ids, jobs, recorder.as_mut(), observer);
        let run = recorder.map(RunRecorder::finish);
        self.session.close();
        self.report_cache(observer)?;
        report_secrets(&self.session, observer)?;
        let failed = failed?;
        if let Some(run) = run {
            finish(self, run, observer)?;
        }
        if failed.is_none() {
            // The cells below are still to be run.
            if ids.len() == all.len() {
                self.session.finish_checkpoint();
            }
            self.session.check_parameters()?;
        }
        let outcome = self.outcome(ids, failed, started, began);
        observer.event(&self.session, &Event::Finished(&outcome))?;
        Ok(outcome)
    }

    /// Returns what is known before anything runs.
    pub(super) fn report_opening(&self, observer: &mut dyn Observer) -> Result<(), Error> {
        for trouble in &self.troubles {
            observer.event(&self.session, &Event::Trouble(trouble))?;
        }
        if self.checkpoint == CheckpointPolicy::Resume {
            observer.event(&self.session, &Event::Resumed(self.resumed.as_ref()))?;
        }
        Ok(())
    }

    /// Tells when results could not be written to the cache.
    fn report_cache(&self, observer: &mut dyn Observer) -> Result<(), Error> {
        let cache = self.session.cache();
        let Some((cache, reason)) = cache.and_then(|cache| Some((cache, cache.trouble()?))) else {
            return Ok(());
        };
        let trouble = Trouble::Cache {
            folder: cache.folder().to_owned(),
            reason: reason.to_owned(),
        };
        observer.event(&self.session, &Event::Trouble(&trouble))
    }

    fn outcome(
        &self,
        ids: &[CellId],
        failed: Option<Failed>,
        started: SystemTime,
        began: Instant,
    ) -> Outcome {
        let place = |id: CellId| ids.iter().position(|known| *known == id);
        let mut exits = ids.iter().filter_map(|id| Some((*id, self.session.exit(*id)?)));
        let exit = exits.next().filter(|_| failed.is_none());
        let last = failed.as_ref().map(|failed| failed.id).or(exit.map(|(id, _)| id));
        let ran = last.and_then(place).map_or(ids.len(), |place| place + 1);
        Outcome {
            status: match &failed {
                None => Status::Ok,
                Some(failed) if failed.is_interrupted => Status::Interrupted,
                Some(_) => Status::Failed,
            },
            failed: failed.map(|failed| failed.id),
            ran,
            not_run: ids.get(ran..).unwrap_or_default().to_vec(),
            exit: exit.map(|(_, value)| value.to_owned()),
            started,
            time: began.elapsed(),
        }
    }
}

/// Checks before anything runs that the person has approved the scopes, where a cell names the builtins that get secrets, and
/// the mounts that a cell names.
fn check_approval(session: &Session, ids: &[CellId]) -> Result<(), Error> {
    let cells: Vec<&Cell> = ids
        .iter()
        .filter_map(|id| session.cell(*id))
        .filter(|cell| !cell.kind().is_prose())
        .collect();
    if cells.iter().any(|cell| cell.source().contains(GETS_SECRETS)) {
        session.secrets().check_approval()?;
    }
    for name in session.connections().names() {
        if cells.iter().any(|cell| connects(cell.source(), name)) {
            session.check_connection(name)?;
        }
    }
    // What the notebook mounts itself is let through where it does so.
    if cells
        .iter()
        .any(|cell| MOUNTS.iter().any(|call| cell.source().contains(call)))
    {
        return Ok(());
    }
    for mount in session.mounts().mounts() {
        if cells.iter().any(|cell| names(cell.source(), &mount.mount_point)) {
            session.mounts().check_approval(&mount.mount_point)?;
        }
    }
    Ok(())
}

/// Returns whether a text opens a named connection outside of its comments.
fn connects(source: &str, name: &str) -> bool {
    let asked = source.trim_start().strip_prefix(ASKS);
    if asked.is_some_and(|rest| rest.split_whitespace().next() == Some(name)) {
        return true;
    }
    let mut lines = source.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.any(|line| {
        let mut written = CONNECTS.iter();
        written.any(|(before, after)| line.contains(&format!("{before}{name}{after}")))
    })
}

/// Returns whether a text names a mount point outside of its comments.
fn names(source: &str, mount_point: &str) -> bool {
    let is_end =
        |next: Option<char>| !next.is_some_and(|letter| letter.is_alphanumeric() || "_-.".contains(letter));
    let lines = source.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines
        .flat_map(|line| {
            line.match_indices(mount_point)
                .map(move |(at, found)| line.get(at + found.len()..))
        })
        .any(|rest| is_end(rest.and_then(|rest| rest.chars().next())))
}

/// Reports which stores the secrets came from, where cells used some: a machine may have another than its owner thinks.
pub(super) fn report_secrets(session: &Session, observer: &mut dyn Observer) -> Result<(), Error> {
    let answered = session.secrets().answered();
    if answered.is_empty() {
        return Ok(());
    }
    observer.event(session, &Event::SecretsAnswered(&answered))
}

/// The cell that a run ended with, because it failed.
pub(super) struct Failed {
    id: CellId,
    is_interrupted: bool,
}

/// Runs cells, telling first the recorder and then the observer; returns the one that failed.
pub(super) fn run_cells(
    session: &mut Session,
    ids: &[CellId],
    jobs: usize,
    mut recorder: Option<&mut RunRecorder>,
    observer: &mut dyn Observer,
) -> Result<Option<Failed>, Error> {
    check_approval(session, ids)?;
    let mut followed = Ok(());
    let mut began = Instant::now();
    let mut is_interrupted = false;
    let ended = session.run_all(ids, jobs, |session, id, step| {
        let mut report = |event: Event<'_>| {
            let recorder = recorder.as_deref_mut();
            let taken = recorder.map_or(Ok(()), |recorder| recorder.event(session, &event));
            if followed.is_ok() {
                followed = taken.and_then(|()| observer.event(session, &event));
                if followed.is_err() {
                    // No one follows any more.
                    session.stop();
                }
            }
        };
        match step {
            Step::Began => {
                began = Instant::now();
                report(Event::CellBegan(id));
            }
            Step::Shown(output) => report(Event::CellShowed(id, &output)),
            Step::Ended(result) => {
                let error = result.err();
                is_interrupted = error.as_ref().is_some_and(CellError::interrupted);
                let time = session.time(id).filter(|_| error.is_none());
                let end = CellEnd {
                    time: time.unwrap_or_else(|| began.elapsed()),
                    is_cached: session.is_cached(id),
                    error,
                };
                report(Event::CellEnded(id, &end));
            }
        }
    });
    followed?;
    Ok(ended.err().map(|id| Failed { id, is_interrupted }))
}

/// Writes a record, unless it is of a part of a run and there is one of a whole run; returns whether it did.
fn save(notebook: &Path, record: &Record) -> Result<Option<Saved>, Error> {
    let is_better = || Record::read(notebook).is_ok_and(|before| before.is_whole());
    if !record.is_whole() && is_better() {
        return Ok(None);
    }
    record.save(notebook).map(Some)
}
