//! What headers of answers say: dates, and how long a server wants to be left alone.

use std::time::{Duration, SystemTime};

use http::header::{DATE, HeaderMap, RETRY_AFTER};

/// Returns how long a busy server wants to be left alone: a number of seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    if let Some(pause) = headers.get("x-ms-retry-after-ms") {
        return Some(Duration::from_millis(pause.to_str().ok()?.trim().parse().ok()?));
    }
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => http_date(text)?.duration_since(SystemTime::now()).ok(),
    }
}

/// Returns by how many seconds this machine's clock is ahead of the server's.
pub(super) fn ahead(headers: &HeaderMap) -> Option<i64> {
    let theirs = http_date(headers.get(DATE)?.to_str().ok()?)?;
    let (seconds, is_ahead) = match SystemTime::now().duration_since(theirs) {
        Ok(span) => (span.as_secs(), true),
        Err(error) => (error.duration().as_secs(), false),
    };
    let seconds = i64::try_from(seconds).ok()?;
    Some(if is_ahead { seconds } else { -seconds })
}

/// Reads a date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn http_date(text: &str) -> Option<SystemTime> {
    let parts: Vec<&str> = text
        .split([' ', ':', ','])
        .filter(|part| !part.is_empty())
        .collect();
    let [_, day, month, year, hour, minute, second, "GMT"] = parts.as_slice() else {
        return None;
    };
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = months.iter().position(|name| name == month)? + 1;
    let stamp = format!("{year}-{month:02}-{day:0>2}T{hour}:{minute}:{second}Z");
    humantime::parse_rfc3339(&stamp).ok()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn dates_are_read() {
        let date = |text| http_date(text)?.duration_since(UNIX_EPOCH).ok();
        assert_eq!(
            date("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(Duration::from_secs(784_111_777))
        );
        assert_eq!(date("Sunday"), None);
    }
}
