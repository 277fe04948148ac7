//! A session as a test sees it: cells go in as text, what they show comes out as text.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use sheaf::job::{Job, Options};
use sheaf::notebook::Cell;
use sheaf::render::{Style, output};
use sheaf::session::{Limits, Session, State};
use sheaf::source::{CellError, CellId};
use sheaf::work::Interrupt;
use sheaf::workspace::Workspace;
use tempfile::TempDir;

/// A session in a workspace of its own.
pub struct Live {
    pub session: Session,
    pub interrupt: Interrupt,
    folder: TempDir,
}

/// Opens a session without cells in a workspace's folder.
pub fn open(workspace: &Workspace, options: &Options) -> Session {
    let job = Job::in_folder(workspace.root(), workspace, options);
    job.unwrap().into_session()
}

/// Opens a session without cells, cache or parameters in a workspace's folder.
pub fn session_in(workspace: &Workspace) -> Session {
    open(workspace, &Options::default())
}

impl Live {
    /// Starts a session without cells.
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    /// Starts a session with other bounds.
    pub fn with_limits(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("datasets")).unwrap();
        let workspace = Workspace::find(folder.path()).unwrap();
        let interrupt = Interrupt::default();
        let session = open(
            &workspace,
            &Options {
                interrupt: interrupt.clone(),
                limits,
                ..Options::default()
            },
        );
        Self {
            session,
            interrupt,
            folder,
        }
    }

    /// Writes a file under `/mnt/data`.
    pub fn data(&self, name: &str, text: &str) {
        let path = self.folder.path().join("datasets").join(name);
        fs::write(path, text).unwrap();
    }

    /// Returns the workspace's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Adds cells without running them.
    pub fn cells<const N: usize>(&mut self, sources: [&str; N]) -> [CellId; N] {
        sources.map(|source| self.session.append(Cell::from_prompt(source)))
    }

    /// Runs a cell and returns what it shows, or else its error and hint.
    pub fn run(&mut self, id: CellId) -> String {
        let mut shown = Vec::new();
        let result = self
            .session
            .run(id, |item| shown.push(output(&item, &Style::default())));
        if let Err(error) = result {
            shown.push(error_text(&error));
        }
        shown.join("\n")
    }

    /// Runs a cell that fails, and returns its error with the line that it is about, its place underlined.
    pub fn failure(&mut self, id: CellId) -> String {
        let error = self.session.run(id, |_| {}).unwrap_err();
        let Some(spot) = &error.spot else {
            return error_text(&error);
        };
        let end = if spot.end_line == spot.line {
            spot.end_column
        } else {
            spot.text.chars().count() + 1
        };
        let (before, marks) = (spot.column - 1, (end - spot.column).max(1));
        format!(
            "{}\n{} | {}\n{:>before$}    {}",
            error_text(&error),
            spot.line,
            spot.text,
            "",
            "^".repeat(marks)
        )
    }

    /// Adds a cell at the end and runs it.
    pub fn enter(&mut self, source: &str) -> String {
        let [id] = self.cells([source]);
        self.run(id)
    }

    /// Runs every cell in order.
    pub fn run_all(&mut self) -> Vec<String> {
        self.session.ids().into_iter().map(|id| self.run(id)).collect()
    }

    /// Returns how the cells stand, in order.
    pub fn states(&self) -> Vec<State> {
        self.session
            .ids()
            .into_iter()
            .map(|id| self.session.state(id))
            .collect()
    }

    /// Replaces a cell's text.
    pub fn edit(&mut self, id: CellId, source: &str) {
        self.session.edit(id, Cell::from_prompt(source));
    }

    /// Asks for a stop after a while.
    pub fn interrupt_after(&self, time: Duration) {
        let interrupt = self.interrupt.clone();
        thread::spawn(move || {
            thread::sleep(time);
            interrupt.trigger();
        });
    }
}

fn error_text(error: &CellError) -> String {
    match &error.hint {
        Some(hint) => format!("error: {}\nhint: {hint}", error.message),
        None => format!("error: {}", error.message),
    }
}
