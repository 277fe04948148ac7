//! [`Log`]: what files the log of a table has, and which of them lead to a version.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use percent_encoding::percent_decode_str;

use super::LOG_FOLDER;
use super::error::DeltaError;
use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::Location;

/// The folder of what checkpoints have aside, in that of the log.
const SIDECARS: &str = "_sidecars";

/// How many digits a version has in a name.
const DIGITS: usize = 20;

/// The files of a log.
#[derive(Debug)]
pub(super) struct Log {
    /// The name of the table, for messages.
    pub(super) table: String,
    folder: Location,
    /// The versions that have a commit.
    commits: Vec<u64>,
    /// The names of the parts of each whole checkpoint, by its version.
    checkpoints: BTreeMap<u64, Vec<String>>,
}

/// What leads to a version: a checkpoint, and the commits behind it.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) version: u64,
    /// The parts of the checkpoint; none where the log is read from its beginning.
    pub(super) checkpoint: Vec<Location>,
    pub(super) commits: Vec<Location>,
}

impl Log {
    /// Lists the log of the table in a folder.
    pub(super) fn of(table: &Location) -> Result<Self, ReadError> {
        let name = table.name().trim_end_matches('/').to_owned();
        let folder = table.join(format!("{name}/{LOG_FOLDER}"), LOG_FOLDER);
        let none = || DeltaError::NoTable { folder: name.clone() };
        let names = match folder.names() {
            Ok(names) => names,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(none().into());
            }
            Err(error) => return Err(source::unreadable(&folder, error)),
        };
        let mut log = Self {
            table: name.clone(),
            folder,
            commits: Vec::new(),
            checkpoints: BTreeMap::new(),
        };
        let mut parts: BTreeMap<(u64, u64), Vec<String>> = BTreeMap::new();
        for name in names {
            match Kind::of(&name) {
                Some((version, Kind::Commit)) => log.commits.push(version),
                Some((version, Kind::Checkpoint)) => _ = log.checkpoints.insert(version, vec![name]),
                Some((version, Kind::Part { of })) => parts.entry((version, of)).or_default().push(name),
                None => {}
            }
        }
        log.commits.sort_unstable();
        // One that is still being written is not whole.
        for ((version, of), mut names) in parts {
            if names.len() as u64 == of {
                names.sort_unstable();
                log.checkpoints.entry(version).or_insert(names);
            }
        }
        if log.newest().is_none() {
            return Err(none().into());
        }
        Ok(log)
    }

    /// Returns the newest version.
    pub(super) fn newest(&self) -> Option<u64> {
        let checkpoint = self.checkpoints.keys().next_back().copied();
        self.commits.last().copied().max(checkpoint)
    }

    /// Returns a file of the log.
    fn file(&self, name: &str) -> Location {
        self.folder.join(format!("{}/{name}", self.folder.name()), name)
    }

    /// Returns a file that has a part of a checkpoint, which is in a folder of the log, wherever its path says.
    pub(super) fn sidecar(&self, path: &str) -> Location {
        let name = percent_decode_str(path.rsplit('/').next().unwrap_or(path));
        let name = name.decode_utf8_lossy();
        self.file(&format!("{SIDECARS}/{name}"))
    }

    fn commit(&self, version: u64) -> Location {
        self.file(&commit_name(version))
    }

    fn has_commit(&self, version: u64) -> bool {
        self.commits.binary_search(&version).is_ok()
    }

    /// Finds what leads to a version, or to the newest one.
    pub(super) fn way_to(&self, version: Option<u64>) -> Result<Way, DeltaError> {
        let newest = self.newest().unwrap_or_default();
        let asked = version.unwrap_or(newest);
        let checkpoint = self.checkpoints.range(..=asked).next_back();
        let first = checkpoint.map_or(0, |(version, _)| version + 1);
        let missing = (first..=asked).find(|version| !self.has_commit(*version));
        if let Some(missing) = missing {
            return Err(self.no_way(asked, missing, newest));
        }
        let parts = checkpoint.map_or(&[][..], |(_, names)| names);
        Ok(Way {
            version: asked,
            checkpoint: parts.iter().map(|name| self.file(name)).collect(),
            commits: (first..=asked).map(|version| self.commit(version)).collect(),
        })
    }

    /// Says why a version cannot be read for which a commit is missing.
    fn no_way(&self, asked: u64, missing: u64, newest: u64) -> DeltaError {
        let table = self.table.clone();
        let oldest = match self.checkpoints.keys().next() {
            _ if self.has_commit(0) => Some(0),
            checkpoint => checkpoint.copied(),
        };
        match oldest {
            Some(oldest) if asked > newest || asked < oldest => DeltaError::NoVersion {
                table,
                asked,
                oldest,
                newest,
            },
            _ => DeltaError::Incomplete {
                table,
                version: asked,
                missing: commit_name(missing),
            },
        }
    }
}

