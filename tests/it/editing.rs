//! The prompt in a real terminal: typing, pasting, completing, stopping, restoring.

use std::fs;

use crate::terminal::{
    ALT_ENTER, BACKSPACE, CTRL_C, CTRL_D, CTRL_E, CTRL_O, CTRL_R, CTRL_RIGHT, ENTER, Running, TAB, Terminal,
    UP,
};

/// Starts a prompt and waits until it is ready.
fn prompt(terminal: Terminal) -> Running {
    let mut running = terminal.start(&[]);
    running.wait_for("In [1]:");
    running
}

/// Types keys as a person does, who sees each before the next.
fn type_slowly(running: &mut Running, text: &str) {
    let mut typed = String::new();
    for key in text.chars() {
        running.send(&key.to_string());
        typed.push(key);
        let line = typed.trim_end().to_owned();
        running.wait_until(|screen| screen.contains(&line));
    }
}

#[test]
fn a_block_is_indented_goes_on_until_a_blank_line_and_leaves_with_ctrl_d() {
    let mut running = prompt(Terminal::new());
    type_slowly(&mut running, "def double(x):");
    running.send(ENTER).wait_until(|screen| screen.contains("...:"));
    running.wait_until(|screen| screen.lines().last().is_some_and(|line| line.trim() == "...:"));
    running.send("y = 2 * x").wait_for("   ...:     y = 2 * x");
    running
        .send(ENTER)
        .wait_until(|screen| screen.matches("...:").count() == 2);
    running.send("return y").wait_for("   ...:     return y");
    running
        .send(ENTER)
        .wait_until(|screen| screen.matches("...:").count() == 3);
    running.send(ENTER).wait_for("In [2]:");
    running.send("double(21)").wait_for("double(21)");
    running
        .send(ENTER)
        .wait_for("\n42\n")
        .wait_until(|screen| screen.ends_with("In [3]:"));
    // Unsaved cells are worth one question.
    running.send(CTRL_D).wait_for("not saved: 2 cells");
    running.send(CTRL_D);
    assert_eq!(running.wait_exit(), 0);
}

#[test]
fn an_open_bracket_and_alt_enter_go_on_and_a_query_ends_with_a_semicolon() {
    let mut running = prompt(Terminal::new());
    running.send("x = [1,").wait_for("x = [1,");
    running.send(ENTER).wait_for("...:");
    running.send("2]").wait_for("2]");
    running.send(ENTER).wait_for("In [2]:");
    running.send("y = 5").wait_for("y = 5");
    running
        .send(ALT_ENTER)
        .wait_until(|screen| screen.matches("...:").count() == 2);
    running.send("y + len(x)").wait_for("y + len(x)");
    running.send(ENTER).wait_for("\n7\n");
    running.send("%sql SELECT 1 + 1").wait_for("SELECT 1 + 1");
    running
        .send(ENTER)
        .wait_until(|screen| screen.matches("...:").count() == 3);
    running.send("AS two;").wait_for("AS two;");
    running.send(ENTER).wait_for("│ two │").wait_for("In [4]:");
}

#[test]
fn five_hundred_pasted_lines_are_one_cell_and_a_pasted_notebook_is_its_cells() {
    let mut running = prompt(Terminal::new());
    let lines: Vec<String> = (0..500).map(|number| format!("x{number} = {number}")).collect();
    running.paste(&lines.join("\n")).wait_for("x499 = 499");
    assert!(
        !running.everything().contains("In [2]"),
        "nothing runs before Enter"
    );
    running.send(ENTER).wait_for("In [2]:");
    running.send("x0 + x499").wait_for("x0 + x499");
    running.send(ENTER).wait_for("\n499\n");
    running.paste(
        "# Databricks notebook source\na = 20\n\n# COMMAND ----------\n\n# DBTITLE 1,Answer\na + 22\n",
    );
    running.wait_for("# DBTITLE");
    running
        .send(ENTER)
        .wait_for("[4] Answer\n42\n")
        .wait_for("In [5]:");
}

#[test]
fn ctrl_c_clears_what_is_typed_and_stops_what_runs() {
    let mut running = prompt(Terminal::new());
    running.send("kept = 1").wait_for("kept = 1");
    running.send(ENTER).wait_for("In [2]:");
    running.send("never run").wait_for("never run");
    running
        .send(CTRL_C)
        .wait_until(|screen| screen.matches("In [2]:").count() == 2);
    running
        .paste("for i in range(100000000):\n    for j in range(100000000):\n        k = j\n")
        .wait_for("k = j");
    running.send(ENTER).send(ENTER);
    // The loop is endless for all practical purposes: what comes is the answer to the key.
    std::thread::sleep(std::time::Duration::from_millis(800));
    running.send(CTRL_C).wait_for("error: interrupted");
    running
        .send("df = frame({\"x\": [i for i in range(3000)]})")
        .send(ENTER)
        .wait_for("In [3]:");
    // Long, but in little memory: the query goes on for a while after nobody wants it any more.
    running
        .send("long = \" + \".join([f\"sum(sqrt(abs(x * {i} + x_right)))\" for i in range(80)])")
        .send(ENTER)
        .wait_for("In [4]:");
    running
        .paste("df.join(df, how=\"cross\").select(long)")
        .wait_for("select(long)");
    running.send(ENTER);
    std::thread::sleep(std::time::Duration::from_millis(800));
    running
        .send(CTRL_C)
        .wait_until(|screen| screen.matches("error: interrupted").count() == 2);
    running.send("kept + df.height").wait_for("kept + df.height");
    running.send(ENTER).wait_for("\n3001\n");
}

