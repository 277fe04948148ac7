use polars::prelude::*;
use proptest::prelude::*;

use super::*;
use crate::error::Problem;
use crate::frame::write;
use crate::storage::Location;
use crate::storage::testing::Stored;
use crate::work::Progress;

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

fn sample() -> DataFrame {
    df!("i" => [Some(1_i64), None, Some(3)], "f" => [0.1, 1e300, -2.0], "s" => ["x", "é,\"\n", ""]).unwrap()
}

/// A format: how it is written, read and, where it can be, planned to be read.
struct Format {
    name: &'static str,
    writer: Option<&'static dyn write::Format>,
    read: fn(&[Location]) -> Result<DataFrame, ReadError>,
    scan: fn(&[Location]) -> Result<LazyFrame, ReadError>,
}

const FORMATS: [Format; 5] = [
    Format {
        name: "csv",
        writer: Some(&write::Csv::DEFAULT),
        read: |files| read_csv(files, &CsvOptions::default(), &Progress::default()),
        scan: |files| scan_csv(files, &CsvOptions::default(), &Progress::default()).map(|scan| scan.plan),
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
        scan: |files| Ok(read_json(files, &Progress::default())?.lazy()),
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
            let scanned = scan(&locations).unwrap().collect().unwrap();
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
                told(scan_ndjson(&locations).map(|plan| plan.collect().unwrap())),
                expected
            );
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
                let _ = (format.scan)(&locations).map(|plan| crate::work::catch_panic(|| plan.collect()));
            }
        }
    }
}
