//! `sheaf run FILE --check`: a notebook run again, and its results compared with the recorded ones.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::arguments::{Checking, Run as Arguments};
use super::environment::environment;
use super::error::CliError;
use super::parameters::gather;
use super::record::{self, Meter};
use super::terminal::Terminal;
use super::{junit, run, stop_flag};
use crate::error::Error;
use crate::job::{CachePolicy, Job, Options, workspace_of};
use crate::notebook::Notebook;
use crate::parameters::Parameters;
use crate::record::{
    Comparison, Record, Run, Saved, Verdict, cause, cell_report, compare, differences, headline, summary,
};
use crate::render::{Paint, Style, cells};
use crate::repl::Screen as _;
use crate::session::Session;
use crate::work::Interrupt;

/// What is run again, and how.
pub(super) struct Replay<'a> {
    pub(super) file: &'a Path,
    pub(super) parameters: Parameters,
    pub(super) shell: bool,
    pub(super) jobs: usize,
    pub(super) interrupt: Interrupt,
    /// Whether results are kept, so that a later run can be compared with them value by value.
    pub(super) keeps: bool,
    pub(super) tolerance: f64,
}

/// A notebook that was run again, and how its results compare.
pub(super) struct Replayed {
    pub(super) session: Session,
    pub(super) run: Run,
    pub(super) recorded: Record,
    pub(super) now: Record,
    pub(super) comparison: Comparison,
}

impl Replay<'_> {
    /// Runs every cell, whatever a cache has, with the recorded parameters where no others are given.
    pub(super) fn run(self) -> Result<Replayed, Error> {
        let notebook = Notebook::read(self.file)?;
        let recorded = Record::read(self.file)?;
        let workspace = workspace_of(self.file)?;
        let options = Options {
            parameters: self.parameters,
            interrupt: self.interrupt,
            allow_shell: self.shell,
            cache: if self.keeps {
                CachePolicy::Store
            } else {
                CachePolicy::Off
            },
            environment: environment(),
            ..Options::default()
        };
        let mut session =
            Job::of_recorded(&notebook, self.file, &workspace, options, &recorded)?.into_session();
        let ids = session.ids();
        let mut meter = Meter::start();
        // How the cells ended is in what the meter took.
        let _ = session.run_all(&ids, self.jobs, |session, id, step| {
            meter.tell(session, id, &step);
        });
        let run = meter.finish();
        let mut now = Record::of(self.file, &session, &run);
        now.keep_origins(&recorded);
        let comparison = compare(&recorded, &now, self.tolerance, &|digest| session.table(digest));
        session.close();
        Ok(Replayed {
            session,
            run,
            recorded,
            now,
            comparison,
        })
    }
}

impl Replayed {
    /// Returns how long it took.
    pub(super) fn time(&self) -> Duration {
        self.run
            .ended
            .duration_since(self.run.started)
            .unwrap_or_default()
    }

    /// Takes the results as the recorded ones, unless a cell failed.
    pub(super) fn update(&self, file: &Path, checking: &Checking) -> Result<Option<Saved>, Error> {
        if checking.update && self.comparison.first_failed().is_none() {
            Ok(Some(self.now.save(file)?))
        } else {
            Ok(None)
        }
    }

    /// Returns the verdict on the whole notebook: an error where a cell failed or results differ that are not accepted.
    pub(super) fn verdict(&self, accepted: bool) -> Result<(), CliError> {
        if let Some(cell) = self.comparison.first_failed() {
            let is_interrupted = cell.verdict == Verdict::Interrupted;
            let cell = cell.now.map_or(0, |at| at + 1);
            return Err(if is_interrupted {
                CliError::CellInterrupted { cell }
            } else {
                CliError::CellFailed { cell }
            });
        }
        let cells = self.comparison.cells.iter();
        match cells.filter(|cell| cell.has_drifted()).count() {
            0 => Ok(()),
            _ if accepted => Ok(()),
            cells => Err(CliError::Drifted { cells }),
        }
    }

    /// Writes why a cell failed, with its place; the last line has its line end.
    pub(super) fn failure(&self, file: &Path, style: &Style) -> Option<String> {
        let error = self.run.cells.values().find_map(|ended| ended.error.as_ref())?;
        let name = file.display().to_string();
        let text = cells::failure(error, &self.session, Some(&name), style);
        Some(format!("{text}\n"))
    }
}

