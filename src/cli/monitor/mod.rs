//! `sheaf monitor`: the runs of a workspace in the terminal, live.

mod arguments;
mod detached;
mod events;
mod screen;

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use chrono::Utc;

use super::error::CliError;
use super::runs::{RunPlace, since};
use super::terminal::Terminal;
use crate::error::Error;
use crate::job::Status;
use crate::monitor::View;
use crate::monitor::terminal::{Action, Board, Watcher, draw};
use crate::repl::Screen as _;
use crate::schedule::RunFilter;
use crate::work::catch_panic;
pub(super) use arguments::MonitorArguments;
use detached::Detached;
use events::Event;
use screen::FullScreen;

/// How often what has not ended is drawn anew: it says for how many seconds it runs.
const SECOND: Duration = Duration::from_secs(1);

/// How long the first screen waits for the runs, so that it is not an empty one.
const FIRST: Duration = Duration::from_millis(250);

pub(super) fn execute(arguments: &MonitorArguments, terminal: &Terminal) -> Result<Status, Error> {
    let has_terminal = io::stdin().is_terminal() && io::stdout().is_terminal() && !terminal.is_plain();
    if !has_terminal {
        return Err(CliError::NobodyWatches.into());
    }
    let now = Utc::now();
    let from = arguments.since.as_deref();
    let filter = RunFilter {
        statuses: arguments.statuses.clone(),
        pipeline: arguments.pipeline.clone(),
        since: from.map(|text| since(text, now)).transpose()?,
        ..RunFilter::default()
    };
    let place = RunPlace::find()?;
    let runs = place.make_runs()?;
    let root = place.workspace.root().to_owned();
    let view = View::new(Arc::new(place.workspace), runs);
    let (sender, events) = mpsc::channel();
    let news = sender.clone();
    let mut watcher = Watcher::new(view, Arc::new(Detached { root }), move |told| {
        // Nobody listens any more where the monitor ends.
        let _ = news.send(Event::Told(told));
    })?;
    let mut board = Board::new(filter, terminal.style().color, now);
    // Before anything is drawn: it takes a moment, too.
    watcher.follow(&mut board);
    events::listen(&sender)?;
    // A panic of the main thread would be written over the screen; one of this comes back, and is told when the screen is as it was.
    let drawing = thread::Builder::new().name("screen".to_owned());
    let drawing = drawing.spawn(move || {
        catch_panic(|| {
            let mut screen = FullScreen::enter()?;
            watch(&mut board, &mut watcher, &mut screen, &events)
        })
    });
    let drawing = drawing.map_err(|error| CliError::Screen {
        reason: error.to_string(),
    })?;
    let ended = drawing.join().map_err(|_| CliError::Screen {
        reason: "its thread has ended".to_owned(),
    })?;
    ended?
}

/// Shows the board until one leaves it.
fn watch(
    board: &mut Board,
    watcher: &mut Watcher,
    screen: &mut FullScreen,
    events: &Receiver<Event>,
) -> Result<Status, Error> {
    let mut next = events.recv_timeout(FIRST);
    loop {
        if matches!(next, Err(RecvTimeoutError::Disconnected)) {
            return Ok(Status::Interrupted);
        }
        board.tick(Utc::now());
        for event in next.into_iter().chain(events.try_iter()) {
            let action = match event {
                Event::Key(key) => board.key(&key),
                Event::Told(told) => {
                    board.hear(told);
                    Action::Stay
                }
                Event::Resized => Action::Stay,
                Event::Continued => Action::Redraw,
                Event::Suspended => Action::Suspend,
                Event::Ended => Action::Interrupt,
            };
            match action {
                Action::Stay => {}
                Action::Quit => return Ok(Status::Ok),
                Action::Interrupt => return Ok(Status::Interrupted),
                Action::Suspend => screen.suspend()?,
                Action::Redraw => screen.anew()?,
            }
            watcher.follow(board);
        }
        let (columns, rows) = screen.size()?;
        board.resize(columns, rows);
        watcher.follow(board);
        screen.draw(|frame| draw(board, frame))?;
        next = if board.is_moving() {
            events.recv_timeout(SECOND)
        } else {
            events.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
    }
}
