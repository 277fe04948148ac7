//! What a database holds: its tables, their columns and keys.

use rusqlite::{Connection, Result};

use super::declared::Affinity;
use crate::database::table::{TableColumn, TableName, TableSummary};

/// The schema of the file itself; its tables are named without it.
const MAIN: &str = "main";
/// The schema of what only this session sees.
const TEMPORARY: &str = "temp";

/// Lists the tables and views, those of attached files with their schema; SQLite's own are left out.
pub(super) fn tables(connection: &Connection) -> Result<Vec<TableSummary>> {
    let mut statement = connection.prepare(
        "SELECT schema, name, type = 'view' FROM pragma_table_list \
         WHERE type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )?;
    let found = statement.query_map([], |row| {
        let schema: String = row.get(0)?;
        Ok(TableSummary {
            table: TableName {
                schema: Some(schema).filter(|schema| schema != MAIN && schema != TEMPORARY),
                name: row.get(1)?,
            },
            is_view: row.get(2)?,
        })
    })?;
    let mut tables = found.collect::<Result<Vec<_>>>()?;
    tables.sort_by(|left, right| left.table.cmp(&right.table));
    tables.dedup_by(|left, right| left.table == right.table);
    Ok(tables)
}

/// Describes the columns of a table or a view; `None` where there is none of that name.
pub(super) fn columns(connection: &Connection, table: &TableName) -> Result<Option<Vec<TableColumn>>> {
    let mut statement = connection.prepare(
        "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk, hidden FROM pragma_table_xinfo(?1, ?2) \
         WHERE hidden <> 1 ORDER BY cid",
    )?;
    let schema = schema(connection, table)?;
    let found = statement.query_map([Some(&table.name), schema.as_ref()], |row| {
        let generated: i64 = row.get(5)?;
        let key: i64 = row.get(4)?;
        let is_filled: bool = row.get(2)?;
        Ok(TableColumn {
            name: row.get(0)?,
            type_name: row.get(1)?,
            is_nullable: !is_filled,
            has_default: row.get::<_, bool>(3)? || generated != 0,
            is_generated: generated != 0,
            is_key: key != 0,
        })
    })?;
    let mut columns = found.collect::<Result<Vec<_>>>()?;
    if columns.is_empty() {
        return Ok(None);
    }
    let has_rows_by_key = is_without_rowid(connection, table)?;
    let is_single = columns.iter().filter(|column| column.is_key).count() == 1;
    for column in columns.iter_mut().filter(|column| column.is_key) {
        if has_rows_by_key {
            column.is_nullable = false;
        } else if is_single && column.type_name.eq_ignore_ascii_case("INTEGER") {
            // The number of the row itself, which SQLite counts up where it is left out.
            column.is_nullable = false;
            column.has_default = true;
        }
    }
    Ok(Some(columns))
}

/// Returns the columns of the primary key and of each unique index that covers all rows.
pub(super) fn unique_keys(connection: &Connection, table: &TableName) -> Result<Vec<Vec<String>>> {
    let schema = schema(connection, table)?;
    let mut statement = connection.prepare(
        "SELECT name FROM pragma_index_list(?1, ?2) WHERE \"unique\" = 1 AND partial = 0 ORDER BY seq DESC",
    )?;
    let names = statement.query_map([Some(&table.name), schema.as_ref()], |row| {
        row.get::<_, String>(0)
    })?;
    let mut keys = Vec::new();
    let primary = connection
        .prepare("SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE pk > 0 ORDER BY pk")?
        .query_map([Some(&table.name), schema.as_ref()], |row| {
            row.get::<_, String>(0)
        })?
        .collect::<Result<Vec<_>>>()?;
    if !primary.is_empty() {
        keys.push(primary);
    }
    for name in names {
        let mut statement =
            connection.prepare("SELECT name FROM pragma_index_info(?1, ?2) ORDER BY seqno")?;
        let index = statement.query_map([Some(&name?), schema.as_ref()], |row| {
            row.get::<_, Option<String>>(0)
        })?;
        // What is unique by an expression has no name.
        let index: Option<Vec<String>> = index.collect::<Result<Vec<_>>>()?.into_iter().collect();
        keys.extend(index.filter(|index| !keys.contains(index)));
    }
    Ok(keys)
}

/// A reference of a table's rows: the schema and the name of the table that has the other rows, and the columns that are the same.
pub(super) struct Reference {
    pub(super) schema: String,
    pub(super) table: String,
    /// Those of the row that refers, and those of the one that it refers to.
    pub(super) columns: Vec<(String, String)>,
}

/// Returns the references of a table's rows; those to the key of another table name its columns.
pub(super) fn references(connection: &Connection, table: &TableName) -> Result<Vec<Reference>> {
    let schema = schema(connection, table)?.unwrap_or_else(|| MAIN.to_owned());
    let mut statement = connection.prepare(
        "SELECT list.id, list.\"table\", list.\"from\", \
         coalesce(list.\"to\", (SELECT name FROM pragma_table_info(list.\"table\", ?2) WHERE pk = list.seq + 1)) \
         FROM pragma_foreign_key_list(?1, ?2) AS list ORDER BY list.id, list.seq",
    )?;
    let found = statement.query_map([&table.name, &schema], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, String>(1)?,
            (row.get(2)?, row.get::<_, Option<String>>(3)?.unwrap_or_default()),
        ))
    })?;
    let mut references: Vec<(i64, Reference)> = Vec::new();
    for row in found {
        let (id, table, columns) = row?;
        match references.last_mut() {
            Some((last, reference)) if *last == id => reference.columns.push(columns),
            _ => references.push((
                id,
                Reference {
                    schema: schema.clone(),
                    table,
                    columns: vec![columns],
                },
            )),
        }
    }
    Ok(references.into_iter().map(|(_, reference)| reference).collect())
}

