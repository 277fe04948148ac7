//! [`SqlCell`]: the statements of a `%sql` cell, and what they read and bind.

use std::collections::BTreeSet;

use super::error::StatementError;
use crate::describe::Effect;
use crate::frame::{FrameError, Statement, StatementKind, parameter_names, statements, table_names};
use crate::source::{Analysis, CellError};

/// The name of a result where the cell gives none.
const RESULT: &str = "_sqldf";

/// The statements of a `%sql` cell.
pub(super) struct SqlCell<'a> {
    /// The name that the cell gives its result.
    given: Option<&'a str>,
    text: &'a str,
    statements: Vec<Statement>,
}

/// Splits `name << SELECT …` into the name of the result and the statements.
pub(super) fn parts(source: &str) -> (Option<&str>, &str) {
    if let Some((name, query)) = source.split_once("<<") {
        let name = name.trim();
        let is_name = name.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if is_name {
            return (Some(name), query.trim());
        }
    }
    (None, source.trim())
}

/// Returns a name for the result of a cell.
pub(super) fn result_name(given: Option<&str>) -> &str {
    given.unwrap_or(RESULT)
}

impl<'a> SqlCell<'a> {
    /// Reads the text of a cell.
    pub(super) fn read(source: &'a str) -> Result<Self, CellError> {
        let (given, text) = parts(source);
        let statements = statements(text).map_err(CellError::of)?;
        if statements.is_empty() {
            return Err(CellError::of(StatementError::Empty));
        }
        Ok(Self {
            given,
            text,
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
        let query = statement.query.clone().and_then(|query| self.text.get(query));
        query.unwrap_or_default()
    }

    /// Says where in the cell the query of a statement is wrong.
    pub(super) fn placed(&self, statement: &Statement, error: FrameError) -> CellError {
        let start = statement.query.as_ref().map_or(0, |query| query.start);
        CellError::of(error.behind(self.text.get(..start).unwrap_or_default()))
    }

    /// Returns the tables that a statement reads.
    pub(super) fn tables(&self, statement: &Statement) -> Result<Vec<String>, CellError> {
        if let Some(table) = statement.kind.table() {
            return Ok(vec![table.to_owned()]);
        }
        match self.query(statement) {
            "" => Ok(Vec::new()),
            query => table_names(query).map_err(|error| self.placed(statement, error)),
        }
    }

    /// Returns what the cell reads and binds.
    pub(super) fn analysis(&self) -> Result<Analysis, CellError> {
        let mut analysis = Analysis::default();
        let mut views: BTreeSet<&str> = BTreeSet::new();
        for statement in &self.statements {
            let tables = self.tables(statement)?.into_iter();
            analysis
                .inputs
                .extend(tables.filter(|table| !views.contains(table.as_str())));
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
            Some(_) => self.tables(last).is_ok_and(|tables| !tables.is_empty()),
            None => true,
        }
    }
}
