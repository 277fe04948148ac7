//! [`Ids`]: groups of equal rows, numbered in the order of their first rows.
//!
//! The columns of a row become one number, which is alike where all of them are; these numbers are cut into parts by their
//! bits, and each part is numbered by itself. How rows are cut does not depend on how many processors there are.

use polars::polars_utils::aliases::{InitHashMaps as _, PlHashMap};
use polars::prelude::*;

use super::keys::{Codes, codes, encoded};
use super::parallel::each;

/// How many rows a piece has.
const PIECE: usize = 1 << 16;

/// How many parts the numbers of rows are cut into, as a power of two.
const PART_BITS: u32 = 6;

/// Groups of equal rows, numbered in the order of their first rows.
#[allow(clippy::struct_field_names, reason = "the ids of rows are what it is")]
pub(in crate::frame::sql) struct Ids {
    /// The group of each row.
    pub(in crate::frame::sql) ids: Vec<u32>,
    /// How many groups there are.
    pub(in crate::frame::sql) count: usize,
    /// The first row of each group.
    pub(in crate::frame::sql) firsts: Vec<u32>,
}

impl Ids {
    /// One group of all rows; none without rows.
    pub(in crate::frame::sql) fn one(rows: usize) -> Self {
        let count = usize::from(rows > 0);
        Self {
            ids: vec![0; rows],
            count,
            firsts: vec![0; count],
        }
    }

    /// Groups rows by the values of several columns.
    pub(in crate::frame::sql) fn of(columns: &[Series], rows: usize) -> PolarsResult<Self> {
        if columns.is_empty() {
            return Ok(Self::one(rows));
        }
        let mut joined = JoinedDigits::new(rows);
        for column in columns {
            let digit = Digit::of(column)?;
            if !joined.takes(digit.span) {
                // No number has room for more: what there is so far is numbered from 0 on.
                let so_far = joined.ids();
                joined = JoinedDigits::new(rows);
                joined.add(&Digit::of_ids(so_far));
                if !joined.takes(digit.span) {
                    let ids = digit.of_itself(rows);
                    joined.add(&Digit::of_ids(ids));
                    continue;
                }
            }
            joined.add(&digit);
        }
        Ok(joined.ids())
    }

    /// Numbers values that can be hashed.
    fn numbered<T: std::hash::Hash + Eq>(values: impl Iterator<Item = T>) -> Self {
        let mut known: PlHashMap<T, u32> = PlHashMap::new();
        let mut ids = Vec::with_capacity(values.size_hint().0);
        let mut firsts = Vec::new();
        for (row, value) in (0..).zip(values) {
            let next = firsts.len() as u32;
            let id = *known.entry(value).or_insert(next);
            if id == next {
                firsts.push(row);
            }
            ids.push(id);
        }
        Self {
            count: firsts.len(),
            ids,
            firsts,
        }
    }
}

/// A column as numbers below `span`, alike where its values are alike.
struct Digit {
    values: DigitValues,
    span: u64,
}

enum DigitValues {
    /// Small numbers from `least` on.
    Small {
        values: Vec<i32>,
        least: i32,
    },
    /// Numbers from `least` on; NULL has the last number of all.
    Codes {
        codes: Vec<u64>,
        least: u64,
        valid: Option<Vec<bool>>,
    },
    Ids(Vec<u32>),
}

