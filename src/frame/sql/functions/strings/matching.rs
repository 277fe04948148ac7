//! Functions with regular expressions, matched as Java matches them.

use polars::prelude::*;

use super::pattern::{self, BREAKS, RegexPattern, compiled};
use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::{By, Is};
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{Rows, by_rows, some};
use crate::frame::sql::functions::{Function, scalar};

pub(in crate::frame::sql::functions) static MATCHING: &[Function] = &[
    scalar(
        "regexp_replace",
        "text, regex, new[, start]",
        "the text with another in the place of each match; `$1` in it is the first group",
        &[P::Text, P::Text, P::Text, P::Int],
        Is(Type::Text),
        |args| by_rows(args, replace),
    )
    .optional(1)
    .fails(),
    scalar(
        "regexp_extract",
        "text, regex[, group]",
        "the first match, or a group of it (1 without a number); an empty text without a match",
        &[P::Text, P::Text, P::Int],
        Is(Type::Text),
        |args| by_rows(args, extract),
    )
    .optional(1)
    .fails(),
    scalar(
        "regexp_extract_all",
        "text, regex[, group]",
        "all matches, or a group of each",
        &[P::Text, P::Text, P::Int],
        By(texts),
        |args| by_rows(args, extract_all),
    )
    .optional(1)
    .fails(),
    scalar(
        "regexp_substr",
        "text, regex",
        "the first match; NULL without one, and where it is empty",
        &[P::Text, P::Text],
        Is(Type::Text),
        |args| by_rows(args, substr),
    )
    .fails(),
    scalar(
        "regexp_count",
        "text, regex",
        "how many matches there are",
        &[P::Text, P::Text],
        Is(Type::Int),
        |args| {
            by_rows(args, |rows| {
                each(rows, |rows, read| {
                    rows.make::<Int32Type>(|row| Ok(read(row)?.map(|all| all.len() as i32)))
                })
            })
        },
    )
    .fails(),
    scalar(
        "regexp_instr",
        "text, regex",
        "the position of the first match, from 1; 0 without one",
        &[P::Text, P::Text],
        Is(Type::Int),
        |args| by_rows(args, instr),
    )
    .fails(),
    scalar(
        "split",
        "text, regex[, limit]",
        "the parts of a text between the matches; at most `limit`, if that is above 0",
        &[P::Text, P::Text, P::Int],
        By(texts),
        |args| by_rows(args, split),
    )
    .optional(1)
    .fails(),
];

fn texts(_: &[DataType]) -> Result<DataType, String> {
    Ok(DataType::List(Box::new(DataType::String)))
}

/// Refuses a text in which Java's ends of lines are others than Rust's.
fn same_ends(pattern: &RegexPattern, text: &str) -> PolarsResult<()> {
    if pattern.has_end && text.ends_with(BREAKS) {
        return Err(failed(
            "`$` or `\\Z` of a regular expression on a text that ends in a line break",
            "write `\\z` for the end of the text",
        ));
    }
    if pattern.has_lines && text.contains(|one| one != '\n' && BREAKS.contains(&one)) {
        return Err(failed(
            "`(?m)` of a regular expression on a text with other line breaks than `\\n`",
            "replace these first",
        ));
    }
    Ok(())
}

/// Returns the translated pattern of a row; one that is as in the row before is not translated again.
macro_rules! regex_of {
    ($known:ident, $text:expr) => {{
        let text: &str = $text;
        let is_known = matches!(&$known, Some((one, _, _)) if one == text);
        if !is_known {
            let made = pattern::java(text).map_err(|reason| pattern::wrong(text, &reason))?;
            let regex = compiled!(text, &made.regex);
            $known = Some((text.to_owned(), made, regex));
        }
        match &$known {
            Some((_, made, regex)) => (made, regex),
            None => return Ok(None),
        }
    }};
}

/// Returns all matches, one by one as Java's `find` gives them: an empty one may be directly behind another.
macro_rules! matches_of {
    ($regex:expr, $text:expr) => {{
        let text: &str = $text;
        let (mut all, mut from) = (Vec::new(), 0);
        while let Some(groups) = (from <= text.len())
            .then(|| $regex.captures_at(text, from))
            .flatten()
        {
            let Some(whole) = groups.get(0) else { break };
            from = if whole.is_empty() {
                let next = text.get(whole.end()..).and_then(|rest| rest.chars().next());
                whole.end() + next.map_or(1, char::len_utf8)
            } else {
                whole.end()
            };
            all.push(groups);
        }
        all
    }};
}

/// RLIKE.
pub(super) fn is_found(rows: &Rows) -> PolarsResult<Series> {
    let (texts, patterns) = (rows.texts(0)?, rows.texts(1)?);
    let mut known = None;
    rows.make_booleans(|row| {
        let (text, pattern) = (some!(texts.at(row)), some!(patterns.at(row)));
        let (made, regex) = regex_of!(known, pattern);
        if regex.is_match(text) {
            return Ok(Some(true));
        }
        if made.has_end && text.ends_with(BREAKS) {
            let before = text.strip_suffix("\r\n").or_else(|| text.strip_suffix(BREAKS));
            return Ok(before.map(|before| regex.is_match(before)));
        }
        same_ends(made, text)?;
        Ok(Some(false))
    })
}

