//! [`Checkpoint`]: which cells of a run have ended, so that an interrupted run can be resumed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::store::write_whole;
use crate::digest::Digest;

/// File systems give files times that lag behind the clock by less than this.
const LAG: Duration = Duration::from_millis(50);

/// Which cells of a run have ended.
///
/// Cells are known by their keys, not by their places: one that is put in above makes no other one run again. Its file
/// begins with how far a run came that this one continues with, and has a line for each thing that happened since, so that
/// a cell costs one line however many there are.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    /// The file, once something is written.
    file: Option<File>,
    /// How many cells had ended in the resumed run.
    ended_before: usize,
    state: State,
}

/// How far a run and the one that it continues with came.
#[derive(Debug, Default)]
struct State {
    /// What is left of the resumed run: cells that this one has not come to yet.
    before: Progress,
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

/// What happens in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Happened {
    /// A cell has begun that may act, at this time.
    Began(Digest, u64),
    /// A cell has ended.
    Ended(Digest),
    /// That a cell has ended is void, because one above it has failed.
    Void(Digest),
}

impl State {
    fn note(&mut self, happened: Happened) {
        match happened {
            Happened::Began(key, since) => {
                self.now.begun.insert(key, since);
            }
            Happened::Ended(key) => {
                if let Some(count) = self.before.ended.get_mut(&key) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        self.before.ended.remove(&key);
                    }
                }
                self.before.begun.remove(&key);
                self.now.begun.remove(&key);
                *self.now.ended.entry(key).or_default() += 1;
            }
            Happened::Void(key) => {
                self.now.ended.remove(&key);
            }
        }
    }

    /// Returns how far both runs came: one may break off before it comes to what the other did.
    fn both(&self) -> Progress {
        let mut all = self.now.clone();
        for (key, count) in &self.before.ended {
            *all.ended.entry(*key).or_default() += count;
        }
        for (key, since) in &self.before.begun {
            all.begun.entry(*key).or_insert(*since);
        }
        all
    }
}

