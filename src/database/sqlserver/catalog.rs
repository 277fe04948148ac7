//! What a database holds: its tables, their columns and keys; names are bound, never pasted.

use futures::TryStreamExt as _;
use tiberius::{Client, ColumnData, Query, Row};

use super::failure::of;
use super::pipe::Pipe;
use super::sql_type::written;
use crate::database::error::DatabaseError;
use crate::database::table::{TableColumn, TableName, TableSummary};

/// Tables and views that a person has made.
const TABLES: &str = "\
    SELECT s.name, o.name, CASE WHEN o.type = 'V' THEN 1 ELSE 0 END AS is_view \
    FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id \
    WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 \
    ORDER BY s.name, o.name";

/// Before each name of the system's tables, for a temporary table; those are in a database of their own.
const TEMPORARY: &str = "tempdb.";

/// A column of a table, and what a load has to know of it besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    pub(super) column: TableColumn,
    /// Whether the server counts it up by itself.
    pub(super) is_identity: bool,
    /// The number of the character set of its texts, where they are not wide.
    pub(super) code_page: Option<i64>,
}

/// Lists the tables and views.
pub(super) async fn tables(client: &mut Client<Pipe>) -> Result<Vec<TableSummary>, DatabaseError> {
    let rows = ask(client, TABLES, None).await?;
    let mut tables: Vec<TableSummary> = rows
        .iter()
        .map(|row| TableSummary {
            table: TableName {
                schema: Some(text(row, 0)),
                name: text(row, 1),
            },
            is_view: number(row, 2).unwrap_or(0) != 0,
        })
        .collect();
    tables.sort_by(|left, right| left.table.cmp(&right.table));
    Ok(tables)
}

/// Describes the columns of a table or a view; none where there is none of that name.
pub(super) async fn columns(
    client: &mut Client<Pipe>,
    table: &TableName,
) -> Result<Vec<Described>, DatabaseError> {
    let (place, object) = place(table);
    let sql = format!(
        "SELECT c.name, COALESCE(TYPE_NAME(c.system_type_id), TYPE_NAME(c.user_type_id)) AS type_name, \
         CAST(c.max_length AS int) AS length, CAST(c.precision AS int) AS precision, \
         CAST(c.scale AS int) AS scale, c.is_nullable, c.is_identity, \
         CASE WHEN c.default_object_id <> 0 THEN 1 ELSE 0 END AS has_default, \
         CASE WHEN c.is_computed = 1 \
         OR COALESCE(COLUMNPROPERTY(c.object_id, c.name, 'GeneratedAlwaysType'), 0) <> 0 \
         THEN 1 ELSE 0 END AS is_generated, \
         CASE WHEN EXISTS (SELECT 1 FROM {place}sys.index_columns AS k \
         JOIN {place}sys.indexes AS i ON i.object_id = k.object_id AND i.index_id = k.index_id \
         WHERE i.is_primary_key = 1 AND k.object_id = c.object_id AND k.column_id = c.column_id) \
         THEN 1 ELSE 0 END AS is_key, \
         CAST(COLLATIONPROPERTY(c.collation_name, 'CodePage') AS int) AS code_page \
         FROM {place}sys.columns AS c WHERE c.object_id = OBJECT_ID(@P1) ORDER BY c.column_id"
    );
    let rows = ask(client, &sql, Some(object)).await?;
    Ok(rows.iter().map(described).collect())
}

fn described(row: &Row) -> Described {
    let whole = |at| {
        number(row, at)
            .and_then(|number| i32::try_from(number).ok())
            .unwrap_or(0)
    };
    let holds = |at| number(row, at).unwrap_or(0) != 0;
    let name = text(row, 1).to_ascii_lowercase();
    // The server counts each change of a row by itself in such a column.
    let is_version = matches!(name.as_str(), "timestamp" | "rowversion");
    let is_generated = holds(8) || is_version;
    let is_identity = holds(6);
    Described {
        column: TableColumn {
            name: text(row, 0),
            type_name: written(&name, whole(2), whole(3), whole(4)),
            is_nullable: holds(5),
            has_default: holds(7) || is_identity || is_generated,
            is_generated,
            is_key: holds(9),
        },
        is_identity,
        code_page: number(row, 10),
    }
}

