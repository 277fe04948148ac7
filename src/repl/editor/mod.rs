//! [`Editor`]: typing cells at a terminal, on `rustyline`.
//!
//! Owns the keys, the history, and what shows while one types: colours, candidates, the grey text behind the cursor. What
//! these say comes from the engines beside this folder. What `rustyline` lacks is built around it here: cells taller than
//! the terminal are folded, candidates are listed below the cell, and keys that come too early are kept.

mod ahead;
mod choice;
mod draft;
mod earlier;
mod ended;
mod folds;
mod indentation;
mod key;
mod keys;
mod painter;
mod paste;
mod recall;
mod shown;
mod suggestion;
mod typing;
mod window;

use std::cell::RefCell;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rustyline::config::{BellStyle, ColorMode, Config};
use rustyline::error::ReadlineError;
use rustyline::{CompletionType, EditMode, Event, EventHandler, ExternalPrinter};

use self::draft::Draft;
use self::earlier::Earlier;
use self::ended::Ended;
use self::folds::Folds;
use self::keys::KeyBindings;
use self::painter::Painter;
use self::typing::{Typing, lock};
use self::window::Window;
use super::commands;
use super::error::ReplError;
use super::external::{self, Composed};
use super::pasted::cleaned;
use super::source::{Asked, Ends, Input, Source};
use crate::assist::{Assistant, Latest, highlight};
use crate::error::{Error, Problem as _};
use crate::render::highlight::painted;
use crate::secret::redaction::redact;
use crate::session::Language;
use crate::session::passwords::without;

/// The editor of Ctrl-O where none is set.
const FALLBACK: &str = "vi";
/// How long an Escape may be the beginning of another key, in milliseconds.
const ESCAPE: u16 = 100;

/// What a person chose for the editor.
#[derive(Debug, Clone, Default)]
pub struct EditorSettings {
    /// Vi's keys, in place of Emacs'.
    pub vi: bool,
    /// Whether colours are understood and wanted.
    pub color: bool,
    /// Whether the terminal shows text line by line and nothing else.
    pub is_plain: bool,
    /// The command of their own editor, for long cells.
    pub editor: Option<String>,
    /// The file of earlier cells, if they are kept.
    pub history: Option<PathBuf>,
}

/// Reads cells from a person at a terminal.
pub(super) struct Editor {
    line: rustyline::Editor<Painter, Earlier>,
    /// With one that could print, `rustyline` waits for signals too while it waits for keys.
    _printer: Box<dyn ExternalPrinter>,
    language: Arc<dyn Language>,
    latest: Latest,
    typing: Arc<Mutex<Typing>>,
    folds: Arc<Mutex<Folds>>,
    earlier: Earlier,
    ends: Ends,
    color: bool,
    program: String,
}

impl Editor {
    /// Prepares the terminal's editor; `draft` is a file that keeps what is being typed.
    pub(super) fn new(
        settings: &EditorSettings,
        latest: &Latest,
        ends: Ends,
        draft: Option<PathBuf>,
    ) -> Result<Self, Error> {
        let assistant = Assistant::new(commands::specs());
        let program = settings.editor.clone().unwrap_or_else(|| FALLBACK.to_owned());
        let typing = Arc::<Mutex<Typing>>::default();
        let folds = Arc::new(Mutex::new(Folds::new(program.clone())));
        let earlier = Earlier::read(settings.history.clone(), Arc::clone(&folds));
        let mode = if settings.vi {
            EditMode::Vi
        } else {
            EditMode::Emacs
        };
        let config = Config::builder()
            .edit_mode(mode)
            .completion_type(CompletionType::List)
            .keyseq_timeout(Some(ESCAPE))
            .bell_style(BellStyle::None)
            // What is typed is painted here, with colours or without.
            .color_mode(ColorMode::Forced)
            .build();
        let mut line = rustyline::Editor::with_history(config, earlier.clone()).map_err(failed)?;
        let language = Arc::clone(latest.get().0.language());
        line.set_helper(Some(Painter {
            language: Arc::clone(&language),
            color: settings.color,
            typing: Arc::clone(&typing),
            folds: Arc::clone(&folds),
            earlier: earlier.clone(),
            latest: latest.clone(),
            assistant: assistant.clone(),
            ends: ends.clone(),
            draft: RefCell::new(draft.map(Draft::new)),
        }));
        let keys = KeyBindings {
            typing: Arc::clone(&typing),
            folds: Arc::clone(&folds),
            earlier: earlier.clone(),
            ends: ends.clone(),
            latest: latest.clone(),
            assistant,
        };
        line.bind_sequence(Event::Any, EventHandler::Conditional(Box::new(keys)));
        let printer = line.create_external_printer().map_err(failed)?;
        Ok(Self {
            line,
            _printer: Box::new(printer),
            language,
            latest: latest.clone(),
            typing,
            folds,
            earlier,
            ends,
            color: settings.color,
            program,
        })
    }