impl Checkpoint {
    /// Starts a run again, and keeps what ends in the file `path`.
    pub fn start(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            file: None,
            ended_before: 0,
            state: State::default(),
        }
    }

    /// Resumes the run whose checkpoint is in the file `path`; `None` when there is none.
    pub fn resume(path: impl Into<PathBuf>) -> Option<Self> {
        let path = path.into();
        let text = std::fs::read_to_string(&path).ok()?;
        let mut lines = text.lines();
        let before: Progress = ron::from_str(lines.next()?).ok()?;
        let mut run = State {
            now: Progress {
                parameters: before.parameters.clone(),
                ..Progress::default()
            },
            before,
        };
        // A line that was cut off tells nothing: what it was about is run again.
        for happened in lines.filter_map(|line| ron::from_str(line).ok()) {
            run.note(happened);
        }
        let before = run.both();
        Some(Self {
            path,
            file: None,
            ended_before: before.ended.values().sum(),
            state: State {
                before,
                now: Progress::default(),
            },
        })
    }

    /// Returns how many cells had ended in the resumed run.
    pub fn cells_before(&self) -> usize {
        self.ended_before
    }

    /// Returns the values that parameters were given in the resumed run.
    pub fn parameters_before(&self) -> &BTreeMap<String, String> {
        &self.state.before.parameters
    }

    /// Notes the values that are given for parameters now.
    pub(crate) fn note_parameters(&mut self, parameters: BTreeMap<String, String>) {
        self.state.now.parameters = parameters;
    }

    /// Returns whether a cell of this key had ended, and this run has not come to it yet.
    pub(crate) fn has_ended(&self, key: &Digest) -> bool {
        self.state.before.ended.contains_key(key)
    }

    /// Returns when a cell of this key began that had not ended when the run was interrupted; files that are not older may be
    /// its own.
    pub(crate) fn begun_before(&self, key: &Digest) -> Option<SystemTime> {
        let began = Duration::from_nanos(*self.state.before.begun.get(key)?);
        UNIX_EPOCH.checked_add(began)?.checked_sub(LAG)
    }

    /// Returns what names this run of a cell that has begun: it stays when the run is resumed, and no other run has it.
    pub(crate) fn run_of(&self, key: &Digest) -> Option<String> {
        let since = self.state.now.begun.get(key)?;
        Some(format!("{}-{since}", key.short()))
    }

    /// Notes that a cell begins that may act.
    pub(crate) fn begin(&mut self, key: Digest) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // One that had begun before may have acted then.
        let before = self.state.before.begun.get(&key).copied();
        let since = before.unwrap_or(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
        self.happened(Happened::Began(key, since));
    }

    /// Notes that a cell has ended.
    pub(crate) fn note(&mut self, key: Digest) {
        self.happened(Happened::Ended(key));
    }

    /// Discards that a cell has ended, because one above it has failed.
    pub(crate) fn forget(&mut self, key: &Digest) {
        // It is pure, and known to the cache.
        if self.state.now.ended.contains_key(key) {
            self.happened(Happened::Void(*key));
        }
    }

    fn happened(&mut self, happened: Happened) {
        if self.file.is_none() {
            self.file = self.begin_file();
        }
        self.state.note(happened);
        // What cannot be noted is run again.
        if let (Some(file), Ok(line)) = (&mut self.file, ron::to_string(&happened)) {
            let _ = file.write_all(format!("{line}\n").as_bytes());
        }
    }

    /// Writes how far everything came so far, and leaves the file open for what happens next.
    fn begin_file(&self) -> Option<File> {
        let text = ron::to_string(&self.state.both()).ok()?;
        write_whole(&self.path, format!("{text}\n").as_bytes()).ok()?;
        File::options().append(true).open(&self.path).ok()
    }

    /// Discards the run: nothing is left to be done.
    pub fn finish(self) {
        let _ = std::fs::remove_file(&self.path);
        // The last run is one that came to its end: there is nothing to resume, unless that is said.
        if let Some(folder) = self.path.parent()
            && folder.is_dir()
        {
            let _ = write_whole(&folder.join(FINISHED), b"");
        }
    }

    /// Finds the run to continue with among those whose checkpoints are beside `path`, when `named` are the parameters
    /// that are given for it.
    ///
    /// That is the latest of those that had all of these, or else the last run, if it was interrupted: then what is given
    /// overrides what it had.
    pub fn find(path: &Path, named: &BTreeMap<String, String>) -> Option<Self> {
        let latest = Self::latest(path);
        if named.is_empty() {
            return latest.and_then(Self::resume);
        }
        let files = std::fs::read_dir(path.parent()?).ok()?.flatten();
        let files = files.filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.path())));
        let mut files: Vec<_> = files.collect();
        files.sort();
        let has_these = |checkpoint: &Self| {
            let had = checkpoint.parameters_before();
            named.iter().all(|(name, value)| had.get(name) == Some(value))
        };
        let mut agreeing = files.into_iter().rev();
        agreeing
            .find_map(|(_, path)| Self::resume(path).filter(has_these))
            .or_else(|| latest.and_then(Self::resume))
    }

    /// Returns the file of the last run beside `path`, if that run was interrupted.
    fn latest(path: &Path) -> Option<PathBuf> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Digest {
        Digest::of_bytes(name.as_bytes())
    }

    #[test]
    fn what_happened_is_read_back_and_a_line_that_was_cut_off_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.ron");
        let mut run = Checkpoint::start(&path);
        run.note_parameters(BTreeMap::from([("day".to_owned(), "monday".to_owned())]));
        for name in ["a", "a", "b", "c"] {
            run.note(key(name));
        }
        run.forget(&key("c"));
        run.begin(key("d"));
        let name = run.run_of(&key("d"));
        assert!(name.is_some());
        drop(run);
        let told = |run: &Checkpoint| {
            let ended = ["a", "b", "c", "d"].map(|name| run.has_ended(&key(name)));
            (run.cells_before(), ended, run.begun_before(&key("d")).is_some())
        };
        let mut again = Checkpoint::resume(&path).unwrap();
        assert_eq!(again.parameters_before()["day"], "monday");
        assert_eq!(told(&again), (3, [true, true, false, false], true));
        // What it began is still the same run of it.
        again.begin(key("d"));
        assert_eq!(again.run_of(&key("d")), name);
        assert_eq!(again.run_of(&key("a")), None);

        // It comes to one of the two, and is interrupted.
        again.note(key("a"));
        again.note(key("d"));
        assert_eq!(told(&again), (3, [true, true, false, false], false));
        drop(again);
        let again = Checkpoint::resume(&path).unwrap();
        assert_eq!(told(&again), (4, [true, true, false, true], false));

        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 5]).unwrap();
        let again = Checkpoint::resume(&path).unwrap();
        assert_eq!(told(&again), (3, [true, true, false, false], true));
    }
}
