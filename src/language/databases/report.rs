//! [`ReportValue`]: what a load did, in a cell: shown as a small table, and read field by field.

use std::fmt::{self, Write as _};

use allocative::Allocative;
use serde::{Deserialize, Serialize};
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{Methods, MethodsBuilder, MethodsStatic};
use starlark::typing::Ty;
use starlark::values::dict::AllocDict;
use starlark::values::none::NoneOr;
use starlark::values::{Heap, StarlarkValue, Value, ValueLike, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use crate::cache::{Packed, Written};
use crate::database::LoadReport;

/// The type's name, in cells and in caches.
const KIND: &str = "load_report";
/// How wide the names are where it is shown.
const WIDTH: usize = 10;

/// What a load did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ProvidesStaticType, Allocative)]
pub(super) struct ReportValue {
    table: String,
    rows: u64,
    before: Option<u64>,
    removed: Option<u64>,
    replaced: Option<u64>,
    rejected: Option<u64>,
    /// The file with the rows that were rejected.
    rejects: Option<String>,
    created: bool,
    repeated: bool,
    total: u64,
    nulls: Vec<(String, u64)>,
}

starlark_simple_value!(ReportValue);

impl ReportValue {
    /// Takes what a load did, and the file for the rows that were rejected.
    pub(super) fn new(report: LoadReport, rejects: Option<String>) -> Self {
        Self {
            table: report.table.to_string(),
            rows: report.rows,
            before: report.before,
            removed: report.removed,
            replaced: report.replaced,
            rejects: rejects.filter(|_| report.rejected.is_some()),
            rejected: report.rejected,
            created: report.is_created,
            repeated: report.is_repeated,
            total: report.rows_after,
            nulls: report.columns,
        }
    }

    /// Returns what there is to say, by names that are those of its fields.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let flag = |is_set: bool| if is_set { "True" } else { "False" }.to_owned();
        let mut facts = vec![
            ("table", format!("{:?}", self.table)),
            ("rows", self.rows.to_string()),
        ];
        let counts = [
            ("before", self.before),
            ("removed", self.removed),
            ("replaced", self.replaced),
            ("rejected", self.rejected),
        ];
        facts.extend(
            counts
                .iter()
                .filter_map(|(name, count)| Some((*name, count.as_ref()?.to_string()))),
        );
        facts.push(("created", flag(self.created)));
        if self.repeated {
            facts.push(("repeated", flag(true)));
        }
        facts
    }

    /// Shows it as a small table.
    pub(super) fn shown(&self) -> String {
        let mut facts = self.facts();
        if let Some((_, table)) = facts.first_mut() {
            table.clone_from(&self.table);
        }
        for (name, text) in &mut facts {
            if let ("rejected", Some(file)) = (*name, &self.rejects) {
                *text += &format!(", in {file}");
            }
        }
        let nulls = self.nulls.iter().filter(|(_, count)| *count > 0);
        let nulls: Vec<String> = nulls.map(|(column, count)| format!("{column} {count}")).collect();
        if !nulls.is_empty() {
            facts.push(("nulls", nulls.join(", ")));
        }
        let mut text = String::new();
        for (name, fact) in facts {
            // Writing into a text cannot fail.
            let _ = writeln!(text, "{name:WIDTH$}{fact}");
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// Says it in a line.
    pub(super) fn summary(&self) -> String {
        format!("{} rows into {}", self.rows, self.table)
    }

    pub(super) fn pack(&self) -> Option<Packed> {
        Some(Packed::Written(Written {
            kind: KIND.to_owned(),
            text: serde_json::to_string(self).ok()?,
            whole: true,
            digest: None,
        }))
    }

    pub(super) fn unpack<'v>(written: &Written, heap: Heap<'v>) -> Option<Value<'v>> {
        if written.kind != KIND {
            return None;
        }
        let report: Self = serde_json::from_str(&written.text).ok()?;
        Some(heap.alloc(report))
    }
}

impl fmt::Display for ReportValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.facts().into_iter();
        let facts: Vec<String> = facts.map(|(name, fact)| format!("{name}={fact}")).collect();
        write!(f, "{KIND}({})", facts.join(", "))
    }
}

static METHODS: MethodsStatic = MethodsStatic::new(KIND, methods);

#[starlark_value(type = "load_report")]
impl<'v> StarlarkValue<'v> for ReportValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }

    fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
        Ok(other.downcast_ref::<Self>() == Some(self))
    }
}

