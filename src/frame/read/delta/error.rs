//! Why a Delta table cannot be read.

use crate::error::Problem;

/// Why a Delta table cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeltaError {
    /// A folder that was to be read as files is a table, of which its log alone says which files are current.
    #[error("`{table}` is a Delta table: its log says which of its files are current")]
    AsFiles {
        /// The folder, as the user named it.
        table: String,
    },
    /// There is no log in a folder.
    #[error("`{folder}` is no Delta table: there is no log of one in `{folder}/_delta_log`")]
    NoTable {
        /// The folder, as the user named it.
        folder: String,
    },
    /// The table has no such version, or not any more.
    #[error("`{table}` has no version {asked}: it has the versions {oldest} to {newest}")]
    NoVersion {
        /// The folder, as the user named it.
        table: String,
        /// The version that was asked for.
        asked: u64,
        /// The oldest one that the log can tell.
        oldest: u64,
        /// The newest.
        newest: u64,
    },
    /// A part of the log is not there.
    #[error("the log of `{table}` is incomplete: `{missing}` is not there, which version {version} needs")]
    Incomplete {
        /// The folder, as the user named it.
        table: String,
        /// The version that was to be read.
        version: u64,
        /// The name of the first missing file.
        missing: String,
    },
    /// What is in the log makes no sense.
    #[error("`{file}`{}: {detail}", line.map_or_else(String::new, |line| format!(", line {line}")))]
    Damaged {
        /// The file of the log, as it would be named.
        file: String,
        /// The line, from 1, in files that have lines.
        line: Option<u64>,
        /// What is wrong.
        detail: String,
    },
    /// The table uses something that is not read here.
    #[error("version {version} of the Delta table `{table}` uses {}, which cannot be read", feature.described())]
    Unsupported {
        /// The folder, as the user named it.
        table: String,
        /// The version.
        version: u64,
        /// What it uses.
        feature: Feature,
    },
    /// A file of the version is not there any more.
    #[error("version {version} of the Delta table `{table}` needs `{file}`, which is not there any more")]
    Vacuumed {
        /// The folder, as the user named it.
        table: String,
        /// The version.
        version: u64,
        /// The file, as it would be named.
        file: String,
    },
}

/// Something that a table can use and that is not read here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Feature {
    /// Columns that are found in the files in a way that is not known: by number, say.
    ColumnMapping {
        /// The way, as Delta calls it.
        mode: String,
    },
    /// Parts of a column that have other names in the files.
    MappedPart {
        /// The column.
        column: String,
        /// The name of one.
        part: String,
    },
    /// Files that are not in the table's folder: a shallow clone.
    FilesElsewhere {
        /// Where one is.
        address: String,
    },
    /// Data in another format than Parquet.
    Format {
        /// The name of the format.
        provider: String,
    },
    /// A type of columns.
    Type {
        /// The column.
        column: String,
        /// The type, as Delta calls it.
        name: String,
    },
    /// A column whose values are in names of folders in a way that is not read.
    PartitionType {
        /// The column.
        column: String,
        /// The type, as Delta calls it.
        name: String,
    },
    /// A text as the value of a column for partitions that stands for NULL where such values are read.
    PartitionValue {
        /// The column.
        column: String,
        /// The text.
        text: String,
    },
    /// A feature by its name in the table's protocol.
    Named {
        /// The name.
        name: String,
    },
    /// A version of the protocol without named features.
    Reader {
        /// The version.
        version: u64,
    },
}

impl Feature {
    fn described(&self) -> String {
        match self {
            Self::ColumnMapping { mode } => format!("column mapping by `{mode}`"),
            Self::MappedPart { column, part } => {
                format!("column mapping for the part `{part}` of its column `{column}`")
            }
            Self::FilesElsewhere { address } => {
                format!("files that are not in its folder, such as `{address}`")
            }
            Self::Format { provider } => format!("the format `{provider}` for its files"),
            Self::Type { column, name } => format!("the type `{name}` for its column `{column}`"),
            Self::PartitionType { column, name } => {
                format!("its column `{column}` of the type `{name}` for partitions")
            }
            Self::PartitionValue { column, text } => {
                format!("the text `{text}` in its column `{column}` for partitions")
            }
            Self::Named { name } => format!("the feature `{name}`"),
            Self::Reader { version } => format!("version {version} of the protocol for readers"),
        }
    }

    fn hint(&self, table: &str) -> String {
        match self {
            Self::ColumnMapping { .. } | Self::MappedPart { .. } => {
                "write a copy without it where Delta is at hand (CREATE TABLE … AS SELECT), and read that"
                    .to_owned()
            }
            Self::FilesElsewhere { .. } => {
                "read the table that it is a clone of, or write a deep clone where Delta is at hand"
                    .to_owned()
            }
            Self::Format { .. }
            | Self::Type { .. }
            | Self::PartitionType { .. }
            | Self::PartitionValue { .. }
            | Self::Named { .. }
            | Self::Reader { .. } => format!(
                "write the rows of `{table}` as plain Parquet where Delta is at hand (df.write.parquet(…) in Spark), and \
                 read that"
            ),
        }
    }
}

impl Problem for DeltaError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::AsFiles { table } => format!(
                "read_delta(\"{table}\") or scan_delta(\"{table}\") reads it; its files as they are hold rows that were \
                 deleted or replaced"
            ),
            Self::NoTable { folder } => {
                format!("dbutils.fs.ls(\"{folder}\") lists what is there; read_parquet reads a folder of plain files")
            }
            Self::NoVersion { .. } => "name one of those, or leave version out for the newest".to_owned(),
            Self::Incomplete { .. } => {
                "run the cell again: old parts of a log are removed now and then; a log that stays so was not copied whole"
                    .to_owned()
            }
            Self::Damaged { .. } => "copy the file of the log again from where it is sound".to_owned(),
            Self::Unsupported { table, feature, .. } => feature.hint(table),
            Self::Vacuumed { .. } => {
                "old versions end where VACUUM removes their files: read a newer version; one whose files are missing without \
                 that was not copied whole"
                    .to_owned()
            }
        })
    }
}
