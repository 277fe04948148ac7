//! [`Watcher`]: reads what is looked at from the store, again when it changes, and does what is asked for.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use chrono::Utc;

use super::board::Board;
use super::wanted::{Again, Errand, Executed, News, RunQuery, Seen, Told, Wanted, matches};
use crate::error::Error;
use crate::monitor::view::View;
use crate::notebook::Notebook;
use crate::pipeline::ActivityStatus;
use crate::record::Record;
use crate::schedule::{RunFilter, RunId, RunRow, ScheduleError};
use crate::work::{Stopped, catch_panic};

/// How often the store is asked for changes.
const EVERY: Duration = Duration::from_millis(400);

/// How often triggers are read, whose next times pass without a change of the store, and what killed processes left is put in order.
const RARELY: Duration = Duration::from_secs(5);

/// How many activities with several attempts have a bar for each.
const DETAILED: usize = 50;

/// How many runs are looked through at a time for those that have a text.
const LOOKED_AT: u32 = 1000;

/// What runs a run again without holding anyone up, and returns the new one.
pub trait Repeats: Send + Sync {
    /// Begins it.
    ///
    /// # Errors
    ///
    /// It cannot be repeated.
    fn repeat(&self, run: &RunId, from: &Again) -> Result<RunId, Error>;
}

/// What is told to whoever draws.
type Tell = Arc<dyn Fn(Told) + Send + Sync>;

/// What the thread is asked for.
#[derive(Debug)]
enum Asking {
    Look(Wanted),
    Do(Errand),
}

/// Reads what is looked at from the store, again when it changes, and does what is asked for.
///
/// It has a thread of its own, which ends with this.
#[derive(Debug)]
pub struct Watcher {
    asks: Sender<Asking>,
    looked_at: Option<Wanted>,
}

impl Watcher {
    /// Begins to watch a store; `tell` is called on another thread.
    ///
    /// # Errors
    ///
    /// There is no thread for it.
    pub fn new(
        view: View,
        repeats: Arc<dyn Repeats>,
        tell: impl Fn(Told) + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let (asks, asked) = mpsc::channel();
        let mut watching = Watching {
            view,
            repeats,
            tell: Arc::new(tell),
            wanted: None,
            read_at: None,
            change: None,
            recovered: Instant::now(),
        };
        let thread = thread::Builder::new().name("monitor".to_owned());
        let begun = thread.spawn(move || {
            loop {
                let asking = match asked.recv_timeout(EVERY) {
                    Ok(asking) => Some(asking),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                };
                let all: Vec<Asking> = asking.into_iter().chain(asked.try_iter()).collect();
                if let Err(panic) = catch_panic(|| watching.turn(all)) {
                    watching.tell(News::Failed(panic.to_string()));
                }
            }
        });
        match begun {
            Ok(_) => Ok(Self {
                asks,
                looked_at: None,
            }),
            Err(error) => Err(Stopped::Panicked(format!("cannot start a thread: {error}")).into()),
        }
    }

    /// Reads what the board shows now, and does what it asks for.
    pub fn follow(&mut self, board: &mut Board) {
        let wanted = board.wanted();
        // Where the thread is gone, it has said why.
        if self.looked_at.as_ref() != Some(&wanted) {
            self.looked_at = Some(wanted.clone());
            let _ = self.asks.send(Asking::Look(wanted));
        }
        for errand in board.errands() {
            let _ = self.asks.send(Asking::Do(errand));
        }
    }
}

/// What the thread keeps.
struct Watching {
    view: View,
    repeats: Arc<dyn Repeats>,
    tell: Tell,
    wanted: Option<Wanted>,
    read_at: Option<Instant>,
    /// The store's last change when it was read.
    change: Option<u64>,
    recovered: Instant,
}

impl Watching {
    fn tell(&self, news: News) {
        (self.tell)(Told(news));
    }

    /// Does what was asked for, and reads what is looked at where it may have changed.
    fn turn(&mut self, asked: Vec<Asking>) {
        for asking in asked {
            match asking {
                Asking::Look(wanted) => {
                    self.wanted = Some(wanted);
                    self.read_at = None;
                }
                Asking::Do(errand) => self.perform(errand),
            }
        }
        if self.recovered.elapsed() >= RARELY {
            self.recovered = Instant::now();
            // What a killed process left is shown as that; a store that cannot be written is still shown.
            let _ = self.view.runs.recover(Utc::now());
        }
        let Some(wanted) = self.wanted.clone() else {
            return;
        };
        let change = self.view.last_change();
        let is_due = match (self.read_at, &wanted) {
            (None, _) => true,
            (Some(read), Wanted::Triggers) => read.elapsed() >= RARELY || self.has_changed(&change),
            // What ran in an attempt stays as it is.
            (Some(_), Wanted::Notebook { .. }) => false,
            (Some(_), _) => self.has_changed(&change),
        };
        if !is_due {
            return;
        }
        let seen = self.read(&wanted).map_err(|error| told(&error));
        self.read_at = Some(Instant::now());
        self.change = change.ok();
        self.tell(News::Seen { of: wanted, seen });
    }

