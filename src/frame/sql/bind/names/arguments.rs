//! Arguments that a call leaves out, and that Spark shows in its name: `substring(s, 2)` is `substring(s, 2, 2147483647)`.

use super::VARIABLE;

/// The functions, how many arguments they need, and what the others are where they are left out.
const LEFT_OUT: &[(&str, usize, &[&str])] = &[
    ("aggregate", 3, &[UNCHANGED]),
    ("array_sort", 1, &[UPWARDS]),
    ("bround", 1, &["0"]),
    ("from_unixtime", 1, &[USUAL_PATTERN]),
    ("lag", 1, &["1", "NULL"]),
    ("lead", 1, &["1", "NULL"]),
    ("listagg", 1, &["NULL"]),
    ("locate", 2, &["1"]),
    ("lpad", 2, &[" "]),
    ("make_dt_interval", 0, &["0", "0", "0", "0.000000"]),
    ("make_ym_interval", 0, &["0", "0"]),
    ("mask", 1, &["X", "x", "n", "NULL"]),
    ("months_between", 2, &["true"]),
    ("overlay", 3, &["-1"]),
    ("percentile", 2, &["1"]),
    ("percentile_approx", 2, &["10000"]),
    ("regexp_extract", 2, &["1"]),
    ("regexp_extract_all", 2, &["1"]),
    ("regexp_instr", 2, &["0"]),
    ("regexp_replace", 3, &["1"]),
    ("replace", 2, &[""]),
    ("round", 1, &["0"]),
    ("rpad", 2, &[" "]),
    ("sort_array", 1, &["true"]),
    ("split", 2, &["-1"]),
    ("str_to_map", 1, &[",", ":"]),
    ("substring", 2, &["2147483647"]),
    ("unix_timestamp", 1, &[USUAL_PATTERN]),
];

/// The pattern of timestamps where none is given.
const USUAL_PATTERN: &str = "yyyy-MM-dd HH:mm:ss";

/// What `aggregate` does with its last value; `#` is a parameter.
const UNCHANGED: &str = "lambdafunction(#, #)";

/// How `array_sort` compares two elements.
const UPWARDS: &str = "lambdafunction((IF(((# IS NULL) AND (# IS NULL)), 0, (IF((# IS NULL), 1, (IF((# IS NULL), -1, \
                       (IF((# < #), -1, (IF((# > #), 1, 0)))))))))), #, #)";

/// Adds what a call leaves out to the names of its arguments.
pub(super) fn completed(function: &str, given: Vec<String>) -> Vec<String> {
    let mut all = given;
    let known = LEFT_OUT.iter().find(|(name, ..)| *name == function);
    if let Some((_, needed, others)) = known
        && let Some(given) = all.len().checked_sub(*needed)
    {
        let missing = others.iter().skip(given);
        all.extend(missing.map(|other| other.replace('#', VARIABLE)));
    }
    all
}
