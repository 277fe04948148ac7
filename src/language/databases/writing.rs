//! `frame.write_table`: a frame → a table, all of it or nothing.

use polars::prelude::DataType;
use starlark::environment::MethodsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::dict::UnpackDictEntries;
use starlark::values::none::NoneOr;
use starlark::values::structs::AllocStruct;

use super::super::arguments::Strings;
use super::super::frame::FrameValue;
use super::super::{OrFail, context};
use super::connection::ConnectionValue;
use super::parameters::named;
use crate::cache::Act;
use crate::database::{DatabaseError, Load, LoadReport, Mode};
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
}

/// Loads a frame into a table.
fn load_table<'v>(
    frame: &FrameValue,
    connection: &ConnectionValue,
    writing: Writing<'v>,
    eval: &mut Evaluator<'v, '_, '_>,
) -> anyhow::Result<Value<'v>> {
    let frame = frame.frame().clone();
    let (frame, load) = load(&frame, writing)?;
    context(eval)?.acts(Act::Stored);
    let report = connection.run(eval, move |database, interrupt| {
        let batches = frame.batches(interrupt).map_err(DatabaseError::frame)?;
        let mut rows = batches.map(|batch| batch.map_err(DatabaseError::frame));
        load.run(database, &mut rows, interrupt)
    })?;
    Ok(shown(&report, eval))
}

/// Says which columns of which frame go where.
fn load(frame: &Frame, writing: Writing<'_>) -> anyhow::Result<(Frame, Load)> {
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
    };
    Ok((frame, load))
}

/// Returns what a load did as a value that a cell can use and a resumed run can make again.
fn shown<'v>(report: &LoadReport, eval: &Evaluator<'v, '_, '_>) -> Value<'v> {
    let heap = eval.heap();
    let mut fields = vec![
        ("table", heap.alloc(report.table.to_string())),
        ("rows", heap.alloc(report.rows)),
    ];
    let counts = [
        ("before", report.before),
        ("removed", report.removed),
        ("replaced", report.replaced),
    ];
    for (name, count) in counts {
        fields.extend(count.map(|count| (name, heap.alloc(count))));
    }
    fields.push(("created", Value::new_bool(report.is_created)));
    heap.alloc(AllocStruct(fields))
}

#[starlark_module]
pub(super) fn frame_methods(methods: &mut MethodsBuilder) {
    /// Loads the frame into a table of a database, all of it or nothing.
    ///
    /// `before` and the load are one transaction: when anything fails, the table is as it was. The types are checked before
    /// the first row goes out, and what was loaded is counted and compared before it is made to last. Returns a report.
    ///
    /// Effect: acts
    /// * `con`: a connection, from connect(…)
    /// * `table`: its name, `"scores"` or `"public.scores"`
    /// * `mode`: `"error"` where there is such a table, `"append"`, `"overwrite"` its rows, or `"upsert"` by keys
    /// * `keys`: for an upsert, the columns of the table by which a row is known
    /// * `before`: a statement that runs first, such as `"DELETE FROM scores"`
    /// * `mapping`: other names in the table, `{"prediction": "survived"}`; None leaves a column out
    /// * `create`: whether the table is made where there is none
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// scores = frame({"id": [1, 2], "prediction": [0, 1]})
    /// scores.write_table(con, "scores", mapping={"prediction": "survived"})
    /// con.query("SELECT * FROM scores")
    /// ```
    fn write_table<'v>(
        this: &FrameValue,
        con: &ConnectionValue,
        table: &'v str,
        #[starlark(require = named, default = "error")] mode: &'v str,
        #[starlark(require = named, default = NoneOr::None)] keys: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] before: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] mapping: NoneOr<
            UnpackDictEntries<&'v str, NoneOr<&'v str>>,
        >,
        #[starlark(require = named, default = true)] create: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
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
        };
        load_table(this, con, writing, eval)
    }
}
