//! Kinds of cell that other notebooks have, and what stands for them here.

/// Says what to do with a cell of a kind that runs elsewhere; `None` for a word that is no such kind.
pub fn kind_elsewhere(word: &str) -> Option<&'static str> {
    let known = KINDS.iter().find(|(kind, _)| kind.eq_ignore_ascii_case(word))?;
    Some(known.1)
}

/// The words of the kinds, and what is said of each.
const KINDS: [(&str, &str); 12] = [
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
    ("bash", "commands of the shell are cells of the kind %sh"),
    ("html", "text is %md; HTML is not shown"),
    (
        "javascript",
        "leave it out: nothing in a notebook runs in a browser",
    ),
    ("js", "leave it out: nothing in a notebook runs in a browser"),
    ("latex", "text is %md"),
    ("markdown", "text is %md"),
    ("writefile", "write the file with dbutils.fs.put(path, text)"),
    ("raw", "this is text for another program; it is kept and not run"),
];
