//! What comes from a server, value by value, becomes frames: what databases whose clients give rows have in common.
//!
//! How a value is read, each database's own [`Storage`] knows.

mod batch;
mod header;
mod storage;

pub(super) use batch::Batch;
pub(super) use header::{Header, Unknown};
pub(super) use storage::{Storage, Unreadable};
