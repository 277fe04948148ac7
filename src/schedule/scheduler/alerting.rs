//! Telling those who are to be told of runs, each once for each run and occasion.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::launcher::{Alerting, Launcher};
use super::plan::Plan;
use super::sending::Sending;
use super::windowing::earliest;
use crate::error::Error;
use crate::pipeline::RunStatus;
use crate::pipeline::definition::{Occasion, Pipeline};
use crate::schedule::run::{Origin, RunRow};
use crate::schedule::store::Runs;

/// How long after its end someone is still told of a run.
const NEWS: TimeDelta = TimeDelta::days(1);

/// An alert that a run asks for.
#[derive(Debug, Clone, PartialEq)]
struct Wanted {
    /// Which of the pipeline's, counted from 0.
    number: u32,
    /// Why.
    occasion: Occasion,
}

impl Wanted {
    /// Returns the occasion as it is kept.
    fn key(&self) -> (u32, String) {
        let occasion = match self.occasion {
            Occasion::Failed => "Failed".to_owned(),
            Occasion::Succeeded => "Succeeded".to_owned(),
            Occasion::LongerThan(span) => format!("LongerThan({span})"),
        };
        (self.number, occasion)
    }
}

/// Returns the alerts that a run asks for by now, and when it may ask for a further one.
fn wanted(run: &RunRow, pipeline: &Pipeline, now: DateTime<Utc>) -> (Vec<Wanted>, Option<DateTime<Utc>>) {
    let mut wanted = Vec::new();
    let mut next: Option<DateTime<Utc>> = None;
    for (alert, number) in pipeline.alerts.iter().zip(0..) {
        for occasion in &alert.on {
            let is_now = match occasion {
                Occasion::Failed => matches!(run.status, RunStatus::Failed | RunStatus::Interrupted),
                Occasion::Succeeded => run.status == RunStatus::Succeeded,
                Occasion::LongerThan(span) => {
                    let span = TimeDelta::from_std(span.0).ok();
                    let Some(late) = run
                        .started_at
                        .zip(span)
                        .and_then(|(start, span)| start.checked_add_signed(span))
                    else {
                        continue;
                    };
                    if !run.status.is_final() && late >= now {
                        next = Some(next.map_or(late, |next| next.min(late)));
                    }
                    run.ended_at.unwrap_or(now) > late
                }
            };
            if is_now {
                wanted.push(Wanted {
                    number,
                    occasion: *occasion,
                });
            }
        }
    }
    (wanted, next)
}

/// Tells those who are to be told of runs, and returns when there may be more to tell.
///
/// # Errors
///
/// The store cannot be used: no one is told then.
pub(super) fn tell(
    runs: &Runs,
    launcher: &dyn Launcher,
    plan: &Arc<Plan>,
    owner: &str,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let mut next = None;
    let (mut to_tell, mut alerts) = (Vec::new(), Vec::new());
    for run in runs.to_tell(now - NEWS)? {
        let pipeline = plan
            .pipelines
            .get(&run.pipeline)
            .filter(|_| run.origin != Origin::Debug);
        let (wanted, later) = pipeline.map_or((Vec::new(), None), |pipeline| wanted(&run, pipeline, now));
        next = earliest(next, later);
        let keys: Vec<_> = wanted.iter().map(Wanted::key).collect();
        if !run.status.is_final() && runs.were_told(&run.id, &keys)? {
            continue;
        }
        to_tell.push((run, keys));
        alerts.push((pipeline, wanted));
    }
    if to_tell.is_empty() {
        return Ok(next);
    }
    let told = runs.tell(&to_tell, owner, now)?;
    for (((run, _), (pipeline, wanted)), new) in to_tell.into_iter().zip(alerts).zip(told) {
        for wanted in wanted {
            let key = wanted.key();
            let alert = pipeline.and_then(|pipeline| pipeline.alerts.get(wanted.number as usize));
            let Some(alert) = alert.filter(|_| new.contains(&key)) else {
                continue;
            };
            let sending = Sending::new(runs.clone(), run.id.clone(), key);
            let alerting = Alerting {
                run: run.clone(),
                number: wanted.number,
                alert: alert.clone(),
                occasion: wanted.occasion,
            };
            launcher.alert(plan, alerting, sending);
        }
    }
    Ok(next)
}
