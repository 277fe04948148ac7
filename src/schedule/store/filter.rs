//! A [`RunFilter`] as a condition of SQL.

use super::runs::stored;
use super::value::Bind;
use crate::database::Bound;
use crate::schedule::run::RunFilter;

/// A condition with the values of its parameters.
pub(super) struct Condition {
    /// What stands behind `WHERE`.
    pub(super) sql: String,
    /// The values of its marks.
    pub(super) values: Vec<Bound>,
}

impl Condition {
    /// Returns the condition that the runs of a filter fulfil, but for how many are wanted.
    pub(super) fn of(filter: &RunFilter) -> Self {
        let mut condition = Self {
            sql: "1 = 1".to_owned(),
            values: Vec::new(),
        };
        if !filter.statuses.is_empty() {
            let marks: Vec<String> = filter
                .statuses
                .iter()
                .map(|status| condition.mark(status.name()))
                .collect();
            condition.sql += &format!(" AND status IN ({})", marks.join(", "));
        }
        if let Some(pipeline) = &filter.pipeline {
            condition.and("pipeline =", pipeline);
        }
        if let Some(trigger) = &filter.trigger {
            condition.and("trigger_name =", trigger);
        }
        if let Some(since) = filter.since {
            condition.and("queued_at >=", &stored(since));
        }
        if let Some(until) = filter.until {
            condition.and("queued_at <", &stored(until));
        }
        if let Some(before) = &filter.before {
            condition.and("id <", &before.0);
        }
        condition
    }

    fn and(&mut self, compared: &str, value: &impl Bind) {
        let mark = self.mark(value);
        self.sql += &format!(" AND {compared} {mark}");
    }

    /// Takes a value, and returns its mark.
    pub(super) fn mark(&mut self, value: impl Bind) -> String {
        self.values.push(value.bound());
        format!("?{}", self.values.len())
    }
}
