//! Names with wildcards: `/mnt/data/part-*.csv`.

use glob::{MatchOptions, Pattern};

use super::error::StorageError;
use super::location::Location;
use super::mounts::Mounts;
use super::place::Place;
use crate::error::Result;

/// The characters that make a name a pattern.
const WILDCARDS: [char; 3] = ['*', '?', '['];

/// As in a shell: `*` stays within one folder and does not find hidden files.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

impl Mounts {
    /// Returns the files that `pattern` matches, sorted by name; at least one.
    ///
    /// `*`, `?`, `[a-z]` and `**` mean what they do in a shell. A name without a wildcard has to exist, and may
    /// be a folder's; so may a name that is itself a file's, brackets and all. Every file found is checked to
    /// lie within its mount.
    pub fn resolve_glob(&self, pattern: &str) -> Result<Vec<Location>> {
        let place = self.place(pattern)?;
        if place.exists() {
            return Ok(vec![place.location()?]);
        }
        if !pattern.contains(WILDCARDS) {
            return Err(place.missing().into());
        }
        let found = search(&place)?;
        if found.is_empty() {
            return Err(no_match(&place).into());
        }
        Ok(found)
    }
}

fn search(place: &Place) -> Result<Vec<Location>, StorageError> {
    let unreadable = |error| StorageError::from_io(&place.name, "searched", error);
    // Parsed by itself first, so that positions count from where the user's pattern begins.
    if let Err(error) = Pattern::new(&place.inner) {
        let before = place
            .name
            .strip_suffix(&place.inner)
            .map_or(0, |prefix| prefix.chars().count());
        return Err(StorageError::BadPattern {
            pattern: place.name.clone(),
            position: before + error.pos + 1,
            reason: error.msg,
        });
    }
    let top = Place {
        inner: String::new(),
        ..place.clone()
    }
    .location()?
    .path;
    let is_absolute = place.inner.starts_with('/');
    let full = if is_absolute {
        place.inner.clone()
    } else {
        format!(
            "{}/{}",
            Pattern::escape(&top.to_string_lossy()).trim_end_matches('/'),
            place.inner
        )
    };
    let prefix = match &place.mount_point {
        Some(mount_point) => format!("{mount_point}/"),
        None => place
            .name
            .strip_suffix(&place.inner)
            .unwrap_or_default()
            .to_owned(),
    };
    let paths = glob::glob_with(&full, OPTIONS).map_err(|error| unreadable(std::io::Error::other(error)))?;
    let mut found = Vec::new();
    for path in paths {
        let path = path.map_err(|error| unreadable(error.into()))?;
        if path.is_dir() {
            continue;
        }
        let inner = path
            .strip_prefix(&top)
            .ok()
            .filter(|_| !is_absolute)
            .unwrap_or(&path);
        let inner = inner.to_string_lossy().into_owned();
        let place = Place {
            name: format!("{prefix}{inner}"),
            inner,
            ..place.clone()
        }
        .confine()?;
        // The path as it was found, which may not be UTF-8.
        found.push(Location {
            name: place.name,
            path,
        });
    }
    found.sort();
    Ok(found)
}

fn no_match(place: &Place) -> StorageError {
    let mut folder = place.clone();
    while folder.inner.contains(WILDCARDS)
        && let Some(parent) = folder.parent()
    {
        folder = parent;
    }
    let there = folder.names().unwrap_or_default();
    StorageError::NoMatch {
        pattern: place.name.clone(),
        folder: folder.name,
        there,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn workspace() -> (tempfile::TempDir, Mounts) {
        let folder = tempfile::Builder::new().prefix("odd[1]").tempdir().unwrap();
        for name in [
            "part-2.csv",
            "part-10.csv",
            "part-1.csv",
            "b[1].csv",
            ".hidden.csv",
            "sub/part-3.csv",
        ] {
            let path = folder.path().join("datasets").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let mounts = Mounts::new(folder.path());
        mounts.mount("file:datasets", "/mnt/data").unwrap();
        (folder, mounts)
    }

    #[test]
    fn a_pattern_finds_files_in_order() {
        let (folder, mounts) = workspace();
        let absolute = format!(
            "{}/datasets/sub/*",
            Pattern::escape(&folder.path().to_string_lossy())
        );
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
            ("/mnt/data/b[1].csv", "/mnt/data/b[1].csv"),
            ("/mnt/data/sub", "/mnt/data/sub"),
            ("datasets/part-1*", "datasets/part-1.csv datasets/part-10.csv"),
            (
                "file:datasets/part-1*",
                "file:datasets/part-1.csv file:datasets/part-10.csv",
            ),
            (
                &absolute,
                &format!("{}/datasets/sub/part-3.csv", folder.path().display()),
            ),
        ] {
            let found = mounts.resolve_glob(pattern).unwrap_or_default();
            let names: Vec<_> = found.iter().map(|location| location.name.as_str()).collect();
            assert_eq!(names.join(" "), expected, "{pattern}");
            assert!(found.iter().all(|location| location.path.exists()), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_without_a_match_says_what_there_is() {
        let (_folder, mounts) = workspace();
        for (pattern, message, hint) in [
            (
                "/mnt/data/sub/*.parquet",
                "no file matches /mnt/data/sub/*.parquet",
                "in /mnt/data/sub there is only part-3.csv",
            ),
            (
                "/mnt/data/*.parquet",
                "no file matches /mnt/data/*.parquet",
                "in /mnt/data there are .hidden.csv, b[1].csv, part-1.csv, part-10.csv, part-2.csv, sub/",
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
            let error = mounts.resolve_glob(pattern).unwrap_err();
            assert_eq!(
                (error.to_string().as_str(), error.hint().as_deref()),
                (message, Some(hint))
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_match_that_leads_out_of_its_mount_is_refused() {
        let (folder, mounts) = workspace();
        fs::write(folder.path().join("secret"), "").unwrap();
        std::os::unix::fs::symlink("../secret", folder.path().join("datasets/part-9.csv")).unwrap();
        let error = mounts.resolve_glob("/mnt/data/part-*.csv").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("/mnt/data/part-9.csv leads out of its mount /mnt/data, to ")
        );
    }
}
