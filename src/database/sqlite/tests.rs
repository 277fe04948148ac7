//! What SQLite's part does, as transcripts: statements and what comes of them.

mod catalog;
mod failures;
mod fitting;
mod moments;
mod opening;
mod parameters;
mod reading;
mod values;
