//! How the time of a notebook grows with its cells: each row is a way to use one, each column a number of cells.
//!
//! Whole processes, each in a workspace of its own. What grows with the cells takes ten times as long for ten times as
//! many; the last column is by how much each thousand cells more costs.

#![allow(missing_docs, reason = "a bench has no users")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot run says so by failing, and prints what it measures"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const COUNTS: [usize; 5] = [100, 316, 1_000, 3_162, 10_000];

/// What a notebook is called, and the source of its cell at a position.
type Shape = (&'static str, fn(usize) -> String);

const SHAPES: [Shape; 5] = [
    ("each cell reads the one above", |at| match at {
        0 => "x0 = 0".to_owned(),
        at => format!("x{at} = x{} + 1", at - 1),
    }),
    ("no cell reads another", |at| format!("x{at} = {at} + 1")),
    ("all cells read the first", |at| match at {
        0 => "x0 = 7".to_owned(),
        at => format!("x{at} = x0 + {at}"),
    }),
    ("all cells bind one name", |at| match at {
        0 => "x = 0".to_owned(),
        _ => "x = x + 1".to_owned(),
    }),
    ("text, queries and code", |at| match at % 4 {
        0 if at == 0 => "df = frame({\"a\": [1, 2, 3]})".to_owned(),
        0 => format!("# MAGIC %md\n# MAGIC ## Part {at}"),
        1 => format!("# MAGIC %sql q{at} << SELECT a + {at} AS b FROM df"),
        2 => format!("y{at} = df.height + {at}"),
        _ => format!("print(y{})", at - 1),
    }),
];

fn notebook(count: usize, source: fn(usize) -> String) -> String {
    let cells: Vec<String> = (0..count).map(source).collect();
    let text = cells.join("\n\n# COMMAND ----------\n\n");
    format!("# Databricks notebook source\n{text}\n")
}

/// Runs the program, and says how long it took.
fn timed(folder: &Path, arguments: &[&str], input: &str) -> Duration {
    let started = Instant::now();
    let mut program = Command::new(env!("CARGO_BIN_EXE_sheaf"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    assert!(program.wait().unwrap().success(), "{arguments:?}");
    started.elapsed()
}

/// The ways to use a notebook, in the order in which they follow each other, and what each takes.
fn ways(count: usize, source: fn(usize) -> String) -> Vec<(&'static str, Duration)> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("sheaf.ron"), "()").unwrap();
    fs::write(folder.join("n.py"), notebook(count, source)).unwrap();
    let run = |more: &[&str]| timed(folder, &[&["run", "n.py"], more].concat(), "");
    let convert = |to: &str| timed(folder, &["convert", "n.py", "--to", to], "");
    vec![
        ("run --no-cache", run(&["--no-cache"])),
        ("run, the first time", run(&[])),
        ("run, nothing changed", run(&[])),
        ("run --record", run(&["--record", "--no-cache"])),
        ("run --check", run(&["--check", "--no-cache"])),
        ("%open, %save", timed(folder, &[], "%open n.py\n%save m.py\n")),
        (
            "%open, %run all, %save",
            timed(folder, &[], "%open n.py\n%run all\n%save! m.py\n"),
        ),
        ("typed, cell by cell", timed(folder, &[], &typed(count, source))),
        ("convert --to html", convert("html")),
        ("convert --to ipynb", convert("ipynb")),
        ("convert --to percent", convert("percent")),
    ]
}

/// Writes the cells as they are typed at the prompt, where two `%` begin a magic.
fn typed(count: usize, source: fn(usize) -> String) -> String {
    let cells = (0..count).map(|at| {
        let cell = source(at);
        match cell.strip_prefix("# MAGIC %") {
            Some(magic) => format!("%%{}\n\n", magic.replace("\n# MAGIC ", " ")),
            None => format!("{cell}\n"),
        }
    });
    cells.collect()
}

fn main() {
    // Test runners ask every binary which tests it has.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let shape: Option<String> = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let is_wanted = |name: &str| shape.as_ref().is_none_or(|shape| name.contains(shape.as_str()));
    for (name, source) in SHAPES.into_iter().filter(|(name, _)| is_wanted(name)) {
        let columns: Vec<Vec<(&str, Duration)>> = COUNTS.iter().map(|count| ways(*count, source)).collect();
        println!("\n{name}, in ms:\n");
        print!("{:<24}", "cells");
        COUNTS.iter().for_each(|count| print!("{count:>9}"));
        println!("{:>16}", "more per 1,000");
        for row in 0..columns[0].len() {
            print!("{:<24}", columns[0][row].0);
            let times: Vec<f64> = columns
                .iter()
                .map(|column| column[row].1.as_secs_f64() * 1e3)
                .collect();
            times.iter().for_each(|time| print!("{time:>9.0}"));
            let more = (times[4] - times[3]) / (COUNTS[4] - COUNTS[3]) as f64 * 1e3;
            println!("{more:>16.1}");
        }
    }
}
