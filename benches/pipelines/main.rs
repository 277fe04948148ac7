//! The night shift as whole processes: copies of a million predictions beside the tools a user would have, what a pipeline adds to
//! a run, how late a scheduler is, and what ten thousand runs in the store cost.
//!
//! To be run by hand on a quiet machine: `cargo bench --bench pipelines`, or with the names of some parts behind it:
//! `cargo bench --bench pipelines -- copies overhead lateness store`. What is compared is measured in turn, in one run. PostgreSQL is
//! started where it is installed; `psql`, `sqlite3` and, with `PYTHON=/path/to/python`, pandas run where they are there, and what
//! is missing is said. `RUNS` says how often each is measured.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a bench that cannot run says why by failing"
)]

mod copies;
mod folder;
mod lateness;
mod measured;
mod overhead;
mod postgres;
mod store;

/// A part of the bench: its name, and what measures it.
type Part = (&'static str, fn());

const PARTS: [Part; 4] = [
    ("copies", copies::measure),
    ("overhead", overhead::measure),
    ("lateness", lateness::measure),
    ("store", store::measure),
];

fn main() {
    // Cargo passes arguments of its own.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with("--"))
        .collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| PARTS.iter().all(|(part, _)| part != name))
    {
        let known = PARTS.map(|(name, _)| name).join(", ");
        println!("there is no part {unknown:?}; there are {known}");
        std::process::exit(2);
    }
    for (name, measure) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            measure();
        }
    }
}
