//! [`Scannable`]: files as polars can scan them, wherever they are.

use std::io;
use std::sync::Arc;

use polars::error::PolarsResult;
use polars::prelude::{LazyFrame, PlRefPath, ScanSources};

use crate::storage::Location;

use super::bridge::Bridge;
use super::error::ReadError;
use super::scanned::{Scan, Scanned};
use super::source;

/// What polars can scan, and what makes it readable.
pub(super) struct Scannable {
    pub(super) sources: ScanSources,
    /// What has to live as long as the scan, where the files are not paths of this machine.
    pub(super) bridge: Option<Arc<Bridge>>,
}

impl Scannable {
    /// Makes files scannable: those of this machine by their paths, others through a bridge.
    pub(super) fn new(files: &[Location]) -> Result<Self, ReadError> {
        let paths: Option<Vec<_>> = files.iter().map(Location::local).collect();
        let Some(paths) = paths else {
            return Ok(Bridge::new(files)?.into());
        };
        let paths = files.iter().zip(paths).map(|(file, path)| {
            PlRefPath::try_from_path(&path).map_err(|error| ReadError::Unreadable {
                file: file.name().to_owned(),
                source: io::Error::other(error),
            })
        });
        Ok(Self {
            sources: ScanSources::Paths(paths.collect::<Result<_, _>>()?),
            bridge: None,
        })
    }

    /// Runs a polars reader as [`source::decode`] does; a failure of a store is told as such.
    pub(super) fn decode<T>(
        &self,
        location: &Location,
        expected: &'static str,
        work: impl FnOnce() -> PolarsResult<T>,
    ) -> Result<T, ReadError> {
        let decoded = source::decode(location, expected, work);
        decoded.map_err(|error| self.failure().unwrap_or(error))
    }

    /// Returns the failure of a store, if that was why polars failed.
    pub(super) fn failure(&self) -> Option<ReadError> {
        self.bridge.as_ref()?.failure()
    }

    /// Makes a scan of a plan that reads this.
    pub(super) fn scan(&self, plan: LazyFrame) -> Scan {
        let check = |bridge: &Arc<Bridge>| Arc::clone(bridge) as Arc<dyn Scanned>;
        Scan {
            plan,
            checks: self.bridge.iter().map(check).collect(),
        }
    }
}

impl From<Bridge> for Scannable {
    fn from(bridge: Bridge) -> Self {
        Self {
            sources: bridge.sources().clone(),
            bridge: Some(Arc::new(bridge)),
        }
    }
}
