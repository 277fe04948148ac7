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

use crate::error::{Error, Kind};
use crate::job::Status;
use crate::render::{Paint, plain};
use crate::secret::redaction;
use crate::storage::keep_what_was_read;
use crate::work::Interrupt;

mod arguments;
mod cache;
mod check;
mod columns;
mod completions;
mod convert;
mod dataset;
mod environment;
mod error;
mod init;
mod json;
mod junit;
mod monitor;
mod mount;
mod parameters;
mod pipeline;
mod present;
mod prompt;
mod report;
mod run;
mod runs;
mod secrets;
mod serve;
mod show;
mod terminal;
mod test;
mod trigger;
mod trust;

use crate::repl::Screen as _;
use arguments::{Arguments, Command};
use error::CliError;
use terminal::Terminal;

/// What a program exits with whose results are not the recorded ones.
const DRIFTED: u8 = 4;

/// Runs the program and returns its exit code: the one place where a top-level error is printed.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let terminal = Terminal::from_environment();
    quiet_contained_panics();
    let code = match execute(&arguments, &terminal) {
        Ok(status) => exit_code(status),
        Err(error) => {
            report_error(&error, &terminal);
            ExitCode::from(error.kind().exit_code())
        }
    };
    keep_what_was_read();
    code
}

/// Carries out a command; its result has been reported.
fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Status, Error> {
    match &arguments.command {
        None => return prompt::execute(arguments.file.as_deref(), terminal),
        Some(Command::Run(run)) => return run::execute(run, terminal),
        Some(Command::Test(test)) => return test::execute(test, terminal),
        Some(Command::Present(present)) => return present::execute(present, terminal),
        Some(Command::Monitor(arguments)) => return monitor::execute(arguments, terminal),
        Some(Command::Mount(mount)) => return mount::execute(mount, terminal),
        Some(Command::Pipeline(arguments)) => return pipeline::execute(arguments, terminal),
        Some(Command::Runs(arguments)) => return runs::execute(arguments, terminal),
        Some(Command::Serve(arguments)) => return serve::execute(arguments, terminal),
        Some(Command::Other(words)) => {
            return Err(prompt::not_understood(arguments.file.as_deref(), words).into());
        }
        Some(Command::Cache(arguments)) => cache::execute(arguments, terminal)?,
        Some(Command::Show(show)) => show::execute(show, terminal)?,
        Some(Command::Convert(convert)) => convert::execute(convert, terminal)?,
        Some(Command::Dataset(arguments)) => dataset::execute(arguments, terminal)?,
        Some(Command::Init(init)) => init::execute(init, terminal)?,
        Some(Command::Secrets(secrets)) => secrets::execute(secrets, terminal)?,
        Some(Command::Trigger(arguments)) => trigger::execute(arguments, terminal)?,
        Some(Command::Trust(trust)) => trust::execute(trust, terminal)?,
        Some(Command::Completions(completions)) => completions::execute(completions, terminal)?,
    }
    Ok(Status::Ok)
}

fn exit_code(status: Status) -> ExitCode {
    match status {
        Status::Ok => ExitCode::SUCCESS,
        Status::Failed => ExitCode::from(Kind::Failure.exit_code()),
        Status::Drifted => ExitCode::from(DRIFTED),
        Status::Interrupted => ExitCode::from(Kind::Interrupted.exit_code()),
    }
}

fn report_error(error: &Error, terminal: &Terminal) {
    // Whoever would read it is gone.
    if error.kind() == Kind::BrokenPipe {
        return;
    }
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
        if thread::current().name() != Some("main") {
            return;
        }
        // What the usual hook writes could hold the value of a secret.
        if !redaction::is_active() {
            return loud(panic);
        }
        Terminal::from_environment().error(&format!("{panic}\n"));
    }));
}
