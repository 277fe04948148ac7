//! Categories that a model meets only when it scores.

use std::collections::BTreeMap;
use std::fmt;

/// Categories of a feature that training did not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The feature.
    pub feature: String,
    /// Rows by category.
    pub counts: BTreeMap<String, usize>,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let rows: usize = self.counts.values().sum();
        let rows = if rows == 1 {
            "1 row".to_owned()
        } else {
            format!("{rows} rows")
        };
        write!(
            f,
            "{}: {rows} with a category that training did not have (",
            self.feature
        )?;
        for (position, (category, count)) in self.counts.iter().take(SHOWN).enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}{category:?} × {count}")?;
        }
        match self.counts.len().saturating_sub(SHOWN) {
            0 => f.write_str(")"),
            more => write!(f, " and {more} more)"),
        }
    }
}
