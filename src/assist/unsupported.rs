//! Code in cells that Sheaf cannot run, such as imports, and what to write instead.
//!
//! Scans the text of notebooks written for Databricks, Jupyter or Python; the hints are in `migration`. Runs nothing.

use std::collections::BTreeSet;

use crate::migration::{self, CALLS, NAMES};
use crate::notebook::Cell;
use crate::render::highlight::{self, Highlight, Language as Written};
use crate::render::{self, Style, cells as named, plain};
use crate::session::{Language, analyze_source};

/// Something in a cell that Sheaf cannot run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// The line of the cell's source, from 1.
    pub line: usize,
    /// The code: `import pandas as pd`.
    pub found: String,
    /// What to write instead.
    pub hint: String,
}

/// The longest piece of a line that is shown.
const LONGEST: usize = 60;

/// Finds what Sheaf cannot run in each of a notebook's cells, in order; most have nothing.
///
/// The same advice is given once in a cell. A name such as `pd` counts only where no cell binds it.
pub fn unsupported(cells: &[Cell], language: &dyn Language) -> Vec<Vec<Unsupported>> {
    let analyses: Vec<_> = cells.iter().map(|cell| analyze_source(cell.source())).collect();
    let bound: BTreeSet<&str> = analyses
        .iter()
        .zip(cells)
        .filter(|(_, cell)| cell.kind().is_python())
        .filter_map(|(analysis, _)| analysis.as_ref().ok())
        .flat_map(|analysis| analysis.outputs.iter().map(String::as_str))
        .collect();
    let findings = cells.iter().zip(&analyses).map(|(cell, analysis)| {
        if !cell.kind().is_python() {
            return of_kind(cell, language).into_iter().collect();
        }
        let mut found = in_code(cell.source(), &bound, language);
        // Anything else is reported as running it would.
        if let Err(error) = analysis
            && found.is_empty()
        {
            found.push(Unsupported {
                line: error.spot.as_ref().map_or(1, |spot| spot.line),
                found: error.message.clone(),
                hint: error
                    .hint
                    .clone()
                    .unwrap_or_else(|| "cells are Starlark, a subset of Python".to_owned()),
            });
        }
        found
    });
    findings.collect()
}

/// Formats what was [found](unsupported) in `cells`, a line for each; `None` where they can all run.
pub fn unsupported_list(cells: &[Cell], found: &[Vec<Unsupported>], style: &Style) -> Option<String> {
    let paint = render::Paint::new(style);
    let count = found.iter().filter(|found| !found.is_empty()).count();
    let lines = cells.iter().enumerate().zip(found);
    let lines = lines.flat_map(|((position, cell), found)| {
        let label = plain(&named::label(position, Some(cell)));
        found.iter().map(move |one| {
            let label = paint.warning(&format!("{label}, line {}:", one.line));
            format!("\n  {label} {}: {}", plain(&one.found), one.hint)
        })
    });
    let heading = match count {
        0 => return None,
        1 => "1 cell cannot run as it is:".to_owned(),
        count => format!("{count} cells cannot run as they are:"),
    };
    Some(format!(
        "{}{}",
        paint.warning(&heading),
        lines.collect::<String>()
    ))
}

/// Checks the kind of a cell that is not code.
fn of_kind(cell: &Cell, language: &dyn Language) -> Option<Unsupported> {
    let word = cell.kind().word();
    let is_known = language
        .runners()
        .iter()
        .any(|runner| runner.words().contains(&word));
    if is_known {
        return None;
    }
    Some(Unsupported {
        line: 1,
        found: format!("%{word}"),
        hint: migration::cell_kind(word)
            .unwrap_or("cells of this kind are kept but not run")
            .to_owned(),
    })
}

fn in_code(source: &str, bound: &BTreeSet<&str>, language: &dyn Language) -> Vec<Unsupported> {
    let code = without_strings(source);
    let mut findings: Vec<Unsupported> = Vec::new();
    for ((line, shown), number) in code.lines().zip(source.lines()).zip(1..) {
        for hint in hints(line.trim(), bound, language) {
            if findings.iter().all(|finding| finding.hint != hint) {
                findings.push(Unsupported {
                    line: number,
                    found: cut(shown.trim().trim_end_matches(':')),
                    hint: hint.to_owned(),
                });
            }
        }
    }
    findings
}

/// Returns the hints for one line, from which strings and comments are removed.
fn hints(line: &str, bound: &BTreeSet<&str>, language: &dyn Language) -> Vec<&'static str> {
    if let Some(modules) = imported(line) {
        let named = modules.split(',').map(|module| {
            let module = module.split_whitespace().next().unwrap_or_default();
            migration::module(module)
        });
        return named.collect();
    }
    if line.starts_with(['!', '%']) {
        let word = line
            .trim_start_matches(['!', '%'])
            .split(|c: char| !c.is_alphanumeric())
            .next();
        let kind = word
            .filter(|_| line.starts_with('%'))
            .and_then(migration::cell_kind);
        return vec![match kind {
            Some(hint) => hint,
            None if line.starts_with('!') => "put shell commands in a cell of their own: %sh",
            None => "leave it out: it only works in IPython",
        }];
    }
    let first = line
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .next()
        .unwrap_or_default();
    if let Some(hint) = migration::statement(first).filter(|_| is_statement(line, first)) {
        return vec![hint];
    }
    // A call says more than the name before it.
    let call = CALLS.iter().find(|(call, _)| has_word(line, call));
    let name = || {
        NAMES
            .iter()
            .find(|(name, _)| !bound.contains(name) && has_word(line, &format!("{name}.")))
    };
    let found = call.or_else(name).map(|(_, hint)| *hint);
    let found = found.or_else(|| members(line).find_map(|member| of_member(member, language)));
    found.into_iter().collect()
}

