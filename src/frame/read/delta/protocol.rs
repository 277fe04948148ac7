//! What a table asks of who reads it, and which of that is met.

use super::action::{MetaData, Protocol};
use super::error::Feature;

/// Features that change nothing for who reads, or that are refused where a version makes use of them, and not before.
const MET: [&str; 9] = [
    "timestampNtz",
    "vacuumProtocolCheck",
    "deletionVectors",
    "v2Checkpoint",
    // Looked for in the settings.
    "columnMapping",
    // Looked for in the columns.
    "typeWidening",
    "typeWidening-preview",
    "variantType",
    "variantType-preview",
];

/// What a column says of itself whose type was another one in older files.
const WIDENED: &str = "\"delta.typeChanges\"";

/// The setting that says how columns are found in the files.
const MAPPING: &str = "delta.columnMapping.mode";

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
    if table.schema_string.contains(WIDENED) {
        let name = "typeWidening".to_owned();
        return Some(Feature::Named { name });
    }
    match mode(table) {
        None | Some("none" | "name") => None,
        Some(mode) => Some(Feature::ColumnMapping {
            mode: mode.to_owned(),
        }),
    }
}

/// Returns whether columns have other names in the files than in the table.
pub(super) fn is_mapped(table: &MetaData) -> bool {
    mode(table) == Some("name")
}

fn mode(table: &MetaData) -> Option<&str> {
    table.configuration.get(MAPPING)?.as_deref()
}
