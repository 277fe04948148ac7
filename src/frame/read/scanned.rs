//! [`Scan`]: a plan to read files, with what has to be done before it runs and when it fails.

use std::fmt;
use std::sync::Arc;

use polars::prelude::{DslPlan, LazyFrame, PlSmallStr, ScanSources, SchemaRef};

use super::csv::RowLines;
use super::error::ReadError;
use super::parts::Parts;
use crate::work::Progress;

/// A plan to read files, and the files in it that are checked as they are needed.
pub struct Scan {
    /// The plan.
    pub plan: LazyFrame,
    /// What has to be asked before it runs, or anything that is made of it.
    pub checks: Vec<Arc<dyn Scanned>>,
}

/// What a run of a plan needs of one of its scans.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// How many of its first rows; `None` for all.
    pub rows: Option<usize>,
    /// Which of its columns; `None` for all, or where that is not known.
    pub columns: Option<Vec<PlSmallStr>>,
    /// Whether the plan reads it in several places.
    pub is_shared: bool,
    /// Whether rows are handed over while it runs, so that it cannot run once more.
    pub is_final: bool,
}

/// The files of one step of a plan.
pub trait Scanned: Send + Sync {
    /// Returns the sources of the step, as they are in the plan.
    fn sources(&self) -> &ScanSources;

    /// Returns the columns of the step, where they are known here.
    fn schema(&self) -> Option<&SchemaRef> {
        None
    }

    /// Makes sure that the first `rows` of the files, or all, can be read as they are.
    ///
    /// Returns what is to be read instead where polars would misread the files.
    fn prepare(&self, rows: Option<usize>, progress: &Progress) -> Result<Option<DslPlan>, ReadError>;

    /// Does the same where the result is used only after [`confirm`](Self::confirm): so files can be checked while polars
    /// reads them.
    fn prepare_meanwhile(&self, wanted: &Wanted, progress: &Progress) -> Result<Option<DslPlan>, ReadError> {
        self.prepare(wanted.rows, progress)
    }

    /// Begins a run that reads all rows part by part, which [`confirm`](Self::confirm) ends; `None` where polars has to read them.
    fn parts(&self, _wanted: &Wanted, _progress: &Progress) -> Result<Option<Arc<dyn Parts>>, ReadError> {
        Ok(None)
    }

    /// Ends what [`prepare_meanwhile`](Self::prepare_meanwhile) began, when polars has ended; `has_failed` tells whether
    /// without a result.
    ///
    /// Returns whether polars misread the files, and has to run again, prepared once more.
    fn confirm(
        &self,
        _rows: Option<usize>,
        _has_failed: bool,
        _progress: &Progress,
    ) -> Result<bool, ReadError> {
        Ok(false)
    }

    /// Returns why the files could not be read when polars failed, where their store says more than polars.
    fn failure(&self) -> Option<ReadError> {
        None
    }

    /// Finds the place that made polars fail to parse the files, reading them again.
    fn blame(&self) -> Option<ReadError>;

    /// Returns where the rows of the step stand in their files, where they are lines of text.
    fn row_lines(&self) -> Option<RowLines> {
        None
    }

    /// Says that the step cannot be found in a plan, where what is read instead of it would have been missed.
    fn lost(&self) -> Option<ReadError>;
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan").finish_non_exhaustive()
    }
}
