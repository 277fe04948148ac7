use polars::prelude::*;

use super::*;
use crate::error::Problem;
use crate::frame::read::{Scan, read_partitioned_parquet, scan_partitioned_parquet};
use crate::frame::{Frame, write};
use crate::storage::memory::bytes_read;
use crate::storage::testing::Stored;
use crate::work::{Interrupt, Progress};

/// Parquet files of one column `x`, each of the numbers given, in a store of each kind.
fn stores(files: &[(&str, std::ops::Range<i64>)]) -> [Stored; 2] {
    let all = Stored::everywhere();
    for stored in &all {
        for (name, numbers) in files {
            let mut table = df!("x" => numbers.clone().collect::<Vec<_>>()).unwrap();
            let mut bytes = Vec::new();
            write::Format::write(&write::Parquet::DEFAULT, &mut table, &mut bytes).unwrap();
            stored.put(&format!("/mnt/data/{name}"), &bytes);
        }
    }
    all
}

/// Finds what is below a folder, or matches a pattern, as a cell does.
fn found(stored: &Stored, name: &str) -> Result<Found, ReadError> {
    let place = stored.mounts.resolve(name).unwrap();
    if name.contains('*') {
        let files = stored.mounts.resolve_glob(name).unwrap();
        let fixed = name.split('/').take_while(|part| !part.contains('*'));
        return Found::below(&fixed.collect::<Vec<_>>().join("/"), name, files);
    }
    let (pattern, files) = stored.mounts.resolve_below(&place).unwrap();
    Found::below(name, &pattern, files)
}

fn partitioned(stored: &Stored, name: &str) -> Partitioned {
    match found(stored, name).unwrap() {
        Found::Partitioned(files) => files,
        Found::Files(files) => panic!("{files:?}"),
    }
}

fn told(error: &ReadError) -> String {
    format!("{error} | {}", error.hint().unwrap_or_default())
}

#[test]
fn names_of_folders_are_columns() {
    for stored in stores(&[
        ("sales/year=2023/town=Bern%20City/a.parquet", 0..2),
        ("sales/year=2024/town=__HIVE_DEFAULT_PARTITION__/a.parquet", 2..3),
        ("sales/year=2024/town=Basel/b.parquet", 3..4),
        ("sales/_SUCCESS", 0..1),
        ("sales/year=2024/town=Basel/.b.crc", 0..1),
        ("sales/_temporary/0/x.parquet", 0..1),
        ("_staging/_x.parquet", 0..1),
        ("_staging/a.parquet", 0..1),
    ]) {
        for (name, count) in [
            ("/mnt/data/_staging", 1),
            ("/mnt/data/_staging/*.parquet", 1),
            ("/mnt/data/_staging/_*.parquet", 1),
            ("/mnt/data/_staging/[_a]*.parquet", 1),
        ] {
            assert_eq!(found(&stored, name).unwrap().files().len(), count, "{name}");
        }
        for name in ["/mnt/data/sales", "/mnt/data/sales/year=*/*/*.parquet"] {
            let files = partitioned(&stored, name);
            let table = read_partitioned_parquet(&files, &Progress::default()).unwrap();
            let expected = df!(
                "x" => [0_i64, 1, 3, 2],
                "year" => [2023_i64, 2023, 2024, 2024],
                "town" => [Some("Bern City"), Some("Bern City"), Some("Basel"), None]
            );
            assert!(table.equals_missing(&expected.unwrap()), "{table}");
            let scan = scan_partitioned_parquet(&files).unwrap();
            let scanned = Frame::checked_scan(scan, files.files().to_vec());
            assert!(
                scanned
                    .collect(&Interrupt::default())
                    .unwrap()
                    .equals_missing(&table)
            );
        }
        // A folder that is named is no value of a column.
        let below = found(&stored, "/mnt/data/sales/year=2024/town=Basel").unwrap();
        assert!(matches!(below, Found::Files(files) if files.len() == 1));
    }
}

