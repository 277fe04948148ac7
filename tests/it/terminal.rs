//! The real binary in a real pseudo-terminal, as a test: keys go in, a screen comes out.

use std::fs::create_dir_all;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use tempfile::TempDir;
use vt100::{Callbacks, Parser, Screen};

use crate::docs::copy_repository;
use crate::transcript::approve_scopes;

pub const ENTER: &str = "\r";
pub const ALT_ENTER: &str = "\x1b\r";
pub const TAB: &str = "\t";
pub const ESCAPE: &str = "\x1b";
pub const BACK_TAB: &str = "\x1b[Z";
pub const BACKSPACE: &str = "\x7f";
pub const UP: &str = "\x1b[A";
pub const DOWN: &str = "\x1b[B";
pub const RIGHT: &str = "\x1b[C";
pub const LEFT: &str = "\x1b[D";
pub const CTRL_RIGHT: &str = "\x1b[1;5C";
pub const CTRL_C: &str = "\x03";
pub const CTRL_D: &str = "\x04";
pub const CTRL_E: &str = "\x05";
pub const CTRL_O: &str = "\x0f";
pub const CTRL_R: &str = "\x12";

/// How long anything may take, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the screen is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// How many lines that have scrolled away are kept.
const SCROLLBACK: usize = 10_000;

/// A terminal that is not started yet.
///
/// ```text
/// let terminal = Terminal::new().size(24, 40).start(&["present", "sessions/tour.py"]);
/// terminal.wait_for("Enter: run").send(ENTER).wait_for("shape: (891, 12)");
/// assert_eq!(terminal.send("q").wait_exit(), 0);
/// ```
pub struct Terminal {
    folder: TempDir,
    state: TempDir,
    current: PathBuf,
    rows: u16,
    columns: u16,
    variables: Vec<(String, String)>,
    is_silent: bool,
}

impl Terminal {
    /// Makes a terminal of 24 × 80 in a folder of its own that is a copy of the repository's workspace.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_repository(folder.path());
        Self {
            current: folder.path().to_owned(),
            folder,
            state: tempfile::tempdir().unwrap(),
            rows: 24,
            columns: 80,
            variables: Vec::new(),
            is_silent: false,
        }
    }

    /// Sets how large the window is.
    pub fn size(mut self, rows: u16, columns: u16) -> Self {
        (self.rows, self.columns) = (rows, columns);
        self
    }

    /// Sets a variable of the program's environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Answers nothing that the program asks the terminal.
    pub fn silent(mut self) -> Self {
        self.is_silent = true;
        self
    }

    /// Starts the program in another folder, such as one that an earlier terminal left.
    pub fn folder(mut self, path: &Path) -> Self {
        path.clone_into(&mut self.current);
        self
    }

    /// Writes a file into the folder.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.current.join(name);
        create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Approves the scopes that the folder's `sheaf.ron` names now.
    #[track_caller]
    pub fn approved(self) -> Self {
        approve_scopes(&self.current, self.state.path());
        self
    }

    /// Starts `sheaf` with these arguments.
    pub fn start(self, arguments: &[&str]) -> Running {
        self.start_program(env!("CARGO_BIN_EXE_sheaf"), arguments)
    }

    /// Starts a shell that a person types commands into, which knows the program as `$SHEAF`.
    pub fn start_shell(self) -> Running {
        let shell = self.env("SHEAF", env!("CARGO_BIN_EXE_sheaf")).env("PS1", "$ ");
        shell.start_program("sh", &["-i"])
    }

    fn start_program(self, program: &str, arguments: &[&str]) -> Running {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(self.rows, self.columns)).unwrap();
        let child = Command::new(program)
            .args(arguments)
            .current_dir(&self.current)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("XDG_STATE_HOME", self.state.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .envs(self.variables)
            .spawn(pts)
            .unwrap();
        let pty = Arc::new(pty);
        let seen = Arc::new(Mutex::new(Seen {
            parser: Parser::new_with_callbacks(
                size(self.rows),
                size(self.columns),
                SCROLLBACK,
                Queries::default(),
            ),
            bytes: Vec::new(),
            ended: false,
        }));
        let (from, to) = (Arc::clone(&pty), Arc::clone(&seen));
        let is_silent = self.is_silent;
        thread::spawn(move || watch(&from, &to, is_silent));
        Running {
            pty,
            seen,
            child,
            current: self.current,
            state: self.state,
            _folder: self.folder,
        }
    }
}

