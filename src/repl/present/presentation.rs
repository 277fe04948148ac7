//! [`Presentation`]: the show, from the first cell to the last.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use super::action::{self, Action};
use super::bottom_line::{BottomLine, Waited};
use super::contents::{list, titled};
use super::error::PresentError;
use super::footer::Footer;
use super::keys::Keys;
use super::side_prompt::side_prompt;
use super::silence::Silence;
use super::typing::strokes;
use crate::error::{Error, Problem};
use crate::notebook::Cell;
use crate::output::Output;
use crate::render::{Paint, cells, output, plain};
use crate::repl::{EditorSettings, Indicator, Screen};
use crate::session::{Session, State};
use crate::source::{CellError, CellId};

/// A cell that took longer is reported.
const SLOW: Duration = Duration::from_millis(100);

/// How often a waiting show looks whether someone wants to leave.
const TICK: Duration = Duration::from_millis(50);

/// How a show continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long it waits before each step; `None` for until a key is pressed.
    pub pause: Option<Duration>,
    /// Whether code is typed out character by character.
    pub is_typed: bool,
    /// Whether there is a terminal, for a line that says where the show is.
    pub has_footer: bool,
}

/// How a show ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// How many cells failed in their last run.
    pub failed: usize,
    /// Whether Ctrl-C ended it.
    pub is_interrupted: bool,
}

/// A show of a session's cells.
pub struct Presentation<'a> {
    session: Session,
    file: String,
    screen: &'a dyn Screen,
    pace: Pace,
    editor: EditorSettings,
    ids: Vec<CellId>,
    /// The position of the cell that is shown, from 0; one beyond the last at the end.
    at: usize,
    /// The cell that ran last, while the show has not gone elsewhere.
    last: Option<usize>,
    /// What that cell showed, to be shown again in a window of another width.
    shown: Vec<ShownItem>,
    ran: BTreeSet<usize>,
    failed: BTreeSet<usize>,
    bottom: BottomLine<'a>,
}

/// What a cell showed.
enum ShownItem {
    Output(Output),
    Failure(CellError),
}

impl<'a> Presentation<'a> {
    /// Prepares a show of the session's cells, which are in `file`; `editor` is for prompts beside it.
    pub fn new(
        session: Session,
        file: String,
        screen: &'a dyn Screen,
        pace: Pace,
        editor: EditorSettings,
    ) -> Self {
        Self {
            ids: session.ids(),
            session,
            file,
            screen,
            pace,
            editor,
            at: 0,
            last: None,
            shown: Vec::new(),
            ran: BTreeSet::new(),
            failed: BTreeSet::new(),
            bottom: BottomLine::new(screen),
        }
    }

    /// Iterates over the cells; one that fails ends nothing.
    pub fn run(mut self) -> Result<Ending, Error> {
        let is_interrupted = if let Some(pause) = self.pace.pause {
            self.run_unattended(pause)?
        } else {
            let left;
            (self, left) = self.run_with_keys()?;
            left == Action::Interrupt
        };
        // Whatever else still looks at the cache, the next run finds there what this one gave.
        self.session.close();
        let failed = self.failed.len();
        let mut text = format!("{} run", cells::count(self.ran.len()));
        if failed > 0 {
            let _ = write!(text, ", {failed} failed");
        }
        if self.at < self.ids.len() {
            text = format!("left at cell {} of {}: {text}", self.at + 1, self.ids.len());
        }
        let style = self.screen.style();
        self.screen.out(&format!("{}\n", style.dim(&text)))?;
        Ok(Ending {
            failed,
            is_interrupted,
        })
    }

    /// Continues by itself to the end, and reports whether it was interrupted between two cells.
    fn run_unattended(&mut self, pause: Duration) -> Result<bool, Error> {
        while self.at < self.ids.len() {
            self.arrive(None)?;
            if self.pause(pause)? {
                return Ok(true);
            }
            self.step()?;
        }
        Ok(false)
    }

    /// Waits with a line at the bottom, and reports whether a stop was asked for.
    fn pause(&mut self, time: Duration) -> Result<bool, Error> {
        let started = Instant::now();
        let is_interrupted = loop {
            if self.pace.has_footer && !time.is_zero() {
                if self.bottom.is_resized() {
                    self.redraw()?;
                }
                let name = self.name();
                self.bottom.draw_footer(&Footer {
                    place: (self.at + 1, self.ids.len()),
                    name: &name,
                    enter: "auto",
                    keys: &["Ctrl-C: leave"],
                })?;
            }
            let left = time.saturating_sub(started.elapsed());
            if left.is_zero() || self.sleep(left.min(TICK)) {
                break self.session.is_interrupted();
            }
        };
        self.bottom.erase()?;
        Ok(is_interrupted)
    }

