//! Why a file could not become a table: facts in the variants, prose in `Display`, advice in the hint.

use std::io;

use crate::error::{Kind, Problem};
use crate::storage::RemoteError;
use crate::work::Stopped;

use super::content::Content;
use super::delta::DeltaError;

/// One cell of a text file that is not of its column's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCell {
    /// The file, as the user named it.
    pub file: String,
    /// The physical line, from 1.
    pub line: u64,
    /// The column's name.
    pub column: String,
    /// The column's position, from 1.
    pub number: usize,
    /// The type it should have, as polars prints it.
    pub expected: String,
    /// What is there, shortened.
    pub found: String,
    /// Whether the type was asked for, rather than inferred.
    pub asked: bool,
}

/// Why a file could not be read as a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There was nothing to read.
    #[error("no file was given to read")]
    NoFiles,
    /// The file does not exist.
    #[error("there is no file `{file}`")]
    Missing {
        /// The file, as the user named it.
        file: String,
    },
    /// The name is that of a folder.
    #[error("`{file}` is a folder, not a file")]
    Folder {
        /// The folder, as the user named it.
        file: String,
    },
    /// The file may not be opened.
    #[error("`{file}` cannot be opened: permission denied")]
    Forbidden {
        /// The file, as the user named it.
        file: String,
    },
    /// The operating system failed to read the file.
    #[error("`{file}` cannot be read: {source}")]
    Unreadable {
        /// The file, as the user named it.
        file: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// A store that is far away did not give the file.
    #[error("`{file}` cannot be read: {error}")]
    Remote {
        /// The file, as the user named it.
        file: String,
        /// What is wrong.
        error: Box<RemoteError>,
    },
    /// Someone asked for a stop while the file was read.
    #[error(transparent)]
    Stopped(Stopped),
    /// The file has no bytes, or nothing but blank lines.
    #[error("`{file}` is empty: expected at least a header line")]
    Empty {
        /// The file, as the user named it.
        file: String,
    },
    /// The file is in another format than the one asked for.
    #[error("`{file}` is {found}: expected {expected}")]
    Foreign {
        /// The file, as the user named it.
        file: String,
        /// What was expected, with its article.
        expected: &'static str,
        /// What it is instead.
        found: Content,
    },
    /// The file begins as it should, but cannot be decoded.
    #[error("`{file}` is damaged or incomplete: expected {expected}, but {detail}")]
    Damaged {
        /// The file, as the user named it.
        file: String,
        /// What was expected, with its article.
        expected: &'static str,
        /// What the decoder says.
        detail: String,
    },
    /// Compressed data ends early or is corrupt.
    #[error("`{file}` cannot be decompressed: {source}")]
    Compression {
        /// The file, as the user named it.
        file: String,
        /// What the decompressor says.
        source: io::Error,
    },
    /// A byte is not valid in the encoding.
    #[error("`{file}`, line {line}: byte 0x{byte:02X} at offset {offset} is not valid {encoding}")]
    Encoding {
        /// The file, as the user named it.
        file: String,
        /// The physical line, from 1.
        line: u64,
        /// The byte's place in the file, from 0.
        offset: u64,
        /// The byte.
        byte: u8,
        /// The encoding it was read as.
        encoding: String,
        /// The encoding it probably is.
        guess: &'static str,
    },
    /// A row has more or fewer fields than the header.
    #[error(
        "`{file}`, line {line}: expected {}, as in line {header}, but found {found}: {row}",
        fields(*.expected)
    )]
    Ragged {
        /// The file, as the user named it.
        file: String,
        /// The physical line the row begins in, from 1.
        line: u64,
        /// How many fields the header has.
        expected: usize,
        /// The physical line of the header.
        header: u64,
        /// How many fields the row has.
        found: usize,
        /// The row, quoted and shortened.
        row: String,
    },
    /// A quoted field never ends.
    #[error("`{file}`, line {line}, {column}: a quote opens and is never closed")]
    UnclosedQuote {
        /// The file, as the user named it.
        file: String,
        /// The physical line of the opening quote, from 1.
        line: u64,
        /// Which column, as prose.
        column: String,
    },
    /// Something other than a separator follows a closing quote.
    #[error(
        "`{file}`, line {line}, {column}: expected `{separator}` or the end of the line after the closing quote, found {found}"
    )]
    TextAfterQuote {
        /// The file, as the user named it.
        file: String,
        /// The physical line, from 1.
        line: u64,
        /// Which column, as prose.
        column: String,
        /// The separator.
        separator: char,
        /// What follows, quoted and shortened.
        found: String,
    },
    /// A quote stands inside a field that is not quoted.
    #[error("`{file}`, line {line}, {column}: there is a quote character inside an unquoted field: {found}")]
    StrayQuote {
        /// The file, as the user named it.
        file: String,
        /// The physical line, from 1.
        line: u64,
        /// Which column, as prose.
        column: String,
        /// The row, quoted and shortened.
        found: String,
    },
    /// The whole header is one field that holds another separator.
    #[error("`{file}`, line {line}: expected columns separated by `,`, found one column named {header}")]
    WrongSeparator {
        /// The file, as the user named it.
        file: String,
        /// The physical line of the header.
        line: u64,
        /// The header, quoted and shortened.
        header: String,
        /// The separator it probably has.
        likely: char,
    },
    /// Two columns have one name.
    #[error("`{file}`, line {line}: columns {first} and {second} are both named `{column}`")]
    DuplicateColumn {
        /// The file, as the user named it.
        file: String,
        /// The physical line of the header.
        line: u64,
        /// The name.
        column: String,
        /// The first column's position, from 1.
        first: usize,
        /// The second column's position, from 1.
        second: usize,
    },
    /// An option names a column the file does not have.
    #[error("`{file}` has no column `{column}`, which is in {option}")]
    UnknownColumn {
        /// The file, as the user named it.
        file: String,
        /// The option.
        option: &'static str,
        /// The unknown column.
        column: String,
        /// The most similar column.
        nearest: Option<String>,
        /// All columns of the file.
        columns: Vec<String>,
    },
    /// A cell is not of its column's type.
    #[error("`{}`, line {}, column `{}` (number {}): expected {}, found {}", .0.file, .0.line, .0.column, .0.number, .0.expected, .0.found)]
    Cell(Box<BadCell>),
    /// Files that should form one table have different columns.
    #[error("`{file}` has different columns than `{first}`: {}", differences(.missing, .extra))]
    Columns {
        /// The file that differs.
        file: String,
        /// The file it is compared with.
        first: String,
        /// Columns it does not have.
        missing: Vec<String>,
        /// Columns only it has.
        extra: Vec<String>,
    },
    /// Files that should form one table have a column of different types.
    #[error("`{file}` has column `{column}` as {found}: expected {expected}, as in `{first}`")]
    Types {
        /// The file that differs.
        file: String,
        /// The file it is compared with.
        first: String,
        /// The column.
        column: String,
        /// The type in the first file.
        expected: String,
        /// The type in the file that differs.
        found: String,
    },
    /// A line of a newline-delimited JSON file is not a JSON object.
    #[error("`{file}`, line {line}: expected a JSON object, {detail}: {found}")]
    JsonLine {
        /// The file, as the user named it.
        file: String,
        /// The physical line, from 1.
        line: u64,
        /// What is wrong.
        detail: String,
        /// The line, quoted and shortened.
        found: String,
    },
    /// A JSON file is not an array of objects.
    #[error("`{file}`: expected a JSON array of objects, {detail}")]
    Json {
        /// The file, as the user named it.
        file: String,
        /// What is wrong, and where.
        detail: String,
    },
    /// The file is not as it was when its scan was planned.
    #[error("`{file}` has changed since it was scanned")]
    Changed {
        /// The file, as the user named it.
        file: String,
    },
    /// A Delta table cannot be read, or not so.
    #[error(transparent)]
    Delta(#[from] DeltaError),
    /// There is no file of data in a folder.
    #[error("the folder `{folder}` holds no file to read")]
    NothingIn {
        /// The folder, as the user named it.
        folder: String,
    },
    /// The files of a folder are of several kinds.
    #[error("the folder `{folder}` holds files of several kinds, such as {first} and {other}")]
    Mixed {
        /// The folder, as the user named it.
        folder: String,
        /// One of them.
        first: String,
        /// One of another kind.
        other: String,
    },
    /// Files of one folder are in folders whose names are values of different columns.
    #[error("the folders of `{file}` name {}: expected {}, as for `{first}`", named(.found), named(.expected))]
    Partitions {
        /// The file that differs.
        file: String,
        /// The columns that its folders name.
        found: Vec<String>,
        /// The file it is compared with.
        first: String,
        /// The columns that its folders name.
        expected: Vec<String>,
    },
    /// A file is in a folder whose name is a value of a column, in a format of which such folders are not read.
    #[error("`{file}` is in a folder whose name is the value of a column: only Parquet files are read so")]
    Unpartitioned {
        /// The file, as the user named it.
        file: String,
    },
    /// An option has a value that makes no sense.
    #[error("{option}={value} cannot be used: expected {expected}")]
    Option {
        /// The option.
        option: &'static str,
        /// The value, as it would be written.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The reader failed in a way none of the above describes.
    #[error("`{file}` cannot be read as {expected}: {detail}")]
    Other {
        /// The file, as the user named it.
        file: String,
        /// What was expected, with its article.
        expected: &'static str,
        /// What the reader says.
        detail: String,
    },
    /// A library panicked.
    #[error("`{file}` cannot be read: {source}")]
    Panicked {
        /// The file, as the user named it.
        file: String,
        /// The panic.
        source: Stopped,
    },
}

impl Problem for ReadError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoFiles | Self::Unreadable { .. } | Self::Other { .. } => return None,
            Self::Remote { error, .. } => return error.hint(),
            Self::Missing { .. } => "check the name; dbutils.fs.ls(…) lists a folder".to_owned(),
            Self::Folder { file } => format!("name a file in it, or several with `{}/*`", file.trim_end_matches('/')),
            Self::Forbidden { .. } => "ask for permission to read it, or copy it to a folder that you can read".to_owned(),
            Self::Empty { .. } => "check what writes this file; a header line alone is enough".to_owned(),
            Self::Foreign { found, .. } => found.hint(),
            Self::Damaged { .. } | Self::Compression { .. } => "write or download the file again".to_owned(),
            Self::Encoding { guess, .. } => format!(
                "pass encoding=\"{guess}\" if the file comes from such a system, or encoding=\"utf8-lossy\" to replace bad bytes"
            ),
            Self::Ragged { expected, found, .. } if found > expected => {
                "quote fields that contain the separator, or pass truncate_ragged_lines=True to drop the extra fields".to_owned()
            }
            Self::Ragged { .. } => {
                "complete the row, or pass truncate_ragged_lines=True to read the missing fields as null".to_owned()
            }
            Self::UnclosedQuote { .. } => {
                "close the quote, or pass quote_char=None if quotes are ordinary text in this file".to_owned()
            }
            Self::TextAfterQuote { .. } => {
                "double the quote inside the quoted field, or pass quote_char=None if quotes are ordinary text".to_owned()
            }
            Self::StrayQuote { .. } => {
                "quote the whole field and double the quote, or pass quote_char=None if quotes are ordinary text".to_owned()
            }
            Self::WrongSeparator { likely, .. } => {
                format!("pass separator={}", quoted(&likely.escape_default().to_string(), 4))
            }
            Self::DuplicateColumn { .. } => {
                "give each column its own name, or pass has_header=False and skip_rows to read without the header".to_owned()
            }
            Self::UnknownColumn { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownColumn { columns, .. } => format!("its columns are {}", list(columns)),
            Self::Cell(cell) if cell.asked => format!(
                "correct the value, add it to null_values, or give `{}` another type in schema_overrides",
                cell.column
            ),
            Self::Cell(cell) => format!(
                "pass schema_overrides={{\"{}\": \"str\"}} to read the column as text",
                cell.column
            ),
            Self::Columns { .. } => "read the files one by one and concat what they have in common".to_owned(),
            Self::Types { column, .. } => format!("read the files one by one and cast `{column}` before concat"),
            Self::JsonLine { .. } => {
                "write one JSON object on each line, or use read_json for one array of objects".to_owned()
            }
            Self::Json { .. } => "use read_ndjson for a file with one object on each line".to_owned(),
            Self::Changed { .. } => "run the cell that scans it again".to_owned(),
            Self::Delta(error) => return error.hint(),
            Self::NothingIn { folder } => {
                format!("files whose names begin with _ or . are passed over; dbutils.fs.ls(\"{folder}\") lists what is there")
            }
            Self::Mixed { folder, first, .. } => {
                let kind = first.rsplit_once('.').map_or("", |(_, kind)| kind);
                format!("name those that you want: `{}/*.{kind}`", folder.trim_end_matches('/'))
            }
            Self::Partitions { .. } => "read the folders one by one and concat what they have in common".to_owned(),
            Self::Unpartitioned { .. } => {
                "read the folders one by one, give each its column with with_columns, and concat them".to_owned()
            }
            Self::Option { option, .. } => format!("change {option}, or leave it out for its default"),
            Self::Panicked { source, .. } | Self::Stopped(source) => return source.hint(),
        })
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Stopped(stopped) => stopped.kind(),
            Self::Remote { error, .. } => error.kind(),
            _ => Kind::Failure,
        }
    }
}

fn fields(count: usize) -> String {
    if count == 1 {
        "1 field".to_owned()
    } else {
        format!("{count} fields")
    }
}

fn differences(missing: &[String], extra: &[String]) -> String {
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("it lacks {}", list(missing)));
    }
    if !extra.is_empty() {
        parts.push(format!("only it has {}", list(extra)));
    }
    parts.join(", and ")
}

fn named(columns: &[String]) -> String {
    match columns {
        [] => "no column".to_owned(),
        [one] => format!("the column `{one}`"),
        several => format!("the columns {}", list(several)),
    }
}

fn list(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut text = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        text.extend([" and ", &(names.len() - SHOWN).to_string(), " more"]);
    }
    text
}

/// Quotes `text` for a message: control characters escaped, at most `limit` characters.
pub(super) fn quoted(text: &str, limit: usize) -> String {
    let mut short = String::from("\"");
    for (index, character) in text.chars().enumerate() {
        if index == limit {
            short.push('…');
            break;
        }
        match character {
            '\\' => short.push('\\'),
            character if character.is_control() => short.extend(character.escape_default()),
            character => short.push(character),
        }
    }
    short.push('"');
    short
}
