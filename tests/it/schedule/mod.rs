//! Pipelines that run by themselves: `sheaf serve`, `sheaf trigger`, `sheaf runs`, as a person and a service manager use them.

mod commands;
mod elected;
pub mod place;
mod serving;
mod unit;
