//! A scan → a file, written while it is computed; what it reads is checked meanwhile.

use super::frame::Frame;
use super::scans::When;
use super::write::{Format, Mode, WriteError, sink_to};
use crate::error::Error;
use crate::storage::Location;
use crate::work::Interrupt;

impl Frame {
    /// Runs the plan of a scan and writes its result in pieces; the file appears whole or not at all.
    ///
    /// # Errors
    ///
    /// What is scanned cannot be read as it is, its rows have no sound result, or the file cannot be written.
    pub fn sink(
        &self,
        format: &dyn Format,
        location: &Location,
        mode: Mode,
        interrupt: &Interrupt,
    ) -> Result<(), Error> {
        let progress = interrupt.progress();
        let watching = self.watching();
        let ended = || {
            watching
                .end(interrupt)
                .map_err(|error| WriteError::Refused(error.into()))
        };
        let mut again = false;
        let plan = self.prepared_when(When::Meanwhile, progress)?;
        let written = sink_to(format, plan, location, mode, || {
            again = self
                .confirmed(false, progress)
                .map_err(|error| WriteError::Refused(error.into()))?;
            if again { Err(WriteError::Misread) } else { ended() }
        });
        // Of a file that is not sound polars may make anything: what is wrong with it is told first.
        let again = again || (written.is_err() && self.confirmed(true, progress)?);
        let written = if again {
            watching.forget();
            sink_to(format, self.prepared(progress)?, location, mode, ended)
        } else {
            written
        };
        written.map_err(|error| self.blame(&error.to_string()).map_or(error.into(), Error::from))
    }
}
