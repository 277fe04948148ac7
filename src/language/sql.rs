//! `%sql` cells and `sql("…")`: queries over the frames above.

use starlark::environment::{GlobalsBuilder, Module};
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::DictRef;
use starlark::values::{Value, ValueLike};

use super::arguments::described;
use super::frame::FrameValue;
use super::scalars::scalar;
use super::{BuiltinModule, OrFail, context};
use crate::describe::Effect;
use crate::error::{Problem, nearest};
use crate::frame::{
    Frame, Scalar, canonical_query, parameter, parameter_names, query, table_names, with_parameters,
};
use crate::notebook::Cell;
use crate::parameters::WidgetError;
use crate::session::{AnalysisContext, Evaluate, Runner};
use crate::source::{Analysis, CellError};

/// The name of a query's result where the cell gives none.
const RESULT: &str = "_sqldf";

/// Runs `%sql` cells.
pub(super) struct Sql;

/// What stands where a query reads a table.
#[derive(Debug, thiserror::Error)]
enum TableError {
    #[error("`{name}` is {found}, and a query needs frames")]
    NotAFrame { name: String, found: String },
    #[error("the query reads `{name}`, and there is no frame of that name above")]
    Unknown { name: String, known: Vec<String> },
    #[error("the query reads `{name}`, and its text is not known before the cell runs")]
    NotGiven { name: String },
    #[error("the query uses `:{name}`, which is neither an argument nor a widget")]
    NoParameter { name: String },
    #[error("the cell has no query")]
    Empty,
}

impl Problem for TableError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotAFrame { name, found } if found == "a dict" => {
                format!("convert it to a frame first: frame({name})")
            }
            Self::NotAFrame { .. } => {
                "query a frame, such as read_csv(…) or frame({\"a\": [1, 2]}) returns".to_owned()
            }
            Self::Unknown { name, known } => match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "bind a frame in a cell above: df = read_csv(\"…\")".to_owned(),
                None => format!("the names above are: {}", known.join(", ")),
            },
            Self::NotGiven { name } => format!("pass the frames that it reads: sql(text, {name}={name})"),
            Self::NoParameter { name } => {
                format!(
                    "pass it, sql(text, {name}=…), or declare it: dbutils.widgets.text(\"{name}\", \"default\")"
                )
            }
            Self::Empty => "write it below %sql, as in SELECT * FROM df".to_owned(),
        })
    }
}

/// Splits `name << SELECT …` into the name of the result and the query.
fn parts(source: &str) -> (&str, &str) {
    if let Some((name, query)) = source.split_once("<<") {
        let name = name.trim();
        let is_name = name.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if is_name {
            return (name, query.trim());
        }
    }
    (RESULT, source.trim())
}

/// Drops a `;` that ends the query.
fn trimmed(query: &str) -> &str {
    query.trim_end_matches([';', ' ', '\n', '\t'])
}

impl Runner for Sql {
    fn words(&self) -> &'static [&'static str] {
        &["sql"]
    }

    fn analyze(&self, cell: &Cell, _context: &AnalysisContext<'_>) -> Result<Analysis, CellError> {
        let (name, query) = parts(cell.source());
        if trimmed(query).is_empty() {
            return Err(CellError::of(TableError::Empty));
        }
        let tables = table_names(trimmed(query)).map_err(CellError::of)?;
        let mut analysis = Analysis::default();
        analysis.inputs.extend(tables);
        analysis.outputs.insert(name.to_owned());
        Ok(analysis)
    }

    fn canonical(&self, source: &str) -> String {
        let (name, query) = parts(source);
        format!("{name} << {}", canonical_query(query))
    }

    /// A query that reads something; one that does not may continue with `FROM`.
    fn is_whole(&self, source: &str) -> bool {
        let (_, query) = parts(source);
        table_names(trimmed(query)).is_ok_and(|tables| !tables.is_empty())
    }

    fn effect(&self, source: &str) -> Option<Effect> {
        let (_, query) = parts(source);
        Some(if parameter_names(query).is_empty() {
            Effect::Pure
        } else {
            Effect::Reads
        })
    }

    fn run<'v>(&self, cell: &Cell, module: &Module<'v>, evaluator: &dyn Evaluate) -> Result<(), CellError> {
        let (name, text) = parts(cell.source());
        let mut tables = Vec::new();
        for table in table_names(trimmed(text)).map_err(CellError::of)? {
            let Some(value) = evaluator.context().bound(module, &table) else {
                let known = evaluator.context().names_above();
                return Err(CellError::of(TableError::Unknown { name: table, known }));
            };
            let frame = frame_of(&table, value).map_err(CellError::of)?;
            tables.push((table, frame));
        }
        let text = with_parameters(trimmed(text), |name, place| {
            let value = evaluator.context().widget(name).map_err(CellError::of)?;
            parameter(&Scalar::String(value), place).map_err(CellError::of)
        })?;
        let result = query(&text, &tables).map_err(CellError::of)?;
        let value = module.heap().alloc(FrameValue::new(result));
        module.set(name, value);
        evaluator.show(value)
    }
}

fn frame_of(name: &str, value: Value<'_>) -> Result<Frame, TableError> {
    match value.downcast_ref::<FrameValue>() {
        Some(value) => Ok(value.frame().clone()),
        None => Err(TableError::NotAFrame {
            name: name.to_owned(),
            found: described(value),
        }),
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
        let mut found = Vec::new();
        for name in table_names(trimmed(query)).or_fail()? {
            let Some(value) = given(&name).or_else(|| context.bound(eval.module(), &name)) else {
                let known = context.names_above();
                // Of a query that is put together, no one knows beforehand which frames it needs.
                return Err(if known.contains(&name) {
                    TableError::NotGiven { name }
                } else {
                    TableError::Unknown { name, known }
                })
                .or_fail();
            };
            let frame = frame_of(&name, value).or_fail()?;
            found.push((name, frame));
        }
        let text = with_parameters(trimmed(query), |name, place| {
            if let Some(value) = given(name) {
                return parameter(&scalar(value, "sql", "named")?, place).or_fail();
            }
            match context.widget(name) {
                Ok(text) => parameter(&Scalar::String(text), place).or_fail(),
                Err(WidgetError::Undeclared { .. }) => Err(TableError::NoParameter {
                    name: name.to_owned(),
                })
                .or_fail(),
                Err(error) => Err(error).or_fail(),
            }
        })?;
        let result = self::query(&text, &found).or_fail()?;
        Ok(FrameValue::new(result))
    }
}
