//! [`KeptRows`]: the rows of queries that a cell lets be served again, in the cache that also keeps what cells give.
//!
//! Who asks says what decides them; the rows are kept under that, with the time at which they were asked for.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use polars::prelude::DataFrame;

use crate::cache::{Cache, CacheEntry, Packed, PackedTable, Reads, StoredBinding, StoredValue};
use crate::digest::Digest;
use crate::frame::Frame;

/// The name under which the rows stand.
const ROWS: &str = "rows";

/// Where rows of queries are kept.
#[derive(Debug, Clone, Default)]
pub struct KeptRows {
    cache: Option<Arc<Cache>>,
    /// Whether they are served, and not only kept.
    is_served: bool,
}

impl KeptRows {
    pub(super) fn new(cache: Option<Arc<Cache>>, is_served: bool) -> Self {
        Self { cache, is_served }
    }

    /// Returns the rows that are kept under `key`, where they are not older than `oldest`.
    pub fn find(&self, key: &Digest, oldest: Option<Duration>) -> Option<DataFrame> {
        let cache = self.cache.as_ref().filter(|_| self.is_served)?;
        let now = milliseconds();
        let is_young = |entry: &CacheEntry| {
            // What comes from the future was asked for by a clock that went wrong.
            let age = entry.asked.and_then(|asked| now.checked_sub(asked));
            age.is_some_and(|age| oldest.is_none_or(|oldest| Duration::from_millis(age) < oldest))
        };
        let entry = cache.find(key, is_young)?;
        let table = entry.tables().next()?.id;
        cache.table(&table)
    }

    /// Keeps the rows of a query that were asked for now; large ones are not kept.
    pub fn keep(&self, key: Digest, rows: &DataFrame) {
        let Some(cache) = &self.cache else {
            return;
        };
        let frame = Frame::from_dataframe(rows.clone());
        let Some(digest) = frame.digest() else {
            return;
        };
        if rows.estimated_size() as u64 > cache.limit() / 4 {
            return;
        }
        let entry = CacheEntry {
            read: Reads::default(),
            secrets: None,
            acts: Vec::new(),
            wrote: Vec::new(),
            text: None,
            bindings: vec![StoredBinding {
                name: ROWS.to_owned(),
                kind: "frame".to_owned(),
                summary: String::new(),
                value: StoredValue::Packed(Packed::Frame(PackedTable::from(digest))),
            }],
            outputs: Vec::new(),
            seconds: 0.0,
            asked: Some(milliseconds()),
        };
        cache.put(key, entry, vec![(digest.id, rows.clone())]);
        cache.flush();
    }
}

fn milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
