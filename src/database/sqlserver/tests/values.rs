//! Values on their way to a column.

use polars::prelude::{DataType, IntoSeries as _, NamedFrom as _, Series, TimeUnit, TimeZone};
use tiberius::ColumnData;
use tiberius::numeric::Numeric;

use crate::database::sqlserver::outbound::Outbound;
use crate::database::sqlserver::sql_type::SqlType;

fn sent_with(
    series: &Series,
    type_name: &str,
    code_page: Option<i64>,
) -> Result<ColumnData<'static>, String> {
    let kind = SqlType::named(type_name).unwrap();
    Outbound::new(series, kind, type_name, code_page)
        .unwrap()
        .value(0)
}

fn sent(series: &Series, type_name: &str) -> Result<ColumnData<'static>, String> {
    sent_with(series, type_name, Some(1252))
}

fn whole(value: i64) -> Series {
    Series::new("a".into(), [value])
}

fn float(value: f64) -> Series {
    Series::new("a".into(), [value])
}

fn text(value: &str) -> Series {
    Series::new("a".into(), [value])
}

fn moment(micros: i64) -> Series {
    let dtype = DataType::Datetime(TimeUnit::Microseconds, None);
    whole(micros).cast(&dtype).unwrap()
}

#[test]
fn whole_numbers_fit_or_are_refused_with_the_value() {
    assert_eq!(sent(&whole(255), "tinyint"), Ok(ColumnData::U8(Some(255))));
    assert_eq!(
        sent(&whole(-1), "tinyint").unwrap_err(),
        "-1 is not in the range of tinyint"
    );
    assert_eq!(
        sent(&whole(40_000), "smallint").unwrap_err(),
        "40000 is not in the range of smallint"
    );
    assert_eq!(sent(&whole(1), "bit"), Ok(ColumnData::Bit(Some(true))));
    assert_eq!(
        sent(&whole(2), "bit").unwrap_err(),
        "2 is neither 0 nor 1, which are what a bit keeps"
    );
    assert_eq!(
        sent(&whole((1 << 53) + 1), "float").unwrap_err(),
        "9007199254740993 is not exactly a number of type float"
    );
    let large = Series::new("a".into(), [u64::MAX]);
    assert_eq!(
        sent(&large, "decimal(20,0)"),
        Ok(ColumnData::Numeric(Some(Numeric::new_with_scale(
            i128::from(u64::MAX),
            0
        ))))
    );
    assert_eq!(
        sent(&Series::new("a".into(), [None::<i64>]), "int"),
        Ok(ColumnData::I32(None))
    );
}

#[test]
fn digits_are_neither_rounded_nor_cut_off() {
    let exact = |value, scale| Ok(ColumnData::Numeric(Some(Numeric::new_with_scale(value, scale))));
    assert_eq!(sent(&float(12.5), "decimal(4,2)"), exact(1250, 2));
    assert_eq!(sent(&float(-0.1), "money"), exact(-1000, 4));
    assert_eq!(
        sent(&float(0.001), "decimal(4,2)").unwrap_err(),
        "0.001 has more digits behind the point than decimal(4,2) keeps; round it first"
    );
    assert_eq!(
        sent(&float(100.0), "decimal(4,2)").unwrap_err(),
        "100 is not in the range of decimal(4,2)"
    );
    assert_eq!(
        sent(&float(1e15), "money").unwrap_err(),
        "1000000000000000 is not in the range of money"
    );
    assert_eq!(
        sent(&float(214_748.364_8), "smallmoney").unwrap_err(),
        "214748.3648 is not in the range of smallmoney"
    );
    // The amounts at both ends.
    let digits = |number: i128| {
        let numbers = Series::new("a".into(), [number]);
        let numbers = numbers.i128().unwrap().clone();
        numbers.into_decimal_unchecked(38, 4).into_series()
    };
    for end in [i128::from(i64::MIN), i128::from(i64::MAX)] {
        assert_eq!(sent(&digits(end), "money"), exact(end, 4));
    }
    assert!(sent(&digits(i128::from(i64::MIN) - 1), "money").is_err());
    assert_eq!(
        sent(&digits(i128::from(i32::MIN)), "smallmoney"),
        exact(i128::from(i32::MIN), 4)
    );
    for wrong in [f64::NAN, f64::INFINITY] {
        assert!(
            sent(&float(wrong), "float")
                .unwrap_err()
                .contains("no such number")
        );
    }
    let short = Series::new("a".into(), [0.1_f32]);
    assert_eq!(sent(&short, "decimal(10,5)"), exact(10_000, 5));
    assert_eq!(
        sent(&float(1e300), "real").unwrap_err(),
        "1e300 is not in the range of real"
    );
}

