//! Notebooks as files: reading whole, and writing whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use super::error::NotebookError;
use super::format::{Format, InvalidJupyter, invalid_jupyter};
use super::notebook::Notebook;
use crate::error::nearest;
use crate::file::AtomicFile;

/// The greatest size of a notebook file in bytes.
const LIMIT: u64 = 16 << 20;

/// The greatest size of one that holds what its cells showed, pictures included.
const LIMIT_WITH_OUTPUTS: u64 = 64 << 20;

impl Notebook {
    /// Reads a notebook file of any format.
    ///
    /// # Errors
    /// When there is no such file, or it is a folder, larger than 16 MiB (64 MiB when it is Jupyter's), not UTF-8, or not
    /// readable; when it is named `.ipynb` and is not a Jupyter notebook; and when it is Databricks' source of a notebook whose
    /// language is not Python.
    pub fn read(path: &Path) -> Result<Self, NotebookError> {
        Self::from_bytes(path, read_bytes(path)?)
    }

    /// Returns the greatest size in bytes of a notebook file of this name.
    pub fn size_limit(path: &Path) -> u64 {
        match Format::of_name(path) {
            Some(_) => LIMIT_WITH_OUTPUTS,
            None => LIMIT,
        }
    }

    /// Reads a notebook from the bytes of its file, wherever that is; errors call it `path`.
    ///
    /// # Errors
    /// As [`read`](Self::read), when there are bytes.
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, NotebookError> {
        let (size, limit) = (bytes.len() as u64, Self::size_limit(path));
        if size > limit {
            let path = shown(path);
            return Err(NotebookError::TooBig { path, size, limit });
        }
        let text =
            String::from_utf8(bytes).map_err(|error| not_utf8(path, error.as_bytes(), error.utf8_error()))?;
        if let Some(language) = language_of_databricks(&text) {
            return Err(NotebookError::OtherLanguage {
                path: shown(path),
                language,
            });
        }
        match Format::of_name(path).and_then(|_| invalid_jupyter(&text)) {
            None => Ok(Self::parse(&text)),
            Some(InvalidJupyter::Json { line, column, reason }) => Err(NotebookError::Damaged {
                path: shown(path),
                line,
                column,
                reason,
            }),
            Some(InvalidJupyter::Missing(lacks)) => Err(NotebookError::NotJupyter {
                path: shown(path),
                lacks,
            }),
        }
    }

    /// Writes the notebook to a file, which is never half written. A link stays a link; permissions of a file that was
    /// there are kept.
    ///
    /// # Errors
    /// When the folder does not exist or cannot be written to.
    pub fn write(&self, path: &Path) -> Result<(), NotebookError> {
        write_text(path, &self.to_text(), true)
    }

    /// Writes the notebook like [`write`](Self::write), but to a file that is not there yet.
    ///
    /// # Errors
    /// When there is something of that name, or the folder does not exist or cannot be written to.
    pub fn write_new(&self, path: &Path) -> Result<(), NotebookError> {
        write_text(path, &self.to_text(), false)
    }
}

/// Writes the text of a notebook, or of a page made of one, to a file that is never half written.
///
/// # Errors
/// When there is something of that name and not `overwrite`, or the folder does not exist or cannot be written to.
pub fn write_text(path: &Path, text: &str, overwrite: bool) -> Result<(), NotebookError> {
    let written = AtomicFile::create(path, overwrite).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.commit()
    });
    written.map_err(|source| unwritable(path, source))
}

/// Returns the language of Databricks' source whose marks are comments of another language than Python.
fn language_of_databricks(text: &str) -> Option<&'static str> {
    let first = text.trim_start_matches('\u{feff}').lines().next()?;
    match first.trim_end().strip_suffix("Databricks notebook source")? {
        "-- " => Some("SQL"),
        "// " => Some("Scala"),
        _ => None,
    }
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, NotebookError> {
    let unreadable = |source| NotebookError::Unreadable {
        path: shown(path),
        source,
    };
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => missing(path),
        _ => unreadable(error),
    })?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(NotebookError::Directory { path: shown(path) });
    }
    let limit = Notebook::size_limit(path);
    if metadata.len() > limit {
        return Err(NotebookError::TooBig {
            path: shown(path),
            size: metadata.len(),
            limit,
        });
    }
    // A pipe or a device has no size, and a file may grow meanwhile.
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

