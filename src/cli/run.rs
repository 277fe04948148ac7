//! `sheaf run FILE`: a notebook from start to end, without a person.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant, SystemTime};

use signal_hook::consts::{SIGINT, SIGTERM};

use super::arguments::Run;
use super::environment::environment;
use super::error::CliError;
use super::parameters::gather;
use super::record::{self, Meter};
use super::terminal::Terminal;
use super::trouble::report_trouble;
use super::{check, json, stop_flag};
use crate::assist::unsupported::{unsupported, unsupported_list};
use crate::error::Error;
use crate::job::{CachePolicy, CheckpointPolicy, Job, Options, Resumed, Trouble, workspace_of};
use crate::language::Sheaf;
use crate::notebook::Notebook;
use crate::output::Output;
use crate::record::{self as recorded, Record};
use crate::render::{Paint, cells, output};
use crate::repl::{Indicator, Screen as _};
use crate::session::{Session, Step};
use crate::source::{CellError, CellId};

/// What became of one cell.
pub(super) struct Outcome<'a> {
    pub(super) id: CellId,
    pub(super) outputs: &'a [Output],
    pub(super) seconds: Option<Duration>,
    pub(super) error: Option<&'a CellError>,
}

pub(super) fn execute(arguments: &Run, terminal: &Terminal) -> Result<(), Error> {
    if arguments.check {
        return check::check(arguments, terminal);
    }
    if let Some(flag) = arguments.checking.flag() {
        return Err(CliError::NeedsCheck { flag }.into());
    }
    let mut session = prepare(arguments, terminal)?;
    let all = session.ids();
    let ids = &all[..until(arguments, all.len())?];
    let file = arguments.file.display().to_string();
    let (started, date) = (Instant::now(), SystemTime::now());
    let mut report = Report::new(arguments.json, &file, terminal);
    // To measure memory is to ask the system twice a cell.
    let mut meter = arguments.record.then(Meter::start);
    // The times and the memory of a record are each cell's own.
    let jobs = if arguments.record {
        arguments.jobs.or(Some(1))
    } else {
        arguments.jobs
    };
    let ended = session.run_all(ids, self::jobs(jobs), |session, id, step| {
        if let Some(meter) = &mut meter {
            meter.tell(session, id, &step);
        }
        report.tell(session, id, step);
    });
    let run = meter.map(Meter::finish);
    session.close();
    if let Some((folder, reason)) = session
        .cache()
        .and_then(|cache| Some((cache.folder(), cache.trouble()?)))
    {
        let trouble = Trouble::Cache {
            folder: folder.to_owned(),
            reason: reason.to_owned(),
        };
        report_trouble(&trouble, terminal);
    }
    let interrupted = report.finish()?;
    if let Some(run) = run {
        let saved = record::save(&arguments.file, &Record::of(&arguments.file, &session, &run))?;
        if !arguments.json {
            terminal.out(&record::line(&arguments.file, saved))?;
        }
    }
    if ended.is_ok() {
        // The cells below are still to be run.
        if ids.len() == all.len() {
            session.finish_checkpoint();
        }
        session.check_parameters()?;
    }
    let ending = Ending {
        session: &session,
        ids,
        file: &file,
        json: arguments.json,
        date,
        time: started.elapsed(),
        terminal,
    };
    match ended {
        Ok(()) => ending.succeeded(),
        Err(failed) => ending.failed(failed, interrupted),
    }
}

/// Makes the session of a run: with the notebook's cells, its parameters, and what may be kept from runs before.
fn prepare(arguments: &Run, terminal: &Terminal) -> Result<Session, Error> {
    let notebook = Notebook::read(&arguments.file)?;
    warn_of_unsupported(&notebook, terminal);
    let workspace = workspace_of(&arguments.file)?;
    let (cache, checkpoint) = match (arguments.no_cache, arguments.resume) {
        (true, _) => (CachePolicy::Off, CheckpointPolicy::Start),
        (false, true) => (CachePolicy::Use, CheckpointPolicy::Resume),
        (false, false) => (CachePolicy::Use, CheckpointPolicy::Start),
    };
    let options = Options {
        parameters: gather(&arguments.parameters, arguments.parameter_file.as_deref())?,
        interrupt: stop_flag(&[SIGINT, SIGTERM])?,
        allow_shell: arguments.allow_shell,
        cache,
        checkpoint,
        environment: environment(),
        ..Options::default()
    };
    let job = Job::of_notebook(&notebook, &arguments.file, &workspace, options)?;
    for trouble in job.troubles() {
        report_trouble(trouble, terminal);
    }
    if arguments.resume && !arguments.json {
        let session = job.session();
        terminal.error(&resuming(job.resumed(), &session.named_parameters()));
    }
    Ok(job.into_session())
}

