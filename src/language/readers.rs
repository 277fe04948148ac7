//! `read_csv`, `scan_csv` and their like: files → frames.

use polars::prelude::{DataFrame, DataType};
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::UnpackDictEntries;
use starlark::values::none::NoneOr;

use super::arguments::{Strings, count};
use super::frame::FrameValue;
use super::{BuiltinModule, OrFail, context};
use crate::frame::read::{self, CsvOptions, DeltaTable, Finding, Found, ReadError, Scan};
use crate::frame::{Frame, parse_dtype};
use crate::storage::Location;
use crate::work::Progress;

/// Readers of files.
pub(super) struct Readers;

impl BuiltinModule for Readers {
    fn register(&self, globals: &mut GlobalsBuilder) {
        csv(globals);
        others(globals);
        delta(globals);
    }
}

/// Finds the files of names, globs and folders, and remembers that the cell reads them.
fn find(sources: Strings<'_>, eval: &Evaluator<'_, '_, '_>) -> anyhow::Result<Found> {
    let context = context(eval)?;
    let mut all = Vec::new();
    for name in sources.into_vec() {
        let finding = Finding::of(&name, context.mounts()).or_fail()?;
        if let Some((pattern, files)) = &finding.looked {
            context.globs(pattern, files);
        }
        all.push(finding.found);
    }
    let found = Found::join(all).or_fail()?;
    found.files().iter().for_each(|file| context.reads(file));
    Ok(found)
}

/// Finds files whose folders' names are no values of columns.
fn locate(sources: Strings<'_>, eval: &Evaluator<'_, '_, '_>) -> anyhow::Result<Vec<Location>> {
    find(sources, eval)?.into_files().or_fail()
}

/// Reads files into memory now.
fn read(
    files: Vec<Location>,
    eval: &Evaluator<'_, '_, '_>,
    reader: impl FnOnce(&[Location], &Progress) -> Result<DataFrame, ReadError> + Send + 'static,
) -> anyhow::Result<FrameValue> {
    let interrupt = context(eval)?.interrupt();
    let progress = interrupt.progress().clone();
    let table = interrupt
        .run(move || reader(&files, &progress))
        .or_fail()?
        .or_fail()?;
    Ok(FrameValue::new(Frame::from_dataframe(table)))
}

/// Plans to read files each time their rows are needed.
fn scan(
    files: Vec<Location>,
    eval: &Evaluator<'_, '_, '_>,
    scanner: impl FnOnce(&[Location], &Progress) -> Result<Scan, ReadError> + Send + 'static,
) -> anyhow::Result<FrameValue> {
    let sources = files.clone();
    let interrupt = context(eval)?.interrupt();
    let progress = interrupt.progress().clone();
    let scan = interrupt
        .run(move || scanner(&sources, &progress))
        .or_fail()?
        .or_fail()?;
    let files = files.iter().map(Location::unpinned).collect();
    Ok(FrameValue::new(Frame::checked_scan(scan, files)))
}

/// Opens a Delta table at a version, and remembers that the cell reads that one, or whichever is the newest.
fn open_table(
    source: &str,
    version: NoneOr<i64>,
    name: &'static str,
    eval: &Evaluator<'_, '_, '_>,
) -> anyhow::Result<DeltaTable> {
    let context = context(eval)?;
    let folder = context.mounts().resolve(source).or_fail()?;
    let version = version.into_option();
    let version = version
        .map(|version| count(version, name, "version"))
        .transpose()?;
    let asked = version.map(|version| version as u64);
    let table = context.interrupt().run({
        let folder = folder.clone();
        move || DeltaTable::open(&folder, asked)
    });
    let table = table.or_fail()?.or_fail()?;
    if version.is_none() {
        context.reads_newest(&folder, table.version());
    }
    // Files of a table never change: what its log says tells its rows.
    table.entries().iter().for_each(|entry| context.reads(entry));
    Ok(table)
}

/// The options of CSV as a cell gives them.
struct CsvArguments<'v> {
    separator: NoneOr<&'v str>,
    has_header: bool,
    null_values: NoneOr<Strings<'v>>,
    schema_overrides: NoneOr<UnpackDictEntries<&'v str, &'v str>>,
    try_parse_dates: bool,
    skip_rows: i64,
    encoding: &'v str,
    quote_char: NoneOr<&'v str>,
    columns: NoneOr<Strings<'v>>,
    n_rows: NoneOr<i64>,
    truncate_ragged_lines: bool,
}

