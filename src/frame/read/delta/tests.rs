//! What the log of a table means; tables of a real writer are read in the integration tests.

use polars::prelude::*;

use super::*;
use crate::error::Problem;
use crate::frame::{Frame, write};
use crate::storage::testing::Stored;
use crate::work::Interrupt;

const PROTOCOL: &str = r#"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"#;

/// A table at `/mnt/data/t`, whose log a test writes.
struct Table {
    stored: Stored,
}

impl Table {
    fn everywhere() -> [Self; 3] {
        Stored::of_each_kind().map(|stored| Self { stored })
    }

    fn folder(&self) -> Location {
        self.stored.at("/mnt/data/t")
    }

    /// Writes a file of rows; returns what a log says of it.
    fn file(&self, name: &str, mut rows: DataFrame, more: &str) -> String {
        let mut bytes = Vec::new();
        write::Format::write(&write::Parquet::DEFAULT, &mut rows, &mut bytes).unwrap();
        self.stored.put(&format!("/mnt/data/t/{name}"), &bytes);
        format!(
            r#"{{"add":{{"path":"{name}","size":{},"modificationTime":1,"dataChange":true{more}}}}}"#,
            bytes.len()
        )
    }

    fn commit(&self, version: u64, lines: &[&str]) {
        let name = format!("/mnt/data/t/_delta_log/{version:020}.json");
        self.stored.put(&name, lines.join("\n"));
    }

    fn read(&self, version: Option<u64>) -> Result<DataFrame, ReadError> {
        DeltaTable::open(&self.folder(), version)?.read(&Progress::default())
    }

    fn told(&self, version: Option<u64>) -> String {
        let error = self.read(version).unwrap_err();
        format!("{error} | {}", error.hint().unwrap_or_default())
    }
}

/// Says what the columns are: names and types, and which of them are in names of folders.
fn columns(columns: &[(&str, &str)], partitions: &[&str], configuration: &str) -> String {
    let fields = columns.iter().map(
        |(name, dtype)| serde_json::json!({"name": name, "type": dtype, "nullable": true, "metadata": {}}),
    );
    let schema = serde_json::json!({"type": "struct", "fields": fields.collect::<Vec<_>>()});
    let configuration: serde_json::Value = serde_json::from_str(configuration).unwrap();
    serde_json::json!({"metaData": {
        "id": "x",
        "format": {"provider": "parquet", "options": {}},
        "schemaString": schema.to_string(),
        "partitionColumns": partitions,
        "configuration": configuration,
    }})
    .to_string()
}

