//! `sheaf test`: every notebook that has a record is run again, and its results compared.

use std::path::Path;
use std::time::{Duration, Instant};

use quick_junit::TestSuite;
use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::arguments::Test;
use super::environment::environment;
use super::parameters::from_environment;
use super::report::check_failure;
use super::terminal::Terminal;
use super::{check, junit, stop_flag};
use crate::error::{Error, Kind};
use crate::job::{CachePolicy, Checked, Checking, Options, Status, Suite};
use crate::record::{Saved, headline, summary};
use crate::render::{Paint, Style, cells};
use crate::repl::Screen as _;

/// The result of a notebook.
struct Tested {
    state: State,
    /// The line for people, and what belongs below it.
    line: String,
    below: String,
    json: Value,
    suite: TestSuite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Passed,
    Updated,
    Drifted,
    Failed,
    Interrupted,
}

pub(super) fn execute(arguments: &Test, terminal: &Terminal) -> Result<Status, Error> {
    let options = Options {
        parameters: from_environment(),
        interrupt: stop_flag(&[SIGINT, SIGTERM])?,
        allow_shell: arguments.allow_shell,
        cache: CachePolicy::Store,
        environment: environment(),
        ..Options::default()
    };
    let checking = Checking {
        tolerance: arguments.checking.tolerance(),
        accept: arguments.checking.update,
        jobs: Some(1),
    };
    let started = Instant::now();
    if let Some(path) = &arguments.checking.junit {
        junit::check(path)?;
    }
    let suite = Suite::find(&arguments.paths)?;
    let notebooks = arguments.jobs.map(|jobs| jobs as usize);
    let mut tested = Vec::new();
    suite.run(&options, checking, notebooks, Tested::of, |one| {
        report(&one, arguments.json, terminal)?;
        tested.push(one);
        Ok(())
    })?;
    if let Some(path) = &arguments.checking.junit {
        junit::write(path, tested.iter().map(|one| one.suite.clone()))?;
    }
    conclude(&tested, started.elapsed(), arguments.json, terminal)
}

fn report(one: &Tested, json: bool, terminal: &Terminal) -> Result<(), Error> {
    if json {
        return terminal.verbatim(&format!("{}\n", one.json));
    }
    let paint = Paint::new(&terminal.style());
    let word = match one.state {
        State::Passed | State::Updated => paint.hint(one.state.word()),
        State::Drifted | State::Interrupted => paint.warning(one.state.word()),
        State::Failed => paint.error(one.state.word()),
    };
    terminal.out(&format!("{word} {}\n{}", one.line, one.below))
}

fn conclude(tested: &[Tested], time: Duration, json: bool, terminal: &Terminal) -> Result<Status, Error> {
    let count = |state: State| tested.iter().filter(|one| one.state == state).count();
    let counts = [
        (count(State::Passed), "passed"),
        (count(State::Updated), "updated"),
        (count(State::Drifted), "drifted"),
        (count(State::Failed), "failed"),
        (count(State::Interrupted), "interrupted"),
    ];
    let failed = count(State::Failed);
    if json {
        let line = json!({
            "notebooks": tested.len(),
            "passed": count(State::Passed),
            "updated": count(State::Updated),
            "drifted": count(State::Drifted),
            "failed": failed,
            "interrupted": count(State::Interrupted),
            "seconds": time.as_secs_f64(),
        });
        terminal.verbatim(&format!("{line}\n"))?;
    } else {
        let words: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let notebooks = if tested.len() == 1 {
            "notebook"
        } else {
            "notebooks"
        };
        terminal.out(&format!(
            "\n{} {notebooks}: {} in {}\n",
            tested.len(),
            words.join(", "),
            cells::time(time)
        ))?;
    }
    Ok(if count(State::Interrupted) > 0 {
        Status::Interrupted
    } else if failed > 0 {
        Status::Failed
    } else if count(State::Drifted) > 0 {
        Status::Drifted
    } else {
        Status::Ok
    })
}

impl Tested {
    /// Creates what is reported of a notebook.
    fn of(file: &Path, checked: Result<Checked, Error>) -> Self {
        match checked {
            Ok(checked) => Self::of_checked(&checked),
            Err(error) => Self::of_error(file, &error),
        }
    }

    fn of_checked(checked: &Checked) -> Self {
        let mut below = String::new();
        if let Some(line) = headline(&checked.comparison) {
            below += &format!("      {line}\n");
        }
        let failure = check_failure(checked, &Style::default());
        for line in failure.iter().flat_map(|text| text.lines()) {
            below += &format!("      {line}\n");
        }
        Self {
            state: State::of(checked),
            line: format!(
                "{}  {} ({})",
                checked.file.display(),
                summary(&checked.comparison),
                cells::time(checked.time())
            ),
            below,
            json: check::whole(checked),
            suite: junit::suite(checked),
        }
    }

    /// Reports that a notebook could not even be run.
    fn of_error(file: &Path, error: &Error) -> Self {
        let mut below = format!("      error: {error}\n");
        if let Some(hint) = error.hint() {
            below += &format!("      hint: {hint}\n");
        }
        Self {
            state: match error.kind() {
                Kind::Interrupted => State::Interrupted,
                _ => State::Failed,
            },
            line: file.display().to_string(),
            below,
            json: json!({
                "notebook": file.display().to_string(),
                "state": "failed",
                "error": error.to_string(),
                "hint": error.hint(),
            }),
            suite: junit::broken(file, &error.to_string()),
        }
    }
}

impl State {
    fn of(checked: &Checked) -> Self {
        match (checked.verdict(), checked.accepted) {
            (Status::Ok, Some(Saved::Written)) | (Status::Drifted, Some(_)) => Self::Updated,
            (Status::Ok, _) => Self::Passed,
            (Status::Drifted, None) => Self::Drifted,
            (Status::Interrupted, _) => Self::Interrupted,
            (Status::Failed, _) => Self::Failed,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Passed => "PASS  ",
            Self::Updated => "UPDATE",
            Self::Drifted => "DRIFT ",
            Self::Failed => "FAIL  ",
            Self::Interrupted => "STOP  ",
        }
    }
}
