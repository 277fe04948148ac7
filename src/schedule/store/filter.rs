//! A [`RunFilter`] as a condition of SQL.

use rusqlite::types::Value;

use super::runs::stored;
use crate::schedule::run::RunFilter;

/// A condition with the values of its parameters.
pub(super) struct Condition {
    /// What stands behind `WHERE`.
    pub(super) sql: String,
    /// The values of its question marks.
    pub(super) values: Vec<Value>,
}

impl Condition {
    /// Returns the condition that the runs of a filter fulfil, but for how many are wanted.
    pub(super) fn of(filter: &RunFilter) -> Self {
        let mut condition = Self {
            sql: "1".to_owned(),
            values: Vec::new(),
        };
        if !filter.statuses.is_empty() {
            let marks = vec!["?"; filter.statuses.len()].join(", ");
            let names = filter
                .statuses
                .iter()
                .map(|status| status.name().to_owned().into());
            condition.values.extend(names);
            condition.sql += &format!(" AND status IN ({marks})");
        }
        if let Some(pipeline) = &filter.pipeline {
            condition.and("pipeline = ?", pipeline.clone());
        }
        if let Some(trigger) = &filter.trigger {
            condition.and("trigger_name = ?", trigger.clone());
        }
        if let Some(since) = filter.since {
            condition.and("queued_at >= ?", stored(since));
        }
        if let Some(until) = filter.until {
            condition.and("queued_at < ?", stored(until));
        }
        if let Some(before) = &filter.before {
            condition.and("id < ?", before.0.clone());
        }
        condition
    }

    fn and(&mut self, sql: &str, value: impl Into<Value>) {
        self.sql += " AND ";
        self.sql += sql;
        self.values.push(value.into());
    }
}
