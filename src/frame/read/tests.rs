use polars::prelude::*;
use proptest::prelude::*;

use super::*;
use crate::error::Problem;
use crate::frame::{Frame, FrameError, write};
use crate::storage::Location;
use crate::storage::testing::Stored;
use crate::work::{Interrupt, Progress};

/// A file of these bytes in a store of each kind, known by its bare name.
fn files(name: &str, bytes: &[u8]) -> [(Stored, Vec<Location>); 2] {
    Stored::everywhere().map(|stored| {
        let location = stored.put(&format!("/mnt/data/{name}"), bytes);
        (stored, vec![location.named(name)])
    })
}

fn told(result: Result<DataFrame, ReadError>) -> String {
    match result {
        Ok(table) => format!("{:?}", table.shape()),
        Err(error) => match error.hint() {
            Some(hint) => format!("{error}\nhint: {hint}"),
            None => error.to_string(),
        },
    }
}

/// Runs a scan as a cell does.
fn collected(scan: Scan, files: &[Location]) -> Result<DataFrame, FrameError> {
    Frame::checked_scan(scan, files.to_vec()).collect(&Interrupt::default())
}

fn sample() -> DataFrame {
    df!("i" => [Some(1_i64), None, Some(3)], "f" => [0.1, 1e300, -2.0], "s" => ["x", "é,\"\n", ""]).unwrap()
}

/// A format: how it is written, read and, where it can be, planned to be read.
struct Format {
    name: &'static str,
    writer: Option<&'static dyn write::Format>,
    read: fn(&[Location]) -> Result<DataFrame, ReadError>,
    scan: fn(&[Location]) -> Result<Scan, ReadError>,
}

const FORMATS: [Format; 5] = [
    Format {
        name: "csv",
        writer: Some(&write::Csv::DEFAULT),
        read: |files| read_csv(files, &CsvOptions::default(), &Progress::default()),
        scan: |files| scan_csv(files, &CsvOptions::default(), &Progress::default()),
    },
    Format {
        name: "parquet",
        writer: Some(&write::Parquet::DEFAULT),
        read: |files| read_parquet(files, &Progress::default()),
        scan: scan_parquet,
    },
    Format {
        name: "ndjson",
        writer: Some(&write::Ndjson),
        read: |files| read_ndjson(files, &Progress::default()),
        scan: scan_ndjson,
    },
    Format {
        name: "ipc",
        writer: Some(&write::Ipc),
        read: |files| read_ipc(files, &Progress::default()),
        scan: scan_ipc,
    },
    Format {
        name: "json",
        writer: None,
        read: |files| read_json(files, &Progress::default()),
        scan: |files| {
            Ok(Scan {
                plan: read_json(files, &Progress::default())?.lazy(),
                checks: Vec::new(),
            })
        },
    },
];

#[test]
fn every_format_reads_back_what_was_written() {
    for Format {
        name,
        writer,
        read,
        scan,
    } in FORMATS
    {
        let Some(writer) = writer else { continue };
        let mut bytes = Vec::new();
        let mut table = sample();
        writer.write(&mut table, &mut bytes).unwrap();
        for (_stored, locations) in files(&format!("a.{name}"), &bytes) {
            let read = read(&locations).unwrap();
            assert!(read.equals_missing(&table), "{name}: {read}");
            let scanned = collected(scan(&locations).unwrap(), &locations).unwrap();
            assert!(scanned.equals_missing(&table), "{name}: {scanned}");
        }
    }
}

#[test]
fn a_foreign_or_damaged_file_is_told_apart() {
    let mut parquet = Vec::new();
    write::Format::write(&write::Parquet::DEFAULT, &mut sample(), &mut parquet).unwrap();
    let cut = parquet.get(..parquet.len() / 2).unwrap();
    for (read, bytes, expected) in [
        (
            read_parquet as fn(&[Location], &Progress) -> _,
            b"a,b\n1,2\n".as_slice(),
            "`a` is a text file: expected a Parquet file\nhint: use read_csv",
        ),
        (
            read_ipc,
            &parquet,
            "`a` is a Parquet file: expected an Arrow IPC file\nhint: use read_parquet",
        ),
        (
            read_ipc,
            b"",
            "`a` is empty: expected at least a header line\nhint: check what writes this file; a header line alone is enough",
        ),
        (
            read_json,
            b"\x89PNG\r\n\x1a\n\0",
            "`a` is a binary file of an unknown format: expected a JSON file\nhint: check that this is the right file",
        ),
    ] {
        for (_stored, locations) in files("a", bytes) {
            assert_eq!(told(read(&locations, &Progress::default())), expected);
        }
    }
    for (_stored, locations) in files("a", cut) {
        let told = told(read_parquet(&locations, &Progress::default()));
        assert!(
            told.starts_with("`a` is damaged or incomplete: expected a Parquet file, but "),
            "{told}"
        );
    }
}

