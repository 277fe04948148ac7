//! `sheaf present`: a show with keys in a real terminal, and one that goes on by itself.

use sheaf::notebook::Notebook;

use crate::docs::without_slow;
use crate::terminal::{BACKSPACE, CTRL_C, CTRL_D, ENTER, ESCAPE, LEFT, RIGHT, Running, Terminal};
use crate::transcript::Transcript;

const SHOW: &str = "\
# %% [markdown]
# # A show
# in *five* steps:
# - one
# - two
# %% Load
x = 20 + 1
x
# %% Double
y = x * 2
print(\"y is\", y)
# %% Fails
missing + 1
# %% Last
print(\"x and y:\", x, y)
";

fn present(rows: u16, columns: u16) -> Running {
    let terminal = Terminal::new().size(rows, columns).file("show.py", SHOW);
    terminal.start(&["present", "show.py"])
}

/// Waits until the line at the bottom says this.
#[track_caller]
fn at(terminal: &mut Running, place: &str) {
    let wanted = |screen: &str| screen.lines().last().is_some_and(|line| line.contains(place));
    terminal.wait_until(wanted);
}

/// Goes to a cell by its number.
#[track_caller]
fn go(terminal: &mut Running, number: &str) {
    terminal.send("g");
    at(terminal, "go to cell");
    terminal.send(number).send(ENTER);
}

/// Returns the lines of the screen that a cell, a message or a key has left.
fn shown(terminal: &Running) -> String {
    let screen = terminal.everything();
    let (shown, footer) = screen.rsplit_once('\n').unwrap();
    assert!(footer.starts_with("── "), "{screen}");
    assert!(!shown.contains("Enter: "), "{screen}");
    without_slow(shown)
}

#[test]
fn steps_through_a_notebook_from_start_to_end() {
    let mut terminal = present(60, 80);
    at(&mut terminal, "── 1/5 · A show ──");
    terminal.send(ENTER);
    at(&mut terminal, "── 2/5 · Load ──");
    terminal.send(ENTER);
    at(&mut terminal, "── 3/5 · Double ──");
    terminal.send(" ");
    at(&mut terminal, "── 4/5 · Fails ──");
    terminal.send(RIGHT);
    at(&mut terminal, "── 5/5 · Last ──");
    insta::assert_snapshot!(shown(&terminal), @r#"
    A show

    in five steps:

    • one
    • two

    [2] Load
    x = 20 + 1
    x
    21

    [3] Double
    y = x * 2
    print("y is", y)
    y is 42

    [4] Fails
    missing + 1
    error: there is no `missing`
      --> show.py:13:1 (cell 4 "Fails", line 1, column 1)
       |
    13 | missing + 1
       | ^^^^^^^
    hint: bind it in a cell above, or check the spelling

    [5] Last
    print("x and y:", x, y)
    "#);
    terminal.send(ENTER);
    at(&mut terminal, "── end ──");
    terminal.send(ENTER);
    assert_eq!(terminal.wait_exit(), 0);
    let end = terminal.screen();
    assert!(end.ends_with("x and y: 21 42\n\n5 cells run, 1 failed"), "{end}");
}

#[test]
fn goes_back_again_by_number_and_by_title() {
    let mut terminal = present(60, 80);
    at(&mut terminal, "── 1/5");
    go(&mut terminal, "5");
    at(&mut terminal, "── 5/5 · Last");
    insta::assert_snapshot!(shown(&terminal), @r#"
    A show

    in five steps:

    • one
    • two

    [2] Load
    [3] Double
    [4] Fails
    error: there is no `missing`
      --> show.py:13:1 (cell 4 "Fails", line 1, column 1)
       |
    13 | missing + 1
       | ^^^^^^^
    hint: bind it in a cell above, or check the spelling

    [5] Last
    print("x and y:", x, y)
    "#);
    terminal.send("b");
    at(&mut terminal, "── 4/5 · Fails");
    terminal.send(LEFT);
    at(&mut terminal, "── 3/5 · Double");
    terminal.send("/");
    at(&mut terminal, "/");
    terminal.send("LOA");
    at(&mut terminal, "/LOA  → 2 Load");
    terminal.send(ENTER);
    at(&mut terminal, "── 2/5 · Load");
    terminal.send(ENTER);
    at(&mut terminal, "── 3/5 · Double");
    terminal.send("r").wait_for("[2] Load\n21");
    terminal
        .send("/lsat")
        .send(ENTER)
        .wait_for("did you mean `Last`?");
    terminal.send("g9").send(BACKSPACE).send("7").send(ENTER);
    terminal.wait_for("error: there is no cell 7: the notebook has 5\nhint: give a number from 1 to 5");
    at(&mut terminal, "── 3/5 · Double");
    terminal.send("g");
    at(&mut terminal, "go to cell");
    terminal.send("1").send(ESCAPE);
    at(&mut terminal, "── 3/5 · Double");
    terminal
        .send("l")
        .wait_for("  2 ✓ Load\n▶ 3 ✓ Double\n  4 ✗ Fails\n  5   Last");
    terminal.send("?").wait_for("/          go to a cell by title");
    terminal.send("q");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.wait_for("left at cell 3 of 5: 4 cells run, 1 failed");
}

#[test]
fn a_side_prompt_sees_what_was_shown_and_leaves_no_trace() {
    let mut terminal = present(40, 80);
    at(&mut terminal, "── 1/5");
    go(&mut terminal, "3");
    at(&mut terminal, "── 3/5 · Double");
    terminal
        .send("p")
        .wait_for("%quit or Ctrl-D returns to the presentation; nothing typed here is kept")
        .wait_for("\n[3]");
    terminal.send("x + 100").send(ENTER).wait_for("\n121");
    terminal.send("x = 0").send(ENTER);
    terminal
        .send("print(\"now\", x)")
        .send(ENTER)
        .wait_for("\nnow 0")
        .wait_for("\n[6]");
    terminal.send(CTRL_D);
    at(&mut terminal, "── 3/5 · Double");
    terminal.send(ENTER).wait_for("\ny is 42");
    terminal.send(CTRL_D);
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_narrow_window_is_enough_and_may_change_its_size() {
    let mut terminal = present(24, 40);
    at(&mut terminal, "── 1/5 · A show ──── Enter: next · ? ──");
    terminal.send("?").wait_for("run, and go to the next");
    at(&mut terminal, "── 1/5");
    terminal.send("l").wait_for("▶ 1 ✓ A show");
    at(&mut terminal, "── 1/5");
    terminal.send(ENTER);
    at(&mut terminal, "── 2/5 · Load ─────── Enter: run · ? ──");
    assert!(
        terminal
            .everything()
            .lines()
            .all(|line| line.chars().count() < 40)
    );
    terminal.resize(24, 60);
    at(&mut terminal, "Enter: run · b: back · ?: keys ──");
    terminal.send(CTRL_C);
    assert_eq!(terminal.wait_exit(), 130);
    terminal.wait_for("left at cell 2 of 5: 1 cell run");
}

#[test]
fn what_is_not_there_is_answered_below_a_cell_as_long_as_the_screen() {
    let lines: Vec<String> = (0..30).map(|line| format!("name_{line} = {line}")).collect();
    let show = format!("# %% Long\n{}\n# %% After\nname_0", lines.join("\n"));
    let mut terminal = Terminal::new()
        .file("show.py", show)
        .start(&["present", "show.py"]);
    at(&mut terminal, "── 1/2 · Long");
    go(&mut terminal, "99");
    let answered = |answer: &'static str| {
        move |screen: &str| {
            screen.contains(answer) && screen.lines().last().is_some_and(|line| line.contains("── 1/2"))
        }
    };
    terminal.wait_until(answered("error: there is no cell 99: the notebook has 2"));
    terminal.send("/zzz").send(ENTER);
    terminal.wait_until(answered("error: there is no cell titled `zzz`"));
    terminal.send("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_window_of_another_width_is_drawn_again_as_wide_as_it_is() {
    let show =
        "# %% Table\nframe({\"name\": [\"a\" * 30], \"other\": [\"b\" * 30]})\n# %% Next\n1 + 1\n# %% End\n2";
    let mut terminal = Terminal::new()
        .file("show.py", show)
        .start(&["present", "show.py"]);
    at(&mut terminal, "── 1/3 · Table");
    terminal.send(ENTER);
    at(&mut terminal, "── 2/3 · Next ───");
    terminal.resize(24, 50);
    at(&mut terminal, "── 2/3 · Next ─");
    terminal.wait_until(|screen| {
        let is_narrow = screen.lines().all(|line| line.chars().count() < 50);
        is_narrow && screen.matches("── 2/3").count() == 1 && screen.contains("shape: (1, 2)")
    });
    insta::assert_snapshot!(terminal.screen());
}

#[test]
fn ctrl_c_stops_a_cell_and_not_the_show() {
    let mut terminal = Terminal::new()
        .file(
            "show.py",
            "# %% Endless\nprint(\"it\", \"runs\")\nfor i in range(100000000): pass\n# %% After\nprint(\"still here\")",
        )
        .start(&["present", "show.py"]);
    at(&mut terminal, "── 1/2 · Endless");
    terminal.send(ENTER).wait_for("\nit runs");
    terminal.send(CTRL_C).wait_for("\nerror: interrupted");
    at(&mut terminal, "── 2/2 · After");
    terminal.send(ENTER).wait_for("\nstill here");
    terminal.send("q");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.wait_for("2 cells run, 1 failed");
}

#[test]
fn typed_code_is_finished_by_a_key() {
    let lines: Vec<String> = (0..30).map(|line| format!("name_{line} = {line}")).collect();
    let code = lines.join("\n");
    let mut terminal = Terminal::new()
        .size(60, 80)
        .file("show.py", format!("# %% Long\n{code}"))
        .start(&["present", "show.py", "--type"]);
    terminal.wait_for("name_0 = 0");
    terminal.send(" ").wait_for("name_29 = 29");
    at(&mut terminal, "── 1/1 · Long ──");
    terminal.send(ENTER);
    at(&mut terminal, "── end ──");
}

#[test]
fn an_unattended_show_needs_no_terminal() {
    let show = Transcript::new()
        .file("show.py", SHOW)
        .sheaf(["present", "show.py", "--auto", "0"])
        .output();
    assert_eq!(show.status.code(), Some(1));
    insta::assert_snapshot!(without_slow(&String::from_utf8(show.stdout).unwrap()), @r#"
    # A show

    in five steps:

    • one
    • two

    [2] Load
    x = 20 + 1
    x
    21

    [3] Double
    y = x * 2
    print("y is", y)
    y is 42

    [4] Fails
    missing + 1

    [5] Last
    print("x and y:", x, y)
    x and y: 21 42

    5 cells run, 1 failed
    "#);
    insta::assert_snapshot!(String::from_utf8(show.stderr).unwrap(), @r#"
    error: there is no `missing`
      --> show.py:13:1 (cell 4 "Fails", line 1, column 1)
       |
    13 | missing + 1
       | ^^^^^^^
    hint: bind it in a cell above, or check the spelling
    "#);
    let widget =
        "dbutils.widgets.text(\"name\", \"nobody\")\nprint(\"Hello\", dbutils.widgets.get(\"name\"))\n";
    let greeting = Transcript::new()
        .file("widget.py", widget)
        .sheaf(["present", "widget.py", "--auto", "0", "-p", "name=class"])
        .output();
    assert_eq!(greeting.status.code(), Some(0));
    let printed = String::from_utf8(greeting.stdout).unwrap();
    assert!(printed.contains("\nHello class\n"), "{printed}");
}

#[test]
fn a_show_with_keys_needs_a_terminal() {
    Transcript::new()
        .file("show.py", SHOW)
        .sheaf(["present", "show.py"])
        .stderr(
            "error: presenting needs a terminal\n\
             hint: without a terminal, use `--auto SECONDS`, or run the notebook with `sheaf run`\n",
        )
        .exits(2)
        .sheaf(["present", "show.py", "--auto", "-1"])
        .stderr(
            "error: invalid value '-1' for '--auto <SECONDS>': expected a number of seconds, such as 2.5\n\n\
             For more information, try '--help'.\n",
        )
        .exits(2);
}

#[test]
fn an_unattended_show_in_a_terminal_ends_with_ctrl_c() {
    let mut terminal = Terminal::new()
        .file("show.py", SHOW)
        .start(&["present", "show.py", "--auto", "600"]);
    at(&mut terminal, "── 1/5 · A show ──");
    terminal.send(CTRL_C);
    assert_eq!(terminal.wait_exit(), 130);
}

#[test]
fn the_tour_is_presented_from_start_to_end() {
    let mut terminal = Terminal::new().start(&["present", "sessions/tour.py"]);
    let notebook = Notebook::read(&terminal.path().join("sessions/tour.py")).unwrap();
    let count = notebook.cells().len();
    for number in 1..=count {
        at(&mut terminal, &format!("── {number}/{count} ·"));
        terminal.send(ENTER);
    }
    at(&mut terminal, "── end ──");
    terminal.send(ENTER);
    assert_eq!(terminal.wait_exit(), 0);
    terminal.wait_for(&format!("\n{count} cells run"));
    let shown = terminal.everything();
    assert!(!shown.contains("Enter: "), "{shown}");
}

#[test]
fn a_show_shares_the_cache_with_runs() {
    let notebook = "# %%\nx = 20 + 1\n# %%\nprint(x)\n";
    for (flags, expected) in [(&[][..], 2), (&["--no-cache"][..], 0)] {
        let transcript = Transcript::new()
            .file("sheaf.ron", "()")
            .file("n.py", notebook)
            .sheaf([]);
        let shown = transcript.run(&[&["present", "n.py", "--auto", "0"], flags].concat());
        assert!(shown.status.success());
        let ran = transcript.run(&["run", "n.py"]);
        let text = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(text.matches("(cached)").count(), expected, "{flags:?}: {text}");
    }
}
