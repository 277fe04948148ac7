//! `sheaf cache`: how large the cache is, and cleaning it.

use indicatif::BinaryBytes;

use super::arguments::{Cache as Arguments, CacheVerb};
use super::environment::environment;
use super::error::CliError;
use super::terminal::Terminal;
use crate::error::Error;
use crate::job::{current_workspace, find_cache};
use crate::repl::Screen as _;

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<(), Error> {
    let Some(cache) = find_cache(&current_workspace()?, &environment())? else {
        return Err(CliError::NoCache.into());
    };
    match &arguments.verb {
        None => {
            let contents = cache.contents();
            terminal.out(&format!(
                "{}\n{} cell results, {} tables, {}\n",
                cache.folder().display(),
                contents.entries,
                contents.tables,
                BinaryBytes(contents.bytes)
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
                BinaryBytes(cleaned.bytes),
                BinaryBytes(left.bytes)
            ))
        }
    }
}