/// Where a match is: its first and its last byte.
type MatchPlace = (usize, usize);

/// Computes from the places of all matches.
fn each(
    rows: &Rows,
    work: impl Fn(&Rows, &mut dyn FnMut(usize) -> PolarsResult<Option<Vec<MatchPlace>>>) -> PolarsResult<Series>,
) -> PolarsResult<Series> {
    let (texts, patterns) = (rows.texts(0)?, rows.texts(1)?);
    let mut known = None;
    work(rows, &mut |row| {
        let (text, pattern) = (some!(texts.at(row)), some!(patterns.at(row)));
        let (made, regex) = regex_of!(known, pattern);
        same_ends(made, text)?;
        let all = matches_of!(regex, text);
        Ok(Some(
            all.iter()
                .filter_map(|groups| groups.get(0))
                .map(|whole| (whole.start(), whole.end()))
                .collect(),
        ))
    })
}

fn group_of(group: i32, groups: usize) -> PolarsResult<usize> {
    match usize::try_from(group) {
        Ok(group) if group < groups => Ok(group),
        _ => Err(failed(
            &format!("the regular expression has no group {group}"),
            &format!("it has {} groups, and group 0 is the whole match", groups - 1),
        )),
    }
}

fn extract(rows: &Rows) -> PolarsResult<Series> {
    let (texts, patterns) = (rows.texts(0)?, rows.texts(1)?);
    let groups = (rows.width() > 2).then(|| rows.ints(2)).transpose()?;
    let mut known = None;
    rows.make_parts(|row| {
        let (text, pattern) = (some!(texts.at(row)), some!(patterns.at(row)));
        let group = match &groups {
            Some(groups) => some!(groups.at(row)),
            None => 1,
        };
        let (made, regex) = regex_of!(known, pattern);
        same_ends(made, text)?;
        let group = group_of(group, regex.captures_len())?;
        let found = regex.captures(text).and_then(|groups| groups.get(group));
        Ok(Some(found.map_or("", |found| found.as_str())))
    })
}

fn extract_all(rows: &Rows) -> PolarsResult<Series> {
    let (texts, patterns) = (rows.texts(0)?, rows.texts(1)?);
    let groups = (rows.width() > 2).then(|| rows.ints(2)).transpose()?;
    let mut known = None;
    rows.make_lists(|row, out| {
        let (text, pattern) = (some!(texts.at(row)), some!(patterns.at(row)));
        let group = match &groups {
            Some(groups) => some!(groups.at(row)),
            None => 1,
        };
        let (made, regex) = regex_of!(known, pattern);
        same_ends(made, text)?;
        let group = group_of(group, regex.captures_len())?;
        for groups in matches_of!(regex, text) {
            out.push(groups.get(group).map_or("", |found| found.as_str()).to_owned());
        }
        Ok(Some(()))
    })
}

fn substr(rows: &Rows) -> PolarsResult<Series> {
    let (texts, patterns) = (rows.texts(0)?, rows.texts(1)?);
    let mut known = None;
    rows.make_parts(|row| {
        let (text, pattern) = (some!(texts.at(row)), some!(patterns.at(row)));
        let (made, regex) = regex_of!(known, pattern);
        same_ends(made, text)?;
        Ok(regex
            .find(text)
            .map(|found| found.as_str())
            .filter(|found| !found.is_empty()))
    })
}

fn instr(rows: &Rows) -> PolarsResult<Series> {
    let (texts, patterns) = (rows.texts(0)?, rows.texts(1)?);
    let mut known = None;
    rows.make::<Int32Type>(|row| {
        let (text, pattern) = (some!(texts.at(row)), some!(patterns.at(row)));
        let (made, regex) = regex_of!(known, pattern);
        same_ends(made, text)?;
        let before = regex.find(text).and_then(|found| text.get(..found.start()));
        Ok(Some(before.map_or(0, |before| before.chars().count() as i32 + 1)))
    })
}

