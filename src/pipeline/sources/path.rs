//! Paths of notebooks and libraries, as they are written, from the workspace's folder.

use std::fs;
use std::path::Path;

use super::error::SourceError;
use crate::error::nearest;

/// What may be left out at the end of a notebook's name.
const ENDINGS: [&str; 2] = ["py", "ipynb"];

/// Returns the path from `root` of the file that `name` means in `folder`, with its ending.
///
/// # Errors
///
/// It leads out of `root`, or there is none.
pub(super) fn inside(root: &Path, folder: &str, name: &str) -> Result<String, SourceError> {
    let path = plain(folder, name).ok_or_else(|| SourceError::Outside {
        path: name.to_owned(),
    })?;
    let mut tried = vec![path.clone()];
    tried.extend(ENDINGS.map(|ending| format!("{path}.{ending}")));
    match tried.into_iter().find(|path| root.join(path).is_file()) {
        Some(found) => Ok(found),
        None => Err(SourceError::Missing {
            near: near(root, &path),
            path: name.to_owned(),
        }),
    }
}

/// Joins a folder and a name without `.` and `..`; none where that leads out.
fn plain(folder: &str, name: &str) -> Option<String> {
    if name.starts_with('/') || name.contains([':', '\\']) {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Returns the folder that a file is in.
pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Finds a file with nearly the same name in the same folder.
fn near(root: &Path, path: &str) -> Option<String> {
    let folder = folder_of(path);
    let entries = fs::read_dir(root.join(folder)).ok()?;
    let names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            ENDINGS
                .iter()
                .chain(&["star"])
                .any(|ending| name.ends_with(ending))
        })
        .collect();
    let wanted = path.rsplit('/').next().unwrap_or(path);
    // Where the ending is left out, it says nothing about likeness.
    let stem = |name: &str| {
        let stem = name.rsplit_once('.').filter(|_| !wanted.contains('.'));
        stem.map_or(name, |(stem, _)| stem).to_owned()
    };
    let stems: Vec<String> = names.iter().map(|name| stem(name)).collect();
    let near = nearest(wanted, stems.iter().map(String::as_str))?;
    let near = names.iter().find(|name| stem(name) == near)?;
    Some(if folder.is_empty() {
        near.clone()
    } else {
        format!("{folder}/{near}")
    })
}
