//! SQL text: the bounds within which parsing it is safe, and what may not be in it.
//!
//! The scan is coarse on purpose: it never misses what it refuses, whatever dialect of quoting hides it.

use polars::sql::keywords;

use super::error::{FrameError, short};
use crate::error::nearest;
use crate::work::{catch_panic, on_deep_stack};

/// The words a query may begin with.
const QUERIES: [&str; 4] = ["select", "with", "from", "values"];

/// The longest text in bytes.
const LONGEST: usize = 64 * 1024;

/// The deepest nesting of brackets.
const DEEPEST: usize = 128;

/// The most operators: each may be a level of the tree, which the parser and the engine walk recursively.
const MOST_OPERATORS: usize = 250;

/// The most characters that would be operators outside of quotes, where quotes may be distinguished wrongly.
const MOST_ANYWHERE: usize = 4000;

/// Words after which the parser tries one reading, then another: nested and broken, they double its time.
const TRYING: &[&str] = &[
    "case",
    "position",
    "cast",
    "try_cast",
    "convert",
    "extract",
    "substring",
    "substr",
    "trim",
    "overlay",
    "exists",
    "not",
    "interval",
    "array",
    "struct",
    "map",
    "ceil",
    "floor",
    "listagg",
    "prior",
    "cube",
    "rollup",
    "any",
    "all",
];

/// How deep such words may be nested.
const DEEPEST_TRYING: usize = 10;

/// Beyond this many operators or brackets parsing gets a stack of its own.
const SHALLOW: usize = 60;

/// The functions of polars' SQL that open files.
const FILE_FUNCTIONS: &[&str] = &[
    "read_csv",
    "read_parquet",
    "read_ipc",
    "read_json",
    "read_ndjson",
    "scan_csv",
    "scan_parquet",
    "scan_ipc",
];

/// Words that make a tree deeper.
const OPERATOR_WORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "is",
    "when",
    "like",
    "ilike",
    "between",
    "in",
    "union",
    "except",
    "intersect",
    "join",
    "select",
    "from",
    "over",
    "xor",
    "div",
    "rlike",
    "regexp",
];

/// Checks that `text` may be parsed; returns its number of operators and brackets.
fn check(text: &str) -> Result<usize, FrameError> {
    if text.len() > LONGEST {
        return Err(FrameError::SqlTooLarge {
            what: "bytes",
            found: text.len(),
            limit: LONGEST,
        });
    }
    let mut depth = 0usize;
    let mut deepest = 0usize;
    let mut brackets = 0usize;
    let (mut operators, mut anywhere) = (0usize, 0usize);
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '(' | '[' | '{' | '<' => {
                depth += 1;
                brackets += 1;
                deepest = deepest.max(depth);
            }
            ')' | ']' | '}' | '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        quoted ^= character == '\'';
        if "+-*/%|&^~!=<>:#@?".contains(character) {
            anywhere += 1;
            operators += usize::from(!quoted);
        }
    }
    operators += words(text)
        .filter(|(_, word)| OPERATOR_WORDS.contains(&word.to_lowercase().as_str()))
        .count();
    if deepest > DEEPEST {
        return Err(FrameError::SqlTooLarge {
            what: "levels of brackets",
            found: deepest,
            limit: DEEPEST,
        });
    }
    if operators > MOST_OPERATORS {
        return Err(FrameError::SqlTooLarge {
            what: "operators",
            found: operators,
            limit: MOST_OPERATORS,
        });
    }
    if anywhere > MOST_ANYWHERE {
        return Err(FrameError::SqlTooLarge {
            what: "operators",
            found: anywhere,
            limit: MOST_ANYWHERE,
        });
    }
    let trying = trying(text);
    if trying > DEEPEST_TRYING {
        return Err(FrameError::SqlTooLarge {
            what: "nested CASE, NOT and the like",
            found: trying,
            limit: DEEPEST_TRYING,
        });
    }
    if let Some(function) = file_function(text) {
        return Err(FrameError::TableFunction { function });
    }
    Ok(operators + brackets)
}

/// Returns how deep the words of [`TRYING`] are nested.
fn trying(text: &str) -> usize {
    /// What is open: a word that waits for its operand or `END`, or a bracket.
    #[derive(PartialEq)]
    enum Open {
        Case,
        Word,
        Bracket,
    }
    let mut open: Vec<Open> = Vec::new();
    let (mut depth, mut deepest) = (0usize, 0usize);
    let close = |open: &mut Vec<Open>, depth: &mut usize| {
        while open.last() == Some(&Open::Word) {
            open.pop();
            *depth = depth.saturating_sub(1);
        }
    };
    let mut words = words(text).peekable();
    let mut after_word = 0;
    for (index, character) in text.char_indices() {
        if let Some((start, word)) = words.next_if(|(start, _)| *start == index) {
            after_word = start + word.len();
            let word = word.to_lowercase();
            if word == "case" {
                open.push(Open::Case);
                depth += 1;
            } else if TRYING.contains(&word.as_str()) {
                open.push(Open::Word);
                depth += 1;
            } else {
                close(&mut open, &mut depth);
                if word == "end" && open.last() == Some(&Open::Case) {
                    open.pop();
                    depth = depth.saturating_sub(1);
                }
            }
            deepest = deepest.max(depth);
        } else if index < after_word {
            // Within a word.
        } else if matches!(character, '(' | '[' | '{') {
            open.push(Open::Bracket);
        } else if matches!(character, ')' | ']' | '}') {
            close(&mut open, &mut depth);
            if open.last() == Some(&Open::Bracket) {
                open.pop();
            }
            close(&mut open, &mut depth);
        } else if matches!(character, '\'' | '"' | ',') {
            close(&mut open, &mut depth);
        }
    }
    deepest
}

