//! [`ConnectionValue`]: a connection in a cell, and what it does.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use allocative::Allocative;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{Methods, MethodsBuilder, MethodsStatic};
use starlark::eval::Evaluator;
use starlark::typing::Ty;
use starlark::values::none::{NoneOr, NoneType};
use starlark::values::structs::AllocStruct;
use starlark::values::{NoSerialize, StarlarkValue, Value, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::super::arguments::Strings;
use super::super::frame::FrameValue;
use super::super::models::ModelValue;
use super::super::{OrFail, context};
use super::parameters::{Given, given, named};
use super::scoring::Scoring;
use crate::cache::Act;
use crate::database::{Connection, Database, DatabaseError, TableColumn, TableName};
use crate::frame::{Frame, Spool, Spooled};
use crate::work::Interrupt;

/// A connection in a cell.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(in crate::language) struct ConnectionValue(#[allocative(skip)] Arc<Connection>);

starlark_simple_value!(ConnectionValue);

impl fmt::Display for ConnectionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, database) = (self.0.name(), self.0.database());
        write!(f, "connection to {database}, {name}")
    }
}

static METHODS: MethodsStatic = MethodsStatic::new(super::KIND, methods);

#[starlark_value(type = "connection")]
impl<'v> StarlarkValue<'v> for ConnectionValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }
}

pub(super) fn documentation() -> DocType {
    METHODS
        .methods()
        .documentation(Ty::starlark_value::<ConnectionValue>())
}

impl ConnectionValue {
    pub(super) fn new(connection: Connection) -> Self {
        Self(Arc::new(connection))
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.0
    }

    /// Opens a session, where none is open.
    pub(super) fn open(&self, eval: &Evaluator<'_, '_, '_>) -> anyhow::Result<()> {
        self.run(eval, |_, _| Ok(()))
    }

    /// Returns the rows of a query as a frame, and notes them.
    fn read(
        &self,
        asked: String,
        rows: DataFrame,
        eval: &Evaluator<'_, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let frame = Frame::from_dataframe(rows);
        if let Some(digest) = frame.digest() {
            context(eval)?.queries(self.0.name(), asked, digest.rows as u64, digest.id.digest);
        }
        Ok(FrameValue::new(frame))
    }

    /// Runs a query without parameters, and notes its rows.
    pub(super) fn ask(&self, sql: String, eval: &Evaluator<'_, '_, '_>) -> anyhow::Result<FrameValue> {
        let asked = sql.clone();
        let table = self.run(eval, move |database, interrupt| {
            rows(database, &sql, &Given::none(), interrupt)
        })?;
        self.read(asked, table, eval)
    }

    /// Describes the columns of a table that has to be there.
    fn columns_of(&self, table: TableName, eval: &Evaluator<'_, '_, '_>) -> anyhow::Result<Vec<TableColumn>> {
        self.run(eval, move |database, interrupt| {
            let columns = database.columns(&table, interrupt)?;
            columns.ok_or_else(|| database.no_table(&table, interrupt))
        })
    }

    /// Runs `work` in the session, on a thread of its own; opens one where none is open.
    pub(super) fn run<T: Send + 'static>(
        &self,
        eval: &Evaluator<'_, '_, '_>,
        work: impl FnOnce(&mut dyn Database, &Interrupt) -> Result<T, DatabaseError> + Send + 'static,
    ) -> anyhow::Result<T> {
        let context = context(eval)?;
        let connection = Arc::clone(&self.0);
        let target = if connection.is_open() {
            None
        } else {
            // On the thread of the cell: who may have a value is asked here.
            let locate = |name: &str| {
                let location = context.mounts().resolve(name).map_err(DatabaseError::file)?;
                // A new file gets its folder, as whatever is written gets one.
                location.prepare_local().map_err(DatabaseError::file)
            };
            Some(connection.target(context, locate).or_fail()?)
        };
        let interrupt = context.interrupt();
        let watched = interrupt.clone();
        let whole = move || {
            if let Some(target) = target {
                connection.open(&target, &watched)?;
            }
            connection.run(|database| work(database, &watched))
        };
        interrupt.run(whole).or_fail()?.or_fail()
    }
}

/// Runs a query, and returns its rows as one table.
fn rows(
    database: &mut dyn Database,
    sql: &str,
    given: &Given,
    interrupt: &Interrupt,
) -> Result<DataFrame, DatabaseError> {
    let mut table: Option<DataFrame> = None;
    let mut take = |batch: DataFrame| {
        match &mut table {
            Some(table) => {
                let added = table.vstack_mut_owned(batch);
                added.map_err(|error| DatabaseError::Rows(error.to_string()))?;
            }
            None => table = Some(batch),
        }
        Ok(())
    };
    database.query(sql, &given.values, interrupt, &mut take)?;
    let mut table = table.unwrap_or_default();
    table.rechunk_mut();
    Ok(table)
}

