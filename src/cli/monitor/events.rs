//! [`Event`]: what the monitor waits for: keys, a window that changes, signals, news from the store.

use std::sync::mpsc::Sender;
use std::thread;

use crossterm::event::{self, KeyEvent, KeyEventKind};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;

use crate::cli::error::CliError;
use crate::error::Error;
use crate::monitor::terminal::Told;

/// What the monitor waits for.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there are few at a time")]
pub(super) enum Event {
    Key(KeyEvent),
    /// The window has another size.
    Resized,
    /// The store has something to say.
    Told(Told),
    /// Another process asks it to stop until it is continued.
    Suspended,
    /// It was stopped, and goes on.
    Continued,
    /// Someone asks it to end, or its terminal is gone.
    Ended,
}

/// Begins to listen to keys and signals.
///
/// # Errors
///
/// Signals cannot be caught.
pub(super) fn listen(to: &Sender<Event>) -> Result<(), Error> {
    let failed = |error: std::io::Error| CliError::Signals {
        reason: error.to_string(),
    };
    let signals = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT];
    let mut signals = Signals::new(signals).map_err(failed)?;
    let told = to.clone();
    let thread = thread::Builder::new().name("signals".to_owned());
    thread
        .spawn(move || {
            for signal in signals.forever() {
                let event = match signal {
                    SIGTSTP => Event::Suspended,
                    SIGCONT => Event::Continued,
                    _ => Event::Ended,
                };
                if told.send(event).is_err() {
                    return;
                }
            }
        })
        .map_err(failed)?;
    let told = to.clone();
    let thread = thread::Builder::new().name("keys".to_owned());
    thread.spawn(move || keys(&told)).map_err(failed)?;
    Ok(())
}

/// Sends keys until there is no terminal any more, or nobody who takes them.
fn keys(to: &Sender<Event>) {
    loop {
        let event = match event::read() {
            Ok(event::Event::Key(key)) if key.kind != KeyEventKind::Release => Event::Key(key),
            Ok(event::Event::Resize(..)) => Event::Resized,
            Ok(_) => continue,
            Err(_) => Event::Ended,
        };
        let is_last = matches!(event, Event::Ended);
        if to.send(event).is_err() || is_last {
            return;
        }
    }
}
