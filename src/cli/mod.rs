//! Arguments, and one file per subcommand.
//!
//! The only folder that ends the program, and, with the prompt, the only one that prints and reads the
//! environment.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use clap::Parser;
use polars::error::abort::register_polars_abort_mechanism;

use crate::error::Error;
use crate::render::{Paint, plain};
use crate::work::Interrupt;

mod arguments;
mod cache;
mod check;
mod completions;
mod convert;
mod environment;
mod error;
mod init;
mod json;
mod junit;
mod memory;
mod parameters;
mod present;
mod prompt;
mod record;
mod run;
mod show;
mod terminal;
mod test;
mod trouble;

use crate::repl::Screen as _;
use arguments::{Arguments, Command};
use error::CliError;
use terminal::Terminal;

/// Runs the program and returns its exit code: the one place where a top-level error is printed.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let terminal = Terminal::from_environment();
    quiet_contained_panics();
    match execute(&arguments, &terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is_shown() {
                let paint = Paint::new(&terminal.error_style());
                terminal.error(&format!(
                    "{}{}\n",
                    paint.error("error: "),
                    plain(&error.to_string())
                ));
                if let Some(hint) = error.hint() {
                    terminal.error(&format!("{}{}\n", paint.hint("hint: "), plain(&hint)));
                }
            }
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<(), Error> {
    match &arguments.command {
        None => prompt::execute(arguments.file.as_deref(), terminal),
        Some(Command::Other(words)) => Err(prompt::not_understood(arguments.file.as_deref(), words).into()),
        Some(Command::Run(run)) => run::execute(run, terminal),
        Some(Command::Test(test)) => test::execute(test, terminal),
        Some(Command::Present(present)) => present::execute(present, terminal),
        Some(Command::Cache(arguments)) => cache::execute(arguments, terminal),
        Some(Command::Show(show)) => show::execute(show, terminal),
        Some(Command::Convert(convert)) => convert::execute(convert, terminal),
        Some(Command::Init(init)) => init::execute(init, terminal),
        Some(Command::Completions(completions)) => completions::execute(completions, terminal),
    }
}

/// Returns a flag that these signals set, instead of ending the program.
fn stop_flag(signals: &[i32]) -> Result<Interrupt, Error> {
    register_polars_abort_mechanism();
    let flag = Arc::new(AtomicBool::new(false));
    for signal in signals {
        signal_hook::flag::register(*signal, Arc::clone(&flag)).map_err(|error| CliError::Signals {
            reason: error.to_string(),
        })?;
    }
    Ok(Interrupt::shared(flag))
}

/// Keeps panics of worker threads from the terminal: they come back as errors, and are shown as such.
fn quiet_contained_panics() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if thread::current().name() == Some("main") {
            loud(panic);
        }
    }));
}
