//! Connections to databases: query → frame, frame → table.
//!
//! A [`Connection`] is a description, with references where there are secrets; it opens a [`Database`], a session of one
//! kind of database, when it is first used. A kind of database is one file that implements [`Database`], and one line in
//! [`DRIVERS`]. What a load does (`before`, modes, keys, what is checked, one transaction around all of it) is decided once,
//! in `load.rs`, for all of them. Nothing here knows of cells.

mod beside;
mod broken_rule;
mod connection;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod database;
mod decimal;
mod error;
mod filling;
mod gathering;
mod judge;
mod known_tables;
mod load;
mod merge;
mod mysql;
mod parameter;
mod pool;
mod postgresql;
mod rehearsal;
mod rejects;
mod report;
mod ruled;
mod savepoint;
mod server;
mod setback;
mod sqlite;
mod sqlserver;
mod statement;
mod statement_text;
mod supply;
mod table;
mod table_change;
mod target;
#[cfg(test)]
mod testing;
mod verifier;

pub use broken_rule::BrokenRule;
pub use connection::Connection;
pub use database::{Database, Driver, Rows, Take};
pub use error::DatabaseError;
pub use filling::{Filled, Filling};
pub use judge::{Judge, UnfitValue};
pub use known_tables::KnownTable;
pub use load::{Load, Mode};
pub use parameter::{Bound, Parameter};
pub use pool::{Patience, Pool};
pub use postgresql::OwnSession;
pub use rejects::{Rejected, Rejects, Rule};
pub use report::LoadReport;
pub use ruled::Ruled;
pub use savepoint::{Extent, Savepoint};
pub use setback::Setback;
pub use statement_text::StatementText;
pub use table::{TableColumn, TableName, TableSummary};
pub use table_change::TableChange;
pub use target::Target;

/// Every kind of database.
pub static DRIVERS: &[Driver] = &[
    sqlite::DRIVER,
    postgresql::DRIVER,
    mysql::DRIVER,
    sqlserver::DRIVER,
];
