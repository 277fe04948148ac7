//! [`ConnectionValue`]: a connection in a cell, and what it does.

use std::fmt;
use std::sync::Arc;

use allocative::Allocative;
use polars::prelude::DataFrame;
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
use super::keeping::Keeping;
use super::listing;
use super::parameters::{Given, given, named};
use super::reading::spooled;
use super::retrying::Again;
use super::scoring::Scoring;
use crate::cache::Act;
use crate::database::{Connection, Database, DatabaseError, TableColumn, TableName, Target};
use crate::frame::{Frame, Spool};
use crate::session::CellContext;
use crate::work::Interrupt;

/// A connection in a cell.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(in crate::language) struct ConnectionValue {
    #[allocative(skip)]
    connection: Arc<Connection>,
    /// Whether `sheaf.ron` names it: then all that are the same are one session of the database.
    is_named: bool,
}

starlark_simple_value!(ConnectionValue);

impl fmt::Display for ConnectionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, database) = (self.connection.name(), self.connection.database());
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
    /// Makes a value of a connection that a cell has written out.
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection: Arc::new(connection),
            is_named: false,
        }
    }

    /// Makes a value of a connection that `sheaf.ron` names.
    pub(super) fn named(connection: Connection) -> Self {
        Self {
            is_named: true,
            ..Self::new(connection)
        }
    }

    pub(super) fn connection(&self) -> Arc<Connection> {
        Arc::clone(&self.connection)
    }

    pub(super) fn is_named(&self) -> bool {
        self.is_named
    }

    /// Returns the connection that the session of the cells has for this one.
    pub(in crate::language) fn shared(&self, context: &CellContext) -> Arc<Connection> {
        let is_rehearsal = context.connections().is_rehearsal() && self.connection.is_lasting();
        if self.is_named || is_rehearsal {
            let locate = |name: &str| context.mounts().resolve(name).ok()?.local();
            context.connections().shared(&self.connection, &locate)
        } else {
            Arc::clone(&self.connection)
        }
    }

    /// Gets what a session needs; asked on the thread of the cell, because who may have a value is asked then.
    fn target(&self, connection: &Connection, context: &CellContext) -> Result<Target, DatabaseError> {
        let locate = |name: &str| {
            let location = context.mounts().resolve(name).map_err(DatabaseError::file)?;
            // A new file gets its folder, as whatever is written gets one.
            location.prepare_local().map_err(DatabaseError::file)
        };
        if !self.is_named {
            return connection.target(context, locate);
        }
        let name = connection.name();
        let (url, ..) = connection.written();
        if context.connections().definition(name)?.url != url {
            return Err(DatabaseError::Redefined {
                name: name.to_owned(),
            });
        }
        connection.target(&context.resolver_of(name), locate)
    }

    /// Opens a session, where none is open.
    pub(super) fn open(&self, eval: &Evaluator<'_, '_, '_>) -> anyhow::Result<()> {
        self.run(eval, |_, _| Ok(()))
    }

    /// Returns the rows of a query as a frame, and notes them.
    pub(in crate::language) fn read(
        &self,
        asked: String,
        rows: DataFrame,
        context: &CellContext,
    ) -> FrameValue {
        let frame = Frame::from_dataframe(rows);
        if let Some(digest) = frame.digest() {
            context.queries(
                self.connection.name(),
                asked,
                digest.rows as u64,
                digest.id.digest,
            );
        }
        FrameValue::new(frame)
    }

    /// Runs a query without parameters, and notes its rows.
    pub(super) fn ask(&self, sql: String, eval: &Evaluator<'_, '_, '_>) -> anyhow::Result<FrameValue> {
        let context = context(eval)?;
        let rows = self.rows_of((&sql, Given::none()), None, context);
        Ok(self.read(sql, rows.or_fail()?, context))
    }

    /// Describes the columns of a table that has to be there.
    fn columns_of(&self, table: TableName, eval: &Evaluator<'_, '_, '_>) -> anyhow::Result<Vec<TableColumn>> {
        let described = self.run_again(context(eval)?, Again::Read, move |database, interrupt| {
            let columns = database.columns(&table, interrupt)?;
            columns.ok_or_else(|| database.no_table(&table, interrupt))
        });
        described.or_fail()
    }

    /// Runs `work` in the session, on a thread of its own; opens one where none is open.
    pub(super) fn run<T: Send + 'static>(
        &self,
        eval: &Evaluator<'_, '_, '_>,
        work: impl FnOnce(&mut dyn Database, &Interrupt) -> Result<T, DatabaseError> + Send + 'static,
    ) -> anyhow::Result<T> {
        self.run_in(context(eval)?, work).or_fail()
    }

    /// Runs `work` in the session for the cell whose context this is.
    pub(in crate::language) fn run_in<T: Send + 'static>(
        &self,
        context: &CellContext,
        work: impl FnOnce(&mut dyn Database, &Interrupt) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let connection = self.shared(context);
        connection.forget_if_over();
        let target = if connection.is_open() {
            None
        } else {
            // Another one that leads there is known by what it says itself.
            Some(self.target(&self.connection, context)?)
        };
        let interrupt = context.interrupt();
        let watched = interrupt.clone();
        let whole = move || {
            connection.in_time(&watched, |watched| {
                if let Some(target) = target {
                    connection.open(&target, watched)?;
                }
                connection.run(|database| work(database, watched))
            })
        };
        interrupt.run(whole)?
    }
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
        Ok(this.connection.name().to_owned())
    }

    /// The rows of a query, as a frame.
    ///
    /// Parameters are bound, never pasted: a list for `?` (SQLite) and `$1` (PostgreSQL), a dict for `:name`. The record has
    /// the query, the number of its rows and their digest.
    ///
    /// By default the database is asked anew whenever the cell runs. `ttl` lets rows be served that are not older, as in Streamlit;
    /// `version` is a cheap query, and the rows of the other one are served as long as its own are the same. Both together need
    /// both to hold. Rows are kept on this machine, and not where a password is written out; `--no-cache` asks anew.
    ///
    /// Effect: reads
    /// * `sql` (statement): one statement in the database's own SQL
    /// * `params`: values for the marks in it
    /// * `ttl`: how old rows may be that are served again: `"1 hour"`, `"10 minutes"`, or a number of seconds
    /// * `version`: a query whose rows change when those of `sql` do, such as `"SELECT max(updated_at) FROM passengers"`
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// con.query("SELECT :age + 1 AS next", {"age": 41})
    /// ```
    fn query<'v>(
        this: &ConnectionValue,
        sql: &str,
        #[starlark(default = NoneOr::None)] params: NoneOr<Value<'v>>,
        #[starlark(require = named, default = NoneOr::None)] ttl: NoneOr<Value<'v>>,
        #[starlark(require = named, default = NoneOr::None)] version: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let given = given(params.into_option())?;
        let keeping = Keeping::of(ttl, version, sql).or_fail()?;
        let (asked, context) = (given.after(sql), context(eval)?);
        let table = this.rows_of((sql, given), keeping.as_ref(), context);
        Ok(this.read(asked, table.or_fail()?, context))
    }

    /// The rows of a query, as a frame that streams: they are read now, into a file, and never held in memory whole.
    ///
    /// For results that are larger than memory, which are asked for anew each time; `query` is for all others. What is made of the frame streams, too:
    /// predictions, `write_csv`, `write_table`.
    ///
    /// Effect: reads
    /// * `sql` (statement): one statement in the database's own SQL
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
        let spooled = this.run_again(context(eval)?, Again::of(&sql), move |database, interrupt| {
            let spool = Spool::new(&folder).map_err(|error| DatabaseError::Rows(error.to_string()))?;
            spooled(database, &sql, &given, spool, interrupt)
        });
        let spooled = spooled.or_fail()?;
        context(eval)?.queries(this.connection.name(), asked, spooled.rows, spooled.digest);
        Ok(FrameValue::new(spooled.frame))
    }

    /// All rows of a table, as a frame.
    ///
    /// `ttl` and `version` let them be served again, as those of `query` are.
    ///
    /// Effect: reads
    /// * `table` (table): its name, `"passengers"` or `"public.passengers"`
    /// * `ttl`: how old rows may be that are served again: `"1 hour"`, `"10 minutes"`, or a number of seconds
    /// * `version`: a query whose rows change when the table does, such as `"SELECT max(updated_at) FROM passengers"`
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// frame({"id": [1, 2]}).write_table(con, "passengers")
    /// con.read_table("passengers")
    /// ```
    fn read_table<'v>(
        this: &ConnectionValue,
        table: &str,
        #[starlark(require = named, default = NoneOr::None)] ttl: NoneOr<Value<'v>>,
        #[starlark(require = named, default = NoneOr::None)] version: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let table = named(table)?;
        let name = this.run(eval, move |database, _| Ok(database.qualified(&table)))?;
        let sql = format!("SELECT * FROM {name}");
        let keeping = Keeping::of(ttl, version, "SELECT 1").or_fail()?;
        let context = context(eval)?;
        let rows = this.rows_of((&sql, Given::none()), keeping.as_ref(), context);
        Ok(this.read(sql, rows.or_fail()?, context))
    }

    /// Scores the rows of a table where they are: the database itself computes what the model's formula says.
    ///
    /// Without `into` the predictions come as a frame; with it they go into that table, all or none of them. Agrees with
    /// `predict`; a category that training did not have counts as none of the known ones, and a warning says how many rows have one.
    ///
    /// Effect: acts
    /// * `model`: a fitted model
    /// * `table` (table): the table whose rows are scored
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
        let model = model.shared();
        let query = scoring.query(&model, this.connection.database(), known)?;
        let unseen = scoring.unseen(&model, this.connection.database())?;
        let Some(into) = into.into_option() else {
            let frame = this.ask(query.0, eval)?;
            scoring.check(&frame.frame().table().unwrap_or_default())?;
            this.warn_unseen(unseen, eval)?;
            return Ok(eval.heap().alloc(frame));
        };
        let filling = scoring.filling(query, into, mode)?;
        context(eval)?.acts(Act::Stored);
        let name = filling.table.to_string();
        let again = Again::Load { is_marked: false };
        let filled = this.run_again(context(eval)?, again, move |database, interrupt| {
            filling.run(database, interrupt)
        });
        let filled = filled.or_fail()?;
        this.warn_unseen(unseen, eval)?;
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
    /// * `sql` (statement): the statement in the database's own SQL
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
        let context = context(eval)?;
        context.acts(Act::Stored);
        let text = sql.to_owned();
        let changed = this.run_again(context, Again::of(sql), move |database, interrupt| {
            database.execute(&text, &given.values, interrupt)
        });
        this.shared(context).notes(sql);
        changed.or_fail()
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
        let tables = this.run_again(context(eval)?, Again::Read, |database, interrupt| {
            database.tables(interrupt)
        });
        let tables = tables.or_fail()?;
        listing::tables(&tables)
    }

    /// The columns of a table: name, type, whether it may be NULL, whether it has a default, whether it is a key.
    ///
    /// Effect: acts
    /// * `table` (table): its name, `"passengers"` or `"public.passengers"`
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
        listing::columns(&columns)
    }

    /// Closes the session now, and not when the notebook ends; what uses the connection later opens another.
    ///
    /// A connection that `sheaf.ron` names is closed for all cells that use it.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// connect("sqlite::memory:").close()
    /// ```
    fn close<'v>(this: &ConnectionValue, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<NoneType> {
        let context = context(eval)?;
        context.acts(Act::Stored);
        this.shared(context).close();
        Ok(NoneType)
    }
}
