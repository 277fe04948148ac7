//! [`Serving`]: runs what triggers ask for, while this process is the one that does.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::error::ScheduleError;
use super::owner::Owner;
use super::scheduler::{Clock, Launcher, Scheduler, Wake};
use super::store::{Lead, Leader, Runs};
use crate::error::Error;
use crate::storage::Mounts;
use crate::work::Interrupt;

/// How often it is asked whether the one that leads still does.
const ASKING: Duration = Duration::from_secs(1);

/// Runs what triggers ask for, while this process is the one that does.
///
/// Beside a store that is a file, it always is. In a database one of all that serve the workspace leads, and the others stand by:
/// they take over when it ends, or is not heard of any more.
pub struct Serving {
    /// The store.
    pub runs: Runs,
    /// Who runs runs.
    pub launcher: Arc<dyn Launcher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where files are.
    pub mounts: Arc<Mounts>,
    /// How long after their end runs are removed; never where there is none.
    pub retention: Option<TimeDelta>,
}

impl Serving {
    /// Works until a stop is asked for.
    ///
    /// # Errors
    ///
    /// The store cannot be used any more.
    pub fn run(&self, stop: &Interrupt) -> Result<(), Error> {
        let mut standing = Standing::default();
        let pause = Wake::default();
        while !stop.is_set() {
            match self.runs.lead() {
                Ok(Lead::Own(owner)) => {
                    standing = Standing::default();
                    self.work(owner, stop)?;
                    continue;
                }
                Ok(Lead::Other(leader)) => standing.behind(leader),
                // Of a file, nobody will say anything else.
                Err(error) if !self.runs.has_lease() => return Err(error.into()),
                Err(error) => standing.without(&error),
            }
            pause.wait(ASKING);
        }
        Ok(())
    }

    fn work(&self, owner: Owner, stop: &Interrupt) -> Result<(), Error> {
        if let Some(fence) = owner.fence() {
            tracing::info!(number = fence, "leads: what triggers ask for runs here");
        }
        let mut scheduler = Scheduler::of(
            &self.runs,
            owner,
            Arc::clone(&self.launcher),
            Arc::clone(&self.clock),
            Arc::clone(&self.mounts),
        );
        if let Some(retention) = self.retention {
            scheduler = scheduler.with_retention(retention);
        }
        scheduler.run(stop)?;
        if !stop.is_set() {
            tracing::warn!("leads no more");
        }
        Ok(())
    }
}

/// What was said last of why this process does not lead.
#[derive(Default)]
struct Standing {
    leader: Option<Leader>,
    trouble: String,
}

impl Standing {
    fn behind(&mut self, leader: Leader) {
        self.trouble.clear();
        if self.leader.as_ref() != Some(&leader) {
            tracing::info!(%leader, "stands by: another process leads");
            self.leader = Some(leader);
        }
    }

    fn without(&mut self, error: &ScheduleError) {
        let text = error.to_string();
        if self.trouble != text {
            tracing::error!(error = %text, "nothing can be started");
            self.trouble = text;
            self.leader = None;
        }
    }
}
