//! `df.write_csv(…)` and its like: frames → files.

use starlark::eval::Evaluator;

use super::frames::FrameValue;
use crate::frame::write::{self, Format, Mode};
use crate::language::{OrFail, context};

/// Writes a frame to a file, which appears whole or not at all; a scan is streamed.
pub(in crate::language) fn write(
    frame: &FrameValue,
    path: &str,
    mode: &str,
    format: impl Format + Send + 'static,
    eval: &Evaluator<'_, '_, '_>,
) -> anyhow::Result<()> {
    let context = context(eval)?;
    let mode = Mode::parse(mode).or_fail()?;
    let location = context.mounts().resolve(path).or_fail()?;
    let mode = mode.or_overwrite(context.has_written(&location));
    context.writes(&location);
    let interrupt = context.interrupt();
    let frame = frame.frame();
    if frame.is_scan() {
        let (scan, watched) = (frame.clone(), interrupt.clone());
        return interrupt
            .run(move || scan.sink(&format, &location, mode, &watched))
            .or_fail()?
            .or_fail();
    }
    let mut table = frame.collect(interrupt).or_fail()?;
    interrupt
        .run(move || write::write_to(&format, &mut table, &location, mode))
        .or_fail()?
        .or_fail()
}
