//! The prompt in a real terminal: typing, pasting, completing, stopping, restoring.

use std::fs;

use crate::terminal::{
    ALT_ENTER, BACK_TAB, BACKSPACE, CTRL_C, CTRL_D, CTRL_E, CTRL_O, CTRL_R, CTRL_RIGHT, DOWN, ENTER, ESCAPE,
    LEFT, Running, TAB, Terminal, UP,
};

/// Starts a prompt and waits until it is ready.
fn prompt(terminal: Terminal) -> Running {
    let mut running = terminal.start(&[]);
    running.wait_for("[1]");
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
    pause();
}

/// Waits as long as a person does between two keys.
fn pause() {
    std::thread::sleep(std::time::Duration::from_millis(80));
}

/// Waits until the screen ends with this, blanks at the ends of lines apart, and a little longer.
#[track_caller]
fn ends_with(running: &mut Running, text: &str) {
    let wanted = text.to_owned();
    running.wait_until(|screen| screen.ends_with(&wanted));
    pause();
}

#[test]
fn a_block_is_indented_goes_on_until_a_blank_line_and_leaves_with_ctrl_d() {
    let mut running = prompt(Terminal::new());
    type_slowly(&mut running, "def double(x):");
    running.send(ENTER).wait_until_cursor(4);
    type_slowly(&mut running, "y = 2 * x");
    ends_with(&mut running, "[1]\ndef double(x):\n    y = 2 * x");
    running.send(ENTER).wait_until_cursor(4);
    type_slowly(&mut running, "return y");
    running.send(ENTER).wait_until_cursor(0);
    // What ends the cell is said.
    ends_with(
        &mut running,
        "[1]\ndef double(x):\n    y = 2 * x\n    return y\nEnter runs the cell",
    );
    running.send(ENTER).wait_for("[2]");
    running.send("double(21)").wait_for("double(21)");
    running.send(ENTER);
    ends_with(&mut running, "    return y\n\n[2]\ndouble(21)\n42\n[3]");
    // Unsaved cells are worth one question.
    running.send(CTRL_D).wait_for("not saved: 2 cells");
    // Before the prompt is there, the terminal would take the key for itself.
    running.wait_until(|screen| screen.ends_with("saving\n[3]"));
    running.send(CTRL_D);
    assert_eq!(running.wait_exit(), 0);
}

#[test]
fn an_open_bracket_and_alt_enter_go_on_with_their_indentation() {
    let mut running = prompt(Terminal::new());
    running.send("x = [1,").wait_for("x = [1,");
    running.send(ENTER).wait_until_cursor(0);
    running.send("2]").wait_for("2]");
    running.send(ENTER).wait_for("[2]");
    type_slowly(&mut running, "if len(x) == 2:");
    running.send(ENTER).wait_until_cursor(4);
    type_slowly(&mut running, "y = 5");
    running.send(ALT_ENTER).wait_until_cursor(4);
    running.send(BACKSPACE).wait_until_cursor(0);
    running.send(TAB).wait_until_cursor(4);
    running.send(BACK_TAB).wait_until_cursor(0);
    running.send("y + len(x)").wait_for("y + len(x)");
    ends_with(&mut running, "[2]\nif len(x) == 2:\n    y = 5\ny + len(x)");
    running.send(ENTER).wait_for("\n7\n");
}

#[test]
fn a_query_of_one_line_runs_when_it_is_complete_and_the_prompt_says_what_ends_another() {
    let mut running = prompt(Terminal::new());
    running
        .send("ports = frame({\"a\": [1]})")
        .send(ENTER)
        .wait_for("[2]");
    running
        .send("%sql SELECT a + 1 AS two FROM ports")
        .wait_for("FROM ports");
    running.send(ENTER).wait_for("│ two │").wait_for("[3]");
    type_slowly(&mut running, "%sql SELECT 1 + 1");
    running.send(ENTER);
    ends_with(&mut running, "[3]\n%sql SELECT 1 + 1\nEnter runs the cell");
    running.send("AS three;").wait_for("AS three;");
    running.send(ENTER).wait_for("│ three │").wait_for("[4]");
}

