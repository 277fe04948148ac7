//! [`Shelves`]: small entries, many in a file, because a file takes longer to make than what most cells do.
//!
//! Entries are on 256 shelves by the first byte of their keys. A shelf is a file to which lines are added, each with a
//! key, a name among the entries of that key, and the sealed entry; of two with the same key and name the later one
//! counts. A line that was cut off or changed fails its seal, and counts as not there. A shelf that has become long loses
//! its oldest lines.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::files;
use crate::digest::Digest;
use crate::storage::create_folders;

/// Entries of more bytes have files of their own.
pub(crate) const SMALL: usize = 2 << 10;

/// How many bytes a shelf may have before its oldest lines go, down to half of this.
const LONGEST: usize = 256 << 10;

/// How many bytes a key takes in a line.
const KEY: usize = 64;

/// What is known of the shelves: where the lines of each key are.
#[derive(Debug, Default)]
pub(crate) struct Shelves(Mutex<HashMap<u8, Shelf>>);

/// A shelf, as far as it was read.
#[derive(Debug, Default)]
struct Shelf {
    /// How many bytes were read: whole lines.
    read: u64,
    /// Where the lines of a key begin, and how long they are.
    lines: HashMap<Digest, Vec<(u64, usize)>>,
}

impl Shelves {
    /// Finds the newest entry of `key` that `parse` takes.
    pub(crate) fn find<T>(
        &self,
        folder: &Path,
        key: &Digest,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let path = path(folder, key);
        let mut file = File::open(&path).ok()?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = key.bytes()[0];
        let here = known.entry(first).or_default();
        let learned = here.learn(&mut file);
        let found = here.entries(&mut file, key).find_map(|text| parse(&text));
        if found.is_some() {
            files::touch(&path);
        } else if learned.is_err() || here.lines.contains_key(key) {
            // Someone else may have tidied the shelf: it is read again.
            known.remove(&first);
        }
        found
    }
}

impl Shelf {
    /// Reads what was added.
    fn learn(&mut self, file: &mut File) -> io::Result<()> {
        let length = file.metadata()?.len();
        if length < self.read {
            *self = Self::default();
        }
        if length == self.read {
            return Ok(());
        }
        let mut added = Vec::new();
        file.seek(SeekFrom::Start(self.read))?;
        file.read_to_end(&mut added)?;
        for line in added.split_inclusive(|byte| *byte == b'\n') {
            // The last one may still be written.
            let Some(whole) = line.strip_suffix(b"\n") else {
                break;
            };
            if let Some(key) = key_of(whole) {
                self.lines.entry(key).or_default().push((self.read, whole.len()));
            }
            self.read += line.len() as u64;
        }
        Ok(())
    }

    /// Reads the entries of a key, the newest first.
    fn entries(&self, file: &mut File, key: &Digest) -> impl Iterator<Item = String> {
        let lines = self.lines.get(key).into_iter().flatten().rev();
        lines.filter_map(move |(start, length)| {
            let mut line = vec![0; *length];
            file.seek(SeekFrom::Start(*start)).ok()?;
            file.read_exact(&mut line).ok()?;
            let line = String::from_utf8(line).ok()?;
            let mut parts = line.splitn(3, ' ');
            let is_of_key = parts.next()?.parse::<Digest>().ok()? == *key;
            parts.next()?;
            is_of_key.then(|| parts.next().map(str::to_owned)).flatten()
        })
    }
}

/// Writes the line of an entry; `None` where the entry does not fit on one.
pub(crate) fn line(key: &Digest, name: &str, entry: &str) -> Option<String> {
    let fits = entry.len() <= SMALL && !entry.contains('\n');
    fits.then(|| format!("{key} {name} {entry}\n"))
}

/// Adds lines to the shelf of `key`, on which they belong.
pub(crate) fn add(folder: &Path, key: &Digest, lines: &str) -> io::Result<()> {
    let path = path(folder, key);
    let open = || File::options().append(true).create(true).open(&path);
    let mut file = match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_folders(path.parent().unwrap_or(folder))?;
            open()?
        }
        opened => opened?,
    };
    // What is there may have been cut off.
    file.write_all(format!("\n{lines}").as_bytes())?;
    if file.metadata()?.len() > LONGEST as u64 {
        shorten(&path)?;
    }
    Ok(())
}

