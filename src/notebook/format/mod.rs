//! The notebook file formats: one file each, and one line each in [`FORMATS`].

mod databricks;
mod ipynb;
mod percent;
mod plain;

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use super::Cell;

pub(super) use databricks::print_appended;
pub(super) use ipynb::{InvalidJupyter, invalid_jupyter};

/// All formats. A text belongs to the first that detects it; the last detects every text.
static FORMATS: [&dyn FormatSyntax; 4] = [
    &databricks::Databricks,
    &ipynb::Ipynb,
    &percent::Percent,
    &plain::Plain,
];

/// How cells are written in one file format.
pub(super) trait FormatSyntax: Sync {
    /// Returns the name that a user types, which is also the name of the file of its code.
    fn name(&self) -> &'static str;

    /// Returns whether `text` is of this format.
    fn detect(&self, text: &str) -> bool;

    /// Cuts `text` into cells. The lead and the cells' texts together are `text`, byte for byte.
    fn parse(&self, text: &str) -> Parsed;

    /// Returns whether several cells, with their titles, can be distinguished in this format.
    fn keeps_cells(&self) -> bool {
        true
    }

    /// Writes cells; reading the result back gives equal cells as far as the format can hold them.
    fn print(&self, cells: &[Cell]) -> String;

    /// Writes cells in place of those of `old`, a text of this format; what `old` says of itself stays.
    fn update(&self, _old: &str, cells: &[Cell]) -> String {
        self.print(cells)
    }
}

/// What a format read from a text.
pub(super) struct Parsed {
    /// What is before the first cell.
    pub(super) lead: String,
    /// The cells.
    pub(super) cells: Vec<Cell>,
}

/// One of the formats.
#[derive(Clone, Copy)]
pub struct Format(&'static dyn FormatSyntax);

impl Format {
    /// Returns all formats.
    pub fn all() -> impl Iterator<Item = Self> {
        FORMATS.into_iter().map(Self)
    }

    /// Returns the format of this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|format| format.name() == name)
    }

    /// Returns the format that a file of this name has, whatever is in it; `None` where the name does not tell.
    pub fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension().and_then(OsStr::to_str)?;
        Self::named("ipynb").filter(|format| extension.eq_ignore_ascii_case(format.name()))
    }

    /// Returns the format in which `text` is written.
    pub fn detect(text: &str) -> Self {
        Self::all()
            .find(|format| format.0.detect(text))
            .unwrap_or(Self(&plain::Plain))
    }

    /// Returns the name that a user types.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Returns whether several cells, with their titles, can be distinguished in this format.
    pub fn keeps_cells(self) -> bool {
        self.0.keeps_cells()
    }

    pub(super) fn syntax(self) -> &'static dyn FormatSyntax {
        self.0
    }
}

/// Databricks' format: what a notebook is saved in when nothing says otherwise.
impl Default for Format {
    fn default() -> Self {
        Self(&databricks::Databricks)
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Format {}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The mark that some editors write at the very beginning of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Returns `natural` if `syntax` reads `cell` back from it, else `marked`.
///
/// This is how a cell whose text looks like a mark of the format (a separator in a string, say) is found; its
/// `# MAGIC` form takes any text.
fn readable(syntax: &dyn FormatSyntax, cell: &Cell, head: &str, [natural, marked]: [String; 2]) -> String {
    let read = syntax.parse(&format!("{head}{natural}\n")).cells;
    if matches!(read.as_slice(), [read] if read.has_body_of(cell)) {
        natural
    } else {
        marked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_this_folder_is_in_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/notebook/format");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                entry
                    .unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .filter(|name| name != "mod")
            .collect();
        files.sort();
        // The parts of a format are in a folder of its name.
        files.dedup();
        let mut listed: Vec<&str> = Format::all().map(Format::name).collect();
        listed.sort_unstable();
        assert_eq!(files, listed);
    }
}
