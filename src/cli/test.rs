//! `sheaf test`: every notebook that has a record is run again, and its results compared.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use quick_junit::TestSuite;
use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::arguments::Test;
use super::check::{self, Replay};
use super::error::CliError;
use super::parameters::from_environment;
use super::terminal::Terminal;
use super::{junit, run, stop_flag};
use crate::error::{Error, Kind};
use crate::job::workspace_of;
use crate::record::{Record, Saved, headline, summary};
use crate::render::{Paint, cells};
use crate::repl::Screen as _;
use crate::work::Interrupt;

/// How often a stop is looked for.
const POLL: Duration = Duration::from_millis(50);

/// What a record's name ends with.
const ENDING: &str = ".record.ron";

/// A notebook with a record.
struct Case {
    file: PathBuf,
    /// The files that it reads and writes, by their places in its workspace.
    reads: BTreeSet<String>,
    writes: BTreeSet<String>,
}

/// What came of a notebook.
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

/// The notebooks that wait, run and are done.
struct Queue {
    waiting: BTreeSet<usize>,
    running: BTreeSet<usize>,
}

pub(super) fn execute(arguments: &Test, terminal: &Terminal) -> Result<(), Error> {
    let stop = stop_flag(&[SIGINT, SIGTERM])?;
    let started = Instant::now();
    if let Some(path) = &arguments.checking.junit {
        junit::check(path)?;
    }
    let cases = cases(&arguments.paths)?;
    if cases.is_empty() {
        let places: Vec<String> = arguments
            .paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        return Err(CliError::NoRecords {
            place: places.join(", "),
        }
        .into());
    }
    let mut tested: Vec<Option<Tested>> = cases.iter().map(|_| None).collect();
    let mut printed = 0;
    let mut broken = Ok(());
    run_all(&cases, arguments, &stop, |at, one| {
        if let Some(place) = tested.get_mut(at) {
            *place = Some(one);
        }
        // Told in order, each as soon as those before it are told.
        while let Some(Some(one)) = tested.get(printed) {
            if broken.is_ok() {
                broken = tell(one, arguments.json, terminal);
                if broken.is_err() {
                    stop.trigger();
                }
            }
            printed += 1;
        }
    });
    broken?;
    let tested: Vec<Tested> = tested.into_iter().flatten().collect();
    if let Some(path) = &arguments.checking.junit {
        junit::write(path, tested.iter().map(|one| one.suite.clone()))?;
    }
    conclude(&tested, started.elapsed(), arguments.json, terminal)
}

fn tell(one: &Tested, json: bool, terminal: &Terminal) -> Result<(), Error> {
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

fn conclude(tested: &[Tested], time: Duration, json: bool, terminal: &Terminal) -> Result<(), Error> {
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
        let told: Vec<String> = counts
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
            told.join(", "),
            cells::time(time)
        ))?;
    }
    if count(State::Interrupted) > 0 {
        Err(CliError::ShowInterrupted.into())
    } else if failed > 0 {
        Err(CliError::NotebooksFailed { notebooks: failed }.into())
    } else if count(State::Drifted) > 0 {
        Err(CliError::Drifted {
            cells: count(State::Drifted),
        }
        .into())
    } else {
        Ok(())
    }
}

/// Finds the notebooks: those that are named, and in folders those that have a record, sorted.
fn cases(paths: &[PathBuf]) -> Result<Vec<Case>, Error> {
    let mut files = BTreeSet::new();
    for path in paths {
        if path.is_dir() {
            search(path, &mut files)?;
        } else if path.exists() {
            files.insert(path.clone());
        } else {
            return Err(CliError::NoPath { path: path.clone() }.into());
        }
    }
    Ok(files.into_iter().map(Case::of).collect())
}

/// Searches a folder and those in it, but for hidden ones, for records.
fn search(folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
    let unreadable = |error: std::io::Error| CliError::Folder {
        path: folder.to_owned(),
        reason: error.to_string(),
    };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = match folder.strip_prefix(".") {
            // A person did not write the point.
            Ok(rest) => rest.join(&name),
            Err(_) => folder.join(&name),
        };
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() && !name.starts_with('.') {
            search(&path, files)?;
        } else if let Some(stem) = name.strip_suffix(ENDING) {
            // The record says what its notebook is called; a damaged one is told when its turn comes.
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let record = Record::from_text(&text, &name);
            let notebook = record.map_or_else(|_| format!("{stem}.py"), |record| record.notebook);
            files.insert(path.with_file_name(notebook));
        }
    }
    Ok(())
}

impl Case {
    fn of(file: PathBuf) -> Self {
        let root = workspace_of(&file).map(|workspace| workspace.root().to_owned());
        let root = root.unwrap_or_default();
        let place = |name: &String| format!("{}:{name}", root.display());
        let record = Record::read(&file);
        let cells = record.map(|record| record.cells).unwrap_or_default();
        Self {
            file,
            reads: cells
                .iter()
                .flat_map(|cell| &cell.reads)
                .map(|file| place(&file.path))
                .collect(),
            writes: cells
                .iter()
                .flat_map(|cell| &cell.writes)
                .map(|file| place(&file.path))
                .collect(),
        }
    }

