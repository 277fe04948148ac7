//! [`ValuePath`]: the way from the whole of a text to one of its values.

/// The way from the whole of a text to one of its values.
///
/// The name of a variant is no step: `type: Wait(for: "30s")` has its text at `type`, `for`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ValuePath(Vec<Step>);

/// A step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// To the field or the entry of this name.
    Name(String),
    /// To the item at this place, counted from 0.
    Item(usize),
}

impl ValuePath {
    /// Returns the way on to a field or an entry of this name.
    pub(crate) fn name(&self, name: impl Into<String>) -> Self {
        self.with(Step::Name(name.into()))
    }

    /// Returns the way on to an item, counted from 0.
    pub(crate) fn item(&self, index: usize) -> Self {
        self.with(Step::Item(index))
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Returns the steps.
    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }
}