/// A terminal with the program in it.
pub struct Running {
    pty: Arc<Pty>,
    seen: Arc<Mutex<Seen>>,
    child: Child,
    current: PathBuf,
    state: TempDir,
    _folder: TempDir,
}

impl Running {
    /// Presses keys.
    pub fn send(&mut self, keys: &str) -> &mut Self {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Sends bytes that may be no text.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        (&*self.pty).write_all(bytes).unwrap();
        self
    }

    /// Pastes text, as a terminal does that brackets what is pasted.
    pub fn paste(&mut self, text: &str) -> &mut Self {
        let text = text.replace('\n', "\r");
        self.send(&format!("\x1b[200~{text}\x1b[201~"))
    }

    /// Waits until a text is on the screen or has scrolled off it; blanks at the end of a line do not count.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> &mut Self {
        self.wait(&format!("{text:?}"), |terminal| {
            terminal.everything().contains(text.trim_end())
        })
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    pub fn wait_until(&mut self, wanted: impl Fn(&str) -> bool) -> &mut Self {
        self.wait("the screen that was wanted", |terminal| {
            wanted(&terminal.screen())
        })
    }

    /// Waits until what was written from a byte of the [history](Self::history) on is as wanted.
    #[track_caller]
    pub fn wait_until_written(&mut self, from: usize, wanted: impl Fn(&str) -> bool) -> &mut Self {
        self.wait("what was to be written", |terminal| {
            terminal.history().get(from..).is_some_and(&wanted)
        })
    }

    /// Waits until the cursor is in a column, from 0.
    #[track_caller]
    pub fn wait_until_cursor(&mut self, column: u16) -> &mut Self {
        self.wait(&format!("the cursor in column {column}"), |terminal| {
            terminal.cursor().1 == column
        })
    }

    #[track_caller]
    fn wait(&mut self, what: &str, done: impl Fn(&Self) -> bool) -> &mut Self {
        let started = Instant::now();
        loop {
            // Looked at first: what the program wrote before it ended is then in what is judged.
            let ended = self.seen().ended;
            if done(self) {
                return self;
            }
            let why = if ended { "the program ended" } else { "it is late" };
            assert!(
                !ended && started.elapsed() < PATIENCE,
                "{why}, and the terminal does not show {what}:\n{}",
                self.everything()
            );
            thread::sleep(GLANCE);
        }
    }

    /// Returns the screen: its lines without blanks at their ends, and without blank lines at its end.
    pub fn screen(&self) -> String {
        trimmed(visible(self.seen().parser.screen()))
    }

    /// Returns the lines that have scrolled away and then those of the screen.
    pub fn everything(&self) -> String {
        let mut seen = self.seen();
        let screen = seen.parser.screen_mut();
        let height = usize::from(screen.size().0.get());
        let mut above = screen.scrollback_len();
        let mut lines = Vec::new();
        while above > 0 {
            screen.set_scrollback(above);
            let step = above.min(height);
            lines.extend(visible(screen).into_iter().take(step));
            above -= step;
        }
        screen.set_scrollback(0);
        lines.extend(visible(screen));
        trimmed(lines)
    }

    /// Returns whether the program shows a screen of its own instead of the lines before it.
    pub fn has_own_screen(&self) -> bool {
        self.seen().parser.screen().alternate_screen()
    }

    /// Returns everything that the program has written so far, with its escape sequences.
    pub fn history(&self) -> String {
        String::from_utf8_lossy(&self.seen().bytes).into_owned()
    }

    /// Returns row and column of the cursor, from 0.
    pub fn cursor(&self) -> (u16, u16) {
        self.seen().parser.screen().cursor_position()
    }

