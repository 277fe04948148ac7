//! Databases: in cells, on real servers, and in the nightly scenario.

mod broken;
mod cells;
mod killed;
mod kinds;
mod loads;
mod mariadb;
mod mysql;
mod nightly;
mod opened;
mod postgresql;
mod refusals;
mod replay;
mod secrets;
mod server;
mod suite;
mod values;