#[test]
fn a_version_is_what_was_added_and_not_removed_until_then() {
    for table in Table::everywhere() {
        let x = columns(&[("x", "long")], &[], "{}");
        let xy = columns(&[("x", "long"), ("y", "string")], &[], "{}");
        let a = table.file("a.parquet", df!("x" => [1_i64, 2]).unwrap(), "");
        let b = table.file(
            "b.parquet",
            df!("y" => ["b"], "x" => [3_i64], "gone" => [1]).unwrap(),
            "",
        );
        table.commit(0, &[PROTOCOL, &x, &a, r#"{"commitInfo":{"operation":"WRITE"}}"#]);
        table.commit(1, &[&xy, &b, ""]);
        // What a commit adds again stays, also where it says first that it removes it.
        table.commit(
            2,
            &[
                r#"{"remove":{"path":"a.parquet"}}"#,
                &a,
                r#"{"remove":{"path":"b.parquet"}}"#,
            ],
        );
        table.commit(3, &[r#"{"remove":{"path":"a.parquet"}}"#]);
        // Not part of the log.
        table
            .stored
            .put("/mnt/data/t/_delta_log/00000000000000000003.crc", "{}");
        table
            .stored
            .put("/mnt/data/t/_delta_log/_last_checkpoint", "{\"version\":17}");
        assert!(
            table
                .read(Some(0))
                .unwrap()
                .equals(&df!("x" => [1_i64, 2]).unwrap())
        );
        let both = df!("x" => [1_i64, 2, 3], "y" => [None, None, Some("b")]).unwrap();
        assert!(table.read(Some(1)).unwrap().equals_missing(&both));
        let first = df!("x" => [1_i64, 2], "y" => [None::<&str>, None]).unwrap();
        assert!(table.read(Some(2)).unwrap().equals_missing(&first));
        let none = table.read(None).unwrap();
        assert_eq!((none.height(), none.schema()), (0, first.schema()));
        assert_eq!(DeltaTable::newest(&table.folder()).unwrap(), Some(3));
        assert_eq!(
            table.told(Some(4)),
            "`/mnt/data/t` has no version 4: it has the versions 0 to 3 | name one of those, or leave version out for the newest"
        );
    }
}

#[test]
fn values_of_partition_columns_come_from_the_log_and_decide_which_files_are_read() {
    for table in Table::everywhere() {
        let columns = columns(
            &[
                ("day", "date"),
                ("x", "long"),
                ("partition0", "string"),
                ("^a$", "timestamp"),
            ],
            &["day", "^a$"],
            "{}",
        );
        let rows = |x: i64| df!("x" => [x], "partition0" => ["mine"]).unwrap();
        let values = |day: &str, at: &str| format!(r#","partitionValues":{{"day":{day},"^a$":{at}}}"#);
        let lines = [
            table.file(
                "1.parquet",
                rows(1),
                &values("\"2024-01-01\"", "\"2024-01-01 00:00:01.5\""),
            ),
            table.file("2.parquet", rows(2), &values("\"2024-01-02\"", "null")),
            table.file("3.parquet", rows(3), &values("null", "\"\"")),
        ];
        table.commit(0, &[PROTOCOL, &columns, &lines.join("\n")]);
        let read = table.read(None).unwrap();
        let shown: Vec<String> = (0..3)
            .map(|row| format!("{:?}", read.get(row).unwrap()))
            .collect();
        assert_eq!(
            shown,
            [
                "[Date(19723), Int64(1), String(\"mine\"), Datetime(1704067201500000, Microseconds, Some(\"UTC\"))]",
                "[Date(19724), Int64(2), String(\"mine\"), Null]",
                "[Null, Int64(3), String(\"mine\"), Null]",
            ]
        );
        // A file that no query needs is not missed.
        table
            .folder()
            .join("", "2.parquet")
            .local()
            .map(std::fs::remove_file);
        let opened = DeltaTable::open(&table.folder(), None).unwrap();
        let scan = opened.scan().unwrap();
        let plan = scan
            .plan
            .filter(Expr::Column("day".into()).lt(lit("2024-01-02").cast(DataType::Date)));
        let frame = Frame::checked_scan(Scan { plan, ..scan }, Vec::new());
        let found = frame.collect(&Interrupt::default()).unwrap();
        assert_eq!(found.column("x").unwrap(), &Column::new("x".into(), [1_i64]));
        if table.stored.is_local {
            assert_eq!(
                table.told(None),
                "version 0 of the Delta table `/mnt/data/t` needs `/mnt/data/t/2.parquet`, which is not there any more | \
                 old versions end where VACUUM removes their files: read a newer version; one whose files are missing \
                 without that was not copied whole"
            );
        }
        table.commit(
            1,
            &[&table.file("4.parquet", rows(4), &values("\"tomorrow\"", "null"))],
        );
        assert!(
            table.told(None).starts_with(
                "`/mnt/data/t/_delta_log/00000000000000000001.json`: the value \"tomorrow\" of the partition column `day` \
                 is not of its type"
            ),
            "{}",
            table.told(None)
        );
    }
}

#[test]
fn what_is_not_read_is_refused_by_name_with_what_to_do() {
    let plain = columns(&[("x", "long")], &[], "{}");
    let reader = |version: u64, features: &str| {
        format!(
            r#"{{"protocol":{{"minReaderVersion":{version},"minWriterVersion":7,"readerFeatures":{features},"writerFeatures":[]}}}}"#
        )
    };
    let mapped = columns(&[("x", "long")], &[], r#"{"delta.columnMapping.mode":"name"}"#);
    let deleted = r#","deletionVector":{"storageType":"u","pathOrInlineDv":"ab","offset":1,"sizeInBytes":36,"cardinality":2}"#;
    let all = r#"["deletionVectors","columnMapping","v2Checkpoint","timestampNtz"]"#;
    for (protocol, columns, more, expected) in [
        (reader(3, all), plain.clone(), "", None),
        (reader(2, "null"), plain.clone(), "", None),
        (reader(3, all), plain.clone(), r#","deletionVector":null"#, None),
        (
            reader(3, all),
            plain.clone(),
            deleted,
            Some((
                "a deletion vector for one of its files",
                "REORG TABLE … APPLY (PURGE)",
            )),
        ),
        (
            reader(2, "null"),
            mapped,
            "",
            Some(("column mapping", "CREATE TABLE … AS SELECT")),
        ),
        (
            reader(3, r#"["typeWidening"]"#),
            plain.clone(),
            "",
            Some((
                "the feature `typeWidening`",
                "write the rows of `/mnt/data/t` as plain Parquet",
            )),
        ),
        (
            reader(4, "[]"),
            plain.clone(),
            "",
            Some((
                "version 4 of the protocol for readers",
                "write the rows of `/mnt/data/t` as plain Parquet",
            )),
        ),
        (
            reader(3, all),
            columns_of("variant"),
            "",
            Some((
                "the type `variant` for its column `x`",
                "write the rows of `/mnt/data/t` as plain Parquet",
            )),
        ),
    ] {
        let table = Table {
            stored: Stored::in_memory(),
        };
        let file = table.file("a.parquet", df!("x" => [1_i64]).unwrap(), more);
        table.commit(0, &[&protocol, &columns, &file]);
        match expected {
            None => assert_eq!(table.read(None).unwrap().height(), 1, "{protocol}"),
            Some((feature, hint)) => {
                let told = table.told(None);
                let start = format!(
                    "version 0 of the Delta table `/mnt/data/t` uses {feature}, which cannot be read | "
                );
                assert!(told.starts_with(&start) && told.contains(hint), "{told}");
            }
        }
    }
    let table = Table {
        stored: Stored::in_memory(),
    };
    let elsewhere = r#"{"add":{"path":"s3://other/a.parquet","size":1,"modificationTime":1}}"#;
    table.commit(0, &[PROTOCOL, &plain, elsewhere]);
    assert!(
        table
            .told(None)
            .contains("uses files that are not in its folder, such as `s3://other/a.parquet`")
    );
}

fn columns_of(dtype: &str) -> String {
    columns(&[("x", dtype)], &[], "{}")
}

#[test]
fn a_log_that_is_not_whole_or_not_sound_is_told_as_such() {
    for table in Table::everywhere() {
        assert!(
            table.told(None).starts_with("`/mnt/data/t` is no Delta table"),
            "{}",
            table.told(None)
        );
        assert_eq!(DeltaTable::newest(&table.folder()).unwrap(), None);
        let a = table.file("a.parquet", df!("x" => [1_i64]).unwrap(), "");
        let plain = columns(&[("x", "long")], &[], "{}");
        table.commit(0, &[PROTOCOL, &plain, &a]);
        table.commit(2, &[""]);
        assert!(
            table.told(None).starts_with(
                "the log of `/mnt/data/t` is incomplete: `00000000000000000001.json` is not there, which version 2 needs"
            ),
            "{}",
            table.told(None)
        );
        table.commit(1, &["{\"commitInfo\":{}}", "{\"add\":{\"path\":1}}"]);
        assert!(
            table.told(Some(1)).starts_with(
                "`/mnt/data/t/_delta_log/00000000000000000001.json`, line 2: this is no entry of a Delta log"
            ),
            "{}",
            table.told(Some(1))
        );
        table.commit(1, &["", r#"{"somethingNew":{"x":1}}"#, ""]);
        assert_eq!(table.read(None).unwrap().height(), 1);
        // A file that is another than the log says, and one that its table has not written.
        table.stored.put("/mnt/data/t/a.parquet", "PAR1 and more PAR1");
        let told = table.told(None);
        assert!(
            told.starts_with("`/mnt/data/t/a.parquet` cannot be read: it has 18 bytes, and"),
            "{told}"
        );
        // Only a checkpoint of another kind is left.
        let later = Table {
            stored: Stored::in_memory(),
        };
        later.commit(9, &[""]);
        later.stored.put(
            "/mnt/data/t/_delta_log/00000000000000000008.checkpoint.80a083e8.parquet",
            "",
        );
        assert!(
            later.told(None).contains("uses a V2 checkpoint"),
            "{}",
            later.told(None)
        );
    }
}
