//! Values by the hundred, made from numbers that look random: what another client writes is what comes, and what goes in is what
//! another client sees.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate};
use polars::prelude::*;
use sheaf::database::Mode;

use super::kinds::{Kind, csv, for_every_kind};
use super::opened::{Opened, load};

for_every_kind! {
    generated_values_are_the_same_on_both_sides;
}

const ROWS: usize = 300;
/// What begins the numbers; a failure is the same in each run.
const SEED: u64 = 0x5eaf_0001;

/// A value, as it is counted in a frame.
#[derive(Debug, Clone, PartialEq)]
enum Made {
    Null,
    Whole(i128),
    Float(u64),
    Text(String),
}

/// Numbers that look random, and are the same in each run.
struct Numbers(u64);

impl Numbers {
    /// The next number (`SplitMix64`).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A number of a range: often one of its ends, or a small one.
    fn within(&mut self, range: &RangeInclusive<i128>) -> i128 {
        let (least, most) = (*range.start(), *range.end());
        match self.below(8) {
            0 => least,
            1 => most,
            2 => i128::from(self.below(3)).clamp(least, most),
            _ => {
                let bits = (i128::from(self.next()) << 64) | i128::from(self.next());
                least + bits.rem_euclid(most - least + 1)
            }
        }
    }
}

/// Makes a value of a column: as another client writes it, and as it is counted in a frame; `None` for columns of which a text has
/// to have a form of its own.
fn made(
    numbers: &mut Numbers,
    (name, written, dtype): (&str, &[&str; 3], &DataType),
) -> Option<(String, Made)> {
    let whole = |text: &str| text.parse::<i128>().ok();
    Some(match dtype {
        DataType::Boolean => {
            let at = numbers.below(2) as usize;
            (written[at].to_owned(), Made::Whole(at as i128))
        }
        dtype if dtype.is_integer() => {
            let value = numbers.within(&(whole(written[0])?..=whole(written[1])?));
            (value.to_string(), Made::Whole(value))
        }
        DataType::Float64 => {
            let value = f64::from_bits(numbers.next());
            let mut value = if value.is_normal() { value } else { 0.1 };
            if matches!(name, "REAL" | "float") {
                // SQLite reads numbers with more digits, or further away, not always as the nearest float.
                let digits = numbers.below(1_000_000_000_000_000) as f64;
                value = digits / 10_f64.powi(numbers.below(22) as i32);
            }
            (format!("{value:e}"), Made::Float(value.to_bits()))
        }
        DataType::Float32 => {
            let value = f32::from_bits(numbers.next() as u32);
            // MySQL takes none that is nearer to its ends.
            let value = if value.is_normal() && value.abs() < 3e38 && value.abs() > 1e-37 {
                value
            } else {
                0.1
            };
            (format!("{value:e}"), Made::Float(f64::from(value).to_bits()))
        }
        DataType::Decimal(precision, scale) => {
            let is_text = written[0].starts_with('\'');
            // Where the other client writes numbers without quotes, they are floats to SQLite: those have 15 digits.
            let precision = if is_text { *precision } else { (*precision).min(15) };
            let most = 10_i128.pow(u32::try_from(precision).unwrap()) - 1;
            let bound = |text: &str| scaled(text.trim_matches('\''), *scale).clamp(-most, most);
            let value = numbers.within(&(bound(written[0])..=bound(written[1])));
            let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
            let (before, behind) = digits.split_at(digits.len() - scale);
            let sign = if value < 0 { "-" } else { "" };
            let point = if *scale == 0 { "" } else { "." };
            let text = format!("{sign}{before}{point}{behind}");
            let text = if is_text { format!("'{text}'") } else { text };
            (text, Made::Whole(value))
        }
        DataType::Date => {
            let first = NaiveDate::from_ymd_opt(1000, 1, 1).unwrap();
            let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
            let days =
                |day: NaiveDate| i128::from(day.signed_duration_since(NaiveDate::default()).num_days());
            let value = numbers.within(&(days(first)..=days(last)));
            let day = NaiveDate::default() + chrono::TimeDelta::days(value as i64);
            (format!("'{day}'"), Made::Whole(value))
        }
        DataType::Time if matches!(name, "time" | "TIME" | "time(6)" | "time(7)") => {
            let micros = numbers.within(&(0..=86_399_999_999));
            let time = DateTime::from_timestamp_micros(micros as i64).unwrap();
            (
                format!("'{}'", time.format("%H:%M:%S%.f")),
                Made::Whole(micros * 1000),
            )
        }
        DataType::Datetime(unit, zone)
            if name.to_lowercase().starts_with("timestamp")
                || matches!(name, "datetime(6)" | "datetime2(6)" | "datetime2(7)") =>
        {
            // What each of them keeps: nanoseconds reach to 2262, and MySQL's timestamps to 2038.
            let (least, most) = match (unit, zone) {
                (TimeUnit::Nanoseconds, _) => (-9_000_000_000_000_000, 9_000_000_000_000_000),
                (_, Some(_)) => (1_000_000, 2_147_480_000_000_000),
                _ => (-30_610_224_000_000_000, 253_402_300_799_999_999),
            };
            let micros = numbers.within(&(least..=most));
            let moment = DateTime::from_timestamp_micros(micros as i64).unwrap();
            let offset = if name == "timestamptz" { "+00" } else { "" };
            let factor = if *unit == TimeUnit::Nanoseconds { 1000 } else { 1 };
            (
                format!("'{}{offset}'", moment.format("%Y-%m-%d %H:%M:%S%.f")),
                Made::Whole(micros * factor),
            )
        }
        DataType::String if matches!(name, "text" | "TEXT" | "longtext" | "nvarchar(max)") => {
            let letters: Vec<char> = "aZ09 ,;:'\"`%_|\u{e4}\u{df}\u{20ac}\u{1f980}()$?-"
                .chars()
                .collect();
            let length = numbers.below(40);
            let text: String = (0..length)
                .map(|_| letters[numbers.below(letters.len() as u64) as usize])
                .collect();
            let prefix = if name.starts_with('n') { "N" } else { "" };
            (
                format!("{prefix}'{}'", text.replace('\'', "''")),
                Made::Text(text),
            )
        }
        _ => return None,
    })
}

