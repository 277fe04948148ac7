//! `%sh`: shell commands, in the notebook's folder, where the session allows them.
//!
//! A cell binds nothing, and reads only the names whose values it gives to variables: `%sh --env PGPASSWORD=password`.
//! Sheaf cannot know what its commands do: it counts as fresh once it has run, until one of these names changes, and is
//! never run again because a file changed. Commands get no input. What they leave running in the background continues,
//! unheard.

mod environment;
mod running;

use std::io;

use starlark::environment::Module;

use crate::cache::Act;
use crate::error::{Error, Problem};
use crate::notebook::{Cell, ShellOptions, ShellOptionsError};
use crate::output::Output;
use crate::secret;
use crate::session::{AnalysisContext, Evaluate, Runner};
use crate::source::{Analysis, CellError};
use environment::Environment;
use running::{Running, Script};

/// Runs `%sh` cells.
pub(super) struct Shell;

/// Why a shell command did not do its work.
#[derive(Debug, thiserror::Error)]
enum ShellError {
    #[error("shell commands are not allowed here")]
    Refused,
    #[error("the cell has no command")]
    Empty,
    #[error(transparent)]
    Options(#[from] ShellOptionsError),
    #[error("cannot start a shell: {0}")]
    NoShell(io::Error),
    #[error("cannot read from the shell: {0}")]
    Lost(io::Error),
    #[error("the shell ended with exit code {code}")]
    Failed { code: i32 },
    #[error("the shell was killed by {}", signal.map_or_else(|| "a signal".to_owned(), |number| format!("signal {number}")))]
    Killed { signal: Option<i32> },
}

impl Problem for ShellError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Refused => Some(
                "at the prompt, a workspace allows them with `allow_shell: true` in sheaf.ron; `sheaf run` takes \
                 --allow-shell"
                    .to_owned(),
            ),
            Self::Empty => Some("write it below %sh, as in ls -l".to_owned()),
            Self::Options(ShellOptionsError::Twice { name }) => {
                Some(format!("keep one --env {name}=…"))
            }
            Self::Options(_) => Some(
                "its options are -e, and --env NAME=variable, with a variable of a cell above; the command comes \
                 after them"
                    .to_owned(),
            ),
            Self::NoShell(_) => Some("check that there is a bash or sh, and that the folder exists".to_owned()),
            Self::Failed { code: 127 } => Some("a command was not found; check its spelling".to_owned()),
            Self::Failed { .. } => {
                Some("its output is above; if failing is fine, write: command || true".to_owned())
            }
            Self::Lost(_) | Self::Killed { .. } => None,
        }
    }
}

impl Runner for Shell {
    fn words(&self) -> &'static [&'static str] {
        &["sh"]
    }

    fn analyze(&self, cell: &Cell, _context: &AnalysisContext<'_>) -> Result<Analysis, CellError> {
        let options = options(cell).map_err(CellError::of)?;
        let names = options.variables.iter().map(|variable| variable.value.to_owned());
        Ok(Analysis {
            inputs: names.collect(),
            ..Analysis::default()
        })
    }

    fn run<'v>(&self, cell: &Cell, module: &Module<'v>, evaluator: &dyn Evaluate) -> Result<(), CellError> {
        let context = evaluator.context();
        if !context.allows_shell() {
            return Err(CellError::of(ShellError::Refused));
        }
        let options = options(cell).map_err(CellError::of)?;
        if options.script.trim().is_empty() {
            return Err(CellError::of(ShellError::Empty));
        }
        let environment = Environment::read(&options.variables, module, context).map_err(CellError::of)?;
        let variables = secret::open(environment, context).map_err(CellError::of)?;
        context.acts(Act::Shell);
        let _task = context.interrupt().progress().begin("shell");
        let withheld = context.secrets().variables();
        let script = Script {
            text: options.script,
            stops_at_failure: options.stops_at_failure,
            folder: context.surroundings().folder(),
            variables: &variables,
            withheld: &withheld,
        };
        let mut shell = Running::start(&script).map_err(|error| CellError::of(ShellError::NoShell(error)))?;
        // The command has them now.
        drop(variables);
        let status = shell.finish(context.interrupt(), |line| context.show(Output::Printed(line)))?;
        match status.code() {
            Some(0) => Ok(()),
            Some(code) => Err(CellError::of(ShellError::Failed { code })),
            None => Err(CellError::of(ShellError::Killed {
                signal: running::ended_by(status),
            })),
        }
    }
}

/// Reads what stands before the script, and checks the names of its variables.
fn options(cell: &Cell) -> Result<ShellOptions<'_>, Error> {
    let options = ShellOptions::read(cell.source()).map_err(ShellError::Options)?;
    for variable in &options.variables {
        environment::check(variable.name)?;
    }
    Ok(options)
}