impl Digit {
    fn of(series: &Series) -> PolarsResult<Self> {
        Ok(match series.dtype() {
            DataType::String => Self::of_ids(of_texts(series.str()?)),
            DataType::Categorical(..) | DataType::Enum(..) => {
                return Self::of(&series.cast(&DataType::String)?);
            }
            DataType::Decimal(..) => Self::of_ids(Ids::numbered(series.decimal()?.physical().iter())),
            dtype if dtype.is_nested() || *dtype == DataType::Binary => {
                Self::of_ids(Ids::numbered(encoded(series)?.iter()))
            }
            DataType::Int32 if series.null_count() == 0 => {
                let values: Vec<i32> = series.i32()?.into_no_null_iter().collect();
                let least = values.iter().min().copied().unwrap_or(0);
                let greatest = values.iter().max().copied().unwrap_or(0);
                Self {
                    span: (i64::from(greatest) - i64::from(least)) as u64 + 1,
                    values: DigitValues::Small { values, least },
                }
            }
            _ => {
                let Codes { codes, valid } = codes(series)?;
                let least = codes.iter().min().copied().unwrap_or(0);
                let span = codes.iter().max().map_or(0, |greatest| greatest - least);
                match (span.checked_add(2), valid) {
                    // No number is left for NULL.
                    (None, Some(valid)) => {
                        let rows = codes.iter().zip(valid);
                        Self::of_ids(Ids::numbered(rows.map(|(code, valid)| valid.then_some(*code))))
                    }
                    (span, valid) => Self {
                        span: span.unwrap_or(u64::MAX),
                        values: DigitValues::Codes { codes, least, valid },
                    },
                }
            }
        })
    }

    fn of_ids(ids: Ids) -> Self {
        Self {
            span: ids.count as u64 + 1,
            values: DigitValues::Ids(ids.ids),
        }
    }

    /// Numbers the column by itself.
    fn of_itself(self, rows: usize) -> Ids {
        match self.values {
            DigitValues::Codes {
                codes, valid: None, ..
            } => JoinedDigits {
                rows,
                span: u64::MAX,
                pieces: cut(&codes),
            }
            .ids(),
            DigitValues::Codes {
                codes,
                valid: Some(valid),
                ..
            } => Ids::numbered(
                codes
                    .iter()
                    .zip(valid)
                    .map(|(code, valid)| valid.then_some(*code)),
            ),
            DigitValues::Small { values, .. } => Ids::numbered(values.into_iter()),
            DigitValues::Ids(ids) => Ids::numbered(ids.into_iter()),
        }
    }

    /// Returns the number of a row.
    fn at(&self, row: usize) -> u64 {
        match &self.values {
            DigitValues::Small { values, least } => (i64::from(values[row]) - i64::from(*least)) as u64,
            DigitValues::Codes { codes, least, valid } => match valid {
                Some(valid) if !valid[row] => self.span - 1,
                _ => codes[row] - least,
            },
            DigitValues::Ids(ids) => u64::from(ids[row]),
        }
    }
}

fn cut(codes: &[u64]) -> Vec<Vec<u64>> {
    codes.chunks(PIECE).map(<[u64]>::to_vec).collect()
}

/// Numbers texts, piece by piece: most columns have few different ones.
fn of_texts(texts: &StringChunked) -> Ids {
    let pieces = texts.len().div_ceil(PIECE);
    if pieces < 2 {
        return Ids::numbered(texts.iter());
    }
    let texts = texts.rechunk();
    let made = each(pieces, |piece| {
        Ids::numbered(texts.slice((piece * PIECE) as i64, PIECE).iter())
    });
    let mut known: PlHashMap<Option<&str>, u32> = PlHashMap::new();
    let mut firsts: Vec<u32> = Vec::new();
    let numbers: Vec<Vec<u32>> = (0..)
        .zip(&made)
        .map(|(piece, ids)| {
            let numbers = ids.firsts.iter().map(|first| {
                let row = piece * PIECE as u32 + first;
                let next = firsts.len() as u32;
                let id = *known.entry(texts.get(row as usize)).or_insert(next);
                if id == next {
                    firsts.push(row);
                }
                id
            });
            numbers.collect()
        })
        .collect();
    let renumbered = each(pieces, |piece| {
        let (ids, numbers) = (&made[piece].ids, &numbers[piece]);
        ids.iter().map(|id| numbers[*id as usize]).collect::<Vec<u32>>()
    });
    Ids {
        ids: renumbered.concat(),
        count: firsts.len(),
        firsts,
    }
}

/// The columns so far, of each row one number below `span`.
struct JoinedDigits {
    rows: usize,
    span: u64,
    /// The numbers, so many rows a piece.
    pieces: Vec<Vec<u64>>,
}