/// Runs a query, and spools its rows on another thread while the next ones come.
fn spooled(
    database: &mut dyn Database,
    sql: &str,
    given: &Given,
    mut spool: Spool,
    interrupt: &Interrupt,
) -> Result<Spooled, DatabaseError> {
    let gone = || DatabaseError::Rows("the rows could not be kept".to_owned());
    let (sender, receiver) = sync_channel::<DataFrame>(1);
    thread::scope(|scope| {
        let keeping = scope.spawn(move || {
            for batch in receiver {
                spool.add(&batch)?;
            }
            spool.finish()
        });
        let asked = database.query(sql, &given.values, interrupt, &mut |batch| {
            sender.send(batch).map_err(|_| gone())
        });
        drop(sender);
        // Why rows are not kept says more than that nobody takes them.
        let kept = keeping
            .join()
            .map_err(|_| gone())?
            .map_err(DatabaseError::frame)?;
        asked.map(|()| kept)
    })
}

/// Puts columns of texts into a frame.
fn frame(rows: usize, columns: Vec<Column>) -> anyhow::Result<FrameValue> {
    let table = DataFrame::new(rows, columns).map_err(|error| DatabaseError::Rows(error.to_string()));
    Ok(FrameValue::new(Frame::from_dataframe(table.or_fail()?)))
}

