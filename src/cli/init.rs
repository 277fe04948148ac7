//! `sheaf init`.

use super::arguments::Init;
use super::terminal::Terminal;
use crate::error::Error;
use crate::workspace::{Outcome, Workspace};

pub(super) fn execute(arguments: &Init, terminal: &Terminal) -> Result<(), Error> {
    let initialized = Workspace::init(&arguments.folder)?;
    let mut text = String::new();
    for (name, outcome) in &initialized.parts {
        let word = match outcome {
            Outcome::Made => "made",
            Outcome::Extended => "extended",
            Outcome::Kept => "kept",
        };
        text += &format!("{word:<8} {}\n", initialized.root.join(name).display());
    }
    text += "\nPut data into datasets/, which cells read as /mnt/data, and notebooks into sessions/.\n\
             Start a prompt with `sheaf`, run a notebook with `sheaf run sessions/NAME.py`.\n";
    terminal.out(&text)
}
