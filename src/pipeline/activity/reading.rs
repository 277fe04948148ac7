//! Sources of activities as frames.

use super::context::PerformContext;
use super::error::ActivityError;
use super::source::Source;
use crate::database::TableName;
use crate::frame::Frame;
use crate::pipeline::data::{DataError, check_schema, read_file, read_query, read_table};
use crate::pipeline::definition::{Dataset, SchemaColumn};
use crate::storage::create_folders;

/// A dataset that is open for reading.
pub(super) struct Opened<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its rows.
    pub(super) frame: Frame,
    /// How many they are, where that is known before they are read.
    pub(super) total: Option<u64>,
    /// Whether they come from a table.
    pub(super) is_table: bool,
    definition: &'a Dataset,
}

impl Opened<'_> {
    /// Returns the columns that its definition says.
    pub(super) fn schema(&self) -> &[SchemaColumn] {
        match self.definition {
            Dataset::File(file) => &file.schema,
            Dataset::Table(table) => &table.schema,
        }
    }
}

/// Opens a dataset for reading; `as_texts` leaves the columns of CSV files texts whose type its definition does not say.
///
/// # Errors
///
/// It is not there, or cannot be read.
pub(super) fn open_dataset<'a>(
    name: &'a str,
    as_texts: bool,
    context: &'a PerformContext<'_>,
) -> Result<Opened<'a>, ActivityError> {
    let definition = context.dataset(name)?;
    let (frame, total) = match definition {
        Dataset::File(file) => {
            let path = file.path.render(context.scope())?;
            let frame = read_file((file, as_texts), &path, context.mounts(), context.interrupt())?;
            (frame, None)
        }
        Dataset::Table(table) => {
            let connection = table.connection.render(context.scope())?;
            let text = table.table.render(context.scope())?;
            let table = TableName::parse(&text).ok_or(DataError::NotATable(text))?;
            let connection = context.connection(&connection)?;
            let (frame, rows) = read_table(&connection, &table, &spool(context)?, context.interrupt())?;
            (frame, Some(rows))
        }
    };
    Ok(Opened {
        name,
        frame,
        total,
        is_table: matches!(definition, Dataset::Table(_)),
        definition,
    })
}

/// Opens a source: a dataset, whose columns are those of its definition, or a query; returns how many rows it has, too, where
/// that is known before they are read.
///
/// # Errors
///
/// It cannot be read, or the dataset has other columns.
pub(super) fn open_source(
    source: &Source,
    as_texts: bool,
    context: &PerformContext<'_>,
) -> Result<(Frame, Option<u64>), ActivityError> {
    match source {
        Source::Dataset(name) => {
            let opened = open_dataset(name, as_texts, context)?;
            check_schema(name, opened.schema(), &opened.frame)?;
            Ok((opened.frame, opened.total))
        }
        Source::Query { connection, sql } => {
            let connection = connection.render(context.scope())?;
            let sql = sql.render(context.scope())?;
            let connection = context.connection(&connection)?;
            let (frame, rows) = read_query(&connection, &sql, &spool(context)?, context.interrupt())?;
            Ok((frame, Some(rows)))
        }
    }
}

/// Returns the folder for rows that are read from databases, and makes it.
fn spool(context: &PerformContext<'_>) -> Result<std::path::PathBuf, ActivityError> {
    let folder = context.workspace().create_private_dir()?.join("scratch");
    create_folders(&folder)
        .map_err(|error| ActivityError::Within(format!("{} cannot be made: {error}", folder.display())))?;
    Ok(folder)
}
