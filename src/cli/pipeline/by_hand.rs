//! A run by hand: which version runs, who watches it, and what is said of it at its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::Utc;
use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::changes;
use super::chosen::Chosen;
use super::findings;
use super::json_view::JsonView;
use super::live_view::{LiveView, Spinner};
use super::plain_view::PlainView;
use super::view::{View, Watched, waiting};
use crate::cli::environment::environment;
use crate::cli::parameters::of_pipeline;
use crate::cli::stop_flag;
use crate::cli::terminal::Terminal;
use crate::database::Pool;
use crate::error::Error;
use crate::job::{Status, current_workspace};
use crate::pipeline::run::{Ended, Execution, Mode, Prior, Surroundings, parameters};
use crate::pipeline::{Admission, Entry, Journal as _, RunStatus, TriggerFacts};
use crate::render::{Paint, cells, plain};
use crate::repl::Screen as _;
use crate::schedule::{NewRun, Origin, Owner, RunId, Runs};
use crate::work::{Interrupt, catch_panic};

/// How often the store is asked whether someone wants the run stopped.
const ASKING: Duration = Duration::from_millis(500);

/// How often it is looked whether a run that waits is still wanted.
const POLL: Duration = Duration::from_millis(50);

/// What a person asks for.
pub(super) struct Asked<'a> {
    pub(super) name: &'a str,
    pub(super) parameters: &'a [(String, String)],
    /// Whether running the draft, also where something is published.
    pub(super) is_draft: bool,
    pub(super) is_json: bool,
    pub(super) is_quiet: bool,
    pub(super) mode: Mode,
}

/// Runs what a person asks for, and shows it.
pub(super) fn run_by_hand(asked: &Asked<'_>, terminal: &Terminal) -> Result<Status, Error> {
    let workspace = current_workspace()?;
    let chosen = if asked.is_draft {
        Chosen::draft(asked.name, &workspace)?
    } else {
        Chosen::published_or_draft(asked.name, &workspace)?
    };
    if !chosen.findings.is_empty() {
        findings::print(&chosen.findings, &chosen.root, terminal)?;
        return Ok(Status::Failed);
    }
    let values = parameters(&chosen.pipeline, of_pipeline(&chosen.pipeline, asked.parameters)?)?;
    asked.mode.end(&chosen.pipeline)?;
    let interrupt = stop_flag(&[SIGINT, SIGTERM])?;
    let environment = environment();
    let runs = Runs::of_workspace(&workspace, &environment)?;
    let owner = runs.make_known()?;
    let runs = runs.acting_as(&owner);
    let new = NewRun {
        pipeline: asked.name,
        version: chosen.version,
        origin: match asked.mode {
            Mode::Normal => Origin::Manual,
            Mode::Debug { .. } => Origin::Debug,
        },
        trigger: TriggerFacts::default(),
        parameters: Value::Object(values.clone()),
        parent: None,
        owner: Some(&owner),
    };
    let id = runs.create(&new, Utc::now())?;
    let by_hand = ByHand {
        asked,
        chosen: &chosen,
        runs: &runs,
        owner: &owner,
        id: &id,
        interrupt: interrupt.clone(),
        terminal,
    };
    if !by_hand.wait_in_line()? {
        return Ok(Status::Interrupted);
    }
    let started = Utc::now();
    let execution = Execution {
        name: asked.name,
        pipeline: &chosen.pipeline,
        root: &chosen.root,
        id: &id.0,
        parameters: values,
        trigger: TriggerFacts::default(),
        prior: Prior::default(),
        mode: asked.mode.clone(),
        surroundings: Surroundings {
            workspace: &workspace,
            environment: &environment,
            pipelines: &chosen.pipelines,
            pool: &Pool::default(),
        },
        started,
        interrupt,
    };
    let ended = by_hand.watch(&execution)?;
    Ok(match ended.status {
        RunStatus::Succeeded => Status::Ok,
        RunStatus::Cancelled => Status::Interrupted,
        _ => Status::Failed,
    })
}

/// A run by hand, and who watches it.
struct ByHand<'a> {
    asked: &'a Asked<'a>,
    chosen: &'a Chosen,
    runs: &'a Runs,
    owner: &'a Owner,
    id: &'a RunId,
    interrupt: Interrupt,
    terminal: &'a Terminal,
}

