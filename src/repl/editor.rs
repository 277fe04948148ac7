//! [`Editor`]: typing cells at a terminal, on `reedline`.
//!
//! Owns the keys, the history file, the prompt's look, and what shows while one types: colours, candidates, the
//! grey text behind the cursor. What these say comes from the engines beside this file.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use nu_ansi_term::{Color, Style};
use reedline::{
    ColumnarMenu, Completer, CompletionResult, EditCommand, EditMode, Emacs, FileBackedHistory, Highlighter,
    History, KeyCode, KeyModifiers, Keybindings, MenuBuilder, PromptEditMode, PromptHistorySearch,
    PromptHistorySearchStatus, Reedline, ReedlineEvent, ReedlineMenu, Signal, Span, StyledText, Suggestion,
    ValidationResult, Validator, Vi, default_emacs_keybindings, default_vi_insert_keybindings,
    default_vi_normal_keybindings, default_vi_visual_keybindings,
};

use super::commands;
use super::completion::{Candidate, Completer as Engine};
use super::error::ReplError;
use super::external;
use super::ghost::Ghost;
use super::highlighter::colored;
use super::keys::{Indenting, Seen};
use super::prompt::Shared;
use super::source::{Asked, Ends, Input, Source};
use crate::error::Error;
use crate::render::highlight::Paint;

/// How many cells the history keeps.
const HISTORY: usize = 10_000;
/// The name of the menu of candidates.
const MENU: &str = "candidates";
/// The editor of Ctrl-O where none is set.
const FALLBACK: &str = "vi";

/// What a person chose for the editor.
#[derive(Debug, Clone, Default)]
pub struct EditorSettings {
    /// Vi's keys, in place of Emacs'.
    pub vi: bool,
    /// Whether colours are understood and wanted.
    pub color: bool,
    /// The command of their own editor, for long cells.
    pub editor: Option<String>,
    /// The file of earlier cells, if they are kept.
    pub history: Option<PathBuf>,
    /// The folder for the file that the person's own editor opens.
    pub folder: Option<PathBuf>,
}

/// Reads cells from a person at a terminal.
pub(super) struct Editor {
    line: Reedline,
    label: Label,
    /// The file that Ctrl-O gives to the editor.
    composed: Option<PathBuf>,
}

impl Drop for Editor {
    fn drop(&mut self) {
        if let Some(file) = &self.composed {
            // There is none where Ctrl-O was never pressed.
            let _ = fs::remove_file(file);
        }
    }
}

impl Editor {
    /// Prepares the terminal's editor; `draft` is a file that keeps what is being typed.
    pub(super) fn new(settings: &EditorSettings, book: &Shared, ends: Ends, draft: Option<PathBuf>) -> Self {
        let seen = Seen::default();
        let menu = ColumnarMenu::default()
            .with_name(MENU)
            .with_marker("")
            .with_columns(1)
            .with_column_padding(2);
        let mut line = Reedline::create()
            .use_bracketed_paste(true)
            .with_ansi_colors(settings.color)
            .with_quick_completions(true)
            .with_partial_completions(true)
            .with_completer(Box::new(Candidates::new(Arc::clone(book))))
            .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
            .with_validator(Box::new(Whole(ends.clone())))
            .with_hinter(Box::new(Ghost::new(Arc::clone(book))))
            .with_highlighter(Box::new(Painted {
                color: settings.color,
                seen: seen.clone(),
                draft: draft.map(Draft::new),
            }))
            .with_edit_mode(edit_mode(settings.vi, seen, ends));
        if let Some(history) = history(settings.history.clone()) {
            line = line.with_history(history);
        }
        let folder = settings.folder.as_ref();
        let composed = folder
            .filter(|folder| fs::create_dir_all(folder).is_ok())
            .map(|folder| folder.join(format!("cell-{}.py", std::process::id())));
        if let Some(file) = &composed {
            let editor = settings.editor.clone().unwrap_or_else(|| FALLBACK.to_owned());
            let mut command = external::command(&editor);
            command.arg(file);
            line = line.with_buffer_editor(command, file.clone());
        }
        Self {
            line,
            label: Label {
                first: String::new(),
                rest: String::new(),
            },
            composed,
        }
    }
}

impl Source for Editor {
    fn read(&mut self, label: &str, text: &str) -> Result<Input, Error> {
        self.label = Label::new(label);
        if !text.is_empty() {
            self.line
                .run_edit_commands(&[EditCommand::Clear, EditCommand::InsertString(text.to_owned())]);
        }
        match self.line.read_line(&self.label).map_err(ReplError::Input)? {
            Signal::Success(text) => {
                // Now, not at the end, which a kill would not come to. A history that cannot be written stays in memory.
                let _ = self.line.sync_history();
                Ok(Input::Text(text))
            }
            Signal::CtrlD => Ok(Input::End),
            // `Signal` may grow; what is not known changes nothing.
            _ => Ok(Input::Interrupted),
        }
    }

    fn ask(&mut self, question: &str) -> Result<Asked, Error> {
        let mut out = io::stdout().lock();
        out.write_all(question.as_bytes())
            .and_then(|()| out.flush())
            .map_err(ReplError::Input)?;
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer).map_err(ReplError::Input)?;
        Ok(match answer.trim().to_lowercase().as_str() {
            _ if read == 0 => Asked::Nothing,
            "" | "y" | "yes" => Asked::Yes,
            "n" | "no" => Asked::No,
            _ => Asked::Nothing,
        })
    }

    fn is_terminal(&self) -> bool {
        true
    }
}

