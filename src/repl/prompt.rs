//! [`Prompt`]: reads cells and commands, carries them out, and shows what comes of it.

mod autosave;
mod passwords;
mod reports;
mod running;

use std::time::Instant;

use super::commands::{self, Flow};
use super::editable_notebook::{EditableNotebook, FailedEdit};
use super::error::ReplError;
use super::external::{self, Composed};
use super::journal::Journal;
use super::pages::{self, Pages};
use super::progress::Indicator;
use super::screen::Screen;
use super::source::{Input, Source};
use crate::assist::Latest;
use crate::error::{Error, Kind};
use crate::notebook::{Cell, Notebook};
use crate::output::Output;
use crate::render::{Style, cells, output};
use crate::session::{Session, State};
use crate::source::CellId;

/// Who types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Typist {
    /// No one: the text comes from a file or another program.
    Script,
    /// A person at a terminal.
    Person,
    /// A person in the middle of a show, whose cells are thrown away in the end.
    Aside,
}

/// Reads cells and commands, and carries them out.
pub struct Prompt<'a> {
    book: EditableNotebook,
    /// What the editor completes by.
    latest: Latest,
    screen: &'a dyn Screen,
    pages: Pages,
    journal: Option<Journal>,
    is_auto: bool,
    /// The cell whose new text is read next, and the text to begin with.
    editing: Option<(CellId, String)>,
    /// A text to begin the next cell with.
    begin_with: String,
    /// The command of the person's own editor.
    editor: Option<String>,
    /// Whether leaving was refused once, and nothing was done since.
    warned: bool,
    typist: Typist,
    /// How many cells and commands have failed.
    failures: usize,
}

impl<'a> Prompt<'a> {
    /// Creates a prompt on a session.
    pub fn new(session: Session, screen: &'a dyn Screen) -> Self {
        Self {
            latest: Latest::new(session.snapshot(), session.count()),
            book: EditableNotebook::new(session),
            screen,
            pages: Pages::default(),
            journal: None,
            is_auto: false,
            editing: None,
            begin_with: String::new(),
            editor: None,
            warned: false,
            typist: Typist::Script,
            failures: 0,
        }
    }

    /// Returns how many cells and commands have failed.
    pub fn failures(&self) -> usize {
        self.failures
    }

    /// Lets the prompt end without a question: its cells are thrown away.
    pub(super) fn set_aside(&mut self) {
        self.typist = Typist::Aside;
    }

    /// Reports that a person types, who is warned, and shown long texts page by page.
    pub(super) fn set_watched(&mut self) {
        if self.typist == Typist::Script {
            self.typist = Typist::Person;
        }
    }

    /// Returns whether a person answers questions about its cells.
    pub(super) fn is_watched(&self) -> bool {
        self.typist == Typist::Person
    }

    /// Returns whether its cells are thrown away in the end.
    pub(super) fn is_aside(&self) -> bool {
        self.typist == Typist::Aside
    }

    /// Ends the prompt and gives its session back.
    pub fn into_session(self) -> Session {
        self.book.into_session()
    }

    /// Sets the command of the person's own editor.
    pub(super) fn set_editor(&mut self, editor: Option<String>) {
        self.editor = editor;
    }

    /// Returns the cells as they are whenever a cell is typed, for the editor.
    pub(super) fn latest(&self) -> Latest {
        self.latest.clone()
    }

    /// Returns the cells.
    pub(super) fn book(&self) -> &EditableNotebook {
        &self.book
    }

    /// Returns the cells, to be changed.
    pub(super) fn book_mut(&mut self) -> &mut EditableNotebook {
        &mut self.book
    }

    /// Returns how to write for standard output.
    pub(super) fn style(&self) -> Style {
        self.screen.style()
    }