#[starlark_module]
fn methods(methods: &mut MethodsBuilder) {
    /// What messages and records call the connection: the name it was given, or its URL without user and password.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// connect("sqlite::memory:", name="scratch").name
    /// ```
    #[starlark(attribute)]
    fn name(this: &ConnectionValue) -> anyhow::Result<String> {
        Ok(this.0.name().to_owned())
    }

    /// The rows of a query, as a frame.
    ///
    /// Parameters are bound, never pasted: a list for `?` (SQLite) and `$1` (PostgreSQL), a dict for `:name`. The record has
    /// the query, the number of its rows and their digest; a cell that asks a database is never taken from a cache.
    ///
    /// Effect: reads
    /// * `sql`: one statement in the database's own SQL
    /// * `params`: values for the marks in it
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// con.query("SELECT :age + 1 AS next", {"age": 41})
    /// ```
    fn query<'v>(
        this: &ConnectionValue,
        sql: &str,
        #[starlark(default = NoneOr::None)] params: NoneOr<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let given = given(params.into_option())?;
        let asked = given.after(sql);
        let sql = sql.to_owned();
        let table = this.run(eval, move |database, interrupt| {
            rows(database, &sql, &given, interrupt)
        })?;
        this.read(asked, table, eval)
    }

    /// The rows of a query, as a frame that streams: they are read now, into a file, and never held in memory whole.
    ///
    /// For results that are larger than memory; `query` is for all others. What is made of the frame streams, too:
    /// predictions, `write_csv`, `write_table`.
    ///
    /// Effect: reads
    /// * `sql`: one statement in the database's own SQL
    /// * `params`: values for the marks in it
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// con.scan_query("SELECT 1 AS one UNION ALL SELECT 2").select("sum(one) AS total")
    /// ```
    fn scan_query<'v>(
        this: &ConnectionValue,
        sql: &str,
        #[starlark(default = NoneOr::None)] params: NoneOr<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let given = given(params.into_option())?;
        let asked = given.after(sql);
        let sql = sql.to_owned();
        let folder = context(eval)?.scratch().map_err(DatabaseError::file).or_fail()?;
        let spooled = this.run(eval, move |database, interrupt| {
            let spool = Spool::new(&folder).map_err(|error| DatabaseError::Rows(error.to_string()))?;
            spooled(database, &sql, &given, spool, interrupt)
        })?;
        context(eval)?.queries(this.0.name(), asked, spooled.rows, spooled.digest);
        Ok(FrameValue::new(spooled.frame))
    }

    /// All rows of a table, as a frame.
    ///
    /// Effect: reads
    /// * `table`: its name, `"passengers"` or `"public.passengers"`
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// frame({"id": [1, 2]}).write_table(con, "passengers")
    /// con.read_table("passengers")
    /// ```
    fn read_table<'v>(
        this: &ConnectionValue,
        table: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let table = named(table)?;
        let name = this.run(eval, move |database, _| Ok(database.qualified(&table)))?;
        this.ask(format!("SELECT * FROM {name}"), eval)
    }

    /// Scores the rows of a table where they are: the database itself computes what the model's formula says.
    ///
    /// Without `into` the predictions come as a frame; with it they go into that table, all or none of them. Agrees with
    /// `predict`; a category that training did not have counts as none of the known ones, without a warning.
    ///
    /// Effect: acts
    /// * `model`: a fitted model
    /// * `table`: the table whose rows are scored
    /// * `into`: the table for the predictions, which is made where there is none
    /// * `keys`: the columns that are kept beside the prediction; all where none are given
    /// * `mode`: of `into`: `"error"` where it is there already, `"append"`, or `"overwrite"` its rows
    /// * `prediction`: the name of the column of predictions
    /// * `probability`: the name of the column of probabilities
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// con = connect("sqlite::memory:")
    /// read_csv("/mnt/data/passengers.csv").write_table(con, "passengers")
    /// con.score(model, "passengers", into="scores", keys=["PassengerId"])
    /// con.query("SELECT prediction, count(*) AS n FROM scores GROUP BY prediction")
    /// ```
    fn score<'v>(
        this: &ConnectionValue,
        model: &ModelValue,
        table: &'v str,
        #[starlark(require = named, default = NoneOr::None)] into: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] keys: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = "error")] mode: &'v str,
        #[starlark(require = named, default = "prediction")] prediction: &'v str,
        #[starlark(require = named, default = "probability")] probability: &'v str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        let scoring = Scoring {
            table: named(table)?,
            keys: keys.into_option().map_or_else(Vec::new, Strings::into_vec),
            prediction,
            probability,
        };
        let known = this.columns_of(scoring.table.clone(), eval)?;
        let query = scoring.query(&model.shared(), this.0.database(), known)?;
        let Some(into) = into.into_option() else {
            let frame = this.ask(query.0, eval)?;
            scoring.check(&frame.frame().table().unwrap_or_default())?;
            return Ok(eval.heap().alloc(frame));
        };
        let filling = scoring.filling(query, into, mode)?;
        context(eval)?.acts(Act::Stored);
        let name = filling.table.to_string();
        let filled = this.run(eval, move |database, interrupt| filling.run(database, interrupt))?;
        let heap = eval.heap();
        let mut fields = vec![("table", heap.alloc(name)), ("rows", heap.alloc(filled.rows))];
        fields.extend(filled.removed.map(|removed| ("removed", heap.alloc(removed))));
        fields.push(("created", Value::new_bool(filled.is_created)));
        Ok(heap.alloc(AllocStruct(fields)))
    }

    /// Runs a statement that is no query, and returns how many rows it has changed.
    ///
    /// Without parameters it may be several statements, with `;` between them.
    ///
    /// Effect: acts
    /// * `sql`: the statement in the database's own SQL
    /// * `params`: values for the marks in it
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// con.execute("CREATE TABLE passengers (id INTEGER, age REAL)")
    /// con.execute("INSERT INTO passengers VALUES (?, ?)", [1, 22.5])
    /// ```
    fn execute<'v>(
        this: &ConnectionValue,
        sql: &str,
        #[starlark(default = NoneOr::None)] params: NoneOr<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<u64> {
        let given = given(params.into_option())?;
        context(eval)?.acts(Act::Stored);
        let sql = sql.to_owned();
        this.run(eval, move |database, interrupt| {
            database.execute(&sql, &given.values, interrupt)
        })
    }

    /// The tables and views of the database.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// con.execute("CREATE TABLE passengers (id INTEGER, age REAL)")
    /// con.tables()
    /// ```
    fn tables<'v>(this: &ConnectionValue, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<FrameValue> {
        context(eval)?.acts(Act::Looked);
        let tables = this.run(eval, |database, interrupt| database.tables(interrupt))?;
        let schemas: Vec<Option<String>> = tables
            .iter()
            .map(|summary| summary.table.schema.clone())
            .collect();
        let names: Vec<&str> = tables.iter().map(|summary| summary.table.name.as_str()).collect();
        let kinds = tables
            .iter()
            .map(|summary| if summary.is_view { "view" } else { "table" });
        let columns = vec![
            Series::new("schema".into(), schemas).into(),
            Series::new("name".into(), names).into(),
            Series::new("type".into(), kinds.collect::<Vec<_>>()).into(),
        ];
        frame(tables.len(), columns)
    }

    /// The columns of a table: name, type, whether it may be NULL, whether it has a default, whether it is a key.
    ///
    /// Effect: acts
    /// * `table`: its name, `"passengers"` or `"public.passengers"`
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// con.execute("CREATE TABLE passengers (id INTEGER PRIMARY KEY, age REAL)")
    /// con.schema("passengers")
    /// ```
    fn schema<'v>(
        this: &ConnectionValue,
        table: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        context(eval)?.acts(Act::Looked);
        let table = named(table)?;
        let columns = this.columns_of(table, eval)?;
        let texts = |of: fn(&TableColumn) -> &str| columns.iter().map(of).collect::<Vec<_>>();
        let flags = |of: fn(&TableColumn) -> bool| columns.iter().map(of).collect::<Vec<_>>();
        let shown = vec![
            Series::new("column".into(), texts(|column| &column.name)).into(),
            Series::new("type".into(), texts(|column| &column.type_name)).into(),
            Series::new("nullable".into(), flags(|column| column.is_nullable)).into(),
            Series::new("default".into(), flags(|column| column.has_default)).into(),
            Series::new("key".into(), flags(|column| column.is_key)).into(),
        ];
        frame(columns.len(), shown)
    }

    /// Closes the session now, and not when the notebook ends; what uses the connection later opens another.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// connect("sqlite::memory:").close()
    /// ```
    fn close<'v>(this: &ConnectionValue, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<NoneType> {
        context(eval)?.acts(Act::Stored);
        this.0.close();
        Ok(NoneType)
    }
}
