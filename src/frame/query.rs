//! SQL queries over frames.
//!
//! Reads tables that are given by name and nothing else: no file, no statement that is not a query.

use std::collections::HashSet;
use std::ops::Range;

use super::error::FrameError;
use super::frame::Frame;
use super::quoting::{literal, within_text};
use super::scalar::Scalar;
use super::sql::{self, ParameterPlace, ParsedQuery, SqlErrorKind, TableNames, Tables};
use crate::error::nearest;
use crate::work::{catch_panic, on_deep_stack};

/// Returns the names of the tables a query reads, each once, in the order of the text.
///
/// Parameters (`:name`) may be in it. Names that the query itself defines (`WITH name AS`) are left out. Any text gives
/// names or an error.
pub fn table_names(text: &str) -> Result<TableNames, FrameError> {
    let names = catch_panic(|| on_deep_stack(|| sql::table_names(text)))?;
    names.map_err(|error| FrameError::of_sql("sql", text, error))
}

/// Returns the name of a table in which values of parameters are, as [`TableNames::by_parameters`] has it, with the values
/// that `value` gives; `None` where one has none, or is no name.
pub fn named_table(by_parameters: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let whole = by_parameters
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    match whole {
        Some(name) if !name.contains("${") => Some(sql::name_parts(&value(name)?)?.join(".")),
        _ => sql::filled_name(by_parameters, value),
    }
}

/// Runs a query on the named tables, as a plan.
///
/// Only those that the query mentions become part of the plan.
pub fn query(text: &str, tables: &[(String, Frame)]) -> Result<Frame, FrameError> {
    TableQuery::parse(text)?.run(tables)
}

/// A query that has been read, to be run on the tables that it names.
pub struct TableQuery<'t> {
    text: &'t str,
    parsed: ParsedQuery,
}

impl<'t> TableQuery<'t> {
    /// Reads a query.
    pub fn parse(text: &'t str) -> Result<Self, FrameError> {
        let parsed = catch_panic(|| on_deep_stack(|| ParsedQuery::parse(text)))?;
        let parsed = parsed.map_err(|error| FrameError::of_sql("sql", text, error))?;
        Ok(Self { text, parsed })
    }

    /// Returns the names of the tables that it reads, as [`table_names`] does.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.parsed.tables().iter().map(|table| table.name.as_str())
    }

    /// Returns where it names a table first, in bytes.
    pub fn place(&self, table: &str) -> Option<Range<usize>> {
        let mut tables = self.parsed.tables().iter();
        let place = tables.find(|known| known.name == table)?.place;
        Some(sql::offset(self.text, place.start)..sql::offset(self.text, place.end))
    }

    /// Runs it, as [`query`] does.
    pub fn run(&self, tables: &[(String, Frame)]) -> Result<Frame, FrameError> {
        Ok(self.planned(tables)?.0)
    }

    /// Runs it for a view, whose columns have these names, or else those of the query, of which none may be equal.
    pub fn view(&self, tables: &[(String, Frame)], columns: &[String]) -> Result<Frame, FrameError> {
        let (frame, own) = self.planned(tables)?;
        if !columns.is_empty() && columns.len() != own.len() {
            return Err(self.wrong(SqlErrorKind::ColumnCount {
                what: format!("the view ({})", columns.join(", ")),
                expected: columns.len(),
                found: own.len(),
            }));
        }
        let names = if columns.is_empty() { &own } else { columns };
        let mut seen = HashSet::new();
        if let Some(name) = names.iter().find(|name| !seen.insert(name.to_lowercase())) {
            return Err(self.wrong(SqlErrorKind::Unsupported {
                what: format!("a second column `{name}` of a view"),
                instead: "give each column a name of its own: AS …, or the names behind that of the view"
                    .to_owned(),
            }));
        }
        if columns.is_empty() {
            return Ok(frame);
        }
        let renamed = frame.columns()?.into_iter().zip(columns.iter().cloned());
        frame.rename(&renamed.filter(|(old, new)| old != new).collect::<Vec<_>>())
    }

    /// Plans it, and returns the names of its columns as it gives them, too.
    fn planned(&self, tables: &[(String, Frame)]) -> Result<(Frame, Vec<String>), FrameError> {
        let mut frames: Vec<&Frame> = Vec::new();
        let mut known = Tables { tables: Vec::new() };
        for name in self.tables() {
            let exact = tables.iter().find(|(table, _)| *table == name);
            let found = exact.or_else(|| tables.iter().find(|(table, _)| table.eq_ignore_ascii_case(name)));
            let Some((table, frame)) = found else {
                let known: Vec<String> = tables.iter().map(|(table, _)| table.clone()).collect();
                return Err(self.wrong(SqlErrorKind::UnknownTable {
                    nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
                    name: name.to_owned(),
                    tables: known,
                }));
            };
            frames.push(frame);
            known.tables.push((table.clone(), frame.lazy(), frame.schema()?));
        }
        let planned = catch_panic(|| on_deep_stack(|| self.parsed.plan(&known)))?;
        let planned = planned.map_err(|error| FrameError::of_sql("sql", self.text, error))?;
        let frame = Frame::derived_as(planned.schema, planned.plan, &frames, "sql")?;
        Ok((frame, planned.names))
    }

    fn wrong(&self, kind: SqlErrorKind) -> FrameError {
        FrameError::of_sql("sql", self.text, kind.anywhere())
    }
}

