//! [`Batches`]: the rows of a frame, part by part, for what takes them out of Sheaf.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use polars::prelude::{DataFrame, DslPlan, Engine, Expr, PlSmallStr, PlanCallback, PolarsResult};

use super::error::FrameError;
use super::failing::first_failure;
use super::frame::Frame;
use super::read::{Parts, ReadError, Wanted};
use super::scans::{When, bare, is_all_of};
use crate::work::{Interrupt, Progress, Stopped, catch_panic};

/// How many rows a batch has at most: some batches are on their way at the same time.
const ROWS: usize = 1 << 14;
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
    let progress = interrupt.progress();
    let is_left = Arc::new(AtomicBool::new(false));
    let (out, left) = (sender.clone(), Arc::clone(&is_left));
    let hand_over = move |rows: DataFrame| {
        let is_left = out.send(Ok(rows)).is_err();
        left.fetch_or(is_left, Ordering::Relaxed);
        is_left
    };
    let run = if let Some((parts, columns)) = as_parts(scan, progress).map_err(unreadable)? {
        each(&*parts, columns.as_deref(), &hand_over)
    } else {
        let plan = scan.prepared_when(When::Passing, progress).map_err(unreadable)?;
        let steps = plan.logical_plan.clone();
        let hand_over = PlanCallback::new(move |rows: DataFrame| Ok(hand_over(rows)));
        plan.sink_batches(hand_over, true, std::num::NonZeroUsize::new(ROWS))
            .and_then(|plan| plan.collect_with_engine(Engine::Streaming))
            .map(|_| ())
            .map_err(|error| first_failure(&steps, error))
    };
    if is_left.load(Ordering::Relaxed) {
        return Ok(());
    }
    // Of a file that is not sound polars may make anything: what is wrong with it is told first.
    scan.confirmed(run.is_err(), progress).map_err(unreadable)?;
    match run {
        Ok(()) => watching.end(interrupt),
        Err(error) => Err(match scan.blame(&error.to_string()) {
            Some(cause) => unreadable(cause),
            None => FrameError::from_polars(&error, "collect", &scan.columns().unwrap_or_default()),
        }),
    }
}

/// The parts of a scan, and which of their columns are handed over, in this order; all where that is `None`.
type Direct = (Arc<dyn Parts>, Option<Vec<PlSmallStr>>);

/// Begins to read a scan part by part, of which nothing else is made than that columns are left out: that needs no engine, and
/// none of its memory.
fn as_parts(scan: &Frame, progress: &Progress) -> Result<Option<Direct>, ReadError> {
    let ([files], []) = (scan.checks(), scan.witnesses()) else {
        return Ok(None);
    };
    let plan = scan.lazy().logical_plan;
    let (step, columns) = match bare(&plan) {
        DslPlan::Select { input, expr, .. } => {
            let names = expr.iter().map(|expression| match expression {
                Expr::Column(name) => Some(name.clone()),
                _ => None,
            });
            let Some(names) = names
                .collect::<Option<Vec<_>>>()
                .filter(|names| !names.is_empty())
            else {
                return Ok(None);
            };
            (&**input, Some(names))
        }
        plan => (plan, None),
    };
    if !is_all_of(step, &**files) {
        return Ok(None);
    }
    let wanted = Wanted {
        columns: columns.clone(),
        is_final: true,
        ..Wanted::default()
    };
    Ok(files.parts(&wanted, progress)?.map(|parts| (parts, columns)))
}

/// Hands over the rows of parts, until there are no more or no one takes them.
fn each(
    parts: &dyn Parts,
    columns: Option<&[PlSmallStr]>,
    hand_over: &dyn Fn(DataFrame) -> bool,
) -> PolarsResult<()> {
    for number in 0..parts.count() {
        let mut part = parts.part(number)?;
        if let Some(columns) = columns {
            part = part.select(columns.iter().cloned())?;
        }
        let rows = part.height();
        let mut at = 0;
        while at < rows {
            if hand_over(part.slice(at as i64, ROWS)) {
                return Ok(());
            }
            at += ROWS;
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Expression;
    use crate::frame::read::{CsvOptions, Scan, scan_csv};
    use crate::storage::Location;
    use crate::storage::testing::Stored;

    fn scanned(stored: &Stored, infer_schema: bool) -> (Scan, Location) {
        let lines: Vec<String> = (0..50_000)
            .map(|row| format!("{row},note {row},{row}.5\n"))
            .collect();
        let text = lines.concat();
        let file = stored.put("/mnt/data/a.csv", format!("id,note,rate\n{text}").as_bytes());
        let file = file.named("a.csv");
        let options = CsvOptions {
            infer_schema,
            ..CsvOptions::default()
        };
        let scan = scan_csv(std::slice::from_ref(&file), &options, &Progress::default()).unwrap();
        (scan, file)
    }

    fn taken(frame: &Frame) -> DataFrame {
        let batches = frame.batches(&Interrupt::default()).unwrap();
        let batches = batches.map(Result::unwrap);
        batches.reduce(|all, more| all.vstack(&more).unwrap()).unwrap()
    }

    #[test]
    fn rows_of_csv_are_taken_part_by_part_without_the_engine() {
        for stored in Stored::everywhere() {
            for infers in [true, false] {
                let (scan, file) = scanned(&stored, infers);
                let frame = Frame::checked_scan(scan, vec![file]);
                // Whoever asks for its columns changes the plan.
                assert_eq!(frame.columns().unwrap(), ["id", "note", "rate"]);
                let fewer = frame.only(&["rate".to_owned(), "id".to_owned()]).unwrap();
                let interrupt = Interrupt::default();
                for frame in [&frame, &fewer] {
                    let direct = as_parts(frame, interrupt.progress()).unwrap();
                    assert!(direct.is_some());
                    frame.confirmed(false, interrupt.progress()).unwrap();
                    assert!(taken(frame).equals_missing(&frame.collect(&interrupt).unwrap()));
                }
                let changed = frame
                    .filter(&[Expression::parse("length(note) > 8").unwrap()])
                    .unwrap();
                assert!(as_parts(&changed, interrupt.progress()).unwrap().is_none());
                assert!(taken(&changed).equals_missing(&changed.collect(&interrupt).unwrap()));
            }
        }
    }

    #[test]
    fn columns_whose_types_are_not_looked_for_are_texts() {
        let [stored, _] = Stored::everywhere();
        let (scan, file) = scanned(&stored, false);
        let frame = Frame::checked_scan(scan, vec![file]);
        let mut asked = frame.lazy();
        assert_eq!(frame.schema().unwrap(), asked.collect_schema().unwrap());
        let table = taken(&frame);
        assert!(
            table
                .dtypes()
                .iter()
                .all(|dtype| *dtype == polars::prelude::DataType::String)
        );
        assert_eq!(
            table.column("rate").unwrap().str().unwrap().get(49_999),
            Some("49999.5")
        );
    }
}