#[test]
fn five_hundred_pasted_lines_are_one_cell_and_a_pasted_notebook_is_its_cells() {
    let mut running = prompt(Terminal::new());
    let lines: Vec<String> = (0..500).map(|number| format!("x{number} = {number}")).collect();
    running.paste(&lines.join("\n")).wait_for("x499 = 499");
    // It is taller than the terminal.
    assert_eq!(
        running.screen(),
        "Sheaf 0.1.0. Type %help for help, %quit to leave.\n[1]\nx0 = 0\nx1 = 1\nx2 = 2\nx3 = 3\nx4 = 4\n# … 490 more lines: any key but Enter opens it in vi\n\
         x495 = 495\nx496 = 496\nx497 = 497\nx498 = 498\nx499 = 499"
    );
    running.send(ENTER).wait_for("[2]");
    running.send("x0 + x499 + x250").wait_for("x250");
    running.send(ENTER).wait_for("\n749\n");
    running.paste(
        "# Databricks notebook source\na = 20\n\n# COMMAND ----------\n\n# DBTITLE 1,Answer\na + 22\n",
    );
    running.wait_for("# DBTITLE");
    running.send(ENTER).wait_for("[4] Answer\n42\n").wait_for("[5]");
}

#[test]
fn a_cell_taller_than_the_terminal_is_run_again_whole_and_edited_in_the_persons_own_editor() {
    let terminal = Terminal::new().file("editor.sh", "sed -i 's/x25 = 25/x25 = 1000/' \"$1\"\n");
    let mut running = prompt(terminal.env("EDITOR", "sh editor.sh"));
    let lines: Vec<String> = (0..50).map(|number| format!("x{number} = {number}")).collect();
    running.paste(&lines.join("\n")).wait_for("x49 = 49");
    running.send(ENTER).wait_for("[2]");
    running.send("x25").wait_for("x25").send(ENTER).wait_for("\n25\n");
    // Past it and back.
    running
        .send(UP)
        .send(UP)
        .wait_for("# … 40 more lines: any key but Enter opens it in sh editor.sh");
    pause();
    running
        .send("#")
        .wait_for("taller than the terminal: opened in sh editor.sh");
    running.wait_until(|screen| screen.ends_with("x48 = 48\nx49 = 49") && screen.contains("[3]"));
    pause();
    running.send(ENTER).wait_for("[4]");
    running
        .send("x25 + 1")
        .wait_for("x25 + 1")
        .send(ENTER)
        .wait_for("\n1001\n");
    // What is searched is found whole too.
    running.send(CTRL_R).send("x0 = 0").wait_for("`x0 = 0'");
    pause();
    running.send(ENTER).wait_for("[6]");
    running
        .send("x25 + 2")
        .wait_for("x25 + 2")
        .send(ENTER)
        .wait_for("\n1002\n");
}

#[test]
fn a_cell_that_grows_taller_than_the_terminal_goes_on_in_the_persons_own_editor() {
    let terminal = Terminal::new()
        .size(8, 60)
        .file("editor.sh", "echo 'n = n + 100' >> \"$1\"\n");
    let mut running = prompt(terminal.env("EDITOR", "sh editor.sh"));
    for line in 1..=6 {
        running.send(&format!("n = {line}"));
        pause();
        running.send(ALT_ENTER);
        pause();
    }
    running.wait_for("taller than the terminal: opened in sh editor.sh");
    running.wait_until(|screen| screen.contains("# … ") && screen.ends_with("n = n + 100"));
    pause();
    running.send(ENTER).wait_for("[2]");
    running.send("n").send(ENTER).wait_for("\n106\n");
}

