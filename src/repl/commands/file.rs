//! `%save`, `%open`, `%export`: the cells and their file.

use std::path::{Path, PathBuf};

use super::{Command, Flow, diff, missing, refused};
use crate::assist::ArgumentKind;
use crate::assist::unsupported::{unsupported, unsupported_list};
use crate::error::Error;
use crate::export::{Document, Target};
use crate::notebook::{NotebookError, write_text};
use crate::record::{Record, Run, Saved};
use crate::render::cells;
use crate::repl::editable_notebook::named;
use crate::repl::error::ReplError;
use crate::repl::notebook_file::SaveError;
use crate::repl::prompt::Prompt;
use crate::session::State;

/// Saves the cells.
pub(super) struct Save;

impl Command for Save {
    fn name(&self) -> &'static str {
        "save"
    }

    fn usage(&self) -> &'static str {
        "%save FILE, or %save where the cells have a file; %save! replaces a file that exists or has changed"
    }

    fn summary(&self) -> &'static str {
        "save the cells, in document order and without failed attempts"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::File
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        let (argument, overwrite) = bang(argument);
        let file = match (argument, prompt.book().file()) {
            ("", Some(file)) => file.to_owned(),
            ("", None) => return Err(ReplError::NoFile.into()),
            (name, _) => path(name),
        };
        if let Err(refused) = prompt.check_passwords() {
            return if prompt.is_watched() {
                Ok(Flow::StorePasswords)
            } else {
                Err(refused.into())
            };
        }
        let saved = prompt.book_mut().save(&file, overwrite);
        if let Err(error) = saved {
            return Err(refusal(error, file, argument, prompt)?);
        }
        let count = prompt.book().session().count();
        prompt.say(&format!("saved {} in {}", cells::count(count), file.display()))?;
        prompt.warn_unfresh()?;
        prompt.record(&file)?;
        Ok(Flow::Continue)
    }
}

/// Describes why cells were not saved; where the file was changed, shows how.
fn refusal(error: SaveError, file: PathBuf, argument: &str, prompt: &Prompt<'_>) -> Result<Error, Error> {
    let anyway = format!("%save! {argument}").trim_end().to_owned();
    Ok(match error {
        SaveError::Changed => {
            let text = diff::since(prompt)?;
            prompt.say(&text)?;
            ReplError::Changed { file, anyway }.into()
        }
        SaveError::Gone => ReplError::Gone { file, anyway }.into(),
        SaveError::Secret(cells) => ReplError::HoldsSecret { cells, anyway }.into(),
        SaveError::ReadOnly => ReplError::ReadOnly { file, anyway }.into(),
        SaveError::File(error) => exists(error, &file, anyway),
    })
}

/// Removes the `!` from an argument that says "all the same".
pub(super) fn bang(argument: &str) -> (&str, bool) {
    match argument.strip_prefix('!') {
        Some(rest) => (rest.trim(), true),
        None => (argument, false),
    }
}

/// Takes the cells of a file.
pub(super) struct Open;

impl Command for Open {
    fn name(&self) -> &'static str {
        "open"
    }

    fn usage(&self) -> &'static str {
        "%open FILE; %open! FILE discards cells that are not saved"
    }

    fn summary(&self) -> &'static str {
        "open a notebook instead of these cells; %run all runs it"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::File
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        let (name, anyway) = bang(argument);
        if name.is_empty() {
            return Err(missing(self).into());
        }
        if prompt.book().is_unsaved() && !anyway {
            return Err(ReplError::Unsaved {
                cells: prompt.book().session().count(),
                anyway: format!("`%open! {name}`"),
            }
            .into());
        }
        prompt.open(&path(name))?;
        Ok(Flow::Continue)
    }
}

/// Writes the cells in another format, or with what they showed.
pub(super) struct Export;

impl Command for Export {
    fn name(&self) -> &'static str {
        "export"
    }

    fn usage(&self) -> &'static str {
        "%export FILE, or %export FORMAT FILE; FORMAT is databricks, percent, html, ipynb or markdown, or else what the \
         file's name says (.html, .ipynb, .md, .py); %export! replaces a file that exists"
    }

    fn summary(&self) -> &'static str {
        "write the cells to another file, for HTML, Jupyter and Markdown with their outputs"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Choice(&["databricks", "percent", "html", "ipynb", "markdown"])
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        let (argument, overwrite) = bang(argument);
        let (target, file) = self.target(argument)?;
        prompt.check_passwords()?;
        let document = prompt.document(&file);
        let text = target.write(&prompt.book().notebook(), &document);
        write_text(&file, &text, overwrite)
            .map_err(|error| exists(error, &file, format!("%export! {argument}")))?;
        prompt.say(&format!("wrote {}", file.display()))?;
        if matches!(target, Target::Export(_)) {
            prompt.warn_stale(&document)?;
        }
        Ok(Flow::Continue)
    }
}