/// Opens the file of earlier cells; without one, they are kept as long as the prompt.
fn history(file: Option<PathBuf>) -> Option<Box<dyn History>> {
    let in_file = file.and_then(|file| {
        file.parent().map(fs::create_dir_all)?.ok()?;
        FileBackedHistory::with_file(HISTORY, file).ok()
    });
    match in_file {
        Some(history) => Some(Box::new(history)),
        None => Some(Box::new(FileBackedHistory::new(HISTORY).ok()?)),
    }
}

fn edit_mode(vi: bool, seen: Seen, ends: Ends) -> Box<dyn EditMode> {
    if vi {
        let mut insert = default_vi_insert_keybindings();
        bind(&mut insert);
        let mode = Vi::new(
            insert,
            default_vi_normal_keybindings(),
            default_vi_visual_keybindings(),
        );
        Box::new(Indenting::new(Box::new(mode), seen, ends))
    } else {
        let mut keys = default_emacs_keybindings();
        bind(&mut keys);
        Box::new(Indenting::new(Box::new(Emacs::new(keys)), seen, ends))
    }
}

fn bind(keys: &mut Keybindings) {
    let newline = ReedlineEvent::Edit(vec![EditCommand::InsertNewline]);
    keys.add_binding(KeyModifiers::ALT, KeyCode::Enter, newline.clone());
    keys.add_binding(KeyModifiers::SHIFT, KeyCode::Enter, newline);
    keys.add_binding(
        KeyModifiers::NONE,
        KeyCode::Tab,
        ReedlineEvent::UntilFound(vec![
            ReedlineEvent::Menu(MENU.to_owned()),
            ReedlineEvent::MenuNext,
        ]),
    );
    keys.add_binding(KeyModifiers::SHIFT, KeyCode::BackTab, ReedlineEvent::MenuPrevious);
    keys.add_binding(
        KeyModifiers::CONTROL,
        KeyCode::Char('o'),
        ReedlineEvent::OpenEditor,
    );
}

/// How the prompt looks.
struct Label {
    first: String,
    rest: String,
}

impl Label {
    fn new(label: &str) -> Self {
        let width = label.trim_end().chars().count();
        Self {
            first: label.to_owned(),
            rest: format!("{:>width$} ", "...:"),
        }
    }
}

impl reedline::Prompt for Label {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.first)
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _mode: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.rest)
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        let failing = match search.status {
            PromptHistorySearchStatus::Passing => "",
            PromptHistorySearchStatus::Failing => "nothing found, ",
        };
        Cow::Owned(format!("({failing}search: {}) ", search.term))
    }

    fn get_prompt_color(&self) -> Color {
        Color::Green
    }

    fn get_prompt_multiline_color(&self) -> Color {
        Color::DarkGray
    }
}

/// Tells whether Enter runs what was typed.
struct Whole(Ends);

impl Validator for Whole {
    fn validate(&self, line: &str) -> ValidationResult {
        if self.0.is_whole(line) {
            ValidationResult::Complete
        } else {
            ValidationResult::Incomplete
        }
    }
}

/// What Tab offers.
struct Candidates {
    book: Shared,
    engine: Engine,
}

impl Candidates {
    fn new(book: Shared) -> Self {
        Self {
            book,
            engine: Engine::new(commands::specs()),
        }
    }
}

impl Completer for Candidates {
    fn complete(&mut self, line: &str, pos: usize) -> CompletionResult {
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let found = self.engine.complete(book.session(), line, pos);
        let span = Span::new(found.start.min(pos), pos);
        let suggest = |candidate: Candidate| Suggestion {
            value: candidate.replacement,
            display_override: Some(candidate.display),
            description: Some(candidate.detail),
            span,
            ..Suggestion::default()
        };
        let suggestions: Vec<Suggestion> = found.candidates.into_iter().map(suggest).collect();
        CompletionResult::fresh(suggestions)
    }
}

/// The colours of what is typed; each time it is painted, the keys and the journal are told what it is.
struct Painted {
    color: bool,
    seen: Seen,
    draft: Option<Draft>,
}

impl Highlighter for Painted {
    fn highlight(&self, line: &str, cursor: usize) -> StyledText {
        self.seen.paint(line, cursor);
        if let Some(draft) = &self.draft {
            draft.keep(line);
        }
        let mut styled = StyledText::new();
        if self.color {
            for piece in colored(line, Some(cursor)) {
                styled.push((style(piece.paint), piece.text.to_owned()));
            }
        } else {
            styled.push((Style::default(), line.to_owned()));
        }
        styled
    }
}

/// Returns the terminal's colour for what a piece of a cell means.
fn style(paint: Paint) -> Style {
    let plain = Style::default();
    match paint {
        Paint::Plain => plain,
        Paint::Keyword => plain.fg(Color::Purple),
        Paint::Literal => plain.fg(Color::Green),
        Paint::Number | Paint::Code => plain.fg(Color::Cyan),
        Paint::Comment => plain.fg(Color::DarkGray),
        Paint::Call => plain.fg(Color::Blue),
        Paint::Heading => plain.bold(),
        Paint::Magic => plain.fg(Color::Cyan).bold(),
        Paint::Bracket => plain.bold().underline(),
    }
}

/// A file that has what is being typed, for after a kill.
struct Draft {
    file: PathBuf,
    kept: Mutex<String>,
}

impl Draft {
    fn new(file: PathBuf) -> Self {
        Self {
            file,
            kept: Mutex::default(),
        }
    }

    fn keep(&self, text: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if *kept != text {
            // A draft that cannot be written is not worth a word on every key.
            let _ = fs::write(&self.file, text);
            text.clone_into(&mut kept);
        }
    }
}
