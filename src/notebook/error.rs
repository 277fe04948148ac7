//! Why a notebook file cannot be read or written.

use std::io;

use crate::error::{Kind, Problem};

/// Why a notebook file cannot be read or written. Paths are as the user wrote them.
#[derive(Debug, thiserror::Error)]
pub enum NotebookError {
    /// There is no such file.
    #[error("there is no notebook {path:?}")]
    Missing {
        /// The path.
        path: String,
        /// The file in the same folder with the nearest name.
        nearest: Option<String>,
    },
    /// The path is a folder.
    #[error("{path:?} is a folder, not a notebook")]
    Directory {
        /// The path.
        path: String,
    },
    /// The bytes are not UTF-8.
    #[error("{path:?} is not UTF-8 text: line {line} has byte {byte:#04x}, at offset {offset}")]
    NotUtf8 {
        /// The path.
        path: String,
        /// How many bytes come before the first wrong one.
        offset: usize,
        /// The line that holds it, from 1.
        line: usize,
        /// The wrong byte.
        byte: u8,
        /// Whether the file begins with UTF-16's byte order mark.
        utf16: bool,
    },
    /// The file is larger than any notebook.
    #[error("{path:?} is too big for a notebook: {} MiB or more, and the limit is {} MiB", size >> 20, limit >> 20)]
    TooBig {
        /// The path.
        path: String,
        /// The size in bytes, or as much as was read of a stream.
        size: u64,
        /// The greatest size in bytes.
        limit: u64,
    },
    /// The file is named as a Jupyter notebook, and its JSON is broken.
    #[error("{path:?} is a damaged Jupyter notebook: at line {line}, column {column}: {reason}")]
    Damaged {
        /// The path.
        path: String,
        /// The line where reading stopped, from 1.
        line: usize,
        /// The column there, from 1, or 0 at a line's beginning.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The file is named as a Jupyter notebook, and is some other JSON.
    #[error("{path:?} is not a Jupyter notebook: it has no {lacks}")]
    NotJupyter {
        /// The path.
        path: String,
        /// What every notebook has.
        lacks: &'static str,
    },
    /// It is Databricks' source of a notebook in another language.
    #[error("{path:?} is a Databricks notebook whose language is {language}")]
    OtherLanguage {
        /// The path.
        path: String,
        /// The language.
        language: &'static str,
    },
    /// The system refuses to read it.
    #[error("cannot read {path:?}: {source}")]
    Unreadable {
        /// The path.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The file to write exists already.
    #[error("{path:?} exists already")]
    Exists {
        /// The path.
        path: String,
    },
    /// The folder to write into does not exist.
    #[error("cannot write {path:?}: there is no folder {folder:?}")]
    NoFolder {
        /// The path.
        path: String,
        /// The folder.
        folder: String,
    },
    /// The system refuses to write it.
    #[error("cannot write {path:?}: {source}")]
    Unwritable {
        /// The path.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
}

impl Problem for NotebookError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { nearest, .. } => nearest.as_ref().map(|name| format!("did you mean {name:?}?")),
            Self::Directory { .. } => Some("name one of the files in it".to_owned()),
            Self::NotUtf8 {
                utf16: true, path, ..
            } => Some(format!(
                "it looks like UTF-16; convert it with: iconv -f UTF-16 -t UTF-8 {path:?}"
            )),
            Self::NotUtf8 { .. } => Some("save it as UTF-8 in your editor".to_owned()),
            Self::TooBig { .. } => {
                Some("check that it is a notebook; data belongs in a file that a cell reads".to_owned())
            }
            Self::Damaged { .. } => {
                Some("restore it from a copy; Jupyter keeps one in .ipynb_checkpoints beside it".to_owned())
            }
            Self::NotJupyter { .. } => {
                Some("check that it is the right file; Sheaf's own notebooks end in .py".to_owned())
            }
            Self::OtherLanguage { .. } => Some(
                "set its default language to Python in Databricks, which adds a magic to the other cells, and export it again"
                    .to_owned(),
            ),
            Self::Unreadable { .. } => Some("check the file's permissions".to_owned()),
            Self::Exists { .. } => Some("choose another name, or pass --overwrite".to_owned()),
            Self::NoFolder { folder, .. } => Some(format!("create it first: mkdir -p {folder:?}")),
            Self::Unwritable { .. } => Some("check the folder's permissions and the free disk space".to_owned()),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Exists { .. } | Self::NoFolder { .. } | Self::Unwritable { .. } => Kind::Failure,
            _ => Kind::Unreadable,
        }
    }
}
