//! [`RunReport`]: a run as people read it at a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::environment::SHARED_CACHE;
use super::terminal::Terminal;
use crate::error::Error;
use crate::job::{CellEnd, Checked, Event, Observer, Outcome, Resumed, Status, Trouble};
use crate::output::Output;
use crate::record::{self, Record, Saved};
use crate::render::{Paint, Style, cells, output, plain};
use crate::repl::{Indicator, Screen as _};
use crate::session::Session;
use crate::source::{CellError, CellId};

/// Prints a run as it continues.
pub(super) struct RunReport<'a> {
    file: &'a Path,
    terminal: &'a Terminal,
    indicator: Option<Indicator>,
}

impl<'a> RunReport<'a> {
    pub(super) fn new(file: &'a Path, terminal: &'a Terminal) -> Self {
        Self {
            file,
            terminal,
            indicator: None,
        }
    }

    fn cell_began(&mut self, id: CellId, session: &Session) -> Result<(), Error> {
        if let (Some(position), Some(cell)) = (session.position(id), session.cell(id)) {
            let heading = cells::heading(position, cell, &self.terminal.style());
            self.terminal.out(&heading)?;
        }
        // Where there are colours, a line can be taken back.
        let is_drawn = self.terminal.error_style().color;
        self.indicator = Some(Indicator::start(session.progress(), is_drawn));
        Ok(())
    }

    fn cell_showed(&self, shown: &Output) -> Result<(), Error> {
        let text = format!("{}\n", output(shown, &self.terminal.style()));
        match &self.indicator {
            Some(indicator) => indicator.suspend(|| self.terminal.out(&text)),
            None => self.terminal.out(&text),
        }
    }

    fn cell_ended(&mut self, end: &CellEnd, session: &Session) -> Result<(), Error> {
        self.indicator = None;
        if let Some(error) = &end.error {
            let text = failure(error, session, self.file, &self.terminal.error_style());
            self.terminal.error(&text);
        }
        let time = if end.is_cached {
            "(cached)".to_owned()
        } else {
            format!("({})", cells::time(end.time))
        };
        let time = Paint::new(&self.terminal.style()).dim(&time);
        self.terminal.out(&format!("{time}\n\n"))
    }

    fn finished(&self, outcome: &Outcome, session: &Session) -> Result<(), Error> {
        let failed = outcome.failed.and_then(|id| session.position(id));
        let ending = if let Some(position) = failed {
            self.not_run(&outcome.not_run, session);
            format!("{} in cell {} after", outcome.status.name(), position + 1)
        } else {
            if let Some(value) = &outcome.exit {
                self.terminal.out(&format!("exit: {value}\n"))?;
            }
            format!("{} in", cells::count(outcome.ran))
        };
        // What one looks for at the end of a log: what ran, when, with which parameters, and for how long.
        if let Some(line) = parameters(session, outcome.status != Status::Ok) {
            self.dim(&line)?;
        }
        let (date, time) = (cells::moment(outcome.started), cells::time(outcome.time));
        self.dim(&format!("{}, {date}: {ending} {time}", self.file.display()))
    }

    fn not_run(&self, ids: &[CellId], session: &Session) {
        let label = |id: &CellId| {
            let position = session.position(*id)?;
            Some(cells::label(position, session.cell(*id)))
        };
        let labels: Vec<String> = ids.iter().filter_map(label).collect();
        if !labels.is_empty() {
            self.terminal.error(&format!("not run: {}\n", labels.join(", ")));
        }
    }

    fn dim(&self, line: &str) -> Result<(), Error> {
        let paint = Paint::new(&self.terminal.style());
        self.terminal.out(&format!("{}\n", paint.dim(line)))
    }
}

