//! Serving cells from a cache, and keeping there what they gave.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::Session;
use crate::cache::{
    Act, Cache, Checkpoint, Entry, FileRead, FileThen, Fingerprints, StoredBinding, StoredOutput,
    StoredValue, Trace, matches, nanoseconds,
};
use crate::digest::{Digest, Digester};
use crate::frame::TableId;
use crate::output::Output;
use crate::session::bound::Bound;
use crate::session::entry::Ran;
use crate::source::{Functions, canonical};
use crate::storage::Location;

/// Files up to this size are read so that what is made of them has a name that does not depend on their times.
const READ_FOR_A_NAME: u64 = 256 << 20;

impl Session {
    /// Keeps what cells give in `cache`, and takes from there what another run gave, if it is to be `served`.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<Cache>, served: bool) -> Self {
        self.cache = Some(cache);
        self.served = served;
        self
    }

    /// Keeps the digests of files in a file, so that those that did not change are not read again.
    #[must_use]
    pub fn with_fingerprints(mut self, path: &std::path::Path) -> Self {
        self.fingerprints = Fingerprints::kept_in(path).into();
        self
    }

    /// Lets cells be served although the cache does not have all their values: functions, above all. They run when a
    /// cell that is not served reads one of those.
    ///
    /// For runs from beginning to end, where nobody looks at values in between.
    #[must_use]
    pub fn with_reruns(mut self) -> Self {
        self.reruns = true;
        self
    }

    /// Notes in `checkpoint` which cells have ended, and does not run again those that it says had ended.
    ///
    /// Parameters that were given then, and are not now, have the values that they had.
    #[must_use]
    pub fn with_checkpoint(mut self, mut checkpoint: Checkpoint) -> Self {
        let given: BTreeSet<String> = self.parameters.named().map(|(name, _)| name.to_owned()).collect();
        for (name, value) in checkpoint.parameters_before() {
            if !given.contains(name) {
                self.parameters.give(name, value);
            }
        }
        checkpoint.note_parameters(self.named_parameters());
        self.checkpoint = Some(checkpoint);
        self
    }

    /// Lets cells be served from the cache, or not.
    pub fn set_served(&mut self, served: bool) {
        self.served = served;
    }

    /// Tells whether cells are served from the cache.
    pub fn is_served(&self) -> bool {
        self.served
    }

    /// Returns the cache.
    pub fn cache(&self) -> Option<&Arc<Cache>> {
        self.cache.as_ref()
    }

    /// Forgets the checkpoint: the run is over.
    pub fn finish_checkpoint(&mut self) {
        if let Some(checkpoint) = self.checkpoint.take() {
            checkpoint.finish();
        }
    }

    /// Waits until everything that is to be kept on disk is there.
    pub fn close(&self) {
        self.fingerprints
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .keep();
        if let Some(cache) = &self.cache {
            cache.finish();
        }
    }

    /// Takes what the cell at `position` gave in another run, if all that decides it is the same.
    pub(super) fn serve(&self, position: usize, key: &Digest) -> Option<Ran> {
        let cache = self.cache.as_ref().filter(|_| self.served)?;
        let has_ended = self
            .checkpoint
            .as_ref()
            .is_some_and(|checkpoint| checkpoint.has_ended(key));
        let text = self.text(position)?;
        let entry = cache.find(key, |entry| {
            let is_done = |act: &Act| has_ended && !act.is_of_session();
            // What it did is done, whatever has become of what it read; with other parameters it would do something else.
            let holds = || {
                entry.text.is_none_or(|then| then == text)
                    && self.holds(entry)
                    && self.holds_origin(position, entry)
            };
            entry.acts.iter().all(is_done)
                && (self.reruns || entry.is_whole())
                && self.holds_widgets(position, entry)
                && (!entry.acts.is_empty() || holds())
                && entry.tables().all(|table| cache.has_table(&table.id))
        })?;
        let trace = self.trace_of(&entry);
        let outputs = entry.outputs.into_iter();
        let outputs = outputs
            .map(|output| output.restore(|id| cache.table(id)))
            .collect::<Option<Vec<_>>>()?;
        let bindings = entry.bindings.into_iter();
        Some(Ran {
            stamp: Self::stamp_then(key, &trace),
            key: *key,
            time: Duration::try_from_secs_f64(entry.seconds).unwrap_or_default(),
            bindings: bindings
                .map(|binding| {
                    let StoredBinding {
                        name,
                        kind,
                        summary,
                        value,
                    } = binding;
                    (name, Bound::stored(kind, summary, value, cache))
                })
                .collect(),
            trace,
            outputs,
            exit: None,
            cached: true,
        })
    }

    /// Returns a digest of a cell's source as it stands, to which lines in warnings refer.
    fn text(&self, position: usize) -> Option<Digest> {
        let entry = self.cells.get(position)?;
        Some(Digest::of_bytes(entry.cell.source().as_bytes()))
    }

    /// Tells whether the widgets that a cell asked for are as they were.
    fn holds_widgets(&self, position: usize, entry: &Entry) -> bool {
        if entry.widgets.is_empty() && entry.widget_names.is_none() {
            return true;
        }
        let widgets = self.widgets_above(position);
        let is_same = |(name, value): &(String, Option<String>)| widgets.get(name).ok() == *value;
        let are_same = |names: &Vec<String>| widgets.names() == *names;
        entry.widgets.iter().all(is_same) && entry.widget_names.iter().all(are_same)
    }

    /// Tells whether the files that a cell read, and the names that it looked for, are as they were.
    fn holds(&self, entry: &Entry) -> bool {
        let same_names = |(pattern, names): &(String, Vec<String>)| matches(pattern, &self.mounts) == *names;
        entry.globs.iter().all(same_names) && entry.files.iter().all(|file| self.is_same(file))
    }

    /// Tells whether something that names the files it came from would name the same now.
    fn holds_origin(&self, position: usize, entry: &Entry) -> bool {
        entry.origin.as_ref().is_none_or(|files| {
            let inherited = self.inherited(position);
            let names: BTreeSet<&str> = inherited.iter().map(|file| file.location.name.as_str()).collect();
            names == files.iter().map(|file| file.name.as_str()).collect()
                && files.iter().all(|file| self.is_same(file))
        })
    }

    fn is_same(&self, file: &FileThen) -> bool {
        let Some(now) = self.location(file).as_ref().map(FileRead::of) else {
            return false;
        };
        match file.digest {
            Some(then) => self.file_digest(&now) == Some(then),
            None => now.modified.is_none(),
        }
    }

    /// Finds where a file is that a cell read in another run; `None` where its mount is gone.
    fn location(&self, file: &FileThen) -> Option<Location> {
        if file.mounted {
            return self.mounts.resolve(&file.name).ok();
        }
        Some(Location {
            name: file.name.clone(),
            path: file.path.clone(),
        })
    }

    /// Returns the digest of a file that a cell has read, unless it has changed since.
    pub(super) fn file_digest(&self, file: &FileRead) -> Option<Digest> {
        self.fingerprints
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .digest(file)
    }

    fn trace_of(&self, entry: &Entry) -> Trace {
        let files = entry.files.iter();
        let files = files.filter_map(|file| self.location(file).as_ref().map(FileRead::of));
        let writes = entry.writes.iter();
        Trace {
            files: files.map(|file| (file.location.name.clone(), file)).collect(),
            // What stands for values made of them is in the entry.
            libraries: BTreeSet::new(),
            globs: entry.globs.iter().cloned().collect(),
            widgets: entry.widgets.iter().cloned().collect(),
            widget_names: entry.widget_names.clone(),
            // A cell that changes them is not served.
            widget_changes: Vec::new(),
            origin: None,
            writes: writes
                .filter_map(|name| Some((name.clone(), self.mounts.resolve(name).ok()?)))
                .collect(),
            acts: entry.acts.iter().copied().collect(),
        }
    }

    /// Says what stands for values that have no packed form: what decided them.
    pub(super) fn name_unknown(&self, position: usize, ran: &mut Ran) {
        if !ran.bindings.values().any(Bound::is_unknown) {
            return;
        }
        for (name, digest) in self.functions(position, ran) {
            if let Some(bound) = ran.bindings.get_mut(&name) {
                bound.stands_for(digest);
            }
        }
        let mut whole = Digester::new("unknown");
        whole.digest("key", &ran.key);
        for (name, value) in &ran.trace.widgets {
            whole
                .text("widget", name)
                .number("declared", u64::from(value.is_some()))
                .text("value", value.as_deref().unwrap_or_default());
        }
        for name in ran.trace.widget_names.iter().flatten() {
            whole.text("of all widgets", name);
        }
        for file in ran.trace.files.values() {
            whole.text("file", &file.location.name);
            let digest = if ran.trace.libraries.contains(&file.location.name) {
                library_digest(file)
            } else if file.size <= READ_FOR_A_NAME {
                self.file_digest(file)
            } else {
                None
            };
            match (digest, file.modified.and_then(nanoseconds)) {
                (Some(digest), _) => whole.digest("digest", &digest),
                // A file that streams because it is large is not read for its name alone.
                (None, Some(modified)) => whole
                    .text("path", &file.location.path.to_string_lossy())
                    .number("size", file.size)
                    .field("modified", &modified.to_le_bytes())
                    .field("identity", &file.identity_bytes()),
                (None, None) => whole.number("missing", 0),
            };
        }
        // What it saw there is in no digest.
        let looked = [Act::Looked, Act::Called, Act::Shell];
        let is_of_one_run = looked.iter().any(|act| ran.trace.acts.contains(act));
        for (name, bound) in &mut ran.bindings {
            if bound.is_unknown() {
                bound.stands_for(whole.clone().text("name", name).finish());
                if is_of_one_run {
                    bound.is_of_one_run(Digester::unique().text("name", name).finish());
                }
            }
        }
    }

    /// Finds the functions that the cell at `position` defines, and what stands for each.
    fn functions(&self, position: usize, ran: &Ran) -> Vec<(String, Digest)> {
        let Some(entry) = self.cells.get(position) else {
            return Vec::new();
        };
        let source = entry.cell.source();
        if entry.runner.is_none_or(|runner| runner.reach(source).is_some()) {
            return Vec::new();
        }
        let functions = Functions::of(source);
        let value = |name: &str| match ran.bindings.get(name) {
            Some(bound) => Some(bound.key()),
            None => Some(
                self.definer(name, position)?
                    .ran
                    .as_ref()?
                    .bindings
                    .get(name)?
                    .key(),
            ),
        };
        let unknown = ran.bindings.iter().filter(|(_, bound)| bound.is_unknown());
        unknown
            .filter_map(|(name, _)| Some((name.clone(), functions.digest(name, value)?)))
            .collect()
    }

    /// Keeps what a cell gave, if that can be kept and running the cell again would do nothing else.
    pub(super) fn keep(&self, position: usize, ran: &Ran) {
        let Some(cache) = &self.cache else { return };
        if self.checkpoint.is_none() && !ran.trace.acts.is_empty() {
            return;
        }
        let mut tables = Vec::new();
        if let Some(entry) = self.entry_of(position, ran, &mut tables) {
            for bound in ran.bindings.values() {
                let value = bound.value(self.language());
                tables.extend(
                    value
                        .into_iter()
                        .flat_map(|value| self.language().tables(value.value())),
                );
            }
            // One cell is not to push out all others.
            let bytes: usize = tables.iter().map(|(_, table)| table.estimated_size()).sum();
            // What acted must not run again.
            if bytes as u64 <= cache.limit() / 4 || !ran.trace.acts.is_empty() {
                cache.put(ran.key, entry, tables);
            }
        }
    }

    fn entry_of(
        &self,
        position: usize,
        ran: &Ran,
        tables: &mut Vec<(TableId, polars::prelude::DataFrame)>,
    ) -> Option<Entry> {
        let acted = !ran.trace.acts.is_empty();
        let bindings = ran.bindings.iter().map(|(name, bound)| {
            let value = bound.to_stored()?;
            // A large file is not read only to know it again.
            let is_dear = || ran.trace.files.values().any(|file| file.size > READ_FOR_A_NAME);
            if matches!(value, StoredValue::Made { .. }) && !acted && is_dear() {
                return None;
            }
            Some(StoredBinding {
                name: name.clone(),
                kind: bound.kind().to_owned(),
                summary: bound.summary().to_owned(),
                value,
            })
        });
        let bindings = bindings.collect::<Option<Vec<_>>>()?;
        // Help tells what the session has, and costs nothing to show again, unless the cell must not run again.
        let outputs = ran.outputs.iter();
        let outputs = outputs.filter(|kept| !(acted && matches!(kept.output, Output::Help(_))));
        let outputs = outputs.map(|kept| StoredOutput::of(kept, tables));
        let outputs = outputs.collect::<Option<Vec<_>>>()?;
        let names_line = |kept: &crate::output::Kept| matches!(&kept.output, Output::Warning(warning) if warning.place.is_some());
        let origin = match &ran.trace.origin {
            Some(files) => {
                let files = files.values().map(|file| self.file_then(file, acted));
                Some(files.collect::<Option<Vec<_>>>()?)
            }
            None => None,
        };
        let files = ran.trace.files.values().map(|file| self.file_then(file, acted));
        Some(Entry {
            files: files.collect::<Option<_>>()?,
            origin,
            globs: ran.trace.globs.clone().into_iter().collect(),
            widgets: ran.trace.widgets.clone().into_iter().collect(),
            widget_names: ran.trace.widget_names.clone(),
            acts: ran.trace.acts.iter().copied().collect(),
            writes: ran.trace.writes.keys().cloned().collect(),
            text: if ran.outputs.iter().any(names_line) {
                self.text(position)
            } else {
                None
            },
            bindings,
            outputs,
            seconds: ran.time.as_secs_f64(),
        })
    }

    /// Says what stands for a file that a cell has read; `None` for what cannot be known again, because it has changed
    /// since or is a folder, unless that does not matter.
    fn file_then(&self, file: &FileRead, whatever: bool) -> Option<FileThen> {
        let digest = self.file_digest(file);
        if digest.is_none() && file.modified.is_some() && !whatever {
            return None;
        }
        let name = file.location.name.clone();
        Some(FileThen {
            mounted: self
                .mounts
                .resolve(&name)
                .is_ok_and(|now| now.path == file.location.path),
            name,
            path: file.location.path.clone(),
            digest,
        })
    }

    /// Notes that a cell has ended; of one that `acted`, only once what it gave is on disk, because it must not run
    /// again.
    pub(super) fn note_ended(&mut self, key: Digest, acted: bool) {
        let Some(checkpoint) = &mut self.checkpoint else {
            return;
        };
        if let (true, Some(cache)) = (acted, &self.cache) {
            cache.flush();
        }
        checkpoint.note(key);
    }
}

/// Returns what stands for a library of functions: its source without what makes no difference; `None` when it has
/// changed since it was loaded.
fn library_digest(file: &FileRead) -> Option<Digest> {
    let source = std::fs::read_to_string(&file.location.path).ok()?;
    (!file.changed()).then(|| Digest::of_bytes(canonical(&source).as_bytes()))
}

impl Drop for Session {
    fn drop(&mut self) {
        // A prompt ends without being closed.
        let fingerprints = self.fingerprints.get_mut();
        fingerprints.unwrap_or_else(PoisonError::into_inner).keep();
    }
}
