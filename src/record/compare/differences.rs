//! Finding what differs in the results of a cell, and how near they are.

use std::collections::BTreeSet;

use super::agreement::Agreement;
use super::difference::{Change, Difference, diff};
use super::plot::PlotDifference;
use super::table::TableDifference;
use super::values::values;
use super::{Cause, RunPair};
use crate::record::output::Table;
use crate::record::record::{Bound, RecordedCell};
use crate::record::value::Value;

impl RunPair<'_> {
    /// Compares the results of a cell.
    pub(super) fn differences(
        &self,
        before: &RecordedCell,
        after: &RecordedCell,
        causes: &[Cause],
    ) -> (Agreement, Vec<Difference>) {
        let mut found = Vec::new();
        let mut agreement = Agreement::Same;
        if before.status != after.status {
            agreement = Agreement::Differs;
            found.push(Difference::Status {
                recorded: before.status,
                now: after.status,
            });
            return (agreement, found);
        }
        // What is decided by inputs within the tolerance alone, and cannot be looked into, is within it.
        let follows_closely = causes.iter().all(|cause| match cause {
            Cause::Follows { name, .. } => self.is_close(before, after, name),
            Cause::Source
            | Cause::Read { .. }
            | Cause::Sheaf { .. }
            | Cause::Engine { .. }
            | Cause::Machine { .. }
            | Cause::Secrets(_)
            | Cause::Outside(_)
            | Cause::Ended
            | Cause::NoResult(_)
            | Cause::Unexplained => false,
        }) && !causes.is_empty();
        let names: BTreeSet<&String> = before.bindings.keys().chain(after.bindings.keys()).collect();
        for name in names {
            let (near, change) = match (before.bindings.get(name), after.bindings.get(name)) {
                (Some(recorded), Some(now)) => self.binding(recorded, now),
                (Some(recorded), None) => (
                    Agreement::Differs,
                    Some(Change::Unbound {
                        recorded: recorded.summary.clone(),
                    }),
                ),
                (None, Some(now)) => (
                    Agreement::Differs,
                    Some(Change::Bound {
                        now: now.summary.clone(),
                    }),
                ),
                (None, None) => (Agreement::Same, None),
            };
            match change {
                Some(Change::Unknown { .. })
                    if follows_closely && after.bindings.get(name).is_some_and(|now| now.value.is_none()) =>
                {
                    agreement = agreement.and(Agreement::Close(0.0));
                }
                Some(change) => {
                    agreement = agreement.and(near);
                    found.push(Difference::Binding {
                        name: name.clone(),
                        change,
                    });
                }
                None => agreement = agreement.and(near),
            }
        }
        let outputs = self.outputs(&before.outputs, &after.outputs);
        if outputs == Agreement::Differs {
            let shown = self.output_changes(&before.outputs, &after.outputs);
            // Where values differ, what they look like tells nothing more, but for plots of something else.
            let is_new = |one: &Difference| {
                let is_told =
                    |plot: &PlotDifference| found.iter().any(|other| self::plot(other) == Some(plot));
                found.is_empty() || plot(one).is_some_and(|plot| !is_told(plot))
            };
            let new: Vec<Difference> = shown.into_iter().filter(is_new).collect();
            found.extend(new);
        }
        agreement = agreement.and(outputs);
        // A file of values within the tolerance has other bytes; one that something else has changed is another.
        let is_own = |cause: &Cause| matches!(cause, Cause::Source | Cause::Read { .. });
        let is_near = matches!(agreement, Agreement::Close(_)) || follows_closely;
        let is_excused = is_near && !causes.iter().any(is_own);
        let mut written = written(before, after);
        written.retain(|file| {
            let has_both = matches!(
                file,
                Difference::Written {
                    recorded: Some(_),
                    now: Some(_)
                }
            );
            !(is_excused && has_both)
        });
        agreement = agreement.and(Agreement::when(written.is_empty()));
        found.extend(written);
        (agreement, found)
    }

    /// Returns whether an input is within the tolerance of the recorded one.
    fn is_close(&self, before: &RecordedCell, after: &RecordedCell, name: &str) -> bool {
        let recorded = before.inputs.get(name);
        let recorded = recorded.and_then(|digest| self.recorded_makers.value(name, digest));
        let now = after.inputs.get(name);
        let now = now.and_then(|digest| self.makers.value(name, digest));
        match (recorded, now) {
            (Some(recorded), Some(now)) => self.binding(recorded, now).0 != Agreement::Differs,
            _ => false,
        }
    }

    fn binding(&self, recorded: &Bound, now: &Bound) -> (Agreement, Option<Change>) {
        if recorded.digest == now.digest {
            return (Agreement::Same, None);
        }
        let differs = |change: Change| (Agreement::Differs, Some(change));
        let in_words = || Change::Value {
            recorded: format!("{} {}", recorded.kind, recorded.summary),
            now: format!("{} {}", now.kind, now.summary),
        };
        if recorded.kind != now.kind {
            return differs(in_words());
        }
        if let (Some(table @ Value::Table { .. }), Some(other @ Value::Table { .. })) =
            (&recorded.value, &now.value)
        {
            return match self.tables(table, other) {
                Some(difference) => match difference.agreement() {
                    Agreement::Differs => differs(Change::Table(difference)),
                    near => (near, None),
                },
                None => differs(unknown(recorded, now)),
            };
        }
        let (Some(value), Some(other)) = (&recorded.value, &now.value) else {
            return differs(unknown(recorded, now));
        };
        if let (Value::Plot(value), Value::Plot(other)) = (value, other) {
            let difference = PlotDifference::of(value, other, self.tolerance);
            return match difference.agreement() {
                Agreement::Differs => differs(Change::Plot(difference)),
                near => (near.and(Agreement::Close(0.0)), None),
            };
        }
        match values(value, other, self.tolerance) {
            // They are not identical: their digests differ.
            near @ (Agreement::Same | Agreement::Close(_)) => (near.and(Agreement::Close(0.0)), None),
            Agreement::Differs => differs(match (value, other) {
                (Value::Written { text, .. }, Value::Written { text: now, .. }) => Change::Text {
                    diff: diff(text, now),
                },
                (Value::Text(text), Value::Text(now)) if text.contains('\n') || now.contains('\n') => {
                    Change::Text {
                        diff: diff(text, now),
                    }
                }
                _ if recorded.summary != now.summary => Change::Value {
                    recorded: recorded.summary.clone(),
                    now: now.summary.clone(),
                },
                _ => unknown(recorded, now),
            }),
        }
    }

    /// Compares two tables, as far as they are available.
    fn tables(&self, recorded: &Value, now: &Value) -> Option<TableDifference> {
        let (
            Value::Table { digest, table, .. },
            Value::Table {
                digest: digest_now,
                table: table_now,
                ..
            },
        ) = (recorded, now)
        else {
            return None;
        };
        let (frame, frame_now) = ((self.tables)(digest), (self.tables)(digest_now));
        if let (Some(frame), Some(frame_now)) = (&frame, &frame_now) {
            return Some(TableDifference::of(frame, frame_now, self.tolerance));
        }
        let table = table.clone().or_else(|| frame.as_ref().map(Table::whole))?;
        let table_now = table_now
            .clone()
            .or_else(|| frame_now.as_ref().map(Table::whole))?;
        Some(TableDifference::of_texts(&table, &table_now, self.tolerance))
    }
}

