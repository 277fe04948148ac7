//! [`RejectsFile`]: the rows that a table cannot take, as a CSV file, which appears whole or not at all.

use crate::database::{DatabaseError, Rejected, Rejects};
use crate::storage::{Location, Writer};

/// The head of the file.
const HEAD: &str = "line,column,value,rule,reason\n";
/// How many bytes are written at once.
const BLOCK: usize = 64 << 10;

/// A file of rejected rows, while it is written.
pub(crate) struct RejectsFile {
    name: String,
    /// `None` once it is there.
    writer: Option<Writer>,
    block: String,
}

impl RejectsFile {
    /// Begins the file; one that is there stays as it is until the new one is whole.
    pub(crate) fn new(location: &Location) -> Result<Self, DatabaseError> {
        Ok(Self {
            name: location.name().to_owned(),
            writer: Some(location.create(true).map_err(DatabaseError::file)?),
            block: HEAD.to_owned(),
        })
    }

    fn put(&mut self) -> Result<(), DatabaseError> {
        if let Some(writer) = &mut self.writer {
            writer.put(self.block.as_bytes()).map_err(DatabaseError::file)?;
            self.block.clear();
        }
        Ok(())
    }
}

impl Rejects for RejectsFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn take(&mut self, rejected: &Rejected) -> Result<(), DatabaseError> {
        let value = rejected.value.as_deref().map(cell).unwrap_or_default();
        self.block += &format!(
            "{},{},{value},{},{}\n",
            rejected.row,
            cell(&rejected.column),
            rejected.rule.name(),
            cell(&rejected.reason)
        );
        if self.block.len() < BLOCK {
            return Ok(());
        }
        self.put()
    }

    fn finish(&mut self) -> Result<(), DatabaseError> {
        self.put()?;
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        writer.commit().map_err(DatabaseError::file)
    }
}

/// Writes a text as a cell of the file; an empty one is in quotes, which NULL is not.
fn cell(text: &str) -> String {
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Rule;
    use crate::storage::Mounts;

    #[test]
    fn rejected_rows_are_there_when_all_of_them_are() {
        let folder = tempfile::tempdir().unwrap();
        let mounts = Mounts::new(folder.path());
        mounts.declare("file:.", "/mnt/out").unwrap();
        let location = mounts.resolve("/mnt/out/rejects.csv").unwrap();
        let mut file = RejectsFile::new(&location).unwrap();
        let rejected = |value: Option<&str>| Rejected {
            row: 7,
            column: "a, b".to_owned(),
            value: value.map(str::to_owned),
            rule: Rule::Type,
            reason: "\"x\" is too long".to_owned(),
        };
        file.take(&rejected(Some(""))).unwrap();
        file.take(&rejected(None)).unwrap();
        assert!(!location.exists().unwrap());
        file.finish().unwrap();
        assert_eq!(
            location.text().unwrap(),
            "line,column,value,rule,reason\n\
             7,\"a, b\",\"\",type,\"\"\"x\"\" is too long\"\n\
             7,\"a, b\",,type,\"\"\"x\"\" is too long\"\n"
        );
        // What was given up leaves the file that is there.
        drop(RejectsFile::new(&location).unwrap());
        assert!(location.text().unwrap().starts_with("line,"));
    }
}