impl CsvArguments<'_> {
    fn options(self) -> anyhow::Result<CsvOptions> {
        let overrides = self
            .schema_overrides
            .into_option()
            .map_or_else(Vec::new, |types| types.entries);
        Ok(CsvOptions {
            separator: self.separator.into_option().map(str::to_owned),
            has_header: self.has_header,
            null_values: self
                .null_values
                .into_option()
                .map_or_else(Vec::new, Strings::into_vec),
            schema_overrides: overrides
                .into_iter()
                .map(|(column, dtype)| Ok((column.to_owned(), parse_dtype(dtype)?)))
                .collect::<Result<Vec<(String, DataType)>, crate::frame::FrameError>>()
                .or_fail()?,
            try_parse_dates: self.try_parse_dates,
            skip_rows: count(self.skip_rows, "read_csv", "skip_rows")?,
            encoding: self.encoding.to_owned(),
            quote_char: self.quote_char.into_option().map(str::to_owned),
            columns: self.columns.into_option().map(Strings::into_vec),
            n_rows: self
                .n_rows
                .into_option()
                .map(|rows| count(rows, "read_csv", "n_rows"))
                .transpose()?,
            truncate_ragged_lines: self.truncate_ragged_lines,
            ..CsvOptions::default()
        })
    }
}

#[starlark_module]
fn csv(globals: &mut GlobalsBuilder) {
    /// Reads CSV files into a frame.
    ///
    /// `source` is a path, a glob such as `/mnt/data/part-*.csv`, or a list of them. `schema_overrides` gives
    /// columns a type, `{"Age": "Float64"}`; `null_values` are cells that mean null, besides empty ones;
    /// `encoding` is `"utf8"`, `"utf8-lossy"` or a name such as `"windows-1252"`.
    ///
    /// Effect: reads
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv", columns=["Name", "Age"], n_rows=3)
    /// ```
    fn read_csv<'v>(
        source: Strings<'v>,
        #[starlark(require = named, default = NoneOr::None)] separator: NoneOr<&'v str>,
        #[starlark(require = named, default = true)] has_header: bool,
        #[starlark(require = named, default = NoneOr::None)] null_values: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] schema_overrides: NoneOr<
            UnpackDictEntries<&'v str, &'v str>,
        >,
        #[starlark(require = named, default = false)] try_parse_dates: bool,
        #[starlark(require = named, default = 0)] skip_rows: i64,
        #[starlark(require = named, default = "utf8")] encoding: &'v str,
        #[starlark(require = named, default = NoneOr::Other("\""))] quote_char: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] columns: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] n_rows: NoneOr<i64>,
        #[starlark(require = named, default = false)] truncate_ragged_lines: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let arguments = CsvArguments {
            separator,
            has_header,
            null_values,
            schema_overrides,
            try_parse_dates,
            skip_rows,
            encoding,
            quote_char,
            columns,
            n_rows,
            truncate_ragged_lines,
        };
        let options = arguments.options()?;
        read(locate(source, eval)?, eval, move |files, progress| {
            read::read_csv(files, &options, progress)
        })
    }

    /// Plans to read CSV files: the frame stays lazy, and streams each time its rows are needed.
    ///
    /// The parameters are those of `read_csv`.
    ///
    /// Effect: reads, deferred
    ///
    /// ```python
    /// scan_csv("/mnt/data/titanic.csv").group_by("Sex").agg(n="count(*)")
    /// ```
    fn scan_csv<'v>(
        source: Strings<'v>,
        #[starlark(require = named, default = NoneOr::None)] separator: NoneOr<&'v str>,
        #[starlark(require = named, default = true)] has_header: bool,
        #[starlark(require = named, default = NoneOr::None)] null_values: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] schema_overrides: NoneOr<
            UnpackDictEntries<&'v str, &'v str>,
        >,
        #[starlark(require = named, default = false)] try_parse_dates: bool,
        #[starlark(require = named, default = 0)] skip_rows: i64,
        #[starlark(require = named, default = "utf8")] encoding: &'v str,
        #[starlark(require = named, default = NoneOr::Other("\""))] quote_char: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] columns: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] n_rows: NoneOr<i64>,
        #[starlark(require = named, default = false)] truncate_ragged_lines: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let arguments = CsvArguments {
            separator,
            has_header,
            null_values,
            schema_overrides,
            try_parse_dates,
            skip_rows,
            encoding,
            quote_char,
            columns,
            n_rows,
            truncate_ragged_lines,
        };
        let options = arguments.options()?;
        scan(locate(source, eval)?, eval, move |files, progress| {
            read::scan_csv(files, &options, progress)
        })
    }
}