/// Returns how a plot differs, where it is one.
fn plot(difference: &Difference) -> Option<&PlotDifference> {
    match difference {
        Difference::Output {
            change: Change::Plot(plot),
            ..
        }
        | Difference::Binding {
            change: Change::Plot(plot),
            ..
        } => Some(plot),
        _ => None,
    }
}

fn unknown(recorded: &Bound, now: &Bound) -> Change {
    let differs = |name: &str, dtype: &str, digest| {
        !recorded.columns.iter().any(|(other, other_type, other_digest)| {
            other == name && other_type == dtype && other_digest == digest
        })
    };
    Change::Unknown {
        recorded: recorded.summary.clone(),
        now: now.summary.clone(),
        columns: now
            .columns
            .iter()
            .filter(|(name, dtype, digest)| differs(name, dtype, digest))
            .map(|(name, ..)| name.clone())
            .collect(),
    }
}

/// Finds the files that a cell wrote otherwise.
fn written(before: &RecordedCell, after: &RecordedCell) -> Vec<Difference> {
    let paths: BTreeSet<&String> = before
        .writes
        .iter()
        .chain(&after.writes)
        .map(|file| &file.path)
        .collect();
    let of = |cell: &RecordedCell, path: &String| cell.writes.iter().find(|file| file.path == *path).cloned();
    paths
        .into_iter()
        .map(|path| (of(before, path), of(after, path)))
        .filter(|(recorded, now)| recorded != now)
        .map(|(recorded, now)| Difference::Written { recorded, now })
        .collect()
}
