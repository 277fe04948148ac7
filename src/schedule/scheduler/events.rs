//! What an event trigger asks for: files that have come or changed, each once.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use chrono::{DateTime, Utc};

use crate::digest::{Digest, Digester};
use crate::error::Error;
use crate::pipeline::definition::{Change, Event};
use crate::schedule::store::FileRow;
use crate::storage::{FileVersion, Location, Mounts};

/// The version of a file of which nothing could be read; no digest is written so.
const UNKNOWN: &str = "unknown";

/// What a look at the files of an event trigger has found.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The files of which something else is known than before.
    pub(super) noted: BTreeMap<String, FileRow>,
    /// The files that a run is made for.
    pub(super) taken: Vec<String>,
    /// The files that cannot be read, each with why: they are as they were known, and are looked at again.
    pub(super) unreadable: Vec<(String, String)>,
    /// Why others are left out: links that lead out of their mount.
    pub(super) left_out: Vec<String>,
}

impl Seen {
    /// Says, for a person, which files are not taken, and why.
    pub(super) fn trouble(&self) -> Option<String> {
        let others = |count: usize| match count {
            0 | 1 => String::new(),
            2 => ", and another one neither".to_owned(),
            count => format!(", and {} others neither", count - 1),
        };
        let unreadable = self.unreadable.first().map(|(path, reason)| {
            let others = others(self.unreadable.len());
            format!("{path} cannot be read: {reason}{others}; looked at again")
        });
        let left_out = self.left_out.first().map(|reason| {
            let others = others(self.left_out.len());
            format!("{reason}: it is not taken{others}")
        });
        let told: Vec<String> = unreadable.into_iter().chain(left_out).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}

/// Looks at the files of an event trigger.
///
/// A file is taken when two looks in a row have found the same version: one that is still written waits. Those that are there at
/// the first look of all (`is_first`) have not come since, and none of them is taken. One that cannot be read keeps no other from
/// being taken.
pub(super) fn look(
    event: &Event,
    mounts: &Mounts,
    known: &BTreeMap<String, FileRow>,
    is_first: bool,
) -> Result<Seen, Error> {
    let mut seen = Seen::default();
    let mut there = BTreeMap::new();
    let mut closed = BTreeSet::new();
    let found = mounts.find_files(&event.path)?;
    seen.left_out = found.left_out.iter().map(ToString::to_string).collect();
    for location in found.files {
        match location.ask_version() {
            Ok(Some(version)) => {
                there.insert(location.name().to_owned(), (location, version));
            }
            Ok(None) => {}
            Err(error) => {
                // One that was there at the first look has not come since, whatever is in it.
                if is_first {
                    let file = FileRow {
                        seen: Some(UNKNOWN.to_owned()),
                        taken: Some(UNKNOWN.to_owned()),
                        ..FileRow::default()
                    };
                    seen.noted.insert(location.name().to_owned(), file);
                }
                closed.insert(location.name().to_owned());
                seen.unreadable
                    .push((location.name().to_owned(), error.to_string()));
            }
        }
    }
    for (path, (location, version)) in &there {
        let before = known.get(path);
        let mut file = before.cloned().unwrap_or_else(|| FileRow {
            is_new: true,
            ..FileRow::default()
        });
        let now = text(version);
        let is_settled = file.seen.as_ref() == Some(&now);
        // A file that was gone has come again.
        file.is_new |= file.seen.is_none();
        file.seen = Some(now.clone());
        let is_taken = file.taken.as_ref() == Some(&now) && !file.is_new;
        if (is_first || is_settled) && !is_taken {
            let digest = match digest(location, version) {
                Ok(Some(digest)) => digest,
                Ok(None) => continue,
                Err(error) => {
                    seen.unreadable.push((path.clone(), error.to_string()));
                    if is_first {
                        file.taken = Some(now);
                        file.is_new = false;
                    }
                    // That it has come is not forgotten: it is settled when it can be read.
                    if before != Some(&file) {
                        seen.noted.insert(path.clone(), file);
                    }
                    continue;
                }
            };
            let digest = digest.to_string();
            let is_same = file.digest.as_ref() == Some(&digest);
            let wanted = if file.is_new {
                Change::Appears
            } else {
                Change::Changes
            };
            // One that was deleted and has come again with other contents has changed as well.
            let is_wanted =
                event.on.contains(&wanted) || file.digest.is_some() && event.on.contains(&Change::Changes);
            if !is_first && !is_same && is_wanted {
                seen.taken.push(path.clone());
            }
            file.digest = Some(digest);
            file.taken = Some(now);
            file.is_new = false;
        }
        if before != Some(&file) {
            seen.noted.insert(path.clone(), file);
        }
    }
    for (path, file) in known {
        if file.seen.is_some() && !there.contains_key(path) && !closed.contains(path) {
            let gone = FileRow {
                seen: None,
                ..file.clone()
            };
            seen.noted.insert(path.clone(), gone);
        }
    }
    Ok(seen)
}

/// Returns the files of an event trigger that were last written from one time up to another, and why others are left out.
pub(in crate::schedule) fn written_between(
    event: &Event,
    mounts: &Mounts,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<(Vec<String>, Vec<String>), Error> {
    let mut files = Vec::new();
    let found = mounts.find_files(&event.path)?;
    for location in found.files {
        let version = location
            .ask_version()
            .map_err(|error| unreadable(&location, &error))?;
        let modified = version
            .and_then(|version| version.modified)
            .map(DateTime::<Utc>::from);
        if modified.is_some_and(|time| (from..until).contains(&time)) {
            files.push(location.name().to_owned());
        }
    }
    let left_out = found.left_out.iter().map(ToString::to_string).collect();
    Ok((files, left_out))
}

/// Returns the digest of the contents, or what stands for it in the store; nothing where they are not those of this version.
fn digest(location: &Location, version: &FileVersion) -> io::Result<Option<Digest>> {
    if let Some(digest) = version.digest() {
        return Ok(Some(digest));
    }
    let reader = match location.open() {
        Ok(reader) => reader,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let digest = Digest::of_reader(reader, version.size)?;
    // It may have been written to meanwhile.
    let is_same = location.ask_version()?.as_ref() == Some(version);
    Ok(is_same.then_some(digest))
}

/// Returns a version as a text that only this version has.
fn text(version: &FileVersion) -> String {
    let mut digester = Digester::new("version of a file");
    version.write(&mut digester);
    digester.finish().to_string()
}

fn unreadable(location: &Location, error: &io::Error) -> Error {
    crate::schedule::error::ScheduleError::File {
        path: location.name().to_owned(),
        reason: error.to_string(),
    }
    .into()
}
