//! Frames as values: how they look, their attributes, and writing them.
//!
//! What changes a frame is in `verbs`.

use std::fmt;

use allocative::Allocative;
use polars::prelude::DataFrame;
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{GlobalsBuilder, Methods, MethodsBuilder, MethodsStatic};
use starlark::eval::Evaluator;
use starlark::typing::Ty;
use starlark::values::dict::AllocDict;
use starlark::values::none::NoneType;
use starlark::values::{Heap, NoSerialize, StarlarkValue, Value, ValueLike, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::indexing::Misused;
use super::writers::write;
use super::{indexing, makers, reshaping, summaries, verbs};
use crate::cache::Packed;
use crate::describe::{ColumnOutline, Help, HelpList, Outline};
use crate::error::Error;
use crate::frame::write::{Csv, Ipc, Ndjson, Parquet};
use crate::frame::{Frame, TableId, dtype_name};
use crate::language::plots::FramePlotsValue;
use crate::language::{BUILTIN_MODULES, BuiltinModule, OrFail};
use crate::output::Output;
use crate::session::CellContext;
use crate::work::Interrupt;

/// How many rows of a scan are shown.
const SCAN_ROWS: u32 = 10;
/// How many columns the short form names.
const NAMED_COLUMNS: usize = 6;

/// A frame in a cell.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(crate) struct FrameValue(#[allocative(skip)] Frame);

starlark_simple_value!(FrameValue);

impl FrameValue {
    /// Wraps a frame.
    pub(crate) fn new(frame: Frame) -> Self {
        Self(frame)
    }

    /// Returns the frame.
    pub(crate) fn frame(&self) -> &Frame {
        &self.0
    }
}

/// The short form, which runs nothing: `frame(PassengerId, Survived, …)`.
impl fmt::Display for FrameValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.0.columns().unwrap_or_default();
        let named = columns
            .iter()
            .take(NAMED_COLUMNS)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        let more = if columns.len() > NAMED_COLUMNS {
            ", …"
        } else {
            ""
        };
        write!(f, "frame({named}{more})")
    }
}

static METHODS: MethodsStatic = MethodsStatic::new("frame", |builder| {
    attributes(builder);
    verbs::verbs(builder);
    reshaping::reshaping(builder);
    summaries::summaries(builder);
    writers(builder);
    for module in BUILTIN_MODULES {
        module.frame_methods(builder);
    }
});

#[starlark_value(type = "frame")]
impl<'v> StarlarkValue<'v> for FrameValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }

    fn length(&self) -> starlark::Result<i32> {
        let height = self.0.height(&Interrupt::of_thread()).or_fail()?;
        Ok(i32::try_from(height).unwrap_or(i32::MAX))
    }

    fn at(&self, index: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        Ok(indexing::at(&self.0, index, heap)?)
    }

    fn slice(
        &self,
        start: Option<Value<'v>>,
        stop: Option<Value<'v>>,
        stride: Option<Value<'v>>,
        _heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        Ok(Err(Misused::sliced("df", start, stop, stride)).or_fail()?)
    }

    fn set_at(&self, index: Value<'v>, _new_value: Value<'v>) -> starlark::Result<()> {
        let column = index.unpack_str().unwrap_or("x").to_owned();
        Ok(Err(Misused::Assigned { column }).or_fail()?)
    }

    fn set_attr(&self, attribute: &str, _new_value: Value<'v>) -> starlark::Result<()> {
        let misused = match attribute {
            "columns" => Misused::Renamed,
            _ => Misused::Assigned {
                column: attribute.to_owned(),
            },
        };
        Ok(Err(misused).or_fail()?)
    }
}

/// Frames.
pub(in crate::language) struct Frames;

impl BuiltinModule for Frames {
    fn register(&self, globals: &mut GlobalsBuilder) {
        makers::makers(globals);
    }

    fn output(&self, value: Value<'_>, context: &CellContext) -> Option<Result<Output, Error>> {
        Some(shown(value.downcast_ref::<FrameValue>()?.frame(), context))
    }

    fn outline(&self, value: Value<'_>) -> Option<Outline> {
        Some(outline(value.downcast_ref::<FrameValue>()?.frame(), "frame"))
    }

