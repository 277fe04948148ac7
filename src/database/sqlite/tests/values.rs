//! What is written is read back as what it was.

use polars::prelude::{
    Column, DataType, Int32Chunked, Int64Chunked, Int128Chunked, IntoColumn, IntoSeries, NamedFrom,
    NewChunkedArray, Series, TimeUnit, TimeZone,
};

use crate::database::load::Mode;
use crate::database::testing::{column, frame, load, memory, told};

fn whole(values: &[Option<i64>]) -> Int64Chunked {
    Int64Chunked::from_slice_options("x".into(), values)
}

fn decimal(values: &[Option<i128>], precision: usize, scale: usize) -> Column {
    let values = Int128Chunked::from_slice_options("x".into(), values);
    values
        .into_decimal(precision, scale)
        .unwrap()
        .into_series()
        .into_column()
}

/// Loads a column into a new table, and returns the type that it got, and what is read back.
fn there_and_back(values: &Column) -> Result<(String, Column), String> {
    let mut session = memory();
    let frame = frame(vec![values.clone()]);
    session
        .load(&load("t", Mode::Error, &frame), &frame)
        .map_err(|error| told(&error))?;
    let type_name = session.columns("t").remove(0).type_name;
    let read = session.query("SELECT * FROM t").map_err(|error| told(&error))?;
    Ok((type_name, read.columns()[0].clone()))
}