/// Leaves the newest lines of a shelf, and of those with the same key and name the last one.
fn shorten(path: &Path) -> io::Result<()> {
    let bytes = fs::read(path)?;
    let (mut seen, mut kept, mut size) = (HashSet::new(), Vec::new(), 0);
    let lines = bytes.split(|byte| *byte == b'\n').rev();
    for line in lines.filter(|line| key_of(line).is_some()) {
        if seen.insert(title(line)) {
            size += line.len() + 1;
            if size > LONGEST / 2 {
                break;
            }
            kept.push(line);
        }
    }
    kept.reverse();
    let mut text = kept.join(&b'\n');
    text.push(b'\n');
    files::write(path, &text)
}

/// Counts the entries in a file: those on a shelf, or the one that has a file of its own.
pub(crate) fn count(path: &Path) -> usize {
    if path.extension().is_none_or(|extension| extension != EXTENSION) {
        return 1;
    }
    let bytes = fs::read(path).unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n');
    let titles: HashSet<&[u8]> = lines.filter(|line| key_of(line).is_some()).map(title).collect();
    titles.len()
}

const EXTENSION: &str = "shelf";

fn path(folder: &Path, key: &Digest) -> PathBuf {
    let name = format!("{:02x}.{EXTENSION}", key.bytes()[0]);
    folder.join(files::ENTRIES).join(name)
}

fn key_of(line: &[u8]) -> Option<Digest> {
    std::str::from_utf8(line.get(..KEY)?).ok()?.parse().ok()
}

/// Returns the key and the name in a line.
fn title(line: &[u8]) -> &[u8] {
    let ends = line.iter().enumerate().filter(|(_, byte)| **byte == b' ');
    let end = ends.map(|(at, _)| at).nth(1);
    line.get(..end.unwrap_or(line.len())).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32) -> Digest {
        // All on one shelf.
        format!("00{number:062x}").parse().unwrap()
    }

    #[test]
    fn the_last_entry_counts_and_one_that_was_cut_off_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let shelves = Shelves::default();
        let find = |number: u32| shelves.find(folder.path(), &key(number), |text| Some(text.to_owned()));
        let put = |number: u32, name: &str, entry: &str| {
            let line = line(&key(number), name, entry).unwrap();
            add(folder.path(), &key(number), &line).unwrap();
        };
        assert_eq!(find(1), None);
        put(1, "a", "one");
        assert_eq!(find(1).unwrap(), "one");
        put(2, "a", "two");
        put(1, "a", "one again");
        assert_eq!(
            (find(1).unwrap(), find(2).unwrap()),
            ("one again".to_owned(), "two".to_owned())
        );
        let path = path(folder.path(), &key(1));
        assert_eq!(count(&path), 2);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
        assert_eq!(find(1).unwrap(), "one");
        put(3, "a", "three");
        assert_eq!(
            (find(3).unwrap(), find(2).unwrap()),
            ("three".to_owned(), "two".to_owned())
        );
    }

    #[test]
    fn a_long_shelf_loses_its_oldest_entries_and_another_program_notices() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (Shelves::default(), Shelves::default());
        let find = |shelves: &Shelves, number: u32| {
            shelves.find(folder.path(), &key(number), |text| {
                text.starts_with("entry").then_some(text.len())
            })
        };
        let entry = format!("entry{}", "x".repeat(1_000));
        let put = |number: u32| {
            add(
                folder.path(),
                &key(number),
                &line(&key(number), "a", &entry).unwrap(),
            )
            .unwrap();
        };
        (0..200).for_each(put);
        assert_eq!((find(&here, 7), find(&there, 199)), (Some(1_005), Some(1_005)));
        (200..300).for_each(put);
        assert!(fs::metadata(path(folder.path(), &key(0))).unwrap().len() < LONGEST as u64);
        for shelves in [&here, &there] {
            // What it knew of may be elsewhere; it is found the next time at the latest.
            let _ = find(shelves, 299);
            assert_eq!((find(shelves, 299), find(shelves, 7)), (Some(1_005), None));
        }
    }
}
