//! [`Keys`]: reading keys without holding up the show.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use console::{Key, Term};

use super::error::PresentError;

/// Reads single keys on a thread of its own, one for each time it is asked.
///
/// While a key is awaited the terminal is raw: keys do not appear, and Ctrl-C is a key. So a key that was asked for
/// must be waited for before a cell runs or anything else reads from the terminal.
pub(super) struct Keys {
    asks: Sender<()>,
    answers: Receiver<io::Result<Key>>,
    is_asked: bool,
}

impl Keys {
    /// Starts the thread, which waits until it is asked.
    pub(super) fn start() -> Result<Self, PresentError> {
        let (asks, asked) = channel::<()>();
        let (answer, answers) = channel();
        thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || {
                let terminal = Term::stdout();
                while asked.recv().is_ok() {
                    if answer.send(terminal.read_key_raw()).is_err() {
                        break;
                    }
                }
            })
            .map_err(PresentError::Keys)?;
        Ok(Self {
            asks,
            answers,
            is_asked: false,
        })
    }

    /// Waits for a key, at most this long.
    pub(super) fn within(&mut self, time: Duration) -> Result<Option<Key>, PresentError> {
        let gone = || PresentError::Keys(io::ErrorKind::UnexpectedEof.into());
        if !self.is_asked {
            self.asks.send(()).map_err(|_| gone())?;
            self.is_asked = true;
        }
        match self.answers.recv_timeout(time) {
            Ok(key) => {
                self.is_asked = false;
                key.map(Some).map_err(PresentError::Keys)
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }
}
