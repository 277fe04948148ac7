//! What the log of a table means; tables of a real writer are read in the integration tests.

use polars::prelude::*;

use super::*;
use crate::error::Problem;
use crate::frame::{Frame, write};
use crate::storage::testing::Stored;
use crate::work::Interrupt;

const PROTOCOL: &str = r#"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"#;

/// What is asked of a table.
type Ask = fn(LazyFrame) -> LazyFrame;

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
            &[&table.file(
                "4.parquet",
                rows(4),
                &values("\"__HIVE_DEFAULT_PARTITION__\"", "null"),
            )],
        );
        assert!(
            table.told(None).contains(
                "uses the text `__HIVE_DEFAULT_PARTITION__` in its column `day` for partitions, which cannot be read"
            ),
            "{}",
            table.told(None)
        );
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
#[allow(clippy::too_many_lines, reason = "one table of all that is refused")]
fn what_is_not_read_is_refused_by_name_with_what_to_do() {
    let plain = columns(&[("x", "long")], &[], "{}");
    let reader = |version: u64, features: &str| {
        format!(
            r#"{{"protocol":{{"minReaderVersion":{version},"minWriterVersion":7,"readerFeatures":{features},"writerFeatures":[]}}}}"#
        )
    };
    let mapped = |mode: &str| {
        let mode = format!(r#"{{"delta.columnMapping.mode":"{mode}"}}"#);
        columns(&[("x", "long")], &[], &mode)
    };
    let elsewhere = r#","deletionVector":{"storageType":"p","pathOrInlineDv":"s3://other/a.bin","offset":1,"sizeInBytes":36,"cardinality":2}"#;
    let all = r#"["deletionVectors","columnMapping","v2Checkpoint","timestampNtz"]"#;
    for (protocol, columns, more, expected) in [
        (reader(3, all), plain.clone(), "", None),
        (reader(2, "null"), plain.clone(), "", None),
        (reader(3, all), plain.clone(), r#","deletionVector":null"#, None),
        (
            reader(3, all),
            plain.clone(),
            elsewhere,
            Some((
                "files that are not in its folder, such as `s3://other/a.bin`",
                "write a deep clone",
            )),
        ),
        (
            reader(2, "null"),
            mapped("id"),
            "",
            Some(("column mapping by `id`", "CREATE TABLE … AS SELECT")),
        ),
        (
            reader(2, "null"),
            mapped("name")
                .replace(r#"\"metadata\":{}"#, NAMED)
                .replace(r#"\"type\":\"long\""#, PAIR),
            "",
            Some((
                "column mapping for the part `a` of its column `x`",
                "CREATE TABLE … AS SELECT",
            )),
        ),
        (
            reader(3, r#"["typeWidening","variantType"]"#),
            plain.clone(),
            "",
            None,
        ),
        (
            reader(3, r#"["typeWidening"]"#),
            plain.replace(r#"\"metadata\":{"#, r#"\"metadata\":{\"delta.typeChanges\":[]"#),
            "",
            Some((
                "the feature `typeWidening`",
                "write the rows of `/mnt/data/t` as plain Parquet",
            )),
        ),
        (
            reader(3, r#"["catalogManaged"]"#),
            plain.clone(),
            "",
            Some((
                "the feature `catalogManaged`",
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

/// A type whose parts are called otherwise in the files, as it is in a log.
const NAMED: &str = r#"\"metadata\":{\"delta.columnMapping.physicalName\":\"x\"}"#;
const PAIR: &str = r#"\"type\":{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":\"long\",\"metadata\":{\"delta.columnMapping.physicalName\":\"b\"}}]}"#;

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
    }
}

/// Returns the numbers in the column `x`.
fn numbers(table: &DataFrame) -> Vec<i64> {
    let numbers = table.column("x").unwrap().i64().unwrap();
    numbers.iter().flatten().collect()
}

#[test]
fn deleted_rows_are_left_out_whatever_a_query_asks_for() {
    // The rows 3, 4, 7, 11, 18 and 29.
    let here = r#","deletionVector":{"storageType":"i","pathOrInlineDv":"^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L","sizeInBytes":44,"cardinality":6}"#;
    let aside = r#","deletionVector":{"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^","offset":1,"sizeInBytes":44,"cardinality":6}"#;
    let gone = [3, 4, 7, 11, 18, 29];
    let vector: Vec<u8> = {
        let bytes = "0xd1d33964 0100000000000000 00000000 3a300000 01000000 0000 0500 10000000 0300 0400 0700 0b00 1200 1d00";
        let digits: Vec<u8> = bytes
            .trim_start_matches("0x")
            .bytes()
            .filter(|byte| *byte != b' ')
            .collect();
        let pairs = digits.chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    };
    assert_eq!(vector.len(), 44);
    for table in Table::everywhere() {
        let rows = |first: i64| df!("x" => (first..first + 32).collect::<Vec<_>>()).unwrap();
        let columns = columns(&[("x", "long"), ("day", "date")], &["day"], "{}");
        let day = r#","partitionValues":{"day":"2024-01-01"}"#;
        let lines = [
            table.file("1.parquet", rows(0), day),
            table.file("2.parquet", rows(100), &format!("{day}{here}")),
            table.file("3.parquet", rows(200), &format!("{day}{aside}")),
            table.file("4.parquet", rows(300), day),
        ];
        let mut file = vec![1];
        file.extend(44_u32.to_be_bytes());
        file.extend(&vector);
        file.extend(crc32fast::hash(&vector).to_be_bytes());
        let name = "/mnt/data/t/ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin";
        table.stored.put(name, &file);
        table.commit(0, &[PROTOCOL, &columns, &lines.join("\n")]);
        let expected: Vec<i64> = (0..4)
            .flat_map(|file| (0..32).map(move |row| (file, row)))
            .filter(|(file, row)| ![1, 2].contains(file) || !gone.contains(row))
            .map(|(file, row)| file * 100 + row)
            .collect();
        let whole = table.read(None).unwrap();
        assert_eq!(numbers(&whole), expected);
        assert_eq!(whole.get_column_names(), ["x", "day"]);
        let asks: [Ask; 5] = [
            |plan| plan.filter(col("x").gt(lit(103))).select([col("x")]),
            |plan| plan.limit(40),
            |plan| plan.slice(30, 9),
            |plan| plan.tail(60),
            |plan| plan.filter(col("day").is_null()),
        ];
        for ask in asks {
            let scan = DeltaTable::open(&table.folder(), None).unwrap().scan().unwrap();
            let plan = ask(scan.plan);
            let frame = Frame::checked_scan(Scan { plan, ..scan }, Vec::new());
            let found = frame.collect(&Interrupt::default()).unwrap();
            assert!(
                found.equals(&ask(whole.clone().lazy()).collect().unwrap()),
                "{found}"
            );
        }
        let scan = DeltaTable::open(&table.folder(), None).unwrap().scan().unwrap();
        let plan = scan.plan.select([len()]);
        let frame = Frame::checked_scan(Scan { plan, ..scan }, Vec::new());
        let counted = frame.collect(&Interrupt::default()).unwrap();
        assert_eq!(
            format!("{:?}", counted.get(0).unwrap()),
            format!("[UInt32({})]", expected.len())
        );

        // Rows are deleted once more: the file stays, and its vector is another one.
        let remove = r#"{"remove":{"path":"2.parquet"}}"#;
        table.commit(
            1,
            &[
                &table.file("2.parquet", rows(100), &format!("{day}{aside}")),
                remove,
            ],
        );
        assert_eq!(numbers(&table.read(None).unwrap()), expected);
        let damaged = file.iter().map(|byte| byte ^ 1).collect::<Vec<_>>();
        table.stored.put(name, &damaged);
        assert!(
            table.told(None).contains("the deletion vector in it is damaged"),
            "{}",
            table.told(None)
        );
        let wrong = aside.replace("\"cardinality\":6", "\"cardinality\":7");
        table.stored.put(name, &file);
        table.commit(
            2,
            &[
                &table.file("2.parquet", rows(100), &format!("{day}{wrong}")),
                remove,
            ],
        );
        assert!(
            table
                .told(None)
                .contains("has 6 rows, and 7 are written down for it"),
            "{}",
            table.told(None)
        );
    }
}

#[test]
fn columns_have_the_names_of_the_table_whatever_they_are_called_in_its_files() {
    for table in Table::everywhere() {
        let field = |name: &str, stored: &str, dtype: &str| {
            serde_json::json!({"name": name, "type": dtype, "nullable": true,
                "metadata": {"delta.columnMapping.id": 1, "delta.columnMapping.physicalName": stored}})
        };
        let meta_data = |fields: &[serde_json::Value]| {
            let schema = serde_json::json!({"type": "struct", "fields": fields});
            serde_json::json!({"metaData": {"id": "x", "format": {"provider": "parquet", "options": {}},
                "schemaString": schema.to_string(), "partitionColumns": ["day"],
                "configuration": {"delta.columnMapping.mode": "name"}}})
            .to_string()
        };
        let fields = [
            field("a", "b", "long"),
            field("b", "a", "string"),
            field("day", "col-7", "date"),
        ];
        let protocol = r#"{"protocol":{"minReaderVersion":2,"minWriterVersion":5}}"#;
        let rows = df!("b" => [1_i64, 2], "a" => ["x", "y"]).unwrap();
        let file = table.file("1.parquet", rows, r#","partitionValues":{"col-7":"2024-01-01"}"#);
        table.commit(0, &[protocol, &meta_data(&fields), &file]);
        let days = Column::new("day".into(), [19_723, 19_723])
            .cast(&DataType::Date)
            .unwrap();
        let expected = df!("a" => [1_i64, 2], "b" => ["x", "y"]).unwrap();
        assert!(
            table
                .read(None)
                .unwrap()
                .equals(&expected.hstack(&[days]).unwrap())
        );
        // Renamed, without another word in any file, and one that came later.
        let fields = [
            field("new", "c", "long"),
            field("text", "a", "string"),
            field("on", "col-7", "date"),
        ];
        table.commit(1, &[&meta_data(&fields).replace("[\"day\"]", "[\"on\"]")]);
        let opened = DeltaTable::open(&table.folder(), None).unwrap();
        let scan = opened.scan().unwrap();
        let plan = scan
            .plan
            .filter(col("text").eq(lit("y")))
            .select([col("text"), col("new"), col("on")]);
        let frame = Frame::checked_scan(Scan { plan, ..scan }, Vec::new());
        let found = frame.collect(&Interrupt::default()).unwrap();
        assert_eq!(
            format!("{:?}", found.get(0).unwrap()),
            "[StringOwned(\"y\"), Null, Date(19723)]"
        );
        assert_eq!(found.height(), 1);
        // Without its name, a column is not guessed.
        let nameless = columns(&[("a", "long")], &[], r#"{"delta.columnMapping.mode":"name"}"#);
        table.commit(2, &[&nameless]);
        assert!(
            table
                .told(None)
                .contains("a column does not say what it is called in the files"),
            "{}",
            table.told(None)
        );
    }
}

#[test]
fn a_checkpoint_is_read_with_what_it_has_aside() {
    let id = "80a083e8-7026-4e79-81be-64bd76c43a11";
    for table in Table::everywhere() {
        let plain = columns(&[("x", "long")], &[], "{}");
        let adds = ["a", "b"].map(|name| {
            let x = i64::from(name.as_bytes()[0]);
            let line = table.file(&format!("{name}.parquet"), df!("x" => [x]).unwrap(), "");
            let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
            (format!("{name}.parquet"), parsed["add"]["size"].as_i64().unwrap())
        });
        for (number, (path, size)) in adds.iter().enumerate() {
            let rows =
                df!("path" => [path.as_str()], "size" => [*size], "modificationTime" => [number as i64])
                    .unwrap();
            let column = rows.into_struct("add".into()).into_column();
            let mut sidecar = DataFrame::new(1, vec![column]).unwrap();
            let mut bytes = Vec::new();
            write::Format::write(&write::Parquet::DEFAULT, &mut sidecar, &mut bytes).unwrap();
            table.stored.put(
                &format!("/mnt/data/t/_delta_log/_sidecars/{number} a.parquet"),
                &bytes,
            );
        }
        let sidecar =
            |path: &str| format!(r#"{{"sidecar":{{"path":"{path}","sizeInBytes":1,"modificationTime":1}}}}"#);
        let checkpoint = [
            r#"{"checkpointMetadata":{"version":7}}"#,
            PROTOCOL,
            &plain,
            &sidecar("0%20a.parquet"),
            &sidecar("file:/elsewhere/t/_delta_log/_sidecars/1%20a.parquet"),
        ];
        let name = format!("/mnt/data/t/_delta_log/{:020}.checkpoint.{id}.json", 7);
        table.stored.put(&name, checkpoint.join("\n"));
        table.commit(8, &[r#"{"remove":{"path":"a.parquet"}}"#]);
        assert_eq!(numbers(&table.read(Some(7)).unwrap()), [97, 98]);
        assert_eq!(numbers(&table.read(None).unwrap()), [98]);
        table.stored.put(
            &name,
            format!("{}\n{}", checkpoint.join("\n"), sidecar("2.parquet")),
        );
        assert!(
            table.told(None).starts_with(
                "the log of `/mnt/data/t` is incomplete: `2.parquet` is not there, which version 8 needs"
            ),
            "{}",
            table.told(None)
        );
    }
}
