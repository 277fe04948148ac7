//! Types and values, both ways.

use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::{Column, Value};
use polars::prelude::{AnyValue, DataType, NamedFrom as _, Series, TimeUnit, TimeZone};

use crate::database::decimal;
use crate::database::gathering::Storage as _;
use crate::database::mysql::declared::Declared;
use crate::database::mysql::gatherer::Gatherer;
use crate::database::mysql::meaning::Meaning;
use crate::database::mysql::outgoing::Outgoing;
use crate::database::mysql::types::{key_type_for, misfit, type_for};

fn kind(
    column_type: ColumnType,
    length: u32,
    charset: u16,
    decimals: u8,
    flags: ColumnFlags,
) -> Option<Meaning> {
    let column = Column::new(column_type)
        .with_column_length(length)
        .with_character_set(charset)
        .with_decimals(decimals)
        .with_flags(flags);
    Meaning::of(&column).ok()
}

fn encoded(series: &Series, type_name: &str) -> Result<Value, String> {
    Outgoing::new(series, Declared::of(type_name).unwrap(), type_name)
        .unwrap()
        .value(0)
}

fn built(kind: Meaning, value: &Value) -> Result<AnyValue<'static>, String> {
    let mut builder = Gatherer::new("a", &kind, 1);
    builder.push(value).map_err(|unfit| unfit.reason)?;
    Ok(builder.finish().unwrap().get(0).unwrap().into_static())
}

#[test]
fn knows_what_columns_of_results_are() {
    let (none, unsigned) = (ColumnFlags::empty(), ColumnFlags::UNSIGNED_FLAG);
    let tiny = ColumnType::MYSQL_TYPE_TINY;
    assert_eq!(kind(tiny, 1, 63, 0, none), Some(Meaning::Boolean));
    assert_eq!(kind(tiny, 4, 63, 0, none), Some(Meaning::Int8));
    assert_eq!(kind(tiny, 3, 63, 0, unsigned), Some(Meaning::UInt8));
    assert_eq!(
        kind(ColumnType::MYSQL_TYPE_LONGLONG, 20, 63, 0, unsigned),
        Some(Meaning::UInt64)
    );
    assert_eq!(
        kind(ColumnType::MYSQL_TYPE_BIT, 1, 63, 0, unsigned),
        Some(Meaning::Bit)
    );
    assert_eq!(
        kind(ColumnType::MYSQL_TYPE_BIT, 8, 63, 0, unsigned),
        Some(Meaning::Bits)
    );
    let decimal = |length, scale, flags| kind(ColumnType::MYSQL_TYPE_NEWDECIMAL, length, 63, scale, flags);
    let of = |precision, scale| Some(Meaning::Decimal { precision, scale });
    assert_eq!(decimal(12, 2, none), of(10, 2));
    assert_eq!(decimal(11, 2, unsigned), of(10, 2));
    assert_eq!(decimal(6, 0, none), of(5, 0));
    // What it may have is too much; what it has may do.
    assert_eq!(decimal(67, 2, none), of(38, 2));
    assert_eq!(
        kind(ColumnType::MYSQL_TYPE_BLOB, 100, 63, 0, none),
        Some(Meaning::Bytes)
    );
    assert_eq!(
        kind(ColumnType::MYSQL_TYPE_BLOB, 100, 255, 0, none),
        Some(Meaning::Text)
    );
    assert_eq!(
        kind(ColumnType::MYSQL_TYPE_JSON, 100, 63, 0, none),
        Some(Meaning::Text)
    );
    assert_eq!(kind(ColumnType::MYSQL_TYPE_GEOMETRY, 100, 63, 0, none), None);
}