    /// Reads cells and commands until the input ends; one that fails ends nothing.
    pub(super) fn run(&mut self, source: &mut dyn Source) -> Result<(), Error> {
        if source.is_terminal() {
            self.set_watched();
        }
        loop {
            let (label, begin_with) = match &self.editing {
                Some((id, text)) => (format!("[{}] edit", self.book().number(*id)), text.clone()),
                None => (
                    format!("[{}]", self.book().next_number()),
                    std::mem::take(&mut self.begin_with),
                ),
            };
            self.book.session().clear_interrupt();
            let cell = match &self.editing {
                Some((id, _)) => self.book.session().position(*id),
                None => None,
            };
            let cell = cell.unwrap_or(self.book.next_number() - 1);
            self.latest.set(self.book.session().snapshot(), cell);
            let flow = match source.read(&label, &begin_with)? {
                Input::Text(text) => match self.take(&text) {
                    Ok(Flow::StorePasswords) => self.store_passwords(source, &text),
                    flow => flow,
                },
                Input::Interrupted => {
                    self.editing = None;
                    self.book_mut().append_again();
                    Ok(Flow::Continue)
                }
                Input::End if self.editing.take().is_some() => Ok(Flow::Continue),
                Input::End if self.may_leave("Ctrl-D")? => Ok(Flow::Leave),
                Input::End => Ok(Flow::Continue),
            };
            self.write_journal();
            match flow {
                Ok(Flow::Continue | Flow::StorePasswords) => {}
                Ok(Flow::Leave) => break,
                // No one reads any more.
                Err(error) if error.kind() == Kind::BrokenPipe => return Err(error),
                Err(error) => self.fail(&error),
            }
        }
        if let Some(journal) = self.journal.take() {
            journal.end();
        }
        Ok(())
    }

    /// Carries out what was typed.
    fn take(&mut self, text: &str) -> Result<Flow, Error> {
        if text.trim().is_empty() {
            return Ok(Flow::Continue);
        }
        if let Some((id, _)) = self.editing.take() {
            self.edit_with(id, text)?;
            return Ok(Flow::Continue);
        }
        if let Some((command, argument)) = commands::find(text) {
            let flow = command.run(argument, self);
            self.warned &= command.name() == "quit";
            return flow;
        }
        self.warned = false;
        if let Some((name, with_source)) = question(text) {
            if with_source {
                self.source_of(name)?;
            } else {
                self.help(name)?;
            }
            return Ok(Flow::Continue);
        }
        let pasted = pasted(text);
        if pasted.format().keeps_cells() {
            self.add_all(pasted.cells())?;
        } else {
            self.add(text, false)?;
        }
        Ok(Flow::Continue)
    }

    /// Adds a cell, runs it, and always says how long it took.
    pub(super) fn add_timed(&mut self, text: &str) -> Result<(), Error> {
        // What is to be timed has to run.
        let served = self.book_mut().set_use_cache(false);
        let added = self.add(text, true);
        self.book_mut().set_use_cache(served);
        added
    }

    fn add(&mut self, text: &str, is_timed: bool) -> Result<(), Error> {
        let text = text.trim_end();
        let shell = text
            .strip_prefix('!')
            .map(|command| format!("%sh {}", command.trim_start()));
        let text = shell.as_deref().unwrap_or(text);
        let cell = Cell::from_prompt(
            text.strip_prefix('%')
                .filter(|rest| rest.starts_with('%'))
                .unwrap_or(text),
        );
        self.check_kind(&cell)?;
        let started = Instant::now();
        let before = self.book().session().stale_so_far();
        let result = self.showing(|book, show| book.add(cell, show))?;
        match result {
            Ok(id) => {
                self.tell_exit(id)?;
                self.tell_time(started.elapsed(), is_timed)?;
                if self.is_auto || self.book().session().concerns_others(id) {
                    self.tell_newly_stale(&before)?;
                }
                Ok(())
            }
            Err((id, error)) => {
                self.tell_failure(&error)?;
                self.book_mut().drop_failed(id);
                Ok(())
            }
        }
    }

