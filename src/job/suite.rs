//! [`Suite`]: many notebooks with records, found in folders and run beside each other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::check::{Check, Checking};
use super::checked::Checked;
use super::error::JobError;
use super::options::Options;
use super::place::workspace_of;
use super::queue::run_all;
use super::run::parallelism;
use crate::error::Error;
use crate::record::Record;
use crate::work::Interrupt;

/// What a record's name ends with.
const RECORD: &str = ".record.ron";

/// The notebooks to be run.
pub struct Suite {
    cases: Vec<Case>,
}

/// A notebook with a record.
struct Case {
    file: PathBuf,
    /// The files that it reads and writes, by their places in its workspace.
    reads: BTreeSet<String>,
    writes: BTreeSet<String>,
}

impl Suite {
    /// Finds the notebooks: those that are named, and in folders those that have a record, sorted.
    ///
    /// # Errors
    ///
    /// When there is none, a path is not there, or a folder cannot be read.
    pub fn find(paths: &[PathBuf]) -> Result<Self, Error> {
        let mut files = BTreeSet::new();
        for path in paths {
            if path.is_dir() {
                search(path, &mut files)?;
            } else if path.exists() {
                files.insert(path.clone());
            } else {
                return Err(JobError::NoPath { path: path.clone() }.into());
            }
        }
        if files.is_empty() {
            let places: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            return Err(JobError::NoRecords {
                place: places.join(", "),
            }
            .into());
        }
        Ok(Self {
            cases: files.into_iter().map(Case::of).collect(),
        })
    }

    /// Checks every notebook, `notebooks` of them at the same time; one that reads what another writes waits for it.
    ///
    /// `conclude` makes of each what is to be known of it, on whatever thread it was run, so that no more than that is
    /// kept; `report` is called in order, each as soon as those before it are reported. What fails in one stops nothing in
    /// another; the flag in `options` stops all.
    ///
    /// # Errors
    ///
    /// When `report` fails; then all are stopped.
    pub fn run<T: Send>(
        &self,
        options: &Options,
        checking: Checking,
        notebooks: Option<usize>,
        conclude: impl Fn(&Path, Result<Checked, Error>) -> T + Sync,
        mut report: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let waits: Vec<BTreeSet<usize>> = self.waits();
        let stop = &options.interrupt;
        // Each has a flag of its own.
        let flags: Vec<Interrupt> = self.cases.iter().map(|_| Interrupt::default()).collect();
        let check = |at: usize| {
            let (case, flag) = (self.cases.get(at)?, flags.get(at)?);
            if stop.is_set() {
                flag.trigger();
            }
            let options = Options {
                interrupt: flag.clone(),
                ..options.clone()
            };
            let checked = Check::open(&case.file, &options, checking).and_then(|check| check.run(&mut ()));
            Some(conclude(&case.file, checked))
        };
        let mut told: Vec<Option<T>> = self.cases.iter().map(|_| None).collect();
        let mut next = 0;
        let mut followed = Ok(());
        let idle = || {
            if stop.is_set() {
                flags.iter().for_each(Interrupt::trigger);
            }
        };
        run_all(&waits, parallelism(notebooks), check, idle, |at, one| {
            if let Some(place) = told.get_mut(at) {
                *place = one;
            }
            while let Some(one) = told.get_mut(next).and_then(Option::take) {
                if followed.is_ok() {
                    followed = report(one);
                    if followed.is_err() {
                        stop.trigger();
                    }
                }
                next += 1;
            }
        });
        followed
    }

    /// Returns for each notebook those that it has to wait for.
    fn waits(&self) -> Vec<BTreeSet<usize>> {
        let cases = || self.cases.iter().enumerate();
        cases()
            .map(|(at, case)| {
                cases()
                    .filter(|(other, found)| *other != at && case.waits_for(found, *other < at))
                    .map(|(other, _)| other)
                    .collect()
            })
            .collect()
    }
}

/// Searches a folder and those in it, but for hidden ones, for records.
fn search(folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
    let unreadable = |error: std::io::Error| JobError::Folder {
        path: folder.to_owned(),
        reason: error.to_string(),
    };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = match folder.strip_prefix(".") {
            // A person did not write the point.
            Ok(rest) => rest.join(&name),
            Err(_) => folder.join(&name),
        };
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() && !name.starts_with('.') {
            search(&path, files)?;
        } else if let Some(stem) = name.strip_suffix(RECORD) {
            // The record says what its notebook is called; a damaged one is reported when its turn comes.
            let text = fs::read_to_string(&path).unwrap_or_default();
            let record = Record::from_text(&text, &name);
            let notebook = record.map_or_else(|_| format!("{stem}.py"), |record| record.notebook);
            files.insert(path.with_file_name(notebook));
        }
    }
    Ok(())
}

impl Case {
    fn of(file: PathBuf) -> Self {
        let root = workspace_of(&file).map(|workspace| workspace.root().to_owned());
        let root = root.unwrap_or_default();
        let place = |name: &String| format!("{}:{name}", root.display());
        let record = Record::read(&file);
        let cells = record.map(|record| record.cells).unwrap_or_default();
        let reads = cells.iter().flat_map(|cell| &cell.reads);
        let writes = cells.iter().flat_map(|cell| &cell.writes);
        Self {
            reads: reads.map(|file| place(&file.path)).collect(),
            writes: writes.map(|file| place(&file.path)).collect(),
            file,
        }
    }

    /// Returns whether this case has to wait for `other`, which reads what this writes or writes what this reads.
    fn waits_for(&self, other: &Self, is_before: bool) -> bool {
        let both_write = !self.writes.is_disjoint(&other.writes);
        let reads_its = self
            .reads
            .difference(&self.writes)
            .any(|file| other.writes.contains(file));
        reads_its || (is_before && both_write)
    }
}