/// Describes a row that refers to none, among all that there are: the last one of those.
pub(super) fn dangling(connection: &Connection) -> Result<Option<String>> {
    let mut statement =
        connection.prepare("SELECT * FROM pragma_foreign_key_check() ORDER BY 2 DESC LIMIT 1")?;
    let mut found = statement.query_map([], |row| {
        let row_id: Option<i64> = row.get(1)?;
        let (table, parent, id): (String, Option<String>, u32) = (row.get(0)?, row.get(2)?, row.get(3)?);
        Ok((table, row_id, parent, id))
    })?;
    let Some((table, row, parent, id)) = found.next().transpose()? else {
        return Ok(None);
    };
    let name = TableName {
        schema: None,
        name: table,
    };
    let references = references(connection, &name)?;
    let columns = references.get(id as usize).map_or_else(Vec::new, |reference| {
        reference.columns.iter().map(|(from, _)| from.as_str()).collect()
    });
    let row = row.map_or_else(String::new, |row| format!(" (rowid {row})"));
    Ok(Some(format!(
        "a row of {name}{row} refers by {} to no row of {}",
        columns.join(", "),
        parent.unwrap_or_default()
    )))
}

/// Returns the columns by which rows of a table refer to others.
pub(super) fn referring(connection: &Connection, table: &TableName) -> Result<Vec<String>> {
    let schema = schema(connection, table)?;
    let mut statement = connection
        .prepare("SELECT DISTINCT \"from\" FROM pragma_foreign_key_list(?1, ?2) ORDER BY id, seq")?;
    let found = statement.query_map([Some(&table.name), schema.as_ref()], |row| row.get(0))?;
    found.collect()
}

/// Returns the condition of a constraint of a table, by its name; `None` where it has no name, and its condition is what it is
/// called by.
pub(super) fn condition(
    connection: &Connection,
    table: &TableName,
    constraint: &str,
) -> Result<Option<String>> {
    let schema = schema(connection, table)?.unwrap_or_else(|| MAIN.to_owned());
    let sql = format!(
        "SELECT sql FROM {}.sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE",
        quoted(&schema)
    );
    let mut statement = connection.prepare(&sql)?;
    let mut found = statement.query_map([&table.name], |row| row.get::<_, Option<String>>(0))?;
    let Some(sql) = found.next().transpose()?.flatten() else {
        return Ok(None);
    };
    Ok(named_condition(&sql, constraint).map(str::to_owned))
}