    /// Refuses a magic that is not a command and no kind of cell, before it becomes a cell.
    fn check_kind(&self, cell: &Cell) -> Result<(), ReplError> {
        let book = self.book();
        let kinds = || {
            book.session()
                .language()
                .runners()
                .iter()
                .flat_map(|runner| runner.words())
        };
        let word = cell.kind().word();
        if kinds().any(|known| *known == word) {
            return Ok(());
        }
        let known = kinds()
            .copied()
            .chain(commands::all().map(super::commands::Command::name));
        Err(ReplError::UnknownCommand {
            word: word.to_owned(),
            known: known.map(str::to_owned).collect(),
        })
    }

    /// Adds the cells of a notebook that was pasted, up to the first that fails.
    fn add_all(&mut self, pasted: &[Cell]) -> Result<(), Error> {
        for (index, cell) in pasted.iter().enumerate() {
            if cell.source().trim().is_empty() {
                continue;
            }
            let number = self.book().next_number();
            self.tell_heading(number, cell)?;
            match self.showing(|book, show| book.add(cell.clone(), show))? {
                Ok(id) => self.tell_exit(id)?,
                Err((id, error)) => {
                    self.tell_failure(&error)?;
                    self.book_mut().drop_failed(id);
                    let left = pasted.len() - index;
                    return self.warn(&format!(
                        "{} not added; Up brings the whole text back",
                        cells::count(left)
                    ));
                }
            }
        }
        Ok(())
    }

    /// Changes a cell: in the person's editor where there is one, else at the prompt.
    pub(super) fn edit(&mut self, id: CellId) -> Result<(), Error> {
        let draft = self.book().draft(id);
        match external::compose(self.editor.as_deref(), &draft)? {
            Composed::NoEditor => self.editing = Some((id, draft)),
            Composed::Text(text) if text.trim().is_empty() || text.trim_end() == draft.trim_end() => {
                self.say("unchanged")?;
            }
            Composed::Text(text) => self.edit_with(id, &text)?,
        }
        Ok(())
    }

    /// Writes a new cell in the person's editor.
    pub(super) fn compose(&mut self) -> Result<(), Error> {
        match external::compose(self.editor.as_deref(), "")? {
            Composed::NoEditor => Err(ReplError::Editor {
                editor: "$EDITOR".to_owned(),
                reason: "it is not set".to_owned(),
            }
            .into()),
            Composed::Text(text) if text.trim().is_empty() => self.say("nothing written"),
            Composed::Text(text) => {
                // Kept for the next line in case it fails.
                self.say(text.trim_end())?;
                self.add(&text, false)
            }
        }
    }

    /// Replaces a cell's text and runs it; a cell that has not run yet is only changed.
    fn edit_with(&mut self, id: CellId, text: &str) -> Result<(), Error> {
        let state = self.book().session().state(id);
        if state == State::NotRun {
            self.book_mut().rewrite(id, text);
            let number = self.book().number(id);
            let runs = match self.book().session().analysis(id) {
                Some(_) => format!("%run {number} runs it"),
                None => format!("it does not parse yet, and %run {number} says why"),
            };
            return self.say(&format!("cell {number} is changed, not run; {runs}"));
        }
        let before = self.book().session().stale_so_far();
        let started = Instant::now();
        match self.showing(|book, show| book.edit(id, text, show))? {
            Ok(()) => {
                self.tell_exit(id)?;
                self.tell_time(started.elapsed(), false)?;
                self.tell_newly_stale(&before)
            }
            Err(failed) => {
                let failed: FailedEdit = failed;
                self.tell_failure(&failed.error)?;
                let number = self.book().number(id);
                if state == State::Failed {
                    self.book_mut().keep_edit(id, failed);
                    return self.warn(&format!(
                        "cell {number} has the new text; %undo brings back the old one"
                    ));
                }
                self.book_mut().undo_edit(failed);
                self.warn(&format!(
                    "cell {number} is unchanged; %edit {number} brings back what you wrote"
                ))
            }
        }
    }

    /// Shows what a name is: its value's help, or that of a builtin or topic.
    pub(super) fn help(&mut self, name: &str) -> Result<(), Error> {
        let text = {
            let book = self.book();
            super::about::about(name, book.session(), &self.style())?
        };
        self.say_in_pages(&text)
    }

