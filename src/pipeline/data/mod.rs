//! What is in datasets: files and tables as frames, frames as files; their options, and their columns against the definition.

mod error;
mod file;
mod options;
mod schema;
mod table;

pub(super) use error::DataError;
pub(super) use file::{read_file, write_file};
pub(super) use schema::{check_schema, learned};
pub(super) use table::{read_query, read_table};