    /// Changes the size of the window.
    pub fn resize(&mut self, rows: u16, columns: u16) -> &mut Self {
        self.seen().parser.set_size(size(rows), size(columns));
        self.pty.resize(Size::new(rows, columns)).unwrap();
        self
    }

    /// Returns the identity of the program's process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the person's own folder, `XDG_STATE_HOME`.
    pub fn state(&self) -> &Path {
        self.state.path()
    }

    /// Returns the folder that the program runs in.
    pub fn path(&self) -> &Path {
        &self.current
    }

    /// Ends the program as `kill -9` does, and returns the folder that it leaves.
    pub fn kill(&mut self) -> &mut Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self
    }

    /// Waits until the program has ended, and its last output is on the screen, and returns its exit code.
    #[track_caller]
    pub fn wait_exit(&mut self) -> i32 {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                while !self.seen().ended && started.elapsed() < PATIENCE {
                    thread::sleep(GLANCE);
                }
                return status.code().unwrap_or(-1);
            }
            thread::sleep(GLANCE);
        }
        panic!("the program does not end:\n{}", self.everything());
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed leaves no program behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the program has written, and what it looks like.
struct Seen {
    parser: Parser<Queries>,
    bytes: Vec<u8>,
    ended: bool,
}

/// The answers to what the program asked the terminal.
#[derive(Default)]
struct Queries {
    answers: Vec<u8>,
}

impl Callbacks for Queries {
    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        first: Option<u8>,
        _: Option<u8>,
        parameters: &[&[u16]],
        last: char,
    ) {
        // "Device status report", 6: where is the cursor?
        if last == 'n' && first.is_none() && parameters == [[6]] {
            let (row, column) = screen.cursor_position();
            self.answers
                .extend(format!("\x1b[{};{}R", row + 1, column + 1).bytes());
        }
    }
}

/// Feeds what the program writes to the screen until it has ended.
fn watch(mut pty: &Pty, seen: &Mutex<Seen>, is_silent: bool) {
    let mut buffer = [0; 4096];
    loop {
        // Reading fails once no process holds the other end.
        let read = pty.read(&mut buffer).unwrap_or(0);
        let mut seen = seen.lock().unwrap();
        if read == 0 {
            seen.ended = true;
            return;
        }
        seen.bytes.extend(&buffer[..read]);
        seen.parser.process(&buffer[..read]);
        let answers = std::mem::take(&mut seen.parser.callbacks_mut().answers);
        drop(seen);
        if !is_silent {
            let _ = pty.write_all(&answers);
        }
    }
}

fn size(length: u16) -> NonZeroU16 {
    NonZeroU16::new(length).expect("a terminal has rows and columns")
}

fn visible(screen: &Screen) -> Vec<String> {
    let columns = screen.size().1.get();
    screen
        .rows(0, columns)
        .map(|row| row.trim_end().to_owned())
        .collect()
}

fn trimmed(lines: Vec<String>) -> String {
    lines.join("\n").trim_end().to_owned()
}

#[test]
fn the_prompt_runs_a_cell_and_ends_with_its_input() {
    let mut terminal = Terminal::new().size(10, 60).start(&[]);
    terminal.wait_for("[1]");
    terminal.send("1 + 1").send(ENTER).wait_for("[2]");
    assert!(
        terminal.screen().lines().any(|line| line.trim() == "2"),
        "{}",
        terminal.screen()
    );
    terminal.resize(10, 40).send(CTRL_D).wait_for("not saved: 1 cell");
    terminal.wait_until(|screen| screen.ends_with(']'));
    terminal.send(CTRL_D);
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn what_scrolled_away_is_still_found() {
    let mut terminal = Terminal::new().size(5, 40).start(&[]);
    terminal.wait_for("[1]");
    terminal
        .send("for i in range(100): print(\"line\", i)\r\r")
        .wait_for("line 99")
        .wait_for("line 0\nline 1\nline 2");
    assert!(terminal.history().contains("line 50\r\n"));
    terminal.kill();
    assert_eq!(terminal.wait_exit(), -1);
}