    /// Shows the source of a name and the cell that binds it.
    fn source_of(&mut self, name: &str) -> Result<(), Error> {
        let text = {
            let book = self.book();
            super::about::source(name, book, &self.style())
        };
        match text {
            Some(text) => self.say(&text),
            None => self.help(name),
        }
    }

    /// Runs `work` on the book and shows what its cell shows, while it runs.
    fn showing<T>(
        &mut self,
        work: impl FnOnce(&mut EditableNotebook, &mut dyn FnMut(Output)) -> T,
    ) -> Result<T, Error> {
        if self.book().session().is_settling() {
            self.warn("interrupted work is still stopping: a query waits for it, and Ctrl-C stops waiting")?;
        }
        let (screen, pages) = (self.screen, &mut self.pages);
        let book = &mut self.book;
        // Where there are colours, a line can be taken back.
        let indicator = Indicator::start(book.session().progress(), screen.error_style().color);
        let mut shown = Ok(());
        let mut show = |shows: Output| {
            if shown.is_ok() {
                let text = format!("{}\n", output(&shows, &screen.style()));
                shown = indicator.suspend(|| screen.out(&text));
            }
            if let Output::Frame { rows, .. } = shows {
                pages.turn_to(rows);
            }
        };
        let result = work(book, &mut show);
        drop(indicator);
        shown.map(|()| result)
    }

    /// Sets whether stale cells run by themselves.
    pub(super) fn set_auto(&mut self, is_auto: bool) {
        self.is_auto = is_auto;
    }

    /// Returns whether stale cells run by themselves.
    pub(super) fn is_auto(&self) -> bool {
        self.is_auto
    }

    /// Returns the page of the last table that one is at, and how many there are.
    pub(super) fn pages(&self) -> Option<(usize, usize)> {
        self.pages.position(self.screen.height(), &self.style())
    }

    /// Shows a page of the last table.
    pub(super) fn show_page(&mut self, page: usize) -> Result<(), Error> {
        let (height, style) = (self.screen.height(), self.style());
        match self.pages.go_to(page, height, &style) {
            Some(text) => self.say(&text),
            None => Ok(()),
        }
    }

    /// Writes a text; where a person reads and it is longer than the screen, its first page.
    pub(super) fn say_in_pages(&mut self, text: &str) -> Result<(), Error> {
        if self.typist == Typist::Script || pages::fits(text, self.screen.height(), self.style().width) {
            return self.say(text);
        }
        self.pages.turn_to_text(text);
        self.show_page(1)
    }

    /// Returns whether the prompt may be left; a person is refused once when cells are unsaved. `by` is what leaves.
    pub(super) fn may_leave(&mut self, by: &str) -> Result<bool, Error> {
        if self.warned || self.typist != Typist::Person || !self.book().is_unsaved() {
            return Ok(true);
        }
        self.warned = true;
        let count = cells::count(self.book().session().count());
        let how = match self.book().file() {
            Some(file) => format!("%save saves the changes in {}", file.display()),
            None => "%save FILE saves them".to_owned(),
        };
        self.warn(&format!(
            "not saved: {count}; {how}, {by} again leaves without saving"
        ))?;
        Ok(false)
    }
}

/// Reads a text as a notebook; a part of a Databricks one, cut below its first line, is one too.
fn pasted(text: &str) -> Notebook {
    let notebook = Notebook::parse(text);
    let is_part = text.lines().any(|line| line.trim_end() == "# COMMAND ----------");
    if is_part && !notebook.format().keeps_cells() {
        Notebook::parse(&format!("# Databricks notebook source\n{text}"))
    } else {
        notebook
    }
}

/// Reads `name?` and `name??`; the flag tells whether the source is asked for.
fn question(text: &str) -> Option<(&str, bool)> {
    let text = text.trim();
    let name = text.trim_end_matches('?');
    let marks = text.len() - name.len();
    let is_name = name
        .trim_start_matches('%')
        .chars()
        .all(|character| character.is_alphanumeric() || matches!(character, '_' | '.'));
    (matches!(marks, 1 | 2) && is_name && !text.contains(['\n', ' '])).then_some((name, marks == 2))
}
