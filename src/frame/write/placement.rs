//! Files that appear whole or not at all: written beside their place, then renamed.

use std::fs;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::storage::Location;

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

/// Puts what `write` writes at a location.
pub(super) fn place(
    location: &Location,
    mode: Mode,
    write: impl FnOnce(&mut dyn Write) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let file = beside(location, mode)?;
    let mut buffer = BufWriter::with_capacity(1 << 16, file.as_file());
    write(&mut buffer)?;
    buffer.flush().map_err(|error| unwritable(location, error))?;
    drop(buffer);
    finish(file, location, mode)
}

/// Puts what `write` writes into the file at the path it is given at a location.
pub(super) fn place_path(
    location: &Location,
    mode: Mode,
    write: impl FnOnce(&Path) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let file = beside(location, mode)?;
    write(file.path())?;
    finish(file, location, mode)
}

fn beside(location: &Location, mode: Mode) -> Result<NamedTempFile, WriteError> {
    let failed = |error| unwritable(location, error);
    match fs::metadata(&location.path) {
        Ok(found) if found.is_dir() => {
            return Err(WriteError::Folder {
                file: location.name.clone(),
            });
        }
        Ok(_) if mode == Mode::Error => {
            return Err(WriteError::Exists {
                file: location.name.clone(),
            });
        }
        _ => {}
    }
    let folder = match location.path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut builder = Builder::new();
    builder.prefix(".sheaf-").suffix(".part");
    // The result is an ordinary file, open to whom the user's umask opens it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(failed)
}

fn finish(file: NamedTempFile, location: &Location, mode: Mode) -> Result<(), WriteError> {
    file.as_file()
        .sync_all()
        .map_err(|error| unwritable(location, error))?;
    let placed = match mode {
        Mode::Error => file.persist_noclobber(&location.path),
        Mode::Overwrite => file.persist(&location.path),
    };
    match placed {
        Ok(_) => Ok(()),
        Err(error) => Err(unwritable(location, error.error)),
    }
}

fn unwritable(location: &Location, source: io::Error) -> WriteError {
    let file = location.name.clone();
    match source.kind() {
        ErrorKind::AlreadyExists => WriteError::Exists { file },
        ErrorKind::PermissionDenied => WriteError::Forbidden { file },
        ErrorKind::IsADirectory => WriteError::Folder { file },
        _ => WriteError::Unwritable { file, source },
    }
}
