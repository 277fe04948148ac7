//! [`Indicator`]: a line that says how far a running cell is.
//!
//! It appears only when a cell takes long, makes way for what the cell shows, and leaves nothing behind. What it says
//! comes from [`Progress`]; whether there is a terminal to say it on is the caller's to know.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use crate::secret::redaction::redact;
use crate::work::{Progress, Stage};

/// How long a cell may take before anything is said.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the line changes.
const TICK: Duration = Duration::from_millis(100);
/// How long the line stays away after the cell has shown something.
const PAUSE: Duration = Duration::from_millis(200);

/// What is said where the others might not fit: it is cut off rather than broken, because a line that the terminal
/// breaks cannot be taken back.
const NARROW: &str = "{spinner} {wide_msg}";
/// How many columns the others may take.
const WIDE: u16 = 70;

/// How many columns are left free at the end of the line.
const MARGIN: u16 = 8;

/// What a cell is doing that says nothing of itself.
const WORKING: Stage = Stage {
    label: "running",
    unit: "",
    done: 0,
    total: None,
};

const SPINNER: &str = "{spinner} {msg}  {elapsed}";
const BAR: &str = "{spinner} {msg} [{bar:24}] {pos}/{len} {prefix}  {elapsed}";
const BYTES: &str = "{spinner} {msg} [{bar:24}] {bytes}/{total_bytes}  {elapsed}";

/// Shows how far a cell is while it lives.
///
/// Everything else that is written to the terminal meanwhile has to go through [`suspend`](Self::suspend).
#[must_use = "the line is gone when the indicator is dropped"]
pub struct Indicator {
    shared: Option<Arc<Shared>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    line: Mutex<ProgressLine>,
    ended: Condvar,
}

/// The line on the terminal.
struct ProgressLine {
    bar: Option<(ProgressBar, &'static str)>,
    started: Instant,
    /// When the line may appear.
    due: Instant,
    ended: bool,
}

impl Indicator {
    /// Watches `progress`; draws on standard error, if that is `enabled`, else never.
    pub fn start(progress: Progress, enabled: bool) -> Self {
        if enabled {
            Self::on(progress, || Box::new(Margin(Term::buffered_stderr())))
        } else {
            Self {
                shared: None,
                thread: None,
            }
        }
    }

    fn on(progress: Progress, terminal: impl Fn() -> Box<dyn TermLike> + Send + 'static) -> Self {
        let started = Instant::now();
        let shared = Arc::new(Shared {
            line: Mutex::new(ProgressLine {
                bar: None,
                started,
                due: started + PATIENCE,
                ended: false,
            }),
            ended: Condvar::new(),
        });
        let watched = Arc::clone(&shared);
        let thread = thread::Builder::new().name("progress".to_owned());
        Self {
            // Without a thread there is no line; the cell runs all the same.
            thread: thread.spawn(move || watched.watch(&progress, &terminal)).ok(),
            shared: Some(shared),
        }
    }

    /// Writes something to the terminal by `write`, with the line out of its way.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        let Some(shared) = &self.shared else {
            return write();
        };
        // While this is locked nothing is drawn.
        let mut line = shared.lock();
        line.clear();
        let written = write();
        line.due = line.due.max(Instant::now() + PAUSE);
        written
    }
}

impl Drop for Indicator {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.lock().ended = true;
            shared.ended.notify_all();
        }
        if let Some(thread) = self.thread.take() {
            // It catches nothing that could be told here.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, ProgressLine> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self, progress: &Progress, terminal: &dyn Fn() -> Box<dyn TermLike>) {
        let mut line = self.lock();
        while !line.ended {
            let now = Instant::now();
            let wait = if progress.is_quiet() {
                line.clear();
                TICK
            } else if now >= line.due {
                line.draw(progress.now().unwrap_or(WORKING), terminal());
                TICK
            } else {
                line.due - now
            };
            let waited = self.ended.wait_timeout(line, wait);
            line = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        // Here, because indicatif does not draw on a thread that panics.
        line.clear();
    }
}

