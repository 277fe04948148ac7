//! [`Recall`]: walking the earlier cells that begin with what was typed.

use super::earlier::Earlier;

/// A walk, from what was typed back to older cells.
#[derive(Debug)]
pub(super) struct Recall {
    typed: String,
    /// The position of the cell that is shown, or one beyond the last.
    at: usize,
    /// The cell that is shown.
    shown: String,
}

impl Recall {
    /// Starts a walk at what is typed.
    pub(super) fn from(typed: &str, earlier: &Earlier) -> Self {
        Self {
            typed: typed.to_owned(),
            at: earlier.count(),
            shown: typed.to_owned(),
        }
    }

    /// Returns whether the walk is at `text`, so that it continues from there.
    pub(super) fn is_at(&self, text: &str) -> bool {
        self.shown == text
    }

    /// Goes to the next older cell and returns it; `None` where there is none.
    pub(super) fn older(&mut self, earlier: &Earlier) -> Option<&str> {
        let (at, cell) = earlier.before(self.at, &self.typed, &self.shown)?;
        (self.at, self.shown) = (at, cell);
        Some(&self.shown)
    }

    /// Goes to the next newer cell, or back to what was typed, and returns it; `None` where one is there already.
    pub(super) fn newer(&mut self, earlier: &Earlier) -> Option<&str> {
        if self.at >= earlier.count() {
            return None;
        }
        let next = earlier.after(self.at, &self.typed, &self.shown);
        (self.at, self.shown) = next.unwrap_or_else(|| (earlier.count(), self.typed.clone()));
        Some(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn only_what_begins_alike_is_walked_and_what_was_typed_comes_back() {
        let earlier = Earlier::read(None, Arc::default());
        for cell in ["a = 1", "b = 2", "a = 3"] {
            earlier.push(cell);
        }
        let mut recall = Recall::from("a", &earlier);
        assert_eq!(recall.newer(&earlier), None);
        assert_eq!(recall.older(&earlier), Some("a = 3"));
        assert_eq!(recall.older(&earlier), Some("a = 1"));
        assert_eq!(recall.older(&earlier), None);
        assert!(recall.is_at("a = 1"));
        assert_eq!(recall.newer(&earlier), Some("a = 3"));
        assert_eq!(recall.newer(&earlier), Some("a"));
        assert_eq!(recall.newer(&earlier), None);
    }
}
