//! [`Execution`]: runs the statements of a `%sql` cell, one after the other.

use starlark::environment::Module;
use starlark::values::StarlarkValue;

use super::cell::SqlCell;
use super::error::StatementError;
use super::tables::frame_of;
use crate::cache::Act;
use crate::frame::{
    FilledQuery, Frame, Scalar, Statement, StatementKind, TableQuery, columns_of, described, explained,
    names_of_tables, parameter, query, with_parameters,
};
use crate::language::frame::FrameValue;
use crate::parameters::{Widget, WidgetKind};
use crate::session::Evaluate;
use crate::source::CellError;

/// Runs the statements of a `%sql` cell.
pub(super) struct Execution<'a, 'v> {
    cell: &'a SqlCell<'a>,
    module: &'a Module<'v>,
    evaluator: &'a dyn Evaluate,
    /// The views that the cell has made so far.
    views: Vec<(String, Frame)>,
}

impl<'a, 'v> Execution<'a, 'v> {
    pub(super) fn new(cell: &'a SqlCell<'a>, module: &'a Module<'v>, evaluator: &'a dyn Evaluate) -> Self {
        Self {
            cell,
            module,
            evaluator,
            views: Vec::new(),
        }
    }

    /// Runs all statements; binds and shows the last result.
    pub(super) fn run(mut self) -> Result<(), CellError> {
        let mut result: Option<Frame> = None;
        for statement in self.cell.statements() {
            let Some(rows) = self.statement(statement)? else {
                continue;
            };
            if let Some(before) = result.replace(rows) {
                // No one sees it, but it may fail.
                let interrupt = self.evaluator.context().interrupt();
                before.collect(interrupt).map_err(CellError::of)?;
            }
        }
        for (name, frame) in self.views {
            let value = self.module.heap().alloc(FrameValue::new(frame));
            self.module.set(&name, value);
        }
        if let Some(result) = result {
            let value = self.module.heap().alloc(FrameValue::new(result));
            self.module.set(self.cell.result_name(), value);
            self.evaluator.show(value)?;
        }
        Ok(())
    }

    /// Runs a statement, and returns its rows.
    fn statement(&mut self, statement: &Statement) -> Result<Option<Frame>, CellError> {
        let frame = match &statement.kind {
            StatementKind::Query => self.rows(statement)?,
            StatementKind::View {
                name,
                columns,
                replaces,
            } => {
                self.view(statement, name, columns, *replaces)?;
                return Ok(None);
            }
            StatementKind::CreateWidget { form, name, default } => {
                self.widget(statement, form, name, default)?;
                return Ok(None);
            }
            StatementKind::RemoveWidget { name } => {
                let context = self.evaluator.context();
                context.acts(Act::Declared);
                let removed = context.widgets(|widgets| widgets.remove(name));
                removed.map_err(CellError::of)?;
                return Ok(None);
            }
            StatementKind::ShowTables { pattern } => {
                let names = self.names_of_frames();
                names_of_tables(&names, pattern.as_deref()).map_err(CellError::of)?
            }
            StatementKind::ShowColumns { table } => columns_of(&self.table(table)?).map_err(CellError::of)?,
            StatementKind::Describe { table } => described(&self.table(table)?).map_err(CellError::of)?,
            StatementKind::DescribeQuery => described(&self.rows(statement)?).map_err(CellError::of)?,
            StatementKind::Explain => {
                // What cannot be planned has no plan.
                let _ = self.rows(statement)?;
                let filled = self.filled(statement)?;
                explained(&filled.text).map_err(|error| self.cell.wrong(statement, &filled, error))?
            }
        };
        Ok(Some(frame))
    }

    fn view(
        &mut self,
        statement: &Statement,
        name: &str,
        columns: &[String],
        replaces: bool,
    ) -> Result<(), CellError> {
        let here = self.views.iter().position(|(view, _)| view == name);
        let is_bound = here.is_some() || self.evaluator.context().bound(self.module, name).is_some();
        if is_bound && !replaces {
            let name = name.to_owned();
            return Err(CellError::of(StatementError::Bound { name }));
        }
        let frame = self.planned(statement, Some(columns))?;
        if let Some(here) = here {
            self.views.remove(here);
        }
        self.views.push((name.to_owned(), frame));
        Ok(())
    }

