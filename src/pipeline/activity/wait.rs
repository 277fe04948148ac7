//! [`Wait`]: waits.

use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::PerformContext;
use super::error::ActivityError;
use super::perform::Perform;
use super::uses::Uses;
use crate::pipeline::text::Text;

/// How often it looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(50);

/// Waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// How long: `30s`, or an expression; a number is seconds.
    #[serde(rename = "for")]
    pub duration: Text,
}

impl Perform for Wait {
    fn kind(&self) -> &'static str {
        "Wait"
    }

    fn uses(&self) -> Uses<'_> {
        Uses::default().text("for", &self.duration)
    }

    fn perform(&self, context: &PerformContext<'_>) -> Result<Value, ActivityError> {
        let value = self.duration.value(context.scope())?;
        let duration = length(&value).ok_or_else(|| ActivityError::Value {
            field: "for".to_owned(),
            found: value.to_string(),
            expected: "a length of time, such as \"30s\", or a number of seconds",
        })?;
        let began = Instant::now();
        while let Some(left) = duration
            .checked_sub(began.elapsed())
            .filter(|left| !left.is_zero())
        {
            context.check()?;
            thread::sleep(left.min(POLL));
        }
        Ok(json!({ "waited": humantime::format_duration(duration).to_string() }))
    }
}

/// Reads a length of time: as definitions write it, or a number of seconds.
fn length(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::String(text) => match humantime::parse_duration(text.trim()) {
            Ok(duration) => return Some(duration),
            Err(_) => text.trim().parse::<f64>().ok()?,
        },
        Value::Number(number) => number.as_f64()?,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_written_or_a_number_of_seconds() {
        for (value, expected) in [
            (json!("1m 30s"), Some(90.0)),
            (json!(2), Some(2.0)),
            (json!(0.5), Some(0.5)),
            (json!("7"), Some(7.0)),
            (json!(-1), None),
            (json!("soon"), None),
            (json!(1e300), None),
            (json!(null), None),
        ] {
            let length = length(&value).map(|length| length.as_secs_f64());
            assert_eq!(length, expected, "{value}");
        }
    }
}
