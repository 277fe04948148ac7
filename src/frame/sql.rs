//! SQL queries over frames.
//!
//! Reads tables that are given by name and nothing else: no file, no statement that is not a query. Order is pinned
//! as for verbs (`determinism.rs`): groups come in the order of their first row.

use std::convert::Infallible;

use polars::sql::{SQLContext, extract_table_identifiers};

use super::error::FrameError;
use super::folds;
use super::frame::Frame;
use super::sql_numbers::with_points;
use super::sql_parameters::with_parameters;
use super::sql_refused::refuse_query;
use super::sql_text::{
    begins_query, first_word, is_query, plain, position, unsupported, within_bounds, without_comments, words,
};

/// Returns the names of the tables a query reads, each once, in the order of the text.
///
/// Parameters (`:name`) may be in it. Names that the query itself defines (`WITH name AS`) are left out. Any text gives names or an error.
pub fn table_names(sql: &str) -> Result<Vec<String>, FrameError> {
    check_query(sql)?;
    // Where a value stands makes no difference to the tables.
    let Ok(filled) = with_parameters(sql, |_| Ok::<_, Infallible>("NULL".to_owned()));
    let sql = filled.as_str();
    let names = within_bounds(sql, || extract_table_identifiers(sql, false, true))?
        .map_err(|error| syntax(sql, &error.to_string()))?;
    let defined = common_tables(sql);
    Ok(names.into_iter().filter(|name| !defined.contains(name)).collect())
}

/// Runs a query on the named tables, as a plan.
///
/// Only those that the query mentions become part of the plan.
pub fn query(sql: &str, tables: &[(String, Frame)]) -> Result<Frame, FrameError> {
    let names = table_names(sql)?;
    refuse_query(sql)?;
    let mut inputs: Vec<(&str, &Frame)> = Vec::new();
    for name in &names {
        match tables.iter().find(|(table, _)| table == name) {
            Some((table, frame)) => inputs.push((table, frame)),
            None => {
                return Err(FrameError::UnknownTable {
                    name: name.clone(),
                    tables: tables.iter().map(|(table, _)| table.clone()).collect(),
                });
            }
        }
    }
    let plans: Vec<_> = inputs.iter().map(|(name, frame)| (*name, frame.lazy())).collect();
    let planned = within_bounds(sql, || {
        let mut context = SQLContext::new();
        for (name, plan) in plans {
            context.register(name, plan);
        }
        context.execute(&with_points(sql))
    })?;
    let frames: Vec<&Frame> = inputs.iter().map(|(_, frame)| *frame).collect();
    let columns: Vec<String> = frames
        .iter()
        .flat_map(|frame| frame.columns().unwrap_or_default())
        .collect();
    let plan = planned.map_err(|error| match FrameError::from_polars(&error, "sql", &columns) {
        FrameError::Refused { message, .. } => {
            folds::refused(&message, sql).unwrap_or_else(|| syntax(sql, &error.to_string()))
        }
        known => known,
    })?;
    Frame::derived(plan, &frames, "sql")
}

fn syntax(sql: &str, message: &str) -> FrameError {
    let (reason, column) = position(&plain(message), sql, "");
    FrameError::Sql {
        text: sql.to_owned(),
        column,
        reason: unsupported(&reason),
        is_query: is_query(sql),
    }
}

/// Refuses what does not begin as a query does.
fn check_query(sql: &str) -> Result<(), FrameError> {
    match first_word(sql) {
        Some(word) if begins_query(word) => Ok(()),
        Some(word) => Err(FrameError::NotAQuery {
            statement: word.to_uppercase(),
        }),
        None => Err(FrameError::Sql {
            text: sql.to_owned(),
            column: None,
            reason: "expected SELECT …, found nothing".to_owned(),
            is_query: false,
        }),
    }
}

