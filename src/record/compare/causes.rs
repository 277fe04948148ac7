//! Why a cell's results may differ from the recorded ones: [`Cause`].

use std::collections::{BTreeMap, HashMap};

use super::RunPair;
use crate::cache::{Act, Reads, Resource, ResourceChange, Version};
use crate::digest::Digest;
use crate::parameters::Origin;
use crate::record::record::{Bound, Parameter, Record, RecordedCell, Status};

/// What may have changed a cell's results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The cell's source is another.
    Source,
    /// Something that it reads outside is another.
    Read {
        /// What it is, and what it was and is.
        change: Box<ResourceChange>,
        /// Where the value of a parameter came from, then and now.
        origins: [Option<Origin>; 2],
        /// For each table that the cell makes of its files: its name, and its rows then and now.
        rows: Vec<(String, usize, usize)>,
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
    /// It uses secrets, of whose values a record has nothing.
    Secrets(Vec<String>),
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
pub(super) fn causes(
    runs: &RunPair<'_>,
    before: &RecordedCell,
    after: &RecordedCell,
    at: usize,
) -> Vec<Cause> {
    let mut found = Vec::new();
    if before.source != after.source {
        found.push(Cause::Source);
    }
    if before.status != Status::Done && after.status == Status::Done {
        found.push(Cause::NoResult(before.status));
        return found;
    }
    found.extend(outside(runs, before, after, at));
    let differing = after
        .inputs
        .iter()
        .filter(|(name, digest)| before.inputs.get(*name) != Some(digest));
    for (name, _) in differing {
        let definer = runs.makers.binds(name, at);
        if let Some((cell, definer)) = definer.and_then(|at| Some((at, runs.now.cells.get(at)?))) {
            found.push(Cause::Follows {
                name: name.clone(),
                cell,
                label: definer.label(),
            });
        }
    }
    found.extend(versions(runs));
    found
}

/// Finds the versions that differ, and the machine if it does.
fn versions(runs: &RunPair<'_>) -> Vec<Cause> {
    let mut found = Vec::new();
    let (recorded, now) = (runs.recorded, runs.now);
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

/// Finds what differs in what a cell reads outside; a file that a cell above writes only follows from it.
fn outside(runs: &RunPair<'_>, before: &RecordedCell, after: &RecordedCell, at: usize) -> Vec<Cause> {
    let is_same_request = before.source == after.source && before.widgets == after.widgets;
    let changes = differing(&before.read(), &after.read());
    let lists: Vec<ResourceChange> = changes.iter().filter(|change| is_list(change)).cloned().collect();
    let is_telling = |change: &ResourceChange| match &change.resource {
        Resource::File(name) | Resource::Library(name) => {
            // A cell that did not run read nothing, which tells nothing.
            let both_read = !before.reads.is_empty() && !after.reads.is_empty();
            // The path is another because the source, a parameter or a list of names is.
            both_read && (is_on_both_sides(change) || is_same_request && !are_named(&lists, name))
        }
        Resource::Widget(name) => is_on_both_sides(change) || !are_named(&lists, name),
        // The first records do not have them.
        _ => is_on_both_sides(change),
    };
    let telling = changes.into_iter().filter(is_telling);
    telling
        .map(|change| {
            let name = change.resource.file().filter(|_| is_on_both_sides(&change));
            let writer = name.and_then(|name| Some((name, runs.makers.writes(name, at)?)));
            if let Some((name, cell)) = writer
                && let Some(writer) = runs.now.cells.get(cell)
            {
                return Cause::Follows {
                    name: name.to_owned(),
                    cell,
                    label: writer.label(),
                };
            }
            Cause::Read {
                origins: [
                    origin(&change.resource, change.then.as_ref(), &runs.recorded.parameters),
                    origin(&change.resource, change.now.as_ref(), &runs.now.parameters),
                ],
                rows: if name.is_some() {
                    rows(before, after)
                } else {
                    Vec::new()
                },
                change: Box::new(change),
            }
        })
        .collect()
}

/// Finds what one run has read and the other has not, or not so, in order.
fn differing(then: &Reads, now: &Reads) -> Vec<ResourceChange> {
    let mut changes: Vec<ResourceChange> = then.changes(now).collect();
    let new = now.changes(then).filter(|change| change.now.is_none());
    changes.extend(new.map(|change| ResourceChange {
        then: None,
        now: change.then,
        resource: change.resource,
    }));
    changes.sort_by(|one, other| one.resource.cmp(&other.resource));
    changes
}

fn is_on_both_sides(change: &ResourceChange) -> bool {
    change.then.is_some() && change.now.is_some()
}

fn is_list(change: &ResourceChange) -> bool {
    matches!(
        (&change.then, &change.now),
        (Some(Version::Names(_)), Some(Version::Names(_)))
    )
}

/// Returns whether one of the lists has this name, then or now.
fn are_named(lists: &[ResourceChange], name: &str) -> bool {
    let mut versions = lists.iter().flat_map(|list| [&list.then, &list.now]);
    versions.any(
        |version| matches!(version, Some(Version::Names(names)) if names.iter().any(|known| known == name)),
    )
}

/// Returns where the value of a parameter came from; one that is not known is the widget's own.
fn origin(
    resource: &Resource,
    version: Option<&Version>,
    parameters: &BTreeMap<String, Parameter>,
) -> Option<Origin> {
    let (Resource::Widget(name), Some(Version::Text(value))) = (resource, version) else {
        return None;
    };
    let known = parameters.get(name).filter(|known| known.value == *value);
    Some(known.map_or(Origin::Default, |known| known.origin))
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
