//! [`Checkpoint`]: which cells of a run have ended, so that a run that broke off can be gone on with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::cache::write_whole;
use crate::digest::Digest;

/// File systems give files times that lag behind the clock by less than this.
const LAG: Duration = Duration::from_millis(50);

/// Which cells of a run have ended.
///
/// Cells are known by their keys, not by their places: one that is put in above makes no other one run again.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    /// What is left of the run that is gone on with: cells that this one has not come to yet.
    before: Progress,
    /// How many cells had ended in it.
    ended_before: usize,
    /// The cells that have ended in this one, or need not run again.
    now: Progress,
}

/// How far a run came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    /// The values that were given for parameters, by name.
    parameters: BTreeMap<String, String>,
    /// How many cells of each key have ended.
    ended: BTreeMap<Digest, usize>,
    /// The cells that may act and have begun, by key, with when they did, in nanoseconds since 1970.
    begun: BTreeMap<Digest, u64>,
}

impl Checkpoint {
    /// Starts a run anew, and keeps what ends in the file `path`.
    pub fn start(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            before: Progress::default(),
            ended_before: 0,
            now: Progress::default(),
        }
    }

    /// Goes on with the run whose checkpoint is in the file `path`; `None` when there is none.
    pub fn resume(path: impl Into<PathBuf>) -> Option<Self> {
        let path = path.into();
        let text = std::fs::read_to_string(&path).ok()?;
        let before: Progress = ron::from_str(&text).ok()?;
        Some(Self {
            ended_before: before.ended.values().sum(),
            before,
            now: Progress::default(),
            path,
        })
    }

    /// Returns how many cells had ended in the run that is gone on with.
    pub fn cells_before(&self) -> usize {
        self.ended_before
    }

    /// Returns the values that parameters were given in the run that is gone on with.
    pub fn parameters_before(&self) -> &BTreeMap<String, String> {
        &self.before.parameters
    }

    /// Notes the values that are given for parameters now.
    pub(super) fn note_parameters(&mut self, parameters: BTreeMap<String, String>) {
        self.now.parameters = parameters;
    }

    /// Tells whether a cell of this key had ended, and this run has not come to it yet.
    pub(super) fn has_ended(&self, key: &Digest) -> bool {
        self.before.ended.contains_key(key)
    }

    /// Returns when a cell of this key began that had not ended when the run broke off; files that are not older may be
    /// its own.
    pub(super) fn begun_before(&self, key: &Digest) -> Option<SystemTime> {
        let began = Duration::from_nanos(*self.before.begun.get(key)?);
        UNIX_EPOCH.checked_add(began)?.checked_sub(LAG)
    }

    /// Notes that a cell begins that may act.
    pub(super) fn begin(&mut self, key: Digest) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // One that had begun before may have acted then.
        let before = self.before.begun.get(&key).copied();
        self.now.begun.insert(
            key,
            before.unwrap_or(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)),
        );
        self.write();
    }

    /// Notes that a cell has ended.
    pub(super) fn note(&mut self, key: Digest) {
        if let Some(count) = self.before.ended.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.before.ended.remove(&key);
            }
        }
        self.before.begun.remove(&key);
        self.now.begun.remove(&key);
        *self.now.ended.entry(key).or_default() += 1;
        self.write();
    }

    /// Forgets that a cell has ended, because one above it has failed.
    pub(super) fn forget(&mut self, key: &Digest) {
        // It is pure, and known to the cache.
        if self.now.ended.remove(key).is_some() {
            self.write();
        }
    }

    /// Writes how far both runs came: this one may break off before it comes to what the other did.
    fn write(&self) {
        let mut all = self.now.clone();
        for (key, count) in &self.before.ended {
            *all.ended.entry(*key).or_default() += count;
        }
        for (key, since) in &self.before.begun {
            all.begun.entry(*key).or_insert(*since);
        }
        // What cannot be noted is run again.
        if let Ok(text) = ron::to_string(&all) {
            let _ = write_whole(&self.path, text.as_bytes());
        }
    }

    /// Forgets the run: nothing is left to be done.
    pub fn finish(self) {
        let _ = std::fs::remove_file(&self.path);
        // The last run is one that came to its end: there is nothing to go on with, unless that is said.
        if let Some(folder) = self.path.parent()
            && folder.is_dir()
        {
            let _ = write_whole(&folder.join(FINISHED), b"");
        }
    }

    /// Returns the file of the last run beside `path`, if that run broke off.
    pub fn latest(path: &Path) -> Option<PathBuf> {
        let files = std::fs::read_dir(path.parent()?).ok()?.flatten();
        let files = files.filter(|file| {
            let name = file.file_name();
            name == FINISHED || Path::new(&name).extension().is_some_and(|end| end == "ron")
        });
        let times = files.filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.path())));
        let (_, last) = times.max()?;
        last.extension().is_some().then_some(last)
    }
}

/// The file that a run leaves which came to its end.
const FINISHED: &str = "finished";
