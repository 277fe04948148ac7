//! What decides a cell's values, what it touched outside, and its results on disk.
//!
//! Knows no session: whoever runs cells asks and fills it.

mod checkpoint;
mod fingerprints;
mod machine;
mod packed;
mod stamp;
mod store;
mod trace;

pub use checkpoint::Checkpoint;
pub(crate) use fingerprints::{Fingerprints, nanoseconds};
pub use machine::machine;
pub use packed::{Packed, PackedTable, Written};
pub(crate) use stamp::{Key, Stamp};
pub use store::{Cache, Cleaned, Contents, DEFAULT_SIZE};
pub(crate) use store::{Entry, FileThen, StoredBinding, StoredOutput, StoredValue};
pub use trace::{Act, FileRead, Identity};
pub(crate) use trace::{Trace, matches};
