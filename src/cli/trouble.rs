//! Telling what deserves a look about a run and stops nothing.

use super::environment::SHARED_CACHE;
use super::terminal::Terminal;
use crate::job::Trouble;
use crate::render::Paint;
use crate::repl::Screen as _;

/// Warns of what a run could not keep: the next one would do all work again, and nobody knew why.
pub(super) fn report_trouble(trouble: &Trouble, terminal: &Terminal) {
    let paint = Paint::new(&terminal.error_style());
    let warning = paint.warning("warning: ");
    terminal.error(&match trouble {
        Trouble::PrivateFolder(error) => {
            format!("{warning}{error}; results, history and the session are not saved\n")
        }
        Trouble::Cache { folder, reason } => format!(
            "{warning}cannot write to the cache {}: {reason}\n{}make the folder writable, set {SHARED_CACHE} to \
             another one, or run with --no-cache\n",
            folder.display(),
            paint.hint("hint: "),
        ),
    });
}