impl JoinedDigits {
    fn new(rows: usize) -> Self {
        let pieces = (0..rows.div_ceil(PIECE)).map(|piece| vec![0; PIECE.min(rows - piece * PIECE)]);
        Self {
            rows,
            span: 1,
            pieces: pieces.collect(),
        }
    }

    /// Returns whether there is room for a column of so many numbers.
    fn takes(&self, span: u64) -> bool {
        self.span.checked_mul(span).is_some()
    }

    /// Adds a column for which there is room.
    fn add(&mut self, digit: &Digit) {
        let pieces = &self.pieces;
        self.pieces = each(pieces.len(), |piece| {
            let numbers = pieces[piece].iter().zip(piece * PIECE..);
            numbers
                .map(|(number, row)| number * digit.span + digit.at(row))
                .collect()
        });
        self.span = self.span.saturating_mul(digit.span);
    }

    /// Numbers the rows.
    fn ids(self) -> Ids {
        let numbers = || self.pieces.iter().flatten().copied();
        if self.span <= self.rows as u64 * 4 + 1024 {
            // Numbers that lie close together need no hashing.
            let mut known = vec![u32::MAX; self.span as usize];
            let mut firsts = Vec::new();
            let mut ids = Vec::with_capacity(self.rows);
            for (row, number) in (0..).zip(numbers()) {
                let id = &mut known[number as usize];
                if *id == u32::MAX {
                    *id = firsts.len() as u32;
                    firsts.push(row);
                }
                ids.push(*id);
            }
            return Ids {
                ids,
                count: firsts.len(),
                firsts,
            };
        }
        if self.pieces.len() < 2 {
            return Ids::numbered(numbers());
        }
        self.hashed()
    }

    /// Numbers the rows, part by part.
    fn hashed(&self) -> Ids {
        let parts = 1_usize << PART_BITS;
        let cut: Vec<Vec<Vec<(u64, u32)>>> = each(self.pieces.len(), |piece| {
            let numbers = &self.pieces[piece];
            let size = numbers.len() / parts;
            let mut cut: Vec<Vec<(u64, u32)>> =
                (0..parts).map(|_| Vec::with_capacity(size + size / 4)).collect();
            for (number, row) in numbers.iter().zip((piece * PIECE) as u32..) {
                cut[part(mixed(*number))].push((*number, row));
            }
            cut
        });
        let tables = each(parts, |part| {
            NumberTable::of(cut.iter().map(|piece| piece[part].as_slice()))
        });
        // Where the parts of each piece begin in those of all.
        let mut starts = vec![vec![0_usize; parts]; cut.len() + 1];
        for (piece, rows) in cut.iter().enumerate() {
            for (part, rows) in rows.iter().enumerate() {
                starts[piece + 1][part] = starts[piece][part] + rows.len();
            }
        }
        drop(cut);
        // A group has as its number how many first rows are before its own.
        let mut is_first = vec![0_u64; self.rows / 64 + 1];
        for row in tables.iter().flat_map(|table| &table.firsts) {
            is_first[*row as usize / 64] |= 1 << (row % 64);
        }
        let mut count = 0_u32;
        let mut before = Vec::with_capacity(is_first.len());
        for bits in &is_first {
            before.push(count);
            count += bits.count_ones();
        }
        let number = |row: &u32| {
            let (word, bit) = (*row as usize / 64, row % 64);
            before[word] + (is_first[word] & ((1 << bit) - 1)).count_ones()
        };
        let numbers = each(parts, |part| {
            tables[part].firsts.iter().map(number).collect::<Vec<u32>>()
        });
        let ids = each(self.pieces.len(), |piece| {
            let mut next = starts[piece].clone();
            let ids = self.pieces[piece].iter().map(|number| {
                let part = part(mixed(*number));
                let id = tables[part].ids[next[part]];
                next[part] += 1;
                numbers[part][id as usize]
            });
            ids.collect::<Vec<u32>>()
        });
        let mut firsts = vec![0; count as usize];
        for (table, numbers) in tables.iter().zip(&numbers) {
            for (first, number) in table.firsts.iter().zip(numbers) {
                firsts[*number as usize] = *first;
            }
        }
        Ids {
            ids: ids.concat(),
            count: firsts.len(),
            firsts,
        }
    }
}