impl Export {
    /// Reads `FORMAT FILE`, or a file whose name says the format.
    fn target(&self, argument: &str) -> Result<(Target, PathBuf), ReplError> {
        if let Some((format, name)) = argument.split_once(' ')
            && let Some(target) = Target::named(format)
        {
            return Ok((target, path(name.trim())));
        }
        // A word before the file's name is a format, unless it looks like the beginning of a path.
        let first = argument.split(' ').next().unwrap_or_default();
        if first.len() < argument.len() && !first.contains(['/', '.', '"', '\'', '~']) {
            return Err(refused(self, first));
        }
        let file = path(argument);
        match Target::of_file(&file) {
            Some(target) => Ok((target, file)),
            None if argument.is_empty() || Target::named(argument).is_some() => Err(missing(self)),
            None => Err(refused(self, first)),
        }
    }
}

/// Describes what to write to replace a file that is there.
fn exists(error: NotebookError, file: &Path, anyway: String) -> Error {
    match error {
        NotebookError::Exists { .. } => ReplError::Exists {
            file: file.to_owned(),
            anyway,
        }
        .into(),
        other => other.into(),
    }
}

/// Returns the path that a person's name for a file means: `~` is their home.
fn path(name: &str) -> PathBuf {
    let name = name.trim_matches(['"', '\'']);
    match (name.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(name),
    }
}

impl Prompt<'_> {
    /// Takes the cells of a notebook in place of these, and lists what in them cannot run.
    pub fn open(&mut self, file: &Path) -> Result<(), Error> {
        let count = self.book_mut().open(file)?;
        self.say(&format!(
            "opened {}: {}, not run; %run all runs them",
            file.display(),
            cells::count(count)
        ))?;
        self.tell_foreign()
    }

    /// Lists what the cells have that Sheaf cannot run, with what to write instead.
    fn tell_foreign(&mut self) -> Result<(), Error> {
        let text = {
            let book = self.book();
            let all = book.cells();
            let found = unsupported(&all, book.session().language());
            unsupported_list(&all, &found, &self.style())
        };
        match text {
            Some(text) => self.say_in_pages(&text),
            None => Ok(()),
        }
    }

    /// Returns the cells with what they showed, named by the file they have, or else by the one they go to.
    fn document(&self, file: &Path) -> Document {
        let book = self.book();
        let named = book.file().unwrap_or(file);
        let title = named.file_name().unwrap_or_default().to_string_lossy();
        Document::of_session(&title, book.session()).with_pictures(named)
    }

    /// Describes which cells were written with outputs that are not those of their source.
    fn warn_stale(&self, document: &Document) -> Result<(), Error> {
        let numbers = document.numbers(State::Stale);
        if numbers.is_empty() {
            return Ok(());
        }
        self.warn(&format!(
            "{}: marked as stale; %run all runs them",
            named(&numbers)
        ))
    }

    /// Writes the record beside a saved notebook, when each of its values is what a replay would give.
    ///
    /// A record that is there already stays as it is otherwise; one that cannot be written fails nothing.
    fn record(&self, file: &Path) -> Result<(), Error> {
        let path = Record::path_of(file);
        let (is_fresh, saved) = {
            let book = self.book();
            let session = book.session();
            let is_fresh = book.unfresh().is_empty() && session.count() > 0;
            let record = is_fresh.then(|| Record::of(file, session, &Run::of_session(session)));
            (is_fresh, record.map(|record| record.save(file)))
        };
        self.warn_of_end()?;
        match saved {
            Some(Ok(Saved::Written)) => self.say(&format!("recorded the results in {}", path.display())),
            Some(Err(error)) => self.say(&format!("the results were not recorded: {error}")),
            None if !is_fresh && path.exists() => self.say(&format!(
                "{} is left as it is; it is written once every cell is fresh",
                path.display()
            )),
            Some(Ok(Saved::Unchanged)) | None => Ok(()),
        }
    }

    /// Describes which of the saved cells a replay would not come to.
    fn warn_of_end(&self) -> Result<(), Error> {
        let (last, count) = {
            let book = self.book();
            let session = book.session();
            let ids = session.ids();
            (ids.iter().position(|id| session.exit(*id).is_some()), ids.len())
        };
        match last {
            Some(last) if last + 1 < count => self.warn(&format!(
                "a replay stops after cell {}, which ends the notebook; the cells below do not run",
                last + 1
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Describes which of the saved cells have values here that a replay would not give.
    fn warn_unfresh(&self) -> Result<(), Error> {
        let text = {
            let book = self.book();
            let states = book.session().states();
            let numbers = |wanted: State| {
                let found: Vec<usize> = (1..)
                    .zip(&states)
                    .filter(|(_, state)| **state == wanted)
                    .map(|(number, _)| number)
                    .collect();
                named(&found)
            };
            [
                (State::Failed, "failed here; a replay stops there"),
                (State::Stale, "stale here; a replay gives different values"),
                (State::NotRun, "not run here"),
            ]
            .into_iter()
            .filter(|(state, _)| states.contains(state))
            .map(|(state, meaning)| format!("{}: {meaning}", numbers(state)))
            .collect::<Vec<_>>()
        };
        for line in text {
            self.warn(&line)?;
        }
        Ok(())
    }
}
