//! The statements of an SQL cell: queries, views, widgets, and questions about frames.
//!
//! Says what each statement is and which part of the text is a query. What it does to a notebook is the language's; no
//! statement changes data.

mod describe;
mod reader;
mod refused;

use std::ops::Range;

pub use self::describe::{columns_of, described, explained, names_of_tables};
use self::reader::StatementReader;
use self::refused::refused;
use super::error::FrameError;
use super::query::table_names;
use super::sql::{SqlError, placed_tokens};
use crate::work::catch_panic;

/// A statement, and its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// The whole of it, in bytes.
    pub whole: Range<usize>,
    /// The query that is in it, or that it is.
    pub query: Option<Range<usize>>,
}

/// What a statement is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementKind {
    /// A query.
    Query,
    /// `CREATE [OR REPLACE] TEMP VIEW name (columns) AS query`.
    View {
        /// The name that it binds.
        name: String,
        /// The names of its columns, where they are given.
        columns: Vec<String>,
        /// Whether the name may be bound already.
        replaces: bool,
    },
    /// `CREATE WIDGET TEXT name DEFAULT 'text'`, or with `CHOICES query`.
    CreateWidget {
        /// `text`, `dropdown`, `combobox` or `multiselect`.
        form: &'static str,
        /// Its name.
        name: String,
        /// Its value where none is given.
        default: String,
    },
    /// `REMOVE WIDGET name`.
    RemoveWidget {
        /// Its name.
        name: String,
    },
    /// `SHOW TABLES LIKE 'pattern'`.
    ShowTables {
        /// Which names to show: `*` stands for any text, `|` is between several patterns.
        pattern: Option<String>,
    },
    /// `SHOW COLUMNS IN table`.
    ShowColumns {
        /// The table.
        table: String,
    },
    /// `DESCRIBE TABLE table`.
    Describe {
        /// The table.
        table: String,
    },
    /// `DESCRIBE QUERY query`.
    DescribeQuery,
    /// `EXPLAIN query`.
    Explain,
}

impl StatementKind {
    /// Returns what the statement is called in messages.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Query => "SELECT",
            Self::View { .. } => "CREATE TEMP VIEW",
            Self::CreateWidget { .. } => "CREATE WIDGET",
            Self::RemoveWidget { .. } => "REMOVE WIDGET",
            Self::ShowTables { .. } => "SHOW TABLES",
            Self::ShowColumns { .. } => "SHOW COLUMNS",
            Self::Describe { .. } | Self::DescribeQuery => "DESCRIBE",
            Self::Explain => "EXPLAIN",
        }
    }

    /// Returns whether the statement gives rows.
    pub fn has_rows(&self) -> bool {
        !matches!(
            self,
            Self::View { .. } | Self::CreateWidget { .. } | Self::RemoveWidget { .. }
        )
    }

    /// Returns the table that the statement is about, besides those that its query reads.
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::ShowColumns { table } | Self::Describe { table } => Some(table),
            _ => None,
        }
    }
}

/// Splits a text at `;` and reads each of its statements.
///
/// What is wrong with the query of a statement, planning it tells.
pub fn statements(text: &str) -> Result<Vec<Statement>, FrameError> {
    let read = catch_panic(|| read_all(text))?;
    read.map_err(|error| FrameError::of_sql("sql", text, error))
}

/// Returns the names of the tables that the statements of a text read.
pub fn tables_read(text: &str) -> Result<Vec<String>, FrameError> {
    let mut names = Vec::new();
    for statement in statements(text)? {
        names.extend(statement.kind.table().map(str::to_owned));
        if let Some(query) = statement.query.and_then(|query| text.get(query)) {
            names.extend(table_names(query)?.names);
        }
    }
    Ok(names)
}

fn read_all(text: &str) -> Result<Vec<Statement>, SqlError> {
    let tokens = placed_tokens(text)?;
    let mut found = Vec::new();
    for mut reader in StatementReader::all(&tokens) {
        if let Some(error) = refused(&reader) {
            return Err(error);
        }
        found.push(reader.statement()?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;

    fn told(text: &str) -> String {
        match statements(text) {
            Ok(found) => {
                let found = found.into_iter().map(|statement| {
                    let query = statement.query.map(|query| text[query].to_owned());
                    format!("{:?} {query:?}", statement.kind)
                });
                found.collect::<Vec<_>>().join("\n")
            }
            Err(error) => format!("{error} | {}", error.hint().unwrap_or_default()),
        }
    }

    #[test]
    fn statements_are_told_apart() {
        let texts = [
            "SELECT ';' -- ;\n; ; WITH x AS (SELECT 1) SELECT * FROM x;",
            "create or replace temporary view v (x, `odd y` COMMENT 'c') COMMENT 'all' AS\nSELECT a, b FROM t",
            "CREATE TEMP VIEW `my view` AS (VALUES (1))",
            "CREATE WIDGET TEXT day DEFAULT 'it''s'; REMOVE WIDGET day",
            "CREATE WIDGET DROPDOWN `start-day` DEFAULT \"mo\" CHOICES SELECT day FROM days",
            "SHOW TABLES; SHOW TABLES LIKE 'a*|b'; SHOW VIEWS; SHOW COLUMNS IN t; DESC t; DESCRIBE TABLE EXTENDED `a b`",
            "DESCRIBE QUERY SELECT 1; DESCRIBE SELECT 2; EXPLAIN EXTENDED (SELECT 3)",
        ];
        insta::assert_snapshot!(texts.map(told).join("\n\n"));
    }

    #[test]
    fn what_is_no_statement_says_what_to_write() {
        let texts = [
            "CREATE VIEW v AS SELECT 1",
            "CREATE GLOBAL TEMP VIEW v AS SELECT 1",
            "CREATE TEMP VIEW v SELECT 1",
            "CREATE TEMP VIEW a.b AS SELECT 1",
            "CREATE TEMP VIEW v AS",
            "CREATE TABLE t AS SELECT 1",
            "CREATE WIDGET SLIDER x DEFAULT '1'",
            "CREATE WIDGET TEXT x",
            "CREATE WIDGET TEXT x DEFAULT 1",
            "CREATE WIDGET DROPDOWN x DEFAULT '1'",
            "REMOVE WIDGET",
            "SELECT 1; INSERT INTO t VALUES (1)",
            "DROP VIEW v",
            "SET x = 1",
            "SHOW DATABASES",
            "SHOW TABLES IN other",
            "DESCRIBE t x",
            "EXPLAIN",
        ];
        insta::assert_snapshot!(texts.map(told).join("\n"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken(text in "(?i:CREATE|TEMP|VIEW|WIDGET|TEXT|AS|SHOW|TABLES|DESC|EXPLAIN|SELECT|1|'|\"|`|\\(|\\)|;|,|\n| |é|a|\\PC){0,30}") {
            let _ = statements(&text);
        }
    }
}
