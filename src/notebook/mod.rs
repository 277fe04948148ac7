//! Text ⇄ cells: the notebook file formats and the headers of cell kinds.
//!
//! Owns [`Notebook`], [`Cell`], reading and writing notebook files, and the formats in [`Format`]. Every piece of
//! a file is kept as it was written, and what a cell means is a view of its piece; so writing back what was
//! read gives the same bytes. Runs nothing, and does not know which magics mean something.

mod body;
mod cell;
mod cell_kind;
mod error;
mod file;
mod format;
mod json;
mod kinds;
mod marker;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod notebook;
mod outputs;
mod piece;
mod shell_options;

pub use cell::Cell;
pub use cell_kind::CellKind;
pub use error::NotebookError;
pub use file::write_text;
pub use format::Format;
pub use json::jupyter_text;
pub use kinds::{Extent, KindInfo, TextForm, kind_info};
pub use notebook::Notebook;
pub use outputs::JupyterOutput;
pub use shell_options::{ShellOptions, ShellOptionsError, ShellVariable, ShellWord, shell_words};
