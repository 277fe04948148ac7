//! Replaying notebooks in which nothing has changed, and digesting what they hold.

#![allow(missing_docs, reason = "a bench has no users")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot run says so by failing")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use polars::prelude::{Column, CsvReadOptions, CsvWriter, DataFrame, SerReader as _, SerWriter as _, df};
use sheaf::digest::Digest;
use sheaf::frame;

const NOTEBOOKS: [&str; 3] = ["titanic_train.py", "titanic_score.py", "titanic_explore.py"];

/// Copies the example workspace to `to`.
fn workspace(to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["sessions", "datasets"] {
        fs::create_dir(to.join(folder)).unwrap();
        for entry in fs::read_dir(from.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, to.join(folder).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    fs::copy(from.join("sheaf.ron"), to.join("sheaf.ron")).unwrap();
}

fn run(folder: &Path, notebook: &str, arguments: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_sheaf"))
        .args(["run", &format!("sessions/{notebook}")])
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
}

/// Each notebook as a whole process: with everything in the cache, and without a cache.
fn replay(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    workspace(folder.path());
    let mut group = criterion.benchmark_group("replay");
    group.sample_size(30);
    for notebook in NOTEBOOKS {
        run(folder.path(), notebook, &[]);
        group.bench_function(format!("{notebook}, nothing changed"), |bench| {
            bench.iter(|| run(folder.path(), notebook, &[]));
        });
        group.bench_function(format!("{notebook}, without a cache"), |bench| {
            bench.iter(|| run(folder.path(), notebook, &["--no-cache"]));
        });
    }
    group.finish();
}

/// A table of 1,000,000 rows and 12 columns: eight of numbers, four of text.
fn table() -> DataFrame {
    let rows = 1_000_000_i64;
    let mut table = df!("id" => (0..rows).collect::<Vec<_>>()).unwrap();
    for at in 0..7_i64 {
        let values: Vec<f64> = (0..rows)
            .map(|row| (row * (at + 3) % 1_000_003) as f64 * 0.25)
            .collect();
        table
            .with_column(Column::new(format!("x{at}").into(), values))
            .unwrap();
    }
    for at in 0..4_i64 {
        let values: Vec<String> = (0..rows)
            .map(|row| format!("name {}", row * (at + 7) % 5003))
            .collect();
        table
            .with_column(Column::new(format!("s{at}").into(), values))
            .unwrap();
    }
    table
}

/// Digesting a table, beside BLAKE3 on as many bytes and reading the table from CSV.
fn digest(criterion: &mut Criterion) {
    let mut table = table();
    let size = table.estimated_size() as u64;
    let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    CsvWriter::new(fs::File::create(&path).unwrap())
        .finish(&mut table)
        .unwrap();
    let mut group = criterion.benchmark_group("digest of 1,000,000 × 12");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(size));
    group.bench_function("the table", |bench| bench.iter(|| frame::digest(&table)));
    group.bench_function("as many bytes, BLAKE3 alone", |bench| {
        bench.iter(|| blake3::hash(&bytes));
    });
    group.throughput(Throughput::Bytes(fs::metadata(&path).unwrap().len()));
    group.bench_function("the CSV file", |bench| {
        bench.iter(|| {
            let file = std::fs::File::open(&path).unwrap();
            let size = file.metadata().unwrap().len();
            Digest::of_reader(file, size).unwrap()
        });
    });
    group.bench_function("reading the CSV file", |bench| {
        bench.iter(|| {
            CsvReadOptions::default()
                .try_into_reader_with_file_path(Some(path.clone()))
                .unwrap()
                .finish()
                .unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, replay, digest);
criterion_main!(benches);