fn split(rows: &Rows) -> PolarsResult<Series> {
    let (texts, patterns) = (rows.texts(0)?, rows.texts(1)?);
    let limits = (rows.width() > 2).then(|| rows.ints(2)).transpose()?;
    each(rows, |rows, read| {
        rows.make_lists(|row, out| {
            let places = some!(read(row)?);
            let (text, pattern) = (some!(texts.at(row)), some!(patterns.at(row)));
            let limit = match &limits {
                Some(limits) => some!(limits.at(row)),
                None => -1,
            };
            let most = usize::try_from(limit)
                .ok()
                .filter(|most| *most > 0)
                .unwrap_or(usize::MAX);
            if pattern.is_empty() && !text.is_empty() {
                let mut rest = text;
                while let Some(one) = rest.chars().next().filter(|_| out.len() + 1 < most) {
                    let (first, behind) = rest.split_at(one.len_utf8());
                    out.push(first.to_owned());
                    rest = behind;
                }
                if !rest.is_empty() {
                    out.push(rest.to_owned());
                }
                return Ok(Some(()));
            }
            let mut from = 0;
            for (start, end) in places {
                if out.len() + 1 >= most {
                    break;
                }
                // An empty match at the start gives no empty part.
                if end > 0 {
                    out.extend(text.get(from..start).map(str::to_owned));
                    from = end;
                }
            }
            out.extend(text.get(from..).map(str::to_owned));
            Ok(Some(()))
        })
    })
}

/// One part of what is put in the place of a match.
#[derive(Debug, PartialEq, Eq)]
enum New {
    Text(String),
    Group(usize),
    Named(String),
}

/// Reads a replacement: `$1` and `${name}` are groups, a backslash makes the next character one of itself.
fn read_new(new: &str, groups: usize) -> PolarsResult<Vec<New>> {
    let wrong = |reason: &str| failed(&format!("the replacement `{new}` is wrong"), reason);
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = new.chars().peekable();
    while let Some(one) = rest.next() {
        match one {
            '\\' => match rest.next() {
                Some(next) => text.push(next),
                None => return Err(wrong("a backslash is at its end")),
            },
            '$' => {
                parts.push(New::Text(std::mem::take(&mut text)));
                match rest.next() {
                    Some('{') => {
                        let name: String = rest.by_ref().take_while(|one| *one != '}').collect();
                        parts.push(New::Named(name));
                    }
                    Some(digit) if digit.is_ascii_digit() => {
                        let value = |one: char| one.to_digit(10).map(|digit| digit as usize);
                        let mut group = group_of(value(digit).unwrap_or(0) as i32, groups)?;
                        while let Some(next) = rest.peek().copied().and_then(value) {
                            if group * 10 + next >= groups {
                                break;
                            }
                            group = group * 10 + next;
                            rest.next();
                        }
                        parts.push(New::Group(group));
                    }
                    _ => {
                        return Err(wrong(
                            "behind `$` comes the number of a group: write `\\\\$` for the character",
                        ));
                    }
                }
            }
            one => text.push(one),
        }
    }
    parts.push(New::Text(text));
    Ok(parts)
}

fn replace(rows: &Rows) -> PolarsResult<Series> {
    let (texts, patterns, news) = (rows.texts(0)?, rows.texts(1)?, rows.texts(2)?);
    let starts = (rows.width() > 3).then(|| rows.ints(3)).transpose()?;
    let mut known = None;
    let mut known_new: Option<(String, usize, Vec<New>)> = None;
    rows.make_texts(|row, out| {
        let (text, pattern) = (some!(texts.at(row)), some!(patterns.at(row)));
        let new = some!(news.at(row));
        let start = match &starts {
            Some(starts) => some!(starts.at(row)),
            None => 1,
        };
        let Some(skipped) = usize::try_from(i64::from(start) - 1).ok() else {
            return Err(failed(
                &format!("regexp_replace cannot start at {start}"),
                "characters are counted from 1",
            ));
        };
        let (made, regex) = regex_of!(known, pattern);
        same_ends(made, text)?;
        let at = text.char_indices().nth(skipped).map_or(text.len(), |(at, _)| at);
        let (before, text) = text.split_at(at);
        out.push_str(before);
        if text.is_empty() && skipped > 0 {
            return Ok(Some(()));
        }
        let all = matches_of!(regex, text);
        if all.is_empty() {
            out.push_str(text);
            return Ok(Some(()));
        }
        let count = regex.captures_len();
        let parts = match &mut known_new {
            Some((one, groups, parts)) if one == new && *groups == count => parts,
            slot => &mut slot.insert((new.to_owned(), count, read_new(new, count)?)).2,
        };
        let mut from = 0;
        for groups in all {
            let Some(whole) = groups.get(0) else { break };
            out.push_str(text.get(from..whole.start()).unwrap_or(""));
            for part in parts.iter() {
                let group = match part {
                    New::Text(text) => {
                        out.push_str(text);
                        continue;
                    }
                    New::Group(group) => groups.get(*group),
                    New::Named(name) => {
                        if !regex.capture_names().flatten().any(|known| known == name) {
                            return Err(failed(
                                &format!("the regular expression has no group `{name}`"),
                                "a group is named so: `(?<name>…)`",
                            ));
                        }
                        groups.name(name)
                    }
                };
                out.push_str(group.map_or("", |group| group.as_str()));
            }
            from = whole.end();
        }
        out.push_str(text.get(from..).unwrap_or(""));
        Ok(Some(()))
    })
}
