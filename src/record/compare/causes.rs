//! Why a cell's results may differ from the recorded ones: [`Cause`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Both;
use crate::cache::Act;
use crate::digest::Digest;
use crate::record::record::{Bound, FileFact, Parameter, Record, RecordedCell, Status};

/// What may have changed a cell's results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The cell's source is another.
    Source,
    /// A file that it reads is another.
    File {
        /// The file as it was; none where the cell did not read it then.
        recorded: Option<FileFact>,
        /// The file as it is; none where the cell does not read it now.
        now: Option<FileFact>,
        /// For each table that the cell makes of its files: its name, and its rows then and now.
        rows: Vec<(String, usize, usize)>,
    },
    /// A parameter that it asks for has another value.
    Parameter {
        /// Its name.
        name: String,
        /// Its value as it was, and where that came from.
        recorded: Option<Parameter>,
        /// Its value as it is.
        now: Option<Parameter>,
    },
    /// It reads what a cell above gave, and that differs.
    Follows {
        /// What it reads: a name, or a file.
        name: String,
        /// The cell above, by its position from 0 in the new run.
        cell: usize,
        /// What a person calls that cell.
        label: String,
    },
    /// It ran in another version of Sheaf.
    Sheaf {
        /// The version then.
        recorded: String,
        /// The version now.
        now: String,
    },
    /// It ran on another version of the engine of frames.
    Engine {
        /// The engine and version then.
        recorded: String,
        /// The engine and version now.
        now: String,
    },
    /// It ran on a machine that rounds otherwise.
    Machine {
        /// The machine then.
        recorded: String,
        /// The machine now.
        now: String,
    },
    /// It looks at something outside that can change without notice.
    Outside(Act),
    /// The notebook ends before it.
    Ended,
    /// The record has no result of it, because it failed, was stopped, or was not run.
    NoResult(Status),
    /// Nothing that decides its results differs: they should be the same.
    Unexplained,
}

/// Which cells of a run bind a name, and which write a file, by their positions.
pub(super) struct Makers<'a> {
    names: BTreeMap<&'a str, Vec<usize>>,
    files: BTreeMap<&'a str, Vec<usize>>,
    values: HashMap<(&'a str, Digest), &'a Bound>,
}

impl<'a> Makers<'a> {
    pub(super) fn of(record: &'a Record) -> Self {
        let mut names: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut values = HashMap::new();
        for (position, cell) in record.cells.iter().enumerate() {
            for (name, bound) in &cell.bindings {
                names.entry(name.as_str()).or_default().push(position);
                values.entry((name.as_str(), bound.digest)).or_insert(bound);
            }
            for file in &cell.writes {
                files.entry(file.path.as_str()).or_default().push(position);
            }
        }
        Self { names, files, values }
    }

    /// Finds a value of this digest that a cell has bound to `name`.
    pub(super) fn value(&self, name: &str, digest: &Digest) -> Option<&'a Bound> {
        self.values.get(&(name, *digest)).copied()
    }

    /// Finds the nearest cell above `position` that binds `name`.
    fn binds(&self, name: &str, position: usize) -> Option<usize> {
        nearest(self.names.get(name)?, position)
    }

    /// Finds the nearest cell above `position` that writes the file at `path`.
    fn writes(&self, path: &str, position: usize) -> Option<usize> {
        nearest(self.files.get(path)?, position)
    }
}

fn nearest(positions: &[usize], position: usize) -> Option<usize> {
    let above = positions.partition_point(|at| *at < position);
    positions.get(above.checked_sub(1)?).copied()
}

