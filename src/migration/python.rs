//! Statements and operators of Python that cells, which are Starlark, do not have.

use super::modules::IMPORT;
use super::{Hint, find};

/// Returns what to write instead of a statement, by its first word, or of an operator.
pub(crate) fn statement(word: &str) -> Option<&'static str> {
    find(&STATEMENTS, word)
}

const TRY: &str = "there is no try: check for the case with if, or stop the cell with fail(\"why\")";
const TOP_LEVEL: &str = "a cell binds its names at its top level";
const SYNCHRONOUS: &str = "leave it out: there is no async code";

/// First words of statements, and operators.
static STATEMENTS: [Hint; 19] = [
    ("import", IMPORT),
    ("from", IMPORT),
    (
        "class",
        "there are no classes: keep data in a dict or struct(…), and behaviour in functions",
    ),
    ("try", TRY),
    ("except", TRY),
    (
        "finally",
        "there is no finally: an error ends the cell and nothing is left open",
    ),
    ("raise", "write fail(\"why\")"),
    (
        "with",
        "files are opened and closed by the readers and writers: read_csv(path), df.write_csv(path)",
    ),
    ("while", "write a for loop over a range: for i in range(n):"),
    ("assert", "write assert_true(condition, \"what is wrong\")"),
    ("del", "leave it out: values of other cells cannot be changed"),
    ("global", TOP_LEVEL),
    ("nonlocal", TOP_LEVEL),
    ("yield", "return a list"),
    ("async", SYNCHRONOUS),
    ("await", SYNCHRONOUS),
    ("is", "compare with ==, also with None"),
    ("**", "a | b merges two dicts"),
    ("@", "there are no decorators: call the function, f = decorate(f)"),
];
