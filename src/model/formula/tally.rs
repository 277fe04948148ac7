//! [`Tally`]: what scoring sees in the rows that stream past: nulls, numbers that are none, unknown categories.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Input;
use crate::model::column_type::Family;
use crate::model::error::ModelError;
use crate::model::recipe::Gaps;
use crate::model::unseen::Unseen;

/// What was seen of each input, over all parts of a stream.
#[derive(Debug, Default)]
pub(super) struct Tally {
    inputs: Vec<Mutex<Seen>>,
}

/// What was seen of one input.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Nulls that no step filled.
    pub(super) nulls: usize,
    /// Numbers that were infinite or none before the steps.
    pub(super) infinite_before: usize,
    /// Those that the steps made so.
    pub(super) infinite_after: usize,
    /// Rows of each category that training did not have.
    pub(super) unseen: BTreeMap<String, usize>,
}

impl Tally {
    pub(super) fn new(inputs: usize) -> Self {
        Self {
            inputs: (0..inputs).map(|_| Mutex::default()).collect(),
        }
    }

    /// Adds what was seen in a part of the rows.
    pub(super) fn add(&self, input: usize, part: Seen) {
        let Some(seen) = self.inputs.get(input) else {
            return;
        };
        let mut seen = lock(seen);
        seen.nulls += part.nulls;
        seen.infinite_before += part.infinite_before;
        seen.infinite_after += part.infinite_after;
        for (category, rows) in part.unseen {
            *seen.unseen.entry(category).or_default() += rows;
        }
    }

    /// Forgets everything.
    pub(super) fn forget(&self) {
        self.inputs.iter().for_each(|seen| *lock(seen) = Seen::default());
    }

    /// Returns the categories that training did not have, or why the rows cannot be scored.
    pub(super) fn end(&self, inputs: &[(Input, Family)]) -> Result<Vec<Unseen>, ModelError> {
        let (mut gaps, mut unseen) = (Gaps::default(), Vec::new());
        for ((input, family), seen) in inputs.iter().zip(&self.inputs) {
            let seen = lock(seen);
            gaps.add_not_finite(&input.name, seen.infinite_before);
            gaps.add_nulls(&input.name, &input.source, seen.nulls, *family == Family::Text);
            gaps.add_not_finite(&input.name, seen.infinite_after);
            if seen.unseen.is_empty() {
                continue;
            }
            let found = Unseen {
                feature: input.name.clone(),
                counts: seen.unseen.clone(),
            };
            match input.categories() {
                Some(categories) if categories.is_strict => {
                    return Err(ModelError::UnseenCategories {
                        unseen: found,
                        known: categories.names.clone(),
                    });
                }
                _ => unseen.push(found),
            }
        }
        gaps.check()?;
        Ok(unseen)
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
