//! [`Fold`]: aggregates that add row after row, and of which parts can be joined.
//!
//! Over frames that only grow they go on from the one before; over others a tree of joined parts is asked, so that nothing
//! is ever taken away again: no digits are lost, and NaN and infinity do no harm.

use polars::prelude::PolarsResult;

use super::parallel::each;
use super::{Aggregator, FrameRows, Value};

/// Frames up to this many rows are added up row by row.
const SHORT: usize = 16;

/// More rows than this are added up in blocks, which are joined.
const BLOCK: usize = 1 << 16;

/// An aggregate that adds row after row.
pub(super) trait Fold: Send + Sync {
    type State: Clone + Send;

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

    fn frames(&self, rows: &[u32], frames: &[FrameRows]) -> PolarsResult<Vec<Value>> {
        let Some(first) = frames.first() else {
            return Ok(Vec::new());
        };
        let grows = frames.is_sorted_by(|one, next| one.start == next.start && one.end <= next.end);
        if grows {
            return growing(self, &rows[first.start as usize..], first.start, frames);
        }
        let mut tree: Option<Tree<F::State>> = None;
        let mut values: Vec<Value> = Vec::with_capacity(frames.len());
        for (index, frame) in frames.iter().enumerate() {
            if index > 0 && frames[index - 1] == *frame {
                values.extend(values.last().cloned());
                continue;
            }
            let (start, end) = (frame.start as usize, frame.end as usize);
            let state = if end - start <= SHORT {
                folded(self, &rows[start..end])
            } else {
                tree.get_or_insert_with(|| Tree::new(self, rows))
                    .over(self, start, end)
            };
            values.push(self.finish(&state)?);
        }
        Ok(values)
    }
}

fn folded<F: Fold>(fold: &F, rows: &[u32]) -> F::State {
    let added = |rows: &[u32]| {
        let mut state = fold.empty();
        rows.iter().for_each(|row| fold.add(&mut state, *row as usize));
        state
    };
    if rows.len() <= BLOCK {
        return added(rows);
    }
    let blocks: Vec<&[u32]> = rows.chunks(BLOCK).collect();
    let states = each(blocks.len(), |block| {
        blocks.get(block).map_or_else(|| fold.empty(), |rows| added(rows))
    });
    let mut all = fold.empty();
    states.iter().for_each(|state| fold.join(&mut all, state));
    all
}

fn growing<F: Fold>(fold: &F, rows: &[u32], start: u32, frames: &[FrameRows]) -> PolarsResult<Vec<Value>> {
    let mut state = fold.empty();
    let mut done = 0;
    let mut values: Vec<Value> = Vec::with_capacity(frames.len());
    for (index, frame) in frames.iter().enumerate() {
        let end = (frame.end - start) as usize;
        if index > 0 && end == done {
            values.extend(values.last().cloned());
            continue;
        }
        rows[done..end]
            .iter()
            .for_each(|row| fold.add(&mut state, *row as usize));
        done = end;
        values.push(fold.finish(&state)?);
    }
    Ok(values)
}

/// The states of parts of the rows: node `i` joins nodes `2 i` and `2 i + 1`, the leaves come last.
struct Tree<S> {
    nodes: Vec<S>,
    /// A power of two, so that parts are joined in the order of rows.
    leaves: usize,
}

impl<S: Clone> Tree<S> {
    fn new<F: Fold<State = S>>(fold: &F, rows: &[u32]) -> Self {
        let leaves = rows.len().next_power_of_two();
        let mut nodes = vec![fold.empty(); 2 * leaves];
        for (place, row) in rows.iter().enumerate() {
            fold.add(&mut nodes[leaves + place], *row as usize);
        }
        for node in (1..leaves).rev() {
            let (front, behind) = nodes.split_at_mut(2 * node);
            let mut joined = behind[0].clone();
            fold.join(&mut joined, &behind[1]);
            front[node] = joined;
        }
        Self { nodes, leaves }
    }

    fn over<F: Fold<State = S>>(&self, fold: &F, start: usize, end: usize) -> S {
        let (mut left, mut right) = (start + self.leaves, end + self.leaves);
        let mut front = fold.empty();
        let mut behind = Vec::new();
        while left < right {
            if left % 2 == 1 {
                fold.join(&mut front, &self.nodes[left]);
                left += 1;
            }
            if right % 2 == 1 {
                right -= 1;
                behind.push(right);
            }
            left /= 2;
            right /= 2;
        }
        behind
            .into_iter()
            .rev()
            .for_each(|node| fold.join(&mut front, &self.nodes[node]));
        front
    }
}