/// Reads a number with so many digits behind the point as a whole one.
fn scaled(text: &str, scale: usize) -> i128 {
    let (before, behind) = text.split_once('.').unwrap_or((text, ""));
    format!("{before}{behind:0<scale$}").parse().unwrap()
}

/// Returns a value of a column, as it is counted.
fn counted(column: &Column, row: usize) -> Made {
    let physical = column.to_physical_repr();
    match physical.get(row).unwrap() {
        AnyValue::Null => Made::Null,
        AnyValue::Boolean(value) => Made::Whole(i128::from(value)),
        AnyValue::Float32(value) => Made::Float(f64::from(value).to_bits()),
        AnyValue::Float64(value) => Made::Float(value.to_bits()),
        AnyValue::String(text) => Made::Text(text.to_owned()),
        AnyValue::StringOwned(text) => Made::Text(text.to_string()),
        AnyValue::Int128(value) | AnyValue::Decimal(value, ..) => Made::Whole(value),
        value => Made::Whole(value.extract::<i128>().unwrap()),
    }
}

fn generated_values_are_the_same_on_both_sides<K: Kind>() {
    let kind = K::start();
    let opened = Opened::to(&kind.url());
    let columns: String = K::TYPES
        .iter()
        .enumerate()
        .map(|(at, (name, ..))| format!(", c{at} {name}"))
        .collect();
    kind.client(&format!(
        "CREATE TABLE written (n INTEGER{columns});\nCREATE TABLE copied (n INTEGER{columns});"
    ));
    let empty = opened.query("SELECT * FROM written");
    let types = empty.dtypes();
    let mut numbers = Numbers(SEED);
    let mut expected: Vec<Vec<Option<Made>>> = Vec::new();
    let mut script = String::new();
    for row in 0..ROWS {
        let mut texts = Vec::new();
        let mut values = Vec::new();
        for (at, (name, written, _)) in K::TYPES.iter().enumerate() {
            let is_null = numbers.below(20) == 0;
            let value = made(&mut numbers, (*name, written, &types[at + 1]));
            match value {
                Some((text, value)) if !is_null => {
                    texts.push(text);
                    values.push(Some(value));
                }
                value => {
                    texts.push("NULL".to_owned());
                    values.push(value.map(|_| Made::Null));
                }
            }
        }
        writeln!(
            script,
            "INSERT INTO written VALUES ({row}, {});",
            texts.join(", ")
        )
        .unwrap();
        expected.push(values);
    }
    kind.client(&script);
    let read = opened.query("SELECT * FROM written ORDER BY n");
    assert_eq!(read.height(), ROWS);
    let mut compared = 0;
    for (row, values) in expected.iter().enumerate() {
        for (at, value) in values.iter().enumerate() {
            let Some(value) = value else { continue };
            let (name, ..) = K::TYPES[at];
            let found = counted(&read.columns()[at + 1], row);
            assert_eq!(&found, value, "row {row} of {name}");
            compared += 1;
        }
    }
    assert!(compared > ROWS * 5, "{compared}");
    opened.load(&load("copied", Mode::Append, &read), &read).unwrap();
    let by_client = |table: &str| csv(&kind.client(&format!("SELECT * FROM {table} ORDER BY n")));
    assert_eq!(by_client("copied"), by_client("written"));
    // What is made of the same values is the same, too.
    opened.load(&load("made", Mode::Error, &read), &read).unwrap();
    assert!(
        opened
            .query("SELECT * FROM made ORDER BY n")
            .equals_missing(&read)
    );
}
