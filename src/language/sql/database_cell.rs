//! [`DatabaseCell`]: a `%sql --on warehouse` cell: what it asks, and of which database.

use std::ops::Range;

use super::cell::{parts, result_name};
use super::error::StatementError;
use crate::database::StatementText;
use crate::describe::Effect;
use crate::frame::{TableNames, parameter_names, table_names};
use crate::source::{Analysis, CellError, Source, Spot};
use crate::workspace::is_connection_name;

/// What begins a cell whose text goes to a database.
const ON: &str = "--on";

/// A cell whose text a database gets: `--on warehouse SELECT …`, `--on warehouse ports << SELECT …`.
pub(super) struct DatabaseCell<'a> {
    /// The whole text of the cell.
    pub(super) source: &'a str,
    /// Where the name of the connection is, in bytes.
    pub(super) connection: Range<usize>,
    /// The name that the cell gives its result.
    given: Option<&'a str>,
    /// Where the text for the database is, in bytes.
    pub(super) sql: Range<usize>,
}

impl<'a> DatabaseCell<'a> {
    /// Reads the text of a cell; `None` for one that asks the frames above.
    pub(super) fn find(source: &'a str) -> Option<Self> {
        let behind = source.trim_start().strip_prefix(ON)?;
        if behind.starts_with(|next: char| !next.is_whitespace()) {
            return None;
        }
        // On the same line: what follows on the next one is SQL.
        let line = behind.split('\n').next().unwrap_or_default();
        let name = line.split_whitespace().next().unwrap_or_default();
        let start = source.len() - behind.len() + line.len() - line.trim_start().len();
        let connection = start..start + name.len();
        let rest = source.get(connection.end..).unwrap_or_default();
        let (given, sql) = parts(rest);
        Some(Self {
            source,
            given,
            sql: sql.start + connection.end..sql.end + connection.end,
            connection,
        })
    }

    /// Checks that it names a connection and has something to ask.
    pub(super) fn check(&self) -> Result<(), CellError> {
        if !is_connection_name(self.name()) {
            let name = self.name().to_owned();
            return Err(CellError::of(StatementError::NoConnection { name }).at(Some(self.place())));
        }
        if self.text().is_empty() {
            return Err(CellError::of(StatementError::NothingAsked {
                connection: self.name().to_owned(),
            }));
        }
        Ok(())
    }

    /// Returns the name of the connection: of a value above, or of one of `sheaf.ron`.
    pub(super) fn name(&self) -> &'a str {
        self.source.get(self.connection.clone()).unwrap_or_default()
    }

    /// Marks the name of the connection.
    pub(super) fn place(&self) -> Spot {
        Spot::of_range(Source::of_text(self.source), self.source, self.connection.clone())
    }

    /// Returns the text for the database.
    pub(super) fn text(&self) -> &'a str {
        self.source.get(self.sql.clone()).unwrap_or_default()
    }

    /// Marks what the database says is wrong in its text, from this byte on: to the end of the word there.
    pub(super) fn spot(&self, place: Range<usize>) -> Spot {
        let place = self.sql.start + place.start..self.sql.start + place.end;
        Spot::of_range(Source::of_text(self.source), self.source, place)
    }

    /// Returns the name of the result.
    pub(super) fn result_name(&self) -> &'a str {
        result_name(self.given)
    }

    /// Returns what the cell reads and binds.
    pub(super) fn analysis(&self) -> Result<Analysis, CellError> {
        self.check()?;
        let mut analysis = Analysis::default();
        if is_name(self.name()) {
            analysis.inputs.insert(self.name().to_owned());
        }
        let parameters = parameter_names(self.text()).into_iter();
        analysis.widgets_read.extend(parameters.map(str::to_owned));
        if StatementText::of(self.text()).gives_rows() {
            analysis.outputs.insert(self.result_name().to_owned());
        } else if let Some(name) = self.given {
            return Err(CellError::of(StatementError::NoResult {
                name: name.to_owned(),
                statement: "this statement",
            }));
        }
        Ok(analysis)
    }

    /// Returns what the cell may do outside: whatever is not known to look only.
    pub(super) fn effect(&self) -> Effect {
        if StatementText::of(self.text()).only_looks() {
            Effect::Reads
        } else {
            Effect::Acts
        }
    }

    /// Returns whether nothing more can follow: a query that reads nothing may go on with `FROM`.
    pub(super) fn is_whole(&self) -> bool {
        self.check().is_ok() && table_names(self.text()).is_ok_and(|tables| tables != TableNames::default())
    }

    /// Returns the text without what makes no difference to what the cell does.
    pub(super) fn canonical(&self) -> String {
        let (connection, name) = (self.name(), self.result_name());
        format!("{ON} {connection} {name} << {}", self.text())
    }
}

/// Returns whether a name can be that of a value.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Option<(&str, &str, &str)> {
        let cell = DatabaseCell::find(source)?;
        Some((cell.name(), cell.result_name(), cell.text()))
    }

    #[test]
    fn a_cell_names_the_connection_the_result_and_what_is_asked() {
        assert_eq!(
            read("--on warehouse SELECT 1"),
            Some(("warehouse", "_sqldf", "SELECT 1"))
        );
        assert_eq!(
            read("--on warehouse ports << SELECT 1"),
            Some(("warehouse", "ports", "SELECT 1"))
        );
        assert_eq!(
            read("--on ware.house-2\nports <<\nSELECT 1 << 2\n"),
            Some(("ware.house-2", "ports", "SELECT 1 << 2"))
        );
        assert_eq!(read("--on warehouse"), Some(("warehouse", "_sqldf", "")));
        assert_eq!(read("--on\nSELECT 1"), Some(("", "_sqldf", "SELECT 1")));
        for other in [
            "SELECT 1",
            "-- on warehouse\nSELECT 1",
            "--only warehouse\nSELECT 1",
            "a << SELECT 1",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_read_and_bound_is_known_before_it_runs() {
        let analysis = |source: &str| DatabaseCell::find(source).unwrap().analysis();
        let found = analysis("--on con late << SELECT * FROM t WHERE day = :day AND n > ${most}").unwrap();
        assert!(found.inputs.iter().eq(["con"]));
        assert!(found.outputs.iter().eq(["late"]));
        assert!(found.widgets_read.iter().eq(["day", "most"]));
        let found = analysis("--on ware-house DELETE FROM t").unwrap();
        assert!(found.inputs.is_empty() && found.outputs.is_empty());
        for (wrong, expected) in [
            ("--on\nSELECT 1", "`--on` names no connection"),
            ("--on \"a\" SELECT 1", "\"a\" cannot be the name of a connection"),
            ("--on con", "the cell asks con nothing"),
            (
                "--on con x << DELETE FROM t",
                "`x <<` names a result, and this statement has none",
            ),
        ] {
            assert_eq!(analysis(wrong).unwrap_err().message, expected, "{wrong}");
        }
    }

    #[test]
    fn what_is_not_known_to_look_only_acts() {
        let effect = |source: &str| DatabaseCell::find(source).unwrap().effect();
        assert_eq!(effect("--on con SELECT * FROM t"), Effect::Reads);
        assert_eq!(effect("--on con VACUUM"), Effect::Acts);
    }
}
