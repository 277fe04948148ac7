//! Text from data on its way to the screen: without what steers a terminal, cut by the columns that it takes.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ratatui_core::buffer::CellWidth as _;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::monitor::moment::{lasted, length};
use crate::render::cells;
use crate::secret::redaction::redact;

/// Writes a text on one line: what steers a terminal or turns text around is written out, ends of lines and tabs are spaces.
///
/// What joins several signs to one (U+200D) is left out: terminals do not agree on how wide the one is.
pub(super) fn clean(text: &str) -> String {
    let text = redact(text);
    let mut clean = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\t' => clean.push(' '),
            '\r' | '\u{200D}' => {}
            letter if steers(letter) => clean.extend(letter.escape_default()),
            letter => clean.push(letter),
        }
    }
    clean
}

fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Returns how many columns a text takes that was [cleaned](clean).
pub(super) fn width(text: &str) -> usize {
    text.graphemes(true).map(columns).sum()
}

fn columns(letter: &str) -> usize {
    usize::from(letter.cell_width())
}

/// Cuts a text to so many columns, with `…` where something is missing.
pub(super) fn cut(text: &str, wide: usize) -> String {
    if width(text) <= wide {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 0;
    for letter in text.graphemes(true) {
        used += columns(letter);
        if used + 1 > wide {
            break;
        }
        short.push_str(letter);
    }
    if wide > 0 {
        short.push('…');
    }
    short
}

/// Cuts a text, or fills it with spaces, to so many columns.
pub(super) fn filled(text: &str, wide: usize, is_right: bool) -> String {
    let text = cut(text, wide);
    let gap = " ".repeat(wide.saturating_sub(width(&text)));
    if is_right {
        format!("{gap}{text}")
    } else {
        format!("{text}{gap}")
    }
}

/// Breaks a text into lines of so many columns, between words where that can be; each is [cleaned](clean).
pub(super) fn broken(text: &str, wide: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = clean(&line.replace('\t', "    "));
        let folded = crate::render::fold(&line, wide);
        lines.extend(folded.lines().map(|line| cut(line, wide)));
        if folded.is_empty() {
            lines.push(String::new());
        }
    }
    lines
}

/// Writes a moment: with its day and second, or shorter where there are only so many columns.
pub(super) fn time(time: DateTime<Utc>, wide: usize) -> String {
    let form = match wide {
        0..8 => "%H:%M",
        8..11 => "%H:%M:%S",
        11..14 => "%m-%d %H:%M",
        14..19 => "%m-%d %H:%M:%S",
        _ => "%Y-%m-%d %H:%M:%S",
    };
    time.format(form).to_string()
}

/// Writes how long something took, or has taken so far: then in whole seconds, as it is looked at once a second.
pub(super) fn took(
    began: Option<DateTime<Utc>>,
    ended: Option<DateTime<Utc>>,
    is_over: bool,
    now: DateTime<Utc>,
) -> String {
    match length(began, ended, now) {
        Some(time) if ended.is_some() => lasted(time),
        Some(_) if is_over => "–".to_owned(),
        Some(time) if time.as_secs() < 60 => format!("{} s", time.as_secs()),
        Some(time) => lasted(Duration::from_secs(time.as_secs())),
        None => "–".to_owned(),
    }
}

/// Writes how long a line of time is.
pub(super) fn shortly(time: Duration) -> String {
    if time.as_secs() < 3600 {
        cells::time(time)
    } else {
        lasted(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\r\nc\td"), "a\\u{1b}[31mb c d");
        assert_eq!(clean("x\u{202e}y\u{9b}z\0"), "x\\u{202e}y\\u{9b}z\\u{0}");
        assert_eq!(clean("👨\u{200d}👩 é"), "👨👩 é");
    }

    #[test]
    fn text_is_cut_by_the_columns_that_it_takes() {
        assert_eq!(cut("日本語の名前", 5), "日本…");
        assert_eq!(cut("日本語の名前", 4), "日…");
        assert_eq!(cut("🚢🚢🚢", 6), "🚢🚢🚢");
        assert_eq!(cut("🚢🚢🚢", 5), "🚢🚢…");
        assert_eq!(cut("abc", 1), "…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(filled("🚢", 4, true), "  🚢");
        assert_eq!(filled("e\u{301}", 3, false), "e\u{301}  ");
        for wide in 0..12 {
            assert_eq!(width(&filled("日本語🚢 abc", wide, false)), wide);
        }
    }

    #[test]
    fn what_still_runs_is_told_in_seconds() {
        let at = |second| DateTime::from_timestamp(second, 250_000_000).unwrap();
        assert_eq!(took(Some(at(10)), None, false, at(13)), "3 s");
        assert_eq!(took(Some(at(10)), None, false, at(135)), "2 min 5 s");
        assert_eq!(took(Some(at(10)), Some(at(13)), true, at(99)), "3.00 s");
        assert_eq!(took(None, None, false, at(1)), "–");
    }
}
