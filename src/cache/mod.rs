//! What decides a cell's values, what it touched outside, and its results on disk.
//!
//! Does not know sessions: whoever runs cells asks and fills it.

mod checkpoint;
mod file_read;
mod fingerprints;
mod key;
mod ledger;
mod machine;
mod packed;
mod reads;
mod resource;
mod store;
mod version;

pub use checkpoint::Checkpoint;
pub(crate) use file_read::FileRead;
pub(crate) use fingerprints::Fingerprints;
pub(crate) use key::CacheKey;
pub use ledger::Act;
pub(crate) use ledger::Ledger;
pub use machine::machine;
pub use packed::{Packed, PackedTable, Written};
pub use reads::{Reads, ResourceChange, World};
pub use resource::Resource;
pub use store::{Cache, Cleaned, Contents, DEFAULT_SIZE};
pub(crate) use store::{CacheEntry, StoredBinding, StoredOutput, StoredSecrets, StoredValue};
pub use version::Version;