    /// Continues by keys, and returns what ended the show.
    fn run_with_keys(mut self) -> Result<(Self, Action), Error> {
        let _silence = Silence::begin();
        let mut keys = Keys::start()?;
        self.arrive(Some(&mut keys))?;
        loop {
            let action = match self.wait(&mut keys)? {
                Waited::For(action) => action,
                Waited::Resized => {
                    self.redraw()?;
                    continue;
                }
            };
            match action {
                Action::Leave | Action::Interrupt => return Ok((self, action)),
                Action::Next if self.at == self.ids.len() => return Ok((self, Action::Leave)),
                Action::Next => self.step()?,
                Action::Back => {
                    self.at = self.at.saturating_sub(1);
                    self.leave_last();
                }
                Action::Again => {
                    let position = self.last.unwrap_or(self.at);
                    self.heading(position)?;
                    self.run_cell(position, true)?;
                    if position == self.at {
                        continue;
                    }
                }
                Action::Go => {
                    let known = |_: &str| String::new();
                    let number = self.bottom.ask(&mut keys, "go to cell ", known)?;
                    let went = number.map_or(Ok(false), |number| self.go_to_number(&number))?;
                    // What is said of a cell that is not there stays right above the line.
                    if !went {
                        continue;
                    }
                }
                Action::Skip => {
                    let names = self.names();
                    let at = self.at;
                    let found = |title: &str| match titled(&names, title, at + 1) {
                        Some((number, name)) => format!("  → {number} {name}"),
                        None => String::new(),
                    };
                    let title = self.bottom.ask(&mut keys, "/", found)?;
                    if !title.map_or(Ok(false), |title| self.go_to_title(&title))? {
                        continue;
                    }
                }
                Action::Prompt => {
                    self.session = side_prompt(self.session, self.screen, &self.editor)?;
                    self.screen.out("\n")?;
                }
                Action::List => {
                    let states = self.session.states();
                    let text = list(&self.names(), &states, self.at + 1, &self.screen.style());
                    self.screen.out(&text)?;
                    continue;
                }
                Action::Help => {
                    self.screen.out(&action::help())?;
                    continue;
                }
            }
            self.arrive(Some(&mut keys))?;
        }
    }

    /// Shows the cell that is next: prose as it reads, code as it is written.
    fn arrive(&mut self, keys: Option<&mut Keys>) -> Result<(), Error> {
        let Some(cell) = self.cell(self.at) else {
            return Ok(());
        };
        if is_prose(cell) {
            return self.run_cell(self.at, true).map(|_| ());
        }
        let text = cells::text(self.at + 1, cell, &self.screen.style());
        if self.pace.is_typed {
            self.type_out(&text, keys)
        } else {
            self.screen.out(&text)
        }
    }

    /// Shows the last cell and what it showed, and the next one, in a window that has another width.
    fn redraw(&mut self) -> Result<(), Error> {
        self.bottom.clear()?;
        let style = self.screen.style();
        if let Some((position, cell)) = self.last.and_then(|last| Some((last, self.cell(last)?))) {
            self.screen.out(&cells::text(position + 1, cell, &style))?;
            for shown in &self.shown {
                let text = match shown {
                    ShownItem::Output(shown) => output(shown, &style),
                    ShownItem::Failure(error) => {
                        cells::failure(error, &self.session, Some(&self.file), &style)
                    }
                };
                self.screen.out(&format!("{text}\n"))?;
            }
            self.screen.out("\n")?;
        }
        let is_typed = std::mem::take(&mut self.pace.is_typed);
        let arrived = self.arrive(None);
        self.pace.is_typed = is_typed;
        arrived
    }

    /// Forgets which cell ran last: the presentation has moved on.
    fn leave_last(&mut self) {
        self.last = None;
        self.shown.clear();
    }

    /// Shows text as if someone typed it; a key shows the rest at once.
    fn type_out(&mut self, text: &str, mut keys: Option<&mut Keys>) -> Result<(), Error> {
        let mut is_hurried = false;
        for (stroke, time) in strokes(text) {
            self.screen.out(stroke)?;
            is_hurried = is_hurried
                || match &mut keys {
                    Some(keys) => keys.within(time)?.is_some(),
                    None => self.sleep(time),
                };
        }
        Ok(())
    }

    /// Waits, and reports whether a stop was asked for.
    fn sleep(&self, time: Duration) -> bool {
        let started = Instant::now();
        while !self.session.is_interrupted() {
            let left = time.saturating_sub(started.elapsed());
            if left.is_zero() {
                return false;
            }
            thread::sleep(left.min(TICK));
        }
        true
    }

    /// Runs the cell that is shown, where it has not run by being shown, and goes to the next.
    fn step(&mut self) -> Result<(), Error> {
        if self.cell(self.at).is_some_and(|cell| !is_prose(cell)) {
            self.run_cell(self.at, true)?;
            self.last = Some(self.at);
        }
        self.at += 1;
        Ok(())
    }

