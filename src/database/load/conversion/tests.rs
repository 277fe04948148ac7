//! Which texts become which values, and which become none.

use super::*;

fn through(dtype: &DataType, texts: &[Option<&str>]) -> (Vec<String>, Vec<usize>) {
    let column = Column::new("x".into(), texts.to_vec());
    let mut wrong = Vec::new();
    let converted = converted(&column, dtype, &mut |row, _| wrong.push(row)).unwrap();
    assert_eq!(converted.dtype(), dtype);
    let shown = (0..converted.len()).map(|row| converted.get(row).unwrap().to_string());
    (shown.collect(), wrong)
}

#[test]
fn texts_become_values_and_gaps_stay_in_their_places() {
    let decimal = DataType::Decimal(5, 2);
    let zoned = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    let plain = DataType::Datetime(TimeUnit::Microseconds, None);
    for (dtype, texts, expected, wrong) in [
        (
            DataType::Int32,
            vec![
                None,
                Some(" 7 "),
                Some("7.5"),
                Some("2147483648"),
                None,
                Some("-2147483648"),
            ],
            vec!["null", "7", "null", "null", "null", "-2147483648"],
            vec![2, 3],
        ),
        (
            decimal,
            vec![
                Some("1.50"),
                Some("-0.5"),
                Some("1.005"),
                Some("1000"),
                Some("999.99"),
                Some("1."),
            ],
            vec!["1.50", "-0.50", "null", "null", "999.99", "1.00"],
            vec![2, 3],
        ),
        (
            DataType::Date,
            vec![Some("2024-02-29"), Some("2023-02-29"), Some("29.2.2024"), None],
            vec!["2024-02-29", "null", "null", "null"],
            vec![1, 2],
        ),
        (
            zoned,
            vec![
                Some("2024-02-29T12:00:00+02:00"),
                Some("2024-02-29 12:00:00"),
                Some("2024-02-29T12:00:00.1234567Z"),
            ],
            vec!["2024-02-29 10:00:00 UTC", "2024-02-29 12:00:00 UTC", "null"],
            vec![2],
        ),
        (
            plain,
            vec![
                Some("2024-02-29T12:00:00Z"),
                Some("2024-02-29 12:00"),
                Some("2024-02-29"),
            ],
            vec!["null", "2024-02-29 12:00:00", "2024-02-29 00:00:00"],
            vec![0],
        ),
        (
            DataType::Boolean,
            vec![Some("true"), Some("F"), Some("0"), Some("maybe")],
            vec!["true", "false", "false", "null"],
            vec![3],
        ),
        (
            DataType::Float64,
            vec![Some("1e3"), Some("1,5"), Some("-0.25")],
            vec!["1000.0", "null", "-0.25"],
            vec![1],
        ),
    ] {
        let (shown, found) = through(&dtype, &texts);
        assert_eq!(shown, expected, "{dtype}");
        assert_eq!(found, wrong, "{dtype}");
    }
}

#[test]
fn moments_that_nanoseconds_do_not_reach_are_counted_in_microseconds() {
    let nanoseconds = DataType::Datetime(TimeUnit::Nanoseconds, None);
    let conversion = Conversion {
        columns: vec![Some(nanoseconds)],
    };
    let convert = |texts: &[&str]| {
        let column = Column::new("x".into(), texts.to_vec());
        let (frame, unfit) = conversion
            .convert(&DataFrame::new(texts.len(), vec![column]).unwrap())
            .unwrap();
        let values = frame.columns()[0].clone();
        let shown: Vec<String> = (0..texts.len())
            .map(|row| values.get(row).unwrap().to_string())
            .collect();
        (shown, unfit)
    };
    let (shown, unfit) = convert(&["0001-01-01", "9999-12-31 23:59:59.999999", "2024-02-29 12:00"]);
    assert_eq!(
        shown,
        [
            "0001-01-01 00:00:00",
            "9999-12-31 23:59:59.999999",
            "2024-02-29 12:00:00"
        ]
    );
    assert_eq!(unfit, []);
    assert_eq!(
        convert(&["2024-02-29 12:00:00.1234567"]).0,
        ["2024-02-29 12:00:00.123456700"]
    );
    let (_, unfit) = convert(&["9999-12-31", "2024-02-29 12:00:00.1234567"]);
    assert_eq!((unfit.len(), unfit[0].row), (1, 1));
    assert!(
        unfit[0]
            .reason
            .ends_with("with at most six digits behind the second"),
        "{}",
        unfit[0].reason
    );
}

#[test]
fn nothing_is_guessed_and_nothing_dropped() {
    let moment = DataType::Datetime(TimeUnit::Microseconds, None);
    for (dtype, text) in [
        (DataType::Date, "26-01-31"),
        (DataType::Time, "12:00:00.1234560009"),
        (DataType::Time, "23:59:60"),
        (moment.clone(), "26-01-31 12:00:00"),
        (moment.clone(), "2026-01-31 12:00:00.1234560009"),
        (moment, "2026-01-31 12:00:60"),
        (DataType::Float64, "1e400"),
        (DataType::Float32, "1e39"),
        (DataType::Int64, "9223372036854775808"),
    ] {
        assert_eq!(through(&dtype, &[Some(text)]).1, [0], "{text} as {dtype}");
    }
    let (shown, wrong) = through(&DataType::Float64, &[Some("inf"), Some("1.5")]);
    assert_eq!(
        (shown, wrong),
        (vec!["inf".to_owned(), "1.5".to_owned()], Vec::new())
    );
}

#[test]
fn usual_days_are_what_the_pattern_makes_of_them() {
    for text in [
        "2024-02-29",
        "2023-02-29",
        "0000-01-01",
        "9999-12-31",
        "2024-13-01",
        "2024-00-10",
        "2024-01-00",
        "2024-04-31",
        "2024-1a-01",
        "20240-1-01",
        "2024-01- 1",
        "2024/01/01",
    ] {
        let by_pattern = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let by_numbers =
            usual_day(text.as_bytes()).map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day));
        assert!(by_numbers.is_none_or(|day| day == by_pattern), "{text}");
        let known = by_pattern.map(|day| day.signed_duration_since(NaiveDate::default()).num_days());
        assert_eq!(day(text).map(i64::from), known, "{text}");
    }
    assert!(usual_day(b"2024-02-29").is_some());
}