#[test]
fn texts_fit_in_length_and_in_letters() {
    assert!(sent(&text("größer"), "nvarchar(6)").is_ok());
    assert_eq!(
        sent(&text("größer"), "nvarchar(5)").unwrap_err(),
        "\"größer\" has 6 units of UTF-16, and nvarchar(5) keeps 5"
    );
    // What is beyond the first plane has two units.
    assert!(sent(&text("😀"), "nvarchar(1)").unwrap_err().contains("2 units"));
    assert!(sent(&text("größer"), "varchar(6)").is_ok());
    assert_eq!(
        sent(&text("größe €!"), "varchar(7)").unwrap_err(),
        "\"größe €!\" has 8 bytes, and varchar(7) keeps 7"
    );
    assert_eq!(
        sent(&text("дом"), "varchar(10)").unwrap_err(),
        "\"дом\" has letters that varchar(10) does not keep; nvarchar keeps all of them"
    );
    assert!(sent_with(&text("дом"), "varchar(10)", Some(1251)).is_ok());
    assert!(
        sent_with(&text("дом"), "varchar(5)", Some(65_001))
            .unwrap_err()
            .contains("6 bytes")
    );
    assert!(sent_with(&text("é"), "varchar(5)", None).is_err());
    assert!(sent(&text("6F9619FF-8B86-D011-B42D-00C04FC964FF"), "uniqueidentifier").is_ok());
    assert!(sent(&text("6F9619FF-8B86-D011-B42D-00C04FC964F"), "uniqueidentifier").is_err());
    let bytes = Series::new("a".into(), [&[1_u8, 2][..]]);
    assert!(sent(&bytes, "varbinary(2)").is_ok());
    assert_eq!(
        sent(&bytes, "varbinary(1)").unwrap_err(),
        "it has 2 bytes, and varbinary(1) keeps 1"
    );
    assert!(
        sent(&bytes, "binary(3)")
            .unwrap_err()
            .contains("fill it up with zeros")
    );
}

#[test]
fn moments_are_kept_as_they_are_or_refused() {
    assert!(sent(&moment(1_000_000), "datetime2(0)").is_ok());
    assert_eq!(
        sent(&moment(1), "datetime2(3)").unwrap_err(),
        "it has more digits behind the second than datetime2(3) keeps, which are 3; round it first"
    );
    assert!(sent(&moment(3_000), "datetime").is_ok());
    assert!(
        sent(&moment(1_000), "datetime")
            .unwrap_err()
            .starts_with("1970-01-01 00:00:00.0010000 is not kept")
    );
    assert!(sent(&moment(60_000_000), "smalldatetime").is_ok());
    assert!(sent(&moment(1_000_000), "smalldatetime").is_err());
    assert_eq!(
        sent(&moment(i64::MAX), "datetime2(7)").unwrap_err(),
        "the year is none of 1 to 9999"
    );
    let zoned = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
    let zoned = whole(1_700_000_000_000).cast(&zoned).unwrap();
    assert!(matches!(
        sent(&zoned, "datetimeoffset(0)"),
        Ok(ColumnData::DateTimeOffset(Some(_)))
    ));
    let date = Series::new("a".into(), [0_i32]).cast(&DataType::Date).unwrap();
    assert!(matches!(sent(&date, "date"), Ok(ColumnData::Date(Some(_)))));
    assert!(matches!(
        sent(&date, "datetime"),
        Ok(ColumnData::DateTime2(Some(_)))
    ));
}