#[test]
fn a_condition_on_the_name_of_a_folder_reads_only_that() {
    let [_, stored] = stores(&[
        ("sales/year=2022/a.parquet", 0..10),
        ("sales/year=2023/a.parquet", 0..500_000),
        ("sales/year=2024/a.parquet", 5..6),
    ]);
    let files = partitioned(&stored, "/mnt/data/sales");
    let read = || bytes_read(stored.folder.path(), "memory:data");
    let before = read();
    let scan = scan_partitioned_parquet(&files).unwrap();
    let scan = Scan {
        plan: scan.plan.filter(col("year").eq(lit(2024))),
        ..scan
    };
    let frame = Frame::checked_scan(scan, files.files().to_vec());
    let table = frame.collect(&Interrupt::default()).unwrap();
    assert!(
        table.equals(&df!("x" => [5_i64], "year" => [2024_i64]).unwrap()),
        "{table}"
    );
    assert!(read() - before < 100_000, "{} bytes", read() - before);
}

#[test]
fn folders_that_are_no_table_are_told_apart() {
    for stored in stores(&[
        ("mixed/year=2023/a.parquet", 0..1),
        ("mixed/month=1/a.parquet", 0..1),
        ("delta/part-0.parquet", 0..1),
        ("delta/_delta_log/00000000000000000000.json", 0..1),
        ("deltas/year=1/part-0.parquet", 0..1),
        ("deltas/_delta_log/00000000000000000000.json", 0..1),
        ("none/_SUCCESS", 0..1),
    ]) {
        let told = |name| told(&found(&stored, name).unwrap_err());
        assert_eq!(
            told("/mnt/data/mixed"),
            "the folders of `/mnt/data/mixed/year=2023/a.parquet` name the column `year`: expected the column `month`, as for `/mnt/data/mixed/month=1/a.parquet` | read the folders one by one and concat what they have in common"
        );
        for name in ["/mnt/data/delta", "/mnt/data/delta/*.parquet"] {
            assert!(
                told(name).starts_with(
                    "`/mnt/data/delta` is a Delta table: its log says which of its files are current | read_delta(\"/mnt/data/delta\")"
                ),
                "{}",
                told(name)
            );
        }
        for name in [
            "/mnt/data/deltas",
            "/mnt/data/deltas/year=*/*",
            "/mnt/data/deltas/year=1",
        ] {
            assert!(
                told(name).starts_with("`/mnt/data/deltas` is a Delta table"),
                "{}",
                told(name)
            );
        }
        assert_eq!(
            told("/mnt/data/none"),
            "the folder `/mnt/data/none` holds no file to read | files whose names begin with _ or . are passed over; dbutils.fs.ls(\"/mnt/data/none\") lists what is there"
        );
    }
}

#[test]
fn a_condition_on_folders_for_null_takes_none_of_their_rows() {
    for stored in stores(&[
        ("sales/town=Basel/year=2023/a.parquet", 0..2),
        ("sales/town=Bern/year=2024/a.parquet", 2..4),
        (
            "sales/town=__HIVE_DEFAULT_PARTITION__/year=__HIVE_DEFAULT_PARTITION__/a.parquet",
            4..6,
        ),
    ]) {
        let files = partitioned(&stored, "/mnt/data/sales");
        for (condition, expected) in [
            (col("year").lt(lit(2024)), vec![0_i64, 1]),
            (col("year").neq(lit(2023)), vec![2, 3]),
            (col("year").lt(lit(2024)).and(col("x").gt(lit(0))), vec![1]),
            (col("year").lt(lit(2024)).not(), vec![2, 3]),
            (
                col("town").gt(lit("B")).and(col("year").gt(lit(0))),
                vec![0, 1, 2, 3],
            ),
            (col("town").is_null(), vec![4, 5]),
        ] {
            let scan = scan_partitioned_parquet(&files).unwrap();
            let plan = scan.plan.filter(condition.clone()).select([col("x")]);
            let frame = Frame::checked_scan(Scan { plan, ..scan }, files.files().to_vec());
            let table = frame.collect(&Interrupt::default()).unwrap();
            assert!(
                table.equals(&df!("x" => expected).unwrap()),
                "{condition}: {table}"
            );
        }
    }
}
