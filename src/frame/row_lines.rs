//! Where the rows of a frame stand in the files that they come from, as long as each row of the frame is one of the files.

use polars::prelude::DslPlan;

use super::frame::Frame;
use super::read::RowLines;
use super::scans::{address, keep_rows};

impl Frame {
    /// Returns where the rows of the frame stand in their files; `None` where it is no scan of text files, or where rows are left out,
    /// added or in another order.
    pub fn row_lines(&self) -> Option<RowLines> {
        if !self.is_scan() {
            return None;
        }
        self.lines_of(&self.lazy().logical_plan)
    }

    fn lines_of(&self, plan: &DslPlan) -> Option<RowLines> {
        match plan {
            DslPlan::Scan { sources, .. } => {
                let mut scans = self.checks().iter();
                scans
                    .find(|scan| address(scan.sources()) == address(sources))?
                    .row_lines()
            }
            DslPlan::Select { input, expr, .. } if keep_rows(expr) => self.lines_of(input),
            // Of a slice from the beginning, rows are those that they were before.
            DslPlan::HStack { input, .. } | DslPlan::Slice { input, offset: 0, .. } => self.lines_of(input),
            DslPlan::IR { dsl, .. } => self.lines_of(dsl),
            DslPlan::Union { inputs, .. } => {
                let mut parts = inputs.iter().map(|input| {
                    // Of a file that is cut short, those behind it are not in their places.
                    match input {
                        DslPlan::Slice { .. } => None,
                        input => self.lines_of(input),
                    }
                });
                let first = parts.next()??;
                parts.try_fold(first, |before, next| Some(before.and(next?)))
            }
            _ => None,
        }
    }
}
