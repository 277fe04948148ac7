//! `sheaf pipeline schema`: the format of definitions.

use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::pipeline::definition::SKELETON;

pub(super) fn schema(terminal: &Terminal) -> Result<(), Error> {
    terminal.verbatim(SKELETON)
}
