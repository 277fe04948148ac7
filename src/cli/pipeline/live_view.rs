//! [`LiveView`]: a run at a terminal: its activities as a tree, with what each does now.

use std::fmt;
use std::time::Duration;

use indicatif::{
    MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike as _,
};

use super::line_start::LineStart;
use super::plain_view::error_of;
use super::view::{Change, View, summary, waiting, word};
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::pipeline::{ActivityStatus, activity_around, activity_name, throughput};
use crate::render::{Paint, cells, plain};
use crate::repl::Screen as _;
use crate::secret::redaction::redact;

/// How often a line that runs changes.
const TICK: Duration = Duration::from_millis(100);
/// An activity that runs, and one that says how far it is.
const RUNNING: &str = "{spinner} {wide_msg} {elapsed}";
const COUNTED: &str = "{spinner} {wide_msg} [{bar:24}] {pos}/{len}{rate} {elapsed}";
const COUNTING: &str = "{spinner} {wide_msg} {pos}{rate} {elapsed}";
/// What one says of how far it is where a line has fewer columns than this: what does not fit is cut off, and never broken.
const WIDE: u16 = 70;
const NARROW: &str = "{spinner} {wide_msg} {pos}{rate}";
/// How often the lines are drawn at most, each second.
const HERTZ: u8 = 20;
/// The kind of activity whose progress is rows: how many there are each second says how fast it is.
const OF_ROWS: &str = "Copy";
/// One that has ended.
const ENDED: &str = "{wide_msg}";

/// Shows a run at a terminal: its activities as a tree, with what each does now.
pub(super) struct LiveView<'a> {
    terminal: &'a Terminal,
    lines: MultiProgress,
    /// The activities, as they stand below each other.
    shown: Vec<ActivityLine>,
}

/// The line of an activity.
struct ActivityLine {
    path: String,
    bar: ProgressBar,
    error: Option<String>,
}

/// A line at a terminal that turns while someone waits; it goes when this does.
pub(super) struct Spinner(ProgressBar);

