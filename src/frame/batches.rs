//! [`Batches`]: the rows of a frame, part by part, for what takes them out of Sheaf.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use polars::prelude::{DataFrame, Engine, PlanCallback};

use super::error::FrameError;
use super::frame::Frame;
use super::read::ReadError;
use crate::work::{Interrupt, Stopped, catch_panic};

/// How many rows a batch has at most.
const ROWS: usize = 1 << 16;
/// How often waiting for a batch looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(20);
/// The stack of the thread that computes, in bytes: plans are walked recursively.
const STACK: usize = 64 << 20;

/// The rows of a frame in batches, in their order; a scan is computed while they are taken, and never held whole.
///
/// A failure is the last item. The rows count only when the end was reached without one.
pub struct Batches {
    source: Source,
    interrupt: Interrupt,
}

enum Source {
    Table { rest: DataFrame },
    Stream(Receiver<Result<DataFrame, FrameError>>),
    Ended,
}

impl Frame {
    /// Returns the rows in batches.
    ///
    /// # Errors
    ///
    /// A plan that is not a scan is computed now, and may fail.
    pub fn batches(&self, interrupt: &Interrupt) -> Result<Batches, FrameError> {
        let source = if self.is_scan() {
            let (sender, receiver) = sync_channel(1);
            let (scan, watched) = (self.clone(), interrupt.clone());
            let compute = move || {
                let run = || watched.watched(|| catch_panic(|| stream(&scan, &watched, &sender)));
                let failure = match run() {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => error,
                    Err(panic) => panic.into(),
                };
                // Nobody may want to know any more.
                let _ = sender.send(Err(failure));
            };
            let worker = thread::Builder::new()
                .name("batches".to_owned())
                .stack_size(STACK);
            worker
                .spawn(compute)
                .map_err(|error| Stopped::Panicked(format!("cannot start a thread: {error}")))?;
            Source::Stream(receiver)
        } else {
            Source::Table {
                rest: self.collect(interrupt)?,
            }
        };
        Ok(Batches {
            source,
            interrupt: interrupt.clone(),
        })
    }
}

/// Runs the plan of a scan and hands its rows over.
fn stream(
    scan: &Frame,
    interrupt: &Interrupt,
    sender: &SyncSender<Result<DataFrame, FrameError>>,
) -> Result<(), FrameError> {
    let unreadable = |error| match error {
        ReadError::Stopped(stopped) => FrameError::from(stopped),
        unsound => FrameError::Unreadable(Box::new(unsound)),
    };
    let watching = scan.watching();
    let plan = scan.prepared(interrupt.progress()).map_err(unreadable)?;
    let out = sender.clone();
    let hand_over = PlanCallback::new(move |rows: DataFrame| Ok(out.send(Ok(rows)).is_err()));
    let run = plan
        .sink_batches(hand_over, true, std::num::NonZeroUsize::new(ROWS))
        .and_then(|plan| plan.collect_with_engine(Engine::Streaming));
    match run {
        Ok(_) => watching.end(interrupt),
        Err(error) => Err(match scan.blame(&error.to_string()) {
            Some(cause) => unreadable(cause),
            None => FrameError::from_polars(&error, "collect", &scan.columns().unwrap_or_default()),
        }),
    }
}

impl Iterator for Batches {
    type Item = Result<DataFrame, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = match &mut self.source {
            Source::Ended => None,
            Source::Table { rest } if rest.height() == 0 => None,
            Source::Table { rest } => {
                let batch = rest.head(Some(ROWS));
                *rest = rest.slice(ROWS as i64, usize::MAX);
                Some(Ok(batch))
            }
            Source::Stream(receiver) => loop {
                match receiver.recv_timeout(POLL) {
                    Ok(item) => break Some(item),
                    Err(RecvTimeoutError::Disconnected) => break None,
                    Err(RecvTimeoutError::Timeout) if self.interrupt.is_set() => {
                        break Some(Err(Stopped::Interrupted.into()));
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                }
            },
        };
        if !matches!(item, Some(Ok(_))) {
            self.source = Source::Ended;
        }
        item
    }
}
