//! Writing what happens while a workspace is served, without the values of secrets.

use std::io;

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::arguments::LogForm;
use crate::cli::terminal::Terminal;
use crate::repl::Screen as _;

/// The library that speaks with SQL Server: it writes rows, and who could not log in.
const SILENT: &str = "tiberius";

/// Begins to write what happens to standard error.
pub(super) fn begin(form: LogForm) {
    let lines = tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .with_target(false)
        .with_writer(Lines::new);
    // Whoever has begun before is the one who writes.
    let _ = match form {
        LogForm::Plain => lines.finish().with(heard()).try_init(),
        LogForm::Json => lines.json().flatten_event(true).finish().with(heard()).try_init(),
    };
}

/// Returns what is written: nothing of a library that says more than others may read.
fn heard() -> Targets {
    Targets::new()
        .with_default(Level::INFO)
        .with_target(SILENT, LevelFilter::OFF)
}

/// Writes lines where errors go.
struct Lines(Terminal);

impl Lines {
    fn new() -> Self {
        Self(Terminal::from_environment())
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.error(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::heard;

    #[test]
    fn a_library_that_says_what_others_may_not_read_is_not_heard() {
        let heard = heard();
        for target in [
            "tiberius",
            "tiberius::client::connection",
            "tiberius::tds::stream::token",
        ] {
            assert!(!heard.would_enable(target, &Level::ERROR), "{target}");
        }
        for target in ["sheaf::cli::serve", "hyper::proto"] {
            assert!(heard.would_enable(target, &Level::INFO), "{target}");
            assert!(!heard.would_enable(target, &Level::DEBUG), "{target}");
        }
    }
}
