//! `%sh`: refused unless allowed, shown line by line, and stopped with all that it started.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::transcript::Transcript;

const NOTEBOOK: &str = "\
# %% Look
%sh
echo one
pwd
cat
# %% Fail
%sh printf 'a\\033[31mb\\n' >&2; exit 4
";

#[test]
fn a_headless_run_needs_the_flag_whatever_the_workspace_says() {
    Transcript::new()
        .file("sheaf.ron", "(allow_shell: true)")
        .file("s/a.py", NOTEBOOK)
        .sheaf(["run", "s/a.py"])
        .stdout("[1] Look\n([time])\n\ns/a.py, [date]: failed in cell 1 after [time]\n")
        .stderr(
            "\
error: shell commands are not allowed here
 --> s/a.py:3:1 (cell 1 \"Look\", line 1, column 1)
  |
3 | echo one
  | ^^^^^^^^
hint: at the prompt, a workspace allows them with `allow_shell: true` in sheaf.ron; `sheaf run` takes --allow-shell
not run: cell 2 \"Fail\"
",
        )
        .exits(1)
        .sheaf(["run", "s/a.py", "--allow-shell"])
        .stdout("[1] Look\none\n[dir]/s\n([time])\n\n[2] Fail\na\\u{1b}[31mb\n([time])\n\ns/a.py, [date]: failed in cell 2 after [time]\n")
        .stderr(
            "\
error: the shell ended with exit code 4
 --> s/a.py:7:5 (cell 2 \"Fail\", line 1, column 1)
  |
7 | printf 'a\\033[31mb\\n' >&2; exit 4
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: its output is above; if failing is fine, write: command || true
",
        )
        .exits(1);
}

#[test]
fn the_prompt_asks_the_workspace() {
    Transcript::new()
        .file("sheaf.ron", "()")
        .stdin("%sh echo hi\n\n")
        .sheaf([])
        .stderr(
            "\
error: shell commands are not allowed here
 --> cell 1, line 1, column 1
  |
1 | echo hi
  | ^^^^^^^
hint: at the prompt, a workspace allows them with `allow_shell: true` in sheaf.ron; `sheaf run` takes --allow-shell
",
        )
        .exits(1)
        .file("sheaf.ron", "(allow_shell: true)")
        .stdin("%sh echo hi\n\n")
        .sheaf([])
        .stdout("hi\n")
        .exits(0);
}

#[test]
fn a_variable_gets_the_value_of_a_name_above() {
    let databricks = "\
# Databricks notebook source
name = \"it's; $HOME \\\"é\\\"\"

# COMMAND ----------

# MAGIC %sh --env GREETING=name --env=TWICE=name
# MAGIC printf '%s\\n' \"$GREETING\"
# MAGIC test \"$GREETING\" = \"$TWICE\"

# COMMAND ----------

# MAGIC %sh -e
# MAGIC false
# MAGIC echo not reached
";
    Transcript::new()
        .file("a.py", databricks)
        .sheaf(["run", "a.py", "--allow-shell"])
        .stdout(
            "\
[1] name = \"it's; $HOME \\\"é\\\"\"
([time])

[2] --env GREETING=name --env=TWICE=name
it's; $HOME \"é\"
([time])

[3] -e
([time])

a.py, [date]: failed in cell 3 after [time]
",
        )
        .stderr(
            "\
error: the shell ended with exit code 1
  --> a.py:12:13 (cell 3, line 1, column 1)
   |
12 | -e
   | ^^
hint: its output is above; if failing is fine, write: command || true
",
        )
        .exits(1);
}

#[test]
fn a_cell_is_stale_when_the_name_that_it_gives_to_a_variable_changes() {
    Transcript::new()
        .file("sheaf.ron", "(allow_shell: true)")
        .stdin("day = \"monday\"\n%sh --env DAY=day echo $DAY\n%edit 1\nday = \"friday\"\n%run stale\n")
        .sheaf([])
        .stdout(
            "\
monday
stale: cell 2; %run stale runs them
[2] --env DAY=day echo $DAY
friday
",
        )
        .exits(0);
}

#[test]
fn what_cannot_be_a_variable_is_refused_before_anything_runs() {
    for (cell, error, hint) in [
        (
            "%sh --env LD_PRELOAD=day ls",
            "the variable LD_PRELOAD would change how the shell itself runs",
            "give it another name, and set LD_PRELOAD in the script where it is needed",
        ),
        (
            "%sh --env path=day ls",
            "the variable path would change how the shell itself runs",
            "give it another name, and set path in the script where it is needed",
        ),
        (
            "%sh --env DAY=dya echo ran",
            "--env DAY=dya: there is no `dya` above",
            "did you mean `day`?",
        ),
        (
            "%sh --env DAY=number echo ran",
            "--env DAY=number: `number` is an int, and a variable is a text or a secret",
            "bind a text in a cell above, as in number_text = str(number)",
        ),
        (
            "%sh --envy ls",
            "%sh has no option `--envy`",
            "its options are -e, and --env NAME=variable, with a variable of a cell above; the command comes after them",
        ),
        (
            "%sh --env DAY=text echo ran",
            "{{secrets/sqldbss/sqldbpassword}} is only a text here: no cell of this session got that secret",
            "get it: dbutils.secrets.get(scope=\"sqldbss\", key=\"sqldbpassword\")",
        ),
    ] {
        let setup = "day = \"monday\"; number = 1; text = \"{{secrets/sqldbss/sqldbpassword}}\"";
        let output = Transcript::new()
            .file("sheaf.ron", "(allow_shell: true)")
            .stdin(&format!("{setup}\n{cell}\n"))
            .sheaf([])
            .output();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{cell}");
        let errors = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = errors.lines().collect();
        assert_eq!(lines.first(), Some(&&*format!("error: {error}")), "{errors}");
        assert_eq!(lines.last(), Some(&&*format!("hint: {hint}")), "{errors}");
    }
}

#[test]
fn lines_are_shown_as_they_come_and_a_signal_ends_what_was_started() {
    let folder = Transcript::new().file(
        "a.py",
        "# %%\n%sh\necho ready\n(while true; do date > alive; sleep 0.05; done) &\nwait\n",
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_sheaf"))
        .args(["run", "a.py", "--allow-shell"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let heading = lines.next().unwrap().unwrap();
    assert!(heading.starts_with("[1] echo ready"), "{heading}");
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    let alive = folder.path().join("alive");
    let started = Instant::now();
    while !alive.exists() && started.elapsed() < Duration::from_secs(5) {
        thread::sleep(Duration::from_millis(20));
    }
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    let sent = Instant::now();
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(130));
    assert!(sent.elapsed() < Duration::from_secs(2), "{:?}", sent.elapsed());
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(errors.starts_with("error: interrupted"), "{errors}");
    std::fs::remove_file(&alive).unwrap();
    thread::sleep(Duration::from_millis(300));
    assert!(!alive.exists(), "the loop goes on in the background");
}

#[test]
fn variables_that_a_scope_is_made_of_are_not_inherited() {
    Transcript::new()
        .file(
            "sheaf.ron",
            "(allow_shell: true, secrets: {\n    \
             \"db\": (store: environment(prefix: \"DB_\", variables: {\"key\": \"STORAGE_KEY\"})),\n    \
             \"team\": (store: file(path: \"team.age\", passphrase: variable(\"TEAM\"))),\n})\n",
        )
        .env("DB_PASSWORD", "from the container")
        .env("STORAGE_KEY", "from the container")
        .env("TEAM", "from the container")
        .env("OTHER", "inherited")
        .stdin("%sh echo \"${DB_PASSWORD-none} ${STORAGE_KEY-none} ${TEAM-none} $OTHER\"\n")
        .sheaf([])
        .stdout("none none none inherited\n")
        .exits(0);
}
