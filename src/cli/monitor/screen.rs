//! [`FullScreen`]: the whole terminal, which is as it was when this is gone, however that comes.

use std::io::{self, BufWriter, Stdout, Write as _};

use crossterm::cursor::{Hide, Show};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui_core::layout::{Position, Rect};
use ratatui_core::terminal::{Frame, Terminal};
use ratatui_crossterm::CrosstermBackend;
use signal_hook::consts::SIGTSTP;
use signal_hook::low_level::emulate_default_handler;

use crate::cli::error::CliError;
use crate::error::Error;

/// What a screen takes at most, in bytes: it is written at once, and not line by line.
const BUFFER: usize = 64 << 10;

/// The whole terminal, with keys as they are pressed and without a cursor.
pub(super) struct FullScreen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    _held: Held,
}

/// A terminal that is to be left as it was.
struct Held;

impl Held {
    fn take() -> io::Result<Self> {
        enable_raw_mode()?;
        // From here on it is given back.
        let held = Self;
        execute!(io::stdout(), EnterAlternateScreen, Hide)?;
        Ok(held)
    }

    fn give_back() {
        // Where the terminal is gone, there is nothing to leave as it was.
        let _ = execute!(io::stdout(), Show, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        Self::give_back();
    }
}

fn failed(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => CliError::BrokenPipe.into(),
        _ => CliError::Screen {
            reason: error.to_string(),
        }
        .into(),
    }
}

impl FullScreen {
    /// Takes the terminal.
    ///
    /// # Errors
    ///
    /// It does not allow that.
    pub(super) fn enter() -> Result<Self, Error> {
        let held = Held::take().map_err(failed)?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER, io::stdout()));
        Ok(Self {
            terminal: Terminal::new(backend).map_err(failed)?,
            _held: held,
        })
    }

    /// Returns its columns and rows.
    pub(super) fn size(&self) -> Result<(u16, u16), Error> {
        let size = self.terminal.size().map_err(failed)?;
        Ok((size.width, size.height))
    }

    /// Draws what has changed since the last time.
    pub(super) fn draw(&mut self, draws: impl FnOnce(&mut Frame<'_>)) -> Result<(), Error> {
        self.terminal.draw(draws).map(drop).map_err(failed)
    }

    /// Gives the terminal back, and stops until someone brings this to the front again.
    pub(super) fn suspend(&mut self) -> Result<(), Error> {
        self.terminal.backend_mut().flush().map_err(failed)?;
        Held::give_back();
        emulate_default_handler(SIGTSTP).map_err(failed)?;
        self.anew()
    }

    /// Takes the terminal again, as it may have been used by others, so that all of it is drawn.
    pub(super) fn anew(&mut self) -> Result<(), Error> {
        let mut again = || {
            enable_raw_mode()?;
            execute!(io::stdout(), EnterAlternateScreen, Hide)?;
            // `clear` would ask the terminal where its cursor is, and who reads the keys would get the answer.
            let size = self.terminal.size()?;
            self.terminal.resize(Rect::from((Position::ORIGIN, size)))
        };
        again().map_err(failed)
    }
}
