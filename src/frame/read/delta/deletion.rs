//! [`Deleted`]: which rows of a file are deleted, as a deletion vector says: a bitmap, in the log itself or in a file beside it.
//!
//! The formats are those of Delta's protocol and of Roaring bitmaps. Whatever is not as they say is an error, and so is a vector
//! that has not as many rows as the log says.

use std::collections::BTreeMap;

use super::action::DeletionVector;
use super::error::{DeltaError, Feature};
use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::Location;

/// The digits of the encoding of bytes in a log, of which five are four bytes.
const DIGITS: &[u8; 85] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
/// How many digits the name of a file has.
const NAME: usize = 20;
/// What a bitmap of rows begins with.
const MAGIC: u32 = 1_681_511_377;
/// What the bitmap of a part begins with: with containers of runs among others, or without.
const RUNS: u32 = 12_347;
const NO_RUNS: u32 = 12_346;
/// From how many containers on a bitmap with runs says where each is.
const OFFSETS: usize = 4;
/// Up to how many rows a container lists them.
const LISTED: usize = 4_096;
/// How many words have the bits of a container.
const WORDS: usize = 1_024;

/// The deleted rows of a file: for each 65,536 of its rows that have some, a bit for each.
#[derive(Debug, Default)]
pub(super) struct Deleted(BTreeMap<u64, Box<[u64]>>);

impl Deleted {
    /// Returns which of these rows are not deleted, by their numbers in the file.
    pub(super) fn left(&self, rows: impl Iterator<Item = u64>) -> Vec<bool> {
        let mut last = (u64::MAX, None);
        let is_left = |row: u64| {
            if last.0 != row >> 16 {
                last = (row >> 16, self.0.get(&(row >> 16)));
            }
            let word = last.1.and_then(|words| words.get((row >> 6) as usize % WORDS));
            word.is_none_or(|word| word >> (row % 64) & 1 == 0)
        };
        rows.map(is_left).collect()
    }

    fn count(&self) -> u64 {
        let words = self.0.values().flatten();
        words.map(|word| u64::from(word.count_ones())).sum()
    }

    /// Reads a bitmap of rows.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        if rest.u32()? != MAGIC {
            return None;
        }
        let mut deleted = Self::default();
        for _ in 0..rest.u64()? {
            let part = rest.u32()?;
            deleted.part(u64::from(part) << 16, &mut rest)?;
        }
        Some(deleted)
    }

    /// Reads the bitmap of a part, whose containers come behind `first`.
    fn part(&mut self, first: u64, rest: &mut Rest<'_>) -> Option<()> {
        let cookie = rest.u32()?;
        let (count, runs) = if cookie & 0xFFFF == RUNS {
            let count = (cookie >> 16) as usize + 1;
            (count, Some(rest.take(count.div_ceil(8))?))
        } else if cookie == NO_RUNS {
            (rest.u32()? as usize, None)
        } else {
            return None;
        };
        if count > 1 << 16 {
            return None;
        }
        let mut heads = Vec::with_capacity(count);
        for _ in 0..count {
            heads.push((rest.u16()?, usize::from(rest.u16()?) + 1));
        }
        if runs.is_none() || count >= OFFSETS {
            rest.take(4 * count)?;
        }
        for (index, (key, rows)) in heads.into_iter().enumerate() {
            let is_run = runs
                .and_then(|runs| runs.get(index / 8))
                .is_some_and(|byte| byte >> (index % 8) & 1 == 1);
            let mut words = vec![0; WORDS].into_boxed_slice();
            if is_run {
                for _ in 0..rest.u16()? {
                    let start = rest.u16()?;
                    let end = start.checked_add(rest.u16()?)?;
                    (start..=end).for_each(|row| set(&mut words, row));
                }
            } else if rows <= LISTED {
                for _ in 0..rows {
                    set(&mut words, rest.u16()?);
                }
            } else {
                for word in &mut words {
                    *word = rest.u64()?;
                }
            }
            self.0.insert(first | u64::from(key), words);
        }
        Some(())
    }
}

fn set(words: &mut [u64], row: u16) {
    if let Some(word) = words.get_mut(usize::from(row) / 64) {
        *word |= 1 << (row % 64);
    }
}

/// Bytes that are read from their beginning.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

/// Where a vector is.
#[derive(Debug, PartialEq, Eq)]
enum VectorPlace {
    /// In the log.
    Here(Vec<u8>),
    /// In a file, by its path from the table's folder, behind so many bytes.
    File(String, u64),
}

/// Finds where a vector is; `None` for what makes no sense, and the address of one that is not in the table's folder.
fn place(vector: &DeletionVector) -> Option<Result<VectorPlace, String>> {
    let text = vector.path_or_inline_dv.as_str();
    match vector.storage_type.as_str() {
        "i" => {
            let mut bytes = decoded(text)?;
            bytes.truncate(usize::try_from(vector.size_in_bytes).ok()?);
            Some(Ok(VectorPlace::Here(bytes)))
        }
        "u" => {
            let (folder, name) = text.split_at_checked(text.len().checked_sub(NAME)?)?;
            let id: [u8; 16] = decoded(name)?.try_into().ok()?;
            let is_plain = folder.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let id = uuid(id);
            let slash = if folder.is_empty() { "" } else { "/" };
            let path = format!("{folder}{slash}deletion_vector_{id}.bin");
            is_plain.then_some(Ok(VectorPlace::File(path, vector.offset.unwrap_or(1))))
        }
        "p" => Some(Err(text.to_owned())),
        _ => None,
    }
}

