//! What differs in the results of a cell: [`Difference`].

use std::collections::BTreeSet;

use similar::TextDiff;

use super::closeness::Closeness;
use super::plot::PlotDifference;
use super::table::TableDifference;
use super::{Both, Cause};
use crate::record::output::{Shown, Table, Text};
use crate::record::record::{Bound, FileFact, RecordedCell, Status};
use crate::record::value::Value;
use crate::render::Style;

/// Something in the results of a cell that is not as it was recorded.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// The cell ended otherwise.
    Status {
        /// How it ended then.
        recorded: Status,
        /// How it ended now.
        now: Status,
    },
    /// A value that the cell binds.
    Binding {
        /// Its name.
        name: String,
        /// How it differs.
        change: Change,
    },
    /// A file that the cell writes.
    Written {
        /// The file as it was; none where it was not written.
        recorded: Option<FileFact>,
        /// The file as it is.
        now: Option<FileFact>,
    },
    /// What it gave `dbutils.notebook.exit`.
    Exit {
        /// The value then.
        recorded: Option<String>,
        /// The value now.
        now: Option<String>,
    },
    /// Something that the cell shows.
    Output {
        /// What a person calls it: `output`, or `output 2` where there are several.
        name: String,
        /// How it differs.
        change: Change,
    },
}

/// How a bound value differs.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The name was not bound.
    Bound {
        /// What it is now.
        now: String,
    },
    /// The name is no longer bound.
    Unbound {
        /// What it was.
        recorded: String,
    },
    /// It is another value, each in one line.
    Value {
        /// What it was.
        recorded: String,
        /// What it is now.
        now: String,
    },
    /// It is another text: a unified diff of its lines, without its header.
    Text {
        /// The diff.
        diff: String,
    },
    /// It is another table.
    Table(TableDifference),
    /// It is another plot.
    Plot(PlotDifference),
    /// It is another table or value, and the recorded one is no longer available.
    Unknown {
        /// What it was, in one line.
        recorded: String,
        /// What it is now.
        now: String,
        /// The columns that differ.
        columns: Vec<String>,
    },
}

