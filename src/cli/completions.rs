//! `sheaf completions SHELL`.

use clap::CommandFactory;

use super::arguments::{Arguments, Completions};
use super::terminal::Terminal;
use crate::error::Error;

pub(super) fn execute(arguments: &Completions, terminal: &Terminal) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "sheaf", &mut script);
    terminal.verbatim(&String::from_utf8_lossy(&script))
}
