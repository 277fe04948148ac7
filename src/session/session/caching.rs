//! Serving cells from a cache, and keeping there what they gave.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::Session;
use super::secrets::{Got, UsedSecrets};
use crate::cache::{
    Cache, CacheEntry, Checkpoint, FileRead, Fingerprints, Ledger, Reads, Resource, ResourceChange,
    StoredBinding, StoredOutput, StoredValue, Version,
};
use crate::digest::{Digest, Digester};
use crate::frame::TableId;
use crate::output::Output;
use crate::parameters::Parameters;
use crate::secret::SecretError;
use crate::secret::redaction;
use crate::session::binding::Binding;
use crate::session::entry::CellRun;
use crate::session::redacted;
use crate::source::{Functions, canonical};

/// Files up to this size are read so that what is made of them has a name that does not depend on their times.
const READ_FOR_A_NAME: u64 = 256 << 20;

/// Returns whether a file is too large to be read for its digest; one whose store tags its contents is not read.
fn is_dear(file: &FileRead) -> bool {
    let is_tagged = file
        .version
        .as_ref()
        .is_some_and(|version| version.digest().is_some());
    file.size() > READ_FOR_A_NAME && !is_tagged
}

impl Session {
    /// Keeps what cells give in `cache`, and takes from there what another run gave, if it is to be `served`.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<Cache>, use_cache: bool) -> Self {
        self.cache = Some(cache);
        self.use_cache = use_cache;
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
    /// For runs from beginning to end, where no one looks at values in between.
    #[must_use]
    pub fn with_partial_results(mut self) -> Self {
        self.allow_partial = true;
        self
    }

    /// Notes in `checkpoint` which cells have ended, and does not run again those that it says had ended.
    ///
    /// Parameters that were given then, and are not now, have the values that they had.
    #[must_use]
    pub fn with_checkpoint(mut self, mut checkpoint: Checkpoint) -> Self {
        let now = self.noted_parameters();
        for (name, value) in checkpoint.parameters_before() {
            if now.contains_key(name) {
                continue;
            }
            if name.starts_with(Parameters::VARIABLE) {
                self.parameters.add_variable(name, value);
            } else {
                self.parameters.set(name, value);
            }
        }
        let mut noted = self.noted_parameters();
        // One that is the value of a secret is to be given again.
        noted.retain(|_, value| !redaction::contains(value.as_bytes()));
        checkpoint.note_parameters(noted);
        self.checkpoint = Some(checkpoint);
        self
    }

    /// Lets cells be served from the cache, or not.
    pub fn set_use_cache(&mut self, use_cache: bool) {
        self.use_cache = use_cache;
    }

    /// Returns whether cells are served from the cache.
    pub fn uses_cache(&self) -> bool {
        self.use_cache
    }

    /// Returns the cache.
    pub fn cache(&self) -> Option<&Arc<Cache>> {
        self.cache.as_ref()
    }

    /// Discards the checkpoint: the run is over.
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
    ///
    /// # Errors
    ///
    /// It used a secret that may not be used any more, and must not run again.
    pub(super) fn cached_run(&self, position: usize, key: &Digest) -> Result<Option<CellRun>, SecretError> {
        let got = Got::default();
        let Some((entry, cache)) = self.cached_entry(position, key, &got) else {
            return Ok(None);
        };
        let secrets = match &entry.secrets {
            Some(stored) => self.use_again(position, stored, &got)?,
            None => UsedSecrets::default(),
        };
        Ok(self.restored(position, key, entry, secrets, cache))
    }