pub(super) fn documentation() -> DocType {
    METHODS
        .methods()
        .documentation(Ty::starlark_value::<ReportValue>())
}

#[starlark_module]
fn methods(methods: &mut MethodsBuilder) {
    /// The table that was loaded.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// frame({"id": [1, 2]}).write_table(con, "passengers").table
    /// ```
    #[starlark(attribute)]
    fn table(this: &ReportValue) -> anyhow::Result<String> {
        Ok(this.table.clone())
    }

    /// How many rows were loaded.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// frame({"id": [1, 2]}).write_table(con, "passengers").rows
    /// ```
    #[starlark(attribute)]
    fn rows(this: &ReportValue) -> anyhow::Result<u64> {
        Ok(this.rows)
    }

    /// How many rows `before` changed; None where it was not given.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// frame({"id": [1, 2]}).write_table(con, "passengers")
    /// frame({"id": [3]}).write_table(con, "passengers", mode="append", before="DELETE FROM passengers").before
    /// ```
    #[starlark(attribute)]
    fn before(this: &ReportValue) -> anyhow::Result<NoneOr<u64>> {
        Ok(NoneOr::from_option(this.before))
    }

    /// How many rows `mode="overwrite"` removed; None for other modes.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// frame({"id": [1, 2]}).write_table(con, "passengers")
    /// frame({"id": [3]}).write_table(con, "passengers", mode="overwrite").removed
    /// ```
    #[starlark(attribute)]
    fn removed(this: &ReportValue) -> anyhow::Result<NoneOr<u64>> {
        Ok(NoneOr::from_option(this.removed))
    }

    /// How many of the rows replaced one that was there, with `mode="upsert"`; None for other modes.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// con.execute("CREATE TABLE passengers (id INTEGER PRIMARY KEY, age REAL)")
    /// frame({"id": [1], "age": [22.0]}).write_table(con, "passengers", mode="upsert", keys=["id"]).replaced
    /// ```
    #[starlark(attribute)]
    fn replaced(this: &ReportValue) -> anyhow::Result<NoneOr<u64>> {
        Ok(NoneOr::from_option(this.replaced))
    }

    /// How many rows went to `rejects`; None where it was not given.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// frame({"id": [1, 2]}).write_table(con, "passengers")
    /// frame({"id": [3]}).write_table(con, "passengers", mode="append", rejects="/mnt/out/help-rejects.csv").rejected
    /// ```
    #[starlark(attribute)]
    fn rejected(this: &ReportValue) -> anyhow::Result<NoneOr<u64>> {
        Ok(NoneOr::from_option(this.rejected))
    }

    /// The file with the rows that were rejected; None where it was not given.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// frame({"id": [1, 2]}).write_table(con, "passengers")
    /// frame({"id": [3]}).write_table(con, "passengers", mode="append", rejects="/mnt/out/help-rejects.csv").rejects
    /// ```
    #[starlark(attribute)]
    fn rejects(this: &ReportValue) -> anyhow::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.rejects.clone()))
    }

    /// Whether the table was made.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// frame({"id": [1, 2]}).write_table(con, "passengers").created
    /// ```
    #[starlark(attribute)]
    fn created(this: &ReportValue) -> anyhow::Result<bool> {
        Ok(this.created)
    }

    /// Whether the run had loaded the rows before: then nothing was done now, and this is what was done then.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// [frame({"id": [1, 2]}).write_table(con, "passengers", mode="append", run_id="monday").repeated for _ in range(2)]
    /// ```
    #[starlark(attribute)]
    fn repeated(this: &ReportValue) -> anyhow::Result<bool> {
        Ok(this.repeated)
    }

    /// How many rows the table had when it was loaded.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// frame({"id": [1, 2]}).write_table(con, "passengers").total
    /// ```
    #[starlark(attribute)]
    fn total(this: &ReportValue) -> anyhow::Result<u64> {
        Ok(this.total)
    }

    /// How many values of each column that was loaded are NULL.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// frame({"id": [1, 2], "age": [22, None]}).write_table(con, "passengers").nulls["age"]
    /// ```
    #[starlark(attribute)]
    fn nulls<'v>(this: &ReportValue, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        Ok(heap.alloc(AllocDict(this.nulls.iter().cloned())))
    }
}
