//! [`Pairing`]: which rows of two tables belong together, where some are gone, new, or elsewhere.
//!
//! Rows that are there once in both tables, and in the same order, hold the two together, as in a patience diff; what
//! lies between two of them is paired from both ends. Takes as long as sorting the rows.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};

use polars::prelude::{ChunkedArray, Column, DataFrame, DataType, Series};

use super::value;
use crate::digest::canonical;

/// Which rows belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pairing {
    /// The rows of the left and of the right table that belong together, in their order.
    pub(super) pairs: Vec<(usize, usize)>,
    /// The rows that only the left table has.
    pub(super) gone: Vec<usize>,
    /// The rows that only the right table has.
    pub(super) new: Vec<usize>,
    /// How many rows have moved; they are in neither list.
    pub(super) moved: usize,
}

impl Pairing {
    /// Pairs the rows of two tables by the values of the columns that both have; `None` where too few rows are the same
    /// for that to tell anything.
    pub(super) fn of(left: &DataFrame, right: &DataFrame) -> Option<Self> {
        let (left, right) = fingerprints(left, right);
        let anchors = increasing(unique(&left, &right));
        let mut found = Self::default();
        let mut same = 0;
        let mut start = (0, 0);
        for end in anchors.into_iter().chain([(left.len(), right.len())]) {
            same += found.between(&left, &right, start, end);
            if end.0 < left.len() {
                found.pairs.push(end);
                same += 1;
            }
            start = (end.0 + 1, end.1 + 1);
        }
        found.find_moved(&left, &right);
        (2 * (same + found.moved) >= left.len().min(right.len())).then_some(found)
    }

    /// Pairs what lies between two rows that are the same; returns how many rows in there are, too.
    fn between(&mut self, left: &[u64], right: &[u64], start: (usize, usize), end: (usize, usize)) -> usize {
        let part = |all: &[u64], from: usize, to: usize| all.get(from..to).unwrap_or_default().to_vec();
        let (one, other) = (part(left, start.0, end.0), part(right, start.1, end.1));
        let equal = |(one, other): &(&u64, &u64)| one == other;
        let before = one.iter().zip(&other).take_while(equal).count();
        let rest = one.len().min(other.len()) - before;
        let after = one
            .iter()
            .rev()
            .zip(other.iter().rev())
            .take(rest)
            .take_while(equal)
            .count();
        let (middle, middle_now) = (one.len() - after, other.len() - after);
        let at = |offset: usize, offset_now: usize| (start.0 + offset, start.1 + offset_now);
        self.pairs.extend((0..before).map(|offset| at(offset, offset)));
        if middle == middle_now {
            self.pairs
                .extend((before..middle).map(|offset| at(offset, offset)));
        } else {
            self.gone.extend((before..middle).map(|offset| start.0 + offset));
            self.new
                .extend((before..middle_now).map(|offset| start.1 + offset));
        }
        let tail = (0..after).map(|offset| at(middle + offset, middle_now + offset));
        self.pairs.extend(tail);
        before + after
    }

    /// Drops the rows that have only moved from the removed and the new ones.
    fn find_moved(&mut self, left: &[u64], right: &[u64]) {
        let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
        for row in self.new.iter().rev() {
            if let Some(hash) = right.get(*row) {
                places.entry(*hash).or_default().push(*row);
            }
        }
        let mut taken = Vec::new();
        let is_gone = |row: &usize| {
            let place = left.get(*row).and_then(|hash| places.get_mut(hash)?.pop());
            taken.extend(place);
            place.is_none()
        };
        let mut gone = std::mem::take(&mut self.gone);
        gone.retain(is_gone);
        self.gone = gone;
        taken.sort_unstable();
        self.new.retain(|row| taken.binary_search(row).is_err());
        self.moved = taken.len();
    }
}

/// Returns the pairs of rows that are there once in both, by the row on the left.
fn unique(left: &[u64], right: &[u64]) -> Vec<(usize, usize)> {
    let mut places: HashMap<u64, [(usize, usize); 2]> = HashMap::new();
    for (side, hashes) in [left, right].into_iter().enumerate() {
        for (row, hash) in hashes.iter().enumerate() {
            if let Some(place) = places.entry(*hash).or_default().get_mut(side) {
                *place = (place.0 + 1, row);
            }
        }
    }
    let once = places.into_values().filter_map(|places| match places {
        [(1, row), (1, row_now)] => Some((row, row_now)),
        _ => None,
    });
    let mut found: Vec<(usize, usize)> = once.collect();
    found.sort_unstable();
    found
}

