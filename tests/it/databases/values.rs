//! What goes in comes out: every type both ways, values that look like SQL, and the same rows as another client sees.

use std::fmt::Write as _;

use polars::prelude::*;
use sheaf::database::{Bound, Mode, TableName};

use super::kinds::{Dialect, Kind, csv, for_every_kind};
use super::opened::{Opened, load, named, shown, values};

for_every_kind! {
    every_type_of_a_table_comes_back_as_it_was;
    every_type_of_a_frame_comes_back_as_it_was;
    a_query_gives_what_another_client_gives;
    values_that_look_like_sql_stay_values;
    names_that_look_like_sql_stay_names;
}

/// What someone types who wants to do harm, and what only looks so.
const ODD: &[&str] = &[
    "'; DROP TABLE victims; --",
    "x\"; DROP TABLE victims; --",
    "\\'; DELETE FROM victims; --",
    "1 OR 1=1",
    "ü 🦀 \u{202e}abc",
    "a.b",
    "$1 ? :name %s {0}",
    "select",
    "\"",
    "/* */",
];

/// Makes the table that nobody is to drop.
fn victims<K: Kind>(kind: &K) {
    kind.client(&format!(
        "CREATE TABLE victims (name {});\nINSERT INTO victims VALUES ('Ann'), ('Ben');",
        K::DIALECT.text
    ));
}

#[track_caller]
fn assert_unharmed(kind: &impl Kind, by: &str) {
    let left = kind.client("SELECT name FROM victims ORDER BY name");
    assert_eq!(left, "Ann\nBen\n", "{by}");
}

fn every_type_of_a_table_comes_back_as_it_was<K: Kind>() {
    let kind = K::start();
    let columns: String = K::TYPES
        .iter()
        .enumerate()
        .map(|(at, (name, ..))| format!(", c{at} {name}"))
        .collect();
    let mut script =
        format!("CREATE TABLE written (n INTEGER{columns});\nCREATE TABLE copied (n INTEGER{columns});\n");
    for row in 0..3 {
        let written: String = K::TYPES
            .iter()
            .map(|(_, written, _)| format!(", {}", written[row]))
            .collect();
        writeln!(script, "INSERT INTO written VALUES ({row}{written});").unwrap();
    }
    script += "INSERT INTO written (n) VALUES (3);";
    kind.client(&script);
    let opened = Opened::to(&kind.url());
    let read = opened.query("SELECT * FROM written ORDER BY n");
    let types: Vec<String> = read.dtypes().iter().skip(1).map(ToString::to_string).collect();
    let expected: Vec<&str> = K::TYPES.iter().map(|(.., dtype)| *dtype).collect();
    assert_eq!(types, expected);
    assert!(
        read.columns()
            .iter()
            .skip(1)
            .all(|column| column.null_count() == 1)
    );

    opened.load(&load("copied", Mode::Append, &read), &read).unwrap();
    let by_client = |table: &str| csv(&kind.client(&format!("SELECT * FROM {table} ORDER BY n")));
    assert_eq!(by_client("copied"), by_client("written"));
    opened.load(&load("made", Mode::Error, &read), &read).unwrap();
    for table in ["copied", "made"] {
        let back = opened.query(&format!("SELECT * FROM {table} ORDER BY n"));
        assert!(back.equals_missing(&read), "{table}: {}", shown(&back));
    }
}

fn every_type_of_a_frame_comes_back_as_it_was<K: Kind>() {
    let kind = K::start();
    let frame = frame(&K::DIALECT);
    let opened = Opened::to(&kind.url());
    let has_type = |column: &&Column| {
        let found = opened
            .connection
            .run(|database| Ok(database.type_for(column.dtype())));
        found.unwrap().is_some()
    };
    let columns: Vec<Column> = frame.columns().iter().filter(has_type).cloned().collect();
    assert_eq!(columns.len(), K::FRAME_TYPES);
    let frame = DataFrame::new(frame.height(), columns).unwrap();
    let report = opened.load(&load("made", Mode::Error, &frame), &frame).unwrap();
    assert!(report.is_created);
    assert!(
        report
            .columns
            .iter()
            .all(|(name, nulls)| *nulls == u64::from(name != "n"))
    );
    let back = opened.query("SELECT * FROM made ORDER BY n");
    for (sent, came) in frame.columns().iter().zip(back.columns()) {
        let cast = came.strict_cast(sent.dtype()).unwrap();
        assert!(
            cast.equals_missing(sent),
            "{}: {} became {}",
            sent.name(),
            sent.as_materialized_series(),
            came.as_materialized_series()
        );
    }
    // What came can be loaded, too, and is the same.
    opened.load(&load("again", Mode::Error, &back), &back).unwrap();
    assert!(
        opened
            .query("SELECT * FROM again ORDER BY n")
            .equals_missing(&back)
    );
}

