//! [`Parts`]: a table that comes part by part, as a step of a plan that polars' streaming engine runs.
//!
//! The engine has no source that asks someone else for rows. It does read many small texts in their order, and lets a function
//! make of a stretch of rows what it likes: so each part is a text with its number, and the function makes of the number the
//! part. The order of rows, limits and back pressure are the engine's.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use polars::prelude::*;
use polars_plan::plans::DslFunction;
use polars_plan::plans::FunctionIR;

/// A table that comes part by part.
pub trait Parts: Send + Sync {
    /// Returns how many parts there are.
    fn count(&self) -> usize;

    /// Returns the columns of all of them.
    fn schema(&self) -> &SchemaRef;

    /// Returns a part by its number. Each is asked for once, on any thread, and nearly in order.
    fn part(&self, number: usize) -> PolarsResult<DataFrame>;
}

/// Makes a plan that gives the rows of all parts, in their order.
pub(in crate::frame) fn plan(parts: Arc<dyn Parts>) -> PolarsResult<DslPlan> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let texts = (0..parts.count()).map(|number| format!("{number}\n").into_bytes().into());
    let sources = ScanSources::Buffers(texts.collect());
    let numbers = Schema::from_iter([Field::new(PlSmallStr::from_static("part"), DataType::Int64)]);
    let numbers = LazyCsvReader::new_with_sources(sources)
        .with_glob(false)
        .with_has_header(false)
        .with_schema(Some(Arc::new(numbers)))
        .with_rechunk(false)
        .finish()?;
    let schema = Arc::clone(parts.schema());
    // Two such steps are never taken for one.
    let name = format!("parts {}", COUNT.fetch_add(1, Ordering::Relaxed));
    Ok(DslPlan::MapFunction {
        input: Arc::new(numbers.logical_plan),
        function: DslFunction::FunctionIR(FunctionIR::Opaque {
            function: Arc::new(move |numbers: DataFrame| rows(&*parts, &numbers)),
            schema: Some(Arc::new(move |_: &Schema| Ok(Arc::clone(&schema)))),
            predicate_pd: false,
            projection_pd: false,
            streamable: true,
            fmt_str: name.into(),
        }),
    })
}

/// Returns the rows of some parts; of several that are wanted at once, on as many threads as there are.
fn rows(parts: &dyn Parts, numbers: &DataFrame) -> PolarsResult<DataFrame> {
    let empty = || DataFrame::empty_with_schema(parts.schema());
    let Some(numbers) = numbers.columns().first() else {
        return Ok(empty());
    };
    let numbers: Vec<usize> = numbers
        .i64()?
        .into_no_null_iter()
        .filter_map(|number| usize::try_from(number).ok())
        .collect();
    if let [number] = numbers.as_slice() {
        return parts.part(*number);
    }
    let next = AtomicUsize::new(0);
    let work = || -> PolarsResult<Vec<(usize, DataFrame)>> {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(number) = numbers.get(place) else {
                return Ok(done);
            };
            match parts.part(*number) {
                Ok(part) => done.push((place, part)),
                Err(error) => {
                    next.store(numbers.len(), Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    };
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(numbers.len());
    let done = thread::scope(|scope| {
        // Where no more threads can be had, fewer do it.
        let others = (1..threads).map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok());
        let others: Vec<_> = others.collect();
        let mut done = vec![work()];
        for other in others {
            let parsed = other.join();
            done.push(parsed.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    let done: PolarsResult<Vec<_>> = done.into_iter().collect();
    let mut done: Vec<(usize, DataFrame)> = done?.into_iter().flatten().collect();
    done.sort_unstable_by_key(|(place, _)| *place);
    let mut all = empty();
    for (_, part) in done {
        all.vstack_mut_owned(part)?;
    }
    Ok(all)
}