/// A run that is over, and how to tell it.
struct Ending<'a> {
    session: &'a Session,
    /// The cells that were to be run.
    ids: &'a [CellId],
    file: &'a str,
    json: bool,
    date: SystemTime,
    time: Duration,
    terminal: &'a Terminal,
}

impl Ending<'_> {
    fn succeeded(&self) -> Result<(), Error> {
        let mut ran = (1..).zip(self.ids);
        let exit = ran.find_map(|(ran, id)| Some((ran, self.session.exit(*id)?)));
        let ran = exit.map_or(self.ids.len(), |(ran, _)| ran);
        if self.json {
            self.not_run(ran)?;
            return self.summary("ok", exit.map(|(_, value)| value));
        }
        if let Some((_, value)) = exit {
            self.terminal.out(&format!("exit: {value}\n"))?;
        }
        self.last_lines(false, &format!("{} in", cells::count(ran)))
    }

    fn failed(&self, id: CellId, interrupted: bool) -> Result<(), Error> {
        let cell = self.session.position(id).unwrap_or(0) + 1;
        self.not_run(cell)?;
        let state = if interrupted { "interrupted" } else { "failed" };
        if self.json {
            self.summary(state, None)?;
        } else {
            self.last_lines(true, &format!("{state} in cell {cell} after"))?;
        }
        Err(if interrupted {
            CliError::CellInterrupted { cell }.into()
        } else {
            CliError::CellFailed { cell }.into()
        })
    }

    /// Tells which cells below the first `ran` were not run.
    fn not_run(&self, ran: usize) -> Result<(), Error> {
        let left = self.ids.get(ran..).unwrap_or_default();
        if self.json {
            for id in left {
                let outcome = Outcome {
                    id: *id,
                    outputs: &[],
                    seconds: None,
                    error: None,
                };
                self.terminal
                    .verbatim(&json::line(&outcome, self.session, self.file)?)?;
            }
        } else if !left.is_empty() {
            let label = |id: &CellId| {
                let position = self.session.position(*id)?;
                Some(cells::label(position, self.session.cell(*id)))
            };
            let labels: Vec<String> = left.iter().filter_map(label).collect();
            self.terminal.error(&format!("not run: {}\n", labels.join(", ")));
        }
        Ok(())
    }

    /// Says what ran, when, with which parameters, and for how long: what one looks for at the end of a log.
    fn last_lines(&self, broke_off: bool, ending: &str) -> Result<(), Error> {
        if let Some(line) = parameters(self.session, broke_off) {
            self.dim(&line)?;
        }
        let (date, time) = (cells::moment(self.date), cells::time(self.time));
        self.dim(&format!("{}, {date}: {ending} {time}", self.file))
    }

    fn dim(&self, line: &str) -> Result<(), Error> {
        let paint = Paint::new(&self.terminal.style());
        self.terminal.out(&format!("{}\n", paint.dim(line)))
    }

    fn summary(&self, state: &str, exit: Option<&str>) -> Result<(), Error> {
        let summary = json::summary(self.session, self.file, state, exit, self.date, self.time);
        self.terminal.verbatim(&summary)
    }
}

/// Returns the values of the parameters, and where each came from; `None` where there are none.
///
/// A run that broke off has not declared all that it was given.
pub(super) fn parameters(session: &Session, broke_off: bool) -> Option<String> {
    let parameters = recorded::parameters(session, broke_off);
    let written: Vec<String> = parameters
        .iter()
        .map(|(name, parameter)| format!("{name} = {:?} ({})", parameter.value, parameter.origin.name()))
        .collect();
    (!written.is_empty()).then(|| format!("parameters: {}", written.join(", ")))
}

/// Warns of cells that cannot run as they are, before any runs.
fn warn_of_unsupported(notebook: &Notebook, terminal: &Terminal) {
    let found = unsupported(notebook.cells(), &Sheaf::new());
    if let Some(text) = unsupported_list(notebook.cells(), &found, &terminal.error_style()) {
        terminal.error(&format!("{text}\n\n"));
    }
}

