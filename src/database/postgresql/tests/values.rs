//! Values, both ways.

use bytes::BytesMut;
use polars::prelude::{DataType, IntoLazy as _, NamedFrom as _, Series, TimeUnit, TimeZone, col, df};
use proptest::prelude::*;

use crate::database::gathering::Storage as _;
use crate::database::postgresql::builder::Builder;
use crate::database::postgresql::encode::Encoder;
use crate::database::postgresql::numeric::{Numeric, put, put_float, shown};
use crate::database::postgresql::types::{misfit, type_for};
use crate::database::postgresql::wire::Wire;

fn numeric(number: i128, scale: usize) -> Vec<u8> {
    let mut out = BytesMut::new();
    put(number, scale, &mut out);
    out[4..].to_vec()
}

#[test]
fn numbers_keep_all_of_their_digits_or_are_refused() {
    let most = 10_i128.pow(38) - 1;
    for (number, scale) in [
        (0, 0),
        (0, 18),
        (1, 38),
        (most, 0),
        (-most, 38),
        (most, 19),
        (12_340_000, 2),
        (-5, 1),
    ] {
        let bytes = numeric(number, scale);
        let read = Numeric::new(&bytes).unwrap();
        assert_eq!(read.scaled(38, scale), Some(number), "{number} {scale}");
        assert_eq!(read.text(), shown(number, scale));
    }
    // 1.23 has no place with one digit behind the point, 100 none with two digits in all.
    assert_eq!(Numeric::new(&numeric(123, 2)).unwrap().scaled(38, 1), None);
    assert_eq!(Numeric::new(&numeric(100, 0)).unwrap().scaled(2, 0), None);
    assert_eq!(Numeric::new(&numeric(120, 2)).unwrap().scaled(38, 1), Some(12));
    for (number, text) in [
        (0.1, "0.1"),
        (-12345.678, "-12345.678"),
        (1e20, "100000000000000000000"),
        (1.25e-7, "0.000000125"),
        (0.0, "0"),
        (f64::NAN, "NaN"),
        (f64::NEG_INFINITY, "-Infinity"),
    ] {
        let mut out = BytesMut::new();
        put_float(number, &mut out);
        assert_eq!(Numeric::new(&out[4..]).unwrap().text(), text);
    }
    for bytes in [&b""[..], b"\0\x01\0\0\0\0\0\0", b"\0\0\0\0\0\0\0"] {
        assert!(Numeric::new(bytes).is_none());
    }
}

/// Writes a column and reads it again.
fn there_and_back(series: &Series, wire: &Wire) -> Series {
    let encoder = Encoder::new(series, wire, "t").unwrap();
    let mut builder = Builder::new(series.name(), wire, 0);
    for row in 0..series.len() {
        let mut out = BytesMut::new();
        encoder.put(row, &mut out).unwrap();
        let length = i32::from_be_bytes(out[..4].try_into().unwrap());
        let value = usize::try_from(length).ok();
        assert_eq!(out.len(), 4 + value.unwrap_or(0));
        builder.push(value.map(|_| &out[4..])).unwrap();
    }
    builder.finish().unwrap()
}