/// Returns the names after a dot.
fn members(line: &str) -> impl Iterator<Item = &str> {
    let behind = line
        .match_indices('.')
        .filter_map(|(point, _)| line.get(point + 1..));
    behind.map(|rest| {
        let end = rest.find(|next: char| !(next.is_alphanumeric() || next == '_'));
        rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
    })
}

/// Returns what to write for a method that frames have elsewhere and no type has here.
fn of_member(member: &str, language: &dyn Language) -> Option<&'static str> {
    let mut types = language.catalogue().types.values();
    let is_here = types.any(|members| members.contains_key(member));
    migration::member("frame", member).filter(|_| !is_here)
}

/// Returns the modules that a line imports.
fn imported(line: &str) -> Option<&str> {
    match line.strip_prefix("from ") {
        Some(rest) => rest.split_once(" import ").map(|(module, _)| module.trim()),
        None => line.strip_prefix("import "),
    }
}

/// Returns whether a line that starts with such a word is a statement, and not a use of a name.
fn is_statement(line: &str, word: &str) -> bool {
    let rest = line.get(word.len()..).unwrap_or_default();
    let next = rest.trim_start().chars().next();
    match rest.chars().next() {
        Some(':') | None => true,
        Some(' ') => !matches!(next, Some('=' | '.' | ',')),
        Some(_) => false,
    }
}

/// Returns whether `word` occurs in `line`, not as the end of a longer name.
fn has_word(line: &str, word: &str) -> bool {
    let is_name = |next: char| next.is_alphanumeric() || next == '_' || next == '.';
    line.match_indices(word).any(|(offset, _)| {
        word.starts_with('.') || !line.get(..offset).unwrap_or_default().ends_with(is_name)
    })
}

/// Replaces strings and comments by spaces, and keeps the line breaks.
fn without_strings(source: &str) -> String {
    let pieces = highlight::pieces(source, Written::Starlark);
    let blank = |text: &str| -> String {
        let keep = |c: char| if c == '\n' || c == '\r' { c } else { ' ' };
        text.chars().map(keep).collect()
    };
    let texts = pieces.iter().map(|piece| match piece.highlight {
        Highlight::Literal => blank(piece.text).replacen(' ', "\"", 1),
        Highlight::Comment => blank(piece.text),
        _ => piece.text.to_owned(),
    });
    texts.collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::SheafLanguage;

    fn found(text: &str) -> String {
        let cells = [Cell::from_prompt(text)];
        let found = unsupported(&cells, &SheafLanguage::new());
        let lines = found
            .concat()
            .into_iter()
            .map(|one| format!("{}: {}: {}", one.line, one.found, one.hint));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_line_that_cannot_run_gets_its_advice_once() {
        let source = "\
import os, pandas as pd
from my.code import f
df = pd.read_csv('x')
with open(p) as f:
    pass
!ls
%time f()
X = df.loc[1]
Y = df.loc[2]  # import json
'''
class A:
'''
spark.stop()";
        insta::assert_snapshot!(found(source), @r#"
        1: import os, pandas as pd: files are listed and moved with dbutils.fs or %fs, below /mnt
        1: import os, pandas as pd: frames are built in; write read_csv("/mnt/data/x.csv")
        2: from my.code import f: there is no import: load your own functions with load("lib/x.star", "f")
        3: df = pd.read_csv('x'): write read_csv("/mnt/data/x.csv")
        4: with open(p) as f: files are opened and closed by the readers and writers: read_csv(path), df.write_csv(path)
        6: !ls: put shell commands in a cell of their own: %sh
        7: %time f(): leave it out: it only works in IPython
        8: X = df.loc[1]: write df.filter("x > 1").select("y")
        13: spark.stop(): no session is needed: read_csv(path), sql("SELECT …") and %sql cells work on frames
        "#);
    }

    #[test]
    fn code_that_runs_gets_no_advice() {
        for text in [
            "px = 1\npx.bit_length",
            "with_x = 1\nimported = 'import pandas'\nclasses = [1]\ndelta = 2",
            "del_ = 1\ntry_it = del_",
            "%sql SELECT 1",
            "%md class A:",
            "%sh ls",
            "titanic.group_by('Sex').agg(n='count(*)')",
            "for file in dbutils.fs.ls('/mnt/data'):\n    print(file.size)",
        ] {
            assert_eq!(found(text), "", "{text}");
        }
        let cells = [Cell::from_prompt("np = struct(pi=3)"), Cell::from_prompt("np.pi")];
        assert_eq!(unsupported(&cells, &SheafLanguage::new()).concat(), []);
    }

    #[test]
    fn what_the_tables_do_not_know_is_told_as_running_it_would() {
        assert!(
            found("x = 1 +").starts_with("1: parse error"),
            "{}",
            found("x = 1 +")
        );
        assert_eq!(
            found("%julia x"),
            "1: %julia: cells of this kind are kept but not run"
        );
    }
}