impl ProgressLine {
    fn draw(&mut self, stage: Stage, terminal: Box<dyn TermLike>) {
        let template = match (stage.total, stage.unit) {
            _ if terminal.width() < WIDE => NARROW,
            (None, _) => SPINNER,
            (Some(_), "bytes") => BYTES,
            (Some(_), _) => BAR,
        };
        let (bar, shown) = self.bar.get_or_insert_with(|| {
            let target = ProgressDrawTarget::term_like(terminal);
            let bar = ProgressBar::with_draw_target(None, target).with_style(style(template));
            (bar, template)
        });
        if *shown != template {
            bar.set_style(style(template));
            *shown = template;
        }
        bar.set_elapsed(self.started.elapsed());
        match stage.total {
            Some(total) => bar.set_length(total),
            None => bar.unset_length(),
        }
        bar.set_position(stage.done);
        bar.set_prefix(stage.unit);
        bar.set_message(match stage.total {
            Some(total) if template == NARROW => format!("{} {}/{total}", stage.label, stage.done),
            _ => stage.label.to_owned(),
        });
        bar.tick();
    }

    fn clear(&mut self) {
        if let Some((bar, _)) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// A terminal that seems a little narrower than it is.
///
/// indicatif fills the whole line. A Ctrl-C, which the terminal shows as `^C`, would go to the next one then, and the
/// line could not be found again.
#[derive(Debug)]
struct Margin(Term);

impl TermLike for Margin {
    fn width(&self) -> u16 {
        let width = self.0.size().1;
        width.saturating_sub(MARGIN).max(width / 2)
    }

    fn height(&self) -> u16 {
        self.0.size().0
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(&redact(text))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(&redact(text))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A terminal that remembers its one line, and the fullest that it ever was.
    #[derive(Debug, Clone, Default)]
    struct Screen(Arc<Mutex<(String, String)>>);

    impl Screen {
        fn change(&self, change: impl FnOnce(&mut String)) -> io::Result<()> {
            let mut screen = self.0.lock().unwrap();
            change(&mut screen.0);
            if screen.0.trim().len() > screen.1.len() {
                screen.1 = screen.0.trim().to_owned();
            }
            Ok(())
        }

        fn now(&self) -> String {
            self.0.lock().unwrap().0.trim().to_owned()
        }

        fn fullest(&self) -> String {
            self.0.lock().unwrap().1.clone()
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            100
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.change(|line| line.push_str(text))
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.change(|line| line.push_str(text))
        }
        fn clear_line(&self) -> io::Result<()> {
            self.change(String::clear)
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn indicator(progress: &Progress) -> (Indicator, Screen) {
        let screen = Screen::default();
        let drawn = screen.clone();
        let terminal = move || Box::new(drawn.clone()) as Box<dyn TermLike>;
        (Indicator::on(progress.clone(), terminal), screen)
    }

    #[test]
    fn a_short_cell_shows_nothing() {
        let (indicator, screen) = indicator(&Progress::default());
        thread::sleep(PATIENCE / 3);
        assert_eq!(indicator.suspend(|| 7), 7);
        drop(indicator);
        assert_eq!(screen.fullest(), "");
    }

    #[test]
    fn a_long_one_shows_how_far_it_is_and_leaves_no_trace() {
        let progress = Progress::default();
        let task = progress.count("fit", "iterations", 100);
        task.advance(25);
        let (indicator, screen) = indicator(&progress);
        thread::sleep(PATIENCE + 3 * TICK);
        let line = screen.now();
        assert!(
            line.contains("fit [======>") && line.contains("25/100 iterations"),
            "{line}"
        );
        // What the cell shows has the line to itself.
        indicator.suspend(|| assert_eq!(screen.now(), ""));
        assert_eq!(screen.now(), "");
        drop(task);
        thread::sleep(PAUSE + 3 * TICK);
        let line = screen.now();
        assert!(line.contains("running"), "{line}");
        drop(indicator);
        assert_eq!(screen.now(), "");
    }

    #[test]
    fn a_cell_that_ends_early_takes_the_line_with_it() {
        let (indicator, screen) = indicator(&Progress::default());
        thread::sleep(PATIENCE + 3 * TICK);
        assert!(!screen.now().is_empty());
        let failing = thread::spawn(move || {
            let _indicator = indicator;
            panic!("the cell's printer");
        });
        assert!(failing.join().is_err());
        assert_eq!(screen.now(), "");
    }
}