impl Both<'_> {
    /// Compares the results of a cell.
    pub(super) fn differences(
        &self,
        before: &RecordedCell,
        after: &RecordedCell,
        causes: &[Cause],
    ) -> (Closeness, Vec<Difference>) {
        let mut found = Vec::new();
        let mut closeness = Closeness::Same;
        if before.status != after.status {
            closeness = Closeness::Apart;
            found.push(Difference::Status {
                recorded: before.status,
                now: after.status,
            });
            return (closeness, found);
        }
        // What is decided by inputs within the tolerance alone, and cannot be looked into, is within it.
        let follows_closely = causes.iter().all(|cause| match cause {
            Cause::Follows { name, .. } => self.is_close(before, after, name),
            Cause::Source
            | Cause::Read { .. }
            | Cause::Sheaf { .. }
            | Cause::Engine { .. }
            | Cause::Machine { .. }
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
                    Closeness::Apart,
                    Some(Change::Unbound {
                        recorded: recorded.summary.clone(),
                    }),
                ),
                (None, Some(now)) => (
                    Closeness::Apart,
                    Some(Change::Bound {
                        now: now.summary.clone(),
                    }),
                ),
                (None, None) => (Closeness::Same, None),
            };
            match change {
                Some(Change::Unknown { .. })
                    if follows_closely && after.bindings.get(name).is_some_and(|now| now.value.is_none()) =>
                {
                    closeness = closeness.and(Closeness::Close(0.0));
                }
                Some(change) => {
                    closeness = closeness.and(near);
                    found.push(Difference::Binding {
                        name: name.clone(),
                        change,
                    });
                }
                None => closeness = closeness.and(near),
            }
        }
        let outputs = self.outputs(&before.outputs, &after.outputs);
        if outputs == Closeness::Apart {
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
        closeness = closeness.and(outputs);
        // A file of values within the tolerance has other bytes; one that something else has changed is another.
        let is_own = |cause: &Cause| matches!(cause, Cause::Source | Cause::Read { .. });
        let is_near = matches!(closeness, Closeness::Close(_)) || follows_closely;
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
        closeness = closeness.and(Closeness::when(written.is_empty()));
        found.extend(written);
        (closeness, found)
    }

    /// Returns whether an input is within the tolerance of the recorded one.
    fn is_close(&self, before: &RecordedCell, after: &RecordedCell, name: &str) -> bool {
        let recorded = before.inputs.get(name);
        let recorded = recorded.and_then(|digest| self.recorded_makers.value(name, digest));
        let now = after.inputs.get(name);
        let now = now.and_then(|digest| self.makers.value(name, digest));
        match (recorded, now) {
            (Some(recorded), Some(now)) => self.binding(recorded, now).0 != Closeness::Apart,
            _ => false,
        }
    }

    fn binding(&self, recorded: &Bound, now: &Bound) -> (Closeness, Option<Change>) {
        if recorded.digest == now.digest {
            return (Closeness::Same, None);
        }
        let apart = |change: Change| (Closeness::Apart, Some(change));
        let in_words = || Change::Value {
            recorded: format!("{} {}", recorded.kind, recorded.summary),
            now: format!("{} {}", now.kind, now.summary),
        };
        if recorded.kind != now.kind {
            return apart(in_words());
        }
        if let (Some(table @ Value::Table { .. }), Some(other @ Value::Table { .. })) =
            (&recorded.value, &now.value)
        {
            return match self.tables(table, other) {
                Some(difference) => match difference.closeness() {
                    Closeness::Apart => apart(Change::Table(difference)),
                    near => (near, None),
                },
                None => apart(unknown(recorded, now)),
            };
        }
        let (Some(value), Some(other)) = (&recorded.value, &now.value) else {
            return apart(unknown(recorded, now));
        };
        if let (Value::Plot(value), Value::Plot(other)) = (value, other) {
            let difference = PlotDifference::of(value, other, self.tolerance);
            return match difference.closeness() {
                Closeness::Apart => apart(Change::Plot(difference)),
                near => (near.and(Closeness::Close(0.0)), None),
            };
        }
        match Closeness::of_values(value, other, self.tolerance) {
            // They are not identical: their digests differ.
            near @ (Closeness::Same | Closeness::Close(_)) => (near.and(Closeness::Close(0.0)), None),
            Closeness::Apart => apart(match (value, other) {
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

    /// Describes how what is shown differs.
    fn output_changes(&self, recorded: &[Shown], now: &[Shown]) -> Vec<Difference> {
        if recorded.len() != now.len() {
            return vec![Difference::Output {
                name: "output".to_owned(),
                change: Change::Text {
                    diff: diff(&page(recorded), &page(now)),
                },
            }];
        }
        let pairs = recorded.iter().zip(now).enumerate();
        let apart = pairs.filter(|(_, (one, other))| self.shown(one, other) == Closeness::Apart);
        apart
            .map(|(place, (one, other))| Difference::Output {
                name: if now.len() == 1 {
                    "output".to_owned()
                } else {
                    format!("output {}", place + 1)
                },
                change: self.output_change(one, other),
            })
            .collect()
    }

    fn output_change(&self, recorded: &Shown, now: &Shown) -> Change {
        match (recorded, now) {
            (Shown::Plot(one), Shown::Plot(other)) => {
                return Change::Plot(PlotDifference::of(one, other, self.tolerance));
            }
            (Shown::Frame(one), Shown::Frame(other)) | (Shown::Series(one), Shown::Series(other)) => {
                if let Some(difference) = self.shown_tables(one, other) {
                    return Change::Table(difference);
                }
            }
            _ => {}
        }
        let texts = [recorded, now].map(|shown| page(std::slice::from_ref(shown)));
        let seen = diff(&texts[0], &texts[1]);
        // What is said of all digits, where the text has few of them.
        let details = match (recorded.exact(), now.exact(), now) {
            (Some(one), Some(other), Shown::Picture(_)) => diff(one, other),
            (Some(one), Some(other), _) if seen.is_empty() => {
                diff(&one.replace(',', ",\n"), &other.replace(',', ",\n"))
            }
            _ => String::new(),
        };
        Change::Text {
            diff: details + &seen,
        }
    }

    fn outputs(&self, recorded: &[Shown], now: &[Shown]) -> Closeness {
        if recorded.len() != now.len() {
            return Closeness::Apart;
        }
        let pairs = recorded.iter().zip(now);
        pairs
            .map(|(recorded, now)| self.shown(recorded, now))
            .fold(Closeness::Same, Closeness::and)
    }

    fn shown(&self, recorded: &Shown, now: &Shown) -> Closeness {
        if recorded == now {
            return Closeness::Same;
        }
        let texts = |recorded: &Text, now: &Text| {
            if let (Some(recorded), Some(now)) = (&recorded.exact, &now.exact) {
                return Closeness::of_texts(recorded, now, self.tolerance);
            }
            match (&recorded.whole, &now.whole) {
                (None, None) => Closeness::of_texts(&recorded.text, &now.text, self.tolerance),
                (recorded, now) => Closeness::when(recorded == now),
            }
        };
        match (recorded, now) {
            (Shown::Printed(one), Shown::Printed(other))
            | (Shown::Value(one), Shown::Value(other))
            | (Shown::Model(one), Shown::Model(other))
            | (Shown::Evaluation(one), Shown::Evaluation(other))
            | (Shown::Profile(one), Shown::Profile(other))
            | (Shown::Picture(one), Shown::Picture(other)) => texts(one, other),
            (Shown::Frame(one), Shown::Frame(other)) | (Shown::Series(one), Shown::Series(other)) => {
                let difference = self.shown_tables(one, other);
                difference.map_or(Closeness::Apart, |difference| difference.closeness())
            }
            (Shown::Plot(one), Shown::Plot(other)) => {
                PlotDifference::of(one, other, self.tolerance).closeness()
            }
            // Where a warning stands moves with comments and spaces.
            (Shown::Warning { message, .. }, Shown::Warning { message: other, .. }) => {
                Closeness::when(message == other)
            }
            _ => Closeness::Apart,
        }
    }

    /// Compares two tables that are shown; `None` where what is left out of them is no longer available.
    fn shown_tables(&self, recorded: &Table, now: &Table) -> Option<TableDifference> {
        match (&recorded.whole, &now.whole) {
            (None, None) => Some(TableDifference::of_texts(recorded, now, self.tolerance)),
            (Some(recorded), Some(now)) => {
                let (recorded, now) = (self.tables)(recorded).zip((self.tables)(now))?;
                Some(TableDifference::of(&recorded, &now, self.tolerance))
            }
            _ => None,
        }
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

/// Writes outputs one below the other, as a terminal shows them.
fn page(outputs: &[Shown]) -> String {
    let texts: Vec<String> = outputs
        .iter()
        .map(|shown| shown.text(&Style::default()))
        .collect();
    texts.join("\n")
}

/// Writes how two texts differ, line by line.
fn diff(recorded: &str, now: &str) -> String {
    let ended = |text: &str| {
        if text.ends_with('\n') {
            text.to_owned()
        } else {
            format!("{text}\n")
        }
    };
    let (recorded, now) = (ended(recorded), ended(now));
    let diff = TextDiff::from_lines(&recorded, &now);
    diff.unified_diff().context_radius(1).to_string()
}
