//! A notebook that reads and groups a CSV of 1,000,000 rows, beside Python polars doing the same.
//!
//! Whole processes both. The Python side runs where `python3 -c 'import polars'` works.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench that cannot run says why by failing"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

const ROWS: usize = 1_000_000;

const NOTEBOOK: &str = "\
df = read_csv(\"big.csv\")
df.group_by(\"key\").agg(n=\"count(*)\", mean=\"avg(value)\").sort(\"key\")
";

const PYTHON: &str = "\
import polars as pl
df = pl.read_csv(\"big.csv\")
print(df.group_by(\"key\").agg(n=pl.len(), mean=pl.col(\"value\").mean()).sort(\"key\"))
";

/// Writes rows that look like data: a key of 1,000 kinds, a decimal number, a word and a counter.
fn write_data(path: &Path) {
    let mut text = String::from("id,key,value,word\n");
    let mut state = 7_u64;
    for id in 0..ROWS {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let _ = writeln!(
            text,
            "{id},{},{}.{:03},word{}",
            state >> 54,
            (state >> 20) % 100_000,
            state % 1000,
            state % 50
        );
    }
    fs::write(path, text).expect("the data can be written");
}

fn csv(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    write_data(&folder.path().join("big.csv"));
    fs::write(folder.path().join("group.py"), NOTEBOOK).expect("the notebook can be written");
    fs::write(folder.path().join("polars_group.py"), PYTHON).expect("the script can be written");

    let run = |program: &str, arguments: &[&str]| {
        let status = Command::new(program)
            .args(arguments)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    };
    let mut group = criterion.benchmark_group("read and group 1,000,000 rows");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    group.bench_function("sheaf", |bench| {
        bench.iter(|| assert!(run(env!("CARGO_BIN_EXE_sheaf"), &["run", "group.py"])));
    });
    if run("python3", &["-c", "import polars"]) {
        group.bench_function("python polars", |bench| {
            bench.iter(|| assert!(run("python3", &["polars_group.py"])));
        });
    }
    group.finish();
}

criterion_group!(benches, csv);
criterion_main!(benches);
