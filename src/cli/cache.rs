//! `sheaf cache`, and where a run keeps what it can be spared next time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::arguments::{Cache as Arguments, CacheVerb};
use super::error::CliError;
use super::prompt::private_folder;
use super::run::current_folder;
use super::terminal::Terminal;
use crate::cache::{Cache, Checkpoint, DEFAULT_SIZE};
use crate::digest::{Digest, Digester};
use crate::error::Error;
use crate::render::Paint;
use crate::repl::Screen as _;
use crate::session::Session;
use crate::storage::Mounts;
use crate::workspace::Workspace;

/// The environment variable that names a cache which several people or machines share.
const SHARED: &str = "SHEAF_CACHE";

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<(), Error> {
    let workspace = Workspace::find(&current_folder()?)?;
    let private = private_folder(&workspace)?;
    let Some(cache) = cache(private.as_deref(), &workspace.mounts())? else {
        return Err(CliError::NoCache.into());
    };
    match &arguments.verb {
        None => {
            let contents = cache.contents();
            terminal.out(&format!(
                "{}\n{} results of cells, {} tables, {}\n",
                cache.folder().display(),
                contents.entries,
                contents.tables,
                size(contents.bytes)
            ))
        }
        Some(CacheVerb::Clean { older_than, max_size }) => {
            // Without a bound, everything goes.
            let most = match (older_than, max_size) {
                (None, None) => Some(0),
                (_, most) => *most,
            };
            let cleaned = cache.clean(*older_than, most)?;
            let left = cache.contents();
            terminal.out(&format!(
                "removed {} files, {}; {} left\n",
                cleaned.files,
                size(cleaned.bytes),
                size(left.bytes)
            ))
        }
    }
}

/// What a run keeps, and what it may use of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// Nothing.
    Nothing,
    /// Results are kept, and none is used.
    Results,
    /// Results are kept and used.
    All,
    /// So is how far the run before came, which this one goes on from.
    Resume,
}

/// What is known of a run that is gone on with.
#[derive(Debug, Clone)]
pub(super) struct Resumed {
    /// How many of its cells had ended.
    pub(super) cells: usize,
    /// The values that parameters were given.
    pub(super) parameters: BTreeMap<String, String>,
}

/// Gives a session of the notebook `file` its cache, its fingerprints and its checkpoint, of which those that the
/// environment does not place are in the folder `private`.
///
/// Returns what is known of the run that is gone on with.
pub(super) fn equip(
    session: Session,
    private: Option<&Path>,
    file: Option<&Path>,
    keeping: Keeping,
) -> Result<(Session, Option<Resumed>), Error> {
    if keeping == Keeping::Nothing {
        if let (Some(folder), Some(file)) = (private, file) {
            // The last run is this one, which cannot be gone on with.
            Checkpoint::start(checkpoint(folder, file, &session.named_parameters())).finish();
        }
        return Ok((session, None));
    }
    let mut session = match private {
        Some(folder) => session.with_fingerprints(&folder.join("fingerprints.json")),
        None => session,
    };
    let Some(cache) = cache(private, session.mounts())? else {
        return Ok((session, None));
    };
    let served = matches!(keeping, Keeping::All | Keeping::Resume);
    session = session.with_cache(Arc::new(cache), served);
    let (Some(folder), Some(file)) = (private, file) else {
        return Ok((session, None));
    };
    let named = session.named_parameters();
    let path = checkpoint(folder, file, &named);
    let resumed = match keeping {
        // What is not said is as it was.
        Keeping::Resume => Checkpoint::find(&path, &named),
        _ => None,
    };
    let before = resumed.as_ref().map(|checkpoint| Resumed {
        cells: checkpoint.cells_before(),
        parameters: checkpoint.parameters_before().clone(),
    });
    let checkpoint = resumed.unwrap_or_else(|| Checkpoint::start(&path));
    Ok((session.with_reruns().with_checkpoint(checkpoint), before))
}

/// Warns when results could not be kept: the next run would do all work again, and nobody knew why.
pub(super) fn tell_trouble(session: &Session, terminal: &Terminal) {
    let cache = session.cache();
    if let Some((cache, reason)) = cache.and_then(|cache| Some((cache, cache.trouble()?))) {
        let paint = Paint::new(&terminal.error_style());
        terminal.error(&format!(
            "{}results are not kept in the cache {}: {reason}\n{}make the folder writable, name another in {SHARED}, or run with --no-cache\n",
            paint.warning("warning: "),
            cache.folder().display(),
            paint.hint("hint: "),
        ));
    }
}

/// Finds the cache: the one that the environment names, or else the workspace's own.
fn cache(private: Option<&Path>, mounts: &Mounts) -> Result<Option<Cache>, Error> {
    match std::env::var(SHARED).ok().filter(|name| !name.is_empty()) {
        // Nobody who shares it decides for the others how large it may be.
        Some(name) if name.starts_with("/mnt/") => {
            let folder = mounts.resolve(&name)?.path;
            Ok(Some(Cache::new(folder, u64::MAX)))
        }
        Some(path) if Path::new(&path).is_file() => Err(CliError::CacheIsFile { path: path.into() }.into()),
        Some(path) => Ok(Some(Cache::new(path, u64::MAX))),
        None => Ok(private.map(|folder| Cache::new(folder.join("cache"), DEFAULT_SIZE))),
    }
}

/// Returns the file that says how far the last run of a notebook with these parameters came.
fn checkpoint(folder: &Path, file: &Path, parameters: &BTreeMap<String, String>) -> PathBuf {
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let name = Digest::of_bytes(file.to_string_lossy().as_bytes());
    let mut given = Digester::new("parameters");
    for (name, value) in parameters {
        given.text("name", name).text("value", value);
    }
    let folder = folder.join("checkpoints").join(name.short());
    folder.join(format!("{}.ron", given.finish().short()))
}

/// Writes a number of bytes for people.
fn size(bytes: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    let unit_name = units.get(unit).copied().unwrap_or_default();
    if unit == 0 {
        format!("{bytes} {unit_name}")
    } else {
        format!("{value:.1} {unit_name}")
    }
}

/// Reads a number of bytes: `500MB`, `2 GiB`, `1000`.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1.0),
        "k" | "kb" => Some(1e3),
        "m" | "mb" => Some(1e6),
        "g" | "gb" => Some(1e9),
        "t" | "tb" => Some(1e12),
        "kib" => Some(1024.0),
        "mib" => Some(1024.0_f64.powi(2)),
        "gib" => Some(1024.0_f64.powi(3)),
        "tib" => Some(1024.0_f64.powi(4)),
        _ => None,
    };
    match (number.parse::<f64>(), factor) {
        (Ok(number), Some(factor)) => Ok((number * factor) as u64),
        _ => Err("expected a size, such as 500MB or 2GiB".to_owned()),
    }
}

/// Reads a length of time: `30d`, `12h`, `2weeks`.
pub(super) fn parse_age(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; expected a length of time, such as 30d or 12h"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes) in [
            ("1000", 1000),
            ("2 KiB", 2048),
            ("1.5MB", 1_500_000),
            ("5GiB", 5 << 30),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "x", "5 bananas", "1.2.3", "-1"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
        for (bytes, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1536, "1.5 KiB"),
            (5 << 30, "5.0 GiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
