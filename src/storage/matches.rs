//! Names with wildcards: `/mnt/data/part-*.csv`.

use std::io;

use glob::{MatchOptions, Pattern, PatternError};

use super::error::StorageError;
use super::location::Location;
use super::mounts::Mounts;
use super::store::{Entry, EntryKind};
use crate::error::Result;

/// The characters that make a name a pattern.
pub const WILDCARDS: [char; 3] = ['*', '?', '['];

/// As in a shell: `*` stays within one folder and does not find hidden files.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// What a pattern has found.
#[derive(Debug, Default)]
pub struct Matches {
    /// The files, sorted by name.
    pub files: Vec<Location>,
    /// Why files and folders were left out that match: links that lead out of their mount, or in a circle.
    pub left_out: Vec<StorageError>,
    /// Whether such links are left out; otherwise they are errors.
    is_lenient: bool,
}

impl Matches {
    /// Takes a file in, where it lies within its mount.
    fn take(&mut self, file: Location) -> Result<(), StorageError> {
        match file.confine() {
            Ok(file) => self.files.push(file),
            Err(error) if self.is_lenient => self.left_out.push(error),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Returns whether a folder is left out: what is below a link out of the mount need not be searched.
    fn leaves_out(&mut self, folder: &Location, is_link: bool) -> bool {
        if !self.is_lenient || !is_link {
            return false;
        }
        let error = folder.clone().confine().err();
        let is_left_out = error.is_some();
        self.left_out.extend(error);
        is_left_out
    }
}

impl Mounts {
    /// Returns the files that `pattern` matches now; none is no error, and links that lead out of their mount are left out, so that
    /// one of them keeps no other file from being found.
    ///
    /// # Errors
    ///
    /// The pattern is none, or its store does not answer.
    pub fn find_files(&self, pattern: &str) -> Result<Matches> {
        let lenient = Matches {
            is_lenient: true,
            ..Matches::default()
        };
        Ok(search(&self.locate(pattern)?, lenient)?)
    }

    /// Returns the files that `pattern` matches, sorted by name; at least one.
    ///
    /// `*`, `?`, `[a-z]` and `**` mean what they do in a shell. A name without a wildcard has to exist, and may
    /// be a folder's; so may a name that is itself a file's, brackets and all. Every file found is checked to
    /// lie within its mount.
    pub fn resolve_glob(&self, pattern: &str) -> Result<Vec<Location>> {
        let place = self.locate(pattern)?;
        match place.store().head(place.inner()) {
            Ok(_) => return Ok(vec![place]),
            // A name with wildcards is not always one that a file can have.
            Err(_) if pattern.contains(WILDCARDS) => {}
            Err(_) => return Err(place.head().map_or_else(Into::into, |_| place.missing().into())),
        }
        let found = search(&place, Matches::default())?.files;
        if found.is_empty() {
            return Err(no_match(&place).into());
        }
        Ok(found)
    }
}

impl Mounts {
    /// Returns all files below a folder but for hidden ones, sorted by name, and the pattern that they match.
    pub fn resolve_below(&self, folder: &Location) -> Result<(String, Vec<Location>)> {
        let pattern = folder.files_below();
        let found = search(&self.locate(&pattern)?, Matches::default())?.files;
        Ok((pattern, found))
    }
}

impl Location {
    /// Returns the pattern that all files below this folder match, but for hidden ones.
    fn files_below(&self) -> String {
        format!("{}/**/*", Pattern::escape(self.name().trim_end_matches('/')))
    }
}

/// One part of a pattern between slashes.
enum Part {
    /// `**`: any folders, and none.
    Folders,
    /// A name as it is written.
    Name(String),
    /// What names have to be like.
    Like(Pattern),
}

/// Finds what a pattern leads to.
fn search(place: &Location, mut found: Matches) -> Result<Matches, StorageError> {
    let pattern = place.inner();
    let before = place.name().strip_suffix(pattern);
    // The whole of it is parsed, so that positions count from where the user's pattern begins.
    let bad = |error: PatternError| StorageError::BadPattern {
        pattern: place.name().to_owned(),
        position: before.map_or(0, |before| before.chars().count()) + error.pos + 1,
        reason: error.msg,
    };
    Pattern::new(pattern).map_err(bad)?;
    let parts = pattern.split('/').filter(|part| !matches!(*part, "" | "."));
    let parts = parts.map(|part| match part {
        "**" => Ok(Part::Folders),
        part if part.contains(WILDCARDS) => Ok(Part::Like(Pattern::new(part).map_err(bad)?)),
        part => Ok(Part::Name(part.to_owned())),
    });
    let parts = parts.collect::<Result<Vec<_>, StorageError>>()?;
    let top = if pattern.starts_with('/') { "/" } else { "" };
    let name = format!("{}{top}", before.unwrap_or_default());
    let top = place.top(name, top);
    // One list of all that is below answers more than a question for each folder.
    let is_deep = parts
        .iter()
        .rev()
        .skip(1)
        .any(|part| !matches!(part, Part::Name(_)));
    if is_deep && place.is_remote() {
        below(top, &parts, &mut found)?;
    } else {
        walk(&top, &parts, &mut found)?;
    }
    found.files.sort();
    Ok(found)
}

/// Finds the files that the parts of a pattern lead to in the list of all that is below its fixed beginning.
fn below(top: Location, parts: &[Part], found: &mut Matches) -> Result<(), StorageError> {
    let fixed = parts.iter().map_while(|part| match part {
        Part::Name(name) => Some(name),
        _ => None,
    });
    let (mut folder, mut depth) = (top, 0);
    for name in fixed {
        folder = folder.below(name);
        depth += 1;
    }
    let parts = parts.get(depth..).unwrap_or_default();
    for entry in folder.store().walk(folder.inner()) {
        let entry = match entry {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entry => entry.map_err(|error| StorageError::from_io(folder.name(), "searched", error))?,
        };
        let names: Vec<&str> = entry.name.split('/').collect();
        if !entry.is_folder() && matches(parts, &names) {
            found.take(folder.below(&entry.name))?;
        }
    }
    Ok(())
}

/// Returns whether the parts of a pattern match a path.
fn matches(parts: &[Part], names: &[&str]) -> bool {
    let (Some((part, rest)), Some((name, below))) = (parts.split_first(), names.split_first()) else {
        return parts.is_empty() && names.is_empty();
    };
    match part {
        Part::Folders => {
            let is_folder = !below.is_empty() && !name.starts_with('.');
            matches(rest, names) || is_folder && matches(parts, below)
        }
        Part::Name(wanted) => wanted == name && matches(rest, below),
        Part::Like(pattern) => pattern.matches_with(name, OPTIONS) && matches(rest, below),
    }
}

/// Finds the files below a folder that the parts of a pattern lead to.
fn walk(folder: &Location, parts: &[Part], found: &mut Matches) -> Result<(), StorageError> {
    let Some((part, rest)) = parts.split_first() else {
        return Ok(());
    };
    match part {
        Part::Folders => {
            walk(folder, rest, found)?;
            for entry in listed(folder, "") {
                let entry = entry?;
                let below = folder.below(&entry.name);
                let is_wanted = entry.is_folder() && !entry.name.starts_with('.');
                if is_wanted && !found.leaves_out(&below, entry.is_link) {
                    walk(&below, parts, found)?;
                }
            }
        }
        Part::Name(name) => {
            let below = folder.below(name);
            match below.store().head(below.inner()) {
                Ok(entry) => step(below, &entry, rest, found)?,
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(StorageError::from_io(below.name(), "searched", error)),
            }
        }
        Part::Like(pattern) => {
            let beginning = pattern.as_str().split(WILDCARDS).next().unwrap_or_default();
            for entry in listed(folder, beginning) {
                let entry = entry?;
                if pattern.matches_with(&entry.name, OPTIONS) {
                    step(folder.below(&entry.name), &entry, rest, found)?;
                }
            }
        }
    }
    Ok(())
}

/// Returns whether a failure says that nothing is there, or nothing that can be seen.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::PermissionDenied
    )
}