impl Spinner {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, target());
        bar.set_style(style(RUNNING));
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// Says what is waited for.
    pub(super) fn say(&self, text: String) {
        self.0.set_message(text);
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl<'a> LiveView<'a> {
    pub(super) fn new(terminal: &'a Terminal) -> Self {
        Self {
            terminal,
            lines: MultiProgress::with_draw_target(target()),
            shown: Vec::new(),
        }
    }

    /// Leaves the lines as they are, and writes why activities failed below them.
    pub(super) fn finish(self) {
        for line in &self.shown {
            line.bar.abandon();
        }
        // What is written behind them begins on a line of its own.
        if !self.shown.is_empty() {
            self.terminal.error("\n");
        }
        for line in &self.shown {
            if let Some(error) = &line.error {
                error_of(&line.path, error, self.terminal);
            }
        }
    }

    /// Returns the line of an activity, which is put below those of the same one around it.
    fn line(&mut self, path: &str) -> &mut ActivityLine {
        let found = self.shown.iter().position(|line| line.path == path);
        let place = found.unwrap_or_else(|| {
            let around = activity_around(path);
            let after = self.shown.iter().rposition(|line| match around {
                Some(around) => line.path == around || is_within(&line.path, around),
                None => true,
            });
            let bar = ProgressBar::new_spinner();
            let bar = match after.and_then(|after| self.shown.get(after)) {
                Some(before) => self.lines.insert_after(&before.bar, bar),
                None => self.lines.add(bar),
            };
            let place = after.map_or(self.shown.len(), |after| after + 1);
            let line = ActivityLine {
                path: path.to_owned(),
                bar,
                error: None,
            };
            self.shown.insert(place, line);
            place
        });
        &mut self.shown[place]
    }

    /// Writes the name of an activity, further right within another.
    fn name(path: &str) -> String {
        let depth = path.matches('/').count();
        let name = activity_name(path);
        format!("{}{}", "  ".repeat(depth), plain(&name))
    }
}

impl View for LiveView<'_> {
    fn change(&mut self, path: &str, kind: &str, change: &Change<'_>) -> Result<(), Error> {
        let name = Self::name(path);
        let terminal = self.terminal;
        let line = self.line(path);
        match change {
            Change::Began(attempt) => {
                let again = if *attempt > 1 {
                    format!(", attempt {attempt}")
                } else {
                    String::new()
                };
                line.bar.set_style(style(RUNNING));
                line.bar.set_message(format!("{name}  {kind}{again}"));
                line.bar.reset_elapsed();
                line.bar.enable_steady_tick(TICK);
            }
            Change::Waiting(running, pipeline) => {
                line.bar
                    .set_message(format!("{name}  {}", waiting(*running, &plain(pipeline))));
            }
            Change::Progress(done, total) => {
                if let Some(total) = total {
                    line.bar.set_length(*total);
                }
                line.bar.set_style(counting(total.is_some(), kind == OF_ROWS));
                line.bar.set_position(*done);
            }
            Change::AttemptFailed(error) => {
                let first = error.lines().next().unwrap_or_default();
                line.bar
                    .set_message(redact(&format!("{name}  {}", plain(first))).into_owned());
            }
            Change::Ended {
                status,
                output,
                error,
                time,
            } => {
                let paint = Paint::new(&terminal.error_style());
                let mark = match status {
                    ActivityStatus::Succeeded => paint.strong("✓"),
                    ActivityStatus::Failed => paint.error("✗"),
                    _ => paint.dim("–"),
                };
                let rows = summary(kind, output, *time)
                    .map(|rows| format!(", {rows}"))
                    .unwrap_or_default();
                let time = time
                    .map(|time| format!(" in {}", cells::time(time)))
                    .unwrap_or_default();
                let end = paint.dim(&format!("{}{time}{rows}", word(*status)));
                line.bar.set_style(style(ENDED));
                line.bar.finish_with_message(format!("{mark} {name}  {end}"));
                if *status == ActivityStatus::Failed {
                    line.error = error.map(str::to_owned);
                }
                if *status == ActivityStatus::Succeeded {
                    self.fold(path);
                }
            }
        }
        Ok(())
    }
}

impl LiveView<'_> {
    /// Removes the lines within an activity that has ended well: there can be thousands.
    fn fold(&mut self, path: &str) {
        self.shown.retain(|line| {
            let is_within = is_within(&line.path, path);
            if is_within {
                self.lines.remove(&line.bar);
            }
            !is_within
        });
    }
}

/// Returns whether an activity is within another, however deep.
fn is_within(path: &str, around: &str) -> bool {
    path.strip_prefix(around)
        .is_some_and(|rest| rest.starts_with(['/', '[', ':']))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// Returns where the lines are drawn: on standard error, which the `^C` of a Ctrl-C does not disturb.
fn target() -> ProgressDrawTarget {
    ProgressDrawTarget::term_like_with_hz(Box::new(LineStart::of_stderr()), HERTZ)
}

/// Returns how an activity is shown that says how far it is; of one that moves rows, also how many it moves each second.
fn counting(has_total: bool, is_of_rows: bool) -> ProgressStyle {
    let is_narrow = LineStart::of_stderr().width() < WIDE;
    let style = style(match (is_narrow, has_total) {
        (true, _) => NARROW,
        (false, true) => COUNTED,
        (false, false) => COUNTING,
    });
    style.with_key("rate", move |state: &ProgressState, text: &mut dyn fmt::Write| {
        let rows = if is_of_rows { state.per_sec() as u64 } else { 0 };
        if let Some(speed) = throughput(rows, Duration::from_secs(1)) {
            let _ = write!(text, ", {speed}");
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activity_stands_below_the_one_around_it() {
        assert!(is_within("each[3]/if:true/copy", "each") && is_within("each[3]/if:true/copy", "each[3]/if"));
        assert!(!is_within("each2", "each") && !is_within("each", "each"));
        assert_eq!(LiveView::name("call/each[3]/copy"), "    [3] copy");
        assert_eq!(LiveView::name("if:true/copy"), "  true copy");
    }
}
