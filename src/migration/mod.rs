//! Migration hints: what people write in Python, pandas, scikit-learn, Spark and other notebooks, and what to write here.
//!
//! The one place of these hints, as tables of words. Finds nothing in any source: errors of cells, the prompt, and the
//! check of notebooks that are opened or run look up what they found.

mod arguments;
mod commands;
mod kinds;
mod members;
mod modules;
mod python;

pub(crate) use arguments::argument;
pub(crate) use commands::command;
pub(crate) use kinds::cell_kind;
pub(crate) use members::member;
pub(crate) use modules::{CALLS, NAMES, module, name};
pub(crate) use python::statement;

/// A word, and what to write instead.
type Hint = (&'static str, &'static str);

fn find(table: &[Hint], word: &str) -> Option<&'static str> {
    let known = table.iter().find(|(known, _)| *known == word)?;
    Some(known.1)
}