#[test]
fn refuses_values_that_a_frame_cannot_hold() {
    assert_eq!(
        built(Meaning::Date, &Value::Date(0, 0, 0, 0, 0, 0, 0)),
        Err("0000-00-00 is no day of the calendar".to_owned())
    );
    assert_eq!(
        built(Meaning::Time, &Value::Time(true, 34, 22, 59, 59, 0)),
        Err("-838:59:59 is no time of a day".to_owned())
    );
    assert_eq!(
        built(Meaning::Boolean, &Value::Int(7)),
        Err("7 is neither 0 nor 1, which are what a boolean is in MySQL".to_owned())
    );
    let long = Meaning::Decimal {
        precision: 38,
        scale: 0,
    };
    assert!(built(long, &Value::Bytes(vec![b'9'; 39])).is_err());
    assert!(built(Meaning::Text, &Value::Bytes(vec![255])).is_err());
}

#[test]
fn builds_values() {
    let none = |kind| built(kind, &Value::NULL).unwrap() == AnyValue::Null;
    assert!(
        none(Meaning::Text)
            && none(Meaning::Decimal {
                precision: 5,
                scale: 2
            })
            && none(Meaning::Instant)
    );
    assert_eq!(
        built(Meaning::Bit, &Value::Bytes(vec![1])),
        Ok(AnyValue::Boolean(true))
    );
    assert_eq!(
        built(Meaning::Bits, &Value::Bytes(vec![255; 8])),
        Ok(AnyValue::UInt64(u64::MAX))
    );
    assert_eq!(
        built(Meaning::Moment, &Value::Date(1970, 1, 2, 0, 0, 1, 5))
            .unwrap()
            .to_string(),
        "1970-01-02 00:00:01.000005"
    );
    assert_eq!(
        built(
            Meaning::Decimal {
                precision: 5,
                scale: 2
            },
            &Value::Bytes(b"-0.05".to_vec())
        )
        .unwrap()
        .to_string(),
        "-0.05"
    );
}

#[test]
fn decimals_are_exact() {
    assert_eq!(decimal::read(b"-12.50", 2), Some(-1250));
    assert_eq!(decimal::read(b"12", 2), Some(1200));
    assert_eq!(decimal::read(b"1.230", 2), Some(123));
    assert_eq!(decimal::read(b"1.234", 2), None);
    assert_eq!(decimal::read(b"", 2), None);
    assert_eq!(decimal::read(b"1e5", 0), None);
    assert_eq!(decimal::shown(-5, 2), "-0.05");
    assert_eq!(decimal::shown(1250, 2), "12.50");
    assert_eq!(decimal::shown(7, 0), "7");
}

#[test]
fn reads_declared_types() {
    assert_eq!(Declared::of("tinyint(1)"), Some(Declared::Boolean));
    assert_eq!(Declared::of("tinyint(4)"), Some(Declared::Whole(-128, 127)));
    assert_eq!(
        Declared::of("bigint(20) unsigned"),
        Some(Declared::Whole(0, i128::from(u64::MAX)))
    );
    assert_eq!(
        Declared::of("decimal(10,2) unsigned"),
        Some(Declared::Decimal {
            precision: 10,
            scale: 2,
            is_unsigned: true
        })
    );
    let labels = ["a", "it's", "b,c)", ""].map(str::to_owned).to_vec();
    assert_eq!(
        Declared::of("enum('a','it''s','b,c)','')"),
        Some(Declared::Choice(labels))
    );
    assert_eq!(Declared::of("datetime(6)"), Some(Declared::Moment(6)));
    assert_eq!(Declared::of("timestamp"), Some(Declared::Instant(0)));
    assert_eq!(Declared::of("point"), None);
}

