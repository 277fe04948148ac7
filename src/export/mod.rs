//! Notebooks with what their cells showed, as files for other programs: HTML, Jupyter, Markdown.
//!
//! Owns [`Document`], the targets in [`EXPORTS`]. Runs no cell, and writes to no file. Text from cells, values, names and titles reaches a page only escaped.

use std::ffi::OsStr;
use std::path::Path;

mod document;
mod html;
mod ipynb;
mod markdown;
mod pictures;

pub use document::{Document, DocumentCell};
pub use html::{EMBEDDED_SCRIPT, EMBEDDED_STYLE, embedded, escaped};

use crate::notebook::{Format, Notebook};
use crate::secret::redaction::{redact_quoted, redacted};

/// The formats of documents.
static EXPORTS: [&dyn Export; 3] = [&html::Html, &ipynb::Ipynb, &markdown::Markdown];

/// A kind of file for a notebook with its outputs.
pub trait Export: Sync {
    /// Returns the name that a user types.
    fn name(&self) -> &'static str;

    /// Returns the extensions of such files, without the dot; the first is the usual one.
    fn extensions(&self) -> &'static [&'static str];

    /// Returns whether the file is JSON.
    fn is_json(&self) -> bool {
        false
    }

    /// Returns the text of the file.
    fn write(&self, document: &Document) -> String;
}

/// What a notebook can be converted to: a format that can be run again, or a file to be read.
#[derive(Clone, Copy)]
pub enum Target {
    /// The cells alone.
    Format(Format),
    /// The cells with what they showed.
    Export(&'static dyn Export),
}

impl Target {
    /// Returns every target, notebook formats first.
    pub fn all() -> impl Iterator<Item = Self> {
        let formats = Format::all().filter(|format| format.keeps_cells());
        let formats = formats.filter(|format| EXPORTS.iter().all(|export| export.name() != format.name()));
        formats
            .map(Self::Format)
            .chain(EXPORTS.into_iter().map(Self::Export))
    }

    /// Returns the name that a user types.
    pub fn name(self) -> &'static str {
        match self {
            Self::Format(format) => format.name(),
            Self::Export(export) => export.name(),
        }
    }

    /// Returns the target of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|target| target.name() == name)
    }

    /// Returns the target of a file's name: its extension, where `.py` is Databricks' source.
    pub fn of_file(path: &Path) -> Option<Self> {
        let extension = path.extension().and_then(OsStr::to_str)?.to_ascii_lowercase();
        if extension == "py" {
            return Some(Self::Format(Format::default()));
        }
        let export = EXPORTS
            .into_iter()
            .find(|export| export.extensions().contains(&extension.as_str()))?;
        Some(Self::Export(export))
    }

    /// Writes a notebook, of which `document` has the cells and what they showed.
    ///
    /// A notebook that has the target's format already stays as it is, unless there are outputs to add. Values of secrets
    /// that this process knows are taken out, also of the cells.
    pub fn write(self, notebook: &Notebook, document: &Document) -> String {
        let text = match self {
            Self::Format(format) => notebook.convert(format).to_text(),
            Self::Export(export) if export.name() == notebook.format().name() && !document.has_run() => {
                notebook.to_text()
            }
            Self::Export(export) => export.write(&document.redacted()),
        };
        match self {
            Self::Export(export) if export.is_json() => redact_quoted(&text).into_owned(),
            _ => redacted(text),
        }
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
