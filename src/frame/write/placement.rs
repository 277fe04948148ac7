//! Where a table goes: what to do with a file that is there, and putting a file in its place.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use polars::io::utils::file::WritableTrait;

use crate::storage::{Location, StorageError, Writer};

use super::error::WriteError;

/// What to do where a file exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// Refuse to write.
    #[default]
    Error,
    /// Replace it.
    Overwrite,
}

impl Mode {
    /// Reads `"error"` or `"overwrite"`.
    pub fn parse(text: &str) -> Result<Self, WriteError> {
        match text {
            "error" => Ok(Self::Error),
            "overwrite" => Ok(Self::Overwrite),
            _ => Err(WriteError::Option {
                option: "mode",
                value: format!("{text:?}"),
                expected: "\"error\" or \"overwrite\"",
            }),
        }
    }
}

impl Mode {
    /// Returns the mode for a file that is the writer's own, if it is.
    #[must_use]
    pub fn or_overwrite(self, is_own: bool) -> Self {
        if is_own { Self::Overwrite } else { self }
    }
}

/// Puts what `write` writes at a location; the file appears whole or not at all.
pub(super) fn place(
    location: &Location,
    mode: Mode,
    write: impl FnOnce(&mut Writer) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let mut writer = begin(location, mode)?;
    let written = write(&mut writer);
    written.map_err(|error| writer.failure().map_or(error, placed))?;
    writer.commit().map_err(placed)
}

/// Puts what `write` writes at a location, where it has to own what it writes to.
pub(super) fn place_shared(
    location: &Location,
    mode: Mode,
    write: impl FnOnce(Shared) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let writer = Arc::new(Mutex::new(Some(begin(location, mode)?)));
    let written = write(Shared(Arc::clone(&writer)));
    let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Err(error) = written {
        let failure = writer.as_mut().and_then(Writer::failure);
        return Err(failure.map_or(error, placed));
    }
    writer.map_or(Ok(()), |writer| writer.commit().map_err(placed))
}

fn begin(location: &Location, mode: Mode) -> Result<Writer, WriteError> {
    // Whoever may not look is told by the store when the file is created.
    let is_there = match location.is_file() {
        Err(error) if !error.is_refusal() => return Err(placed(error)),
        found => found.unwrap_or(false),
    };
    if mode == Mode::Error && is_there {
        return Err(WriteError::Exists {
            file: location.name().to_owned(),
        });
    }
    location.create(mode == Mode::Overwrite).map_err(placed)
}

pub(super) fn placed(error: StorageError) -> WriteError {
    WriteError::Placement(error.into())
}

/// A file being written that polars may own while it writes: it is committed by whoever began it.
pub(super) struct Shared(Arc<Mutex<Option<Writer>>>);

impl Shared {
    fn with<T: Default>(&self, work: impl FnOnce(&mut Writer) -> io::Result<T>) -> io::Result<T> {
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writer.as_mut().map_or_else(|| Ok(T::default()), work)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with(|writer| writer.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.with(Write::flush)
    }
}

impl WritableTrait for Shared {
    fn close(&mut self) -> io::Result<()> {
        self.flush()
    }

    // The commit does.
    fn sync_all(&self) -> io::Result<()> {
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
}
