//! [`SqlCell`]: the statements of a `%sql` cell, and what they read and bind.

use std::collections::BTreeSet;
use std::ops::Range;

use super::error::StatementError;
use crate::describe::Effect;
use crate::frame::{
    FilledQuery, FrameError, Statement, StatementKind, TableNames, parameter_names, statements, table_names,
};
use crate::source::{Analysis, CellError, Source, Spot};

/// The name of a result where the cell gives none.
const RESULT: &str = "_sqldf";

/// The statements of a `%sql` cell.
pub(super) struct SqlCell<'a> {
    /// The name that the cell gives its result.
    given: Option<&'a str>,
    /// The whole text of the cell.
    source: &'a str,
    /// Where the statements begin, behind the name of the result.
    start: usize,
    statements: Vec<Statement>,
}

/// Splits `name << SELECT …` into the name of the result and where the statements are, in bytes.
pub(super) fn parts(source: &str) -> (Option<&str>, Range<usize>) {
    let trimmed = |from: usize| {
        let rest = source.get(from..).unwrap_or_default();
        source.len() - rest.trim_start().len()..source.trim_end().len()
    };
    if let Some((name, query)) = source.split_once("<<") {
        let name = name.trim();
        let is_name = name.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if is_name {
            return (Some(name), trimmed(source.len() - query.len()));
        }
    }
    (None, trimmed(0))
}

/// Says where in a cell the part from `start` on is wrong, in which `written` finds the place of an error.
fn wrong(
    source: &str,
    start: usize,
    error: FrameError,
    written: impl FnOnce(Range<usize>) -> Range<usize>,
) -> CellError {
    let Some(fault) = error.sql_fault() else {
        return CellError::of(error);
    };
    let place = written(fault.place);
    let mut error = CellError::of(error).at(Some(spot(source, start, place)));
    (error.message, error.hint) = (fault.message, fault.hint);
    error
}

/// Marks a place in the part of a cell from `start` on.
fn spot(source: &str, start: usize, place: Range<usize>) -> Spot {
    let whole = start + place.start..start + place.end;
    Spot::of_range(Source::of_text(source), source, whole)
}

/// Returns a name for the result of a cell.
pub(super) fn result_name(given: Option<&str>) -> &str {
    given.unwrap_or(RESULT)
}

impl<'a> SqlCell<'a> {
    /// Reads the text of a cell.
    pub(super) fn read(source: &'a str) -> Result<Self, CellError> {
        let (given, range) = parts(source);
        let start = range.start;
        let statements = statements(source.get(range).unwrap_or_default())
            .map_err(|error| wrong(source, start, error, |place| place))?;
        if statements.is_empty() {
            return Err(CellError::of(StatementError::Empty));
        }
        Ok(Self {
            given,
            source,
            start,
            statements,
        })
    }

    /// Returns the statements in their order.
    pub(super) fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Returns the name of the result.
    pub(super) fn result_name(&self) -> &'a str {
        self.given.unwrap_or(RESULT)
    }

    /// Returns the query of a statement; of one without a query, nothing.
    pub(super) fn query(&self, statement: &Statement) -> &'a str {
        let start = self.start_of(statement);
        let length = statement.query.as_ref().map_or(0, Range::len);
        self.source.get(start..start + length).unwrap_or_default()
    }

    /// Returns where in the cell the query of a statement begins.
    fn start_of(&self, statement: &Statement) -> usize {
        self.start + statement.query.as_ref().map_or(0, |query| query.start)
    }

    /// Marks a place in the query of a statement, which has values in it.
    pub(super) fn spot(&self, statement: &Statement, filled: &FilledQuery, place: Range<usize>) -> Spot {
        spot(self.source, self.start_of(statement), filled.written(place))
    }

    /// Says where in the cell the query of a statement is wrong, which has values in it.
    pub(super) fn wrong(&self, statement: &Statement, filled: &FilledQuery, error: FrameError) -> CellError {
        let start = self.start_of(statement);
        wrong(self.source, start, error, |place| filled.written(place))
    }

    /// Returns the tables that a statement reads.
    fn tables(&self, statement: &Statement) -> Result<TableNames, CellError> {
        if let Some(table) = statement.kind.table() {
            return Ok(TableNames {
                names: vec![table.to_owned()],
                by_parameters: Vec::new(),
            });
        }
        match self.query(statement) {
            "" => Ok(TableNames::default()),
            query => {
                let start = self.start_of(statement);
                table_names(query).map_err(|error| wrong(self.source, start, error, |place| place))
            }
        }
    }

    /// Returns what the cell reads and binds.
    pub(super) fn analysis(&self) -> Result<Analysis, CellError> {
        let mut analysis = Analysis::default();
        let mut views: BTreeSet<&str> = BTreeSet::new();
        for statement in &self.statements {
            let tables = self.tables(statement)?;
            let names = tables.names.into_iter();
            analysis
                .inputs
                .extend(names.filter(|table| !views.contains(table.as_str())));
            analysis.inputs_by_widgets.extend(tables.by_parameters);
            let parameters = parameter_names(self.query(statement)).into_iter();
            let parameters = parameters.filter(|name| !analysis.widgets_declared.contains(*name));
            analysis.widgets_read.extend(parameters.map(str::to_owned));
            match &statement.kind {
                StatementKind::View { name, replaces, .. } => {
                    // Whether the name is bound already is part of what decides the cell's result.
                    if !replaces && !views.contains(name.as_str()) {
                        analysis.inputs.insert(name.clone());
                    }
                    views.insert(name);
                    analysis.outputs.insert(name.clone());
                }
                StatementKind::CreateWidget { name, .. } => {
                    analysis.widgets_declared.insert(name.clone());
                }
                StatementKind::ShowTables { .. } => analysis.lists_names = true,
                _ => {}
            }
        }
        if self.statements.iter().any(|statement| statement.kind.has_rows()) {
            analysis.outputs.insert(self.result_name().to_owned());
        } else if let (Some(name), Some(last)) = (self.given, self.statements.last()) {
            return Err(CellError::of(StatementError::NoResult {
                name: name.to_owned(),
                statement: last.kind.words(),
            }));
        }
        Ok(analysis)
    }

    /// Returns what the cell may do outside.
    pub(super) fn effect(&self) -> Effect {
        let effects = self.statements.iter().map(|statement| match statement.kind {
            // Which names are bound, SHOW TABLES knows when all cells above are over.
            StatementKind::CreateWidget { .. }
            | StatementKind::RemoveWidget { .. }
            | StatementKind::ShowTables { .. } => Effect::Acts,
            _ if parameter_names(self.query(statement)).is_empty() => Effect::Pure,
            // What it reads is known when all cells above are over.
            _ if self
                .tables(statement)
                .is_ok_and(|tables| !tables.by_parameters.is_empty()) =>
            {
                Effect::Acts
            }
            _ => Effect::Reads,
        });
        Effect::of_all(effects)
    }

    /// Returns whether nothing more can follow: a query that reads nothing may go on with `FROM`.
    pub(super) fn is_whole(&self) -> bool {
        let Some(last) = self.statements.last() else {
            return false;
        };
        match last.query {
            Some(_) => self
                .tables(last)
                .is_ok_and(|tables| tables != TableNames::default()),
            None => true,
        }
    }
}