/// A frame with a column of each type: the lowest, the highest, an odd value, NULL.
fn frame(dialect: &Dialect) -> DataFrame {
    let [earliest, latest, odd] = dialect.instants.map(Some);
    let zone = TimeZone::opt_try_new(Some("Europe/Berlin")).unwrap();
    let frame = df!(
        "n" => [0_i32, 1, 2, 3],
        "i8" => [Some(i8::MIN), Some(i8::MAX), Some(0), None],
        "i16" => [Some(i16::MIN), Some(i16::MAX), Some(0), None],
        "i32" => [Some(i32::MIN), Some(i32::MAX), Some(0), None],
        "i64" => [Some(i64::MIN), Some(i64::MAX), Some(0), None],
        "u8" => [Some(0), Some(u8::MAX), Some(1), None],
        "u16" => [Some(0), Some(u16::MAX), Some(1), None],
        "u32" => [Some(0), Some(u32::MAX), Some(1), None],
        "u64" => [Some(0), Some(i64::MAX as u64), Some(1), None],
        "f32" => [Some(f32::MIN), Some(f32::MAX), Some(1e-45), None],
        "f64" => [Some(dialect.lowest), Some(f64::MAX), Some(5e-324), None],
        "bool" => [Some(false), Some(true), Some(false), None],
        "str" => [Some(""), Some("grüße 🦀 '\"\\%_"), Some("a\nb\tc"), None],
        "binary" => [Some(b"".as_slice()), Some(b"\x00\xff'".as_slice()), Some(b"\\x".as_slice()), None],
        "date" => [Some(-719_162_i32), Some(2_932_896), Some(-1), None],
        "time" => [Some(0_i64), Some(86_399_999_999_000), Some(45_000_000_000_000), None],
        "moment" => [Some(-62_135_596_800_000_000_i64), Some(253_402_300_799_999_999), Some(-500_000), None],
        "seconds" => [Some(-62_135_596_800_000_i64), Some(253_402_300_799_999), Some(-500), None],
        "instant" => [earliest, latest, odd, None],
        "decimal" => [Some("-9999999999999999999999999999.9999999999"), Some("0.0000000001"), Some("0"), None],
        "duration" => [Some(-86_400_000_000_i64), Some(1), Some(0), None]
    )
    .unwrap();
    let cast = |name: &str, dtype| col(name).strict_cast(dtype);
    let list = Series::new(
        "list".into(),
        [
            Some(Series::new("".into(), [Some(1_i64), None])),
            Some(Series::new_empty("".into(), &DataType::Int64)),
            Some(Series::new("".into(), [i64::MIN])),
            None,
        ],
    );
    let mut frame = frame
        .lazy()
        .with_columns([
            cast("date", DataType::Date),
            cast("time", DataType::Time),
            cast("moment", DataType::Datetime(TimeUnit::Microseconds, None)),
            cast("seconds", DataType::Datetime(TimeUnit::Milliseconds, None)),
            cast(
                "instant",
                DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
            )
            .cast(DataType::Datetime(TimeUnit::Microseconds, zone)),
            cast("decimal", DataType::Decimal(38, 10)),
            cast("duration", DataType::Duration(TimeUnit::Microseconds)),
            col("str")
                .cast(DataType::from_categories(Categories::global()))
                .alias("categorical"),
        ])
        .collect()
        .unwrap();
    frame.with_column(list.into()).unwrap();
    frame
}

/// Makes up numbers, the same ones each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// Returns what is written for a value: now and then, NULL.
    fn or_null(&mut self, written: impl FnOnce(u64) -> String) -> String {
        let number = self.next();
        if self.next().is_multiple_of(7) {
            "NULL".to_owned()
        } else {
            written(number)
        }
    }
}

fn a_query_gives_what_another_client_gives<K: Kind>() {
    const TEXTS: [&str; 6] = ["''", "'ü'", "'a,b'", "'say \"yes\"'", "'two\nlines'", "'plain'"];
    let kind = K::start();
    let mut numbers = Numbers(20_260_101);
    let dialect = K::DIALECT;
    let mut script = format!(
        "CREATE TABLE made_up (id INTEGER, whole BIGINT, number DOUBLE PRECISION, text {}, flag {}, day DATE);\n{};\n",
        dialect.text, dialect.boolean, dialect.begin
    );
    for id in 0..700 {
        let whole = numbers.or_null(|number| (number as i64 * 4_294_967_291 - (1 << 60)).to_string());
        let float = numbers.or_null(|number| format!("{:e}", (number as f64 - 1e9) / 3e5));
        let text = numbers.or_null(|number| TEXTS[number as usize % TEXTS.len()].to_owned());
        let flag = numbers.or_null(|number| dialect.truth[usize::from(number % 2 == 0)].to_owned());
        let day = numbers
            .or_null(|number| format!("'{}-0{}-1{}'", 1900 + number % 200, 1 + number % 9, number % 10));
        writeln!(
            script,
            "INSERT INTO made_up VALUES ({id}, {whole}, {float}, {text}, {flag}, {day});"
        )
        .unwrap();
    }
    script += "COMMIT;\n";
    kind.client(&script);
    let opened = Opened::to(&kind.url());
    for sql in [
        "SELECT * FROM made_up ORDER BY id",
        "SELECT flag, count(*) AS n, count(day) AS days, min(text) AS low, max(number) AS high FROM made_up GROUP BY flag \
         ORDER BY n",
        "SELECT DISTINCT day, text FROM made_up WHERE day IS NOT NULL ORDER BY day, text",
        "SELECT a.id, b.id AS other, b.text FROM made_up AS a LEFT JOIN made_up AS b ON a.id = b.id * 3 AND b.text LIKE '%ü%' \
         ORDER BY a.id",
        "SELECT id, whole / 7 AS part, number * 2 AS twice, upper(text) AS loud FROM made_up WHERE whole < 0 ORDER BY id",
        "SELECT * FROM made_up WHERE id < 0",
    ] {
        assert_same(&opened.query(sql), &kind.client(sql), sql);
    }
    let asked = format!("SELECT id, text FROM made_up WHERE id > {} ORDER BY id", K::MARK);
    let rows = opened.asked(&asked, &values([Bound::Integer(650)])).unwrap();
    assert_eq!(rows.height(), 49);
    assert_same(&rows, &kind.client(&asked.replace(K::MARK, "650")), &asked);
}

