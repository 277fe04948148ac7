//! Where an axis has ticks, and what is beside them.

use super::extent::Range;
use crate::frame::Scalar;
use crate::frame::plot::Scale;

const SECOND: f64 = 1_000.0;
const DAY: f64 = 86_400.0 * SECOND;

/// Steps between times, in milliseconds.
const TIME_STEPS: [f64; 22] = [
    SECOND,
    5.0 * SECOND,
    15.0 * SECOND,
    30.0 * SECOND,
    60.0 * SECOND,
    300.0 * SECOND,
    900.0 * SECOND,
    1_800.0 * SECOND,
    3_600.0 * SECOND,
    10_800.0 * SECOND,
    21_600.0 * SECOND,
    43_200.0 * SECOND,
    DAY,
    2.0 * DAY,
    7.0 * DAY,
    14.0 * DAY,
    30.0 * DAY,
    91.0 * DAY,
    182.0 * DAY,
    365.0 * DAY,
    730.0 * DAY,
    1_826.0 * DAY,
];

/// A tick: its place on the axis and what it says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) place: f64,
    pub(super) label: String,
}

/// Returns at most about `most` ticks at round values.
pub(super) fn ticks(range: Range, most: usize, scale: &Scale) -> Vec<Tick> {
    let (low, high) = range;
    let rough = (high - low) / most.max(1) as f64;
    if !(rough.is_finite() && rough > 0.0) {
        return Vec::new();
    }
    let step = match scale {
        Scale::Time => {
            let known = TIME_STEPS.into_iter().find(|step| *step >= rough);
            known.unwrap_or_else(|| round(rough / (365.25 * DAY)) * 365.25 * DAY)
        }
        Scale::Whole => round(rough).max(1.0),
        Scale::Number | Scale::Share | Scale::Category(_) => round(rough),
    };
    let first = (low / step - 1e-9).ceil();
    let count = ((high / step + 1e-9).floor() - first).clamp(-1.0, 1_000.0) as i64;
    (0..=count)
        .map(|tick| {
            let place = (first + tick as f64) * step;
            let label = match scale {
                Scale::Time => time(place, step),
                Scale::Number | Scale::Whole | Scale::Share | Scale::Category(_) => number(place, step),
            };
            Tick { place, label }
        })
        .collect()
}

/// Returns the smallest of 1, 2 and 5 times a power of ten that is not less.
fn round(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= rough * 0.999_999)
        .unwrap_or(10.0 * power)
}

/// Writes a number with as many decimals as a step needs.
fn number(value: f64, step: f64) -> String {
    let size = value.abs().max(step);
    if !(1e-4..1e7).contains(&size) {
        return format!("{value:.1e}").replace(".0e", "e");
    }
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

/// Writes a value beside its mark: four digits that count.
pub(super) fn value(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    let size = value.abs();
    if !(1e-4..1e7).contains(&size) {
        return format!("{value:.2e}");
    }
    let decimals = (3.0 - size.log10().floor()).clamp(0.0, 6.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn time(milliseconds: f64, step: f64) -> String {
    let day = (milliseconds / DAY).floor();
    let date = Scalar::Date(day as i32).to_string();
    if step >= DAY {
        return date;
    }
    let seconds = ((milliseconds - day * DAY) / SECOND).round() as i64;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if step < 60.0 * SECOND {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else {
        let month_and_day = date.get(5..).unwrap_or_default();
        format!("{month_and_day} {hour:02}:{minute:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(range: Range, most: usize, scale: Scale) -> String {
        let ticks = ticks(range, most, &scale);
        ticks
            .into_iter()
            .map(|tick| tick.label)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn ticks_are_round() {
        let number = |low, high| labels((low, high), 5, Scale::Number);
        assert_eq!(number(0.42, 80.0), "20 40 60 80");
        assert_eq!(number(-1.3, 1.3), "-1 0 1");
        assert_eq!(number(0.0, 0.003), "0.000 0.001 0.002 0.003");
        assert_eq!(number(0.0, 1e9), "0e0 2e8 4e8 6e8 8e8 1e9");
        assert_eq!(number(1.0, 1.0), "");
        assert_eq!(labels((0.9, 3.1), 5, Scale::Whole), "1 2 3");
        assert_eq!(labels((0.0, 1.0), 5, Scale::Share), "0.0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(
            labels((0.0, 3.0 * DAY), 3, Scale::Time),
            "1970-01-01 1970-01-02 1970-01-03 1970-01-04"
        );
        assert_eq!(
            labels((0.0, DAY / 4.0), 2, Scale::Time),
            "01-01 00:00 01-01 03:00 01-01 06:00"
        );
    }

    #[test]
    fn values_have_the_digits_that_count() {
        let texts = [577.0, 0.741_97, 29.699_118, -1.25, 1_234.56, 0.0].map(value);
        assert_eq!(texts, ["577", "0.742", "29.7", "-1.25", "1235", "0"]);
    }
}
