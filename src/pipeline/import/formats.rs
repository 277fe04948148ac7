//! Formats of times and of spans of Data Factory's, as ours.

use std::time::Duration;

/// The pieces of .NET's formats, the longer ones first, and what they are here.
const PIECES: [(&str, &str); 13] = [
    ("yyyy", "%Y"),
    ("yy", "%y"),
    ("MMMM", "%B"),
    ("MMM", "%b"),
    ("MM", "%m"),
    ("dddd", "%A"),
    ("ddd", "%a"),
    ("dd", "%d"),
    ("HH", "%H"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("fff", "%3f"),
    ("tt", "%p"),
];

/// Writes a format of .NET as one of `strftime`; `None` where it has letters of which that is not known.
pub(super) fn strftime(format: &str) -> Option<String> {
    // A letter alone is a format that .NET has a name for.
    if format.len() == 1 {
        return None;
    }
    let mut written = String::new();
    let mut rest = format;
    'pieces: while let Some(first) = rest.chars().next() {
        for (theirs, ours) in PIECES {
            if let Some(behind) = rest.strip_prefix(theirs) {
                written += ours;
                rest = behind;
                continue 'pieces;
            }
        }
        match first {
            'T' | 'Z' => written.push(first),
            // They quote, or escape, what is behind them.
            '\'' | '"' | '\\' => return None,
            '%' => written += "%%",
            _ if first.is_alphabetic() => return None,
            _ => written.push(first),
        }
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
    }
    Some(written)
}

/// Reads .NET's span `1.02:03:04`: days, hours, minutes, seconds.
pub(super) fn span(text: &str) -> Option<Duration> {
    let (days, clock) = match text.split_once('.') {
        Some((days, clock)) if clock.contains(':') => (days.parse::<u64>().ok()?, clock),
        _ => (0, text),
    };
    let parts: Option<Vec<u64>> = clock.split(':').map(|part| part.parse().ok()).collect();
    let seconds = match parts?.as_slice() {
        [hours, minutes, seconds] => hours
            .checked_mul(3600)?
            .checked_add(minutes.checked_mul(60)?)?
            .checked_add(*seconds)?,
        _ => return None,
    };
    days.checked_mul(86_400)?
        .checked_add(seconds)
        .map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_and_spans_are_read() {
        assert_eq!(
            strftime("yyyy-MM-ddTHH:mm:ss.fffZ").unwrap(),
            "%Y-%m-%dT%H:%M:%S.%3fZ"
        );
        assert_eq!(strftime("yyyy/MM/dd 100%").unwrap(), "%Y/%m/%d 100%%");
        assert_eq!(strftime("o"), None);
        assert_eq!(span("0.12:00:00"), Some(Duration::from_hours(12)));
        assert_eq!(span("7.00:00:01"), Some(Duration::from_secs(604_801)));
        assert_eq!(span("00:10:00"), Some(Duration::from_mins(10)));
        assert_eq!(span("soon"), None);
    }
}
