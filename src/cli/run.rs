//! `sheaf run FILE`: a notebook from start to end, without a person.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

use super::arguments::Run;
use super::error::CliError;
use super::json;
use super::parameters::gather;
use super::stop_flag;
use super::terminal::Terminal;
use crate::error::Error;
use crate::language::Sheaf;
use crate::notebook::Notebook;
use crate::render::{Paint, cells, output};
use crate::repl::{Indicator, Screen as _};
use crate::session::{CellError, CellId, Output, Session};
use crate::workspace::Workspace;

/// What became of one cell.
pub(super) struct Outcome<'a> {
    pub(super) id: CellId,
    pub(super) outputs: &'a [Output],
    pub(super) seconds: Option<Duration>,
    pub(super) error: Option<&'a CellError>,
}

pub(super) fn execute(arguments: &Run, terminal: &Terminal) -> Result<(), Error> {
    let notebook = Notebook::read(&arguments.file)?;
    let workspace = workspace_of(&arguments.file)?;
    let file = arguments.file.display().to_string();
    let mut session = Session::new(Arc::new(Sheaf::new()), workspace.mounts(), Some(file.clone()))
        .with_interrupt(stop_flag(&[SIGINT, SIGTERM])?)
        .with_parameters(gather(
            &arguments.parameters,
            arguments.parameter_file.as_deref(),
        )?)
        .with_shell(arguments.allow_shell);
    for cell in notebook.cells() {
        session.append(cell.clone());
    }
    session.check_parameters()?;
    let ids = session.ids();
    let until = match arguments.until {
        Some(until) if until as usize > ids.len() => {
            return Err(CliError::UntilTooLarge {
                until,
                file: arguments.file.clone(),
                cells: ids.len(),
            }
            .into());
        }
        Some(until) => until as usize,
        None => ids.len(),
    };
    let started = Instant::now();
    let mut exit = None;
    for (position, id) in ids.iter().take(until).enumerate() {
        if let Err(error) = run_cell(&mut session, position, *id, arguments.json, &file, terminal)? {
            not_run(
                &session,
                &ids[position + 1..until],
                arguments.json,
                &file,
                terminal,
            )?;
            let cell = position + 1;
            if arguments.json {
                let state = if error.interrupted() { "interrupted" } else { "failed" };
                terminal.out(&json::summary(&session, &file, state, None, started.elapsed()))?;
            }
            let failure = if error.interrupted() {
                CliError::CellInterrupted { cell }
            } else {
                CliError::CellFailed { cell }
            };
            return Err(failure.into());
        }
        if let Some(value) = session.exit(*id) {
            exit = Some((position + 1, value.to_owned()));
            break;
        }
    }
    let ran = exit.as_ref().map_or(until, |(ran, _)| *ran);
    if arguments.json {
        not_run(&session, ids.get(ran..until).unwrap_or_default(), true, &file, terminal)?;
        let value = exit.as_ref().map(|(_, value)| value.as_str());
        terminal.out(&json::summary(&session, &file, "ok", value, started.elapsed()))?;
    } else {
        if let Some((_, value)) = &exit {
            terminal.out(&format!("exit: {value}\n"))?;
        }
        let cells = if ran == 1 {
            "1 cell".to_owned()
        } else {
            format!("{ran} cells")
        };
        let line = format!("{cells} in {}", cells::time(started.elapsed()));
        terminal.out(&format!("{}\n", Paint::new(&terminal.style()).dim(&line)))?;
    }
    Ok(())
}

/// Finds the workspace of a notebook: the one around its file, or else the one around the current folder.
pub(super) fn workspace_of(file: &Path) -> Result<Workspace, Error> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let around = Workspace::find(folder)?;
    if around.is_from_file() {
        Ok(around)
    } else {
        Ok(Workspace::find(&current_folder()?)?)
    }
}

pub(super) fn current_folder() -> Result<std::path::PathBuf, Error> {
    Ok(std::env::current_dir().map_err(|error| CliError::CurrentFolder {
        reason: error.to_string(),
    })?)
}

/// Runs one cell; the outer error is one of printing.
fn run_cell(
    session: &mut Session,
    position: usize,
    id: CellId,
    json: bool,
    file: &str,
    terminal: &Terminal,
) -> Result<Result<(), CellError>, Error> {
    let style = terminal.style();
    if !json && let Some(cell) = session.cell(id) {
        terminal.out(&cells::heading(position, cell, &style))?;
    }
    let mut outputs = Vec::new();
    let mut printed = Ok(());
    // Where there are colours, a line can be taken back.
    let indicator = Indicator::start(session.progress(), !json && terminal.error_style().color);
    let started = Instant::now();
    let result = session.run(id, |shown| {
        if json {
            outputs.push(shown);
        } else if printed.is_ok() {
            let text = format!("{}\n", output(&shown, &style));
            printed = indicator.suspend(|| terminal.out(&text));
        }
    });
    let time = started.elapsed();
    drop(indicator);
    printed?;
    if json {
        let outcome = Outcome {
            id,
            outputs: &outputs,
            seconds: Some(time),
            error: result.as_ref().err(),
        };
        terminal.out(&json::line(&outcome, session, file)?)?;
    } else {
        if let Err(error) = &result {
            let text = cells::failure(error, session, Some(file), &terminal.error_style());
            terminal.error(&format!("{text}\n"));
        }
        let time = Paint::new(&style).dim(&format!("({})", cells::time(time)));
        terminal.out(&format!("{time}\n\n"))?;
    }
    Ok(result)
}

/// Says which cells a failure kept from running.
fn not_run(
    session: &Session,
    left: &[CellId],
    json: bool,
    file: &str,
    terminal: &Terminal,
) -> Result<(), Error> {
    if json {
        for id in left {
            let outcome = Outcome {
                id: *id,
                outputs: &[],
                seconds: None,
                error: None,
            };
            terminal.out(&json::line(&outcome, session, file)?)?;
        }
    } else if !left.is_empty() {
        let labels: Vec<String> = left
            .iter()
            .filter_map(|id| Some(cells::label(session.position(*id)?, session.cell(*id))))
            .collect();
        terminal.error(&format!("not run: {}\n", labels.join(", ")));
    }
    Ok(())
}