impl Way {
    /// Returns the files that say what this version is, and not only what those before it were.
    pub(super) fn entries(&self) -> Vec<Location> {
        match self.commits.last() {
            Some(commit) => vec![commit.clone()],
            None => self.checkpoint.clone(),
        }
    }
}

fn commit_name(version: u64) -> String {
    format!("{version:020}.json")
}

/// What a file of a log is.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// What a version has changed.
    Commit,
    /// All of a version.
    Checkpoint,
    /// One of several parts of that.
    Part { of: u64 },
}

impl Kind {
    /// Reads the name of a file; `None` for what is no part of the log, or not needed.
    fn of(name: &str) -> Option<(u64, Self)> {
        let (version, rest) = name.split_at_checked(DIGITS)?;
        let number = |digits: &str| -> Option<u64> {
            digits
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| digits.parse().ok())?
        };
        let version = number(version)?;
        let kind = match rest {
            ".json" => Self::Commit,
            ".checkpoint.parquet" => Self::Checkpoint,
            rest => {
                let inner = rest.strip_prefix(".checkpoint.")?;
                match inner
                    .strip_suffix(".parquet")
                    .and_then(|inner| inner.split_once('.'))
                {
                    Some((part, of)) if part.len() == 10 && of.len() == 10 => {
                        let (part, of) = (number(part)?, number(of)?);
                        (1..=of).contains(&part).then_some(Self::Part { of })?
                    }
                    // By a name that is used once.
                    _ if is_once(inner) => Self::Checkpoint,
                    _ => return None,
                }
            }
        };
        Some((version, kind))
    }
}

/// Returns whether a checkpoint is named by a number that is used once, as JSON or as Parquet.
fn is_once(name: &str) -> bool {
    let id = name
        .strip_suffix(".json")
        .or_else(|| name.strip_suffix(".parquet"));
    id.is_some_and(|id| id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_log_tell_what_they_are() {
        for (name, expected) in [
            ("00000000000000000012.json", Some((12, Kind::Commit))),
            (
                "00000000000000000012.checkpoint.parquet",
                Some((12, Kind::Checkpoint)),
            ),
            (
                "00000000000000000012.checkpoint.0000000001.0000000003.parquet",
                Some((12, Kind::Part { of: 3 })),
            ),
            (
                "00000000000000000012.checkpoint.0000000004.0000000003.parquet",
                None,
            ),
            (
                "00000000000000000012.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json",
                Some((12, Kind::Checkpoint)),
            ),
            (
                "00000000000000000012.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet",
                Some((12, Kind::Checkpoint)),
            ),
            ("00000000000000000012.checkpoint.80a083e8.parquet", None),
            ("00000000000000000012.crc", None),
            ("00000000000000000012.00000000000000000014.compacted.json", None),
            ("0000000000000000001x.json", None),
            ("+0000000000000000012.json", None),
            ("_last_checkpoint", None),
            ("12.json", None),
        ] {
            assert_eq!(Kind::of(name), expected, "{name}");
        }
    }
}