/// Takes in what one part of a pattern has found: a file where that was the last part, a folder where more follow.
fn step(below: Location, entry: &Entry, rest: &[Part], found: &mut Matches) -> Result<(), StorageError> {
    match entry.kind {
        EntryKind::Folder if found.leaves_out(&below, entry.is_link) => Ok(()),
        EntryKind::Folder => walk(&below, rest, found),
        _ if rest.is_empty() => found.take(below),
        EntryKind::File | EntryKind::Other => Ok(()),
    }
}

/// Lists what in a folder has a name that begins so; a folder that is not there has nothing.
fn listed<'a>(
    folder: &'a Location,
    beginning: &str,
) -> impl Iterator<Item = Result<Entry, StorageError>> + use<'a> {
    let entries = folder.store().list_beginning(folder.inner(), beginning);
    // A private folder that nothing has been written to yet.
    let is_there =
        |entry: &io::Result<Entry>| !matches!(entry, Err(error) if error.kind() == io::ErrorKind::NotFound);
    let unsearched = |error| StorageError::from_io(folder.name(), "searched", error);
    entries
        .filter(is_there)
        .map(move |entry| entry.map_err(unsearched))
}

fn no_match(place: &Location) -> StorageError {
    let mut folder = place.clone();
    while folder.inner().contains(WILDCARDS)
        && let Some(parent) = folder.parent()
    {
        folder = parent;
    }
    StorageError::NoMatch {
        pattern: place.name().to_owned(),
        there: folder.listed().unwrap_or_default(),
        folder: folder.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::Stored;

    fn workspaces() -> [Stored; 3] {
        let all = Stored::of_each_kind();
        for stored in &all {
            for name in [
                "part-2.csv",
                "part-10.csv",
                "part-1.csv",
                "b[1].csv",
                ".hidden.csv",
                "sub/part-3.csv",
            ] {
                stored.put(&format!("/mnt/data/{name}"), "");
            }
        }
        all
    }

    #[test]
    fn a_pattern_finds_files_in_order() {
        for stored in workspaces() {
            let folder = stored.folder.path().join("odd[1]");
            let absolute = format!("{}/*", Pattern::escape(&folder.to_string_lossy()));
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("part-3.csv"), "").unwrap();
            for (pattern, expected) in [
                (
                    "/mnt/data/part-*.csv",
                    "/mnt/data/part-1.csv /mnt/data/part-10.csv /mnt/data/part-2.csv",
                ),
                (
                    "dbfs:/mnt/data/part-?.csv",
                    "/mnt/data/part-1.csv /mnt/data/part-2.csv",
                ),
                (
                    "/mnt/data/**/part-[23].csv",
                    "/mnt/data/part-2.csv /mnt/data/sub/part-3.csv",
                ),
                ("/mnt/data/s*", ""),
                ("/mnt/data/*/part-?.csv", "/mnt/data/sub/part-3.csv"),
                ("/mnt/data/.h*", "/mnt/data/.hidden.csv"),
                ("/mnt/data/b[1].csv", "/mnt/data/b[1].csv"),
                ("/mnt/data/sub", "/mnt/data/sub"),
                ("datasets/part-1*", "datasets/part-1.csv datasets/part-10.csv"),
                (
                    "file:datasets/part-1*",
                    "file:datasets/part-1.csv file:datasets/part-10.csv",
                ),
                (&absolute, &format!("{}/part-3.csv", folder.display())),
            ] {
                if !stored.is_local && pattern.contains("datasets/") {
                    continue;
                }
                let found = stored.mounts.resolve_glob(pattern).unwrap_or_default();
                let names: Vec<_> = found.iter().map(Location::name).collect();
                assert_eq!(names.join(" "), expected, "{pattern}");
                assert!(found.iter().all(|found| found.exists().unwrap()), "{pattern}");
            }
        }
    }

    #[test]
    fn a_pattern_without_a_match_says_what_there_is() {
        for stored in workspaces() {
            for (pattern, message, hint) in [
                (
                    "/mnt/data/sub/*.parquet",
                    "no file matches /mnt/data/sub/*.parquet",
                    "/mnt/data/sub contains only part-3.csv",
                ),
                (
                    "/mnt/data/*.parquet",
                    "no file matches /mnt/data/*.parquet",
                    "/mnt/data contains .hidden.csv, b[1].csv, part-1.csv, part-10.csv, part-2.csv, sub/",
                ),
                (
                    "/mnt/data/part-3.csv",
                    "/mnt/data/part-3.csv does not exist",
                    "did you mean /mnt/data/part-1.csv?",
                ),
                (
                    "/mnt/data/[a.csv",
                    "the pattern \"/mnt/data/[a.csv\" cannot be read at character 11: invalid range pattern",
                    "write [*] or [[] for a character that is meant literally",
                ),
                (
                    "/mnt/data/../*.csv",
                    "/mnt/data/../*.csv leads out of its mount /mnt/data",
                    "leave out the `..`",
                ),
            ] {
                let error = stored.mounts.resolve_glob(pattern).unwrap_err();
                assert_eq!(
                    (error.to_string().as_str(), error.hint().as_deref()),
                    (message, Some(hint))
                );
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_match_that_leads_out_of_its_mount_is_refused() {
        let [stored, ..] = workspaces();
        let (folder, mounts) = (&stored.folder, &stored.mounts);
        std::fs::write(folder.path().join("secret"), "").unwrap();
        std::os::unix::fs::symlink("../secret", folder.path().join("datasets/part-9.csv")).unwrap();
        let error = mounts.resolve_glob("/mnt/data/part-*.csv").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("/mnt/data/part-9.csv leads out of its mount /mnt/data, to ")
        );
    }

    #[cfg(unix)]
    #[test]
    fn who_looks_for_files_finds_the_others_beside_links_that_lead_out() {
        use std::os::unix::fs::symlink;
        let [stored, ..] = workspaces();
        let (folder, mounts) = (stored.folder.path(), &stored.mounts);
        std::fs::create_dir_all(folder.join("elsewhere/deep")).unwrap();
        std::fs::write(folder.join("elsewhere/deep/part-5.csv"), "").unwrap();
        std::fs::write(folder.join("elsewhere/part-6.csv"), "").unwrap();
        symlink("../elsewhere/part-6.csv", folder.join("datasets/part-9.csv")).unwrap();
        symlink("../elsewhere", folder.join("datasets/away")).unwrap();
        symlink("part-8.csv", folder.join("datasets/part-8.csv")).unwrap();
        symlink("part-1.csv", folder.join("datasets/part-7.csv")).unwrap();
        let found = mounts.find_files("/mnt/data/**/part-[3-9].csv").unwrap();
        let files: Vec<_> = found.files.iter().map(Location::name).collect();
        assert_eq!(files, ["/mnt/data/part-7.csv", "/mnt/data/sub/part-3.csv"]);
        let mut left: Vec<String> = found.left_out.iter().map(ToString::to_string).collect();
        left.sort();
        assert_eq!(left.len(), 3, "{left:?}");
        for (told, expected) in left.iter().zip([
            "/mnt/data/away leads out of its mount /mnt/data, to ",
            // It leads to itself.
            "/mnt/data/part-8.csv",
            "/mnt/data/part-9.csv leads out of its mount /mnt/data, to ",
        ]) {
            assert!(told.starts_with(expected), "{told}");
        }
        // A folder that leads out is told once, whatever is below it.
        let found = mounts.find_files("/mnt/data/*/part-6.csv").unwrap();
        assert_eq!((found.files.len(), found.left_out.len()), (0, 1));
    }
}
