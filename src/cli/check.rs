//! `sheaf run FILE --check`: a notebook run again, and its results compared with the recorded ones.

use std::path::Path;

use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::arguments::Run;
use super::environment::environment;
use super::parameters::gather;
use super::report::{check_failure, parameters, record_line, secrets_line};
use super::terminal::Terminal;
use super::{junit, stop_flag};
use crate::error::Error;
use crate::job::{CachePolicy, Check, Checked, Checking, Event, Observer, Options, Status};
use crate::record::{Saved, Verdict, cause, cell_report, differences, headline, summary};
use crate::render::{Paint, Style, cells};
use crate::repl::Screen as _;
use crate::session::Session;

pub(super) fn check(arguments: &Run, terminal: &Terminal) -> Result<Status, Error> {
    let junit = arguments.checking.junit.as_deref();
    if let Some(path) = junit {
        junit::check(path)?;
    }
    let options = Options {
        parameters: gather(&arguments.parameters, arguments.parameter_file.as_deref())?,
        interrupt: stop_flag(&[SIGINT, SIGTERM])?,
        allow_shell: arguments.allow_shell,
        // Kept so that a later run can be compared with this one value by value.
        cache: if arguments.no_cache {
            CachePolicy::Off
        } else {
            CachePolicy::Store
        },
        environment: environment(),
        ..Options::default()
    };
    let checking = Checking {
        tolerance: arguments.checking.tolerance(),
        accept: arguments.checking.update,
        jobs: arguments.jobs.map(|jobs| jobs as usize),
    };
    let mut report = CheckReport {
        is_json: arguments.json,
        junit,
        terminal,
    };
    let checked = Check::open(&arguments.file, &options, checking)?.run(&mut report)?;
    Ok(checked.status())
}

/// Prints what a check has found.
struct CheckReport<'a> {
    is_json: bool,
    junit: Option<&'a Path>,
    terminal: &'a Terminal,
}

impl Observer for CheckReport<'_> {
    fn event(&mut self, _: &Session, event: &Event<'_>) -> Result<(), Error> {
        if let Event::SecretsAnswered(answered) = event
            && !self.is_json
        {
            self.terminal.error(&secrets_line(answered));
        }
        // The cells are reported all together, and where nothing can be kept, a comparison only has less to show.
        let Event::Compared(checked) = event else {
            return Ok(());
        };
        if let Some(path) = self.junit {
            junit::write(path, [junit::suite(checked)])?;
        }
        if self.is_json {
            for line in lines(checked).into_iter().chain([whole(checked)]) {
                self.terminal.verbatim(&format!("{line}\n"))?;
            }
            Ok(())
        } else {
            report(checked, self.terminal)
        }
    }
}

fn report(checked: &Checked, terminal: &Terminal) -> Result<(), Error> {
    let style = terminal.style();
    let paint = Paint::new(&style);
    let comparison = &checked.comparison;
    let mut text = String::new();
    for cell in &comparison.cells {
        text += &cell_report(cell, &style);
    }
    terminal.out(&format!("{text}\n"))?;
    if let Some(failure) = check_failure(checked, &terminal.error_style()) {
        terminal.error(&failure);
    }
    if let Some(line) = headline(comparison) {
        terminal.out(&format!("{}\n", paint.strong(&line)))?;
    }
    if let Some(line) = parameters(&checked.session, comparison.first_failed().is_some()) {
        terminal.out(&format!("{line}\n"))?;
    }
    let line = format!(
        "{}, {}: {} ({})",
        checked.file.display(),
        cells::moment(checked.run.started),
        summary(comparison),
        cells::time(checked.time())
    );
    terminal.out(&format!("{line}\n"))?;
    match checked.accepted {
        Some(Saved::Written) => {
            let line = record_line(&checked.file, Some(Saved::Written));
            terminal.out(&format!("accepted: {line}"))
        }
        Some(Saved::Unchanged) => terminal.out(&record_line(&checked.file, Some(Saved::Unchanged))),
        None => Ok(()),
    }
}

/// Writes a line for each cell.
fn lines(checked: &Checked) -> Vec<Value> {
    let style = Style::default();
    let cells = checked.comparison.cells.iter();
    cells
        .map(|cell| {
            let at = cell.now.and_then(|at| checked.now.cells.get(at));
            let timing = cell.now.and_then(|at| checked.now.timing.cells.get(at));
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
pub(super) fn whole(checked: &Checked) -> Value {
    let comparison = &checked.comparison;
    let state = match checked.verdict() {
        Status::Ok if comparison.largest().is_some() => "within tolerance",
        Status::Ok => "identical",
        status => status.name(),
    };
    json!({
        "notebook": checked.file.display().to_string(),
        "state": state,
        "tolerance": comparison.tolerance,
        "largest": comparison.largest(),
        "first_drifted": headline(comparison),
        "recorded": checked.recorded.timing.started,
        "secrets": checked.session.secrets().answered(),
        "updated": checked.accepted == Some(Saved::Written),
        "seconds": checked.time().as_secs_f64(),
    })
}
