use crate::database::sqlite::moments::{date, moment, time, write_date, write_moment, write_time};
use crate::database::testing::memory;

#[test]
fn dates_times_and_moments_are_read_in_the_ways_that_people_write_them() {
    for (text, expected) in [
        ("1970-01-01", Some((0, None))),
        ("1969-12-31 23:59:59.999999", Some((-1, None))),
        ("1970-01-01T00:01", Some((60_000_000, None))),
        ("1970-01-01 00:00:01.5", Some((1_500_000, None))),
        ("1970-01-01 00:00:00.000001000", Some((1, None))),
        ("1970-01-01 00:00:00.0000010", Some((1, None))),
        ("1970-01-01 00:00:00Z", Some((0, Some(0)))),
        ("1970-01-01T00:00:00z", Some((0, Some(0)))),
        ("1970-01-01 00:00+05:30", Some((0, Some(19_800)))),
        ("1970-01-01 00:00:00 -0130", Some((0, Some(-5_400)))),
        ("1970-01-01 00:00:00-01", Some((0, Some(-3_600)))),
        // What is finer than a microsecond would be lost.
        ("1970-01-01 00:00:00.0000001", None),
        ("1970-01-01 00:00:00.", None),
        ("1970-01-01 24:00:00", None),
        ("1970-01-01 00:60", None),
        ("1970-01-01 00:00:60", None),
        ("1970-01-01 00:00:00+24:00", None),
        ("1970-01-01 00:00:00+01:60", None),
        ("1970-01-01 00:00:00 UTC", None),
        ("1970-01-01 ", None),
        ("1970-02-30", None),
        ("1970-1-1", None),
        ("19700101", None),
        (" 1970-01-01", None),
        ("+970-01-01", None),
        ("１９７０-01-01", None),
        ("", None),
    ] {
        assert_eq!(moment(text.as_bytes()), expected, "{text}");
    }
    assert_eq!(date(b"0000-01-01"), Some(-719_528));
    assert_eq!(date(b"9999-12-31"), Some(2_932_896));
    assert_eq!(date(b"1900-02-29"), None);
    assert_eq!(time(b"23:59:59.999999999"), Some(86_399_999_999_999));
    assert_eq!(time(b"23:59:59.9999999999"), None);
    assert_eq!(time(b"23:59:5"), None);
}

#[test]
fn what_is_written_is_what_sqlite_itself_understands() {
    let mut texts = Vec::new();
    for microseconds in [
        -62_167_219_200_000_000,
        -1,
        0,
        1_706_700_645_120_000,
        253_402_300_799_000_000,
    ] {
        let mut text = String::new();
        write_moment(&mut text, microseconds).unwrap();
        assert_eq!(moment(text.as_bytes()), Some((microseconds, None)), "{text}");
        texts.push(text);
    }
    assert_eq!(
        texts,
        [
            "0000-01-01 00:00:00",
            "1969-12-31 23:59:59.999999",
            "1970-01-01 00:00:00",
            "2024-01-31 11:30:45.120",
            "9999-12-31 23:59:59"
        ]
    );
    let seconds: Vec<String> = texts.iter().map(|text| format!("unixepoch('{text}')")).collect();
    assert_eq!(
        memory().rows(&format!("VALUES ({})", seconds.join("), ("))),
        "column1: i64\n-62167219200\n-1\n0\n1706700645\n253402300799"
    );
    let mut text = String::new();
    assert_eq!(write_date(&mut text, -719_529), None);
    assert_eq!(write_date(&mut text, 2_932_897), None);
    assert_eq!(write_date(&mut text, i32::MAX), None);
    assert_eq!(write_moment(&mut text, i64::MAX), None);
    text.clear();
    write_time(&mut text, 45_045_000_000_001);
    assert_eq!(text, "12:30:45.000000001");
}