/// Returns the longest part of `pairs`, which are sorted by the left row, that is in order on the right, too.
fn increasing(pairs: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    // For each length, the pair that ends the run of that length with the smallest right row.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let right = |at: &usize| pairs.get(*at).map(|(_, right)| *right);
    for (at, (_, now)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| right(end) < Some(*now));
        before.push(length.checked_sub(1).and_then(|last| ends.get(last).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut chosen = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(at) = next {
        chosen.extend(pairs.get(at));
        next = before.get(at).copied().flatten();
    }
    chosen.reverse();
    chosen
}

/// Returns a hash of each row: its values in the columns that both tables have; floats, which may be within a
/// tolerance, only where there is nothing else.
fn fingerprints(left: &DataFrame, right: &DataFrame) -> (Vec<u64>, Vec<u64>) {
    let shared: Vec<(&Column, &Column)> = left
        .columns()
        .iter()
        .filter_map(|column| Some((column, right.column(column.name()).ok()?)))
        .filter(|(column, other)| column.dtype() == other.dtype())
        .collect();
    let is_exact = |(column, _): &(&Column, &Column)| !column.dtype().is_float();
    let has_exact = shared.iter().any(is_exact);
    let mut hashers = (RowHashes::new(left.height()), RowHashes::new(right.height()));
    for (column, other) in shared.iter().filter(|pair| !has_exact || is_exact(pair)) {
        hashers.0.add(column.as_materialized_series());
        hashers.1.add(other.as_materialized_series());
    }
    (hashers.0.finish(), hashers.1.finish())
}

/// The hashers of the rows of a table.
struct RowHashes(Vec<DefaultHasher>);

impl RowHashes {
    fn new(height: usize) -> Self {
        Self(vec![DefaultHasher::new(); height])
    }

    fn add(&mut self, series: &Series) {
        match series.dtype() {
            DataType::String => self.each(series.str().into_iter().flat_map(ChunkedArray::iter)),
            DataType::Boolean => self.each(series.bool().into_iter().flat_map(ChunkedArray::iter)),
            DataType::Int64 => self.each(series.i64().into_iter().flat_map(ChunkedArray::iter)),
            DataType::Float64 => {
                let values = series.f64().into_iter().flat_map(ChunkedArray::iter);
                self.each(values.map(|value| value.map(|value| canonical(value).to_le_bytes())));
            }
            _ => self.each((0..series.len()).map(|row| Text(value(series, row)))),
        }
    }

    fn each(&mut self, values: impl Iterator<Item = impl Hash>) {
        for (hasher, value) in self.0.iter_mut().zip(values) {
            value.hash(hasher);
        }
    }

    fn finish(self) -> Vec<u64> {
        self.0.into_iter().map(|hasher| hasher.finish()).collect()
    }
}

/// Hashes a value by how it is written.
struct Text<T>(T);

impl<T: Debug> Hash for Text<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        format!("{:?}", self.0).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    fn pairing(left: &[&str], right: &[&str]) -> Option<Pairing> {
        Pairing::of(&df!("a" => left).unwrap(), &df!("a" => right).unwrap())
    }

    fn told(left: &str, right: &str) -> String {
        let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
        let (left, right) = (left.to_owned().leak(), right.to_owned().leak());
        match pairing(&words(left), &words(right)) {
            None => "nothing".to_owned(),
            Some(Pairing {
                pairs,
                gone,
                new,
                moved,
            }) => {
                let apart: Vec<_> = pairs
                    .into_iter()
                    .filter(|(row, now)| words(left)[*row] != words(right)[*now])
                    .collect();
                format!("changed {apart:?} gone {gone:?} new {new:?} moved {moved}")
            }
        }
    }

    #[test]
    fn rows_are_paired_whatever_was_put_in_and_taken_out() {
        for (left, right, expected) in [
            ("a b c d", "a b c d", "changed [] gone [] new [] moved 0"),
            ("a b c d", "a c d", "changed [] gone [1] new [] moved 0"),
            ("a b c d", "a b x c d", "changed [] gone [] new [2] moved 0"),
            ("a b c d", "a x c d", "changed [(1, 1)] gone [] new [] moved 0"),
            (
                "a b c d e f",
                "b c x e f g",
                "changed [(3, 2)] gone [0] new [5] moved 0",
            ),
            ("a b c d", "d a b c", "changed [] gone [] new [] moved 1"),
            ("a a a a b", "a a b", "changed [] gone [2, 3] new [] moved 0"),
            ("a a a", "a a a a", "changed [] gone [] new [3] moved 0"),
            ("a b c d", "w x y", "nothing"),
        ] {
            assert_eq!(told(left, right), expected, "{left} | {right}");
        }
    }

    #[test]
    fn floats_tell_rows_apart_only_where_nothing_else_does() {
        let left = df!("id" => [1, 2, 3], "x" => [0.1, 0.2, 0.3]).unwrap();
        let right = df!("id" => [1, 3], "x" => [0.10001, 0.30001]).unwrap();
        let found = Pairing::of(&left, &right).unwrap();
        assert_eq!((found.pairs, found.gone), (vec![(0, 0), (2, 1)], vec![1]));
        let only = |table: &DataFrame| table.select(["x"]).unwrap();
        assert_eq!(Pairing::of(&only(&left), &only(&right)), None);
    }
}
