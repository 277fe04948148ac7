//! What a schedule asks for: the times that are due, and those that were missed.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::error::Problem as _;
use crate::pipeline::TriggerFacts;
use crate::pipeline::definition::{CatchUp, Pipeline};
use crate::pipeline::expression::{self, Scope};
use crate::pipeline::run;
use crate::schedule::run::Origin;
use crate::schedule::store::{Asked, TriggerName};
use crate::schedule::times::Times;

/// How late a time may be and is still on time: a scheduler that starts again, or has much to do, misses nothing.
const GRACE: TimeDelta = TimeDelta::minutes(1);
/// How many times are taken at once of those that are on time; the next follow at once.
const MOST: usize = 500;

/// What is due of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    /// The times that are run.
    pub(super) times: Vec<DateTime<Utc>>,
    /// No time up to this one is looked at again; none where nothing is due.
    pub(super) through: Option<DateTime<Utc>>,
}

impl Due {
    /// Returns what is due after `through` up to now; of what is caught up, no more than there is `room` for, the earliest first.
    pub(super) fn of(
        times: &Times,
        (catch_up, room): (CatchUp, usize),
        through: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        // Where the clock was put back, what came since has its run, and gets no other.
        let was_put_back = through > now;
        let through = through.min(now);
        let on_time = now - GRACE;
        let most = match catch_up {
            CatchUp::All if room == 0 => {
                // Whatever is due stays so.
                return Self {
                    times: Vec::new(),
                    through: None,
                };
            }
            CatchUp::All => room,
            CatchUp::None | CatchUp::Latest => MOST,
        };
        let mut due: Vec<_> = match catch_up {
            CatchUp::All => times.between(through, now).take(most).collect(),
            CatchUp::None => times.between(through.max(on_time), now).take(most).collect(),
            CatchUp::Latest => {
                let recent: Vec<_> = times.between(through.max(on_time), now).take(most).collect();
                if recent.is_empty() {
                    times.latest(through, now).into_iter().collect()
                } else {
                    recent
                }
            }
        };
        let reached = if due.len() == most {
            due.last().copied()
        } else {
            None
        };
        // What was missed and is not run does not come again, when the trigger's definition changes.
        let passed = due.is_empty() && times.after(through).is_some_and(|next| next <= now);
        due.dedup();
        Self {
            through: (was_put_back || passed || !due.is_empty()).then(|| reached.unwrap_or(now)),
            times: due,
        }
    }
}

/// Returns what no two runs of a trigger have: its time.
pub(in crate::schedule) fn occasion(trigger: &TriggerName, time: DateTime<Utc>) -> String {
    format!("{trigger}@{}", time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Returns the run that a trigger asks for.
pub(in crate::schedule) fn asked(
    pipeline: (&str, &Pipeline),
    given: impl IntoIterator<Item = (String, Value)>,
    facts: TriggerFacts,
    origin: Origin,
    now: DateTime<Utc>,
) -> Asked {
    let (name, pipeline) = pipeline;
    let given: Map<String, Value> = given.into_iter().collect();
    Asked {
        pipeline: name.to_owned(),
        origin,
        parameters: parameters(name, pipeline, given, &facts, now),
        occasion: None,
        batch: None,
        facts,
    }
}

/// Returns the parameters that a trigger gives, with the values of their expressions; or why there are none.
fn parameters(
    name: &str,
    pipeline: &Pipeline,
    given: Map<String, Value>,
    facts: &TriggerFacts,
    now: DateTime<Utc>,
) -> Result<Value, String> {
    let said = |error: String, hint: Option<String>| match hint {
        Some(hint) => format!("the parameters of the trigger: {error}\n{hint}"),
        None => format!("the parameters of the trigger: {error}"),
    };
    // The same for whoever asks later: not the time at which it is looked.
    let time = facts.scheduled_time.or(facts.window_end).unwrap_or(now);
    let scope = Scope {
        trigger: facts.clone(),
        run: json!({
            "pipeline": name,
            "started": time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            "trigger": facts.name,
        }),
        ..Scope::default()
    };
    let given = match expression::resolve(&Value::Object(given), &scope) {
        Ok(Value::Object(given)) => given,
        Ok(_) => Map::new(),
        Err(error) => return Err(said(error.to_string(), error.hint())),
    };
    let values = run::parameters(pipeline, given);
    values
        .map(Value::Object)
        .map_err(|error| said(error.to_string(), error.hint()))
}
