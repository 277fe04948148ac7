//! Making a new workspace.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::FILE;
use super::error::WorkspaceError;
use crate::storage::PRIVATE_FOLDER;

/// The `sheaf.ron` of a new workspace.
const TEMPLATE: &str = include_str!("template.ron");

/// What [`Workspace::init`](super::Workspace::init) did, by names inside the folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Initialized {
    /// The folder of the workspace, as it was given.
    pub root: PathBuf,
    /// The parts that were created.
    pub made: Vec<PathBuf>,
    /// The files that existed and got another line.
    pub extended: Vec<PathBuf>,
    /// The parts that existed and were left as they were.
    pub kept: Vec<PathBuf>,
}

/// The result of one part of a new workspace.
enum Outcome {
    Made,
    Extended,
    KeptMount,
}

/// Creates one part, unless it exists.
type Create = fn(&Path) -> io::Result<Outcome>;

pub(super) fn init(folder: &Path) -> Result<Initialized, WorkspaceError> {
    let file = folder.join(FILE);
    let exists = || WorkspaceError::Exists { path: file.clone() };
    if file.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let mut done = Initialized {
        root: folder.to_owned(),
        ..Initialized::default()
    };
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        |source| WorkspaceError::Unwritable { path, source }
    };
    fs::create_dir_all(folder).map_err(unwritable(folder))?;
    let parts: [(&str, Create); 3] = [
        ("sessions", create_folder),
        ("datasets", create_folder),
        (".gitignore", ignore_private),
    ];
    for (name, make) in parts {
        let path = folder.join(name);
        let names = match make(&path).map_err(unwritable(&path))? {
            Outcome::Made => &mut done.made,
            Outcome::Extended => &mut done.extended,
            Outcome::KeptMount => &mut done.kept,
        };
        names.push(name.into());
    }
    // Last, so that a folder with a `sheaf.ron` is always a whole workspace.
    let created = OpenOptions::new().write(true).create_new(true).open(&file);
    created
        .and_then(|mut file| file.write_all(TEMPLATE.as_bytes()))
        .map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => exists(),
            _ => WorkspaceError::Unwritable {
                path: file.clone(),
                source,
            },
        })?;
    done.made.insert(0, FILE.into());
    Ok(done)
}

fn create_folder(path: &Path) -> io::Result<Outcome> {
    if path.is_dir() {
        return Ok(Outcome::KeptMount);
    }
    fs::create_dir_all(path)?;
    Ok(Outcome::Made)
}

/// Adds the private folder to a `.gitignore`, unless it is named there.
fn ignore_private(path: &Path) -> io::Result<Outcome> {
    let existing = match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let text = String::from_utf8_lossy(existing.as_deref().unwrap_or_default());
    if text
        .lines()
        .any(|line| line.trim().trim_matches('/') == PRIVATE_FOLDER)
    {
        return Ok(Outcome::KeptMount);
    }
    let break_before = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(format!("{break_before}{PRIVATE_FOLDER}/\n").as_bytes())?;
    Ok(if existing.is_some() {
        Outcome::Extended
    } else {
        Outcome::Made
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn makes_a_workspace_that_can_be_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("new/workspace");
        let made = Workspace::init(&root).unwrap();
        let parts = ["sheaf.ron", "sessions", "datasets", ".gitignore"].map(PathBuf::from);
        assert_eq!(
            made,
            Initialized {
                root: root.clone(),
                made: parts.to_vec(),
                ..Initialized::default()
            }
        );
        assert_eq!(fs::read_to_string(root.join(".gitignore")).unwrap(), ".sheaf/\n");
        let workspace = Workspace::find(&root.join("sessions")).unwrap();
        assert!(workspace.is_from_file());
        assert!(workspace.mounts().resolve("/mnt/data/x.csv").is_ok());
    }

    #[test]
    fn keeps_what_is_there() {
        for (before, extended, kept, after) in [
            (
                "target",
                vec![".gitignore"],
                vec!["datasets"],
                "target\n.sheaf/\n",
            ),
            ("", vec![".gitignore"], vec!["datasets"], ".sheaf/\n"),
            (
                "target\n/.sheaf\n",
                vec![],
                vec!["datasets", ".gitignore"],
                "target\n/.sheaf\n",
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("datasets")).unwrap();
            fs::write(folder.path().join(".gitignore"), before).unwrap();
            let done = Workspace::init(folder.path()).unwrap();
            assert_eq!(done.made, ["sheaf.ron", "sessions"].map(PathBuf::from));
            assert_eq!(
                done.extended,
                extended.into_iter().map(PathBuf::from).collect::<Vec<_>>()
            );
            assert_eq!(done.kept, kept.into_iter().map(PathBuf::from).collect::<Vec<_>>());
            assert_eq!(
                fs::read_to_string(folder.path().join(".gitignore")).unwrap(),
                after
            );
        }
    }

    #[test]
    fn refuses_a_folder_that_is_a_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sheaf.ron");
        fs::write(&file, "mine").unwrap();
        let error = Workspace::init(folder.path()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{} exists already, and nothing was changed", file.display())
        );
        assert_eq!(error.kind().exit_code(), 1);
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
