//! Statements that are of no use in a notebook: where what they do belongs.

use super::reader::StatementReader;
use crate::frame::sql::{SqlError, SqlErrorKind};

const VIEW: &str = "write CREATE OR REPLACE TEMP VIEW name AS SELECT …: a view is a name of this notebook, and is kept with it";

/// Statements by the words that they begin with, with what to do instead.
const REFUSED: &[(&[&str], &str)] = &[
    (&["CREATE", "VIEW"], VIEW),
    (&["CREATE", "OR", "REPLACE", "VIEW"], VIEW),
    (&["CREATE", "MATERIALIZED", "VIEW"], VIEW),
    (&["CREATE", "GLOBAL"], VIEW),
    (&["CREATE", "OR", "REPLACE", "GLOBAL"], VIEW),
    (&["CREATE", "TABLE"], TABLE),
    (&["CREATE", "OR", "REPLACE", "TABLE"], TABLE),
    (&["CREATE", "EXTERNAL", "TABLE"], TABLE),
    (&["CREATE", "FUNCTION"], FUNCTION),
    (&["CREATE", "OR", "REPLACE", "FUNCTION"], FUNCTION),
    (&["CREATE", "TEMPORARY", "FUNCTION"], FUNCTION),
    (&["CREATE", "TEMP", "FUNCTION"], FUNCTION),
    (&["CREATE", "DATABASE"], CATALOG),
    (&["CREATE", "SCHEMA"], CATALOG),
    (&["CREATE", "CATALOG"], CATALOG),
    (&["INSERT"], CHANGE),
    (&["UPDATE"], CHANGE),
    (&["DELETE"], CHANGE),
    (&["MERGE"], CHANGE),
    (&["TRUNCATE"], CHANGE),
    (&["COPY"], CHANGE),
    (
        &["ALTER"],
        "frames never change: bind a query's result to a new name",
    ),
    (
        &["DROP"],
        "names stay bound: delete the cell that binds it, or bind it again with CREATE OR REPLACE TEMP VIEW",
    ),
    (&["USE"], CATALOG),
    (
        &["SET"],
        "a value for queries is a widget, CREATE WIDGET TEXT name DEFAULT '…', and is read by :name",
    ),
    (&["CACHE"], KEPT),
    (&["UNCACHE"], KEPT),
    (&["CLEAR"], KEPT),
    (&["REFRESH"], KEPT),
    (&["OPTIMIZE"], KEPT),
    (&["VACUUM"], KEPT),
    (&["ANALYZE"], KEPT),
    (&["GRANT"], CATALOG),
    (&["REVOKE"], CATALOG),
    (&["SHOW", "DATABASES"], CATALOG),
    (&["SHOW", "SCHEMAS"], CATALOG),
    (&["SHOW", "CATALOGS"], CATALOG),
    (&["SHOW", "TABLES", "IN"], CATALOG),
    (&["SHOW", "TABLES", "FROM"], CATALOG),
    (&["SHOW", "FUNCTIONS"], "%help sql functions lists all functions"),
    (
        &["DESCRIBE", "FUNCTION"],
        "%help sql NAME is the help on a function",
    ),
    (&["DESC", "FUNCTION"], "%help sql NAME is the help on a function"),
    (&["DESCRIBE", "DATABASE"], CATALOG),
    (&["DESCRIBE", "SCHEMA"], CATALOG),
];

const TABLE: &str = "bind a query's result to a name, %sql name << SELECT … or CREATE TEMP VIEW name AS SELECT …, and keep it in a file: name.write_parquet(\"/mnt/…\")";
const FUNCTION: &str = "define a function in a cell: def name(…)";
const CATALOG: &str = "there are no databases and schemas: tables are the frames that are bound above, and SHOW TABLES lists them";
const CHANGE: &str = "frames never change: bind a query's result to a new name; rows of a database are changed with its connection";
const KEPT: &str = "leave it out: a cell's frames are computed once and kept";

/// Says what to do instead of a statement that changes data or what is not there.
pub(super) fn refused(reader: &StatementReader<'_>) -> Option<SqlError> {
    let words = reader.beginning();
    let begins = |statement: &&(&[&str], &str)| {
        let mut pairs = statement.0.iter().zip(&words);
        words.len() >= statement.0.len() && pairs.all(|(one, other)| one == other)
    };
    // The most words say the most.
    let (words, instead) = REFUSED
        .iter()
        .filter(begins)
        .max_by_key(|(words, _)| words.len())?;
    Some(SqlError {
        kind: SqlErrorKind::NotAQuery {
            statement: words.join(" "),
            instead: (*instead).to_owned(),
        },
        place: reader.place(words.len()),
    })
}
