//! Intervals as they are written.

use std::fmt;

use super::calendar::DAY;
use super::digits;

/// A span of time. One of months has no days, and the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::frame::sql) struct Interval {
    pub(in crate::frame::sql) months: i64,
    pub(in crate::frame::sql) days: i64,
    pub(in crate::frame::sql) micros: i64,
    /// Whether it is one of years and months, even of none.
    pub(in crate::frame::sql) is_of_months: bool,
    /// Whether it is one of days and times, even of none.
    pub(in crate::frame::sql) is_of_days: bool,
    /// The first and the last of [`FIELDS`] that it is written in.
    fields: Option<(usize, usize)>,
}

/// Reads an interval: an amount of a unit, `'1-2' YEAR TO MONTH`, `'3 04:05:06' DAY TO SECOND`, or `'1 day 2 hours'`.
pub(in crate::frame::sql) fn interval(
    text: &str,
    leading: Option<&str>,
    last: Option<&str>,
) -> Option<Interval> {
    let text = text.trim();
    match (leading, last) {
        (Some(leading), Some(last)) => {
            let (sign, text) = signed(text);
            let (leading, last) = (leading.to_lowercase(), last.to_lowercase());
            let fields = field_of(&leading).zip(field_of(&last));
            if (leading.as_str(), last.as_str()) == ("year", "month") {
                let (years, months) = text.split_once('-')?;
                let months = digits(years)?
                    .checked_mul(12)?
                    .checked_add(digits(months).filter(|months| *months < 12)?)?;
                return Some(Interval {
                    months: sign * months,
                    is_of_months: true,
                    fields,
                    ..Interval::default()
                });
            }
            let micros = clocked(text, &leading, &last)?;
            Some(Interval {
                micros: micros.checked_mul(sign)?,
                is_of_days: true,
                fields,
                ..Interval::default()
            })
        }
        (Some(leading), None) => {
            let mut all = Interval::default();
            all.add(text, leading)?;
            Some(all)
        }
        (None, _) => {
            let text = match text.get(..9) {
                Some(word) if word.eq_ignore_ascii_case("interval ") => text.get(9..)?,
                _ => text,
            };
            let mut words = text.split_whitespace();
            let mut all = Interval::default();
            while let Some(amount) = words.next() {
                all.add(amount, words.next()?)?;
            }
            (all.is_of_months || all.is_of_days).then_some(all)
        }
    }
}

impl Interval {
    /// Adds an amount of a unit.
    fn add(&mut self, amount: &str, unit: &str) -> Option<()> {
        let (months, days, micros) = unit_of(unit)?;
        let (sign, amount) = signed(amount);
        if micros > 0 {
            let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
            // Only seconds have parts.
            if amount.contains('.') && micros != 1_000_000 {
                return None;
            }
            let whole = if whole.is_empty() && !fraction.is_empty() {
                0
            } else {
                digits(whole)?
            };
            let total = whole
                .checked_mul(micros)?
                .checked_add(super::fraction(fraction)?)?;
            self.micros = self.micros.checked_add(sign * total)?;
        } else {
            let amount = sign.checked_mul(digits(amount)?)?;
            self.months = self.months.checked_add(months.checked_mul(amount)?)?;
            self.days = self.days.checked_add(days.checked_mul(amount)?)?;
        }
        self.is_of_months |= months > 0;
        self.is_of_days |= months == 0;
        let field = field_of(unit)?;
        let (first, last) = self.fields.unwrap_or((field, field));
        self.fields = Some((first.min(field), last.max(field)));
        Some(())
    }

    /// Returns whether it is negative, and how many months or microseconds it has.
    fn sized(&self) -> (bool, u128) {
        let size = if self.is_of_months {
            i128::from(self.months)
        } else {
            i128::from(self.days) * i128::from(DAY) + i128::from(self.micros)
        };
        (size < 0, size.unsigned_abs())
    }
}