/// Spreads the bits of a number over all of it.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (number ^ (number >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

fn part(mixed: u64) -> usize {
    (mixed >> (u64::BITS - PART_BITS)) as usize
}

/// The numbers of one part, and how they are numbered in the order of their first rows.
struct NumberTable {
    ids: Vec<u32>,
    firsts: Vec<u32>,
}

impl NumberTable {
    fn of<'a>(pieces: impl Iterator<Item = &'a [(u64, u32)]> + Clone) -> Self {
        let length: usize = pieces.clone().map(<[_]>::len).sum();
        let mut ids = Vec::with_capacity(length);
        let (mut firsts, mut numbers): (Vec<u32>, Vec<u64>) = (Vec::new(), Vec::new());
        let mut bits = 10;
        // The places of numbers: 0 for none, else one more than the id.
        let mut places = vec![0_u32; 1 << bits];
        let slot = |number: u64, bits: u32| (mixed(number) << PART_BITS >> (u64::BITS - bits)) as usize;
        for (number, row) in pieces.flatten() {
            if numbers.len() * 2 >= places.len() {
                bits += 2;
                places = vec![0; 1 << bits];
                for (id, number) in (1..).zip(&numbers) {
                    let mut at = slot(*number, bits);
                    while places[at] != 0 {
                        at = (at + 1) & (places.len() - 1);
                    }
                    places[at] = id;
                }
            }
            let mut at = slot(*number, bits);
            loop {
                match places[at] {
                    0 => {
                        numbers.push(*number);
                        firsts.push(*row);
                        places[at] = numbers.len() as u32;
                        ids.push(numbers.len() as u32 - 1);
                        break;
                    }
                    id if numbers[id as usize - 1] == *number => {
                        ids.push(id - 1);
                        break;
                    }
                    _ => at = (at + 1) & (places.len() - 1),
                }
            }
        }
        Self { ids, firsts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers rows one after the other.
    fn plain<T: std::hash::Hash + Eq>(rows: impl Iterator<Item = T>) -> (Vec<u32>, Vec<u32>) {
        let ids = Ids::numbered(rows);
        (ids.ids, ids.firsts)
    }

    /// Numbers that look drawn, the same at each run.
    fn drawn(count: usize, below: u64) -> Vec<i64> {
        let draw = |row: u64| (mixed(row + 1) % below) as i64;
        (0..count as u64).map(draw).collect()
    }

    #[test]
    fn rows_are_numbered_as_one_after_the_other() {
        for count in [0, 1, 63, 64, PIECE, PIECE + 1, 3 * PIECE + 17] {
            for below in [1, 7, 1000, 1 << 40] {
                let (a, b) = (drawn(count, below), drawn(count + 5, 3)[5.min(count)..].to_vec());
                let b = &b[..count.min(b.len())];
                let a = &a[..b.len()];
                let texts: Vec<Option<String>> = a
                    .iter()
                    .map(|a| (a % 11 != 3).then(|| format!("id{a}")))
                    .collect();
                let doubles: Vec<Option<f64>> = a
                    .iter()
                    .map(|a| (a % 5 != 1).then_some(*a as f64 / 7.0))
                    .collect();
                let series = |name: &str| PlSmallStr::from(name);
                let columns = [
                    Series::new(series("a"), a),
                    Series::new(series("b"), b),
                    Series::new(series("t"), &texts),
                    Series::new(series("d"), &doubles),
                ];
                let bits = doubles
                    .iter()
                    .map(|double| double.map(f64::to_bits))
                    .collect::<Vec<_>>();
                let rows = (0..a.len()).map(|row| (a[row], b[row], &texts[row], bits[row]));
                let ids = Ids::of(&columns, a.len()).unwrap();
                assert_eq!((ids.ids, ids.firsts), plain(rows), "{count} {below}");
                let ids = Ids::of(&columns[2..3], a.len()).unwrap();
                assert_eq!((ids.ids, ids.firsts), plain(texts.iter()), "{count} {below}");
            }
        }
    }
}
