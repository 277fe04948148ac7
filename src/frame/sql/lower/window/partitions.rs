//! [`Partitions`]: the rows of a table, partition by partition, each in its order.

use polars::prelude::{PolarsResult, Series};

use crate::frame::sql::aggregation::keys::{Grouped, Ids, ordered};

/// The rows of a table, partition by partition.
pub(super) struct Partitions {
    grouped: Grouped,
    /// The partition of each row.
    pub(super) ids: Vec<u32>,
    /// Numbers in the order of which the rows of a partition are, for each key of the order.
    keys: Vec<Vec<u64>>,
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
        if let [first, rest @ ..] = keys.as_slice() {
            let ranges: Vec<_> = (0..grouped.len())
                .map(|partition| grouped.range(partition))
                .collect();
            for range in ranges {
                if let Some(rows) = grouped.rows.get_mut(range) {
                    sort(rows, first, rest);
                }
            }
        }
        Ok(Self {
            grouped,
            ids: ids.ids,
            keys,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.grouped.len()
    }

    /// Returns the rows of all partitions, one after the other.
    pub(super) fn rows(&self) -> &[u32] {
        &self.grouped.rows
    }

    /// Returns the rows of a partition in its order.
    pub(super) fn partition(&self, index: usize) -> &[u32] {
        self.grouped.group(index)
    }

    /// Returns the place of each row among the rows of all partitions.
    pub(super) fn places(&self) -> Vec<u32> {
        let mut places = vec![0; self.ids.len()];
        for (place, row) in self.rows().iter().enumerate() {
            if let Some(found) = places.get_mut(*row as usize) {
                *found = place as u32;
            }
        }
        places
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
        pairs.sort_unstable();
    } else {
        pairs.sort_unstable_by(|(one_key, one), (other_key, other)| {
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