pub(super) fn check(arguments: &Arguments, terminal: &Terminal) -> Result<(), Error> {
    let file = &arguments.file;
    if let Some(path) = &arguments.checking.junit {
        junit::check(path)?;
    }
    let replay = Replay {
        file,
        parameters: gather(&arguments.parameters, arguments.parameter_file.as_deref())?,
        shell: arguments.allow_shell,
        jobs: run::jobs(arguments.jobs),
        interrupt: stop_flag(&[SIGINT, SIGTERM])?,
        keeps: !arguments.no_cache,
        tolerance: arguments.checking.tolerance(),
    };
    let replayed = replay.run()?;
    let saved = replayed.update(file, &arguments.checking)?;
    if let Some(path) = &arguments.checking.junit {
        junit::write(path, [junit::suite(file, &replayed)])?;
    }
    if arguments.json {
        for line in lines(&replayed) {
            terminal.verbatim(&format!("{line}\n"))?;
        }
        terminal.verbatim(&format!("{}\n", whole(file, &replayed, saved)))?;
    } else {
        report(file, &replayed, saved, terminal)?;
    }
    Ok(replayed.verdict(saved.is_some())?)
}

fn report(file: &Path, replayed: &Replayed, saved: Option<Saved>, terminal: &Terminal) -> Result<(), Error> {
    let style = terminal.style();
    let paint = Paint::new(&style);
    let comparison = &replayed.comparison;
    let mut text = String::new();
    for cell in &comparison.cells {
        text += &cell_report(cell, &style);
    }
    terminal.out(&format!("{text}\n"))?;
    if let Some(failure) = replayed.failure(file, &terminal.error_style()) {
        terminal.error(&failure);
    }
    if let Some(line) = headline(comparison) {
        terminal.out(&format!("{}\n", paint.strong(&line)))?;
    }
    if let Some(line) = run::parameters(&replayed.session, comparison.first_failed().is_some()) {
        terminal.out(&format!("{line}\n"))?;
    }
    let line = format!(
        "{}, {}: {} ({})",
        file.display(),
        cells::moment(replayed.run.started),
        summary(comparison),
        cells::time(replayed.time())
    );
    terminal.out(&format!("{line}\n"))?;
    match saved {
        Some(Saved::Written) => {
            terminal.out(&format!("accepted: {}", record::line(file, Some(Saved::Written))))
        }
        Some(Saved::Unchanged) => terminal.out(&record::line(file, Some(Saved::Unchanged))),
        None => Ok(()),
    }
}

/// Writes a line for each cell.
fn lines(replayed: &Replayed) -> Vec<Value> {
    let style = Style::default();
    let cells = replayed.comparison.cells.iter();
    cells
        .map(|cell| {
            let at = cell.now.and_then(|at| replayed.now.cells.get(at));
            let timing = cell.now.and_then(|at| replayed.now.timing.cells.get(at));
            json!({
                "cell": cell.now.map(|at| at + 1),
                "recorded": cell.recorded.map(|at| at + 1),
                "title": cell.title,
                "verdict": cell.verdict.name(),
                "largest": match cell.verdict {
                    Verdict::Close(largest) => Some(largest),
                    _ => None,
                },
                "drifted": cell.has_drifted(),
                "causes": cell.causes.iter().map(cause).collect::<Vec<_>>(),
                "differences": differences(cell, &style),
                "seconds": timing.map(|timing| timing.seconds),
                "error": at.and_then(|cell| cell.error.as_ref()).map(|error| json!({
                    "message": error.message,
                    "hint": error.hint,
                    "line": error.place.map(|(line, _)| line),
                    "column": error.place.map(|(_, column)| column),
                })),
            })
        })
        .collect()
}

/// Writes a line for the whole notebook.
pub(super) fn whole(file: &Path, replayed: &Replayed, saved: Option<Saved>) -> Value {
    let comparison = &replayed.comparison;
    let state = match replayed.verdict(false) {
        Ok(()) if comparison.largest().is_some() => "within tolerance",
        Ok(()) => "identical",
        Err(CliError::Drifted { .. }) => "drifted",
        Err(CliError::CellInterrupted { .. }) => "interrupted",
        Err(_) => "failed",
    };
    json!({
        "notebook": file.display().to_string(),
        "state": state,
        "tolerance": comparison.tolerance,
        "largest": comparison.largest(),
        "first_drifted": headline(comparison),
        "recorded": replayed.recorded.timing.started,
        "updated": saved == Some(Saved::Written),
        "seconds": replayed.time().as_secs_f64(),
    })
}