#[starlark_module]
fn others(globals: &mut GlobalsBuilder) {
    /// Reads Parquet files into a frame; `source` is a path, a glob, a folder, or a list of them.
    ///
    /// Folders such as `year=2024` in a folder that is read are values of a column.
    ///
    /// Effect: reads
    ///
    /// ```python
    /// frame({"x": [1, 2]}).write_parquet("/mnt/out/help.parquet", mode="overwrite")
    /// read_parquet("/mnt/out/help.parquet")
    /// ```
    fn read_parquet<'v>(source: Strings<'v>, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<FrameValue> {
        match find(source, eval)? {
            Found::Files(files) => read(files, eval, read::read_parquet),
            Found::Partitioned(files) => read(files.files().to_vec(), eval, move |_, progress| {
                read::read_partitioned_parquet(&files, progress)
            }),
        }
    }

    /// Plans to read Parquet files: the frame stays lazy, and streams each time its rows are needed.
    ///
    /// Only the columns, the parts of files and the folders such as `year=2024` are read that a query needs.
    ///
    /// Effect: reads, deferred
    ///
    /// ```python
    /// frame({"x": [1, 2]}).write_parquet("/mnt/out/help.parquet", mode="overwrite")
    /// scan_parquet("/mnt/out/help.parquet").filter("x > 1")
    /// ```
    fn scan_parquet<'v>(source: Strings<'v>, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<FrameValue> {
        match find(source, eval)? {
            Found::Files(files) => scan(files, eval, |files, _| read::scan_parquet(files)),
            Found::Partitioned(files) => scan(files.files().to_vec(), eval, move |_, _| {
                read::scan_partitioned_parquet(&files)
            }),
        }
    }

    /// Reads files with one JSON object a line into a frame; `source` is a path, a glob, or a list of them.
    ///
    /// Effect: reads
    ///
    /// ```python
    /// frame({"x": [1, 2]}).write_ndjson("/mnt/out/help.ndjson", mode="overwrite")
    /// read_ndjson("/mnt/out/help.ndjson")
    /// ```
    fn read_ndjson<'v>(source: Strings<'v>, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<FrameValue> {
        read(locate(source, eval)?, eval, read::read_ndjson)
    }

    /// Plans to read files with one JSON object a line: the frame stays lazy, and streams when needed.
    ///
    /// Effect: reads, deferred
    ///
    /// ```python
    /// frame({"x": [1, 2]}).write_ndjson("/mnt/out/help.ndjson", mode="overwrite")
    /// scan_ndjson("/mnt/out/help.ndjson").filter("x > 1")
    /// ```
    fn scan_ndjson<'v>(source: Strings<'v>, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<FrameValue> {
        scan(locate(source, eval)?, eval, |files, _| read::scan_ndjson(files))
    }

    /// Reads JSON files, each a list of objects, into a frame; `source` is a path, a glob, or a list of them.
    ///
    /// Effect: reads
    ///
    /// ```python
    /// dbutils.fs.put("/mnt/out/help.json", '[{"x": 1}, {"x": 2}]', overwrite=True)
    /// read_json("/mnt/out/help.json")
    /// ```
    fn read_json<'v>(source: Strings<'v>, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<FrameValue> {
        read(locate(source, eval)?, eval, read::read_json)
    }

    /// Reads Arrow IPC (Feather) files into a frame; `source` is a path, a glob, or a list of them.
    ///
    /// Effect: reads
    ///
    /// ```python
    /// frame({"x": [1, 2]}).write_ipc("/mnt/out/help.ipc", mode="overwrite")
    /// read_ipc("/mnt/out/help.ipc")
    /// ```
    fn read_ipc<'v>(source: Strings<'v>, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<FrameValue> {
        read(locate(source, eval)?, eval, read::read_ipc)
    }

    /// Plans to read Arrow IPC (Feather) files: the frame stays lazy, and streams when needed.
    ///
    /// Effect: reads, deferred
    ///
    /// ```python
    /// frame({"x": [1, 2]}).write_ipc("/mnt/out/help.ipc", mode="overwrite")
    /// scan_ipc("/mnt/out/help.ipc").filter("x > 1")
    /// ```
    fn scan_ipc<'v>(source: Strings<'v>, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<FrameValue> {
        scan(locate(source, eval)?, eval, |files, _| read::scan_ipc(files))
    }
}

#[starlark_module]
fn delta(globals: &mut GlobalsBuilder) {
    /// Reads a Delta table into a frame.
    ///
    /// Nothing is written. What a table uses that is not read here is refused by name.
    ///
    /// Effect: reads
    ///
    /// * `source`: the table's folder
    /// * `version`: which version, such as 3; the newest where there is none
    ///
    /// ```python
    /// read_delta("/mnt/data/fares", version=0).group_by("Pclass").agg(fare="avg(Fare)")
    /// ```
    fn read_delta<'v>(
        source: &'v str,
        #[starlark(require = named, default = NoneOr::None)] version: NoneOr<i64>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let table = open_table(source, version, "read_delta", eval)?;
        read(Vec::new(), eval, move |_, progress| table.read(progress))
    }

    /// Plans to read a Delta table: the frame stays lazy, at the version that was there.
    ///
    /// Only the columns and the files are read that a query needs; a condition on a partition column leaves out files.
    ///
    /// Effect: reads, deferred
    ///
    /// * `source`: the table's folder
    /// * `version`: which version, such as 3; the newest where there is none
    ///
    /// ```python
    /// scan_delta("/mnt/data/fares").filter("Pclass = 1").select("Name", "Fare")
    /// ```
    fn scan_delta<'v>(
        source: &'v str,
        #[starlark(require = named, default = NoneOr::None)] version: NoneOr<i64>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let table = open_table(source, version, "scan_delta", eval)?;
        let entries = table.entries().to_vec();
        scan(entries, eval, move |_, _| table.scan())
    }
}
