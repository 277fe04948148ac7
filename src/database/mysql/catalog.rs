//! What a database holds: its tables, their columns and keys.

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Row, from_value_opt};

use super::failure::of;
use crate::database::error::DatabaseError;
use crate::database::table::{TableColumn, TableName, TableSummary};

/// What a database with this name is; the current one, where none is said.
const SCHEMA: &str = "COALESCE(?, DATABASE())";

/// Lists the tables and views of the current database.
pub(super) async fn tables(conn: &mut Conn) -> Result<Vec<TableSummary>, DatabaseError> {
    let sql = "SELECT table_name, table_type LIKE '%VIEW' FROM information_schema.tables \
               WHERE table_schema = DATABASE() ORDER BY table_name";
    let rows: Vec<Row> = conn.exec(sql, ()).await.map_err(of)?;
    let mut tables: Vec<TableSummary> = rows
        .iter()
        .map(|row| TableSummary {
            table: TableName {
                schema: None,
                name: text(row, 0),
            },
            is_view: number(row, 1) != 0,
        })
        .collect();
    tables.sort_by(|left, right| left.table.cmp(&right.table));
    Ok(tables)
}

/// Describes the columns of a table or a view; `None` where there is none of that name.
pub(super) async fn columns(
    conn: &mut Conn,
    table: &TableName,
) -> Result<Option<Vec<TableColumn>>, DatabaseError> {
    let sql = format!(
        "SELECT column_name, column_type, is_nullable = 'YES', \
         column_default IS NOT NULL AND column_default <> 'NULL' OR extra LIKE '%auto_increment%' \
         OR extra LIKE '%DEFAULT_GENERATED%', \
         extra LIKE '%GENERATED%' AND extra NOT LIKE '%DEFAULT_GENERATED%', column_key = 'PRI' \
         FROM information_schema.columns WHERE table_schema = {SCHEMA} AND table_name = ? ORDER BY ordinal_position"
    );
    let rows: Vec<Row> = conn.exec(sql, (&table.schema, &table.name)).await.map_err(of)?;
    let columns: Vec<TableColumn> = rows
        .iter()
        .map(|row| {
            let is_generated = number(row, 4) != 0;
            TableColumn {
                name: text(row, 0),
                type_name: text(row, 1),
                is_nullable: number(row, 2) != 0,
                has_default: number(row, 3) != 0 || is_generated,
                is_generated,
                is_key: number(row, 5) != 0,
            }
        })
        .collect();
    Ok((!columns.is_empty()).then_some(columns))
}

/// Returns the columns of the primary key and of each unique index.
pub(super) async fn unique_keys(
    conn: &mut Conn,
    table: &TableName,
) -> Result<Vec<Vec<String>>, DatabaseError> {
    let indexes = indexes(conn, table).await?;
    Ok(indexes.into_iter().map(|(_, columns)| columns).collect())
}

/// Returns the unique indexes with their names; one over an expression, or over the beginning of a text, is left out.
pub(super) async fn indexes(
    conn: &mut Conn,
    table: &TableName,
) -> Result<Vec<(String, Vec<String>)>, DatabaseError> {
    let sql = format!(
        "SELECT index_name, column_name, sub_part IS NOT NULL FROM information_schema.statistics \
         WHERE table_schema = {SCHEMA} AND table_name = ? AND non_unique = 0 \
         ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index"
    );
    let rows: Vec<Row> = conn.exec(sql, (&table.schema, &table.name)).await.map_err(of)?;
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut partial = Vec::new();
    for row in &rows {
        let (index, column) = (text(row, 0), text(row, 1));
        if column.is_empty() || number(row, 2) != 0 {
            partial.push(index.clone());
        }
        match found.last_mut().filter(|(name, _)| *name == index) {
            Some((_, columns)) => columns.push(column),
            None => found.push((index, vec![column])),
        }
    }
    found.retain(|(name, _)| !partial.contains(name));
    Ok(found)
}

/// Returns the condition of a constraint of a table; `None` where the server does not tell it.
pub(super) async fn condition(
    conn: &mut Conn,
    table: &TableName,
    constraint: &str,
) -> Result<Option<String>, DatabaseError> {
    let sql = format!(
        "SELECT check_clause FROM information_schema.check_constraints \
         WHERE constraint_schema = {SCHEMA} AND constraint_name = ?"
    );
    let rows: Vec<Row> = conn.exec(sql, (&table.schema, constraint)).await.map_err(of)?;
    // MariaDB has the same name in several tables: what is not known to be the one is none.
    Ok(match rows.as_slice() {
        [row] => Some(text(row, 0)),
        _ => None,
    })
}

/// Returns the engine of a table, where that is one that cannot undo what was written.
pub(super) async fn lasting_engine(
    conn: &mut Conn,
    table: &TableName,
) -> Result<Option<String>, DatabaseError> {
    let sql = format!(
        "SELECT tables.engine FROM information_schema.tables AS tables \
         JOIN information_schema.engines AS engines ON engines.engine = tables.engine \
         WHERE tables.table_schema = {SCHEMA} AND tables.table_name = ? AND engines.transactions <> 'YES'"
    );
    let row: Option<Row> = conn
        .exec_first(sql, (&table.schema, &table.name))
        .await
        .map_err(of)?;
    Ok(row.map(|row| text(&row, 0)))
}

/// Returns the tables of all databases that cannot undo what was written, by their names alone, each with its engine.
pub(super) async fn lasting_tables(conn: &mut Conn) -> Result<Vec<(String, String)>, DatabaseError> {
    let sql = "SELECT tables.table_name, tables.engine FROM information_schema.tables AS tables \
               JOIN information_schema.engines AS engines ON engines.engine = tables.engine \
               WHERE tables.table_schema NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys') \
               AND tables.table_type = 'BASE TABLE' AND engines.transactions <> 'YES'";
    let rows: Vec<Row> = conn.query(sql).await.map_err(of)?;
    Ok(rows.iter().map(|row| (text(row, 0), text(row, 1))).collect())
}

fn text(row: &Row, index: usize) -> String {
    let value = row.as_ref(index).cloned();
    value
        .and_then(|value| from_value_opt(value).ok())
        .unwrap_or_default()
}

fn number(row: &Row, index: usize) -> i64 {
    let value = row.as_ref(index).cloned();
    value.and_then(|value| from_value_opt(value).ok()).unwrap_or(0)
}
