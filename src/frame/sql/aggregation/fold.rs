//! [`Fold`]: aggregates that add row after row, and of which parts can be joined.
//!
//! Over frames that only grow they go on from the one before; over others a tree of joined parts is asked, so that nothing
//! is ever taken away again: no digits are lost, and NaN and infinity do no harm.

use polars::prelude::PolarsResult;

use super::parallel::each;
use super::{Aggregator, FrameRows, Value, in_frame, one_by_one};

/// Frames up to this many rows are added up row by row.
const SHORT: usize = 16;

/// More rows than this are added up in blocks, which are joined.
const BLOCK: usize = 1 << 16;

/// An aggregate that adds row after row.
pub(super) trait Fold: Send + Sync {
    type State: Clone + Send + Sync;

    /// Returns the state of no rows.
    fn empty(&self) -> Self::State;

    fn add(&self, state: &mut Self::State, row: usize);

    /// Adds what comes behind.
    fn join(&self, state: &mut Self::State, behind: &Self::State);

    fn finish(&self, state: &Self::State) -> PolarsResult<Value>;
}

impl<F: Fold> Aggregator for F {
    fn over(&self, rows: &[u32]) -> PolarsResult<Value> {
        self.finish(&folded(self, rows))
    }

    fn frames(&self, rows: &[u32], frames: &[FrameRows], values: &mut Vec<Value>) -> PolarsResult<()> {
        let (Some(first), Some(last)) = (frames.first(), frames.last()) else {
            return Ok(());
        };
        let grows = first.start == last.start
            && frames.is_sorted_by(|one, next| one.start == next.start && one.end <= next.end);
        if grows {
            return growing(self, rows, frames, values);
        }
        let is_long = frames.iter().any(|frame| frame.len() > SHORT);
        let tree = is_long.then(|| Tree::new(self, rows));
        let over = |frame: &FrameRows| {
            let state = match &tree {
                Some(tree) if frame.len() > SHORT => tree.over(self, rows, frame),
                _ => added(self, in_frame(rows, frame)),
            };
            self.finish(&state)
        };
        if frames.len() <= BLOCK {
            return one_by_one(frames, values, over);
        }
        let blocks: Vec<&[FrameRows]> = frames.chunks(BLOCK).collect();
        let made = each(blocks.len(), |block| {
            let frames = blocks.get(block).copied().unwrap_or_default();
            let mut values = Vec::with_capacity(frames.len());
            one_by_one(frames, &mut values, over).map(|()| values)
        });
        made.into_iter()
            .try_for_each(|made| made.map(|made| values.extend(made)))
    }
}

fn added<F: Fold>(fold: &F, rows: &[u32]) -> F::State {
    let mut state = fold.empty();
    rows.iter().for_each(|row| fold.add(&mut state, *row as usize));
    state
}

fn folded<F: Fold>(fold: &F, rows: &[u32]) -> F::State {
    if rows.len() <= BLOCK {
        return added(fold, rows);
    }
    let blocks: Vec<&[u32]> = rows.chunks(BLOCK).collect();
    let states = each(blocks.len(), |block| {
        added(fold, blocks.get(block).copied().unwrap_or_default())
    });
    let mut all = fold.empty();
    states.iter().for_each(|state| fold.join(&mut all, state));
    all
}

fn growing<F: Fold>(
    fold: &F,
    rows: &[u32],
    frames: &[FrameRows],
    values: &mut Vec<Value>,
) -> PolarsResult<()> {
    let mut state = fold.empty();
    let mut done: Option<u32> = None;
    for frame in frames {
        if let Some(last) = values.last()
            && done == Some(frame.end)
        {
            values.push(last.clone());
            continue;
        }
        let new = done.unwrap_or(frame.start)..frame.end;
        in_frame(rows, &new)
            .iter()
            .for_each(|row| fold.add(&mut state, *row as usize));
        done = Some(frame.end);
        values.push(fold.finish(&state)?);
    }
    Ok(())
}

/// The states of parts of the rows: node `i` joins nodes `2 i` and `2 i + 1`, the leaves come last.
struct Tree<S> {
    nodes: Vec<S>,
    /// A power of two, so that parts are joined in the order of rows.
    leaves: usize,
}

/// How many rows a leaf has.
const LEAF: usize = 8;

impl<S: Clone> Tree<S> {
    fn new<F: Fold<State = S>>(fold: &F, rows: &[u32]) -> Self {
        let leaves = rows.len().div_ceil(LEAF).next_power_of_two();
        let mut levels = vec![
            rows.chunks(LEAF)
                .map(|rows| added(fold, rows))
                .collect::<Vec<S>>(),
        ];
        if let Some(lowest) = levels.last_mut() {
            lowest.resize(leaves, fold.empty());
        }
        while let Some(below) = levels.last()
            && below.len() > 1
        {
            let joined = below.chunks_exact(2).filter_map(|pair| match pair {
                [one, other] => {
                    let mut joined = one.clone();
                    fold.join(&mut joined, other);
                    Some(joined)
                }
                _ => None,
            });
            let joined = joined.collect();
            levels.push(joined);
        }
        let mut nodes = Vec::with_capacity(2 * leaves);
        nodes.push(fold.empty());
        nodes.extend(levels.into_iter().rev().flatten());
        Self { nodes, leaves }
    }

    fn over<F: Fold<State = S>>(&self, fold: &F, rows: &[u32], frame: &FrameRows) -> S {
        let (first, last) = ((frame.start as usize).div_ceil(LEAF), frame.end as usize / LEAF);
        if first >= last {
            return added(fold, in_frame(rows, frame));
        }
        let mut front = added(fold, in_frame(rows, &(frame.start..(first * LEAF) as u32)));
        let mut join = |node: usize| {
            if let Some(node) = self.nodes.get(node) {
                fold.join(&mut front, node);
            }
        };
        let (mut left, mut right) = (first + self.leaves, last + self.leaves);
        // Nodes of the back half, of which the last comes first.
        let mut behind = [0_usize; usize::BITS as usize];
        let mut places = behind.iter_mut();
        let mut count = 0;
        while left < right {
            if left % 2 == 1 {
                join(left);
                left += 1;
            }
            if right % 2 == 1 {
                right -= 1;
                if let Some(place) = places.next() {
                    *place = right;
                    count += 1;
                }
            }
            left /= 2;
            right /= 2;
        }
        behind.iter().take(count).rev().for_each(|node| join(*node));
        in_frame(rows, &((last * LEAF) as u32..frame.end))
            .iter()
            .for_each(|row| fold.add(&mut front, *row as usize));
        front
    }
}
