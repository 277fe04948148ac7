//! [`Sequence`]: a list of which many copies share what they have in common.
//!
//! Knows nothing of what it holds. A copy costs a count for each chunk, and the first change after it the chunk that is
//! changed, so that keeping a copy before every step of a long session stays cheap.

use std::sync::Arc;

/// How many items are in one chunk; all but the last are full.
const CHUNK: usize = 64;

/// A list of which many copies share what they have in common.
#[derive(Debug, Clone)]
pub(super) struct Sequence<T> {
    chunks: Vec<Arc<Vec<T>>>,
}

impl<T> Default for Sequence<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T: Clone> Sequence<T> {
    pub(super) fn len(&self) -> usize {
        self.chunks
            .split_last()
            .map_or(0, |(last, full)| full.len() * CHUNK + last.len())
    }

    pub(super) fn get(&self, position: usize) -> Option<&T> {
        self.chunks.get(position / CHUNK)?.get(position % CHUNK)
    }

    /// Returns an item to be changed in this copy alone.
    pub(super) fn get_mut(&mut self, position: usize) -> Option<&mut T> {
        Arc::make_mut(self.chunks.get_mut(position / CHUNK)?).get_mut(position % CHUNK)
    }

    pub(super) fn push(&mut self, item: T) {
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => Arc::make_mut(last).push(item),
            Some(_) | None => self.chunks.push(Arc::new(vec![item])),
        }
    }

    /// Removes the last item.
    pub(super) fn pop(&mut self) -> Option<T> {
        let last = Arc::make_mut(self.chunks.last_mut()?);
        let item = last.pop();
        if last.is_empty() {
            self.chunks.pop();
        }
        item
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }
}

impl<T: Clone> FromIterator<T> for Sequence<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut sequence = Self::default();
        for item in items {
            sequence.push(item);
        }
        sequence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_stays_as_it_was_and_shares_what_did_not_change() {
        let mut numbers: Sequence<usize> = (0..=CHUNK * 3).collect();
        let before = numbers.clone();
        *numbers.get_mut(CHUNK).unwrap() = 7;
        numbers.push(8);
        assert_eq!(numbers.pop(), Some(8));
        assert_eq!(numbers.pop(), Some(CHUNK * 3));
        assert_eq!((numbers.len(), before.len()), (CHUNK * 3, CHUNK * 3 + 1));
        assert_eq!(numbers.get(CHUNK), Some(&7));
        assert!(before.iter().copied().eq(0..=CHUNK * 3));
        let shared = before.chunks.iter().zip(&numbers.chunks);
        let shared: Vec<bool> = shared.map(|(one, other)| Arc::ptr_eq(one, other)).collect();
        assert_eq!(shared, [true, false, true]);
    }
}
