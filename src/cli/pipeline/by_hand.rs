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
use super::live_view::LiveView;
use super::plain_view::PlainView;
use super::view::{View, Watched};
use crate::cli::environment::environment;
use crate::cli::stop_flag;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::{Status, current_workspace};
use crate::pipeline::run::{Ended, Execution, Mode, Prior, Surroundings, parameters};
use crate::pipeline::{RunStatus, TriggerFacts};
use crate::render::{Paint, cells, plain};
use crate::repl::Screen as _;
use crate::schedule::{NewRun, Origin, Owner, RunId, Runs};
use crate::work::Interrupt;

/// How often the store is asked whether someone wants the run stopped.
const ASKING: Duration = Duration::from_millis(500);

/// What a person asks for.
pub(super) struct Asked<'a> {
    pub(super) name: &'a str,
    pub(super) parameters: &'a [(String, String)],
    /// Whether the draft runs, also where something is published.
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
    let values = parameters(&chosen.pipeline, chosen.parameters(asked.parameters)?)?;
    let interrupt = stop_flag(&[SIGINT, SIGTERM])?;
    let runs = Runs::open(&workspace.create_private_dir()?.join(Runs::FILE))?;
    let owner = Owner::new(&runs.owners())?;
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
    let started = Utc::now();
    let id = runs.create(&new, started)?;
    let environment = environment();
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
        },
        started,
        interrupt: interrupt.clone(),
    };
    let by_hand = ByHand {
        asked,
        chosen: &chosen,
        runs: &runs,
        id: &id,
        interrupt,
        terminal,
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
    id: &'a RunId,
    interrupt: Interrupt,
    terminal: &'a Terminal,
}

impl ByHand<'_> {
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
            self.dim(&format!("{name}: {what}, as {}", self.id))?;
        }
        let is_live = !asked.is_quiet && terminal.error_style().color && terminal.style().color;
        let ended = if is_live {
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
                    if self.runs.is_cancel_asked(self.id).unwrap_or(false) {
                        self.interrupt.trigger();
                    }
                    thread::park_timeout(ASKING);
                }
            });
            let ended = execution.run(&Watched::new(&store, view));
            is_over.store(true, Ordering::Relaxed);
            if let Ok(watcher) = watcher {
                watcher.thread().unpark();
            }
            ended
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
