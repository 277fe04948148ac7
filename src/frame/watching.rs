//! [`Watching`]: a run of a plan whose rows are looked at.

use std::sync::{Arc, MutexGuard};

use super::error::FrameError;
use super::frame::Frame;
use super::witness::Witness;
use crate::work::Interrupt;

/// A run of a frame's plan that its witnesses watch.
pub struct Watching<'a> {
    witnesses: Vec<(&'a dyn Witness, MutexGuard<'a, ()>)>,
}

impl Frame {
    /// Begins a run of the plan, which [`Watching::end`] has to end before the result is used.
    pub fn watching(&self) -> Watching<'_> {
        let mut ordered: Vec<&Arc<dyn Witness>> = self.witnesses().iter().collect();
        // Two runs that share several take their turns in one order.
        ordered.sort_by_key(|witness| Arc::as_ptr(witness).cast::<()>() as usize);
        let witnesses = ordered.into_iter().map(|witness| (&**witness, witness.begin()));
        Watching {
            witnesses: witnesses.collect(),
        }
    }
}

impl Watching<'_> {
    /// Forgets what was seen, before the plan is run once more.
    pub fn forget(&self) {
        self.witnesses.iter().for_each(|(witness, _)| witness.forget());
    }

    /// Ends a run: what a person should know becomes a notice.
    ///
    /// # Errors
    ///
    /// Rows were seen for which the plan has no sound result.
    pub fn end(&self, interrupt: &Interrupt) -> Result<(), FrameError> {
        for (witness, _) in &self.witnesses {
            let notices = witness.end().map_err(|error| FrameError::Seen(Box::new(error)))?;
            notices
                .into_iter()
                .for_each(|notice| interrupt.notices().add(notice));
        }
        Ok(())
    }
}