#[test]
fn json_that_is_no_table_is_told_apart() {
    let deep = format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000));
    for (bytes, expected) in [
        ("[{\"a\": 1}, {\"a\": 2.5}]", "(2, 1)"),
        (
            "{\"a\": 1}\n{\"a\": 2}",
            "`a`: expected a JSON array of objects, found: trailing characters at line 2 column 1\nhint: use read_ndjson for a file with one object on each line",
        ),
        (
            "[1, 2]",
            "`a`: expected a JSON array of objects, but can only deserialize json objects\nhint: use read_ndjson for a file with one object on each line",
        ),
        (
            "3",
            "`a`: expected a JSON array of objects, found a single value\nhint: use read_ndjson for a file with one object on each line",
        ),
        (
            &deep,
            "`a`: expected a JSON array of objects, found more than 64 levels of nesting\nhint: use read_ndjson for a file with one object on each line",
        ),
    ] {
        for (_stored, locations) in files("a", bytes.as_bytes()) {
            assert_eq!(told(read_json(&locations, &Progress::default())), expected);
        }
    }
}

#[test]
fn a_line_that_is_no_object_is_named() {
    for (bytes, expected) in [
        ("{\"a\": 1}\n\n{\"a\": 2.5}\n", "(2, 1)"),
        (
            "{\"a\": 1}\n{\"a\": 2\n",
            "`a`, line 2: expected a JSON object, but the line ends inside it: \"{\"a\": 2\"\nhint: write one JSON object on each line, or use read_json for one array of objects",
        ),
        (
            "{\"a\": 1}\n\n[2]\n",
            "`a`, line 3: expected a JSON object, found another value: \"[2]\"\nhint: write one JSON object on each line, or use read_json for one array of objects",
        ),
        (
            "{\"a\": 1}\n{\"a\" 2}\n",
            "`a`, line 2: expected a JSON object, but column 6 is not valid JSON: \"{\"a\" 2}\"\nhint: write one JSON object on each line, or use read_json for one array of objects",
        ),
    ] {
        for (_stored, locations) in files("a", bytes.as_bytes()) {
            assert_eq!(told(read_ndjson(&locations, &Progress::default())), expected);
            assert_eq!(
                told(scan_ndjson(&locations).map(|scan| collected(scan, &locations).unwrap())),
                expected
            );
        }
    }
}

/// Writes a table in a format at the same name of a folder and of another store, and returns the latter.
fn written(table: &DataFrame, format: &dyn write::Format, name: &str) -> (Stored, Location) {
    let stored = Stored::in_memory();
    let mut bytes = Vec::new();
    format.write(&mut table.clone(), &mut bytes).unwrap();
    let location = stored.put(&format!("/mnt/data/{name}"), &bytes);
    (stored, location)
}

/// A table of so many rows that no part of it is small.
fn long(rows: i64) -> DataFrame {
    let numbers: Vec<i64> = (0..rows).map(|row| row * 1_000_003 % 999_983).collect();
    let texts: Vec<String> = numbers.iter().map(|number| format!("text {number:09}")).collect();
    let floats: Vec<f64> = numbers.iter().map(|&number| number as f64 / 7.0).collect();
    df!("number" => numbers, "text" => texts, "float" => floats).unwrap()
}

#[test]
fn of_parquet_only_the_columns_that_a_query_needs_are_read() {
    let table = long(300_000);
    let format = write::Parquet::new("uncompressed").unwrap();
    let (stored, file) = written(&table, &format, "a.parquet");
    let size = file.version().unwrap().size;
    let read = || crate::storage::memory::bytes_read(stored.folder.path(), "memory:data");
    let scan = scan_parquet(std::slice::from_ref(&file)).unwrap();
    let planned = read();
    assert!(planned < 200_000, "{planned} of {size} bytes to plan");
    let scan = Scan {
        plan: scan.plan.select([col("number")]),
        ..scan
    };
    let column = collected(scan, &[file]).unwrap();
    assert!(column.equals(&table.select(["number"]).unwrap()));
    let needed = read() - planned;
    assert!(
        needed < size / 2,
        "{needed} of {size} bytes for one of three columns"
    );
}