/// Fails where a frame has not the rows that a client has printed.
#[track_caller]
fn assert_same(frame: &DataFrame, printed: &str, sql: &str) {
    let rows = csv(printed);
    assert_eq!(frame.height(), rows.len(), "{sql}");
    for (row, fields) in rows.iter().enumerate() {
        for (column, field) in frame.columns().iter().zip(fields) {
            let value = column.get(row).unwrap();
            let is_same = match (&value, field.as_deref()) {
                (AnyValue::Null, None) => true,
                (AnyValue::Boolean(flag), Some(field)) => ["1", "t"].contains(&field) == *flag,
                (AnyValue::String(text), Some(field)) => *text == field,
                (AnyValue::Float64(number), Some(field)) => field.parse() == Ok(*number),
                (value, Some(field)) => value.to_string() == field,
                _ => false,
            };
            assert!(
                is_same,
                "{sql}: row {row}, {}: {value} and {field:?}",
                column.name()
            );
        }
    }
}

fn values_that_look_like_sql_stay_values<K: Kind>() {
    let kind = K::start();
    victims(&kind);
    let opened = Opened::to(&kind.url());
    opened.execute(&format!("CREATE TABLE said (text {})", K::DIALECT.text));
    for text in ODD {
        let bound = || Bound::Text((*text).to_owned());
        let back = opened
            .asked(
                &format!("SELECT CAST({} AS {}) AS t", K::MARK, K::DIALECT.any_text),
                &values([bound()]),
            )
            .unwrap();
        assert_eq!(shown(&back), *text);
        let none = opened
            .asked(
                "SELECT name FROM victims WHERE name = :who",
                &named([("who", bound())]),
            )
            .unwrap();
        assert_eq!(none.height(), 0, "{text}");
        let insert = format!("INSERT INTO said VALUES ({})", K::MARK);
        let changed = opened
            .connection
            .run(|database| database.execute(&insert, &values([bound()]), &opened.interrupt));
        assert_eq!(changed.unwrap(), 1);
        assert_unharmed(&kind, text);
    }
    let frame = df!("text" => ODD).unwrap();
    opened.load(&load("said", Mode::Append, &frame), &frame).unwrap();
    for text in ODD {
        let count = opened
            .asked(
                &format!("SELECT count(*) AS n FROM said WHERE text = {}", K::MARK),
                &values([Bound::Text((*text).to_owned())]),
            )
            .unwrap();
        assert_eq!(shown(&count), "2", "{text}");
    }
    assert_unharmed(&kind, "a load");
}

fn names_that_look_like_sql_stay_names<K: Kind>() {
    let kind = K::start();
    victims(&kind);
    let opened = Opened::to(&kind.url());
    for name in ODD.iter().filter(|name| K::can_name(name)) {
        let table = TableName {
            schema: None,
            name: (*name).to_owned(),
        };
        let other = format!("{name} 2");
        let frame = df!(*name => [1_i64, 2], other.as_str() => ["a", "b"]).unwrap();
        let mut made = load(name, Mode::Upsert, &frame);
        made.keys = vec![(*name).to_owned()];
        opened.load(&made, &frame).unwrap();
        let (quoted, known) = opened
            .connection
            .run(|database| {
                let columns = database.columns(&table, &opened.interrupt)?.unwrap();
                Ok((database.qualified(&table), columns))
            })
            .unwrap();
        let known: Vec<&str> = known.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(known, [*name, other.as_str()]);
        made.before = Some(format!("DELETE FROM {quoted}"));
        for mode in [Mode::Upsert, Mode::Append, Mode::Overwrite] {
            made.mode = mode;
            made.keys = if mode == Mode::Upsert {
                vec![(*name).to_owned()]
            } else {
                Vec::new()
            };
            let report = opened.load(&made, &frame).unwrap();
            assert_eq!((report.rows, report.before, report.rows_after), (2, Some(2), 2));
        }
        assert!(
            opened.query(&format!("SELECT * FROM {quoted}")).equals(&frame),
            "{name}"
        );
        assert_unharmed(&kind, name);
    }
}