    fn widget(&self, statement: &Statement, form: &str, name: &str, default: &str) -> Result<(), CellError> {
        let choices = match statement.query {
            Some(_) => self.choices(statement, name)?,
            None => Vec::new(),
        };
        let widget = Widget {
            kind: WidgetKind::named(form).unwrap_or(WidgetKind::Text),
            default: default.to_owned(),
            choices,
            label: None,
            pinned: None,
        };
        let context = self.evaluator.context();
        context.acts(Act::Declared);
        let declared = context.widgets(|widgets| widgets.declare(name, widget));
        declared.map_err(CellError::of)
    }

    /// Returns the texts of the one column that a query gives, each once.
    fn choices(&self, statement: &Statement, name: &str) -> Result<Vec<String>, CellError> {
        let frame = self.rows(statement)?;
        let columns = frame.columns().map_err(CellError::of)?;
        let [column] = columns.as_slice() else {
            return Err(CellError::of(StatementError::Choices {
                name: name.to_owned(),
                count: columns.len(),
            }));
        };
        let choices = if column == "choice" {
            frame
        } else {
            let named = [(column.clone(), "choice".to_owned())];
            frame.rename(&named).map_err(CellError::of)?
        };
        let text = "SELECT DISTINCT CAST(choice AS STRING) AS choice FROM choices";
        let texts = query(text, &[("choices".to_owned(), choices)]).map_err(CellError::of)?;
        let interrupt = self.evaluator.context().interrupt();
        let rows = texts.rows(interrupt).map_err(CellError::of)?;
        let texts = rows.into_iter().flatten().filter_map(|value| match value {
            Scalar::String(text) => Some(text),
            _ => None,
        });
        Ok(texts.collect())
    }

    /// Returns the rows of a statement's query, as a plan.
    fn rows(&self, statement: &Statement) -> Result<Frame, CellError> {
        self.planned(statement, None)
    }

    /// Returns the rows of a statement's query, or of a view of it with these columns.
    fn planned(&self, statement: &Statement, view: Option<&[String]>) -> Result<Frame, CellError> {
        let filled = self.filled(statement)?;
        let wrong = |error| self.cell.wrong(statement, &filled, error);
        let query = TableQuery::parse(&filled.text).map_err(wrong)?;
        let tables = query.tables().map(|table| {
            let frame = self.table(table).map_err(|error| {
                let place = query.place(table);
                error.at(place.map(|place| self.cell.spot(statement, &filled, place)))
            });
            Ok((table.to_owned(), frame?))
        });
        let tables: Result<Vec<(String, Frame)>, CellError> = tables.collect();
        let planned = match view {
            None => query.run(&tables?),
            Some(columns) => query.view(&tables?, columns),
        };
        planned.map_err(wrong)
    }

    /// Returns a statement's query with the values of widgets in it.
    fn filled(&self, statement: &Statement) -> Result<FilledQuery, CellError> {
        with_parameters(self.cell.query(statement), |name, place| {
            let value = self.evaluator.context().widget(name).map_err(CellError::of)?;
            parameter(&Scalar::String(value), place).map_err(CellError::of)
        })
    }

    /// Finds a frame by its name: a view of this cell, or else what is bound above.
    fn table(&self, name: &str) -> Result<Frame, CellError> {
        let context = self.evaluator.context();
        if let Some((_, frame)) = self.views.iter().find(|(view, _)| view == name) {
            return Ok(frame.clone());
        }
        if let Some(value) = context.bound(self.module, name) {
            return frame_of(name, value).map_err(CellError::of);
        }
        let mut any_case = self.views.iter();
        let any_case = any_case.find(|(view, _)| view.to_lowercase() == name.to_lowercase());
        if let Some((_, frame)) = any_case {
            Ok(frame.clone())
        } else {
            let mut known = context.names_above();
            known.extend(self.views.iter().map(|(view, _)| view.clone()));
            let name = name.to_owned();
            Err(CellError::of(StatementError::Unknown { name, known }))
        }
    }

    /// Returns the names of the frames that are bound here, but for those that are nobody's, such as `_sqldf`.
    fn names_of_frames(&self) -> Vec<String> {
        let mut names = self.evaluator.context().names_of(FrameValue::TYPE);
        names.extend(self.views.iter().map(|(view, _)| view.clone()));
        names.retain(|name| !name.starts_with('_'));
        names.sort();
        names.dedup();
        names
    }
}
