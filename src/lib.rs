//! Sheaf: a notebook for tabular machine learning that lives in the terminal and always replays.
//!
//! The library holds everything; the binary is one call. `ARCHITECTURE.md` shows the flow and the folders.

pub mod assist;
pub mod cache;
pub mod cli;
pub mod database;
pub mod describe;
pub mod digest;
pub mod error;
pub mod export;
mod file;
pub mod frame;
pub mod job;
pub mod language;
mod migration;
pub mod model;
pub mod monitor;
pub mod notebook;
pub mod output;
pub mod parameters;
pub mod pipeline;
pub mod record;
pub mod render;
pub mod repl;
mod ron_text;
pub mod schedule;
pub mod secret;
pub mod session;
pub mod source;
pub mod storage;
pub mod work;
pub mod workspace;

pub use error::{Error, Kind, Problem, Result};