/// Returns the names that `WITH name AS (…), name AS (…)` defines.
fn common_tables(sql: &str) -> Vec<String> {
    let code = without_comments(sql);
    let all: Vec<(usize, &str)> = words(code).collect();
    if !all
        .first()
        .is_some_and(|(_, word)| word.eq_ignore_ascii_case("with"))
    {
        return Vec::new();
    }
    let defines = |next: &&(usize, &str)| {
        let after = code.get(next.0 + next.1.len()..).unwrap_or_default().trim_start();
        next.1.eq_ignore_ascii_case("as") && after.starts_with('(')
    };
    all.windows(2)
        .filter(|pair| pair.get(1).as_ref().is_some_and(&defines))
        .filter_map(|pair| pair.first().map(|(_, word)| (*word).to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;
    use crate::frame::Scalar;
    use crate::work::Interrupt;

    fn tables() -> Vec<(String, Frame)> {
        let column = |name: &str| (name.to_owned(), vec![Scalar::Int(1), Scalar::Int(2)]);
        let frame = |name: &str| Frame::from_columns(vec![column(name), column("id")]).unwrap();
        vec![
            ("titanic".to_owned(), frame("Age")),
            ("ports".to_owned(), frame("port")),
        ]
    }

    fn run(sql: &str) -> String {
        match query(sql, &tables()).and_then(|frame| frame.rows(&Interrupt::default())) {
            Ok(rows) => format!("{rows:?}"),
            Err(error) => format!("{error} | {}", error.hint().unwrap_or_default()),
        }
    }

    #[test]
    fn names_the_tables_a_query_reads() {
        let cases: [(&str, &[&str]); 6] = [
            ("SELECT * FROM titanic", &["titanic"]),
            ("-- a comment\nselect 1", &[]),
            (
                "SELECT * FROM a JOIN b ON a.x = b.x WHERE y IN (SELECT z FROM c)",
                &["a", "b", "c"],
            ),
            ("WITH w AS (SELECT * FROM a) SELECT * FROM w", &["a"]),
            ("SELECT * FROM \"odd name\"", &["odd name"]),
            ("SELECT * FROM a UNION ALL SELECT * FROM a", &["a"]),
        ];
        for (sql, names) in cases {
            assert_eq!(table_names(sql).unwrap(), names, "{sql}");
        }
    }

    #[test]
    fn queries_give_tables_or_say_why_not() {
        let queries = [
            "SELECT sum(Age) AS s FROM titanic",
            "SELECT t.Age, p.port FROM titanic t JOIN ports p ON t.id = p.id ORDER BY t.Age DESC",
            "SELECT * FROM titanik",
            "SELECT Aeg FROM titanic",
            "SELECT * FROM titanic WHERE",
            "DROP TABLE titanic",
            "SELECT * FROM read_csv('/etc/passwd')",
            "SELECT * FROM \"read_csv\" ('/etc/passwd')",
            "SELECT * FROM titanic; SELECT 1",
            "",
        ];
        let shown: Vec<String> = queries.iter().map(|sql| run(sql)).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        [[Int(3)]]
        [[Int(2), Int(2)], [Int(1), Int(1)]]
        there is no frame "titanik" to query | did you mean "titanic"? the frames are titanic, ports
        sql: there is no column "Aeg" | did you mean "Age"? the columns are Age, id
        cannot read the SQL `SELECT * FROM titanic WHERE` at character 28: expected an expression, found the end | look here:
            SELECT * FROM titanic WHERE
                                       ^
        the SQL statement DROP is not a query | write SELECT …; frames never change, so bind the result to a new name
        SQL may not read files: read_csv(…) | read the file in a cell above, for example `data = read_csv("/mnt/data/…")`, and select from `data`
        SQL may not read files: read_csv(…) | read the file in a cell above, for example `data = read_csv("/mnt/data/…")`, and select from `data`
        cannot read the SQL `SELECT * FROM titanic; SELECT 1`: one (and only one) statement can be parsed at a time | a cell has one query: write each in a cell of its own
        cannot read the SQL ``: expected SELECT …, found nothing | write an SQL expression such as "Age > 30 AND Sex = 'male'": strings in single quotes, odd column names in double quotes
        "#);
    }
}
