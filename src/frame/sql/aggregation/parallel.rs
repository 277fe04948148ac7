//! Work on as many threads as there are processors; how it is cut, and so what it gives, does not depend on how many these are.

use std::num::NonZero;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Groups are handed to threads so many rows at a time, or a few more.
const PIECE: usize = 1 << 13;

/// Does the pieces `0..count` of some work, and returns what they give in their order.
pub(in crate::frame::sql) fn each<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let results: Vec<Mutex<Option<T>>> = (0..count).map(|_| Mutex::new(None)).collect();
    each_piece(count, &|piece| {
        if let Some(Ok(mut result)) = results.get(piece).map(Mutex::lock) {
            *result = Some(work(piece));
        }
    });
    let results = results.into_iter();
    results
        .filter_map(|result| result.into_inner().ok().flatten())
        .collect()
}

/// Does what is the same for all work.
fn each_piece(count: usize, work: &(dyn Fn(usize) + Sync)) {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(count);
    let next = AtomicUsize::new(0);
    let worker = || {
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= count {
                return;
            }
            work(piece);
        }
    };
    if threads <= 1 {
        worker();
        return;
    }
    thread::scope(|scope| {
        // Where no more threads can be had, fewer do it.
        let others = (1..threads).map_while(|_| thread::Builder::new().spawn_scoped(scope, worker).ok());
        let others: Vec<_> = others.collect();
        worker();
        for other in others {
            if let Err(panic) = other.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

/// Sorts values of which no two are equal, or equal ones cannot be told apart.
pub(in crate::frame::sql) fn sort<T: Ord + Send>(values: &mut [T]) {
    sort_by(values, T::cmp);
}

/// Sorts values as [`sort`] does, in another order.
pub(in crate::frame::sql) fn sort_by<T: Send>(
    values: &mut [T],
    compare: impl Fn(&T, &T) -> std::cmp::Ordering + Sync,
) {
    const PARTS: usize = 8;
    if values.len() < PIECE * PARTS {
        values.sort_unstable_by(compare);
        return;
    }
    let size = values.len().div_ceil(PARTS);
    let parts: Vec<Mutex<&mut [T]>> = values.chunks_mut(size).map(Mutex::new).collect();
    each(parts.len(), |part| {
        if let Some(Ok(mut part)) = parts.get(part).map(Mutex::lock) {
            part.sort_unstable_by(&compare);
        }
    });
    drop(parts);
    // Finds the sorted parts, and joins them.
    values.sort_by(compare);
}

/// Cuts groups into pieces of about equally many rows.
pub(in crate::frame::sql) fn pieces_of(sizes: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let (mut start, mut end, mut rows) = (0, 0, 0);
    for size in sizes {
        end += 1;
        rows += size + 1;
        if rows >= PIECE {
            pieces.push(start..end);
            (start, rows) = (end, 0);
        }
    }
    if start < end {
        pieces.push(start..end);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_work() {
        assert_eq!(
            each(1000, |piece| piece * 2),
            (0..1000).map(|piece| piece * 2).collect::<Vec<_>>()
        );
    }

    #[test]
    fn pieces_have_all_groups() {
        let rows: Vec<u32> = (0..10_000).collect();
        let groups: Vec<&[u32]> = vec![&rows, &[], &rows[..5], &rows[..9000], &[]];
        let sizes = groups.iter().map(|rows| rows.len());
        assert_eq!(pieces_of(sizes), [0..1, 1..4, 4..5]);
        assert!(pieces_of(std::iter::empty()).is_empty());
    }
}