#[test]
fn what_is_pasted_is_read_as_it_was_meant() {
    let mut running = prompt(Terminal::new());
    running.paste("    a = 1\n    if a:\n\tb = “two”");
    ends_with(&mut running, "[1]\na = 1\nif a:\n    b = \"two\"");
    running
        .send(ENTER)
        .wait_until_cursor(4)
        .send(ENTER)
        .wait_for("[2]");
    running.paste(">>> def f(x):\n...     return x\n...\n>>> f(b)\n'two'\n");
    ends_with(
        &mut running,
        "[2]\ndef f(x):\n    return x\n\nf(b)\nEnter runs the cell",
    );
    running.send(ENTER).wait_for("\n\"two\"\n").wait_for("[3]");
    // A cell that was copied off the screen.
    running.paste("[1]\na = 1\na + 41");
    ends_with(&mut running, "[3]\na = 1\na + 41");
    running.send(ENTER).wait_for("\n42\n").wait_for("[4]");
    // Into a block, what is pasted stands as deep as the block.
    type_slowly(&mut running, "if a:");
    running.send(ENTER).wait_until_cursor(4);
    running.paste("        c = 1\n        if c:\n            d = 3\n");
    ends_with(
        &mut running,
        "[4]\nif a:\n    c = 1\n    if c:\n        d = 3\n    Enter runs the cell",
    );
    running.send(CTRL_C);
    ends_with(&mut running, "\n[4]");
    // Escape sequences and other control characters are no text.
    running.paste("e = \x1b[31m5\x07");
    ends_with(&mut running, "[4]\ne = 5");
}

#[test]
fn lines_without_brackets_around_them_are_not_lost() {
    let mut running = prompt(Terminal::new());
    running.send("a = 20\rb = a + 1\rif b:\r    c = b * 2\r\rc\rprint(\"left");
    ends_with(
        &mut running,
        "[2]\nb = a + 1\n[3]\nif b:\n    c = b * 2\n\n[4]\nc\n42\n[5]\nprint(\"left",
    );
    running.send(" over\")").send(ENTER).wait_for("\nleft over\n");
    // A block that is taller than the terminal neither, nor its tabs.
    let lines: Vec<String> = (0..40).map(|line| format!("\tt = t + {line}\r")).collect();
    running.send(&format!(
        "def long(t):\r{}\treturn t\r\rlong(220)\r",
        lines.concat()
    ));
    running.wait_for("\nlong(220)\n1000\n[8]");
    // Nor those that are typed while a cell runs.
    running.send("for i in range(3000000): pass\r\r");
    pause();
    running
        .send("1 + 1\r2 + 2\r")
        .wait_for("\n2\n[10]\n2 + 2\n4\n[11]");
}

#[test]
fn ctrl_c_clears_what_is_typed_and_stops_what_runs() {
    let mut running = prompt(Terminal::new());
    running.send("kept = 1").wait_for("kept = 1");
    running.send(ENTER).wait_for("[2]");
    running.send("never run").wait_for("never run");
    running
        .send(CTRL_C)
        .wait_until(|screen| screen.matches("[2]").count() == 2);
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
        .wait_for("[3]");
    // Long, but in little memory: the query goes on for a while after nobody wants it any more.
    running
        .send("long = \" + \".join([f\"sum(sqrt(abs(x * {i} + x_right)))\" for i in range(80)])")
        .send(ENTER)
        .wait_for("[4]");
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
    running.send(ENTER).wait_for("[2]");
    running.send("second = 2").wait_for("second = 2");
    running.send(ENTER).wait_for("[3]");
    let again = |text: &'static str| move |screen: &str| screen.ends_with(&format!("[3]\n{text}"));
    running.send(UP).wait_until(again("second = 2"));
    running.send(UP).wait_until(again("first = 1"));
    running.send(DOWN).wait_until(again("second = 2"));
    running.send(DOWN).wait_until(|screen| screen.ends_with("\n[3]"));
    // Only those that begin like what is typed, which comes back too.
    running.send("f = 0").wait_until(again("f = 0"));
    pause();
    for _ in 0..4 {
        running.send(BACKSPACE);
    }
    // The grey text takes no part.
    running.wait_until(again("first = 1"));
    running.send(UP).wait_until_cursor(9);
    running.send(UP).send(DOWN).wait_until_cursor(1);
    running
        .send(CTRL_C)
        .wait_until(|screen| screen.matches("[3]").count() == 2);
    // The grey text is there from the first letter on: what tells that all is typed is the cursor.
    running.send("fir").wait_until_cursor(3);
    running.wait_until(again("first = 1"));
    // A word of the grey text, which the cursor is then behind, and the rest.
    running.send(CTRL_RIGHT).wait_until_cursor(5);
    running.send(CTRL_E).wait_until_cursor(9);
    running.send(" + 4").wait_until(again("first = 1 + 4"));
    running.send(ENTER).wait_for("[4]");
    running
        .send(CTRL_R)
        .send("seco")
        .wait_until(|screen| screen.contains("(reverse-i-search)`seco': second = 2"));
    running.send(ENTER).wait_for("[5]");
    running.send("first * 10 + second").send(ENTER).wait_for("\n52\n");
    let folder = running.path().to_owned();
    running.send("%quit").send(ENTER).wait_for("not saved");
    running.send("%quit").send(ENTER);
    assert_eq!(running.wait_exit(), 0);
    // And in the next session of the workspace.
    let mut next = prompt(Terminal::new().folder(&folder));
    next.send("first =")
        .wait_until(|screen| screen.contains("[1]\nfirst = 1 + 4"));
}

