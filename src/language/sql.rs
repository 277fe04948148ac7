//! `%sql` cells and `sql("…")`: queries over the frames above, and the statements around them; `%sql --on warehouse` cells:
//! what a database is asked.

mod asking;
mod cell;
mod database_cell;
mod error;
mod execution;
mod tables;

use std::ops::Range;

use starlark::environment::{GlobalsBuilder, Module};
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::DictRef;

use self::asking::Asking;
use self::cell::{SqlCell, parts, result_name};
use self::database_cell::DatabaseCell;
use self::error::StatementError;
use self::execution::Execution;
use self::tables::frame_of;
use super::frame::FrameValue;
use super::scalars::scalar;
use super::{BuiltinModule, OrFail, context};
use crate::describe::Effect;
use crate::frame::{
    FrameError, Scalar, Statement, StatementKind, TableQuery, canonical_query, columns_of, described,
    explained, parameter, statements, table_names, with_parameters,
};
use crate::notebook::Cell;
use crate::parameters::WidgetError;
use crate::session::{AnalysisContext, Evaluate, Runner};
use crate::source::{Analysis, CellError};

/// Finds the name of the connection that a `%sql` cell asks, and the byte at which its statement begins; `None` for one that
/// asks frames.
pub(crate) fn asked_of(source: &str) -> Option<(Range<usize>, usize)> {
    let cell = DatabaseCell::find(source)?;
    Some((cell.connection.clone(), cell.sql.start))
}

/// Runs `%sql` cells.
pub(super) struct Sql;

impl Runner for Sql {
    fn words(&self) -> &'static [&'static str] {
        &["sql"]
    }

    fn analyze(&self, cell: &Cell, _context: &AnalysisContext<'_>) -> Result<Analysis, CellError> {
        match DatabaseCell::find(cell.source()) {
            Some(cell) => cell.analysis(),
            None => SqlCell::read(cell.source())?.analysis(),
        }
    }

    fn canonical(&self, source: &str) -> String {
        if let Some(cell) = DatabaseCell::find(source) {
            return cell.canonical();
        }
        let (given, range) = parts(source);
        let text = source.get(range).unwrap_or_default();
        format!("{} << {}", result_name(given), canonical_query(text))
    }

    fn is_whole(&self, source: &str) -> bool {
        match DatabaseCell::find(source) {
            Some(cell) => cell.is_whole(),
            None => SqlCell::read(source).is_ok_and(|cell| cell.is_whole()),
        }
    }

    fn effect(&self, source: &str) -> Option<Effect> {
        if let Some(cell) = DatabaseCell::find(source) {
            return Some(cell.effect());
        }
        let effect = |cell: SqlCell<'_>| cell.effect();
        // One that cannot be read fails.
        Some(SqlCell::read(source).map_or(Effect::Pure, effect))
    }

    fn run<'v>(&self, cell: &Cell, module: &Module<'v>, evaluator: &dyn Evaluate) -> Result<(), CellError> {
        if let Some(cell) = DatabaseCell::find(cell.source()) {
            return Asking::new(&cell, module, evaluator).run();
        }
        let cell = SqlCell::read(cell.source())?;
        Execution::new(&cell, module, evaluator).run()
    }
}

/// The function `sql`.
pub(super) struct Queries;

impl BuiltinModule for Queries {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Queries frames: those named in `tables`, or else those of the same name in this cell or above.
    ///
    /// `sql("SELECT * FROM titanic")` finds `titanic` because the query is written out; a query that is put together
    /// needs its frames by name: `sql(text, titanic=titanic)`. `:name` stands for a value given by that name,
    /// `sql("SELECT * FROM titanic WHERE Age > :age", age=30)`, or else for the text of the widget.
    ///
    /// Effect: reads, dry
    /// * `named` (text): frames by table name, besides those that are bound, and values of parameters
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// sql("SELECT Sex, count(*) AS n FROM titanic GROUP BY Sex ORDER BY Sex")
    /// ```
    fn sql<'v>(
        #[starlark(require = pos)] query: &str,
        #[starlark(kwargs)] named: DictRef<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let context = context(eval)?;
        let given = |name: &str| {
            let mut named = named.iter();
            named.find_map(|(key, value)| (key.unpack_str() == Some(name)).then_some(value))
        };
        let read = statements(query).or_fail()?;
        let statement = only(&read).or_fail()?;
        let written = statement.query.clone().and_then(|range| query.get(range));
        let written = written.unwrap_or_default();
        let behind = statement.query.as_ref().map_or(0, |range| range.start);
        let behind = query.get(..behind).unwrap_or_default();
        let filled = with_parameters(written, |name, place| {
            if let Some(value) = given(name) {
                return parameter(&scalar(value, "sql", "named")?, place).or_fail();
            }
            match context.widget(name) {
                Ok(text) => parameter(&Scalar::String(text), place).or_fail(),
                Err(WidgetError::Undeclared { .. }) => Err(StatementError::NoParameter {
                    name: name.to_owned(),
                })
                .or_fail(),
                Err(error) => Err(error).or_fail(),
            }
        })?;
        // Without the values more can be said of a text that cannot be read.
        let wrong = |error: FrameError| table_names(written).err().unwrap_or(error).behind(behind);
        let (read, names) = if let Some(table) = statement.kind.table() {
            (None, vec![table.to_owned()])
        } else {
            let read = TableQuery::parse(&filled.text).map_err(wrong).or_fail()?;
            let names = read.tables().map(str::to_owned).collect();
            (Some(read), names)
        };
        let mut found = Vec::new();
        for name in names {
            let Some(value) = given(&name).or_else(|| context.bound(eval.module(), &name)) else {
                let known = context.names_above();
                // Of a query that is put together, no one knows beforehand which frames it needs.
                return Err(if known.contains(&name) {
                    StatementError::NotGiven { name }
                } else {
                    StatementError::Unknown { name, known }
                })
                .or_fail();
            };
            let frame = frame_of(&name, value).or_fail()?;
            found.push((name, frame));
        }
        let result = match (&statement.kind, read, found.as_slice()) {
            (kind, Some(read), tables) => {
                let rows = read.run(tables).map_err(|error| error.behind(behind)).or_fail()?;
                match kind {
                    StatementKind::DescribeQuery => described(&rows),
                    StatementKind::Explain => explained(&filled.text),
                    _ => Ok(rows),
                }
            }
            (StatementKind::ShowColumns { .. }, None, [(_, table)]) => columns_of(table),
            (_, None, [(_, table)]) => described(table),
            (_, None, _) => return Err(StatementError::Empty).or_fail(),
        };
        Ok(FrameValue::new(result.or_fail()?))
    }
}

/// Returns the one statement of a text, which has to be one that gives a frame of its own tables.
fn only(statements: &[Statement]) -> Result<&Statement, StatementError> {
    let statement = match statements {
        [] => return Err(StatementError::Empty),
        [only] => only,
        several => {
            return Err(StatementError::Several { count: several.len() });
        }
    };
    let instead = match &statement.kind {
        StatementKind::View { name, .. } => format!("bind the frame: {name} = sql(\"SELECT …\")"),
        StatementKind::CreateWidget { form, name, .. } => {
            format!("call dbutils.widgets.{form}(\"{name}\", …)")
        }
        StatementKind::RemoveWidget { name } => format!("call dbutils.widgets.remove(\"{name}\")"),
        StatementKind::ShowTables { .. } => "write %sql SHOW TABLES".to_owned(),
        _ => return Ok(statement),
    };
    Err(StatementError::OnlyInCells {
        statement: statement.kind.words(),
        instead,
    })
}
