//! Delta tables that another program has written, in a folder and on a real Azurite.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use polars::prelude::*;
use sheaf::error::Problem as _;
use sheaf::frame::Frame;
use sheaf::frame::read::{DeltaTable, ReadError, Scan};
use sheaf::storage::Location;
use sheaf::work::{Interrupt, Progress};

use super::moto::python;
use super::reading::Places;
use crate::live::Live;

/// Runs a program that writes tables; `CI` insists on what it takes.
pub fn write_tables(script: &Path, folder: &Path, more: &[&str]) -> bool {
    let is_there = Command::new(python())
        .args(["-c", "import deltalake, duckdb"])
        .output();
    if !is_there.is_ok_and(|output| output.status.success()) {
        assert!(
            std::env::var_os("CI").is_none(),
            "deltalake is missing: pip install deltalake==1.6.6"
        );
        return false;
    }
    let output = Command::new(python())
        .arg(script)
        .arg(folder)
        .args(more)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    true
}

/// The tables of `delta.py`, near and far.
fn tables() -> Option<Places> {
    let places = Places::new(true);
    let near = places.folder.path().join("near");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mounts/delta.py");
    if !write_tables(&script, &near, &[]) {
        return None;
    }
    upload(&places, &near, "");
    Some(places)
}

pub fn upload(places: &Places, folder: &Path, below: &str) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{below}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            upload(places, &path, &format!("{name}/"));
        } else {
            places.container.put(&name, fs::read(&path).unwrap());
        }
    }
}

fn read(table: &Location, version: Option<u64>) -> Result<DataFrame, ReadError> {
    DeltaTable::open(table, version)?.read(&Progress::default())
}

/// Returns the rows as lines of JSON, sorted.
fn rows(table: &DataFrame) -> Vec<String> {
    let mut bytes = Vec::new();
    JsonWriter::new(&mut bytes)
        .with_json_format(JsonFormat::JsonLines)
        .finish(&mut table.clone())
        .unwrap();
    let lines: BTreeSet<String> = String::from_utf8(bytes)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    lines.into_iter().collect()
}

fn told(error: &ReadError) -> String {
    format!("{error} | {}", error.hint().unwrap_or_default())
}