    /// Finds what the cell at `position` gave in another run.
    fn cached_entry(&self, position: usize, key: &Digest, got: &Got) -> Option<(CacheEntry, &Arc<Cache>)> {
        let cache = self.cache.as_ref().filter(|_| self.use_cache)?;
        let has_ended = self
            .checkpoint
            .as_ref()
            .is_some_and(|checkpoint| checkpoint.has_ended(key));
        let text = self.text(position)?;
        let world = self.world_of(position, &[]);
        let entry = cache.find(key, |entry| {
            let acted = !entry.acts.is_empty();
            // What it did is done, whatever has become of what it read; asked for something else, it would do that.
            let matters = |change: &ResourceChange| !acted || change.resource.is_request();
            entry.acts.iter().all(|act| has_ended && !act.is_of_session())
                && (self.allow_partial || entry.is_whole())
                && (acted || entry.text.is_none_or(|then| then == text))
                && !entry.read.changes(&world).any(|change| matters(&change))
                && entry.tables().all(|table| cache.has_table(&table.id))
                && entry
                    .secrets
                    .as_ref()
                    .is_none_or(|secrets| self.are_still(position, key, secrets, acted, got))
        })?;
        Some((entry, cache))
    }

    /// Makes of an entry what a run would have left.
    fn restored(
        &self,
        position: usize,
        key: &Digest,
        entry: CacheEntry,
        secrets: UsedSecrets,
        cache: &Arc<Cache>,
    ) -> Option<CellRun> {
        let world = self.world_of(position, &[]);
        let wrote = entry.wrote.into_iter();
        let ledger = Ledger {
            read: entry.read.now(&world).into_iter().chain(secrets.read).collect(),
            wrote: wrote
                .filter_map(|name| Some((name.clone(), self.mounts.resolve(&name).ok()?)))
                .collect(),
            // A cell that changes them is not served.
            widget_changes: Vec::new(),
            acts: entry.acts.into_iter().collect(),
            grants: secrets.grants,
        };
        let outputs = entry.outputs.into_iter();
        let outputs = outputs
            .map(|output| output.restore(|id| cache.table(id)))
            .collect::<Option<Vec<_>>>()?;
        let bindings = entry.bindings.into_iter();
        Some(CellRun {
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
                    (name, Binding::stored(kind, summary, value, cache))
                })
                .collect(),
            ledger,
            outputs,
            exit: None,
            cached: true,
        })
    }

    /// Returns a digest of a cell's source as it is, to which lines in warnings refer.
    fn text(&self, position: usize) -> Option<Digest> {
        let entry = self.cells.get(position)?;
        Some(Digest::of_bytes(entry.cell.source().as_bytes()))
    }

    /// Returns the digest of a file that a cell has read, unless it has changed since.
    pub(super) fn file_digest(&self, file: &FileRead) -> Option<Digest> {
        self.fingerprints
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .digest(file)
    }

    /// Returns the digest of a file that a cell wrote; `None` when it has changed since.
    pub(super) fn digest_of_written(&self, file: &FileRead) -> Option<Digest> {
        self.fingerprints
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .digest_of_written(file)
    }

    /// Digests values that have no packed form by what decided them.
    pub(super) fn digest_opaque_values(&self, position: usize, ran: &mut CellRun) {
        if !ran.bindings.values().any(Binding::is_opaque) {
            return;
        }
        for (name, digest) in self.functions(position, ran) {
            if let Some(bound) = ran.bindings.get_mut(&name) {
                bound.set_digest(digest);
            }
        }
        let read = ran.ledger.read.iter();
        let read: Reads = read
            .map(|(resource, version)| (resource.clone(), self.opaque_version(resource, version)))
            .collect();
        let mut whole = Digester::new("unknown");
        whole.digest("key", &ran.key).digest("read", &read.digest());
        let is_of_one_run = ran.ledger.acts.iter().any(|act| act.sees_unrecorded());
        for (name, bound) in &mut ran.bindings {
            if bound.is_opaque() {
                bound.set_digest(whole.clone().text("name", name).finish());
                if is_of_one_run {
                    bound.set_nonce(Digester::unique().text("name", name).finish());
                }
            }
        }
    }

    /// Returns what a resource was as far as that matters to the digests of values made of it.
    fn opaque_version(&self, resource: &Resource, version: &Version) -> Version {
        let contents = |file: &FileRead| self.file_digest(file);
        match (resource, version.seen()) {
            // What a cell makes of a reference is the same whatever its value is, and a digest of the value would tell one
            // person's records from another's.
            (Resource::Secret(_), _) => Version::Names(Vec::new()),
            (Resource::Library(_), Some(file)) => match file.digest_of_source(canonical) {
                Some(digest) => Version::Bytes {
                    size: 0,
                    digest: Some(digest),
                },
                None => version.lasting(&contents),
            },
            // A file that streams because it is large is not read for its name alone.
            (_, Some(file)) if is_dear(file) => version.clone(),
            _ => version.lasting(&contents),
        }
    }

    /// Finds the functions that the cell at `position` defines, and the digest of each.
    fn functions(&self, position: usize, ran: &CellRun) -> Vec<(String, Digest)> {
        let Some(entry) = self.cells.get(position) else {
            return Vec::new();
        };
        let source = entry.cell.source();
        if entry.runner.is_none_or(|runner| runner.effect(source).is_some()) {
            return Vec::new();
        }
        let functions = Functions::of(source);
        let value = |name: &str| match ran.bindings.get(name) {
            Some(bound) => Some(bound.key()),
            None => Some(
                self.definer(name, position)?
                    .last_run
                    .as_ref()?
                    .bindings
                    .get(name)?
                    .key(),
            ),
        };
        let unknown = ran.bindings.iter().filter(|(_, bound)| bound.is_opaque());
        unknown
            .filter_map(|(name, _)| Some((name.clone(), functions.digest(name, value)?)))
            .collect()
    }

    /// Keeps what a cell gave, if that can be kept and running the cell again would do nothing else.
    pub(super) fn keep(&self, position: usize, ran: &CellRun) {
        let Some(cache) = &self.cache else { return };
        // On disk there is never the value of a secret; a resumed run runs such a cell again.
        if redacted::is_in_ledger(&ran.ledger) || ran.bindings.values().any(Binding::holds_secret) {
            return;
        }
        if self.checkpoint.is_none() && !ran.ledger.acts.is_empty() {
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
            if bytes as u64 <= cache.limit() / 4 || !ran.ledger.acts.is_empty() {
                cache.put(ran.key, entry, tables);
            }
        }
    }

    fn entry_of(
        &self,
        position: usize,
        ran: &CellRun,
        tables: &mut Vec<(TableId, polars::prelude::DataFrame)>,
    ) -> Option<CacheEntry> {
        let acted = !ran.ledger.acts.is_empty();
        let bindings = ran.bindings.iter().map(|(name, bound)| {
            let value = bound.to_stored()?;
            // A large file is not read only to know it again.
            let any_is_dear = || ran.ledger.read.files().any(|(_, file)| is_dear(file));
            if matches!(value, StoredValue::Made { .. }) && !acted && any_is_dear() {
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
        let names_line = |kept: &crate::output::RetainedOutput| matches!(&kept.output, Output::Warning(warning) if warning.place.is_some());
        let mut read = ran.ledger.read.lasting(&|file| self.file_digest(file));
        let secrets = self.stored_secrets(&ran.key, &ran.ledger).ok()?;
        read.retain(|resource| !matches!(resource, Resource::Secret(_)));
        // What cannot be known again does not matter to what must not run again.
        if !acted && !read.iter().all(|(_, version)| version.is_known()) {
            return None;
        }
        Some(CacheEntry {
            read,
            secrets,
            acts: ran.ledger.acts.iter().copied().collect(),
            wrote: ran.ledger.wrote.keys().cloned().collect(),
            text: if ran.outputs.iter().any(names_line) {
                self.text(position)
            } else {
                None
            },
            bindings,
            outputs,
            seconds: ran.time.as_secs_f64(),
            asked: None,
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

impl Drop for Session {
    fn drop(&mut self) {
        // A prompt ends without being closed.
        let fingerprints = self.fingerprints.get_mut();
        fingerprints.unwrap_or_else(PoisonError::into_inner).keep();
    }
}