#[test]
fn earlier_cells_come_back_by_key_by_search_and_as_grey_text() {
    let mut running = prompt(Terminal::new());
    running.send("first = 1").wait_for("first = 1");
    running.send(ENTER).wait_for("In [2]:");
    running.send("second = 2").wait_for("second = 2");
    running.send(ENTER).wait_for("In [3]:");
    let again = |text: &'static str| move |screen: &str| screen.ends_with(&format!("In [3]: {text}"));
    running.send(UP).wait_until(again("second = 2"));
    running.send(UP).wait_until(again("first = 1"));
    running
        .send(CTRL_C)
        .wait_until(|screen| screen.matches("In [3]:").count() == 2);
    running.send("fir").wait_until(again("first = 1"));
    // A word of the grey text, which the cursor is then behind, and the rest.
    let column = running.cursor().1;
    running.send(CTRL_RIGHT).wait_until_cursor(column + 2);
    running.send(CTRL_E).wait_until_cursor(column + 6);
    running.send(" + 4").wait_until(again("first = 1 + 4"));
    running.send(ENTER).wait_for("In [4]:");
    running
        .send(CTRL_R)
        .send("seco")
        .wait_until(|screen| screen.contains("second = 2"));
    running.send(ENTER).send(ENTER).wait_for("In [5]:");
    running.send("first * 10 + second").send(ENTER).wait_for("\n52\n");
    let folder = running.path().to_owned();
    running.send("%quit").send(ENTER).wait_for("not saved");
    running.send("%quit").send(ENTER);
    assert_eq!(running.wait_exit(), 0);
    // And in the next session of the workspace.
    let mut next = prompt(Terminal::new().folder(&folder));
    next.send("first =")
        .wait_until(|screen| screen.contains("In [1]: first = 1 + 4"));
}

#[test]
fn a_small_and_a_resized_window_show_what_is_typed() {
    let mut running = prompt(Terminal::new().size(12, 40));
    let long = "total = 1000 + 2000 + 3000 + 4000 + 5000 + 6000 + 7000";
    running.send(long).wait_until(|screen| {
        let text: String = screen.lines().collect();
        text.replace(' ', "").contains(&long.replace(' ', ""))
    });
    running.send(ENTER).wait_for("In [2]:");
    running
        .send("df = read_csv(\"/mnt/data/titanic.csv\")")
        .send(ENTER)
        .wait_for("In [3]:");
    running
        .send("df.head(2)")
        .send(ENTER)
        .wait_for("shape: (2, 12)")
        .wait_for("In [4]:");
    assert!(running.screen().lines().all(|line| line.chars().count() <= 40));
    running
        .resize(30, 100)
        .send("df.head(3)")
        .send(ENTER)
        .wait_for("shape: (3, 12)")
        .wait_for("In [5]:");
    assert!(running.screen().lines().any(|line| line.chars().count() > 60));
}

#[test]
fn a_killed_session_is_restored_with_its_values_and_what_was_being_typed() {
    let mut running = prompt(Terminal::new());
    running.send("a = 20").send(ENTER).wait_for("In [2]:");
    running.send("b = a + 1").send(ENTER).wait_for("In [3]:");
    running.send("half = b /").wait_for("half = b /");
    running.kill();
    let folder = running.path().to_owned();
    let mut next = Terminal::new().folder(&folder).start(&[]);
    next.wait_for("with 2 cells did not end properly. Restore it");
    next.send(ENTER).wait_for("In [3]: half = b /");
    next.send(" 3").send(ENTER).wait_for("In [4]:");
    next.send("half").send(ENTER).wait_for("\n7.0\n");
    next.send("%save sessions/restored.py")
        .send(ENTER)
        .wait_for("saved 4 cells")
        .wait_for("recorded the results")
        .wait_until(|screen| screen.ends_with("In [5]:"));
    next.send(CTRL_D);
    assert_eq!(next.wait_exit(), 0);
    let saved = fs::read_to_string(folder.join("sessions/restored.py")).unwrap();
    assert!(saved.contains("b = a + 1"), "{saved}");
    // What ended well is not offered again.
    let third = prompt(Terminal::new().folder(&folder));
    assert!(!third.everything().contains("Restore"));
}

#[test]
fn a_cell_is_edited_in_the_persons_own_editor() {
    let terminal = Terminal::new().file("editor.sh", "sed -i 's/20/30/' \"$1\"\n");
    let mut running = prompt(terminal.env("EDITOR", "sh editor.sh"));
    running.send("a = 20").send(ENTER).wait_for("In [2]:");
    running.send("b = a + 1").send(ENTER).wait_for("In [3]:");
    running.send("%edit 1").send(ENTER).wait_for("stale: cell 2");
    running.send("a").send(ENTER).wait_for("\n30\n");
    running.send("a + 200").wait_for("a + 200");
    running
        .send(CTRL_O)
        .wait_until(|screen| screen.contains("In [4]: a + 300"));
    running
        .send(BACKSPACE)
        .wait_until(|screen| screen.ends_with("In [4]: a + 30"));
}

#[test]
fn tab_completes_columns_methods_and_commands() {
    let mut running = prompt(Terminal::new().size(40, 100));
    running
        .send("titanic = read_csv(\"/mnt/data/titanic.csv\")")
        .send(ENTER)
        .wait_for("In [2]:");
    running
        .send("titanic.filt")
        .send(TAB)
        .wait_until(|screen| screen.contains("In [2]: titanic.filter"));
    running
        .send("(\"Emb")
        .send(TAB)
        .wait_until(|screen| screen.contains("titanic.filter(\"Embarked"));
    running
        .send(CTRL_C)
        .wait_until(|screen| screen.matches("In [2]:").count() == 2);
    running
        .send("%del")
        .send(TAB)
        .wait_until(|screen| screen.contains("In [2]: %delete"));
}