#[test]
fn each_type_comes_back_as_it_went() {
    let texts = Series::new("c".into(), [Some("grüße"), None, Some(""), Some("🦀")]);
    let numbers = Series::new("c".into(), [Some(1_i64), None, Some(0), Some(-10_000)]);
    let uuids = Series::new("c".into(), [Some("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), None]);
    for (series, wire) in [
        (
            Series::new("c".into(), [Some(true), None, Some(false)]),
            "boolean",
        ),
        (Series::new("c".into(), [i16::MIN, i16::MAX]), "smallint"),
        (Series::new("c".into(), [i32::MIN, i32::MAX]), "integer"),
        (Series::new("c".into(), [i64::MIN, i64::MAX]), "bigint"),
        (Series::new("c".into(), [u32::MIN, u32::MAX]), "oid"),
        (Series::new("c".into(), [f32::MIN, f32::INFINITY, 1e-45]), "real"),
        (
            Series::new("c".into(), [f64::MIN, f64::INFINITY, 5e-324]),
            "double precision",
        ),
        (texts.clone(), "text"),
        (texts, "jsonb"),
        (uuids, "uuid"),
        (Series::new("c".into(), [&b"\0\xff"[..], b""]), "bytea"),
        (
            numbers
                .cast(&DataType::Int32)
                .unwrap()
                .cast(&DataType::Date)
                .unwrap(),
            "date",
        ),
        (
            Series::new("c".into(), [0_i64, 86_399_999_999_000])
                .cast(&DataType::Time)
                .unwrap(),
            "time without time zone",
        ),
        (
            numbers
                .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
                .unwrap(),
            "timestamp without time zone",
        ),
        (
            numbers
                .cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)))
                .unwrap(),
            "timestamp with time zone",
        ),
        (
            numbers.cast(&DataType::Duration(TimeUnit::Microseconds)).unwrap(),
            "interval",
        ),
        (
            numbers.cast(&DataType::Decimal(38, 10)).unwrap(),
            "numeric(38,10)",
        ),
        (numbers.cast(&DataType::Decimal(9, 2)).unwrap(), "numeric(9,2)"),
    ] {
        let wire = Wire::named(wire).unwrap();
        assert_eq!(misfit(series.dtype(), &wire), None);
        let back = there_and_back(&series, &wire);
        assert!(
            back.equals_missing(&series) && back.dtype() == series.dtype(),
            "{series:?} {back:?}"
        );
        // The same values as lists, the last of them in a list that is cut out of a longer one.
        let lists = Series::new(
            "c".into(),
            [
                Some(series.clone()),
                None,
                Some(series.slice(0, 0)),
                Some(series.slice(1, 1)),
            ],
        );
        let back = there_and_back(&lists.slice(1, 3), &Wire::List(Box::new(wire), 0));
        assert!(back.equals_missing(&lists.slice(1, 3)), "{lists:?} {back:?}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_named() {
    let said = |series: Series, wire: Wire| {
        let encoder = Encoder::new(&series, &wire, "the type").unwrap();
        encoder.put(0, &mut BytesMut::new()).unwrap_err()
    };
    let text = |text: &str| Series::new("c".into(), [text]);
    let mood = Wire::Enum(["sad".to_owned(), "happy".to_owned()].into());
    assert_eq!(
        said(text("hapy"), mood),
        "\"hapy\" is no value of the type; did you mean \"happy\"?"
    );
    assert_eq!(
        said(text("größe"), Wire::Text { most: Some(4) }),
        "\"größe\" has 5 characters, and the type keeps 4"
    );
    assert_eq!(
        said(text("a\0"), Wire::Text { most: None }),
        "\"a\\0\" has a NUL character, which PostgreSQL's texts cannot have"
    );
    assert_eq!(
        said(text("a0eebc99-9c0b"), Wire::Uuid),
        "\"a0eebc99-9c0b\" is no UUID"
    );
    assert_eq!(
        said(Series::new("c".into(), [70_000]), Wire::Int16),
        "70000 is too large for the type"
    );
    assert_eq!(
        said(Series::new("c".into(), [(1_i64 << 53) + 1]), Wire::Float64),
        "9007199254740993 is not exactly a number of type the type"
    );
    assert_eq!(
        said(Series::new("c".into(), [0.1]), Wire::Float32),
        "0.1 is not exactly a number of type the type; cast it to 32 bits first"
    );
    let money = Wire::named("numeric(4,1)").unwrap();
    assert_eq!(
        said(Series::new("c".into(), [1.25]), money.clone()),
        "1.25 has more digits behind the point than the type keeps; round it first"
    );
    assert_eq!(
        said(Series::new("c".into(), [0.1_f32]), money.clone()),
        "0.10000000149011612 has more digits behind the point than the type keeps; cast it to 64 bits and round it first"
    );
    let near = Encoder::new(&Series::new("c".into(), [0.1 + 0.2]), &money, "the type").unwrap();
    assert_eq!(near.put(0, &mut BytesMut::new()), Ok(()));
    let decimal = df!("c" => ["1.25"])
        .unwrap()
        .lazy()
        .select([col("c").cast(DataType::Decimal(10, 2))]);
    let decimal = decimal
        .collect()
        .unwrap()
        .column("c")
        .unwrap()
        .as_materialized_series()
        .clone();
    assert_eq!(
        said(decimal, money.clone()),
        "1.25 has more digits behind the point than the type keeps; round it first"
    );
    assert_eq!(
        said(Series::new("c".into(), [1000]), money),
        "1000 is too large for the type"
    );
    let moment = Series::new("c".into(), [1_i64])
        .cast(&DataType::Datetime(TimeUnit::Nanoseconds, None))
        .unwrap();
    assert_eq!(
        said(moment, Wire::Timestamp),
        "it has nanoseconds, and the database keeps microseconds; round it first"
    );
}

#[test]
fn what_a_frame_cannot_hold_is_refused() {
    let said = |bytes: &[u8], wire: &str| {
        let mut builder = Builder::new("c", &Wire::named(wire).unwrap(), 0);
        builder.push(Some(bytes)).unwrap_err().reason
    };
    assert_eq!(
        said(&i32::MAX.to_be_bytes(), "date"),
        "infinity is no date of a frame"
    );
    assert_eq!(
        said(&i64::MIN.to_be_bytes(), "timestamp with time zone"),
        "-infinity is no moment of a frame"
    );
    assert_eq!(
        said(&86_400_000_000_i64.to_be_bytes(), "time without time zone"),
        "24:00:00 is no time of a frame, whose days end before it"
    );
    assert_eq!(
        said(&1_u128.to_be_bytes(), "interval"),
        "an interval has 1 months, which differ in their length"
    );
    assert_eq!(
        said(b"\0\0\0\x02\0\0\0\0\0\0\0\x17", "integer[]"),
        "an array has 2 dimensions, and a list has one"
    );
    assert_eq!(
        said(b"\xff\xfe", "text"),
        "the server sent something that is no value of its type (String)"
    );
}

#[test]
fn a_new_column_takes_what_it_was_made_for() {
    for dtype in [
        DataType::Boolean,
        DataType::Int8,
        DataType::UInt16,
        DataType::UInt32,
        DataType::UInt64,
        DataType::Float32,
        DataType::Decimal(12, 2),
        DataType::String,
        DataType::Binary,
        DataType::Date,
        DataType::Time,
        DataType::Datetime(TimeUnit::Milliseconds, None),
        DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)),
        DataType::Duration(TimeUnit::Nanoseconds),
        DataType::List(Box::new(DataType::Int64)),
    ] {
        let wire = Wire::named(&type_for(&dtype).unwrap()).unwrap();
        assert_eq!(misfit(&dtype, &wire), None, "{dtype}");
    }
    assert_eq!(
        type_for(&DataType::List(Box::new(DataType::List(Box::new(
            DataType::Int64
        ))))),
        None
    );
    let said = |dtype: DataType, wire: &str| misfit(&dtype, &Wire::named(wire).unwrap()).unwrap();
    assert_eq!(
        said(
            DataType::Datetime(TimeUnit::Microseconds, None),
            "timestamp with time zone"
        ),
        "its values are datetime[μs]: which moments they are is not known without a zone: give them one first"
    );
    assert_eq!(
        said(DataType::String, "numeric(10,2)"),
        "its values are str: cast them first"
    );
}

proptest! {
    #[test]
    fn any_number_comes_back(number in -(10_i128.pow(38) - 1)..10_i128.pow(38), scale in 0_usize..=38) {
        let bytes = numeric(number, scale);
        let read = Numeric::new(&bytes).unwrap();
        prop_assert_eq!(read.scaled(38, scale), Some(number));
        prop_assert_eq!(read.text(), shown(number, scale));
    }

    #[test]
    fn any_float_is_read_as_itself(number in proptest::num::f64::NORMAL) {
        let mut out = BytesMut::new();
        put_float(number, &mut out);
        let text = Numeric::new(&out[4..]).unwrap().text();
        prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), number.to_bits());
    }

    #[test]
    fn nothing_that_a_server_sends_is_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
        kind in proptest::sample::select(vec![
            "boolean", "integer", "numeric", "text", "jsonb", "uuid", "date", "interval", "integer[]", "numeric(5,2)[]",
            "timestamp without time zone", "\"char\"",
        ]),
    ) {
        let mut builder = Builder::new("c", &Wire::named(kind).unwrap(), 0);
        let _ = builder.push(Some(&bytes));
    }
}
