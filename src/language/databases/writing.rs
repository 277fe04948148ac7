//! `frame.write_table`: a frame → a table, all of it or nothing.

use either::Either;
use polars::prelude::DataType;
use starlark::environment::MethodsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::UnpackDictEntries;
use starlark::values::none::NoneOr;
use starlark::values::{Value, ValueLike};

use super::super::arguments::{Strings, described};
use super::super::frame::FrameValue;
use super::super::{OrFail, context};
use super::connection::ConnectionValue;
use super::parameters::named;
use super::rejects_file::RejectsFile;
use super::report::ReportValue;
use super::retrying::Again;
use crate::cache::Act;
use crate::database::{DatabaseError, Load, Mode};
use crate::error::nearest;
use crate::frame::Frame;

/// What a cell says of a load.
struct Writing<'v> {
    table: &'v str,
    mode: &'v str,
    keys: Option<Strings<'v>>,
    before: Option<&'v str>,
    /// The column of the table for a column of the frame; none for one that is left out.
    mapping: Vec<(&'v str, Option<&'v str>)>,
    create: bool,
    /// The file for rows that the table cannot take.
    rejects: Option<&'v str>,
    max_rejects: Option<u64>,
    run_id: Option<String>,
}

/// Loads a frame into a table.
fn load_table<'v>(
    frame: &FrameValue,
    connection: &ConnectionValue,
    writing: Writing<'v>,
    eval: &mut Evaluator<'v, '_, '_>,
) -> anyhow::Result<ReportValue> {
    let context = context(eval)?;
    let frame = frame.frame().clone();
    let rejects = writing.rejects;
    let (frame, load) = load(&frame, writing)?;
    let file = rejects.map(|path| context.mounts().resolve(path)).transpose();
    let file = file.or_fail()?;
    context.acts(Act::Stored);
    if let Some(file) = &file {
        context.writes(file);
    }
    let rejects = file.as_ref().map(|file| file.name().to_owned());
    let again = Again::Load {
        is_marked: load.run_id.is_some(),
    };
    let before = load.before.clone();
    let report = connection.run_again(context, again, move |database, interrupt| {
        let batches = frame.batches(interrupt).map_err(DatabaseError::frame)?;
        let mut rows = batches.map(|batch| batch.map_err(DatabaseError::frame));
        match &file {
            None => load.run(database, &mut rows, interrupt),
            Some(file) => {
                let mut rejects = RejectsFile::new(file, &frame)?;
                load.run_sorting_out(database, &mut rows, &mut rejects, interrupt)
            }
        }
    });
    if let Some(before) = before {
        connection.shared(context).notes(&before);
    }
    Ok(ReportValue::new(report.or_fail()?, rejects))
}

/// Says which columns of which frame go where.
fn load(frame: &Frame, writing: Writing<'_>) -> anyhow::Result<(Frame, Load)> {
    if writing.max_rejects.is_some() && writing.rejects.is_none() {
        return Err(DatabaseError::Usage {
            reason: "write_table: max_rejects says how many rows may go to rejects, and there is no rejects"
                .to_owned(),
            hint: "give the file, too: rejects=\"/mnt/out/rejects.csv\"".to_owned(),
        })
        .or_fail();
    }
    let schema = frame.schema().or_fail()?;
    let names: Vec<&str> = schema
        .iter_names()
        .map(polars::prelude::PlSmallStr::as_str)
        .collect();
    if let Some((unknown, _)) = writing.mapping.iter().find(|(from, _)| !names.contains(from)) {
        return Err(DatabaseError::Columns {
            reason: format!(
                "write_table: mapping names the column {unknown:?}, which the frame does not have"
            ),
            hint: match nearest(unknown, names.iter().copied()) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("the columns are {}", names.join(", ")),
            },
        })
        .or_fail();
    }
    let target = |name: &str| {
        let mapped = writing.mapping.iter().find(|(from, _)| *from == name);
        mapped.map_or(Some(name.to_owned()), |(_, to)| to.map(str::to_owned))
    };
    let (mut from, mut columns, mut types): (Vec<&str>, Vec<String>, Vec<DataType>) = Default::default();
    for (name, dtype) in schema.iter() {
        if let Some(column) = target(name) {
            from.push(name);
            columns.push(column);
            types.push(dtype.clone());
        }
    }
    let frame = if from.len() == names.len() {
        frame.clone()
    } else {
        let left: Vec<String> = from.into_iter().map(str::to_owned).collect();
        frame.only(&left).or_fail()?
    };
    let load = Load {
        table: named(writing.table)?,
        mode: Mode::parse(writing.mode).or_fail()?,
        keys: writing.keys.map_or_else(Vec::new, Strings::into_vec),
        before: writing.before.map(str::to_owned),
        columns,
        types,
        create: writing.create,
        converts: false,
        max_rejects: writing.max_rejects,
        run_id: writing.run_id,
    };
    Ok((frame, load))
}

