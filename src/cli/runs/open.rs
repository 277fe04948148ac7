//! `sheaf runs open`: the notebook that an activity ran, as it ran.

use std::path::Path;

use super::arguments::OpenRun;
use super::place::RunPlace;
use crate::cli::error::CliError;
use crate::cli::show;
use crate::cli::terminal::Terminal;
use crate::error::{Error, nearest};
use crate::notebook::Notebook;
use crate::record::Record;
use crate::render::{Paint, plain};
use crate::repl::Screen as _;
use crate::schedule::ScheduleError;

pub(super) fn open(place: &RunPlace, arguments: &OpenRun, terminal: &Terminal) -> Result<(), Error> {
    let (runs, run) = place.run(&arguments.id)?;
    let path = arguments.activity.as_str();
    let activities = runs.activities(&run.id)?;
    let Some(activity) = activities.iter().find(|one| one.path == path) else {
        let known = activities.iter().map(|one| one.path.as_str());
        return Err(ScheduleError::UnknownActivity {
            near: nearest(path, known).map(str::to_owned),
            path: path.to_owned(),
            run: run.id,
        }
        .into());
    };
    let attempt = arguments.attempt.unwrap_or(activity.attempts);
    let Some(ran) = runs.notebook(&run.id, path, attempt)? else {
        return Err(CliError::NoNotebookRan {
            run: run.id.0,
            path: path.to_owned(),
            attempt,
            kind: activity.kind.clone(),
            attempts: activity.attempts,
        }
        .into());
    };
    let name = format!("the record of {path} in {}", run.id);
    let record = Record::from_text(&ran.record, &name)?;
    let notebook = Notebook::parse(&ran.source);
    // Only its name is used: the notebook that is there now may be another.
    let file = place.workspace.root().join(Path::new(&ran.file));
    let cells = show::executed(&record, &file, &notebook, terminal)?;
    let paint = Paint::new(&terminal.style());
    let head = format!(
        "{}, {path}, attempt {attempt} of {}: {}",
        run.id, activity.attempts, ran.file
    );
    terminal.out(&format!("{}\n\n{cells}", paint.dim(&plain(&head))))
}