    /// Lets a person type below `label`, or behind `question`, beginning with `text`.
    fn type_in(&mut self, label: Option<&str>, question: &str, text: &str) -> Result<Ended, Error> {
        let mut text = text.to_owned();
        loop {
            lock(&self.typing).begin(label);
            let read = self.line.readline_with_initial(question, (&text, ""));
            let mut typing = lock(&self.typing);
            return match (typing.ended.take(), read) {
                (Some(ended), _) => Ok(ended),
                (None, Ok(text)) => Ok(Ended::Text(text)),
                (None, Err(ReadlineError::Interrupted)) => Ok(Ended::Interrupted),
                (None, Err(ReadlineError::Eof)) => Ok(Ended::End),
                // What is not UTF-8 is left out, and what was typed before continues.
                (None, Err(ReadlineError::Io(error))) if error.kind() == io::ErrorKind::InvalidData => {
                    text = std::mem::take(&mut typing.text);
                    continue;
                }
                (None, Err(error)) => Err(failed(error)),
            };
        }
    }

    /// Reads a cell behind what was typed too early, which may be all of it.
    fn read_cell(&mut self, label: &str, begin_with: &str) -> Result<Ended, Error> {
        let mut text = begin_with.to_owned();
        {
            let typing = &mut *lock(&self.typing);
            let is_whole = |text: &str| self.ends.ends_at_enter(&cleaned(text));
            if let Some(ended) = typing.ahead.type_into(&mut text, &mut typing.paste, is_whole) {
                if let Ended::Text(text) = &ended {
                    let shown = if self.color {
                        painted(&highlight(text, None, self.language.catalogue()))
                    } else {
                        text.clone()
                    };
                    write(&format!("{}{shown}\n", painter::label(label, self.color)));
                }
                return Ok(match ended {
                    Ended::Text(text) => Ended::Text(cleaned(&text)),
                    ended => ended,
                });
            }
        }
        let shown = {
            let mut folds = lock(&self.folds);
            folds.clear();
            folds.shown(&text, Window::now())
        };
        self.type_in(Some(label), "", &shown)
    }

    /// Returns what is kept of a cell or command: all but the passwords in it.
    ///
    /// One that a cell above has as text is removed from what was kept of that.
    fn without_passwords(&self, text: &str) -> String {
        let (snapshot, cell) = self.latest.get();
        // Behind a command such as `%time` there may be code.
        let command = text.find(char::is_whitespace).filter(|_| text.starts_with('%'));
        let (command, code) = text.split_at(command.unwrap_or(0));
        let found = snapshot.meet_passwords(cell, code);
        if found.iter().any(|password| password.cell.as_own() != Some(cell)) {
            self.earlier.redact();
        }
        format!("{command}{}", without(cell, code, &found))
    }

    /// Opens a text in the person's own editor, and returns what they leave.
    fn open(&self, text: String) -> String {
        match external::compose(Some(&self.program), &text) {
            Ok(Composed::Text(text)) => text,
            Ok(Composed::NoEditor) => text,
            Err(error) => {
                let hint = error.hint().map(|hint| format!("hint: {hint}\n"));
                write(&format!("error: {error}\n{}", hint.unwrap_or_default()));
                text
            }
        }
    }
}

impl Source for Editor {
    fn read(&mut self, label: &str, text: &str) -> Result<Input, Error> {
        let mut text = text.to_owned();
        loop {
            match self.read_cell(label, &text)? {
                Ended::Text(text) | Ended::Pasted(text) => {
                    self.earlier.push(&self.without_passwords(&text));
                    return Ok(Input::Text(text));
                }
                Ended::Interrupted => return Ok(Input::Interrupted),
                Ended::End => return Ok(Input::End),
                Ended::Opened {
                    text: opened,
                    is_tall,
                    is_gone,
                } => {
                    if is_gone {
                        // Up over the empty line and the label, which come again below.
                        write("\x1b[2A\r\x1b[J");
                    }
                    if is_tall {
                        write(&format!("taller than the terminal: opened in {}\n", self.program));
                    }
                    text = self.open(opened);
                }
            }
        }
    }

    fn ask(&mut self, question: &str) -> Result<Asked, Error> {
        let (answer, is_pasted) = match self.type_in(None, question, "")? {
            Ended::Text(answer) => (answer, false),
            Ended::Pasted(text) => (text, true),
            Ended::Interrupted | Ended::End | Ended::Opened { .. } => return Ok(Asked::Nothing),
        };
        Ok(Asked::of(&answer).unwrap_or_else(|| {
            // It was meant for the prompt.
            let ahead = &mut lock(&self.typing).ahead;
            if is_pasted {
                ahead.paste_first(&answer);
            } else {
                ahead.type_first(&answer);
            }
            Asked::Nothing
        }))
    }

    fn answer(&mut self, question: &str) -> Result<Option<String>, Error> {
        Ok(match self.type_in(None, question, "")? {
            Ended::Text(answer) | Ended::Pasted(answer) => Some(answer),
            Ended::Interrupted | Ended::End | Ended::Opened { .. } => None,
        })
    }

    fn is_terminal(&self) -> bool {
        true
    }
}

/// Writes to the terminal; where that fails, the next line that is read says so.
fn write(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(redact(text).as_bytes()).and_then(|()| out.flush());
}

fn failed(error: ReadlineError) -> Error {
    let error = match error {
        ReadlineError::Io(error) => error,
        ReadlineError::Errno(error) => error.into(),
        other => io::Error::other(other.to_string()),
    };
    ReplError::Input(error).into()
}