/// Reads the connection and the table, which are easily given the wrong way round.
fn destination<'v>(
    connection: Value<'v>,
    table: Option<Value<'v>>,
) -> anyhow::Result<(&'v ConnectionValue, &'v str)> {
    let given = connection.downcast_ref::<ConnectionValue>();
    let name = table.and_then(Value::unpack_str);
    if let Some(given) = given.zip(name) {
        return Ok(given);
    }
    let is_connection = |value: Value<'_>| value.downcast_ref::<ConnectionValue>().is_some();
    let (reason, hint) = match (connection.unpack_str(), table) {
        (Some(name), Some(table)) if is_connection(table) => (
            "write_table: the connection comes first, and the name of the table behind it".to_owned(),
            format!("write df.write_table(con, {name:?})"),
        ),
        (Some(name), None) => (
            "write_table needs a connection, and the name of the table behind it".to_owned(),
            format!(
                "connect first, con = connect(\"sqlite:/mnt/data/scores.db\"), and write df.write_table(con, {name:?})"
            ),
        ),
        (_, None) if given.is_some() => (
            "write_table needs the name of a table".to_owned(),
            "write df.write_table(con, \"scores\")".to_owned(),
        ),
        (_, Some(table)) if given.is_some() => (
            format!("write_table: the table is {}, not a text", described(table)),
            "give its name: df.write_table(con, \"scores\")".to_owned(),
        ),
        _ => (
            format!("write_table: con is {}, not a connection", described(connection)),
            "give what connect(…) returns: df.write_table(con, \"scores\")".to_owned(),
        ),
    };
    Err(DatabaseError::Usage { reason, hint }).or_fail()
}

#[starlark_module]
pub(super) fn frame_methods(methods: &mut MethodsBuilder) {
    /// Loads the frame into a table of a database, all of it or nothing.
    ///
    /// `before` and the load are one transaction: when anything fails, the table is as it was. The types are checked before
    /// the first row goes out, and what was loaded is counted and compared before it is made to last. Returns a report.
    ///
    /// With `rejects`, rows that the table cannot take do not stop the load: a value that does not fit its column, a NULL
    /// where none may be, a key that the table or an earlier row of the frame has, and what breaks a rule that the database alone
    /// knows: a check, a foreign key, an exclusion, what a trigger says. They go to that file, with the column, the value, the rule
    /// and the reason; the file is replaced, and is there before the rows of the table are. What a row is called there, the head
    /// says: `line`, with the `file` before it where there are several, for the rows of `scan_csv` (also with other columns), counted
    /// as an editor counts them; `row`, counted from 1, for all other frames.
    ///
    /// With `run_id`, a load is done once for each id and table: the table `sheaf_loads` beside it says so, in the same
    /// transaction. A second one does nothing, and returns the report of the first with `repeated=True`. `run_id=True` is for
    /// jobs that are resumed: `sheaf run --resume` does not load again what was loaded when the run was killed.
    ///
    /// Effect: acts
    /// * `con`: a connection, from connect(…)
    /// * `table`: its name, `"scores"` or `"public.scores"`
    /// * `mode`: `"error"` where there is such a table, `"append"`, `"overwrite"` its rows, or `"upsert"` by keys
    /// * `keys`: for an upsert, the columns of the table by which a row is known
    /// * `before`: a statement that runs first, such as `"DELETE FROM scores"`
    /// * `mapping`: other names in the table, `{"prediction": "survived"}`; None leaves a column out
    /// * `create`: whether the table is made where there is none
    /// * `rejects`: a CSV file for the rows that the table cannot take
    /// * `max_rejects`: how many of them there may be before nothing is loaded; any number where it is not given
    /// * `run_id`: a text that names the run, such as `"nightly 2024-01-31"`; True for an id that a resumed run keeps
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// scores = frame({"id": [1, 2], "prediction": [0, 1]})
    /// scores.write_table(con, "scores", mapping={"prediction": "survived"})
    /// con.query("SELECT * FROM scores")
    /// ```
    fn write_table<'v>(
        this: &FrameValue,
        con: Value<'v>,
        #[starlark(default = NoneOr::None)] table: NoneOr<Value<'v>>,
        #[starlark(require = named, default = "error")] mode: &'v str,
        #[starlark(require = named, default = NoneOr::None)] keys: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] before: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] mapping: NoneOr<
            UnpackDictEntries<&'v str, NoneOr<&'v str>>,
        >,
        #[starlark(require = named, default = true)] create: bool,
        #[starlark(require = named, default = NoneOr::None)] rejects: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] max_rejects: NoneOr<u64>,
        #[starlark(require = named, default = NoneOr::None)] run_id: NoneOr<Either<bool, &'v str>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<ReportValue> {
        let (connection, table) = destination(con, table.into_option())?;
        let mapping = mapping.into_option().map_or_else(Vec::new, |all| all.entries);
        let writing = Writing {
            table,
            mode,
            keys: keys.into_option(),
            before: before.into_option(),
            mapping: mapping
                .into_iter()
                .map(|(from, to)| (from, to.into_option()))
                .collect(),
            create,
            rejects: rejects.into_option(),
            max_rejects: max_rejects.into_option(),
            run_id: match run_id.into_option() {
                Some(Either::Right(text)) => Some(text.to_owned()),
                Some(Either::Left(true)) => context(eval)?.next_run_id(),
                Some(Either::Left(false)) | None => None,
            },
        };
        load_table(this, connection, writing, eval)
    }
}