/// Writes a number of 128 bits as names of files have it.
fn uuid(id: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in id.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Decodes what five digits for four bytes say.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 5 * 4);
    let (groups, rest) = text.as_bytes().as_chunks::<5>();
    if !rest.is_empty() {
        return None;
    }
    for group in groups {
        let mut number: u32 = 0;
        for digit in group {
            let value = DIGITS.iter().position(|known| known == digit)?;
            number = number.checked_mul(85)?.checked_add(u32::try_from(value).ok()?)?;
        }
        bytes.extend(number.to_be_bytes());
    }
    Some(bytes)
}

/// Reads a vector of a table; `at` makes a file's place of its path, and `entry` is what messages name where it is in the log.
pub(super) fn read(
    vector: &DeletionVector,
    at: impl Fn(&str) -> Location,
    entry: &str,
    unsupported: impl Fn(Feature) -> DeltaError,
) -> Result<Deleted, ReadError> {
    let damaged = |file: &str, detail: &str| DeltaError::Damaged {
        file: file.to_owned(),
        line: None,
        detail: detail.to_owned(),
    };
    let unclear = || damaged(entry, "it has a deletion vector that is none");
    let (bytes, name) = match place(vector).ok_or_else(unclear)? {
        Err(address) => return Err(unsupported(Feature::FilesElsewhere { address }).into()),
        Ok(VectorPlace::Here(bytes)) => (bytes, entry.to_owned()),
        Ok(VectorPlace::File(path, offset)) => {
            let file = at(&path);
            // Its length stands before it, and a checksum behind it.
            let end = offset.saturating_add(vector.size_in_bytes).saturating_add(8);
            let read = file
                .range(offset..end)
                .map_err(|error| source::unreadable(&file, error))?;
            let size = u32::try_from(vector.size_in_bytes).unwrap_or(u32::MAX);
            let mut rest = Rest(&read);
            let length = rest.array().map(u32::from_be_bytes);
            let bytes = rest.take(size as usize).map(<[u8]>::to_vec);
            let checksum = rest.array().map(u32::from_be_bytes);
            let bytes =
                bytes.filter(|bytes| length == Some(size) && checksum == Some(crc32fast::hash(bytes)));
            let bytes = bytes.ok_or_else(|| damaged(file.name(), "the deletion vector in it is damaged"))?;
            (bytes, file.name().to_owned())
        }
    };
    let deleted = Deleted::read(&bytes);
    let deleted = deleted.ok_or_else(|| damaged(&name, "the deletion vector in it cannot be read"))?;
    if deleted.count() != vector.cardinality {
        let detail = format!(
            "the deletion vector in it has {} rows, and {} are written down for it",
            deleted.count(),
            vector.cardinality
        );
        return Err(damaged(&name, &detail).into());
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(kind: &str, text: &str, size: u64) -> DeletionVector {
        DeletionVector {
            storage_type: kind.to_owned(),
            path_or_inline_dv: text.to_owned(),
            offset: Some(4),
            size_in_bytes: size,
            cardinality: 6,
        }
    }

    #[test]
    fn vectors_in_the_log_and_aside_are_found_as_the_protocol_says() {
        let aside = place(&vector("u", "ab^-aqEH.-t@S}K{vb[*k^", 40))
            .unwrap()
            .unwrap();
        let name = "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin";
        assert_eq!(aside, VectorPlace::File(name.to_owned(), 4));
        let inline = vector("i", "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L", 44);
        let Some(Ok(VectorPlace::Here(bytes))) = place(&inline) else {
            panic!("{inline:?}")
        };
        let deleted = Deleted::read(&bytes).unwrap();
        assert_eq!(deleted.count(), 6);
        let left = deleted.left(0..32);
        let gone: Vec<usize> = (0..32).filter(|row| !left[*row]).collect();
        assert_eq!(gone, [3, 4, 7, 11, 18, 29]);
        let elsewhere = place(&vector("p", "s3://other/deletion_vector.bin", 40)).unwrap();
        assert_eq!(elsewhere, Err("s3://other/deletion_vector.bin".to_owned()));
        for (kind, text) in [
            ("u", "short"),
            ("u", "../^-aqEH.-t@S}K{vb[*k^"),
            ("i", "wi5b"),
            ("x", ""),
        ] {
            assert_eq!(place(&vector(kind, text, 40)), None, "{text}");
        }
    }

    #[test]
    fn containers_of_all_kinds_are_read_in_every_part_and_nothing_that_ends_early() {
        // Runs and a list in the first part; in another one, a bitmap.
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        bytes.extend(2_u64.to_le_bytes());
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend((RUNS | 1 << 16).to_le_bytes());
        bytes.push(0b01);
        for number in [0_u16, 10, 3, 1] {
            bytes.extend(number.to_le_bytes());
        }
        // Two runs: 5 to 9, and 65530 to 65535.
        for number in [2_u16, 5, 4, 65_530, 5] {
            bytes.extend(number.to_le_bytes());
        }
        // Two rows of the fourth container.
        for number in [0_u16, 7] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend(NO_RUNS.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        for number in [2_u16, 4_999] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(0_u32.to_le_bytes());
        for word in 0..WORDS {
            bytes.extend(if word < 79 { u64::MAX } else { 0 }.to_le_bytes());
        }
        let deleted = Deleted::read(&bytes).unwrap();
        assert_eq!(deleted.count(), 5 + 6 + 2 + 79 * 64);
        let rows = [
            4,
            5,
            9,
            10,
            65_535,
            3 << 16,
            (3 << 16) + 7,
            65_536,
            (3 << 32) + (2 << 16),
            (3 << 32) + (2 << 16) + 79 * 64,
        ];
        let left = deleted.left(rows.into_iter());
        assert_eq!(
            left,
            [true, false, false, true, false, false, false, true, false, true]
        );
        for end in 0..bytes.len() {
            assert!(Deleted::read(&bytes[..end]).is_none(), "{end}");
        }
    }
}