#[test]
fn cells_of_many_lines_come_back_whole_also_those_of_an_older_history() {
    let terminal = Terminal::new().file(".sheaf/history", "old = 1\ndef f(x):<\\n>    return x\n");
    let mut running = prompt(terminal);
    running.send(UP);
    ends_with(&mut running, "[1]\ndef f(x):\n    return x");
    // Within a cell, the key goes up a line.
    running.send(UP).wait_until(|screen| screen.ends_with("return x"));
    running.send(UP);
    ends_with(&mut running, "[1]\nold = 1");
    running.send(CTRL_C);
    ends_with(&mut running, "\n[1]");
    running
        .send("x = [1,")
        .send(ENTER)
        .send("2]")
        .send(ENTER)
        .wait_for("[2]");
    running.send(UP);
    ends_with(&mut running, "[2]\nx = [1,\n2]");
    let history = fs::read_to_string(running.path().join(".sheaf/history")).unwrap();
    assert!(history.ends_with("\nx = [1,<\\n>2]\n"), "{history}");
}

#[test]
fn a_small_and_a_resized_window_show_what_is_typed() {
    let mut running = prompt(Terminal::new().size(12, 40));
    let long = "total = 1000 + 2000 + 3000 + 4000 + 5000 + 6000 + 7000";
    running.send(long).wait_until(|screen| {
        let text: String = screen.lines().collect();
        text.replace(' ', "").contains(&long.replace(' ', ""))
    });
    running.send(ENTER).wait_for("[2]");
    running
        .send("df = read_csv(\"/mnt/data/titanic.csv\")")
        .send(ENTER)
        .wait_for("[3]");
    running
        .send("df.head(2)")
        .send(ENTER)
        .wait_for("shape: (2, 12)")
        .wait_for("[4]");
    assert!(running.screen().lines().all(|line| line.chars().count() <= 40));
    running
        .resize(30, 100)
        .send("df.head(3)")
        .send(ENTER)
        .wait_for("shape: (3, 12)")
        .wait_for("[5]");
    assert!(running.screen().lines().any(|line| line.chars().count() > 60));
    // What is being typed is painted anew.
    running.send("abc = \"").send(&"0123456789".repeat(6));
    running.wait_for(&"0123456789".repeat(6));
    pause();
    running.resize(30, 50).wait_until(|screen| {
        screen.ends_with("[5]\nabc = \"0123456789012345678901234567890123456789012\n34567890123456789")
    });
}

