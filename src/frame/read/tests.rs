use std::fs;

use polars::prelude::*;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::error::Problem;
use crate::frame::write;

fn file(name: &str, bytes: &[u8]) -> (TempDir, Vec<Location>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, vec![Location::at(name, &path)])
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

#[test]
fn every_format_reads_back_what_was_written() {
    for format in write::FORMATS {
        let mut bytes = Vec::new();
        let mut table = sample();
        format.write(&mut table, &mut bytes).unwrap();
        let name = format!("a.{}", format.extensions()[0]);
        let (_folder, locations) = file(&name, &bytes);
        let reader = format_of(&name).unwrap();
        assert_eq!(reader.name(), format.name());
        let read = reader.read(&locations, &Progress::default()).unwrap();
        assert!(read.equals_missing(&table), "{name}: {read}");
        let scanned = reader.scan(&locations).unwrap().collect().unwrap();
        assert!(scanned.equals_missing(&table), "{name}: {scanned}");
    }
}

#[test]
fn every_file_here_is_in_the_list() {
    let others = ["mod", "columns", "error", "fingerprint", "source", "tests"];
    let mut files: Vec<String> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/frame/read"))
        .unwrap()
        .filter_map(|entry| {
            entry
                .unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .strip_suffix(".rs")
                .map(str::to_owned)
        })
        .filter(|name| !others.contains(&name.as_str()))
        .collect();
    files.sort();
    let mut listed: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
    listed.sort_unstable();
    assert_eq!(files, listed);
}

#[test]
fn a_foreign_or_damaged_file_is_told_apart() {
    let mut parquet = Vec::new();
    write::FORMATS[1].write(&mut sample(), &mut parquet).unwrap();
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
        let (_folder, locations) = file("a", bytes);
        assert_eq!(told(read(&locations, &Progress::default())), expected);
    }
    let (_folder, locations) = file("a", cut);
    let told = told(read_parquet(&locations, &Progress::default()));
    assert!(
        told.starts_with("`a` is damaged or incomplete: expected a Parquet file, but "),
        "{told}"
    );
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
        let (_folder, locations) = file("a", bytes.as_bytes());
        assert_eq!(told(read_json(&locations, &Progress::default())), expected);
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
        let (_folder, locations) = file("a", bytes.as_bytes());
        assert_eq!(told(read_ndjson(&locations, &Progress::default())), expected);
        assert_eq!(
            told(scan_ndjson(&locations).map(|plan| plan.collect().unwrap())),
            expected
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), magic in 0..5_usize) {
        let magic = [b"".as_slice(), b"PAR1", b"ARROW1\0\0", b"{\"a\":", b"[{\"a\":"][magic];
        let (_folder, locations) = file("a", &[magic, &bytes].concat());
        for format in FORMATS {
            let _ = format.read(&locations, &Progress::default());
            let _ = format.scan(&locations).map(|plan| crate::work::catch_panic(|| plan.collect()));
        }
    }
}
