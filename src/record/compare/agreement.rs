//! [`Agreement`]: how near two floats, or two texts with numbers in them, are to each other.

use crate::frame::relative;

/// How near two things are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Agreement {
    /// They are the same.
    Same,
    /// Their floats differ, at most by this share of the larger one.
    Close(f64),
    /// They differ by more than the tolerance, or in something that is not a float.
    Differs,
}

impl Agreement {
    /// Compares two floats.
    pub(super) fn of_floats(recorded: f64, now: f64, tolerance: f64) -> Self {
        let relative = relative(recorded, now);
        if relative == 0.0 {
            Self::Same
        } else if relative <= tolerance {
            Self::Close(relative)
        } else {
            Self::Differs
        }
    }

    /// Compares two texts: what is no number has to be the same, and numbers with a fraction or an exponent as near
    /// as the tolerance asks.
    pub(super) fn of_texts(recorded: &str, now: &str, tolerance: f64) -> Self {
        if recorded == now {
            return Self::Same;
        }
        let (mut rest, mut rest_now) = (recorded, now);
        let mut found = Self::Same;
        loop {
            let (before, number, after) = next_number(rest);
            let (before_now, number_now, after_now) = next_number(rest_now);
            if before != before_now {
                return Self::Differs;
            }
            if number != number_now {
                let is_float = [number, number_now]
                    .iter()
                    .any(|number| number.contains(['.', 'e', 'E']));
                found = match (number.parse(), number_now.parse()) {
                    (Ok(recorded), Ok(now)) if is_float => {
                        found.and(Self::of_floats(recorded, now, tolerance))
                    }
                    _ => Self::Differs,
                };
            }
            if found == Self::Differs || (number.is_empty() && number_now.is_empty()) {
                return found;
            }
            (rest, rest_now) = (after, after_now);
        }
    }

    /// Returns [`Same`](Self::Same) or [`Differs`](Self::Differs).
    pub(super) fn when(is_same: bool) -> Self {
        if is_same { Self::Same } else { Self::Differs }
    }

    /// Returns the less near of two.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Differs, _) | (_, Self::Differs) => Self::Differs,
            (Self::Close(one), Self::Close(other)) => Self::Close(one.max(other)),
            (Self::Close(one), Self::Same) | (Self::Same, Self::Close(one)) => Self::Close(one),
            (Self::Same, Self::Same) => Self::Same,
        }
    }

    /// Returns the least near of all.
    pub(super) fn worst(all: impl Iterator<Item = Self>) -> Self {
        all.fold(Self::Same, Self::and)
    }
}

/// Splits a text at its first number: what is before it, the number, and what is after it.
fn next_number(text: &str) -> (&str, &str, &str) {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let Some(first) = bytes.iter().position(u8::is_ascii_digit) else {
        return (text, "", "");
    };
    let mut end = first;
    while is_digit(end) {
        end += 1;
    }
    if bytes.get(end) == Some(&b'.') && is_digit(end + 1) {
        end += 1;
        while is_digit(end) {
            end += 1;
        }
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if is_digit(end + 1 + sign) {
            end += 1 + sign;
            while is_digit(end) {
                end += 1;
            }
        }
    }
    (
        text.get(..first).unwrap_or_default(),
        text.get(first..end).unwrap_or_default(),
        text.get(end..).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_near_when_their_floats_are_and_all_else_is_the_same() {
        let (same, differs) = (Agreement::Same, Agreement::Differs);
        for (recorded, now, expected) in [
            ("", "", same),
            ("auc 0.5", "auc 0.5", same),
            ("auc 0.50", "auc 0.5", same),
            ("auc 1.0, n 3", "auc 1.1, n 3", Agreement::Close(0.1 / 1.1)),
            ("auc 1.0, n 3", "auc 1.2, n 3", differs),
            ("auc 1.0, n 3", "auc 1.0, n 4", differs),
            ("1e3 rows", "1.05e3 rows", Agreement::Close(0.05 / 1.05)),
            ("x = 1.0", "x = -1.0", differs),
            ("x = 1.0", "y = 1.0", differs),
            ("1.0", "1.0 2.0", differs),
            ("a1b", "a1b.0", differs),
            ("2026-01-31", "2026-01-30", differs),
        ] {
            let found = Agreement::of_texts(recorded, now, 0.1);
            let is_near = match (found, expected) {
                (Agreement::Close(found), Agreement::Close(expected)) => (found - expected).abs() < 1e-12,
                _ => found == expected,
            };
            assert!(is_near, "{recorded} {now}: {found:?}");
        }
    }
}