    /// Tells whether this case has to wait for `other`, which reads what this writes or writes what this reads.
    fn waits_for(&self, other: &Self, is_before: bool) -> bool {
        let both_write = !self.writes.is_disjoint(&other.writes);
        let reads_its = self
            .reads
            .difference(&self.writes)
            .any(|file| other.writes.contains(file));
        reads_its || (is_before && both_write)
    }
}

impl Queue {
    /// Takes the next notebook that need not wait; one of a circle when all do.
    fn next(&mut self, waits: &[BTreeSet<usize>]) -> Option<usize> {
        let is_open = |at: &usize| self.waiting.contains(at) || self.running.contains(at);
        let ready = |at: &usize| waits.get(*at).is_none_or(|others| !others.iter().any(is_open));
        let free = self.waiting.iter().copied().find(ready);
        let next = match free {
            Some(at) => at,
            None if self.running.is_empty() => *self.waiting.first()?,
            None => return None,
        };
        self.waiting.remove(&next);
        self.running.insert(next);
        Some(next)
    }
}

/// Runs the notebooks, several at the same time, and tells what came of each.
fn run_all(cases: &[Case], arguments: &Test, stop: &Interrupt, mut tell: impl FnMut(usize, Tested)) {
    let waits: Vec<BTreeSet<usize>> = (0..)
        .zip(cases)
        .map(|(at, case)| {
            let others = (0..).zip(cases);
            others
                .filter(|(other, found)| *other != at && case.waits_for(found, *other < at))
                .map(|(other, _)| other)
                .collect()
        })
        .collect();
    let queue = Mutex::new(Queue {
        waiting: (0..cases.len()).collect(),
        running: BTreeSet::new(),
    });
    let changed = Condvar::new();
    // Each has a flag of its own: what fails in one stops nothing in another.
    let flags: Vec<Interrupt> = cases.iter().map(|_| Interrupt::default()).collect();
    let (sender, results) = channel::<(usize, Tested)>();
    let work = |sender: Sender<(usize, Tested)>| {
        loop {
            let mut open = queue.lock().unwrap_or_else(PoisonError::into_inner);
            let at = loop {
                if open.waiting.is_empty() {
                    return;
                }
                match open.next(&waits) {
                    Some(at) => break at,
                    None => open = changed.wait(open).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(open);
            if let (Some(case), Some(flag)) = (cases.get(at), flags.get(at)) {
                if stop.is_set() {
                    flag.trigger();
                }
                let tested = one(&case.file, arguments, flag.clone());
                // Whoever listens does so until all is told.
                let _ = sender.send((at, tested));
            }
            let mut open = queue.lock().unwrap_or_else(PoisonError::into_inner);
            open.running.remove(&at);
            changed.notify_all();
        }
    };
    thread::scope(|scope| {
        for _ in 0..run::jobs(arguments.jobs).min(cases.len()) {
            let sender = sender.clone();
            let started = thread::Builder::new().spawn_scoped(scope, || work(sender));
            if started.is_err() {
                // Those that could be started do it all.
                break;
            }
        }
        drop(sender);
        loop {
            match results.recv_timeout(POLL) {
                Ok((at, tested)) => tell(at, tested),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return,
            }
            if stop.is_set() {
                flags.iter().for_each(Interrupt::trigger);
            }
        }
    });
}

/// Runs one notebook and compares.
fn one(file: &Path, arguments: &Test, interrupt: Interrupt) -> Tested {
    let replay = Replay {
        file,
        parameters: from_environment(),
        shell: arguments.allow_shell,
        jobs: 1,
        interrupt,
        keeps: true,
        tolerance: arguments.checking.tolerance(),
    };
    let outcome = replay.run().and_then(|replayed| {
        let saved = replayed.update(file, &arguments.checking)?;
        Ok((replayed, saved))
    });
    let (replayed, saved) = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return broken(file, &error),
    };
    let state = match replayed.verdict(false) {
        Ok(()) if saved == Some(Saved::Written) => State::Updated,
        Ok(()) => State::Passed,
        Err(CliError::Drifted { .. }) if saved.is_some() => State::Updated,
        Err(CliError::Drifted { .. }) => State::Drifted,
        Err(CliError::CellInterrupted { .. }) => State::Interrupted,
        Err(_) => State::Failed,
    };
    let mut below = String::new();
    if let Some(line) = headline(&replayed.comparison) {
        below += &format!("      {line}\n");
    }
    let plain = crate::render::Style::default();
    for line in replayed
        .failure(file, &plain)
        .iter()
        .flat_map(|text| text.lines())
    {
        below += &format!("      {line}\n");
    }
    Tested {
        state,
        line: format!(
            "{}  {} ({})",
            file.display(),
            summary(&replayed.comparison),
            cells::time(replayed.time())
        ),
        below,
        json: check::whole(file, &replayed, saved),
        suite: junit::suite(file, &replayed),
    }
}

/// Says that a notebook could not even be run.
fn broken(file: &Path, error: &Error) -> Tested {
    let state = if error.kind() == Kind::Interrupted {
        State::Interrupted
    } else {
        State::Failed
    };
    let mut below = format!("      error: {error}\n");
    if let Some(hint) = error.hint() {
        below += &format!("      hint: {hint}\n");
    }
    Tested {
        state,
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

impl State {
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
