//! [`Grouped`]: the rows of each group.

use super::ids::Ids;

/// Rows, group by group.
pub(in crate::frame::sql) struct Grouped {
    pub(in crate::frame::sql) rows: Vec<u32>,
    /// Where each group starts, and where the last one ends.
    starts: Vec<usize>,
}

impl Grouped {
    /// Puts rows into their groups, in this order (in their own, where none is given).
    pub(in crate::frame::sql) fn new(ids: &Ids, order: Option<&[u32]>) -> Self {
        let mut starts = vec![0_usize; ids.count + 1];
        for id in &ids.ids {
            starts[*id as usize + 1] += 1;
        }
        for group in 0..ids.count {
            starts[group + 1] += starts[group];
        }
        if ids.count <= 1 {
            let rows = order.map_or_else(|| (0..ids.ids.len() as u32).collect(), <[u32]>::to_vec);
            return Self { rows, starts };
        }
        let mut next = starts.clone();
        let mut rows = vec![0; ids.ids.len()];
        let mut put = |row: u32| {
            let place = &mut next[ids.ids[row as usize] as usize];
            rows[*place] = row;
            *place += 1;
        };
        match order {
            Some(order) => order.iter().for_each(|row| put(*row)),
            None => (0..ids.ids.len() as u32).for_each(put),
        }
        Self { rows, starts }
    }

    pub(in crate::frame::sql) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns where the rows of a group are.
    pub(in crate::frame::sql) fn range(&self, group: usize) -> std::ops::Range<usize> {
        self.starts[group]..self.starts[group + 1]
    }

    pub(in crate::frame::sql) fn group(&self, group: usize) -> &[u32] {
        &self.rows[self.range(group)]
    }
}