/// Finds `CONSTRAINT name CHECK (condition)` in the statement that has made a table.
fn named_condition<'s>(sql: &'s str, constraint: &str) -> Option<&'s str> {
    let mut rest = sql;
    loop {
        let at = rest.to_ascii_uppercase().find("CONSTRAINT")?;
        rest = rest.get(at + "CONSTRAINT".len()..)?;
        let after = rest.trim_start();
        let after = after.strip_prefix(['"', '[', '`', '\'']).unwrap_or(after);
        let Some(after) = after.strip_prefix(constraint) else {
            continue;
        };
        let after = after
            .strip_prefix(['"', ']', '`', '\''])
            .unwrap_or(after)
            .trim_start();
        let is_check = after
            .get(..5)
            .is_some_and(|word| word.eq_ignore_ascii_case("CHECK"));
        let Some(after) = after.get(5..).filter(|_| is_check) else {
            continue;
        };
        let mut depth = 0_u32;
        for (at, letter) in after.char_indices() {
            match letter {
                '(' => depth += 1,
                ')' if depth <= 1 => return after.get(..=at),
                ')' => depth -= 1,
                _ => {}
            }
        }
        return Some(after);
    }
}

/// Makes an empty table beside `like`, which only this session sees.
///
/// Its columns have the affinities of the other's, and the collations of its unique indexes, so that values are kept and
/// compared as there, and no constraints.
pub(super) fn stage(connection: &Connection, like: &TableName, number: u32) -> Result<TableName> {
    let columns = columns(connection, like)?.unwrap_or_default();
    let collations = collations(connection, like)?;
    let columns: Vec<String> = columns
        .iter()
        .filter(|column| !column.is_generated)
        .map(|column| {
            let collation = collations.iter().find(|(name, _)| *name == column.name);
            let collation = collation.map_or_else(String::new, |(_, collation)| {
                format!(" COLLATE {}", quoted(collation))
            });
            format!(
                "{} {}{collation}",
                quoted(&column.name),
                Affinity::of(&column.type_name).type_name()
            )
        })
        .collect();
    let name = format!("sheaf_stage_{number}");
    connection.execute_batch(&format!(
        "CREATE TEMP TABLE {} ({})",
        quoted(&name),
        columns.join(", ")
    ))?;
    Ok(TableName {
        schema: Some(TEMPORARY.to_owned()),
        name,
    })
}

/// Returns the columns by which rows are unique and that compare texts otherwise than byte by byte, with how they do.
fn collations(connection: &Connection, table: &TableName) -> Result<Vec<(String, String)>> {
    let schema = schema(connection, table)?;
    let mut statement = connection.prepare(
        "SELECT part.name, part.coll FROM pragma_index_list(?1, ?2) AS list, pragma_index_xinfo(list.name, ?2) AS part \
         WHERE list.\"unique\" = 1 AND list.partial = 0 AND part.key = 1 AND part.cid >= 0 AND part.coll <> 'BINARY'",
    )?;
    let found = statement.query_map([Some(&table.name), schema.as_ref()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    found.collect()
}

/// Returns in which schema a table is found: the one that is said, or the first one that has it.
fn schema(connection: &Connection, table: &TableName) -> Result<Option<String>> {
    if table.schema.is_some() {
        return Ok(table.schema.clone());
    }
    let mut statement = connection.prepare(
        "SELECT list.schema FROM pragma_table_list AS list JOIN pragma_database_list AS base ON base.name = list.schema \
         WHERE list.name = ?1 COLLATE NOCASE ORDER BY list.schema <> 'temp', base.seq LIMIT 1",
    )?;
    let mut found = statement.query_map([&table.name], |row| row.get(0))?;
    found.next().transpose()
}

fn is_without_rowid(connection: &Connection, table: &TableName) -> Result<bool> {
    let schema = schema(connection, table)?;
    let mut statement = connection.prepare(
        "SELECT wr FROM pragma_table_list WHERE name = ?1 COLLATE NOCASE AND schema = ?2 COLLATE NOCASE",
    )?;
    let mut found = statement.query_map([Some(&table.name), schema.as_ref()], |row| row.get(0))?;
    Ok(found.next().transpose()?.unwrap_or(false))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
