//! [`RowCount`]: counts the rows of a plan while they stream past, so that who writes them needs no second look at where they
//! come from.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polars::prelude::{DataFrame, OptFlags};

use super::error::FrameError;
use super::frame::Frame;
use super::witness::Witness;
use crate::error::Error;

/// How many rows of a plan have streamed past.
#[derive(Default)]
pub struct RowCount {
    rows: AtomicU64,
    turn: Mutex<()>,
}

impl RowCount {
    /// Returns how many they are so far; all, when the plan has run.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }
}

impl Witness for RowCount {
    fn begin(&self) -> MutexGuard<'_, ()> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.forget();
        turn
    }

    fn forget(&self) {
        self.rows.store(0, Ordering::Relaxed);
    }

    fn end(&self) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }
}

impl Frame {
    /// Returns the frame, and what counts its rows when its plan runs.
    ///
    /// # Errors
    ///
    /// The plan cannot be.
    pub fn counted(&self) -> Result<(Self, Arc<RowCount>), FrameError> {
        let count = Arc::new(RowCount::default());
        let counting = Arc::clone(&count);
        let add = move |rows: DataFrame| {
            counting.rows.fetch_add(rows.height() as u64, Ordering::Relaxed);
            Ok(rows)
        };
        let plan = self
            .lazy()
            .map(add, OptFlags::STREAMING, None, Some("count of rows"));
        let frame = self.witnessed(plan, Arc::clone(&count) as Arc<dyn Witness>, "count")?;
        Ok((frame, count))
    }
}

#[cfg(test)]
mod tests {
    use polars::df;

    use super::*;
    use crate::frame::Expression;
    use crate::work::Interrupt;

    #[test]
    fn rows_are_counted_each_time_a_plan_runs() {
        let table = df!["n" => (0..70_000_i64).collect::<Vec<_>>()].unwrap();
        let frame = Frame::from_dataframe(table);
        let (counted, count) = frame
            .filter(&[Expression::parse("n % 7 = 0").unwrap()])
            .unwrap()
            .counted()
            .unwrap();
        assert_eq!(count.rows(), 0);
        assert_eq!(counted.collect(&Interrupt::default()).unwrap().height(), 10_000);
        assert_eq!(count.rows(), 10_000);
    }
}
