//! [`Asking`]: runs the text of a `%sql --on warehouse` cell where its connection leads.

use std::collections::BTreeMap;
use std::ops::Range;

use starlark::environment::Module;
use starlark::values::ValueLike;

use super::database_cell::DatabaseCell;
use super::error::StatementError;
use crate::cache::Act;
use crate::database::{DatabaseError, StatementText};
use crate::describe::Effect;
use crate::frame::{FilledQuery, ParameterPlace, with_parameters};
use crate::language::arguments::described;
use crate::language::databases::{Again, ConnectionValue, Given, named_connection, rows};
use crate::output::Output;
use crate::session::Evaluate;
use crate::source::CellError;

/// Runs the text of a cell where its connection leads.
pub(super) struct Asking<'a, 'v> {
    cell: &'a DatabaseCell<'a>,
    module: &'a Module<'v>,
    evaluator: &'a dyn Evaluate,
}

impl<'a, 'v> Asking<'a, 'v> {
    pub(super) fn new(
        cell: &'a DatabaseCell<'a>,
        module: &'a Module<'v>,
        evaluator: &'a dyn Evaluate,
    ) -> Self {
        Self {
            cell,
            module,
            evaluator,
        }
    }

    /// Runs all statements; binds and shows the rows of the last one, or says how many rows it has changed.
    pub(super) fn run(self) -> Result<(), CellError> {
        self.cell.check()?;
        let context = self.evaluator.context();
        let connection = self.connection()?;
        let (filled, given) = self.filled()?;
        let text = StatementText::of(self.cell.text());
        if self.cell.effect() == Effect::Acts {
            context.acts(Act::Stored);
        }
        let sql = filled.text.clone();
        if !text.gives_rows() {
            let run = connection.run_in(context, move |database, interrupt| {
                database.execute(&sql, &given.values, interrupt)
            });
            connection.shared(context).notes(&filled.text);
            let changed = run.map_err(|error| self.wrong(&filled, error))?;
            context.show(Output::Text {
                text: match changed {
                    1 => "1 row changed".to_owned(),
                    count => format!("{count} rows changed"),
                },
                whole: None,
            });
            return Ok(());
        }
        // What is before the last statement has no rows that anybody sees.
        let before = StatementText::of(&sql).last();
        if before.is_some() && !given.values.is_empty() {
            return Err(CellError::of(StatementError::SeveralWithParameters));
        }
        let asked = given.after(&sql);
        let run = connection.run_again(context, Again::of(&sql), move |database, interrupt| {
            let (before, last) = sql.split_at_checked(before.unwrap_or(0)).unwrap_or(("", &sql));
            if !before.is_empty() {
                database.execute(before, &[], interrupt)?;
            }
            rows(database, last, &given, interrupt).map_err(|error| behind(error, before.len()))
        });
        connection.shared(context).notes(&filled.text);
        let rows = run.map_err(|error| self.wrong(&filled, error))?;
        let value = self.module.heap().alloc(connection.read(asked, rows, context));
        self.module.set(self.cell.result_name(), value);
        self.evaluator.show(value)
    }

    /// Finds the connection: a value that is bound above, or else one that `sheaf.ron` names.
    fn connection(&self) -> Result<ConnectionValue, CellError> {
        let name = self.cell.name();
        let context = self.evaluator.context();
        let value = context.bound(self.module, name);
        if let Some(connection) = value.and_then(ValueLike::downcast_ref::<ConnectionValue>) {
            return Ok(connection.clone());
        }
        let found = match value {
            Some(value) if context.connections().definition(name).is_err() => {
                Err(CellError::of(StatementError::NotAConnection {
                    name: name.to_owned(),
                    found: described(value),
                }))
            }
            _ => named_connection(name, (None, None), None, context).map_err(CellError::of),
        };
        found.map_err(|error| error.at(Some(self.cell.place())))
    }

    /// Puts marks into the text where parameters are, and returns their values beside it.
    fn filled(&self) -> Result<(FilledQuery, Given), CellError> {
        let context = self.evaluator.context();
        let mut values = BTreeMap::new();
        let filled = with_parameters(self.cell.text(), |name, place| {
            if place == ParameterPlace::Text {
                let name = name.to_owned();
                return Err(CellError::of(StatementError::WithinText { name }));
            }
            if place != ParameterPlace::Expression {
                let name = name.to_owned();
                return Err(CellError::of(StatementError::AsName { name }));
            }
            if !values.contains_key(name) {
                let value = context.widget(name).map_err(CellError::of)?;
                values.insert(name.to_owned(), value);
            }
            Ok(format!(":{name}"))
        })?;
        let given = Given::of_texts(values).map_err(CellError::of)?;
        Ok((filled, given))
    }

    /// Says what the database says, with the place in the cell where it is about one.
    fn wrong(&self, filled: &FilledQuery, error: DatabaseError) -> CellError {
        let at = match &error {
            DatabaseError::Refused { at, .. } => *at,
            _ => None,
        };
        let place = at.map(|at| self.cell.spot(filled.written(word(&filled.text, at))));
        CellError::of(error).at(place)
    }
}

/// Moves the place of an error in what is behind these bytes.
fn behind(error: DatabaseError, bytes: usize) -> DatabaseError {
    match error {
        DatabaseError::Refused {
            database,
            message,
            code,
            at: Some(at),
            hint,
        } => DatabaseError::Refused {
            database,
            message,
            code,
            at: Some(at + bytes),
            hint,
        },
        error => error,
    }
}

/// Returns the word that begins at a byte, or the character there.
fn word(text: &str, at: usize) -> Range<usize> {
    let at = text.floor_char_boundary(at);
    let rest = text.get(at..).unwrap_or_default();
    let is_in_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let word = rest.find(|letter| !is_in_word(letter)).unwrap_or(rest.len());
    let first = rest.chars().next().map_or(0, char::len_utf8);
    at..at + word.max(first)
}