impl ByHand<'_> {
    /// Waits until it may begin, where its pipeline says how many of its runs there may be at a time, and says for whom; returns
    /// whether it is still wanted then.
    fn wait_in_line(&self) -> Result<bool, Error> {
        let (asked, terminal) = (self.asked, self.terminal);
        // A debug run changes nothing: it is no run beside the others.
        let Some(most) = self
            .chosen
            .pipeline
            .concurrency
            .filter(|_| asked.mode == Mode::Normal)
        else {
            return Ok(true);
        };
        let (mut told, mut spinner) = (None, None);
        loop {
            match self
                .runs
                .take_place(self.id, "", (asked.name, most), Utc::now())?
            {
                Admission::Admitted => return Ok(true),
                Admission::Waiting { running } if told != Some(running) => {
                    told = Some(running);
                    let text = waiting(running, &plain(asked.name));
                    if asked.is_json {
                        let line = json!({ "run": self.id.0, "status": "Queued", "running": running });
                        terminal.verbatim(&format!("{line}\n"))?;
                    } else if self.is_live() {
                        spinner.get_or_insert_with(Spinner::new).say(text);
                    } else if !asked.is_quiet {
                        self.dim(&text)?;
                    }
                }
                Admission::Waiting { .. } => {}
            }
            let asked_at = Instant::now();
            while asked_at.elapsed() < ASKING && !self.interrupt.is_set() {
                thread::sleep(POLL);
            }
            if self.interrupt.is_set() || self.owner.is_over() || self.runs.is_cancel_asked(self.id)? {
                self.runs.journal(self.id).write(&Entry::Finished {
                    status: RunStatus::Cancelled,
                    error: Some("cancelled before it began"),
                })?;
                return Ok(false);
            }
        }
    }

    /// Returns whether it is shown as it goes on.
    fn is_live(&self) -> bool {
        let terminal = self.terminal;
        !self.asked.is_quiet && terminal.error_style().color && terminal.style().color
    }

    /// Runs it, and shows it as was asked for.
    fn watch(&self, execution: &Execution<'_>) -> Result<Ended, Error> {
        let (terminal, asked) = (self.terminal, self.asked);
        let began = Instant::now();
        if asked.is_json {
            let mut view = JsonView::new(terminal, &self.id.0);
            let ended = self.run(execution, &mut view)?;
            view.print(&self.summary(&ended, began.elapsed()))?;
            return Ok(ended);
        }
        if !asked.is_quiet {
            let (name, what) = (plain(asked.name), self.chosen.described());
            self.dim(&format!("{name}: {what} as {}", self.id))?;
        }
        let ended = if self.is_live() {
            let mut view = LiveView::new(terminal);
            let ended = self.run(execution, &mut view);
            view.finish();
            ended?
        } else {
            self.run(execution, &mut PlainView::new(terminal, asked.is_quiet))?
        };
        if let Some(found) = &ended.changes {
            changes::print(found, terminal)?;
        }
        self.conclude(&ended, began.elapsed())?;
        Ok(ended)
    }

    /// Runs it, while the store is asked whether someone else wants it stopped.
    fn run(&self, execution: &Execution<'_>, view: &mut dyn View) -> Result<Ended, Error> {
        let store = self.runs.journal(self.id);
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let watcher = thread::Builder::new().name("cancel".to_owned());
            // Without it the run can be stopped here alone.
            let watcher = watcher.spawn_scoped(scope, || {
                while !is_over.load(Ordering::Relaxed) {
                    // Who is taken for dead by others is not to go on beside them.
                    if self.owner.is_over() || self.runs.is_cancel_asked(self.id).unwrap_or(false) {
                        self.interrupt.trigger();
                    }
                    thread::park_timeout(ASKING);
                }
            });
            // Whatever happens, the watcher has to end, or this would wait for it for ever.
            let ended = catch_panic(|| execution.run(&Watched::new(&store, view)));
            is_over.store(true, Ordering::Relaxed);
            if let Ok(watcher) = watcher {
                watcher.thread().unpark();
            }
            ended?
        })
    }

    /// Writes the line of JSON about the whole run.
    fn summary(&self, ended: &Ended, time: Duration) -> Value {
        let mut line = json!({
            "run": self.id.0,
            "pipeline": self.asked.name,
            "version": self.chosen.version,
            "status": ended.status.name(),
            "seconds": time.as_secs_f64(),
            "error": ended.error,
            "outputs": ended.outputs,
        });
        if let (Some(found), Some(line)) = (&ended.changes, line.as_object_mut()) {
            line.insert("changes".to_owned(), changes::json(found));
        }
        line
    }

    /// Says how it ended.
    fn conclude(&self, ended: &Ended, time: Duration) -> Result<(), Error> {
        let (terminal, name) = (self.terminal, plain(self.asked.name));
        if let Some(error) = &ended.error {
            let paint = Paint::new(&terminal.error_style());
            terminal.error(&format!("{}{name}: {}\n", paint.error("error: "), plain(error)));
            let id = self.id;
            terminal.error(&format!(
                "{}`sheaf runs show {id}` shows the run\n",
                paint.hint("hint: ")
            ));
        }
        if self.asked.is_quiet {
            return Ok(());
        }
        let status = ended.status.name().to_lowercase();
        self.dim(&format!("{name}: {status} in {}", cells::time(time)))
    }

    fn dim(&self, line: &str) -> Result<(), Error> {
        let paint = Paint::new(&self.terminal.style());
        self.terminal.out(&format!("{}\n", paint.dim(line)))
    }
}