    /// Runs a cell, with what it shows where that is wanted, and reports whether it may continue.
    fn run_cell(&mut self, position: usize, is_shown: bool) -> Result<bool, Error> {
        let (screen, style) = (self.screen, self.screen.style());
        let Some(id) = self.ids.get(position).copied() else {
            return Ok(true);
        };
        let mut printed = Ok(());
        let mut kept = Vec::new();
        let started = Instant::now();
        self.session.clear_interrupt();
        let indicator = Indicator::start(self.session.progress(), self.pace.has_footer && style.color);
        let result = self.session.run(id, |shown| {
            if is_shown && printed.is_ok() {
                let text = format!("{}\n", output(&shown, &style));
                printed = indicator.suspend(|| screen.out(&text));
            }
            kept.push(ShownItem::Output(shown));
        });
        drop(indicator);
        let time = started.elapsed();
        self.session.clear_interrupt();
        printed?;
        self.ran.insert(position);
        self.failed.remove(&position);
        if let Some(value) = self.session.exit(id).filter(|_| is_shown) {
            screen.out(&format!("exit: {value}\n"))?;
        }
        let mut goes_on = true;
        if let Err(error) = &result {
            self.failed.insert(position);
            goes_on = !error.interrupted();
            let text = cells::failure(error, &self.session, Some(&self.file), &screen.error_style());
            // What the terminal made of Ctrl-C is at the beginning of the line.
            let start = if goes_on { "" } else { "\r" };
            screen.error(&format!("{start}{text}\n"));
            kept.push(ShownItem::Failure(error.clone()));
        }
        if is_shown && self.cell(position).is_some_and(|cell| !is_prose(cell)) {
            self.shown = kept;
        }
        if time >= SLOW {
            screen.out(&format!("{}\n", style.dim(&format!("({})", cells::time(time)))))?;
        }
        if is_shown {
            screen.out("\n")?;
        }
        Ok(goes_on)
    }

    /// Goes to a cell; those above it that are not fresh run first, without showing what they show.
    fn go_to(&mut self, target: usize) -> Result<(), Error> {
        self.leave_last();
        for position in 0..target {
            let id = self.ids.get(position).copied();
            let is_fresh = id.is_some_and(|id| self.session.state(id) == State::Fresh);
            if is_fresh || self.cell(position).is_none_or(is_prose) {
                continue;
            }
            self.heading(position)?;
            if !self.run_cell(position, false)? {
                self.at = position;
                return Ok(());
            }
        }
        self.at = target;
        self.screen.out("\n")
    }

    /// Goes to the cell with this number, and reports whether there is one.
    fn go_to_number(&mut self, number: &str) -> Result<bool, Error> {
        let cells = self.ids.len();
        match number.trim().parse::<usize>() {
            Ok(target) if (1..=cells).contains(&target) => self.go_to(target - 1).map(|()| true),
            _ => self.refuse(PresentError::NoSuchNumber {
                number: plain(number.trim()),
                cells,
            }),
        }
    }

    /// Goes to a cell whose title has this in it, and reports whether there is one.
    fn go_to_title(&mut self, title: &str) -> Result<bool, Error> {
        let names = self.names();
        match titled(&names, title, self.at + 1) {
            Some((number, _)) => self.go_to(number - 1).map(|()| true),
            None => self.refuse(PresentError::NoSuchTitle {
                title: plain(title.trim()),
                names,
            }),
        }
    }

    /// Describes why the show goes nowhere.
    fn refuse(&self, error: PresentError) -> Result<bool, Error> {
        let style = self.screen.style();
        let paint = Paint::new(&style);
        let mut text = format!("{}{error}\n", paint.error("error: "));
        if let Some(hint) = error.hint() {
            let _ = writeln!(text, "{}{hint}", paint.hint("hint: "));
        }
        self.screen.out(&format!("{text}\n"))?;
        Ok(false)
    }

    /// Writes the heading of a cell that runs without being shown again.
    fn heading(&self, position: usize) -> Result<(), Error> {
        match self.cell(position) {
            Some(cell) => self
                .screen
                .out(&cells::heading(position, cell, &self.screen.style())),
            None => Ok(()),
        }
    }

    /// Waits for a key that does something, with the footer on the screen.
    fn wait(&mut self, keys: &mut Keys) -> Result<Waited, Error> {
        let name = self.name();
        let footer = Footer {
            place: (self.at + 1, self.ids.len()),
            name: &name,
            enter: match self.cell(self.at) {
                Some(cell) if is_prose(cell) => "Enter: next",
                Some(_) => "Enter: run",
                None => "Enter: leave",
            },
            keys: &["b: back · ?: keys", "?: keys", "?"],
        };
        self.bottom.wait(keys, &footer)
    }

    /// Returns what the cell that is shown is called.
    fn name(&self) -> String {
        let name = self.cell(self.at).map(cells::name);
        plain(&name.unwrap_or_default())
    }

    fn cell(&self, position: usize) -> Option<&Cell> {
        self.session.cell(*self.ids.get(position)?)
    }

    /// Returns what the cells are called, in order.
    fn names(&self) -> Vec<String> {
        let names = self.ids.iter().filter_map(|id| self.session.cell(*id));
        names.map(|cell| plain(&cells::name(cell))).collect()
    }
}

/// Returns whether a cell is text between the code, which is shown by running it.
fn is_prose(cell: &Cell) -> bool {
    cell.kind().is_markdown()
}
