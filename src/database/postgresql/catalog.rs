//! What tables there are, and what they are like: asked of the system's own tables, with names bound, never pasted.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use super::failure::own;
use crate::database::error::DatabaseError;
use crate::database::table::{TableColumn, TableName, TableSummary};

/// Tables and views that a person has made: none of the system's, none of an extension, no part of another table, and none
/// that ends with its session.
const TABLES: &str = "
    SELECT n.nspname::text, c.relname::text, c.relkind IN ('v', 'm')
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND NOT c.relispartition
      AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"";

/// One table: by its schema, or as the first of its name on the path.
const TABLE: &str = "
    SELECT c.oid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND c.relname = $2
      AND CASE WHEN $1::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)
               WHEN $1::text = 'pg_temp' THEN n.oid = pg_catalog.pg_my_temp_schema()
               ELSE n.nspname = $1 END";

const COLUMNS: &str = "
    SELECT a.attname::text,
           pg_catalog.format_type(a.atttypid, a.atttypmod),
           NOT (a.attnotnull OR t.typnotnull),
           a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
           a.attgenerated <> '',
           EXISTS (
             SELECT FROM pg_catalog.pg_index i
             WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey))
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum";

/// The columns of each index that keeps rows apart by them, all of them, and by nothing else.
const KEYS: &str = "
    SELECT ARRAY(
             SELECT a.attname::text
             FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
             WHERE k.place <= i.indnkeyatts
             ORDER BY k.place)
    FROM pg_catalog.pg_index i
    WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indimmediate
      AND i.indpred IS NULL AND i.indexprs IS NULL
    ORDER BY i.indisprimary DESC, i.indexrelid";

/// The columns that a constraint of a table, or an index of it, is about.
const CONSTRAINED: &str = "
    SELECT a.attname::text
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = $1 AND a.attnum > 0
      AND (a.attnum IN (
             SELECT pg_catalog.unnest(c.conkey) FROM pg_catalog.pg_constraint c WHERE c.conrelid = $1 AND c.conname = $2)
        OR a.attnum IN (
             SELECT pg_catalog.unnest(i.indkey::int2[])
             FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
             WHERE i.indrelid = $1 AND x.relname = $2)
        OR a.atttypid IN (SELECT c.contypid FROM pg_catalog.pg_constraint c WHERE c.contypid <> 0 AND c.conname = $2))
    ORDER BY a.attnum";

/// The columns of a table, with the types that domains are based on.
const PLAIN: &str = "
    WITH RECURSIVE based AS (
      SELECT a.attnum, a.attname, a.atttypid AS type, a.atttypmod AS modifier
      FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL
      SELECT b.attnum, b.attname, t.typbasetype, t.typtypmod
      FROM based b JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype = 'd')
    SELECT pg_catalog.string_agg(
             pg_catalog.quote_ident(b.attname) || '::' || pg_catalog.format_type(b.type, b.modifier)
               || ' AS ' || pg_catalog.quote_ident(b.attname), ', ' ORDER BY b.attnum)
    FROM based b JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd'";

/// Lists the tables and views.
pub(super) async fn tables(client: &Client) -> Result<Vec<TableSummary>, DatabaseError> {
    let rows = ask(client, TABLES, &[]).await?;
    let each = rows.iter().map(|row| {
        Ok(TableSummary {
            table: TableName {
                schema: Some(row.try_get(0)?),
                name: row.try_get(1)?,
            },
            is_view: row.try_get(2)?,
        })
    });
    each.collect::<Result<_, _>>().map_err(own)
}

/// Describes the columns of a table; `None` where there is none of that name.
pub(super) async fn columns(
    client: &Client,
    table: &TableName,
) -> Result<Option<Vec<TableColumn>>, DatabaseError> {
    let Some(table) = find(client, table).await? else {
        return Ok(None);
    };
    let rows = ask(client, COLUMNS, &[&table]).await?;
    let each = rows.iter().map(|row| {
        Ok(TableColumn {
            name: row.try_get(0)?,
            type_name: row.try_get(1)?,
            is_nullable: row.try_get(2)?,
            has_default: row.try_get(3)?,
            is_generated: row.try_get(4)?,
            is_key: row.try_get(5)?,
        })
    });
    each.collect::<Result<_, _>>().map(Some).map_err(own)
}

/// Returns the columns of each unique constraint and index of a table.
pub(super) async fn unique_keys(
    client: &Client,
    table: &TableName,
) -> Result<Vec<Vec<String>>, DatabaseError> {
    let Some(table) = find(client, table).await? else {
        return Ok(Vec::new());
    };
    let rows = ask(client, KEYS, &[&table]).await?;
    let each = rows.iter().map(|row| row.try_get(0));
    each.collect::<Result<_, _>>().map_err(own)
}

/// Returns the columns that a constraint of a table is about; none where the table has none of that name.
pub(super) async fn constrained(
    client: &Client,
    table: &TableName,
    constraint: &str,
) -> Result<Vec<String>, DatabaseError> {
    let Some(table) = find(client, table).await? else {
        return Ok(Vec::new());
    };
    let rows = ask(client, CONSTRAINED, &[&table, &constraint]).await?;
    let each = rows.iter().map(|row| row.try_get(0));
    each.collect::<Result<_, _>>().map_err(own)
}

/// Returns the columns of a table as a statement selects them for a table beside it: those of a domain as what it is based on, whose
/// conditions are the table's.
pub(super) async fn plain_columns(
    client: &Client,
    table: &TableName,
) -> Result<Option<String>, DatabaseError> {
    let Some(table) = find(client, table).await? else {
        return Ok(None);
    };
    let rows = ask(client, PLAIN, &[&table]).await?;
    rows.first().map_or(Ok(None), |row| row.try_get(0)).map_err(own)
}

/// Finds a table by its name, exactly as it is written.
async fn find(client: &Client, table: &TableName) -> Result<Option<u32>, DatabaseError> {
    let rows = ask(client, TABLE, &[&table.schema, &table.name]).await?;
    rows.first().map(|row| row.try_get(0)).transpose().map_err(own)
}

async fn ask(
    client: &Client,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, DatabaseError> {
    client.query(sql, parameters).await.map_err(own)
}
