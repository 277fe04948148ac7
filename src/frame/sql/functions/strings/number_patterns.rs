//! Numbers by the patterns of Java's `DecimalFormat`: `#,##0.00`.

use polars::prelude::*;

use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{Rows, some};

/// A pattern, read.
struct NumberPattern<'t> {
    before: &'t str,
    behind: &'t str,
    /// How many digits are between two commas; 0 for no commas.
    group: usize,
    least_whole: usize,
    least_part: usize,
    most_part: usize,
}

impl<'t> NumberPattern<'t> {
    /// Reads a pattern; `None` where it has what is not known here.
    fn read(text: &'t str) -> Option<Self> {
        let is_digit = |one: char| matches!(one, '#' | '0' | ',' | '.');
        let start = text.find(is_digit)?;
        let (before, rest) = text.split_at(start);
        let (digits, behind) = rest.split_at(rest.find(|one| !is_digit(one)).unwrap_or(rest.len()));
        let is_plain = |text: &str| !text.contains(|one: char| is_digit(one) || "%‰;'-E¤".contains(one));
        if !is_plain(before) || !is_plain(behind) {
            return None;
        }
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let is_right = |digits: &str, first: char| {
            let behind = digits.trim_start_matches([first, ',']);
            !behind.contains(first)
        };
        if part.contains(['.', ',']) || !is_right(whole, '#') || !is_right(part, '0') {
            return None;
        }
        let zeros = |digits: &str| digits.matches('0').count();
        let group = whole.rsplit_once(',').map_or(0, |(_, last)| last.len());
        if whole.ends_with(',') || digits == "." {
            return None;
        }
        // Java reads `#.##` as `0.##`, and `.##` as `.0#`.
        let has_point = digits.contains('.');
        let (mut least_whole, mut least_part) = (zeros(whole), zeros(part));
        if has_point && least_whole + least_part == 0 {
            (least_whole, least_part) = if whole.is_empty() { (0, 1) } else { (1, 0) };
        }
        Some(Self {
            before,
            behind,
            group,
            least_whole,
            least_part,
            most_part: part.len(),
        })
    }

    /// Writes a number; halves go to the even digit.
    fn write(&self, number: f64, out: &mut String) {
        let text = format!("{:.*}", self.most_part, number.abs());
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        if number.is_sign_negative() && text.contains(|one| matches!(one, '1'..='9')) {
            out.push('-');
        }
        out.push_str(self.before);
        let whole = whole.trim_start_matches('0');
        let digits = format!("{whole:0>width$}", width = self.least_whole);
        for (index, digit) in digits.chars().enumerate() {
            if self.group > 0 && index > 0 && (digits.len() - index).is_multiple_of(self.group) {
                out.push(',');
            }
            out.push(digit);
        }
        let kept = part.trim_end_matches('0').len().max(self.least_part);
        let part = part.get(..kept).unwrap_or(part);
        if digits.is_empty() && part.is_empty() {
            out.push('0');
        }
        if !part.is_empty() {
            out.push('.');
            out.push_str(part);
        }
        out.push_str(self.behind);
    }
}

pub(super) fn format_number(rows: &Rows) -> PolarsResult<Series> {
    let (numbers, patterns) = (rows.doubles(0)?, rows.texts(1)?);
    rows.make_texts(|row, out| {
        let (number, written) = (some!(numbers.at(row)), some!(patterns.at(row)));
        let shown = if written.is_empty() { "#,##0" } else { written };
        let pattern = NumberPattern::read(shown).ok_or_else(|| {
            failed(
                &format!("`{written}` is no pattern of a number"),
                "a pattern is of #, 0, commas and a point: '#,##0.00'; format_string('%.2f', x) has more",
            )
        })?;
        match number {
            number if number.is_nan() => out.push_str("NaN"),
            number if number.is_infinite() => {
                let sign = if number < 0.0 { "-" } else { "" };
                out.push_str(&format!("{sign}{}∞{}", pattern.before, pattern.behind));
            }
            number => pattern.write(number, out),
        }
        Ok(Some(()))
    })
}

#[cfg(test)]
mod tests {
    use super::NumberPattern;

    #[test]
    fn numbers_are_written_by_patterns() {
        let written = |number: f64, pattern: &str| {
            let mut out = String::new();
            NumberPattern::read(pattern).unwrap().write(number, &mut out);
            out
        };
        assert_eq!(written(12_332.123_456, "##,###.##"), "12,332.12");
        assert_eq!(written(1234.5, "#,##0.00"), "1,234.50");
        assert_eq!(written(-0.125, "0.00"), "-0.12");
        assert_eq!(written(0.5, "#.##"), "0.5");
        assert_eq!(written(0.5, "#.00"), ".50");
        assert_eq!(written(7.0, "000"), "007");
        assert_eq!(written(7.0, "$#,###"), "$7");
        assert_eq!(written(0.0, "#"), "0");
    }

    #[test]
    fn what_is_no_pattern_is_not_read() {
        for pattern in ["", "x", "0%", "0#", "#.#0", "0.0.0", "0E0"] {
            assert!(NumberPattern::read(pattern).is_none(), "{pattern}");
        }
    }
}