#[test]
fn of_csv_only_the_beginning_is_read_for_the_first_rows() {
    let table = long(600_000);
    let (stored, file) = written(&table, &write::Csv::DEFAULT, "a.csv");
    let size = file.version().unwrap().size;
    let scan = scan_csv(
        std::slice::from_ref(&file),
        &CsvOptions::default(),
        &Progress::default(),
    )
    .unwrap();
    let frame = Frame::checked_scan(scan, vec![file]);
    let first = frame.first_rows(5).collect(&Interrupt::default()).unwrap();
    assert_eq!(first.height(), 5);
    let read = crate::storage::memory::bytes_read(stored.folder.path(), "memory:data");
    // The first 4 MiB are checked, a few rows more looked at for the types, and as many again read.
    assert!(read < 8 << 20, "{read} of {size} bytes");
    assert_eq!(frame.height(&Interrupt::default()).unwrap(), table.height());
}

#[test]
fn a_file_that_is_replaced_is_never_read_in_part() {
    for Format {
        name, writer, scan, ..
    } in FORMATS
    {
        let Some(writer) = writer else { continue };
        let (stored, file) = written(&sample(), writer, name);
        let frame = Frame::checked_scan(scan(std::slice::from_ref(&file)).unwrap(), vec![file]);
        let mut bytes = Vec::new();
        writer.write(&mut sample().head(Some(1)), &mut bytes).unwrap();
        stored.put(&format!("/mnt/data/{name}"), &bytes);
        let error = frame.collect(&Interrupt::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`/mnt/data/{name}` has changed since it was scanned")
        );
        assert_eq!(error.hint().unwrap(), "run the cell that scans it again");
    }
}

#[test]
fn what_is_to_stop_reads_no_more() {
    let (_stored, file) = written(&long(1000), &write::Parquet::DEFAULT, "a.parquet");
    let scan = scan_parquet(std::slice::from_ref(&file)).unwrap();
    let frame = Frame::checked_scan(scan, vec![file]);
    let interrupt = Interrupt::default();
    interrupt.trigger();
    assert_eq!(frame.collect(&interrupt).unwrap_err().to_string(), "interrupted");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// What a table holds does not depend on where its file is, nor on whether it is read or scanned.
    #[test]
    fn every_store_gives_the_same_table(
        rows in prop::collection::vec(
            (any::<Option<i32>>(), any::<Option<f64>>(), prop::option::of("[ -~é\n]{0,8}"), any::<Option<bool>>()),
            1..200,
        ),
        times in 1..40_usize,
    ) {
        let finite = |number: &Option<f64>| number.filter(|number| number.is_finite());
        let mut table = df!(
            "i" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
            "f" => rows.iter().map(|row| finite(&row.1)).collect::<Vec<_>>(),
            "s" => rows.iter().map(|row| row.2.clone()).collect::<Vec<_>>(),
            "b" => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
        ).unwrap();
        for _ in 0..times.ilog2() {
            table = table.vstack(&table).unwrap();
        }
        for Format { name, writer, read, scan } in FORMATS {
            let Some(writer) = writer else { continue };
            let mut bytes = Vec::new();
            writer.write(&mut table.clone(), &mut bytes).unwrap();
            let [local, far] = files("a", &bytes).map(|(_stored, files)| {
                let counted = scan(&files).map_err(|error| error.to_string()).and_then(|scan| {
                    let frame = Frame::checked_scan(scan, files.clone());
                    let height = frame.height(&Interrupt::default()).map_err(|error| error.to_string())?;
                    let table = frame.collect(&Interrupt::default()).map_err(|error| error.to_string())?;
                    Ok((height, table))
                });
                (read(&files).map_err(|error| error.to_string()), counted)
            });
            let same = |one: &DataFrame, other: &DataFrame| {
                one.schema() == other.schema() && one.equals_missing(other)
            };
            match (local, far) {
                ((Ok(one), Ok((height, scanned))), (Ok(other), Ok((far_height, far_scanned)))) => {
                    prop_assert!(same(&one, &other), "{} {:?} {:?}", name, one, other);
                    prop_assert!(same(&scanned, &far_scanned), "{} {:?} {:?}", name, scanned, far_scanned);
                    prop_assert_eq!(height, far_height);
                }
                ((read, scanned), (far_read, far_scanned)) => {
                    prop_assert_eq!(read.err(), far_read.err());
                    prop_assert_eq!(scanned.err(), far_scanned.err());
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), magic in 0..5_usize) {
        let magic = [b"".as_slice(), b"PAR1", b"ARROW1\0\0", b"{\"a\":", b"[{\"a\":"][magic];
        for (_stored, locations) in files("a", &[magic, &bytes].concat()) {
            for format in FORMATS {
                let _ = (format.read)(&locations);
                let _ = (format.scan)(&locations).map(|scan| collected(scan, &locations));
            }
        }
    }
}
