//! How a session's cells stand: whether a run now would give the values that they have.

use super::Session;
use crate::digest::Digest;
use crate::session::entry::State;
use crate::session::error::CellId;
use crate::session::stamp::{Key, Stamp};
use crate::session::trace::{FileRead, Trace, matches};

impl Session {
    /// Returns how a cell stands.
    pub fn state(&self, id: CellId) -> State {
        let position = self.position(id);
        let state = position.and_then(|position| self.states_until(position + 1).pop());
        state.unwrap_or(State::NotRun)
    }

    /// Returns how each cell stands, in document order; cheaper than asking for one after the other.
    pub fn states(&self) -> Vec<State> {
        self.states_until(self.entries.len())
    }

    fn states_until(&self, count: usize) -> Vec<State> {
        let fresh = self.fresh(count);
        let states = self.entries.iter().zip(fresh);
        states
            .map(|(entry, is_fresh)| match (&entry.ran, entry.failed) {
                (_, true) => State::Failed,
                (None, false) => State::NotRun,
                (Some(_), false) if is_fresh => State::Fresh,
                (Some(_), false) => State::Stale,
            })
            .collect()
    }

    /// Tells for each of the first `count` cells whether a run now would give the values it has.
    ///
    /// Each cell is looked at once, after those above it: a cell is fresh when its own stamp would be the same and
    /// every cell it reads from is fresh.
    fn fresh(&self, count: usize) -> Vec<bool> {
        let mut fresh = Vec::with_capacity(count);
        for position in 0..count {
            let is_fresh = self.is_fresh(position, &fresh);
            fresh.push(is_fresh);
        }
        fresh
    }

    /// Tells whether a cell is fresh, when that is known of the cells above.
    fn is_fresh(&self, position: usize, above: &[bool]) -> bool {
        let entry = &self.entries[position];
        let (Some(ran), Ok(analysis)) = (&entry.ran, &entry.analysis) else {
            return false;
        };
        let sources_are_fresh = analysis.inputs.iter().all(|name| {
            let definer = self
                .definer(name, position)
                .and_then(|definer| self.position(definer.id));
            definer.is_none_or(|definer| above.get(definer) == Some(&true))
        });
        if !sources_are_fresh {
            return false;
        }
        let Some(key) = self.key(position) else {
            return false;
        };
        self.stamp(position, &key, &ran.trace) == ran.stamp
    }

    /// Returns what stands for all that decides a cell's values before it runs: its source and its inputs.
    ///
    /// `None` while a cell that it reads from has no values, and for a cell that cannot be read.
    pub(super) fn key(&self, position: usize) -> Option<Digest> {
        let entry = self.entries.get(position)?;
        let (runner, analysis) = (entry.runner?, entry.analysis.as_ref().ok()?);
        let canonical = runner.canonical(entry.cell.source());
        let mut key = Key::new(entry.cell.kind().word(), &canonical);
        for name in analysis.values() {
            let value = match self.definer(name, position) {
                None => None,
                Some(definer) => Some(definer.ran.as_ref()?.bindings.get(name)?.key()?),
            };
            key.input(name, value);
        }
        // What it names from its own folder is another file elsewhere.
        if runner.reads_files() || analysis.loads.iter().any(|path| path.starts_with('.')) {
            key.folder(&self.own_folder());
        }
        Some(key.finish())
    }

    /// Returns what stands for a key together with what was read outside, as all of it is now.
    pub(super) fn stamp(&self, position: usize, key: &Digest, trace: &Trace) -> Digest {
        let mut stamp = Stamp::new(key);
        if !trace.widgets.is_empty() || trace.widget_names.is_some() {
            let mut widgets = self.widgets_above(position);
            for change in &trace.widget_changes {
                widgets.apply(change);
            }
            for name in trace.widgets.keys() {
                stamp.widget(name, widgets.get(name).ok().as_deref());
            }
            if trace.widget_names.is_some() {
                stamp.widget_names(&widgets.names());
            }
        }
        for pattern in trace.globs.keys() {
            stamp.glob(pattern, &matches(pattern, &self.mounts));
        }
        for file in trace.files.values() {
            // Another folder may be mounted by now; one that is no longer mounted is where it was.
            let now = self.mounts.resolve(&file.location.name);
            let is_mounted = file.location.is_mounted();
            let now = now.ok().filter(|_| is_mounted);
            stamp.file(&FileRead::of(now.as_ref().unwrap_or(&file.location)));
        }
        stamp.finish()
    }

    /// Returns what stands for a key together with what was read outside, as it was when it was read.
    pub(super) fn stamp_then(key: &Digest, trace: &Trace) -> Digest {
        let mut stamp = Stamp::new(key);
        for (name, value) in &trace.widgets {
            stamp.widget(name, value.as_deref());
        }
        if let Some(names) = &trace.widget_names {
            stamp.widget_names(names);
        }
        for (pattern, names) in &trace.globs {
            stamp.glob(pattern, names);
        }
        for file in trace.files.values() {
            stamp.file(file);
        }
        stamp.finish()
    }
}