#[test]
fn a_killed_session_is_restored_with_its_values_and_what_was_being_typed() {
    let mut running = prompt(Terminal::new());
    running.send("a = 20").send(ENTER).wait_for("[2]");
    running.send("b = a + 1").send(ENTER).wait_for("[3]");
    running.send("half = b /").wait_for("half = b /");
    running.kill();
    let folder = running.path().to_owned();
    let mut next = Terminal::new().folder(&folder).start(&[]);
    next.wait_for("with 2 cells was not closed properly. Restore it");
    next.send(ENTER).wait_for("[3]\nhalf = b /");
    next.send(" 3").send(ENTER).wait_for("[4]");
    next.send("half").send(ENTER).wait_for("\n7.0\n");
    next.send("%save sessions/restored.py")
        .send(ENTER)
        .wait_for("saved 4 cells")
        .wait_for("recorded the results")
        .wait_until(|screen| screen.ends_with("[5]"));
    next.send(CTRL_D);
    assert_eq!(next.wait_exit(), 0);
    let saved = fs::read_to_string(folder.join("sessions/restored.py")).unwrap();
    assert!(saved.contains("b = a + 1"), "{saved}");
    // What ended well is not offered again.
    let third = prompt(Terminal::new().folder(&folder));
    assert!(!third.everything().contains("Restore"));
}

#[test]
fn a_paste_at_the_question_is_a_cell_and_no_answer() {
    let mut running = prompt(Terminal::new());
    running.send("a = 20").send(ENTER).wait_for("[2]");
    running.kill();
    let folder = running.path().to_owned();
    let mut next = Terminal::new().folder(&folder).start(&[]);
    next.wait_for("Restore it");
    next.paste("b = 1\nif b:\n    c = 41 + b\nc")
        .wait_for("not restored; you will be asked again next time");
    ends_with(&mut next, "[1]\nb = 1\nif b:\n    c = 41 + b\nc");
    next.send(ENTER).wait_for("\n42\n").wait_for("[2]");
    next.kill();
    // Nor are lines that come without brackets.
    let mut third = Terminal::new().folder(&folder).start(&[]);
    third.wait_for("Restore it");
    third.send("d = 50\rd + 1\r").wait_for("\n51\n[3]");
    assert!(
        third.everything().contains("[1]\nd = 50\n[2]\nd + 1\n51\n[3]"),
        "{}",
        third.everything()
    );
}

#[test]
fn a_cell_is_edited_in_the_persons_own_editor() {
    let terminal = Terminal::new().file("editor.sh", "sed -i 's/20/30/' \"$1\"\n");
    let mut running = prompt(terminal.env("EDITOR", "sh editor.sh"));
    running.send("a = 20").send(ENTER).wait_for("[2]");
    running.send("b = a + 1").send(ENTER).wait_for("[3]");
    running.send("%edit 1").send(ENTER).wait_for("stale: cell 2");
    running.send("a").send(ENTER).wait_for("\n30\n");
    running.send("a + 200").wait_for("a + 200");
    running.send(CTRL_O);
    ends_with(&mut running, "30\n[4]\na + 300");
    running.send(BACKSPACE);
    ends_with(&mut running, "30\n[4]\na + 30");
}