/// Returns the columns of the primary key and of each unique index that holds for all rows, each with its name.
pub(super) async fn unique_keys(
    client: &mut Client<Pipe>,
    table: &TableName,
) -> Result<Vec<(String, Vec<String>)>, DatabaseError> {
    let (place, object) = place(table);
    let sql = format!(
        "SELECT i.name, c.name FROM {place}sys.indexes AS i \
         JOIN {place}sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id \
         JOIN {place}sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id \
         WHERE i.object_id = OBJECT_ID(@P1) AND i.is_unique = 1 AND i.has_filter = 0 \
         AND i.is_disabled = 0 AND k.is_included_column = 0 \
         ORDER BY i.is_primary_key DESC, i.index_id, k.key_ordinal"
    );
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for row in &ask(client, &sql, Some(object)).await? {
        let (index, column) = (text(row, 0), text(row, 1));
        match found.last_mut().filter(|(name, _)| *name == index) {
            Some((_, columns)) => columns.push(column),
            None => found.push((index, vec![column])),
        }
    }
    Ok(found)
}

/// Returns the columns by which a constraint of a table refers to others; none where it is no such constraint, or not everyone may
/// ask.
pub(super) async fn referring(
    client: &mut Client<Pipe>,
    table: &TableName,
    constraint: &str,
) -> Result<Vec<String>, DatabaseError> {
    let (place, object) = place(table);
    let sql = format!(
        "SELECT c.name FROM {place}sys.foreign_keys AS f \
         JOIN {place}sys.foreign_key_columns AS k ON k.constraint_object_id = f.object_id \
         JOIN {place}sys.columns AS c ON c.object_id = k.parent_object_id AND c.column_id = k.parent_column_id \
         WHERE f.parent_object_id = OBJECT_ID(@P1) AND f.name = N'{}' ORDER BY k.constraint_column_id",
        constraint.replace('\'', "''")
    );
    match ask(client, &sql, Some(object)).await {
        Ok(rows) => Ok(rows.iter().map(|row| text(row, 0)).collect()),
        Err(DatabaseError::Refused { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Returns the column of a table that the server counts up by itself; the table is written as statements have it.
pub(super) async fn identity(
    client: &mut Client<Pipe>,
    table: &str,
) -> Result<Option<String>, DatabaseError> {
    let sql = "SELECT name FROM sys.identity_columns WHERE object_id = OBJECT_ID(@P1)";
    let rows = ask(client, sql, Some(table.to_owned())).await?;
    Ok(rows.first().map(|row| text(row, 0)))
}

/// Returns how many transactions are open, each within the one before it.
pub(super) async fn open_transactions(client: &mut Client<Pipe>) -> Result<i64, DatabaseError> {
    let rows = ask(client, "SELECT @@TRANCOUNT AS open_transactions", None).await?;
    Ok(rows.first().and_then(|row| number(row, 0)).unwrap_or(0))
}

/// Finds where the system describes a table, and by which name it knows it.
fn place(table: &TableName) -> (&'static str, String) {
    let quoted = |name: &String| format!("[{}]", name.replace(']', "]]"));
    let name = quoted(&table.name);
    if table.name.starts_with('#') {
        return (TEMPORARY, format!("tempdb..{name}"));
    }
    match &table.schema {
        Some(schema) => ("", format!("{}.{name}", quoted(schema))),
        None => ("", name),
    }
}

async fn ask(
    client: &mut Client<Pipe>,
    sql: &str,
    parameter: Option<String>,
) -> Result<Vec<Row>, DatabaseError> {
    let stream = match parameter {
        None => client.simple_query(sql).await.map_err(of)?,
        Some(parameter) => {
            let mut query = Query::new(sql);
            query.bind(parameter);
            query.query(client).await.map_err(of)?
        }
    };
    stream.into_row_stream().try_collect().await.map_err(of)
}

fn text(row: &Row, index: usize) -> String {
    match row.cells().nth(index) {
        Some((_, ColumnData::String(Some(text)))) => text.to_string(),
        _ => String::new(),
    }
}

fn number(row: &Row, index: usize) -> Option<i64> {
    match row.cells().nth(index)?.1 {
        ColumnData::Bit(value) => value.map(i64::from),
        ColumnData::U8(value) => value.map(i64::from),
        ColumnData::I16(value) => value.map(i64::from),
        ColumnData::I32(value) => value.map(i64::from),
        ColumnData::I64(value) => *value,
        _ => None,
    }
}
