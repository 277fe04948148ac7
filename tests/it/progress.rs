//! The line that says how far a long cell is, on a real terminal: it comes, makes way, and leaves no trace.

#![cfg(unix)]

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, open};

use crate::docs::without_times;
use crate::transcript::Transcript;

const NOTEBOOK: &str = "\
# %% Slow
%sh
sleep 1
echo half
sleep 1
echo done
# %% Failing
%sh sleep 0.8; exit 3
";

/// What a terminal showed.
struct Shown {
    /// Every different screen on the way, its lines joined.
    screens: Vec<String>,
    /// The screen at the end.
    last: String,
    code: Option<i32>,
}

impl Shown {
    fn at_some_time(&self, text: &str) -> bool {
        self.screens.iter().any(|screen| screen.contains(text))
    }
}

/// Runs `sheaf run a.py` on a terminal of so many columns, and presses Ctrl-C after a while where one is given.
fn on_a_terminal(columns: u16, variables: &[(&str, &str)], press: Option<Duration>) -> Shown {
    let folder = Transcript::new().file("a.py", NOTEBOOK);
    let (mut pty, pts) = open().unwrap();
    pty.resize(Size::new(30, columns)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_sheaf"))
        .args(["run", "a.py", "--allow-shell"])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm-256color")
        .envs(variables.iter().copied())
        .spawn(pts)
        .unwrap();
    let started = Instant::now();
    let mut press = press;
    let mut screen = vt100::Parser::new(30.try_into().unwrap(), columns.try_into().unwrap(), 0);
    let mut screens = Vec::new();
    let mut bytes = [0; 4096];
    // Reading fails when the other side is closed.
    while let Ok(count @ 1..) = pty.read(&mut bytes) {
        screen.process(&bytes[..count]);
        screens.push(screen.screen().contents());
        if press.is_some_and(|after| started.elapsed() > after) {
            press = None;
            pty.write_all(b"\x03").unwrap();
        }
    }
    screens.dedup();
    Shown {
        last: without_times(&screen.screen().contents()),
        screens,
        code: child.wait().unwrap().code(),
    }
}

#[test]
fn the_line_comes_and_goes_around_what_the_cell_shows() {
    let shown = on_a_terminal(80, &[], None);
    assert!(shown.at_some_time(" shell  "), "{:?}", shown.screens);
    assert!(shown.screens.iter().any(|screen| {
        let mut lines = screen.lines();
        lines.any(|line| line == "half") && lines.any(|line| line.contains(" shell  "))
    }));
    insta::assert_snapshot!(shown.last, @r#"
    [1] Slow
    half
    done
    ([time])

    [2] Failing
    error: the shell ended with exit code 3
     --> a.py:8:5 (cell 2 "Failing", line 1, column 1)
      |
    8 | sleep 0.8; exit 3
      | ^^^^^^^^^^^^^^^^^
    hint: its output is above; if failing is fine, write: command || true
    ([time])

    a.py, [date]: failed in cell 2 after [time]
    "#);
    assert_eq!(shown.code, Some(1));
}

#[test]
fn an_interrupted_cell_takes_the_line_with_it_however_narrow_the_terminal() {
    for columns in [80, 24] {
        let shown = on_a_terminal(columns, &[], Some(Duration::from_millis(700)));
        assert!(shown.at_some_time(" shell"), "{:?}", shown.screens);
        assert!(
            !shown.last.contains(" shell") && shown.last.contains("error: interrupted"),
            "{}",
            shown.last
        );
        assert_eq!(shown.code, Some(130));
    }
}

#[test]
fn a_plain_terminal_gets_none() {
    for variable in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let shown = on_a_terminal(80, &[variable], None);
        assert!(
            !shown.at_some_time(" shell  "),
            "{variable:?}: {:?}",
            shown.screens
        );
    }
}
