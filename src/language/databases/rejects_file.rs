//! [`RejectsFile`]: the rows that a table cannot take, as a CSV file, which appears whole or not at all.
//!
//! Where the rows come straight from CSV files, they are named by the lines of those; else by their numbers in the frame. Its head
//! says which.

use crate::database::{DatabaseError, Rejected, Rejects};
use crate::frame::Frame;
use crate::frame::read::RowLines;
use crate::storage::{Location, Writer};

/// What the head of the file has behind the names of rows.
const HEAD: &str = "column,value,rule,reason\n";
/// How many bytes are written at once.
const BLOCK: usize = 64 << 10;

/// A file of rejected rows, while it is written.
pub(crate) struct RejectsFile {
    name: String,
    /// `None` once it is there.
    writer: Option<Writer>,
    block: String,
    /// Where the rows stand that are loaded.
    lines: Option<RowLines>,
}

impl RejectsFile {
    /// Begins the file for rows of `frame`; one that is there stays as it is until the new one is whole.
    pub(crate) fn new(location: &Location, frame: &Frame) -> Result<Self, DatabaseError> {
        let lines = frame.row_lines();
        let names = match &lines {
            None => "row",
            Some(lines) if lines.are_of_several() => "file,line",
            Some(_) => "line",
        };
        Ok(Self {
            name: location.name().to_owned(),
            writer: Some(location.create(true).map_err(DatabaseError::file)?),
            block: format!("{names},{HEAD}"),
            lines,
        })
    }

    fn put(&mut self) -> Result<(), DatabaseError> {
        if let Some(writer) = &mut self.writer {
            writer.put(self.block.as_bytes()).map_err(DatabaseError::file)?;
            self.block.clear();
        }
        Ok(())
    }

    /// Names a row, by its line where it has one.
    fn named(&mut self, row: u64) -> Result<String, DatabaseError> {
        let Some(lines) = &mut self.lines else {
            return Ok(row.to_string());
        };
        let are_of_several = lines.are_of_several();
        let found = lines.find(row).map_err(DatabaseError::frame)?;
        // A file that has become shorter since then has no such line.
        Ok(match found {
            Some(found) if are_of_several => format!("{},{}", cell(found.file), found.line),
            Some(found) => found.line.to_string(),
            None if are_of_several => ",".to_owned(),
            None => String::new(),
        })
    }
}

impl Rejects for RejectsFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn take(&mut self, rejected: &Rejected) -> Result<(), DatabaseError> {
        let named = self.named(rejected.row)?;
        let value = rejected.value.as_deref().map(cell).unwrap_or_default();
        self.block += &format!(
            "{named},{},{value},{},{}\n",
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
    use polars::prelude::DataFrame;

    use super::*;
    use crate::database::Rule;
    use crate::frame::read::{CsvOptions, scan_csv};
    use crate::storage::Mounts;
    use crate::work::Progress;

    fn rejected(row: u64, value: Option<&str>) -> Rejected {
        Rejected {
            row,
            column: "a, b".to_owned(),
            value: value.map(str::to_owned),
            rule: Rule::Type,
            reason: "\"x\" is too long".to_owned(),
        }
    }

    #[test]
    fn rejected_rows_are_there_when_all_of_them_are() {
        let folder = tempfile::tempdir().unwrap();
        let mounts = Mounts::new(folder.path());
        mounts.declare("file:.", "/mnt/out").unwrap();
        let location = mounts.resolve("/mnt/out/rejects.csv").unwrap();
        let frame = Frame::from_dataframe(DataFrame::default());
        let mut file = RejectsFile::new(&location, &frame).unwrap();
        file.take(&rejected(7, Some(""))).unwrap();
        file.take(&rejected(7, None)).unwrap();
        assert!(!location.exists().unwrap());
        file.finish().unwrap();
        assert_eq!(
            location.text().unwrap(),
            "row,column,value,rule,reason\n\
             7,\"a, b\",\"\",type,\"\"\"x\"\" is too long\"\n\
             7,\"a, b\",,type,\"\"\"x\"\" is too long\"\n"
        );
        // What was given up leaves the file that is there.
        drop(RejectsFile::new(&location, &frame).unwrap());
        assert!(location.text().unwrap().starts_with("row,"));
    }

    #[test]
    fn rows_of_files_are_named_by_their_lines() {
        let folder = tempfile::tempdir().unwrap();
        let mounts = Mounts::new(folder.path());
        mounts.declare("file:.", "/mnt/out").unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            mounts.resolve(&format!("/mnt/out/{name}")).unwrap()
        };
        let first = write(
            "a.csv",
            "about the file\nid,note\n1,\"two\nlines\"\n\n2,x\n\n\n3,\"a\n\n\nb\"\n",
        );
        let second = write("b.csv", "about the file\nid,note\n4,y\r\n5,\"\"\"\r\n\"\n6,z");
        let options = CsvOptions {
            skip_rows: 1,
            ..CsvOptions::default()
        };
        let named = |files: &[Location], rows: &[u64]| {
            let scan = scan_csv(files, &options, &Progress::default()).unwrap();
            let frame = Frame::checked_scan(scan, files.to_vec());
            let frame = frame.only(&["id".to_owned()]).unwrap();
            let location = mounts.resolve("/mnt/out/rejects.csv").unwrap();
            let mut file = RejectsFile::new(&location, &frame).unwrap();
            for row in rows {
                file.take(&rejected(*row, None)).unwrap();
            }
            file.finish().unwrap();
            let text = location.text().unwrap();
            let names = text
                .lines()
                .map(|line| line.split(",\"a, b\"").next().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        let one = named(std::slice::from_ref(&first), &[1, 2, 3, 2, 9]);
        assert_eq!(one, ["line,column,value,rule,reason", "3", "6", "9", "6", ""]);
        let both = named(&[first, second], &[3, 4, 5, 6, 1]);
        assert_eq!(
            both,
            [
                "file,line,column,value,rule,reason",
                "/mnt/out/a.csv,9",
                "/mnt/out/b.csv,3",
                "/mnt/out/b.csv,4",
                "/mnt/out/b.csv,6",
                "/mnt/out/a.csv,3",
            ]
        );
    }
}
