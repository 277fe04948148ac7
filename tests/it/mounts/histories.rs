//! Delta tables with long histories, each version of which is what the writer's own reader makes of it, near and far.

use std::fs::{self, File};
use std::path::Path;

use polars::prelude::*;
use sheaf::frame::Frame;
use sheaf::frame::read::{DeltaTable, Scan};
use sheaf::storage::Location;
use sheaf::work::{Interrupt, Progress};

use super::delta::{upload, write_tables};
use super::reading::Places;

/// Returns the columns by name with their types, and the rows as lines of JSON, sorted.
fn lines(table: &DataFrame) -> Vec<String> {
    let mut names = table.get_column_names_owned();
    names.sort_unstable();
    // The other reader has those last that are in the names of folders.
    let table = table.select(names).unwrap();
    let columns = table
        .schema()
        .iter()
        .map(|(name, dtype)| format!("{name}: {dtype}"));
    let columns = columns.collect::<Vec<_>>().join(", ");
    let mut texts = table.clone();
    for column in table.columns() {
        if matches!(column.dtype(), DataType::Decimal(..)) {
            texts
                .with_column(column.cast(&DataType::String).unwrap())
                .unwrap();
        }
    }
    let mut bytes = Vec::new();
    JsonWriter::new(&mut bytes)
        .with_json_format(JsonFormat::JsonLines)
        .finish(&mut texts)
        .unwrap();
    let mut lines: Vec<String> = String::from_utf8(bytes)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    lines.sort_unstable();
    lines.insert(0, columns);
    lines
}

/// Reads the files of a folder by the numbers that they are named with.
fn numbered(folder: &Path) -> Vec<(u64, DataFrame)> {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let numbers = names.map(|name| {
        name.to_str()
            .unwrap()
            .strip_suffix(".parquet")
            .unwrap()
            .parse()
            .unwrap()
    });
    let read = |number: u64| {
        let file = File::open(folder.join(format!("{number}.parquet"))).unwrap();
        (number, ParquetReader::new(file).finish().unwrap())
    };
    numbers.map(read).collect()
}

/// Makes sure that what a condition on a column finds is what is there, for each value that it has.
fn conditions_hold(table: &Location, version: u64, whole: &DataFrame, column: &str) {
    for value in whole
        .column(column)
        .unwrap()
        .unique()
        .unwrap()
        .as_materialized_series()
        .iter()
    {
        let opened = DeltaTable::open(table, Some(version)).unwrap();
        let scan = opened.scan().unwrap();
        let is_it = col(column).eq_missing(lit(Scalar::new(
            whole.column(column).unwrap().dtype().clone(),
            value.clone().into_static(),
        )));
        let plan = scan.plan.filter(is_it.clone());
        let found = Frame::checked_scan(Scan { plan, ..scan }, Vec::new());
        let found = found.collect(&Interrupt::default()).unwrap();
        let expected = whole.clone().lazy().filter(is_it).collect().unwrap();
        assert!(expected.height() > 0);
        assert_eq!(
            lines(&found),
            lines(&expected),
            "{} {version} {column} {value}",
            table.name()
        );
    }
}

#[test]
fn every_version_of_every_history_is_what_its_writer_reads() {
    let places = Places::new(true);
    let top = places.folder.path().join("near");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mounts/histories.py");
    let numbers = ["0", "1", "2", "3", "4", "7"];
    if !write_tables(&script, &top, &numbers) {
        return;
    }
    let mut count = 0;
    for number in numbers {
        upload(
            &places,
            &top.join("tables").join(number),
            &format!("tables/{number}/"),
        );
        let expected = numbered(&top.join("expected").join(number));
        for place in ["near", "far"] {
            let table = places.at(&format!("/mnt/{place}/tables/{number}"));
            for (version, expected) in &expected {
                // Far away, a third of them.
                if place == "far" && version % 3 != 0 {
                    continue;
                }
                let read = DeltaTable::open(&table, Some(*version)).unwrap();
                let read = read.read(&Progress::default()).unwrap();
                assert_eq!(lines(&read), lines(expected), "{} {version}", table.name());
                count += 1;
                if version % 5 == 0 && place == "near" {
                    for column in ["part", "day", "price", "id"] {
                        conditions_hold(&table, *version, &read, column);
                    }
                }
            }
        }
    }
    assert!(count > 100, "{count}");
}
