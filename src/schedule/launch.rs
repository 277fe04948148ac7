//! [`PipelineLauncher`]: runs what is published in a workspace, each run on a thread of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::scheduler::{Alerting, Launcher, Plan, Sending, Task};
use crate::database::Pool;
use crate::error::Error;
use crate::job::Environment;
use crate::pipeline::definition::{Definitions, Pipeline};
use crate::pipeline::published::Published;
use crate::pipeline::run::{Execution, Mode, Notice, Prior, Surroundings};
use crate::work::{Interrupt, catch_panic};
use crate::workspace::Workspace;

/// The stack of a run, in bytes; only what is used costs memory.
const STACK: usize = 16 << 20;
/// How many versions are kept in memory.
const KEPT: usize = 4;
/// How long it may take to tell someone of a run.
const TELLING: Duration = Duration::from_mins(10);

/// Runs what is published in a workspace, each run on a thread of its own.
#[derive(Debug)]
pub struct PipelineLauncher {
    surroundings: Arc<Around>,
    published: Published,
    /// The versions that were read last.
    latest: Mutex<BTreeMap<u32, Arc<Plan>>>,
}

/// What is around each run.
#[derive(Debug)]
struct Around {
    workspace: Workspace,
    environment: Environment,
    pool: Pool,
}

impl Around {
    fn of_run<'a>(&'a self, pipelines: &'a BTreeMap<String, Pipeline>) -> Surroundings<'a> {
        Surroundings {
            workspace: &self.workspace,
            environment: &self.environment,
            pipelines,
            pool: &self.pool,
        }
    }
}

impl PipelineLauncher {
    /// Runs what is published in `workspace`.
    pub fn new(workspace: Workspace, environment: Environment) -> Self {
        Self {
            published: Published::open(&workspace),
            surroundings: Arc::new(Around {
                workspace,
                environment,
                pool: Pool::default(),
            }),
            latest: Mutex::default(),
        }
    }

    /// Returns a version, which is read once as long as few others are asked for.
    fn read(&self, number: u32) -> Result<Arc<Plan>, Error> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = latest.get(&number) {
            return Ok(Arc::clone(plan));
        }
        let plan = Arc::new(Plan {
            version: Some(number),
            root: self.published.folder(number)?,
            pipelines: readable(&self.published.definitions(number)?),
        });
        while latest.len() >= KEPT {
            latest.pop_first();
        }
        latest.insert(number, Arc::clone(&plan));
        Ok(plan)
    }
}

/// Returns the pipelines whose definitions can be read.
fn readable(definitions: &Definitions) -> BTreeMap<String, Pipeline> {
    let pipelines = definitions.names().filter_map(|name| {
        let pipeline = definitions.get(name).ok()?;
        Some((name.to_owned(), pipeline.clone()))
    });
    pipelines.collect()
}

impl Launcher for PipelineLauncher {
    fn current(&self) -> Result<Option<Arc<Plan>>, Error> {
        let newest = self.published.newest()?;
        newest.map(|number| self.read(number)).transpose()
    }

    fn version(&self, number: u32) -> Result<Arc<Plan>, Error> {
        self.read(number)
    }

    fn drafts(&self) -> Result<Arc<Plan>, Error> {
        let workspace = &self.surroundings.workspace;
        Ok(Arc::new(Plan {
            version: None,
            root: workspace.root().to_owned(),
            pipelines: readable(&Definitions::read(workspace)?),
        }))
    }

    fn start(&self, task: Task) {
        let around = Arc::clone(&self.surroundings);
        // Where there is no thread for it, the task is dropped, and the run has failed.
        let begun = thread::Builder::new()
            .name("run".to_owned())
            .stack_size(STACK)
            .spawn(move || run(task, &around));
        if let Err(error) = begun {
            tracing::error!(%error, "no thread could be started for a run");
        }
    }

    fn alert(&self, plan: &Arc<Plan>, alerting: Alerting, sending: Sending) {
        let around = Arc::clone(&self.surroundings);
        let plan = Arc::clone(plan);
        let begun = thread::Builder::new()
            .name("alert".to_owned())
            .stack_size(STACK)
            .spawn(move || {
                let told = catch_panic(|| tell(&alerting, &plan, &around));
                match told.unwrap_or_else(|panic| Err(panic.to_string())) {
                    Ok(()) => sending.sent(),
                    Err(reason) => sending.failed(&reason),
                }
            });
        if let Err(error) = begun {
            tracing::error!(%error, "no thread could be started for an alert");
        }
    }
}

/// Runs a run to its end.
fn run(mut task: Task, around: &Around) {
    let journal = task.journal();
    let mut prior = Prior::default();
    for carried in &task.before.carried {
        prior.add_load(&carried.path, &carried.load);
        prior.add_input(&carried.path, &carried.input);
    }
    for activity in &task.before.prior {
        prior.add(
            &activity.path,
            activity.status,
            activity.output.clone(),
            activity.error.clone(),
        );
        prior.add_attempts(&activity.path, activity.attempts);
        if activity.attempts > 0 {
            prior.add_input(&activity.path, &activity.input);
        }
    }
    for (path, attempts) in &task.before.broken_off {
        prior.excuse(path, *attempts);
    }
    for series in &task.before.series {
        prior.add_series(&series.path, series.since, series.is_open);
    }
    let parameters = match &task.run.parameters {
        Value::Object(parameters) => parameters.clone(),
        _ => Map::new(),
    };
    let plan = Arc::clone(&task.plan);
    let execution = Execution {
        name: &task.run.pipeline,
        pipeline: &task.pipeline,
        root: &plan.root,
        id: &task.run.id.0,
        parameters,
        trigger: task.run.trigger.clone(),
        prior,
        mode: Mode::Normal,
        surroundings: around.of_run(&plan.pipelines),
        started: task.started(),
        interrupt: task.interrupt.clone(),
    };
    let ended = catch_panic(|| execution.run(&journal));
    drop(execution);
    match ended {
        Ok(Ok(ended)) => tracing::info!(run = %task.run.id, status = %ended.status, "run finished"),
        Ok(Err(error)) => task.fail(&error),
        Err(panic) => task.fail(&panic.into()),
    }
}

/// Tells someone of a run.
fn tell(alerting: &Alerting, plan: &Plan, around: &Around) -> Result<(), String> {
    let run = &alerting.run;
    let time =
        |time: Option<DateTime<Utc>>| time.map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    let facts = json!({
        "id": run.id,
        "pipeline": run.pipeline,
        "version": run.version,
        "status": run.status.name(),
        "error": run.error,
        "queued": time(Some(run.queued_at)),
        "started": time(run.started_at).or_else(|| time(Some(run.queued_at))),
        "ended": time(run.ended_at),
        "trigger": run.trigger.name,
    });
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let root: &PathBuf = &plan.root;
    let notice = Notice {
        alert: &alerting.alert,
        pipeline: &run.pipeline,
        id: &run.id.0,
        root,
        facts: object(&facts),
        parameters: object(&run.parameters),
        trigger: run.trigger.clone(),
        surroundings: around.of_run(&plan.pipelines),
    };
    let deadline = Instant::now().checked_add(TELLING);
    let interrupt = Interrupt::default();
    notice.send(&deadline.map_or_else(|| interrupt.clone(), |deadline| interrupt.until(deadline)))
}
