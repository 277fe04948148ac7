//! The Gregorian calendar in both directions, also before it was there (Howard Hinnant, "chrono-Compatible Low-Level Date
//! Algorithms"). Days count from 1970-01-01, microseconds from its midnight.

/// The microseconds of a day.
pub(in crate::frame::sql) const DAY: i64 = 86_400_000_000;

/// Returns the days of a date; `None` where the calendar has no such day.
pub(in crate::frame::sql) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || day < 1 || day > length(year, month) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Returns year, month and day.
#[inline]
pub(in crate::frame::sql) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Returns how many days a month has.
pub(in crate::frame::sql) fn length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Returns the day some months later, the last of the month where that is shorter: 31 January and a month is 29 February.
pub(in crate::frame::sql) fn add_months(from: i64, months: i64) -> Option<i64> {
    let (year, month, day) = civil(from);
    let total = year
        .checked_mul(12)?
        .checked_add(month - 1)?
        .checked_add(months)?;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
    days(year, month, day.min(length(year, month)))
}

/// Returns the moment some months later, at the same time of the day.
pub(in crate::frame::sql) fn add_months_to_moment(micros: i64, months: i64) -> Option<i64> {
    let day = add_months(micros.div_euclid(DAY), months)?;
    day.checked_mul(DAY)?.checked_add(micros.rem_euclid(DAY))
}

/// Returns how many whole months are between two moments, negative where the second comes first.
pub(in crate::frame::sql) fn months_between(from: i64, to: i64) -> i64 {
    let (mut day, time) = (to.div_euclid(DAY), to.rem_euclid(DAY));
    let (start, start_time) = (from.div_euclid(DAY), from.rem_euclid(DAY));
    if day > start && time < start_time {
        day -= 1;
    } else if day < start && time > start_time {
        day += 1;
    }
    let packed = |days: i64| {
        let (year, month, day) = civil(days);
        (year * 12 + month - 1) * 32 + day
    };
    (packed(day) - packed(start)) / 32
}

/// Returns the day of the week, 0 for Monday.
#[inline]
pub(in crate::frame::sql) fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7)
}

/// Returns the day of the year, 1 for 1 January.
pub(in crate::frame::sql) fn day_of_year(date: i64) -> i64 {
    let (year, _, _) = civil(date);
    date - first_of_year(year) + 1
}

/// Returns 1 January of a year.
pub(in crate::frame::sql) fn first_of_year(year: i64) -> i64 {
    days(year, 1, 1).unwrap_or_default()
}

/// Returns year and week as ISO 8601 counts them: the week of a year's first Thursday is its first.
pub(in crate::frame::sql) fn iso_week(date: i64) -> (i64, i64) {
    let thursday = date - weekday(date) + 3;
    let (year, _, _) = civil(thursday);
    (year, (thursday - first_of_year(year)) / 7 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_end_on_the_last_day_of_shorter_months() {
        let date = |year, month, day| days(year, month, day).unwrap_or(i64::MIN);
        assert_eq!(add_months(date(2024, 1, 31), 1), days(2024, 2, 29));
        assert_eq!(add_months(date(2023, 3, 31), -1), days(2023, 2, 28));
        assert_eq!(civil(date(-1, 12, 31)), (-1, 12, 31));
        assert_eq!(days(2023, 2, 29), None);
        assert_eq!(iso_week(date(2021, 1, 3)), (2020, 53));
        assert_eq!(iso_week(date(2023, 1, 1)), (2022, 52));
        assert_eq!(
            months_between(date(2024, 1, 31) * DAY, date(2024, 2, 29) * DAY),
            0
        );
    }
}