/// Returns the words of a text, wherever they stand, with their byte offsets.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let in_word = |character: char| character.is_alphanumeric() || character == '_';
    let mut rest = 0;
    std::iter::from_fn(move || {
        let tail = text.get(rest..)?;
        let start = rest + tail.find(in_word)?;
        let word = text.get(start..)?;
        let length = word.find(|character| !in_word(character)).unwrap_or(word.len());
        rest = start + length;
        Some((start, text.get(start..start + length)?))
    })
}

/// Finds a call of a function that opens a file, even with a comment or a quote before its bracket.
fn file_function(text: &str) -> Option<String> {
    words(text).find_map(|(start, word)| {
        let name = word.to_lowercase();
        if !FILE_FUNCTIONS.contains(&name.as_str()) {
            return None;
        }
        let after = text.get(start + word.len()..)?;
        let after = after
            .trim_start_matches(|character: char| character.is_whitespace() || "\"`]".contains(character));
        (after.starts_with('(') || after.starts_with("/*") || after.starts_with("--")).then_some(name)
    })
}

/// Checks `text` and runs `parse` on it, where its recursion cannot overflow the stack and its panics are errors.
pub(super) fn within_bounds<T: Send>(text: &str, parse: impl FnOnce() -> T + Send) -> Result<T, FrameError> {
    if check(text)? <= SHALLOW {
        return Ok(catch_panic(parse)?);
    }
    Ok(catch_panic(|| on_deep_stack(parse))?)
}

/// Splits a parser's message into what it says and the 1-based character of `text` it points at.
///
/// The parser read `prefix` before the text, on the same first line.
pub(super) fn position(message: &str, text: &str, prefix: &str) -> (String, Option<usize>) {
    let message = message
        .trim_start_matches("sql parser error: ")
        .trim_start_matches("ParserError: ");
    let (reason, place) = message.split_once(" at Line: ").unwrap_or((message, ""));
    let reason = reason
        .replace("Expected: ", "expected ")
        .replace("found: EOF", "found the end")
        .replace("found: ", "found ");
    let reason = short(&reason).replacen("Unterminated", "unterminated", 1);
    let mut numbers = place
        .split(|character: char| !character.is_ascii_digit())
        .filter(|part| !part.is_empty());
    let (Some(Ok(line)), Some(Ok(column))) = (
        numbers.next().map(str::parse::<usize>),
        numbers.next().map(str::parse::<usize>),
    ) else {
        let end = reason
            .ends_with("found the end")
            .then(|| text.chars().count() + 1);
        return (reason, end);
    };
    let before: usize = text
        .split('\n')
        .take(line.saturating_sub(1))
        .map(|line| line.chars().count() + 1)
        .sum();
    let shift = if line == 1 { prefix.chars().count() } else { 0 };
    (reason, Some((before + column).saturating_sub(shift).max(1)))
}

/// Removes the Rust side's prefix from a message.
pub(super) fn plain(message: &str) -> String {
    message
        .strip_prefix("SQL interface error: ")
        .or(message.strip_prefix("SQL syntax error: "))
        .unwrap_or(message)
        .to_owned()
}

/// Adds the nearest function's name to a message about one that is not known.
pub(super) fn unsupported(message: &str) -> String {
    let message = short(message);
    if let Some(number) = message.strip_prefix("cannot parse literal: ") {
        let number = number.trim_matches('"');
        return format!("the number {number} does not fit into 64 bits");
    }
    if message.starts_with("expression Exists {") {
        return "EXISTS is not supported".to_owned();
    }
    let Some(name) = message
        .strip_prefix("unsupported function '")
        .and_then(|rest| rest.split('\'').next())
    else {
        return message;
    };
    match nearest(name, keywords::all_functions()) {
        Some(near) => format!("there is no function {name}; did you mean {near}?"),
        None => format!("there is no function {name}"),
    }
}

/// Returns whether a query may begin with `word`.
pub(super) fn begins_query(word: &str) -> bool {
    QUERIES.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Returns whether a text begins as a query does, rather than an expression.
pub(super) fn is_query(sql: &str) -> bool {
    first_word(sql).is_some_and(begins_query)
}

/// Returns the first word of a text, behind its comments.
pub(super) fn first_word(sql: &str) -> Option<&str> {
    words(without_comments(sql)).next().map(|(_, word)| word)
}

/// Removes the comments from the beginning of a text.
pub(super) fn without_comments(sql: &str) -> &str {
    let mut rest = sql.trim_start();
    loop {
        let after = if rest.starts_with("--") {
            rest.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, after)| after)
        } else {
            return rest;
        };
        rest = after.trim_start();
    }
}