    /// Returns whether the store has changed since it was read, or does not say so.
    fn has_changed(&self, change: &Result<u64, ScheduleError>) -> bool {
        match change {
            Ok(change) => self.change != Some(*change),
            // That it cannot be read is told once.
            Err(_) => self.change.is_some(),
        }
    }

    fn perform(&mut self, errand: Errand) {
        let done = match errand {
            Errand::Rerun { run, from } => {
                let (repeats, tell) = (Arc::clone(&self.repeats), Arc::clone(&self.tell));
                // It may take its time, and what is looked at goes on meanwhile.
                let begun = thread::Builder::new().name("monitor".to_owned()).spawn(move || {
                    let began = catch_panic(|| repeats.repeat(&run, &from));
                    let began = began.map_err(Error::from).and_then(|began| began);
                    tell(Told(match began {
                        Ok(new) => News::Began { of: run, run: new },
                        Err(error) => News::Failed(told(&error)),
                    }));
                });
                match begun {
                    Ok(_) => return,
                    Err(error) => News::Failed(format!("cannot start a thread: {error}")),
                }
            }
            Errand::Cancel(run) => match self.cancel(&run) {
                Ok(true) => News::Done(format!("{run} is cancelled")),
                Ok(false) => News::Done(format!("{run} is asked to stop")),
                Err(error) => News::Failed(told(&error.into())),
            },
            Errand::SetStarted { trigger, is_started } => {
                let state = if is_started { "started" } else { "stopped" };
                // The store counts no change of it.
                self.read_at = None;
                match self.view.set_started(&trigger, is_started, Utc::now()) {
                    Ok(()) => News::Done(format!("{trigger} is {state}")),
                    Err(error) => News::Failed(told(&error)),
                }
            }
            Errand::Names => News::Names(self.view.pipeline_names().into_iter().collect()),
        };
        self.tell(done);
    }

    /// Asks a run to stop, and returns whether it has ended by that.
    fn cancel(&self, run: &RunId) -> Result<bool, ScheduleError> {
        let runs = &self.view.runs;
        runs.ask_cancel(run, Utc::now())?;
        Ok(runs.run(run)?.is_none_or(|run| run.status.is_final()))
    }

    fn read(&self, wanted: &Wanted) -> Result<Seen, Error> {
        let runs = &self.view.runs;
        Ok(match wanted {
            Wanted::Runs(query) => Seen::Runs {
                rows: self.runs(query)?,
                count: runs.count(&query.filter)?,
            },
            Wanted::Run(id) => {
                let run = self.run(id)?;
                let rows = runs.activities(id)?;
                let mut attempts = Vec::new();
                for row in rows.iter().filter(|row| row.attempts > 1).take(DETAILED) {
                    attempts.push((row.path.clone(), runs.attempts(id, &row.path)?));
                }
                Seen::Run { run, rows, attempts }
            }
            Wanted::Activity { run: id, path } => {
                let run = self.run(id)?;
                let rows = runs.activities(id)?;
                let row = rows.into_iter().find(|row| row.path == *path);
                let row = row.ok_or_else(|| unknown(id, path))?;
                Seen::Activity {
                    run,
                    row,
                    attempts: runs.attempts(id, path)?,
                }
            }
            Wanted::Notebook { run, path, attempt } => {
                let attempts = runs.attempts(run, path)?;
                let ran = runs.notebook(run, path, *attempt)?;
                let ran = ran.ok_or_else(|| unknown(run, path))?;
                let status = attempts.iter().find(|one| one.attempt == *attempt);
                Seen::Notebook(Executed {
                    notebook: Notebook::parse(&ran.source),
                    record: Record::from_text(&ran.record, &ran.file).map_err(|error| error.to_string()),
                    file: ran.file,
                    status: status.map_or(ActivityStatus::Succeeded, |one| one.status),
                    attempts: u32::try_from(attempts.len()).unwrap_or(u32::MAX),
                })
            }
            Wanted::Triggers => Seen::Triggers(self.view.triggers(Utc::now())?),
        })
    }

    fn run(&self, id: &RunId) -> Result<RunRow, ScheduleError> {
        let run = self.view.runs.run(id)?;
        run.ok_or_else(|| ScheduleError::UnknownRun {
            id: id.0.clone(),
            near: None,
        })
    }

    /// Returns the runs of a filter whose lines have a text.
    fn runs(&self, query: &RunQuery) -> Result<Vec<RunRow>, ScheduleError> {
        let runs = &self.view.runs;
        if query.text.is_empty() {
            return runs.runs(&query.filter);
        }
        let lower = query.text.to_lowercase();
        let limit = query.filter.limit.map_or(usize::MAX, |limit| limit as usize);
        let mut filter = RunFilter {
            limit: Some(LOOKED_AT),
            ..query.filter.clone()
        };
        let mut found = Vec::new();
        loop {
            let page = runs.runs(&filter)?;
            let is_last = page.len() < LOOKED_AT as usize;
            filter.before = page.last().map(|run| run.id.clone());
            found.extend(page.into_iter().filter(|run| matches(run, &lower)));
            if is_last || found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
        }
    }
}

fn unknown(run: &RunId, path: &str) -> ScheduleError {
    ScheduleError::UnknownActivity {
        run: run.clone(),
        path: path.to_owned(),
        near: None,
    }
}

/// Writes an error on one line.
fn told(error: &Error) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}
