//! Kinds of cell that run in Databricks and Jupyter.

use super::Hint;

/// Returns what to write instead of a cell of this kind.
pub(crate) fn cell_kind(word: &str) -> Option<&'static str> {
    let known = KINDS.iter().find(|(kind, _)| kind.eq_ignore_ascii_case(word))?;
    Some(known.1)
}

/// The words after `%`.
const KINDS: [Hint; 13] = [
    (
        "scala",
        "cells are Python-shaped code or SQL; rewrite it as one, or as %sql",
    ),
    (
        "r",
        "cells are Python-shaped code or SQL; rewrite it as one, or as %sql",
    ),
    ("pip", "leave it out: nothing needs to be installed"),
    ("conda", "leave it out: nothing needs to be installed"),
    ("bash", "put shell commands in a %sh cell"),
    ("html", "text is %md; HTML is not shown"),
    (
        "javascript",
        "leave it out: nothing in a notebook runs in a browser",
    ),
    ("js", "leave it out: nothing in a notebook runs in a browser"),
    ("latex", "text is %md"),
    ("markdown", "text is %md"),
    ("writefile", "write the file with dbutils.fs.put(path, text)"),
    (
        "env",
        "parameters are widgets; a password comes from a scope: dbutils.secrets.get(scope=\"…\", key=\"…\")",
    ),
    ("raw", "this is text for another program; it is kept but not run"),
];
