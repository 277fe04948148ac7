//! `sheaf monitor` in a real terminal: the way to the failed cell, a rerun, runs of other processes, and the terminal afterwards.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::terminal::{CTRL_C, ENTER, ESCAPE, Running, Terminal};
use crate::transcript::Transcript;

/// What a terminal is told when the program gives it back: the cursor is seen, and the lines before it.
const GIVEN_BACK: &str = "\x1b[?25h\x1b[?1049l";

/// Runs the program beside the terminal, as another process of the same person.
fn beside(terminal: &Running, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sheaf"))
        .args(arguments)
        .current_dir(terminal.path())
        .env("XDG_STATE_HOME", terminal.state())
        .env("HOME", terminal.path())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn has_all(screen: &str, texts: &[&str]) -> bool {
    texts.iter().all(|text| screen.contains(text))
}

/// Returns the process that a shell has started.
fn child_of(shell: u32) -> Pid {
    let file = format!("/proc/{shell}/task/{shell}/children");
    let started = Instant::now();
    loop {
        let children = std::fs::read_to_string(&file).unwrap();
        let child = children.split_whitespace().next().and_then(|id| id.parse().ok());
        if let Some(child) = child.and_then(Pid::from_raw) {
            return child;
        }
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "the shell has no child"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_way_leads_from_a_run_to_the_failed_cell_and_to_a_rerun_of_it() {
    let mut terminal = Terminal::new().size(24, 100).start(&["monitor"]);
    terminal.wait_for("No runs yet");
    // A run of another process appears by itself.
    let ran = beside(&terminal, &["pipeline", "run", "teaching_failure", "--quiet"]);
    assert_eq!(ran.status.code(), Some(1));
    terminal.wait_until(|screen| has_all(screen, &["teaching_failure", "✕ Failed", "1 of 1"]));
    terminal.send(ENTER).wait_until(|screen| {
        has_all(
            screen,
            &[
                "draft",
                "error: explore failed: cell 4",
                "explore",
                "Notebook",
                "⤼ report",
                "Skipped",
                "█",
            ],
        )
    });
    terminal
        .send(ENTER)
        .wait_until(|screen| has_all(screen, &["Attempt 1 of 1", "no column \"Agee\"", "Input"]));
    terminal.send(ENTER).wait_until(|screen| {
        has_all(
            screen,
            &[
                "pipelines/failure.py",
                "[4] By age",
                "titanic.group_by(\"floor(Agee / 10)",
                "error: group_by: there is no column \"Agee\"",
                "(failed after",
                "did you mean \"Age\"?",
            ],
        )
    });
    let screen = terminal.screen();
    let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
    let place = lines
        .iter()
        .position(|line| line.contains("1 | titanic.group_by("));
    // The place is marked below the line.
    let marked = place
        .and_then(|place| lines.get(place + 1..place + 3))
        .unwrap_or_default();
    assert!(
        marked.iter().any(|line| line.trim_end().ends_with('^')),
        "{screen}"
    );
    // From its start to the failed cell.
    terminal
        .send("g")
        .wait_until(|screen| screen.contains("A notebook that fails"));
    terminal
        .send("n")
        .wait_until(|screen| screen.contains("[4] By age"));
    terminal
        .send(ESCAPE)
        .wait_until(|screen| screen.contains("Attempt 1 of 1"));
    terminal.send("q").wait_until(|screen| screen.contains("draft"));
    terminal
        .send("r")
        .wait_until(|screen| screen.contains("from failed"));
    terminal.send("f");
    terminal.wait_until(|screen| has_all(screen, &["repeats 20", "by a rerun", "✕ Failed"]));
    terminal
        .send("qq")
        .wait_until(|screen| has_all(screen, &["2 of 2", "a rerun", "a person"]));
    terminal.resize(12, 40).wait_until(|screen| {
        has_all(screen, &["teaching_", "2 of 2", "? keys"])
            && screen.lines().all(|line| line.chars().count() <= 40)
    });
    terminal
        .resize(30, 160)
        .wait_until(|screen| screen.contains("Error"));
    assert!(terminal.has_own_screen());
    terminal.send("q");
    assert_eq!(terminal.wait_exit(), 0);
    assert!(!terminal.has_own_screen());
    assert!(
        terminal.history().ends_with(GIVEN_BACK),
        "{:?}",
        terminal.history()
    );
    let listed = beside(&terminal, &["runs", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[0]["rerun_of"], listed[1]["id"]);
}

#[test]
fn the_terminal_is_as_it_was_however_the_monitor_ends() {
    let mut shell = Terminal::new().size(12, 80).start_shell();
    shell.wait_for("$");
    let ends: [(&str, Option<Signal>, i32); 6] = [
        ("q", None, 0),
        (CTRL_C, None, 130),
        ("", Some(Signal::TERM), 130),
        ("", Some(Signal::HUP), 130),
        ("", Some(Signal::INT), 130),
        ("", Some(Signal::QUIT), 130),
    ];
    for (number, (keys, signal, code)) in ends.into_iter().enumerate() {
        shell
            .send("\"$SHEAF\" monitor\r")
            .wait_until(|screen| screen.contains("No runs yet"));
        assert!(shell.has_own_screen());
        match signal {
            Some(signal) => kill_process(child_of(shell.id()), signal).unwrap(),
            None => {
                shell.send(keys);
            }
        }
        let asked = format!(
            "echo \"end {number}: $?\"; stty -a | tr ' ' '\\n' | grep -E '^-?(echo|icanon|isig);?$' | xargs\r"
        );
        shell.wait_until(|screen| !screen.contains("No runs yet"));
        shell.send(&asked);
        shell.wait_until(|screen| has_all(screen, &[&format!("end {number}: {code}"), "isig icanon echo"]));
        assert!(!shell.has_own_screen());
        shell
            .send("clear\r")
            .wait_until(|screen| !screen.contains("end "));
    }
}

#[test]
fn it_can_be_suspended_and_brought_back() {
    let mut shell = Terminal::new().size(12, 80).start_shell();
    shell.wait_for("$");
    shell
        .send("\"$SHEAF\" monitor\r")
        .wait_until(|screen| screen.contains("No runs yet"));
    shell
        .send("\x1a")
        .wait_until(|screen| !screen.contains("No runs yet"));
    // The shell has the keys, and shows what is typed.
    shell
        .send("echo $((6 * 7))\r")
        .wait_until(|screen| has_all(screen, &["echo $((6 * 7))", "42"]));
    assert!(!shell.has_own_screen());
    shell
        .send("fg\r")
        .wait_until(|screen| screen.contains("No runs yet"));
    shell
        .send("\x0c")
        .wait_until(|screen| screen.contains("No runs yet"));
    shell
        .send("?")
        .wait_until(|screen| screen.contains("Keys in the list of runs"));
    shell
        .send("qq")
        .wait_until(|screen| !screen.contains("No runs yet"));
    shell.send("echo \"end $?\"\r").wait_for("end 0");
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    Transcript::new()
        .workspace()
        .sheaf(["monitor"])
        .fails(2, "error: `sheaf monitor` needs a terminal");
    let mut dumb = Terminal::new().env("TERM", "dumb").start(&["monitor"]);
    dumb.wait_for("`sheaf runs` lists the runs");
    assert_eq!(dumb.wait_exit(), 2);
}

#[test]
fn its_words_are_those_of_the_list_of_runs() {
    let mut terminal = Terminal::new().start(&[
        "monitor",
        "--status",
        "failed",
        "--pipeline",
        "nightly",
        "--since",
        "7d",
    ]);
    terminal.wait_until(|screen| has_all(screen, &["No runs like that", "Failed › of nightly › since 20"]));
    terminal.send("q");
    assert_eq!(terminal.wait_exit(), 0);
    for arguments in [["--status", "Lost"], ["--since", "tomorrow"]] {
        let mut terminal = Terminal::new().start(&["monitor", arguments[0], arguments[1]]);
        assert_ne!(terminal.wait_exit(), 0);
        assert!(!terminal.history().contains("\x1b[?1049h"));
    }
}