fn unwritable(path: &Path, source: io::Error) -> NotebookError {
    match source.kind() {
        io::ErrorKind::AlreadyExists => NotebookError::Exists { path: shown(path) },
        io::ErrorKind::NotFound => NotebookError::NoFolder {
            path: shown(path),
            folder: shown(folder_of(path)),
        },
        _ => NotebookError::Unwritable {
            path: shown(path),
            source,
        },
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn missing(path: &Path) -> NotebookError {
    let mut names: Vec<String> = fs::read_dir(folder_of(path))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let found = nearest(&name, names.iter().map(String::as_str));
    NotebookError::Missing {
        path: shown(path),
        nearest: found.map(|name| shown(&path.with_file_name(name))),
    }
}

fn not_utf8(path: &Path, bytes: &[u8], error: std::str::Utf8Error) -> NotebookError {
    let offset = error.valid_up_to();
    NotebookError::NotUtf8 {
        path: shown(path),
        offset,
        line: 1 + bytes.iter().take(offset).filter(|byte| **byte == b'\n').count(),
        byte: bytes.get(offset).copied().unwrap_or_default(),
        utf16: bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::{Kind, Problem};

    /// Creates `name` with `bytes` and returns how reading it fails, with the folder's path taken out.
    fn failure(name: &str, make: impl FnOnce(&Path)) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        make(&path);
        let error = Notebook::read(&path).unwrap_err();
        assert_eq!(error.kind(), Kind::Unreadable);
        let text = format!("{error} | {}", error.hint().unwrap_or_default());
        text.replace(&format!("{}/", folder.path().display()), "")
    }

    #[test]
    fn what_is_no_notebook_is_refused_with_its_reason() {
        assert_eq!(
            failure("train.py", |_| ()),
            "there is no notebook \"train.py\" | "
        );
        assert_eq!(
            failure("trian.py", |path| fs::write(path.with_file_name("train.py"), "")
                .unwrap()),
            "there is no notebook \"trian.py\" | did you mean \"train.py\"?"
        );
        assert_eq!(
            failure("sessions", |path| fs::create_dir(path).unwrap()),
            "\"sessions\" is a folder, not a notebook | name one of the files in it"
        );
        assert_eq!(
            failure("latin.py", |path| fs::write(path, b"x = 1\ny = '\xe9'\n")
                .unwrap()),
            "\"latin.py\" is not UTF-8 text: line 2 has byte 0xe9, at offset 11 | save it as UTF-8 in your editor"
        );
        assert_eq!(
            failure("wide.py", |path| fs::write(path, b"\xff\xfex\0").unwrap()),
            "\"wide.py\" is not UTF-8 text: line 1 has byte 0xff, at offset 0 | it looks like UTF-16; convert it \
             with: iconv -f UTF-16 -t UTF-8 \"wide.py\""
        );
        assert_eq!(
            failure("data.csv", |path| File::create(path)
                .unwrap()
                .set_len(100 << 20)
                .unwrap()),
            "\"data.csv\" is too big for a notebook: 100 MiB or more, and the limit is 16 MiB | check that it \
             is a notebook; data belongs in a file that a cell reads"
        );
        assert_eq!(
            failure("old.ipynb", |path| fs::write(path, "{}").unwrap()),
            "\"old.ipynb\" is not a Jupyter notebook: it has no `nbformat`, a number | check that it is the right file; Sheaf's own notebooks end in .py"
        );
        assert_eq!(
            failure("torn.ipynb", |path| fs::write(path, "{\n \"cells\": [").unwrap()),
            "\"torn.ipynb\" is a damaged Jupyter notebook: at line 2, column 11: EOF while parsing a list | restore it from a copy; Jupyter keeps one in .ipynb_checkpoints beside it"
        );
    }

    #[test]
    fn a_file_is_written_whole_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.py");
        let notebook = Notebook::parse("# %%\r\nx = 'é'");
        notebook.write(&path).unwrap();
        notebook.write(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), "# %%\r\nx = 'é'".as_bytes());
        assert_eq!(Notebook::read(&path).unwrap().to_text(), notebook.to_text());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        let error = notebook.write_new(&path).unwrap_err();
        assert!(error.to_string().ends_with("a.py\" exists already"), "{error}");
        notebook.write_new(&path.with_file_name("b.py")).unwrap();

        let error = notebook.write(&folder.path().join("no/a.py")).unwrap_err();
        assert_eq!(error.kind(), Kind::Failure);
        assert!(error.to_string().ends_with("/no\""), "{error}");
        assert!(error.hint().unwrap().starts_with("create it first: mkdir -p "));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_notebook_or_not_utf8(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.py");
            fs::write(&path, &bytes).unwrap();
            match Notebook::read(&path) {
                Ok(notebook) => prop_assert_eq!(notebook.to_text().into_bytes(), bytes),
                Err(error) => prop_assert!(matches!(error, NotebookError::NotUtf8 { .. }), "{}", error),
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn writing_keeps_links_and_permissions() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.py"), folder.path().join("link.py"));
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        Notebook::parse("x = 1\n").write(&link).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "x = 1\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