/// Writes a value as a query has it in a place: a list as its items with commas between, for `IN (…)`.
pub fn parameter(value: &Scalar, place: ParameterPlace) -> Result<String, FrameError> {
    match (value, place) {
        // `IN (NULL)` holds for no row, as for no item.
        (Scalar::List(items), ParameterPlace::Expression) if items.is_empty() => literal(&Scalar::Null),
        (Scalar::List(items), ParameterPlace::Expression) => {
            let items: Result<Vec<String>, FrameError> = items.iter().map(literal).collect();
            Ok(items?.join(", "))
        }
        (single, ParameterPlace::Expression) => literal(single),
        (Scalar::String(text), ParameterPlace::Identifier) if sql::name_parts(text).is_some() => {
            Ok(format!("IDENTIFIER({})", literal(value)?))
        }
        (Scalar::String(text), ParameterPlace::QuotedIdentifier) => Ok(text.replace('`', "``")),
        (other, ParameterPlace::Identifier | ParameterPlace::QuotedIdentifier) => Err(FrameError::Argument {
            verb: "sql",
            argument: "a value in the place of a name",
            expected: "the name of a table or a column, as in \"titanic\" or \"`my table`\"".to_owned(),
            found: format!("the {} {other}", other.kind()),
        }),
        (Scalar::String(text), ParameterPlace::Text) => Ok(within_text(text)),
        (
            Scalar::Int(_) | Scalar::Float(_) | Scalar::Date(_) | Scalar::Datetime(..),
            ParameterPlace::Text,
        ) => Ok(within_text(&value.to_string())),
        (other, ParameterPlace::Text) => Err(FrameError::Argument {
            verb: "sql",
            argument: "a value within the quotes of a text",
            expected: "a string, a number or a date".to_owned(),
            found: format!("the {} {other}", other.kind()),
        }),
    }
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
            assert_eq!(table_names(sql).unwrap().names, names, "{sql}");
        }
    }

    #[test]
    fn names_the_tables_whose_names_are_values() {
        let cases: [(&str, &[&str]); 6] = [
            ("SELECT * FROM ${t}, a", &["${t}"]),
            (
                "SELECT * FROM IDENTIFIER(:t) JOIN identifier ( getArgument('u') )",
                &["${t}", "${u}"],
            ),
            ("SELECT * FROM IDENTIFIER('sales_' || :year)", &["sales_${year}"]),
            ("SELECT * FROM `sales ${year}`", &["sales ${year}"]),
            ("SELECT IDENTIFIER(:column) FROM a", &[]),
            ("WITH x AS (FROM ${t}) SELECT * FROM x WHERE y = ${z}", &["${t}"]),
        ];
        for (sql, names) in cases {
            assert_eq!(table_names(sql).unwrap().by_parameters, names, "{sql}");
        }
        let value = |name: &str| (name == "t").then(|| "`my.table`".to_owned());
        assert_eq!(named_table("${t}", value).as_deref(), Some("my.table"));
        assert_eq!(
            named_table("a_${t}", |_| Some("1".to_owned())).as_deref(),
            Some("a_1")
        );
        assert_eq!(named_table("${u}", value), None);
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
            SELECT Aeg FROM titanic
                   ^^^
        cannot read the SQL `SELECT * FROM titanic WHERE` at character 28: expected an expression, found the end | look here:
            SELECT * FROM titanic WHERE
                                       ^
        the SQL statement DROP is not a query | write SELECT …; frames never change, so bind the result to a new name
            DROP TABLE titanic
            ^
        sql: SQL that reads files: read_csv(…) cannot be used here | read the file in a cell above, for example `data = read_csv("/mnt/data/…")`, and select from `data`
            SELECT * FROM read_csv('/etc/passwd')
                          ^^^^^^^^
        there is no frame "read_csv" to query | the frames are titanic, ports
        cannot read the SQL `SELECT * FROM titanic; SELECT 1` at character 24: expected the end, found `SELECT` | look here:
            SELECT * FROM titanic; SELECT 1
                                   ^
        cannot read the SQL `` at character 1: expected a query, which begins with SELECT, WITH, FROM or VALUES, found the end |
        "#);
    }

    #[test]
    fn no_value_becomes_part_of_the_query() {
        let at = ParameterPlace::Expression;
        let text = |text: &str| parameter(&Scalar::String(text.to_owned()), at).unwrap();
        assert_eq!(text("it's"), "'it''s'");
        assert_eq!(text("' OR 1=1 --"), "''' OR 1=1 --'");
        let list = Scalar::List(vec![
            Scalar::Int(1),
            Scalar::String("a, b".to_owned()),
            Scalar::Null,
        ]);
        assert_eq!(parameter(&list, at).unwrap(), "1, 'a, b', NULL");
        assert_eq!(parameter(&Scalar::List(vec![]), at).unwrap(), "NULL");
        let filled = sql::with_parameters("SELECT :a, ':a'", |_, place| {
            parameter(&Scalar::String(":b".to_owned()), place)
        });
        assert_eq!(filled.unwrap().text, "SELECT ':b', ':a'");
        let within = |value: Scalar| parameter(&value, ParameterPlace::Text);
        assert_eq!(within(Scalar::String("it's \\".to_owned())).unwrap(), r"it''s \\");
        assert_eq!(within(Scalar::Int(3)).unwrap(), "3");
        assert!(within(list).is_err());
        assert!(within(Scalar::Null).is_err());
    }
}