/// Says what a resumed run continues after, and with which parameters.
fn resuming(resumed: Option<&Resumed>, named: &BTreeMap<String, String>) -> String {
    let Some(before) = resumed else {
        let why = if named.is_empty() {
            "the last run finished"
        } else {
            "no unfinished run has these parameters, and the last run finished"
        };
        return format!("nothing to resume: {why}; running all cells\n");
    };
    let plural = if before.cells == 1 { "" } else { "s" };
    let mut text = format!("resuming after {} finished cell{plural}", before.cells);
    for (name, value) in &before.parameters {
        let _ = match named.get(name).filter(|now| *now != value) {
            Some(now) => write!(text, "; {name} was {value:?}, now {now:?}"),
            None => write!(text, "; {name} is {value:?} as before"),
        };
    }
    text.push('\n');
    text
}

/// Returns how many cells are to be run.
fn until(arguments: &Run, cells: usize) -> Result<usize, CliError> {
    match arguments.until {
        Some(until) if until as usize > cells => Err(CliError::UntilTooLarge {
            until,
            file: arguments.file.clone(),
            cells,
        }),
        Some(until) => Ok(until as usize),
        None => Ok(cells),
    }
}

/// Returns how many cells may run at the same time: as many as were asked for, or as there are cores.
pub(super) fn jobs(asked: Option<u32>) -> usize {
    match asked {
        Some(jobs) => jobs as usize,
        None => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
    }
}

/// Prints what is told of a run.
struct Report<'a> {
    json: bool,
    file: &'a str,
    terminal: &'a Terminal,
    indicator: Option<Indicator>,
    began: Instant,
    outputs: Vec<Output>,
    printed: Result<(), Error>,
    interrupted: bool,
}

impl<'a> Report<'a> {
    fn new(json: bool, file: &'a str, terminal: &'a Terminal) -> Self {
        Self {
            json,
            file,
            terminal,
            indicator: None,
            began: Instant::now(),
            outputs: Vec::new(),
            printed: Ok(()),
            interrupted: false,
        }
    }

    /// Tells whether the run was stopped by someone; fails when something could not be printed.
    fn finish(self) -> Result<bool, Error> {
        self.printed.map(|()| self.interrupted)
    }

    fn tell(&mut self, session: &Session, id: CellId, step: Step) {
        if self.printed.is_ok() {
            self.printed = self.print(session, id, step);
        }
        if self.printed.is_err() {
            // Nobody reads it any more.
            session.stop();
        }
    }

    fn print(&mut self, session: &Session, id: CellId, step: Step) -> Result<(), Error> {
        match step {
            Step::Began => {
                self.began = Instant::now();
                self.outputs.clear();
                if !self.json
                    && let (Some(position), Some(cell)) = (session.position(id), session.cell(id))
                {
                    let heading = cells::heading(position, cell, &self.terminal.style());
                    self.terminal.out(&heading)?;
                }
                // Where there are colours, a line can be taken back.
                let is_drawn = !self.json && self.terminal.error_style().color;
                self.indicator = Some(Indicator::start(session.progress(), is_drawn));
                Ok(())
            }
            Step::Shown(shown) if self.json => {
                self.outputs.push(shown);
                Ok(())
            }
            Step::Shown(shown) => {
                let text = format!("{}\n", output(&shown, &self.terminal.style()));
                match &self.indicator {
                    Some(indicator) => indicator.suspend(|| self.terminal.out(&text)),
                    None => self.terminal.out(&text),
                }
            }
            Step::Ended(result) => {
                self.indicator = None;
                self.interrupted = result.as_ref().is_err_and(CellError::interrupted);
                self.ended(session, id, &result)
            }
        }
    }

    fn ended(&self, session: &Session, id: CellId, result: &Result<(), CellError>) -> Result<(), Error> {
        let time = match result {
            Ok(()) => session.time(id),
            Err(_) => Some(self.began.elapsed()),
        };
        if self.json {
            let outcome = Outcome {
                id,
                outputs: &self.outputs,
                seconds: time,
                error: result.as_ref().err(),
            };
            return self.terminal.verbatim(&json::line(&outcome, session, self.file)?);
        }
        if let Err(error) = result {
            let text = cells::failure(error, session, Some(self.file), &self.terminal.error_style());
            self.terminal.error(&format!("{text}\n"));
        }
        let time = match time {
            _ if session.is_cached(id) => "(cached)".to_owned(),
            Some(time) => format!("({})", cells::time(time)),
            None => String::new(),
        };
        let time = Paint::new(&self.terminal.style()).dim(&time);
        self.terminal.out(&format!("{time}\n\n"))
    }
}
