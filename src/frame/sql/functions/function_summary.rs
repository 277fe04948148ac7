//! [`FunctionSummary`]: what help and completion say of a function, from its own line.

use super::{FAMILIES, Function, is_callable};

/// What there is to say of a function or an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSummary {
    /// The functions that it belongs to: `text`.
    pub family: &'static str,
    /// The names by which it can be called, the usual one first; none of an operator.
    pub names: Vec<&'static str>,
    /// Other names and signs for the same.
    pub also: &'static [&'static str],
    /// How it is written: `substring(text, start[, length])`, `a + b`.
    pub usage: String,
    /// What it gives.
    pub summary: &'static str,
}

/// What is bound without a line of its own: family, names, usage and summary.
static SYNTAX: &[(&str, &[&str], &str, &str)] = &[
    (
        "operators",
        &[],
        "a BETWEEN low AND high",
        "whether `a` is one of them or between them",
    ),
    (
        "operators",
        &[],
        "a IS DISTINCT FROM b",
        "whether they differ; two NULLs do not",
    ),
    (
        "operators",
        &[],
        "EXISTS (SELECT …)",
        "whether a query gives a row",
    ),
    (
        "operators",
        &[],
        "a = ANY (SELECT …)",
        "whether a comparison holds for a row of a query",
    ),
    (
        "operators",
        &[],
        "a > ALL (SELECT …)",
        "whether a comparison holds for all rows of a query",
    ),
    (
        "conditions",
        &[],
        "CASE WHEN a THEN b … [ELSE c] END",
        "the value behind the first condition that is true, else the last one or NULL",
    ),
    (
        "conditions",
        &[],
        "CASE a WHEN b THEN c … [ELSE d] END",
        "the value behind what equals the first one",
    ),
    (
        "types",
        &[],
        "CAST(value AS type)",
        "the value as another type; what cannot be one is an error; written `value::type`, too",
    ),
    (
        "types",
        &["try_cast"],
        "TRY_CAST(value AS type)",
        "the value as another type, or NULL for what cannot be one",
    ),
    (
        "types",
        &[
            "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "string",
            "binary",
        ],
        "int(value)",
        "the value as this type, as CAST makes it",
    ),
    (
        "rows",
        &["explode", "explode_outer"],
        "explode(array or map)",
        "a row for each element; explode_outer keeps rows without elements",
    ),
    (
        "rows",
        &["posexplode", "posexplode_outer"],
        "posexplode(array or map)",
        "as explode, with the position from 0",
    ),
    (
        "rows",
        &["inline", "inline_outer"],
        "inline(array of structs)",
        "a row for each struct, and a column for each field",
    ),
    (
        "rows",
        &["stack"],
        "stack(count, value, …)",
        "the values in so many rows",
    ),
    (
        "rows",
        &["range"],
        "FROM range([start, ]end[, step])",
        "the numbers from start to before end, in the column `id`",
    ),
];

/// Returns all names of functions; not those of operators, which can be called, too: `like`.
pub(in crate::frame::sql) fn names() -> impl Iterator<Item = &'static str> {
    let functions = sql_functions().filter(|function| function.family != "operators");
    functions.flat_map(|function| function.names)
}

/// Returns all functions and operators, family by family.
pub fn sql_functions() -> impl Iterator<Item = FunctionSummary> {
    let mut families: Vec<&str> = Vec::new();
    let syntax = SYNTAX.iter().map(|(family, ..)| *family);
    for family in FAMILIES.iter().map(|(family, _)| *family).chain(syntax) {
        if !families.contains(&family) {
            families.push(family);
        }
    }
    families.into_iter().flat_map(|family| {
        let of_family = FAMILIES.iter().filter(move |(other, _)| *other == family);
        let functions = of_family.flat_map(|(_, functions)| functions.iter());
        let syntax = SYNTAX.iter().filter(move |(other, ..)| *other == family);
        functions
            .filter_map(move |function| summary(family, function))
            .chain(syntax.map(|(family, names, usage, summary)| FunctionSummary {
                family,
                names: names.to_vec(),
                also: names.get(1..).unwrap_or_default(),
                usage: (*usage).to_owned(),
                summary,
            }))
    })
}

/// Makes the summary of a function; `None` of one that nobody can write.
fn summary(family: &'static str, function: &Function) -> Option<FunctionSummary> {
    if function.usage.is_empty() && !is_name(function.name) {
        return None;
    }
    let names = std::iter::once(called(function)).chain(function.also.iter().copied());
    let names = names.filter(|name| is_name(name) && (!function.is_operator() || is_callable(name)));
    Some(FunctionSummary {
        family,
        names: names.collect(),
        also: function.also,
        usage: usage(family, function),
        summary: function.summary,
    })
}

fn usage(family: &str, function: &Function) -> String {
    let Function { name, usage, .. } = function;
    let is_sign = function.is_operator() && !is_callable(name);
    let mut words = usage.split(|c: char| !c.is_alphanumeric());
    if is_sign || family == "operators" && words.any(|word| word.eq_ignore_ascii_case(name)) {
        return (*usage).to_owned();
    }
    format!("{}({usage})", called(function))
}

/// Returns the name of a function in a call: what does for arrays what another does for text has a word behind its name.
fn called(function: &Function) -> &'static str {
    match function.name.split_once(' ') {
        Some((name, "array" | "arrays")) => name,
        _ => function.name,
    }
}

/// Returns whether a call can begin with this.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_each_function_is_written() {
        let written: Vec<String> = sql_functions().map(|function| function.usage).collect();
        for usage in [
            "a + b",
            "a div b",
            "NOT a",
            "like(text, pattern[, escape])",
            "moment + interval",
            "substring(text, start[, length])",
            "reverse(array)",
            "array[index]",
            "struct.field",
            "pi()",
            "percentile_cont(percentage) WITHIN GROUP (ORDER BY x)",
        ] {
            assert!(written.iter().any(|written| written == usage), "{usage}");
        }
    }

    #[test]
    fn every_function_says_what_it_gives() {
        for function in sql_functions() {
            assert!(!function.summary.is_empty(), "{}", function.usage);
            assert!(!function.family.is_empty() && !function.usage.is_empty());
        }
    }
}