    fn empty_like<'v>(&self, value: Value<'v>, heap: Heap<'v>) -> Option<Value<'v>> {
        let frame = value.downcast_ref::<FrameValue>()?.frame();
        Some(heap.alloc(FrameValue::new(empty_like(frame)?)))
    }

    fn summary(&self, value: Value<'_>) -> Option<(String, Option<usize>)> {
        let frame = value.downcast_ref::<FrameValue>()?.frame();
        let width = frame.width().unwrap_or(0);
        // A cell that is over has computed its frames, so that this runs nothing; a scan is not counted.
        Some(match frame.table() {
            Some(rows) => (
                format!("{} × {width} columns", counted(rows.height())),
                Some(rows.estimated_size()),
            ),
            None => (format!("streamed × {width} columns"), None),
        })
    }

    fn pack(&self, value: Value<'_>) -> Option<Packed> {
        let frame = value.downcast_ref::<FrameValue>()?.frame();
        frame.digest().map(|digest| Packed::Frame(digest.into()))
    }

    fn unpack<'v>(
        &self,
        packed: &Packed,
        table: &dyn Fn(&TableId) -> Option<DataFrame>,
        heap: Heap<'v>,
    ) -> Option<Value<'v>> {
        let Packed::Frame(packed) = packed else {
            return None;
        };
        let frame = Frame::from_dataframe(table(&packed.id)?);
        Some(heap.alloc(FrameValue::new(frame)))
    }

    fn tables(&self, value: Value<'_>, tables: &mut Vec<(TableId, DataFrame)>) {
        let frame = value.downcast_ref::<FrameValue>().map(FrameValue::frame);
        let table = frame.and_then(|frame| Some((frame.digest()?.id, frame.table()?)));
        tables.extend(table);
    }

    fn about(&self, value: Value<'_>) -> Option<Help> {
        let frame = value.downcast_ref::<FrameValue>()?.frame();
        let (size, _) = self.summary(value)?;
        let schema = frame.schema().ok()?;
        let columns = schema
            .iter()
            .map(|(name, dtype)| (name.to_string(), dtype_name(dtype)));
        Some(Help {
            title: format!("frame, {size}"),
            lists: vec![HelpList {
                heading: "Columns",
                rows: columns.collect(),
            }],
            ..Help::default()
        })
    }

    fn frames(&self, value: Value<'_>, frames: &mut Vec<Frame>) {
        frames.extend(
            value
                .downcast_ref::<FrameValue>()
                .map(|value| value.frame().clone()),
        );
    }

    fn types(&self) -> Vec<DocType> {
        vec![
            METHODS
                .methods()
                .documentation(Ty::starlark_value::<FrameValue>()),
        ]
    }
}

/// Returns the columns of a frame.
pub(in crate::language) fn outline(frame: &Frame, kind: &str) -> Outline {
    let mut outline = Outline::of_kind(kind);
    let Ok(schema) = frame.schema() else {
        return outline;
    };
    let columns = schema.iter().map(|(name, dtype)| ColumnOutline {
        name: name.to_string(),
        dtype: dtype_name(dtype),
    });
    outline.columns = columns.collect();
    outline
}

/// Returns a frame with the same columns and no rows.
pub(in crate::language) fn empty_like(frame: &Frame) -> Option<Frame> {
    let schema = frame.schema().ok()?;
    Some(Frame::from_dataframe(DataFrame::empty_with_schema(&schema)))
}

/// Writes a number of rows.
fn counted(rows: usize) -> String {
    if rows == 1 {
        "1 row".to_owned()
    } else {
        format!("{rows} rows")
    }
}

fn shown(frame: &Frame, context: &CellContext) -> Result<Output, Error> {
    let interrupt = context.interrupt();
    if frame.is_scan() {
        let rows = frame.first_rows(SCAN_ROWS).collect(interrupt)?;
        // Fewer rows than asked for are all there are.
        let height = (rows.height() < SCAN_ROWS as usize).then_some(rows.height());
        return Ok(Output::Frame { rows, height });
    }
    let rows = frame.collect(interrupt)?;
    let height = Some(rows.height());
    Ok(Output::Frame { rows, height })
}

