//! `%diff`: the cells beside their file, as it is now.

use similar::TextDiff;

use super::{Command, Flow, nothing};
use crate::error::Error;
use crate::notebook::{Format, Notebook};
use crate::render::{Paint, plain};
use crate::repl::notebook_file::OnDisk;
use crate::repl::prompt::Prompt;

/// Shows what saving would change.
pub(super) struct Diff;

impl Command for Diff {
    fn name(&self) -> &'static str {
        "diff"
    }

    fn usage(&self) -> &'static str {
        "%diff"
    }

    fn summary(&self) -> &'static str {
        "show what saving would change in the file, as it is now"
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        nothing(self, argument)?;
        let (notice, text) = to_cells(prompt)?;
        if let Some(notice) = notice {
            prompt.warn(&notice)?;
        }
        prompt.say(&text)?;
        Ok(Flow::Continue)
    }
}

/// Returns what saving would change, and a word on a file that is not what it was.
fn to_cells(prompt: &Prompt<'_>) -> Result<(Option<String>, String), Error> {
    let book = prompt.book();
    let file = book.file();
    let name = file.map_or("(no file)".to_owned(), |file| file.display().to_string());
    let new = file.map_or_else(|| book.notebook(), |file| book.notebook_for(file));
    let (notice, old) = match book.on_disk()? {
        OnDisk::NoFile => (None, Notebook::parse("")),
        OnDisk::Same(now) => (None, now),
        OnDisk::Changed(now) => (
            Some(format!(
                "{name} has changed on disk since these cells were opened or saved"
            )),
            now,
        ),
        OnDisk::Gone => (
            Some(format!("{name} no longer exists: deleted or moved")),
            Notebook::parse(""),
        ),
    };
    if old.to_text() == new.to_text() || (old.cells().is_empty() && new.cells().is_empty()) {
        return Ok((None, "nothing to save".to_owned()));
    }
    let text = difference((&name, &old), ("these cells", &new), prompt);
    Ok((notice, text))
}

/// Returns how the file was changed on disk since these cells were read from it or written to it.
pub(super) fn since(prompt: &Prompt<'_>) -> Result<String, Error> {
    let book = prompt.book();
    let name = book.file().map(|file| file.display().to_string());
    let name = name.unwrap_or_default();
    Ok(match (book.saved(), book.on_disk()?) {
        (Some(saved), OnDisk::Changed(now)) => difference(
            (&format!("{name} as it was here"), saved),
            (&format!("{name} on disk"), &now),
            prompt,
        ),
        // What it was is not known.
        (None, OnDisk::Changed(now)) => difference((&name, &now), ("these cells", &book.notebook()), prompt),
        _ => String::new(),
    })
}

/// Writes how one notebook differs from another, as `diff -u` does.
fn difference(old: (&str, &Notebook), new: (&str, &Notebook), prompt: &Prompt<'_>) -> String {
    let paint = Paint::new(&prompt.style());
    let (old_text, new_text) = (readable(old.1), readable(new.1));
    if old_text == new_text {
        return "the cells are the same; what Jupyter keeps beside them, such as outputs, differs".to_owned();
    }
    let diff = TextDiff::from_lines(&old_text, &new_text);
    let text = diff
        .unified_diff()
        .context_radius(2)
        .header(old.0, new.0)
        .to_string();
    let paint_line = |line: &str| match line.chars().next() {
        Some('+') => paint.hint(line),
        Some('-') => paint.error(line),
        Some('@') => paint.dim(line),
        _ => line.to_owned(),
    };
    plain(text.trim_end())
        .lines()
        .map(paint_line)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Returns a notebook's text for people: the cells of Jupyter's are in JSON, with their pictures between them.
fn readable(notebook: &Notebook) -> String {
    if Format::named("ipynb") == Some(notebook.format()) {
        notebook.convert(Format::default()).to_text()
    } else {
        notebook.to_text()
    }
}
