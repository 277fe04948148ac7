//! [`Finding`]: the files that a name, a pattern or a folder stands for.

use std::io::ErrorKind;

use super::partitions::Found;
use crate::error::Error;
use crate::storage::{Location, Mounts, WILDCARDS};

/// The files that a name, a pattern or a folder stands for.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The files.
    pub found: Found,
    /// The pattern that found them, where they were looked for, with all that it found.
    pub looked: Option<(String, Vec<Location>)>,
}

impl Finding {
    /// Finds the files of a name, a pattern or a folder.
    ///
    /// # Errors
    ///
    /// There are none, or their mount cannot be read.
    pub fn of(name: &str, mounts: &Mounts) -> Result<Self, Error> {
        let (top, (pattern, files)) = if name.contains(WILDCARDS) {
            // The folders from the first on that the pattern leaves open are what it is about.
            let fixed = name.split('/').take_while(|part| !part.contains(WILDCARDS));
            let top = fixed.collect::<Vec<_>>().join("/");
            let files = mounts.resolve_glob(name)?;
            (top, (name.to_owned(), files))
        } else {
            let place = mounts.resolve(name)?;
            match place.pinned() {
                Ok(file) => return Ok(Self::file(file)),
                Err(error) if error.kind() == ErrorKind::IsADirectory => {
                    let below = mounts.resolve_below(&place)?;
                    (place.name().to_owned(), below)
                }
                // Says what there is instead.
                Err(_) => return Ok(Self::file(mounts.resolve_existing(name)?)),
            }
        };
        Ok(Self {
            found: Found::below(&top, &pattern, files.clone())?,
            looked: Some((pattern, files)),
        })
    }

    fn file(file: Location) -> Self {
        Self {
            found: Found::Files(vec![file]),
            looked: None,
        }
    }
}