#[starlark_module]
fn attributes(methods: &mut MethodsBuilder) {
    /// The names of the columns.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").columns
    /// ```
    #[starlark(attribute)]
    fn columns(this: &FrameValue) -> anyhow::Result<Vec<String>> {
        this.frame().columns().or_fail()
    }

    /// Pictures of the frame: `plot.hist`, `.bar`, `.line`, `.scatter` and `.box`.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.plot.hist("Age", bins=10)
    /// ```
    #[starlark(attribute)]
    fn plot(this: &FrameValue) -> anyhow::Result<FramePlotsValue> {
        Ok(FramePlotsValue::new(this.frame().clone()))
    }

    /// The number of columns.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").width
    /// ```
    #[starlark(attribute)]
    fn width(this: &FrameValue) -> anyhow::Result<u64> {
        Ok(this.frame().width().or_fail()? as u64)
    }

    /// The number of rows.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").height
    /// ```
    #[starlark(attribute)]
    fn height(this: &FrameValue) -> anyhow::Result<u64> {
        Ok(this.frame().height(&Interrupt::of_thread()).or_fail()? as u64)
    }

    /// The number of rows and of columns.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").shape
    /// ```
    #[starlark(attribute)]
    fn shape(this: &FrameValue) -> anyhow::Result<(u64, u64)> {
        let (height, width) = this.frame().shape(&Interrupt::of_thread()).or_fail()?;
        Ok((height as u64, width as u64))
    }

    /// The types of the columns by name.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").select("Name", "Age").schema
    /// ```
    #[starlark(attribute)]
    fn schema<'v>(this: &FrameValue, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        let schema = this.frame().schema().or_fail()?;
        let columns = schema
            .iter()
            .map(|(name, dtype)| (name.as_str(), dtype_name(dtype)));
        Ok(heap.alloc(AllocDict(columns)))
    }
}

#[starlark_module]
fn writers(methods: &mut MethodsBuilder) {
    /// Writes the frame as CSV; an existing file is replaced only with `mode="overwrite"`.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// df = frame({"x": [1, 2]})
    /// df.write_csv("/mnt/out/help.csv", mode="overwrite")
    /// read_csv("/mnt/out/help.csv")
    /// ```
    fn write_csv<'v>(
        this: &FrameValue,
        path: &str,
        #[starlark(require = named, default = ",")] separator: &str,
        #[starlark(require = named, default = true)] include_header: bool,
        #[starlark(require = named, default = "")] null_value: &str,
        #[starlark(require = named, default = "necessary")] quote_style: &str,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let format = Csv::new(separator, include_header, null_value, quote_style).or_fail()?;
        write(this, path, mode, format, eval)?;
        Ok(NoneType)
    }

    /// Writes the frame as Parquet; an existing file is replaced only with `mode="overwrite"`.
    ///
    /// `compression` is `"zstd"`, `"snappy"`, `"gzip"`, `"brotli"`, `"lz4"` or `"uncompressed"`.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// df = frame({"x": [1, 2]})
    /// df.write_parquet("/mnt/out/help.parquet", mode="overwrite")
    /// read_parquet("/mnt/out/help.parquet")
    /// ```
    fn write_parquet<'v>(
        this: &FrameValue,
        path: &str,
        #[starlark(require = named, default = "zstd")] compression: &str,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        write(this, path, mode, Parquet::new(compression).or_fail()?, eval)?;
        Ok(NoneType)
    }

    /// Writes the frame as one JSON object a line; an existing file is replaced only with `mode="overwrite"`.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// df = frame({"x": [1, 2]})
    /// df.write_ndjson("/mnt/out/help.ndjson", mode="overwrite")
    /// read_ndjson("/mnt/out/help.ndjson")
    /// ```
    fn write_ndjson<'v>(
        this: &FrameValue,
        path: &str,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        write(this, path, mode, Ndjson, eval)?;
        Ok(NoneType)
    }

    /// Writes the frame as Arrow IPC (Feather); an existing file is replaced only with `mode="overwrite"`.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// df = frame({"x": [1, 2]})
    /// df.write_ipc("/mnt/out/help.ipc", mode="overwrite")
    /// read_ipc("/mnt/out/help.ipc")
    /// ```
    fn write_ipc<'v>(
        this: &FrameValue,
        path: &str,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        write(this, path, mode, Ipc, eval)?;
        Ok(NoneType)
    }
}