#[test]
fn every_version_is_read_as_it_was_near_and_far() {
    let Some(places) = tables() else { return };
    for place in ["near", "far"] {
        let at = |name: &str| places.at(&format!("/mnt/{place}/{name}"));
        let changed = at("changed");
        let version = |version: Option<u64>| rows(&read(&changed, version).unwrap());
        let first = [
            r#"{"id":1,"name":"n1"}"#,
            r#"{"id":2,"name":"n2"}"#,
            r#"{"id":3,"name":"n3"}"#,
            r#"{"id":4,"name":"n4"}"#,
        ];
        assert_eq!(version(Some(0)), first, "{place}");
        assert_eq!(
            version(Some(1)),
            [
                r#"{"id":1,"name":"n1","score":null}"#,
                r#"{"id":2,"name":"n2","score":null}"#,
                r#"{"id":3,"name":"n3","score":null}"#,
                r#"{"id":4,"name":"n4","score":null}"#,
                r#"{"id":5,"name":"n5","score":0.5}"#,
            ],
            "{place}"
        );
        assert_eq!(version(Some(2)).len(), 4, "{place}");
        let last = [
            r#"{"id":1,"name":"n1","score":null}"#,
            r#"{"id":3,"name":"n3","score":null}"#,
            r#"{"id":4,"name":"n4","score":40.0}"#,
            r#"{"id":5,"name":"n5","score":50.0}"#,
            r#"{"id":6,"name":null,"score":1.0}"#,
        ];
        assert_eq!(version(None), last, "{place}");
        assert_eq!(version(Some(4)), last, "{place}");
        let long = at("long");
        for asked in [0, 9, 10, 19, 20, 24] {
            let read = read(&long, Some(asked)).unwrap();
            let numbers: Vec<i32> = read
                .column("x")
                .unwrap()
                .i32()
                .unwrap()
                .iter()
                .flatten()
                .collect();
            // In the order in which they were written.
            assert_eq!(numbers, (0..=asked as i32).collect::<Vec<_>>(), "{place}");
        }
        let vacuumed = at("vacuumed");
        assert_eq!(rows(&read(&vacuumed, None).unwrap()), [r#"{"x":2}"#]);
        let gone = told(&read(&vacuumed, Some(0)).unwrap_err());
        let start = format!(
            "version 0 of the Delta table `/mnt/{place}/vacuumed` needs `/mnt/{place}/vacuumed/part-"
        );
        assert!(gone.starts_with(&start) && gone.contains("VACUUM"), "{gone}");
    }
}

#[test]
fn a_log_whose_beginning_was_removed_is_read_from_its_checkpoint() {
    let Some(places) = tables() else { return };
    let log = places.folder.path().join("near/changed/_delta_log");
    let expected = rows(&read(&places.at("/mnt/near/changed"), None).unwrap());
    for version in 0..=2 {
        let name = format!("{version:020}.json");
        fs::remove_file(log.join(&name)).unwrap();
        places.container.delete(&format!("changed/_delta_log/{name}"));
    }
    for table in [places.at("/mnt/near/changed"), places.at("/mnt/far/changed")] {
        assert_eq!(rows(&read(&table, None).unwrap()), expected);
        assert_eq!(rows(&read(&table, Some(2)).unwrap()).len(), 4);
        let error = told(&read(&table, Some(1)).unwrap_err());
        let expected = format!(
            "`{}` has no version 1: it has the versions 2 to 4 | name one",
            table.name()
        );
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn partitions_of_every_type_and_all_types_of_columns() {
    let Some(places) = tables() else { return };
    for place in ["near", "far"] {
        let parts = read(&places.at(&format!("/mnt/{place}/parts")), None).unwrap();
        let types: Vec<String> = parts
            .schema()
            .iter()
            .map(|(name, dtype)| format!("{name} {dtype}"))
            .collect();
        assert_eq!(
            types,
            [
                "id i32",
                "day date",
                "text str",
                "moment datetime[μs, UTC]",
                "price decimal[10,2]",
                "flag bool",
                "number f64",
                "whole i64"
            ]
        );
        let shown: BTreeSet<String> = (0..3)
            .map(|row| format!("{:?}", parts.get(row).unwrap()))
            .collect();
        assert_eq!(
            shown.into_iter().collect::<Vec<_>>(),
            [
                "[Int32(1), Date(19723), String(\"a b\"), Datetime(1704070923000004, Microseconds, Some(\"UTC\")), Decimal(150, 10, 2), Boolean(true), Float64(1.5), Int64(7)]",
                "[Int32(2), Null, String(\"ü/=%:#?*\"), Null, Null, Null, Null, Null]",
                "[Int32(3), Date(19724), Null, Datetime(1704153600000000, Microseconds, Some(\"UTC\")), Decimal(-200, 10, 2), Boolean(false), Float64(-0.1), Int64(-7)]",
            ],
            "{place}"
        );
        let types = read(&places.at(&format!("/mnt/{place}/types")), None).unwrap();
        let dtypes: Vec<String> = types
            .schema()
            .iter()
            .map(|(name, dtype)| format!("{name} {dtype}"))
            .collect();
        assert_eq!(
            dtypes.join(", "),
            "i8 i8, i16 i16, i32 i32, i64 i64, f32 f32, f64 f64, text str, flag bool, bytes binary, day date, \
             price decimal[10,2], moment datetime[μs, UTC], local datetime[μs], list list[i32], pair struct[2], \
             map list[struct[2]]"
        );
        let expected = df!("i64" => [4_i64], "text" => ["é"]).unwrap();
        assert!(
            types.select(["i64", "text"]).unwrap().equals(&expected),
            "{types}"
        );
    }
}

#[test]
fn of_a_table_far_away_only_the_files_and_columns_that_a_query_needs_are_fetched_and_only_once() {
    let Some(places) = tables() else { return };
    let table = places.at("/mnt/far/parts");
    let query = || {
        let opened = DeltaTable::open(&table, None).unwrap();
        let scan = opened.scan().unwrap();
        let day = lit("2024-01-02").cast(DataType::Date);
        let plan = scan.plan.filter(col("day").eq(day)).select([col("id")]);
        let frame = Frame::checked_scan(Scan { plan, ..scan }, Vec::new());
        frame.collect(&Interrupt::default()).unwrap()
    };
    places.proxy.seen();
    assert_eq!(query(), df!("id" => [3_i32]).unwrap());
    let of_rows = || {
        let seen = places.proxy.seen();
        let rows = seen.into_iter().filter(|seen| seen.path.ends_with(".parquet"));
        rows.map(|seen| (seen.method, seen.path)).collect::<Vec<_>>()
    };
    let asked = of_rows();
    assert!(
        !asked.is_empty() && asked.iter().all(|(_, path)| path.contains("2024-01-02")),
        "{asked:?}"
    );
    query();
    let asked = of_rows();
    assert!(asked.iter().all(|(method, _)| method == "HEAD"), "{asked:?}");
}

#[test]
fn a_cell_is_stale_when_its_table_has_a_newer_version_and_only_if_it_reads_the_newest() {
    let mut live = Live::new();
    let data = live.folder().join("datasets");
    let script = live.folder().join("write.py");
    let write = |code: &str| {
        let code =
            format!("import sys, duckdb\nfrom deltalake import write_deltalake\ntop = sys.argv[1]\n{code}\n");
        fs::write(&script, code).unwrap();
        write_tables(&script, &data, &[])
    };
    if !write("write_deltalake(top + '/t', duckdb.sql('SELECT 1::INT AS x'))") {
        return;
    }
    let cells = live.cells([
        "newest = read_delta(\"/mnt/data/t\")\nnewest.height",
        "lazy = scan_delta(\"/mnt/data/t\")",
        "lazy.select(\"sum(x) AS s\")",
        "read_delta(\"/mnt/data/t\", version=0).height",
        "sql(\"SELECT max(x) AS most FROM newest\")",
    ]);
    let before = cells.map(|cell| live.run(cell));
    assert!(before[0].ends_with('1') && before[3].ends_with('1'), "{before:?}");
    assert!(write(
        "write_deltalake(top + '/t', duckdb.sql('SELECT 41::INT AS x'), mode='append')"
    ));
    let stale = live
        .states()
        .iter()
        .map(|state| format!("{state:?}").contains("Stale"))
        .collect::<Vec<_>>();
    assert_eq!(stale, [true, true, true, false, true], "{:?}", live.states());
    let after = cells.map(|cell| live.run(cell));
    assert!(
        after[0].ends_with('2') && after[2].contains("42") && after[4].contains("41"),
        "{after:?}"
    );
    assert_eq!(after[3], before[3]);
    assert_eq!(
        live.enter("read_parquet(\"/mnt/data/t\")"),
        "error: `/mnt/data/t` is a Delta table: its log says which of its files are current\n\
         hint: read_delta(\"/mnt/data/t\") or scan_delta(\"/mnt/data/t\") reads it; its files as they are hold rows that were deleted or replaced"
    );
}

#[test]
fn a_plan_stays_at_its_version_while_others_write() {
    let Some(places) = tables() else { return };
    let table = places.at("/mnt/near/long");
    let opened = DeltaTable::open(&table, None).unwrap();
    let scan = opened.scan().unwrap();
    let frame = Frame::checked_scan(scan, Vec::new());
    let script = places.folder.path().join("more.py");
    fs::write(
        &script,
        "import sys, duckdb\nfrom deltalake import write_deltalake\n\
         write_deltalake(sys.argv[1] + '/long', duckdb.sql('SELECT 99::INT AS x'), mode='overwrite')\n",
    )
    .unwrap();
    assert!(write_tables(&script, &places.folder.path().join("near"), &[]));
    assert_eq!(frame.collect(&Interrupt::default()).unwrap().height(), 25);
    assert_eq!(
        (opened.version(), DeltaTable::newest(&table).unwrap()),
        (24, Some(25))
    );
    assert_eq!(rows(&read(&table, None).unwrap()), [r#"{"x":99}"#]);
}

#[test]
fn what_databricks_writes_for_a_delta_table_is_told_in_words_of_here() {
    let mut live = Live::new();
    let told = live.enter("sql(\"SELECT * FROM delta.`/mnt/data/t`\")");
    assert!(
        told.contains(
            "hint: bind the table in a cell above, t = scan_delta(\"/mnt/data/t\"), and read from t"
        ),
        "{told}"
    );
    assert_eq!(
        live.enter("read_delta(\"/mnt/data/t\")"),
        "error: `/mnt/data/t` is no Delta table: there is no log of one in `/mnt/data/t/_delta_log`\n\
         hint: dbutils.fs.ls(\"/mnt/data/t\") lists what is there; read_parquet reads a folder of plain files"
    );
    // Spark's name for it is a keyword here.
    let told = live.enter("spark.read.format(\"delta\").load(\"/mnt/data/t\")");
    assert!(told.contains("hint: write read_delta("), "{told}");
}
