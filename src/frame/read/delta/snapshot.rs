//! [`Snapshot`]: what a table is at one version, from its checkpoint and the commits behind that.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use super::action::{Action, Add, MetaData, Protocol};
use super::error::{DeltaError, Feature};
use super::log::{Log, Way};
use super::schema::{SchemaFault, columns};
use super::value::{NONE, Partitioning};
use super::{DataFile, DeltaTable, checkpoint, protocol};
use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::Location;

/// How many commits are in memory at the same time.
const TOGETHER: usize = 256;

/// What a table is at one version.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// The files by their paths as the log writes them.
    files: HashMap<String, Add>,
    meta_data: Option<MetaData>,
    protocol: Option<Protocol>,
}

impl Snapshot {
    /// Reads what leads to a version.
    pub(super) fn read(log: &Log, way: &Way) -> Result<Self, ReadError> {
        let mut snapshot = Self::default();
        let mut sidecars = Vec::new();
        for part in source::each(&way.checkpoint, checkpoint::read) {
            for action in part.map_err(|error| gone(error, log, way))? {
                sidecars.extend(action.sidecar.as_ref().map(|sidecar| log.sidecar(&sidecar.path)));
                snapshot.apply(action);
            }
        }
        for sidecars in sidecars.chunks(TOGETHER) {
            for part in source::each(sidecars, checkpoint::read) {
                let actions = part.map_err(|error| gone(error, log, way))?;
                actions.into_iter().for_each(|action| snapshot.apply(action));
            }
        }
        for commits in way.commits.chunks(TOGETHER) {
            let texts = source::each(commits, source::bytes);
            for (commit, text) in commits.iter().zip(texts) {
                snapshot.commit(commit, &text.map_err(|error| gone(error, log, way))?)?;
            }
        }
        Ok(snapshot)
    }

    /// Applies a commit: first what it removes, then what it adds, in whatever order it has them.
    fn commit(&mut self, file: &Location, text: &[u8]) -> Result<(), DeltaError> {
        let actions = checkpoint::lines(file, text)?;
        for remove in actions.iter().filter_map(|action| action.remove.as_ref()) {
            self.files.remove(&remove.path);
        }
        actions.into_iter().for_each(|action| self.apply(action));
        Ok(())
    }

    /// Applies what an action adds or changes.
    fn apply(&mut self, action: Action) {
        if let Some(add) = action.add {
            self.files.insert(add.path.clone(), add);
        }
        self.meta_data = action.meta_data.or(self.meta_data.take());
        self.protocol = action.protocol.or(self.protocol.take());
    }

    /// Makes a table of it, if all that it uses is read here.
    pub(super) fn table(self, folder: &Location, log: &Log, way: &Way) -> Result<DeltaTable, DeltaError> {
        let entries = way.entries();
        let damaged = |detail: String| DeltaError::Damaged {
            file: entries
                .first()
                .map_or_else(|| log.table.clone(), |file| file.name().to_owned()),
            line: None,
            detail,
        };
        let unsupported = |feature| unsupported(log, way, feature);
        let meta_data = self.meta_data;
        let meta_data =
            meta_data.ok_or_else(|| damaged("it says nowhere which columns the table has".to_owned()))?;
        let protocol = self.protocol;
        let protocol =
            protocol.ok_or_else(|| damaged("it says nowhere which protocol it follows".to_owned()))?;
        if let Some(feature) = protocol::unmet(&protocol, &meta_data) {
            return Err(unsupported(feature));
        }
        let is_mapped = protocol::is_mapped(&meta_data);
        let columns = columns(&meta_data.schema_string, is_mapped).map_err(|fault| match fault {
            SchemaFault::Malformed(detail) => damaged(detail.to_owned()),
            SchemaFault::Unsupported(feature) => unsupported(feature),
        })?;
        let partitioning = Partitioning::new(&meta_data.partition_columns, &columns)
            .map_err(|column| damaged(format!("its partition column `{column}` is none of its columns")))?
            .map_err(unsupported)?;
        // In the order in which they were written, the same however the log was read.
        let mut adds: Vec<Add> = self.files.into_values().collect();
        adds.sort_unstable_by(|one, other| {
            (one.modification_time, &one.path).cmp(&(other.modification_time, &other.path))
        });
        let mut files = Vec::with_capacity(adds.len());
        for add in adds {
            let mut values = Vec::new();
            for column in partitioning.names() {
                let stored = columns.stored(column).map_or(column, |stored| stored.as_str());
                let text = add.partition_values.get(stored).and_then(Option::as_deref);
                if text == Some(NONE) {
                    return Err(unsupported(Feature::PartitionValue {
                        column: column.to_owned(),
                        text: NONE.to_owned(),
                    }));
                }
                let value = partitioning.read(column, text).ok_or_else(|| {
                    let text = text.unwrap_or_default();
                    damaged(format!(
                        "the value {text:?} of the partition column `{column}` is not of its type"
                    ))
                })?;
                values.push(value);
            }
            let path = match place(&add.path) {
                Ok(path) => path,
                Err(address) => return Err(unsupported(Feature::FilesElsewhere { address })),
            };
            files.push(DataFile {
                path,
                size: add.size,
                values,
                deletions: add.deletion_vector,
            });
        }
        Ok(DeltaTable {
            folder: folder.clone(),
            version: way.version,
            entries,
            columns,
            partitioning,
            files,
        })
    }
}

fn unsupported(log: &Log, way: &Way, feature: Feature) -> DeltaError {
    DeltaError::Unsupported {
        table: log.table.clone(),
        version: way.version,
        feature,
    }
}

/// Says of a file of the log that was there a moment ago that the log is not whole.
fn gone(error: ReadError, log: &Log, way: &Way) -> ReadError {
    match error {
        ReadError::Missing { file } => DeltaError::Incomplete {
            table: log.table.clone(),
            version: way.version,
            missing: file.rsplit('/').next().unwrap_or(&file).to_owned(),
        }
        .into(),
        error => error,
    }
}

/// Returns the path of a file below its table's folder; `Err` has the address of one that is elsewhere.
fn place(written: &str) -> Result<String, String> {
    let path = percent_decode_str(written)
        .decode_utf8()
        .map_err(|_| written.to_owned())?;
    let has_scheme = path.split_once(':').is_some_and(|(scheme, rest)| {
        rest.starts_with('/') && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    let is_below = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if has_scheme || !is_below {
        return Err(written.to_owned());
    }
    Ok(path.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_below_the_folder_of_their_table() {
        for (written, expected) in [
            ("part-0.parquet", Ok("part-0.parquet")),
            ("s=a%2520b/p.parquet", Ok("s=a%20b/p.parquet")),
            ("a%3Ab/p.parquet", Ok("a:b/p.parquet")),
            ("/p.parquet", Err(())),
            ("../other/p.parquet", Err(())),
            ("a/%2E%2E/%2e%2e/p.parquet", Err(())),
            ("s3://bucket/p.parquet", Err(())),
            ("file:/data/p.parquet", Err(())),
            ("a//p.parquet", Err(())),
        ] {
            assert_eq!(place(written).as_deref().map_err(|_| ()), expected, "{written}");
        }
    }
}
