//! `sheaf init`.

use std::fmt::Write as _;

use super::arguments::Init;
use super::terminal::Terminal;
use crate::error::Error;
use crate::repl::Screen as _;
use crate::workspace::Workspace;

pub(super) fn execute(arguments: &Init, terminal: &Terminal) -> Result<(), Error> {
    let initialized = Workspace::init(&arguments.folder)?;
    let mut text = String::new();
    let parts = [
        ("made", &initialized.made),
        ("extended", &initialized.extended),
        ("kept", &initialized.kept),
    ];
    for (word, paths) in parts {
        for path in paths {
            let _ = writeln!(text, "{word:<8} {}", path.display());
        }
    }
    text += "\nPut data into datasets/, which cells read as /mnt/data, and notebooks into sessions/.\n\
             Start a prompt with `sheaf`, run a notebook with `sheaf run sessions/NAME.py`.\n";
    terminal.out(&text)
}
