//! Tests of the whole program and of the library as its users meet them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests say what they expect by failing"
)]
#![allow(clippy::format_collect, reason = "short texts, made once")]
#![allow(missing_docs, unreachable_pub, reason = "nobody uses this crate")]

mod architecture;
mod asserts;
mod browser;
mod cache;
mod columns;
mod completion;
mod composition;
mod databases;
mod differential;
mod docs;
mod editing;
mod export;
mod extending;
mod frames;
mod fuzz;
mod help;
mod include;
mod interruption;
mod job;
mod killed;
mod kills;
mod ledger;
mod live;
mod models;
mod monitor;
mod mounts;
mod notebooks;
mod parallel;
mod parameters;
mod pipelines;
mod plots;
mod present;
mod progress;
mod prompt;
mod publishing;
mod python;
mod record;
mod rules;
mod run;
mod saving;
mod schedule;
mod secrets;
mod sessions;
mod shell;
mod sql;
mod statements;
mod stores;
mod terminal;
mod transcript;
mod widths;
