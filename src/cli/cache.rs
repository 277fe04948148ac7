//! `sheaf cache`: how large the cache is, and cleaning it.

use std::time::Duration;

use super::arguments::{Cache as Arguments, CacheVerb};
use super::environment::environment;
use super::error::CliError;
use super::terminal::Terminal;
use crate::error::Error;
use crate::job::{current_workspace, find_cache};
use crate::repl::Screen as _;

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<(), Error> {
    let Some(cache) = find_cache(&current_workspace()?, &environment())? else {
        return Err(CliError::NoCache.into());
    };
    match &arguments.verb {
        None => {
            let contents = cache.contents();
            terminal.out(&format!(
                "{}\n{} cell results, {} tables, {}\n",
                cache.folder().display(),
                contents.entries,
                contents.tables,
                size(contents.bytes)
            ))
        }
        Some(CacheVerb::Clean { older_than, max_size }) => {
            // Without a bound, everything goes.
            let most = match (older_than, max_size) {
                (None, None) => Some(0),
                (_, most) => *most,
            };
            let cleaned = cache.clean(*older_than, most)?;
            let left = cache.contents();
            terminal.out(&format!(
                "removed {} files, {}; {} left\n",
                cleaned.files,
                size(cleaned.bytes),
                size(left.bytes)
            ))
        }
    }
}

/// Writes a number of bytes for people.
fn size(bytes: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    let unit_name = units.get(unit).copied().unwrap_or_default();
    if unit == 0 {
        format!("{bytes} {unit_name}")
    } else {
        format!("{value:.1} {unit_name}")
    }
}

/// Reads a number of bytes: `500MB`, `2 GiB`, `1000`.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1.0),
        "k" | "kb" => Some(1e3),
        "m" | "mb" => Some(1e6),
        "g" | "gb" => Some(1e9),
        "t" | "tb" => Some(1e12),
        "kib" => Some(1024.0),
        "mib" => Some(1024.0_f64.powi(2)),
        "gib" => Some(1024.0_f64.powi(3)),
        "tib" => Some(1024.0_f64.powi(4)),
        _ => None,
    };
    match (number.parse::<f64>(), factor) {
        (Ok(number), Some(factor)) => Ok((number * factor) as u64),
        _ => Err("expected a size, such as 500MB or 2GiB".to_owned()),
    }
}

/// Reads a length of time: `30d`, `12h`, `2weeks`.
pub(super) fn parse_age(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; expected a length of time, such as 30d or 12h"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes) in [
            ("1000", 1000),
            ("2 KiB", 2048),
            ("1.5MB", 1_500_000),
            ("5GiB", 5 << 30),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "x", "5 bananas", "1.2.3", "-1"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
        for (bytes, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1536, "1.5 KiB"),
            (5 << 30, "5.0 GiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