/// Returns the place in [`FIELDS`] of the field that a unit is counted in: weeks are in days, milliseconds in seconds.
fn field_of(unit: &str) -> Option<usize> {
    let (months, days, micros) = unit_of(unit)?;
    let (is_of_months, size) = match (months, days) {
        (0, 0) => (false, micros),
        (0, days) => (false, days.checked_mul(DAY)?),
        (months, _) => (true, months),
    };
    let fits =
        |field: &Field| field.is_of_months == is_of_months && field.size <= u128::from(size.unsigned_abs());
    FIELDS.iter().position(fits).or(Some(FIELDS.len() - 1))
}

/// Returns months, days and microseconds of a unit, in any of its spellings.
pub(in crate::frame::sql) fn unit_of(name: &str) -> Option<(i64, i64, i64)> {
    let name = name.trim().to_lowercase();
    Some(match name.strip_suffix('s').unwrap_or(&name) {
        "year" => (12, 0, 0),
        "month" => (1, 0, 0),
        "week" => (0, 7, 0),
        "day" => (0, 1, 0),
        "hour" => (0, 0, 3_600_000_000),
        "minute" => (0, 0, 60_000_000),
        "second" => (0, 0, 1_000_000),
        "millisecond" => (0, 0, 1_000),
        "microsecond" => (0, 0, 1),
        _ => return None,
    })
}

fn signed(text: &str) -> (i64, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest.trim_start()),
        None => (1, text.strip_prefix('+').unwrap_or(text).trim_start()),
    }
}

/// Reads `3 04:05:06.7` from one unit down to another; only the first may be large.
fn clocked(text: &str, leading: &str, last: &str) -> Option<i64> {
    const UNITS: [(&str, i64, i64); 4] = [
        ("day", DAY, i64::MAX),
        ("hour", 3_600_000_000, 23),
        ("minute", 60_000_000, 59),
        ("second", 1_000_000, 59),
    ];
    let at = |name: &str| UNITS.iter().position(|(unit, _, _)| *unit == name);
    let (first, end) = (at(leading)?, at(last)?);
    if first >= end {
        return None;
    }
    let (text, fraction) = match text.split_once('.') {
        Some((text, fraction)) if last == "second" => (text, super::fraction(fraction)?),
        Some(_) => return None,
        None => (text, 0),
    };
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = text;
    if leading == "day" {
        let (days, times) = text.split_once(' ')?;
        parts.push(days);
        rest = times.trim_start();
    }
    parts.extend(rest.split(':'));
    let units = UNITS.get(first..=end)?;
    if parts.len() != units.len() {
        return None;
    }
    let mut total = fraction;
    for (index, (part, (_, size, most))) in parts.iter().zip(units).enumerate() {
        let value = digits(part).filter(|value| index == 0 || value <= most)?;
        total = total.checked_add(value.checked_mul(*size)?)?;
    }
    Some(total)
}

/// Writes a constant interval, in no more fields than it needs.
pub(in crate::frame::sql) fn interval_text(months: i32, days: i32, micros: i64) -> String {
    let interval = Interval {
        months: months.into(),
        days: days.into(),
        micros,
        is_of_months: months != 0,
        ..Interval::default()
    };
    let (_, size) = interval.sized();
    let needs = |(index, field): (usize, &Field)| {
        let before = index.checked_sub(1).and_then(|before| FIELDS.get(before));
        let rest = match before {
            Some(before) if before.is_of_months == field.is_of_months => size % before.size,
            _ => size,
        };
        // Parts of a second are in its field.
        let least = if index + 1 == FIELDS.len() { 1 } else { field.size };
        (field.is_of_months == interval.is_of_months && rest >= least).then_some(index)
    };
    let mut needed = FIELDS.iter().enumerate().filter_map(needs);
    let first = needed.next().unwrap_or(FIELDS.len() - 1);
    let last = needed.next_back().unwrap_or(first);
    let fields = Some((first, last));
    Interval { fields, ..interval }.to_string()
}

