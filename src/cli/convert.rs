//! `sheaf convert FILE --to FORMAT`: a notebook in another format, on standard output or in a file.

use super::arguments::Convert;
use super::terminal::Terminal;
use crate::error::Error;
use crate::notebook::Notebook;
use crate::repl::Screen as _;

pub(super) fn execute(arguments: &Convert, terminal: &Terminal) -> Result<(), Error> {
    let notebook = Notebook::read(&arguments.file)?.convert(arguments.to);
    match &arguments.out {
        None => terminal.out(&notebook.to_text()),
        Some(out) if arguments.overwrite => Ok(notebook.write(out)?),
        Some(out) => Ok(notebook.write_new(out)?),
    }
}
