//! Connections to databases: query → frame, frame → table.
//!
//! A [`Connection`] is a description, with references where there are secrets; it opens a [`Database`], a session of one
//! kind of database, when it is first used. A kind of database is one file that implements [`Database`], and one line in
//! [`DRIVERS`]. What a load does (`before`, modes, keys, what is checked, one transaction around all of it) is decided once,
//! in `load.rs`, for all of them. Nothing here knows of cells.

mod beside;
mod connection;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod database;
mod error;
mod filling;
mod load;
mod merge;
mod mysql;
mod parameter;
mod postgresql;
mod report;
mod server;
mod sqlite;
mod table;
mod target;
#[cfg(test)]
mod testing;

pub use connection::Connection;
pub use database::{Database, Driver, Rows, Take};
pub use error::DatabaseError;
pub use filling::{Filled, Filling};
pub use load::{Load, Mode};
pub use parameter::{Bound, Parameter};
pub use report::LoadReport;
pub use table::{TableColumn, TableName, TableSummary};
pub use target::Target;

/// Every kind of database.
pub static DRIVERS: &[Driver] = &[sqlite::DRIVER, postgresql::DRIVER, mysql::DRIVER];