#[test]
fn creates_columns_that_keep_the_values() {
    let created = |dtype: &DataType| type_for(dtype).unwrap();
    assert_eq!(created(&DataType::Boolean), "tinyint(1)");
    assert_eq!(created(&DataType::UInt64), "bigint unsigned");
    assert_eq!(created(&DataType::Decimal(38, 10)), "decimal(38,10)");
    assert_eq!(created(&DataType::String), "longtext CHARACTER SET utf8mb4");
    assert_eq!(
        key_type_for(&DataType::String).unwrap(),
        "varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    );
    let zoned = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    assert_eq!(created(&zoned), "timestamp(6) NULL");
    assert_eq!(type_for(&DataType::Duration(TimeUnit::Microseconds)), None);
    // What is created takes what it was created for.
    for dtype in [
        DataType::Boolean,
        DataType::Int64,
        DataType::Float32,
        DataType::Date,
        DataType::Time,
    ] {
        assert_eq!(misfit(&dtype, &created(&dtype)), None, "{dtype}");
    }
}

#[test]
fn says_why_values_do_not_go_into_a_column() {
    let naive = DataType::Datetime(TimeUnit::Microseconds, None);
    assert_eq!(
        misfit(&naive, "timestamp(6)").unwrap(),
        "its values are datetime[μs], and the column is timestamp(6): which moments they are is not known without a zone: \
         give them one first"
    );
    assert!(misfit(&DataType::String, "int(11)").is_some());
    assert!(misfit(&DataType::Float64, "int(11)").is_some());
    assert_eq!(misfit(&DataType::Int64, "tinyint(1)"), None);
    assert!(misfit(&DataType::Int64, "point").is_some());
}

#[test]
fn refuses_values_that_a_column_would_change() {
    let wrong = |series: Series, type_name: &str| encoded(&series, type_name).unwrap_err();
    let numbers = |value: i64| Series::new("a".into(), [value]);
    let floats = |value: f64| Series::new("a".into(), [value]);
    let texts = |value: &str| Series::new("a".into(), [value]);
    assert_eq!(
        wrong(numbers(300), "tinyint(4)"),
        "300 is not in the range of tinyint(4)"
    );
    assert_eq!(wrong(numbers(70), "year(4)"), "70 is not in the range of year(4)");
    assert_eq!(
        wrong(numbers(2), "tinyint(1)"),
        "2 is neither 0 nor 1, which are what tinyint(1) keeps here"
    );
    assert_eq!(
        wrong(floats(1.005), "decimal(6,2)"),
        "1.005 has more digits behind the point than decimal(6,2) keeps; round it first"
    );
    assert_eq!(
        wrong(floats(-1.0), "decimal(6,2) unsigned"),
        "-1 is not in the range of decimal(6,2) unsigned"
    );
    assert_eq!(
        wrong(floats(f64::NAN), "double"),
        "NaN, and MySQL has no such number; NULL is what is not known"
    );
    assert_eq!(
        wrong(floats(0.1), "float"),
        "0.1 is not exactly a number of type float; cast it to 32 bits first"
    );
    assert_eq!(encoded(&floats(0.5), "float"), Ok(Value::Float(0.5)));
    let short = Series::new("a".into(), [0.1_f32]);
    assert_eq!(encoded(&short, "float"), Ok(Value::Float(0.1)));
    assert_eq!(
        wrong(texts("äöüß"), "varchar(3)"),
        "\"äöüß\" has 4 characters, and varchar(3) keeps 3"
    );
    assert_eq!(
        wrong(texts("hapy"), "enum('sad','happy')"),
        "\"hapy\" is no value of enum('sad','happy'); did you mean \"happy\"?"
    );
    let bytes = Series::new("a".into(), [&b"ab"[..]]);
    assert_eq!(
        wrong(bytes, "binary(3)"),
        "it has 2 bytes, and binary(3) would fill it up with zeros to 3"
    );
    let moment = numbers(1_500_000_000_123_456);
    let moment = moment
        .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
        .unwrap();
    assert!(wrong(moment.clone(), "datetime").starts_with("it has more digits behind the second"));
    assert_eq!(
        encoded(&moment, "datetime(6)"),
        Ok(Value::Date(2017, 7, 14, 2, 40, 0, 123_456))
    );
    assert_eq!(
        encoded(&floats(2.5), "decimal(6,2)"),
        Ok(Value::Bytes(b"2.5".to_vec()))
    );
    let none = Series::new_null("a".into(), 1);
    assert_eq!(encoded(&none, "int"), Ok(Value::NULL));
}
