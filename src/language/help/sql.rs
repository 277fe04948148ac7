//! Help on SQL's functions: all of them, those of a family, one.

use crate::describe::{Help, HelpList};
use crate::frame::{FunctionSummary, sql_functions};

/// Returns help on what follows `sql`: `functions`, a family such as `text`, or a function or an operator.
pub(super) fn of_word(word: &str) -> Option<Help> {
    if word.eq_ignore_ascii_case("functions") {
        return Some(listing("SQL functions", |_| true));
    }
    of_function(word).or_else(|| {
        let is_of = |function: &FunctionSummary| {
            let family = function.family;
            family.eq_ignore_ascii_case(word)
                || family
                    .split([' ', ','])
                    .any(|part| part.eq_ignore_ascii_case(word))
        };
        let is_family = sql_functions().any(|function| is_of(&function));
        is_family.then(|| listing("SQL functions", is_of))
    })
}

/// Returns help on a function by one of its names, or on an operator by its sign or words.
pub(super) fn of_function(name: &str) -> Option<Help> {
    let is_named = |function: &FunctionSummary| {
        let mut names = function.names.iter().chain(function.also);
        names.any(|known| known.eq_ignore_ascii_case(name))
    };
    let mut found: Vec<FunctionSummary> = sql_functions().filter(is_named).collect();
    if found.is_empty() {
        found = sql_functions()
            .filter(|function| is_written_with(function, name))
            .collect();
    }
    let first = found.first()?;
    let usages: Vec<String> = found
        .iter()
        .map(|function| format!("`{}`: {}{}", function.usage, function.summary, also(function)))
        .collect();
    Some(Help {
        title: format!("SQL {}: {}", kind(first), name.to_lowercase()),
        text: usages.join("\n\n"),
        ..Help::default()
    })
}

/// Returns all names of functions.
pub(super) fn names() -> Vec<&'static str> {
    sql_functions().flat_map(|function| function.names).collect()
}

fn kind(function: &FunctionSummary) -> &'static str {
    if function.family == "operators" {
        "operator"
    } else {
        "function"
    }
}

/// Returns whether an operator is written with a sign, or with words: `is null`.
fn is_written_with(function: &FunctionSummary, name: &str) -> bool {
    if function.family != "operators" && !function.names.is_empty() {
        return false;
    }
    let words: Vec<String> = name.split_whitespace().map(str::to_uppercase).collect();
    let usage = function.usage.replace(['(', ')'], " ");
    let written: Vec<&str> = usage.split_whitespace().collect();
    !words.is_empty() && written.windows(words.len()).any(|part| part == words.as_slice())
}

/// Says how else a function can be written.
fn also(function: &FunctionSummary) -> String {
    let others: Vec<String> = function.also.iter().map(|name| format!("`{name}`")).collect();
    if others.is_empty() {
        return String::new();
    }
    format!("; also {}", others.join(", "))
}

/// Lists functions, family by family.
fn listing(title: &str, is_wanted: impl Fn(&FunctionSummary) -> bool) -> Help {
    let mut lists: Vec<HelpList> = Vec::new();
    for function in sql_functions().filter(is_wanted) {
        let row = (
            function.usage.clone(),
            format!("{}{}", function.summary, also(&function)),
        );
        match lists.last_mut() {
            Some(list) if list.heading == function.family => list.rows.push(row),
            _ => lists.push(HelpList {
                heading: function.family,
                rows: vec![row],
            }),
        }
    }
    Help {
        title: title.to_owned(),
        text: "`%help sql NAME` shows one of them, `%help sql text` a family.".to_owned(),
        lists,
        ..Help::default()
    }
}
