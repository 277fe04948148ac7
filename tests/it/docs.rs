//! Runs the examples of the documentation and compares what they print.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Replaces times, which differ from run to run, as in `(1.2 ms)` and `8 cells in 31.4 ms`, and dates, as in
/// `2026-01-31 02:00:14 UTC`.
pub fn without_times(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = &without_date(line);
        // Whether a cell was run or not, it shows the same.
        let line = if line == "(cached)" { "([time])" } else { line };
        if line == "([time])" {
            lines.push(line.to_owned());
            continue;
        }
        let units = [" µs", " ms", " s"];
        let timed = line.trim_end_matches(')');
        let unit = units.iter().find(|unit| timed.ends_with(**unit));
        let replaced = unit.and_then(|unit| {
            let number = timed.strip_suffix(unit)?;
            let start = number.rfind(|c: char| !c.is_ascii_digit() && c != '.')? + 1;
            (start < number.len()).then(|| format!("{}[time]{}", &line[..start], &line[timed.len()..]))
        });
        lines.push(replaced.unwrap_or_else(|| line.trim_end().to_owned()));
    }
    lines.join("\n").trim_end().to_owned()
}

fn without_date(line: &str) -> String {
    let date = line.split_once(" UTC: ").and_then(|(before, after)| {
        let start = before.len().checked_sub("2026-01-31 02:00:14".len())?;
        let is_date = before
            .get(start..)?
            .chars()
            .all(|c| c.is_ascii_digit() || "-: ".contains(c));
        is_date.then(|| format!("{}[date]: {after}", &before[..start]))
    });
    date.unwrap_or_else(|| line.to_owned())
}

/// Replaces times, and leaves out those of cells that are only told when a cell is slow.
pub fn without_slow(text: &str) -> String {
    let text = without_times(text);
    let lines: Vec<&str> = text.lines().filter(|line| *line != "([time])").collect();
    lines.join("\n")
}

/// Copies what the examples need into a fresh folder.
pub fn copy_repository(to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(from.join("sheaf.ron"), to.join("sheaf.ron")).unwrap();
    for folder in ["sessions", "datasets", "pipelines"] {
        copy_folder(&from.join(folder), &to.join(folder), folder == "datasets");
    }
}

/// Copies the files of a folder, and those below it if that is asked for.
fn copy_folder(from: &Path, to: &Path, is_deep: bool) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if path.is_file() {
            fs::copy(&path, copy).unwrap();
        } else if is_deep {
            copy_folder(&path, &copy, true);
        }
    }
}

struct Example {
    line: usize,
    command: String,
    expected: String,
}

/// Reads the commands of the ```` ```console ```` blocks and what they are said to print.
fn examples(text: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            if let Some(command) = line.strip_prefix("$ ") {
                examples.push(Example {
                    line: index + 1,
                    command: command.to_owned(),
                    expected: String::new(),
                });
            } else {
                let last = examples.last_mut().expect("a block begins with a command");
                last.expected.push_str(line);
                last.expected.push('\n');
            }
        }
    }
    examples
}

/// Takes the machine out of records: where this one rounds otherwise, a check of what drifted says so, too.
fn forget_machine(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "ron") {
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.lines().filter(|line| !line.starts_with("        machine: "));
            fs::write(path, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
        }
    }
}

#[test]
fn the_examples_of_the_readme_print_what_it_says() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let examples = examples(&readme);
    assert!(examples.len() >= 4, "the tour has examples");
    let folder = tempfile::tempdir().unwrap();
    let state = tempfile::tempdir().unwrap();
    copy_repository(folder.path());
    forget_machine(&folder.path().join("sessions"));
    let bin = Path::new(env!("CARGO_BIN_EXE_sheaf")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for example in examples {
        let output = Command::new("sh")
            .args(["-c", &format!("{} 2>&1", example.command)])
            .current_dir(folder.path())
            .env("PATH", &path)
            .env("XDG_STATE_HOME", state.path())
            .env_remove("NO_COLOR")
            .output()
            .unwrap();
        let printed = without_slow(&String::from_utf8(output.stdout).unwrap());
        let expected = without_slow(&example.expected);
        assert_eq!(
            printed, expected,
            "README.md:{}: {}",
            example.line, example.command
        );
    }
}

#[test]
fn the_code_of_the_readme_runs() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let code = readme
        .split("```python\n")
        .nth(1)
        .expect("the README shows code")
        .split("```")
        .next()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    copy_repository(folder.path());
    fs::write(folder.path().join("code.py"), code).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_sheaf"))
        .args(["run", "code.py"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(folder.path().join(".sheaf/models/small.ron").exists());
}