/// Finds all that differs in what decides a cell's results.
pub(super) fn causes(both: &Both<'_>, before: &RecordedCell, after: &RecordedCell, at: usize) -> Vec<Cause> {
    let mut found = Vec::new();
    if before.source != after.source {
        found.push(Cause::Source);
    }
    if before.status != Status::Done && after.status == Status::Done {
        found.push(Cause::NoResult(before.status));
        return found;
    }
    found.extend(files(both, before, after, at));
    let names: BTreeSet<&String> = before.widgets.keys().chain(after.widgets.keys()).collect();
    for name in names {
        let (then, now) = (before.widgets.get(name), after.widgets.get(name));
        if then != now {
            let of = |value: Option<&String>, parameters: &std::collections::BTreeMap<String, Parameter>| {
                value.map(|value| match parameters.get(name) {
                    Some(known) if known.value == *value => known.clone(),
                    _ => Parameter {
                        value: value.clone(),
                        origin: crate::parameters::Origin::Default,
                    },
                })
            };
            found.push(Cause::Parameter {
                name: name.clone(),
                recorded: of(then, &both.recorded.parameters),
                now: of(now, &both.now.parameters),
            });
        }
    }
    let differing = after
        .inputs
        .iter()
        .filter(|(name, digest)| before.inputs.get(*name) != Some(digest));
    for (name, _) in differing {
        let definer = both.makers.binds(name, at);
        if let Some((cell, definer)) = definer.and_then(|at| Some((at, both.now.cells.get(at)?))) {
            found.push(Cause::Follows {
                name: name.clone(),
                cell,
                label: definer.label(),
            });
        }
    }
    found.extend(versions(both));
    found
}

/// Finds the versions that differ, and the machine if it does.
fn versions(both: &Both<'_>) -> Vec<Cause> {
    let mut found = Vec::new();
    let (recorded, now) = (both.recorded, both.now);
    if recorded.sheaf != now.sheaf {
        found.push(Cause::Sheaf {
            recorded: recorded.sheaf.clone(),
            now: now.sheaf.clone(),
        });
    }
    if recorded.engine != now.engine {
        found.push(Cause::Engine {
            recorded: recorded.engine.clone(),
            now: now.engine.clone(),
        });
    }
    // The first records did not say.
    if !recorded.timing.machine.is_empty() && recorded.timing.machine != now.timing.machine {
        found.push(Cause::Machine {
            recorded: recorded.timing.machine.clone(),
            now: now.timing.machine.clone(),
        });
    }
    found
}

/// Finds the files that differ; one that a cell above writes only follows from it.
fn files(both: &Both<'_>, before: &RecordedCell, after: &RecordedCell, at: usize) -> Vec<Cause> {
    let paths: BTreeSet<&String> = before
        .reads
        .iter()
        .chain(&after.reads)
        .map(|file| &file.path)
        .collect();
    let mut found = Vec::new();
    for path in paths {
        let of = |cell: &RecordedCell| cell.reads.iter().find(|file| file.path == *path).cloned();
        let (recorded, now) = (of(before), of(after));
        // A cell that did not run read nothing, which tells nothing.
        if recorded == now || before.reads.is_empty() || after.reads.is_empty() {
            continue;
        }
        // The path is another because the source or a parameter is.
        if recorded.is_none() || now.is_none() {
            if before.source == after.source && before.widgets == after.widgets {
                found.push(Cause::File {
                    recorded,
                    now,
                    rows: Vec::new(),
                });
            }
            continue;
        }
        let writer = both.makers.writes(path, at);
        found.push(match writer.and_then(|at| Some((at, both.now.cells.get(at)?))) {
            Some((cell, writer)) => Cause::Follows {
                name: path.clone(),
                cell,
                label: writer.label(),
            },
            None => Cause::File {
                recorded,
                now,
                rows: rows(before, after),
            },
        });
    }
    found
}

/// Returns the numbers of rows of the tables that a cell bound.
fn rows(before: &RecordedCell, after: &RecordedCell) -> Vec<(String, usize, usize)> {
    let bound = after.bindings.iter();
    bound
        .filter_map(|(name, now)| {
            let recorded = before.bindings.get(name)?;
            Some((name.clone(), recorded.rows()?, now.rows()?))
        })
        .collect()
}