fn cast(values: &Column, dtype: &DataType) -> Column {
    values.strict_cast(dtype).unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one line for each type")]
fn every_type_is_read_back_as_it_was_written() {
    let big = 10_i128.pow(38) - 1;
    let micros = |unit, zone| {
        whole(&[
            Some(-62_167_219_200_000_000),
            Some(253_402_300_799_999_999),
            Some(1),
            None,
        ])
        .into_datetime(unit, zone)
    };
    let dates =
        Int32Chunked::from_slice_options("x".into(), &[Some(-719_528), Some(2_932_896), Some(0), None]);
    let times = whole(&[
        Some(0),
        Some(86_399_999_999_999),
        Some(1_000_000),
        Some(1000),
        None,
    ]);
    let texts = [
        "",
        " ",
        "Ærø 🐑",
        "'; DROP TABLE t; -- \"",
        "a\0b\n",
        "007",
        "NULL",
    ];
    let categories = Series::new("x".into(), ["a", "b", "a"]);
    let categories = categories
        .cast(&DataType::from_categories(polars::prelude::Categories::global()))
        .unwrap();
    for (values, type_name) in [
        (
            column("x", [Some(i64::MIN), Some(i64::MAX), Some(0), None]),
            "INTEGER",
        ),
        (
            column(
                "x",
                [
                    Some(f64::MIN),
                    Some(f64::MAX),
                    Some(f64::MIN_POSITIVE),
                    Some(5e-324),
                    Some(0.1),
                    None,
                ],
            ),
            "REAL",
        ),
        (
            column(
                "x",
                [
                    Some(f64::INFINITY),
                    Some(f64::NEG_INFINITY),
                    Some(9_007_199_254_740_993.0),
                    None,
                ],
            ),
            "REAL",
        ),
        (column("x", [Some(true), Some(false), None]), "BOOLEAN"),
        (
            column(
                "x",
                texts.iter().copied().map(Some).chain([None]).collect::<Vec<_>>(),
            ),
            "TEXT",
        ),
        (
            column("x", [Some(b"".as_slice()), Some(b"\0\xff".as_slice()), None]),
            "BLOB",
        ),
        (dates.into_date().into_series().into_column(), "DATE"),
        (times.into_time().into_series().into_column(), "TIME"),
        (
            micros(TimeUnit::Microseconds, None).into_series().into_column(),
            "TIMESTAMP",
        ),
        (
            micros(TimeUnit::Microseconds, Some(TimeZone::UTC))
                .into_series()
                .into_column(),
            "TIMESTAMP WITH TIME ZONE",
        ),
        (
            decimal(&[Some(999_999_999_999_999), Some(-1), Some(100), None], 15, 2),
            "DECIMAL(15,2)",
        ),
        (
            decimal(
                &[Some(999_999_999_999_999), Some(-999_999_999_999_999), None],
                15,
                15,
            ),
            "DECIMAL(15,15)",
        ),
        (
            decimal(&[Some(big), Some(-big), Some(0), Some(1), None], 38, 10),
            "DECIMAL_TEXT(38,10)",
        ),
        (
            decimal(&[Some(big), Some(-big), Some(0), None], 38, 0),
            "DECIMAL_TEXT(38,0)",
        ),
        (Series::new_null("x".into(), 3).into_column(), ""),
    ] {
        let (found, read) = there_and_back(&values).unwrap();
        assert_eq!(found, type_name);
        assert_eq!(read.dtype(), values.dtype());
        assert!(read.equals_missing(&values), "{type_name}: {read:?}");
    }
    let (found, read) = there_and_back(&categories.clone().into_column()).unwrap();
    assert_eq!(found, "TEXT");
    assert!(read.equals_missing(&cast(&categories.into_column(), &DataType::String)));
}

#[test]
fn numbers_of_all_widths_become_whole_numbers_or_floats() {
    for (dtype, values) in [
        (DataType::Int8, vec![i64::from(i8::MIN), i64::from(i8::MAX)]),
        (DataType::Int16, vec![i64::from(i16::MIN), i64::from(i16::MAX)]),
        (DataType::Int32, vec![i64::from(i32::MIN), i64::from(i32::MAX)]),
        (DataType::UInt8, vec![0, i64::from(u8::MAX)]),
        (DataType::UInt16, vec![0, i64::from(u16::MAX)]),
        (DataType::UInt32, vec![0, i64::from(u32::MAX)]),
        (DataType::UInt64, vec![0, i64::MAX]),
        (DataType::Int128, vec![i64::MIN, i64::MAX]),
    ] {
        let values = column("x", values);
        let (type_name, read) = there_and_back(&cast(&values, &dtype)).unwrap();
        assert_eq!(type_name, "INTEGER");
        assert!(read.equals_missing(&values), "{dtype}");
    }
    let floats = column("x", [0.1_f32, f32::MAX, f32::MIN_POSITIVE]);
    let (type_name, read) = there_and_back(&floats).unwrap();
    assert_eq!(type_name, "REAL");
    assert!(read.equals_missing(&cast(&floats, &DataType::Float64)));
}

#[test]
fn moments_of_other_units_are_the_same_moments() {
    let milliseconds =
        whole(&[Some(-1), Some(1_706_700_645_123), None]).into_datetime(TimeUnit::Milliseconds, None);
    let (_, read) = there_and_back(&milliseconds.clone().into_series().into_column()).unwrap();
    let expected = cast(
        &milliseconds.into_series().into_column(),
        &DataType::Datetime(TimeUnit::Microseconds, None),
    );
    assert!(read.equals_missing(&expected), "{read:?}");
    let zone = TimeZone::opt_try_new(Some("Europe/Berlin")).unwrap();
    let there = whole(&[Some(1_706_700_645_123_456)]).into_datetime(TimeUnit::Microseconds, zone);
    let (type_name, read) = there_and_back(&there.into_series().into_column()).unwrap();
    assert_eq!(type_name, "TIMESTAMP WITH TIME ZONE");
    assert_eq!(read.get(0).unwrap().to_string(), "2024-01-31 11:30:45.123456 UTC");
}

#[test]
fn values_that_sqlite_cannot_keep_are_named_with_their_row() {
    let hint = "→ nothing was loaded; change the value, or filter the row out";
    for (values, expected) in [
        (
            column("x", [1.0, f64::NAN]),
            "NaN, which SQLite has not: it would become NULL",
        ),
        (
            column("x", [0, u64::MAX]),
            "18446744073709551615 is larger than a whole number of SQLite can be, which is 9223372036854775807",
        ),
        (
            whole(&[Some(0), Some(1001)])
                .into_datetime(TimeUnit::Nanoseconds, None)
                .into_series()
                .into_column(),
            "it has nanoseconds, and moments in SQLite are kept to the microsecond",
        ),
        (
            whole(&[Some(0), Some(253_402_300_800_000)])
                .into_datetime(TimeUnit::Milliseconds, None)
                .into_series()
                .into_column(),
            "the year is not one of 0000 to 9999, which SQLite knows",
        ),
        (
            Int32Chunked::from_slice_options("x".into(), &[Some(0), Some(i32::MAX)])
                .into_date()
                .into_series()
                .into_column(),
            "the year is not one of 0000 to 9999, which SQLite knows",
        ),
    ] {
        assert_eq!(
            there_and_back(&values).unwrap_err(),
            format!("row 2, column \"x\": {expected}\n{hint}")
        );
    }
}

#[test]
fn types_that_sqlite_has_not_are_refused_before_the_first_row() {
    let list = Series::new("x".into(), [Series::new("".into(), [1_i64])]).into_column();
    let duration = cast(&column("x", [1_i64]), &DataType::Duration(TimeUnit::Microseconds));
    for (values, expected) in [
        (
            list,
            "column \"x\": the database has no type for values of type list[i64]
→ load it as a text: SELECT to_json(x) AS x …",
        ),
        (
            duration,
            "column \"x\": the database has no type for values of type duration[μs]
→ load it as a number: df.cast({\"x\": \"Int64\"})",
        ),
    ] {
        assert_eq!(there_and_back(&values).unwrap_err(), expected);
    }
}
