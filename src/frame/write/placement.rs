//! Where a table goes: what to do with a file that is there, and putting a file in its place.

use std::io::Write;
use std::path::Path;

use crate::storage::{AtomicFile, Location};

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
    write: impl FnOnce(&mut dyn Write) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let mut file = begin(location, mode)?;
    write(&mut file)?;
    file.commit().map_err(WriteError::Placement)
}

/// Puts bytes at a location; the file appears whole or not at all.
pub(super) fn place_bytes(location: &Location, mode: Mode, bytes: &[u8]) -> Result<(), WriteError> {
    let mut file = begin(location, mode)?;
    file.put(bytes).map_err(WriteError::Placement)?;
    file.commit().map_err(WriteError::Placement)
}

/// Puts what `write` writes into the file at the path it is given at a location.
pub(super) fn place_path(
    location: &Location,
    mode: Mode,
    write: impl FnOnce(&Path) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let file = begin(location, mode)?;
    write(file.path())?;
    file.commit().map_err(WriteError::Placement)
}

fn begin(location: &Location, mode: Mode) -> Result<AtomicFile, WriteError> {
    if mode == Mode::Error && location.path.is_file() {
        return Err(WriteError::Exists {
            file: location.name.clone(),
        });
    }
    AtomicFile::create(location, mode == Mode::Overwrite).map_err(WriteError::Placement)
}
