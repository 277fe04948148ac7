//! `sheaf init`.

use super::arguments::Init;
use super::terminal::Terminal;
use crate::error::Error;
use crate::workspace::Workspace;

pub(super) fn execute(arguments: &Init, terminal: &Terminal) -> Result<(), Error> {
    let initialized = Workspace::init(&arguments.folder)?;
    for made in &initialized.made {
        terminal.out(&format!("made {}\n", made.display()))?;
    }
    for kept in &initialized.kept {
        terminal.out(&format!("kept {}\n", kept.display()))?;
    }
    terminal.out("Put notebooks into sessions/ and data into datasets/ (it is /mnt/data), then: sheaf run sessions/NAME.py\n")
}
