//! What a table asks of who reads it, and which of that is met.

use super::action::{MetaData, Protocol};
use super::error::Feature;

/// Features that change nothing for who reads, or that are refused where a version makes use of them, and not before.
const MET: [&str; 5] = [
    "timestampNtz",
    "vacuumProtocolCheck",
    // Looked for in the settings, in the files, in the checkpoint.
    "columnMapping",
    "deletionVectors",
    "v2Checkpoint",
];

/// Finds what a table asks of readers that is not met here.
pub(super) fn unmet(protocol: &Protocol, table: &MetaData) -> Option<Feature> {
    let named = protocol.reader_features.iter().flatten();
    match protocol.min_reader_version {
        0..=2 => {}
        3 => {
            let unmet = named.into_iter().find(|name| !MET.contains(&name.as_str()));
            if let Some(name) = unmet {
                return Some(Feature::Named { name: name.clone() });
            }
        }
        version => return Some(Feature::Reader { version }),
    }
    if table.format.provider != "parquet" {
        let provider = table.format.provider.clone();
        return Some(Feature::Format { provider });
    }
    let mode = table.configuration.get("delta.columnMapping.mode");
    match mode.and_then(Option::as_deref) {
        None | Some("none") => None,
        Some(_) => Some(Feature::ColumnMapping),
    }
}