#[test]
fn tab_completes_what_is_common_lists_candidates_with_their_types_and_cycles() {
    let mut running = prompt(Terminal::new().size(40, 100));
    running
        .send("titanic = read_csv(\"/mnt/data/titanic.csv\")")
        .send(ENTER)
        .wait_for("[2]");
    running
        .send("titanic.filt")
        .send(TAB)
        .wait_until(|screen| screen.contains("[2]\ntitanic.filter"));
    running
        .send("(\"Emb")
        .send(TAB)
        .wait_until(|screen| screen.contains("titanic.filter(\"Embarked"));
    running
        .send(CTRL_C)
        .wait_until(|screen| screen.matches("[2]").count() == 2);
    running
        .send("%del")
        .send(TAB)
        .wait_until(|screen| screen.contains("[2]\n%delete"));
    running.send(CTRL_C);
    ends_with(&mut running, "\n[2]");
    running.send("titanic.he").send(TAB);
    ends_with(
        &mut running,
        "[2]\ntitanic.he\nhead    method → frame\nheight  attribute int",
    );
    running.send(TAB);
    ends_with(
        &mut running,
        "[2]\ntitanic.head\nhead    method → frame\nheight  attribute int",
    );
    running.send(TAB);
    ends_with(
        &mut running,
        "[2]\ntitanic.height\nhead    method → frame\nheight  attribute int",
    );
    running.send(BACK_TAB);
    ends_with(
        &mut running,
        "[2]\ntitanic.head\nhead    method → frame\nheight  attribute int",
    );
    // Escape goes back to what was typed, and Enter takes what was chosen.
    running.send(ESCAPE);
    ends_with(&mut running, "[2]\ntitanic.he");
    running.send(TAB).send(TAB);
    ends_with(
        &mut running,
        "[2]\ntitanic.head\nhead    method → frame\nheight  attribute int",
    );
    running
        .send(ENTER)
        .wait_until(|screen| !screen.contains("method"));
    running.send("(1)").send(ENTER).wait_for("shape: (1, 12)");
}

#[test]
fn any_number_of_candidates_is_listed_as_far_as_the_window_holds_them() {
    let mut running = prompt(Terminal::new().size(12, 40));
    running
        .send("wide = frame({\"column %d\" % i: [i] for i in range(66000)})")
        .send(ENTER)
        .wait_for("[2]");
    running.send("wide[\"col").send(TAB).wait_for("more, press Tab");
    let screen = running.screen();
    assert!(screen.contains("\nwide[\"column\ncolumn 0"), "{screen}");
    assert!(screen.lines().all(|line| line.chars().count() < 40), "{screen}");
    running
        .send(TAB)
        .wait_until(|screen| screen.contains("[2]\nwide[\"column 0\""));
}

#[test]
fn vis_keys_edit_many_lines() {
    let mut running = prompt(Terminal::new().file("sheaf.ron", "(keys: vi)"));
    running.paste("a = 10\nb = 2");
    ends_with(&mut running, "[1]\na = 10\nb = 2");
    running.send(ESCAPE);
    pause();
    std::thread::sleep(std::time::Duration::from_millis(200));
    running.send("k0f1r4");
    ends_with(&mut running, "[1]\na = 40\nb = 2");
    running.send("jA").send(" + a");
    ends_with(&mut running, "[1]\na = 40\nb = 2 + a");
    running.send(ENTER).wait_for("[2]");
    running.send("b").send(ENTER).wait_for("\n42\n");
    // The history, and a Ctrl-D that takes a character and runs nothing.
    running.send(ESCAPE);
    std::thread::sleep(std::time::Duration::from_millis(200));
    running.send("kk");
    ends_with(&mut running, "[3]\na = 40\nb = 2 + a");
    running.send("r9");
    ends_with(&mut running, "[3]\na = 40\nb = 2 + 9");
    running.send("a1");
    ends_with(&mut running, "[3]\na = 40\nb = 2 + 91");
    running.send(LEFT).send(CTRL_D);
    ends_with(&mut running, "[3]\na = 40\nb = 2 + 9");
    running.send(CTRL_C);
    ends_with(&mut running, "\n[3]");
    running.send(CTRL_D).wait_for("not saved");
}

#[test]
fn a_terminal_that_answers_nothing_is_enough() {
    let mut running = Terminal::new().silent().start(&[]);
    running.wait_for("[1]");
    running
        .send("20 + 22")
        .send(ENTER)
        .wait_for("\n42\n")
        .wait_for("[2]");
    assert!(!running.history().contains("\x1b[6n"));
}

