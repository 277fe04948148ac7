//! [`Partitions`]: the rows of a table, partition by partition, each in its order.

use std::ops::Range;
use std::sync::Mutex;

use polars::prelude::{PolarsResult, Series};

use crate::frame::sql::aggregation::keys::ordered;
use crate::frame::sql::aggregation::{Grouped, Ids};
use crate::frame::sql::aggregation::{each, pieces_of, sort_by};

/// The rows of a table, partition by partition.
pub(super) struct Partitions {
    grouped: Grouped,
    /// The partition of each row.
    pub(super) ids: Vec<u32>,
    /// Numbers in the order of which the rows of a partition are, for each key of the order.
    keys: Vec<Vec<u64>>,
    /// Partitions that are worked on together; which these are depends on how many rows they have alone.
    pieces: Vec<Range<usize>>,
}

impl Partitions {
    /// Groups and sorts rows; ties stay in the order that they have.
    pub(super) fn new(
        partition: &[Series],
        order: &[Series],
        directions: &[(bool, bool)],
        rows: usize,
    ) -> PolarsResult<Self> {
        let ids = Ids::of(partition, rows)?;
        let keys = order.iter().zip(directions);
        let keys = keys.map(|(key, (descending, nulls_first))| ordered(key, *descending, *nulls_first));
        let keys: Vec<Vec<u64>> = keys.collect::<PolarsResult<_>>()?;
        let mut grouped = Grouped::new(&ids, None);
        let pieces = pieces_of((0..grouped.len()).map(|partition| grouped.range(partition).len()));
        if let [first, rest @ ..] = keys.as_slice() {
            let sizes = |piece: &Range<usize>| {
                let partitions = piece.clone();
                partitions
                    .map(|partition| grouped.range(partition).len())
                    .collect::<Vec<_>>()
            };
            let sizes: Vec<Vec<usize>> = pieces.iter().map(sizes).collect();
            let mut left = grouped.rows.as_mut_slice();
            let mut work = Vec::with_capacity(pieces.len());
            for sizes in sizes {
                let (rows, behind) = std::mem::take(&mut left).split_at_mut(sizes.iter().sum());
                left = behind;
                work.push(Mutex::new((rows, sizes)));
            }
            each(work.len(), |piece| {
                if let Some(Ok(mut piece)) = work.get(piece).map(Mutex::lock) {
                    let (rows, sizes) = &mut *piece;
                    let mut left = &mut **rows;
                    for size in sizes {
                        let (rows, behind) = std::mem::take(&mut left).split_at_mut(*size);
                        left = behind;
                        sort(rows, first, rest);
                    }
                }
            });
        }
        Ok(Self {
            grouped,
            ids: ids.ids,
            keys,
            pieces,
        })
    }

    /// Adds values for the rows of each partition; returns those of all, in the order of [`Self::rows`].
    pub(super) fn map<T: Send>(
        &self,
        work: impl Fn(&[u32], &mut Vec<T>) -> PolarsResult<()> + Sync,
    ) -> PolarsResult<Vec<Vec<T>>> {
        let made = each(self.pieces.len(), |piece| {
            let mut values = Vec::new();
            for partition in self.pieces.get(piece).cloned().unwrap_or_default() {
                work(self.grouped.group(partition), &mut values)?;
            }
            Ok(values)
        });
        made.into_iter().collect()
    }

    /// Returns the rows of all partitions, one after the other.
    pub(super) fn rows(&self) -> &[u32] {
        &self.grouped.rows
    }

    /// Puts values that come in the order of [`Self::rows`] into their rows.
    pub(super) fn placed<T: Copy + Default>(&self, values: &[Vec<T>]) -> Vec<T> {
        let mut made = vec![T::default(); self.ids.len()];
        for (value, row) in values.iter().flatten().zip(self.rows()) {
            if let Some(place) = made.get_mut(*row as usize) {
                *place = *value;
            }
        }
        made
    }

    /// Returns where the groups of ties of a partition start, and where the last one ends.
    pub(super) fn ties(&self, rows: &[u32]) -> Vec<u32> {
        let differ = |one: u32, other: u32| {
            self.keys
                .iter()
                .any(|key| key.get(one as usize) != key.get(other as usize))
        };
        let mut starts = vec![0];
        for (place, pair) in rows.windows(2).enumerate() {
            if let [one, other] = pair
                && differ(*one, *other)
            {
                starts.push(place as u32 + 1);
            }
        }
        if !rows.is_empty() {
            starts.push(rows.len() as u32);
        }
        starts
    }
}

/// Sorts the rows of a partition; the row number decides among ties.
fn sort(rows: &mut [u32], first: &[u64], rest: &[Vec<u64>]) {
    let key = |keys: &[u64], row: u32| keys.get(row as usize).copied().unwrap_or(0);
    if rows.is_sorted_by(|one, other| key(first, *one) < key(first, *other)) {
        return;
    }
    let mut pairs: Vec<(u64, u32)> = rows.iter().map(|row| (key(first, *row), *row)).collect();
    if rest.is_empty() {
        sort_by(&mut pairs, Ord::cmp);
    } else {
        sort_by(&mut pairs, |(one_key, one), (other_key, other)| {
            let later = || rest.iter().map(|keys| key(keys, *one).cmp(&key(keys, *other)));
            let decided = |found: &std::cmp::Ordering| found.is_ne();
            one_key
                .cmp(other_key)
                .then_with(|| later().find(decided).unwrap_or(std::cmp::Ordering::Equal))
                .then_with(|| one.cmp(other))
        });
    }
    for (row, (_, sorted)) in rows.iter_mut().zip(pairs) {
        *row = sorted;
    }
}