/// Writes it as Spark does, in the fields that it is written in: `INTERVAL '1 02' DAY TO HOUR`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (is_negative, mut rest) = self.sized();
        let (first, last) = self.fields.unwrap_or((FIELDS.len() - 1, FIELDS.len() - 1));
        let fields = FIELDS.get(first..=last).unwrap_or_default();
        f.write_str(if is_negative { "INTERVAL '-" } else { "INTERVAL '" })?;
        for (index, field) in fields.iter().enumerate() {
            let before = if index == 0 { "" } else { field.before };
            let (amount, width) = (rest / field.size, field.width);
            write!(f, "{before}{amount:0width$}")?;
            rest %= field.size;
        }
        // Only seconds have parts.
        if rest != 0 {
            write!(f, ".{}", format!("{rest:06}").trim_end_matches('0'))?;
        }
        match fields {
            [first, .., last] => write!(f, "' {} TO {}", first.name, last.name),
            [one] => write!(f, "' {}", one.name),
            [] => Ok(()),
        }
    }
}

/// A field of intervals.
struct Field {
    name: &'static str,
    is_of_months: bool,
    /// In months, or in microseconds.
    size: u128,
    /// What stands between the field before and this.
    before: &'static str,
    /// How many digits it has at least.
    width: usize,
}

impl Field {
    const fn new(
        name: &'static str,
        is_of_months: bool,
        size: u128,
        before: &'static str,
        width: usize,
    ) -> Self {
        Self {
            name,
            is_of_months,
            size,
            before,
            width,
        }
    }
}

/// The fields of intervals, the largest first.
const FIELDS: [Field; 6] = [
    Field::new("YEAR", true, 12, "", 1),
    Field::new("MONTH", true, 1, "-", 1),
    Field::new("DAY", false, 86_400_000_000, "", 1),
    Field::new("HOUR", false, 3_600_000_000, " ", 2),
    Field::new("MINUTE", false, 60_000_000, ":", 2),
    Field::new("SECOND", false, 1_000_000, ":", 2),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_written_in_the_fields_it_is_read_from() {
        for (text, leading, last, written) in [
            ("90", Some("MINUTE"), None, "INTERVAL '90' MINUTE"),
            ("-1", Some("week"), None, "INTERVAL '-7' DAY"),
            ("12", Some("MONTHS"), None, "INTERVAL '12' MONTH"),
            ("0", Some("month"), None, "INTERVAL '0' MONTH"),
            ("1500", Some("millisecond"), None, "INTERVAL '01.5' SECOND"),
            ("1-2", Some("YEAR"), Some("MONTH"), "INTERVAL '1-2' YEAR TO MONTH"),
            (
                "10:20",
                Some("MINUTE"),
                Some("SECOND"),
                "INTERVAL '10:20' MINUTE TO SECOND",
            ),
            ("1 day 2 hours", None, None, "INTERVAL '1 02' DAY TO HOUR"),
            ("2 hours 1 day", None, None, "INTERVAL '1 02' DAY TO HOUR"),
        ] {
            assert_eq!(interval(text, leading, last).unwrap().to_string(), written);
        }
    }

    #[test]
    fn an_interval_that_is_not_written_has_no_more_fields_than_it_needs() {
        assert_eq!(interval_text(24, 0, 0), "INTERVAL '2' YEAR");
        assert_eq!(interval_text(-14, 0, 0), "INTERVAL '-1-2' YEAR TO MONTH");
        assert_eq!(
            interval_text(0, 0, 5_400_000_000),
            "INTERVAL '01:30' HOUR TO MINUTE"
        );
        assert_eq!(
            interval_text(0, 1, 500_000),
            "INTERVAL '1 00:00:00.5' DAY TO SECOND"
        );
        assert_eq!(
            interval_text(0, i32::MAX, i64::MAX),
            "INTERVAL '2254235638 04:00:54.775807' DAY TO SECOND"
        );
        assert_eq!(interval_text(0, 0, 0), "INTERVAL '00' SECOND");
    }
}