impl Observer for RunReport<'_> {
    fn event(&mut self, session: &Session, event: &Event<'_>) -> Result<(), Error> {
        match event {
            Event::Trouble(trouble) => report_trouble(trouble, self.terminal),
            Event::Resumed(resumed) => {
                let text = resuming(*resumed, &session.noted_parameters());
                self.terminal.error(&text);
            }
            Event::SecretsAnswered(answered) => self.terminal.error(&secrets_line(answered)),
            Event::CellBegan(id) => return self.cell_began(*id, session),
            Event::CellShowed(_, output) => return self.cell_showed(output),
            Event::CellEnded(_, end) => return self.cell_ended(end, session),
            Event::Recorded(saved) => return self.terminal.out(&record_line(self.file, *saved)),
            Event::Finished(outcome) => return self.finished(outcome, session),
            Event::Compared(_) => {}
        }
        Ok(())
    }
}

/// Writes which store answered for each scope that was used.
pub(super) fn secrets_line(answered: &BTreeMap<String, String>) -> String {
    let scopes: Vec<String> = answered
        .iter()
        .map(|(scope, store)| format!("{scope} from {store}"))
        .collect();
    format!("secrets: {}\n", plain(&scopes.join("; ")))
}

/// Warns of what a run could not keep: the next one would do all work again, and no one knew why.
pub(super) fn report_trouble(trouble: &Trouble, terminal: &Terminal) {
    let paint = Paint::new(&terminal.error_style());
    let warning = paint.warning("warning: ");
    terminal.error(&match trouble {
        Trouble::PrivateFolder(error) => {
            format!("{warning}{error}; results, history and the session are not saved\n")
        }
        Trouble::Mounts(error) => {
            let hint = error.hint().map(|hint| format!("; {hint}"));
            format!("a mount of an earlier session cannot be used: {error}{}", hint.unwrap_or_default())
        }
        Trouble::Cache { folder, reason } => format!(
            "{warning}cannot write to the cache {}: {reason}\n{}make the folder writable, set {SHARED_CACHE} to \
             another one, or run with --no-cache\n",
            folder.display(),
            paint.hint("hint: "),
        ),
    });
}

/// Describes what a resumed run continues after, and with which parameters.
fn resuming(resumed: Option<&Resumed>, now: &BTreeMap<String, String>) -> String {
    let Some(before) = resumed else {
        let why = if now.is_empty() {
            "the last run finished"
        } else {
            "no unfinished run has these parameters, and the last run finished"
        };
        return format!("nothing to resume: {why}; running all cells\n");
    };
    let plural = if before.cells == 1 { "" } else { "s" };
    let mut text = format!("resuming after {} finished cell{plural}", before.cells);
    for (name, value) in &before.parameters {
        let _ = match now.get(name).filter(|now| *now != value) {
            Some(now) => write!(text, "; {name} was {value:?}, now {now:?}"),
            None => write!(text, "; {name} is {value:?} as before"),
        };
    }
    text.push('\n');
    text
}

/// Returns the values of the parameters, and where each came from; `None` where there are none.
///
/// A run that was interrupted has not declared all that it was given.
pub(super) fn parameters(session: &Session, broke_off: bool) -> Option<String> {
    let parameters = record::parameters(session, broke_off);
    let written: Vec<String> = parameters
        .iter()
        .map(|(name, parameter)| format!("{name} = {:?} ({})", parameter.value, parameter.origin.name()))
        .collect();
    (!written.is_empty()).then(|| format!("parameters: {}", written.join(", ")))
}

/// Describes the result of the record of a notebook.
pub(super) fn record_line(notebook: &Path, saved: Option<Saved>) -> String {
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

/// Writes why a cell of a check failed, with its place; the last line has its line end.
pub(super) fn check_failure(checked: &Checked, style: &Style) -> Option<String> {
    let error = checked.failure()?;
    Some(failure(error, &checked.session, &checked.file, style))
}

fn failure(error: &CellError, session: &Session, file: &Path, style: &Style) -> String {
    let name = file.display().to_string();
    let text = cells::failure(error, session, Some(&name), style);
    format!("{text}\n")
}