#[test]
fn a_plain_terminal_gets_no_escape_sequences_and_takes_cells_of_many_lines() {
    let mut running = prompt(Terminal::new().env("TERM", "dumb"));
    running.send("def f(x):\r    return x * 2\r\r").wait_for("[2]");
    running.send("f(21)\r").wait_for("\n42\n").wait_for("[3]");
    running.send("xs = [1,\r2]\r").wait_for("[4]");
    running.send("titanic = read_csv(\"/mnt/data/titanic.csv\")\rtitanic.head(2)\r");
    running.wait_for("shape: (2, 12)").wait_for("[6]");
    running.send("missing\r").wait_for("error: there is no `missing`");
    // Ctrl-C gives up what is being typed.
    running.send("def never():\r    x = (\r");
    pause();
    running.send(CTRL_C);
    pause();
    running.send("len(xs) + 98\r").wait_for("\n100\n");
    let folder = running.path().to_owned();
    running.kill();
    assert!(!running.history().contains('\x1b'), "{:?}", running.history());
    let mut next = Terminal::new().env("TERM", "dumb").folder(&folder).start(&[]);
    next.wait_for("Restore it").send("n\r").wait_for("[1]");
    next.send(CTRL_D);
    assert_eq!(next.wait_exit(), 0);
    assert!(!next.history().contains('\x1b'), "{:?}", next.history());
}

#[test]
fn without_colours_nothing_is_grey_and_all_else_works() {
    let mut running = prompt(Terminal::new().env("NO_COLOR", "1"));
    running.send("first = 1").send(ENTER).wait_for("[2]");
    running.send("fir").wait_for("[2]\nfir");
    running.send("st = 2").wait_for("first = 2");
    running.send(ENTER).wait_for("[3]");
    assert!(!running.history().contains("\x1b[3"), "{:?}", running.history());
    running.send("fir").send(TAB);
    ends_with(&mut running, "[3]\nfirst");
}

#[test]
fn no_input_ends_the_prompt() {
    let mut running = prompt(Terminal::new().size(10, 20));
    for text in [
        "日本語\u{200d}👩\u{200d}🚀".repeat(40),
        "e\u{301}".repeat(3000),
        "x".repeat(70_000),
        "\u{7}\u{1b}\u{0}\t".repeat(10),
        format!("\"{}\"", "\n".repeat(5_000)),
    ] {
        running.paste(&text);
        running
            .send("\x15")
            .send(LEFT)
            .send("\x1b5")
            .send("\x16\x07")
            .send(CTRL_C);
        pause();
    }
    // What is no UTF-8 is no text.
    running.send_bytes(b"\xff\xfe").send(CTRL_C);
    pause();
    running.send("6 * 7").wait_for("6 * 7");
    running.send(ENTER).wait_for("\n42\n");
}

#[test]
fn the_first_prompt_names_help_which_fits_a_screen_and_longer_help_comes_in_pages() {
    let mut running = prompt(Terminal::new());
    running.wait_for("Type %help for help, %quit to leave.");
    running.send("%help").send(ENTER);
    running.wait_until(|screen| screen.contains("\nHelp\n") && screen.ends_with("%quit quits.\n[1]"));
    running.send("%help functions").send(ENTER).wait_for("page 1 of");
    running.wait_until(|screen| screen.starts_with("Functions\n") && screen.ends_with("shows the next\n[1]"));
    running.send("%page").send(ENTER).wait_for("page 2 of");
    running.send("%page last").send(ENTER).wait_until(|screen| {
        let place = screen
            .lines()
            .rev()
            .nth(1)
            .and_then(|line| line.strip_prefix("page "));
        place
            .and_then(|place| place.split_once(" of "))
            .is_some_and(|(page, count)| page == count)
    });
    running.send("%help commands").send(ENTER).wait_for("%cells  ");
}

#[test]
fn quit_says_how_to_leave_anyway() {
    let mut running = prompt(Terminal::new());
    running.send("a = 1").send(ENTER).wait_for("[2]");
    running
        .send("%quit")
        .send(ENTER)
        .wait_for("not saved: 1 cell; %save FILE saves them, %quit again leaves without saving");
    running.send("a").send(ENTER).wait_for("[3]");
    running.send("%quit!").send(ENTER);
    assert_eq!(running.wait_exit(), 0);
}
