//! The frames of the rows of a partition.

use super::frame_key::FrameKey;
use crate::frame::sql::aggregation::FrameRows as Range;
use crate::frame::sql::expr::{Bound, Expr, Frame, Kind, Literal, Unit};

impl Frame {
    /// Returns whether all rows of a partition are in every frame.
    pub(super) fn is_whole(&self) -> bool {
        self.start == Bound::UnboundedPreceding && self.end == Bound::UnboundedFollowing
    }

    /// Returns whether the values of the key decide.
    pub(super) fn has_range_offset(&self) -> bool {
        let is_offset = |bound: &Bound| matches!(bound, Bound::Preceding(_) | Bound::Following(_));
        self.unit == Unit::Range && (is_offset(&self.start) || is_offset(&self.end))
    }

    /// Returns whether the groups of ties decide.
    pub(super) fn needs_ties(&self) -> bool {
        let by_ties = |bound: &Bound| match bound {
            Bound::CurrentRow => self.unit != Unit::Rows,
            Bound::Preceding(_) | Bound::Following(_) => self.unit == Unit::Groups,
            Bound::UnboundedPreceding | Bound::UnboundedFollowing => false,
        };
        by_ties(&self.start) || by_ties(&self.end)
    }

    /// Returns the frames of the rows of a partition, of whose ties the starts are known.
    pub(super) fn of(&self, rows: &[u32], ties: &[u32], key: Option<&FrameKey>) -> Vec<Range> {
        let count = rows.len() as u32;
        let starts = ends(&self.start, self.unit, true, rows, ties, key);
        let ends = ends(&self.end, self.unit, false, rows, ties, key);
        let pairs = starts.into_iter().zip(ends);
        pairs
            .map(|(start, end)| {
                let start = start.min(count);
                start..end.min(count).max(start)
            })
            .collect()
    }
}

/// Returns one end of the frame of each row.
fn ends(
    bound: &Bound,
    unit: Unit,
    is_start: bool,
    rows: &[u32],
    ties: &[u32],
    key: Option<&FrameKey>,
) -> Vec<u32> {
    let count = rows.len() as u32;
    let each = |end: u32| vec![end; rows.len()];
    let behind = u32::from(!is_start);
    match (bound, unit) {
        (Bound::UnboundedPreceding, _) => each(0),
        (Bound::UnboundedFollowing, _) => each(count),
        (Bound::CurrentRow, Unit::Rows) => (0..count).map(|place| place + behind).collect(),
        (Bound::CurrentRow, _) => by_ties(ties, rows.len(), 0, is_start),
        (Bound::Preceding(offset), Unit::Rows) => {
            let offset = whole(offset);
            (0..count)
                .map(|place| (place + behind).saturating_sub(offset))
                .collect()
        }
        (Bound::Following(offset), Unit::Rows) => {
            let offset = whole(offset);
            (0..count)
                .map(|place| (place + behind).saturating_add(offset))
                .collect()
        }
        (Bound::Preceding(offset), Unit::Groups) => {
            by_ties(ties, rows.len(), -i64::from(whole(offset)), is_start)
        }
        (Bound::Following(offset), Unit::Groups) => {
            by_ties(ties, rows.len(), i64::from(whole(offset)), is_start)
        }
        (Bound::Preceding(_) | Bound::Following(_), Unit::Range) => {
            key.map_or_else(|| each(0), |key| key.ends(rows, is_start))
        }
    }
}

fn whole(offset: &Expr) -> u32 {
    match offset.kind {
        Kind::Literal(Literal::Int(value)) => u32::try_from(value).unwrap_or(u32::MAX),
        _ => 0,
    }
}

/// Returns where the group of ties so many groups further starts, or ends.
fn by_ties(ties: &[u32], rows: usize, offset: i64, is_start: bool) -> Vec<u32> {
    let groups = ties.len().saturating_sub(1) as i64;
    let mut made = Vec::with_capacity(rows);
    for (group, pair) in ties.windows(2).enumerate() {
        let [start, end] = pair else { continue };
        let wanted = (group as i64)
            .saturating_add(offset)
            .saturating_add(i64::from(!is_start));
        let found = ties.get(wanted.clamp(0, groups) as usize).copied().unwrap_or(0);
        made.extend((*start..*end).map(|_| found));
    }
    made
}
