//! The same notebook gives the same, however it is run: by any path, at the prompt and headless, cached, resumed, with any
//! number of jobs. Every file written, every record and all that is shown is compared, to the byte.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use sheaf::notebook::{Cell, Format, Notebook};
use tempfile::TempDir;

use crate::docs::{copy_repository, without_times};
use crate::transcript::approve_scopes;

mod cells;

/// Folders below `.sheaf` that hold what nobody sees: results to be spared, and how far a run came.
const PRIVATE: [&str; 3] = ["cache", "checkpoints", "journal"];

/// Notebooks in a workspace of their own.
struct Workspace {
    folder: TempDir,
    /// The person's own folder, where there are scopes to approve.
    state: Option<TempDir>,
    /// Their files, from the workspace, in an order in which they can be run.
    notebooks: Vec<String>,
}

/// What is left of a way of running them.
#[derive(Debug, Default, PartialEq)]
struct Left {
    /// Every file, by its name from the workspace; records without their times.
    files: BTreeMap<String, String>,
    /// What each notebook showed, and its exit code.
    shown: Vec<String>,
}

/// A way of running a notebook.
struct Way {
    name: &'static str,
    run: fn(&Workspace, &str) -> Option<Output>,
}

/// Every way that shows what a headless run shows.
const HEADLESS: [Way; 11] = [
    Way {
        name: "from below",
        run: |workspace, notebook| {
            let (folder, file) = notebook.rsplit_once('/').unwrap();
            workspace.headless(folder, &[file, "--record"])
        },
    },
    Way {
        name: "by an absolute path",
        run: |workspace, notebook| {
            let path = workspace.folder.path().join(notebook);
            workspace.headless("..", &[path.to_str().unwrap(), "--record"])
        },
    },
    Way {
        name: "by ./",
        run: |workspace, notebook| workspace.headless(".", &[&format!("./{notebook}"), "--record"]),
    },
    Way {
        name: "with a detour",
        run: |workspace, notebook| {
            let (folder, file) = notebook.rsplit_once('/').unwrap();
            workspace.headless(".", &[&format!("{folder}/../{folder}/{file}"), "--record"])
        },
    },
    Way {
        name: "with one job",
        run: |workspace, notebook| workspace.headless(".", &[notebook, "--record", "-j", "1"]),
    },
    Way {
        name: "with four jobs",
        run: |workspace, notebook| workspace.headless(".", &[notebook, "--record", "-j", "4"]),
    },
    Way {
        name: "with eight jobs",
        run: |workspace, notebook| workspace.headless(".", &[notebook, "--record", "-j", "8", "--no-cache"]),
    },
    Way {
        name: "a second time",
        run: |workspace, notebook| {
            workspace.headless(".", &[notebook]);
            workspace.headless(".", &[notebook, "--record"])
        },
    },
    Way {
        name: "a second time, by another path and with many jobs",
        run: |workspace, notebook| {
            let (folder, file) = notebook.rsplit_once('/').unwrap();
            workspace.headless(folder, &[file]);
            workspace.headless(".", &[notebook, "--record", "-j", "4"])
        },
    },
    Way {
        name: "resumed",
        run: |workspace, notebook| {
            workspace.headless(".", &[notebook, "--until", "4"]);
            workspace.headless(".", &[notebook, "--resume", "--record"])
        },
    },
    Way {
        name: "resumed near its end, by another path and with many jobs",
        run: |workspace, notebook| {
            workspace.headless(".", &[notebook, "--until", "7", "-j", "4"]);
            let (folder, file) = notebook.rsplit_once('/').unwrap();
            workspace.headless(folder, &[file, "--resume", "--record", "-j", "4"])
        },
    },
];

/// Every way that shows things otherwise; records and files are compared.
const OTHERWISE: [Way; 4] = [
    Way {
        name: "opened at the prompt",
        run: |workspace, notebook| {
            workspace.prompt(".", &format!("%open {notebook}\n%run all\n%save\n"));
            None
        },
    },
    Way {
        name: "opened at the prompt, from below",
        run: |workspace, notebook| {
            let (folder, file) = notebook.rsplit_once('/').unwrap();
            workspace.prompt(folder, &format!("%open ./{file}\n%run all\n%save\n"));
            None
        },
    },
    Way {
        name: "run headless, then opened at the prompt",
        run: |workspace, notebook| {
            workspace.headless(".", &[notebook]);
            workspace.prompt(".", &format!("%open {notebook}\n%run all\n%save\n"));
            None
        },
    },
    Way {
        name: "run at the prompt, then headless",
        run: |workspace, notebook| {
            workspace.prompt(".", &format!("%open {notebook}\n%run all\n"));
            workspace.headless(".", &[notebook, "--record"]);
            None
        },
    },
];

impl Workspace {
    /// Makes a copy of the repository's own workspace.
    fn of_examples() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_repository(folder.path());
        let names = [
            "titanic_explore",
            "titanic_train",
            "titanic_score",
            "tour",
            "hidden_state",
        ];
        let notebooks: Vec<String> = names.iter().map(|name| format!("sessions/{name}.py")).collect();
        for notebook in &notebooks {
            let _ = fs::remove_file(folder.path().join(notebook.replace(".py", ".record.ron")));
        }
        let state = tempfile::tempdir().unwrap();
        approve_scopes(folder.path(), state.path());
        Self {
            folder,
            state: Some(state),
            notebooks,
        }
    }

    /// Makes a workspace with a notebook of these cells.
    fn of_cells(cells: &[String]) -> Self {
        let workspace = Self::bare();
        let cells: Vec<Cell> = cells.iter().map(|cell| Cell::from_prompt(cell)).collect();
        let text = Notebook::from_cells(Format::default(), &cells).to_text();
        fs::write(workspace.folder.path().join("notebooks/random.py"), text).unwrap();
        workspace
    }

    /// Makes a workspace with all that a random notebook reads, and without the notebook.
    fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in cells::FILES {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Self {
            folder,
            state: None,
            notebooks: vec!["notebooks/random.py".to_owned()],
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "what a way gives")]
    fn headless(&self, folder: &str, arguments: &[&str]) -> Option<Output> {
        Some(self.run(folder, &[&["run"], arguments].concat(), ""))
    }

    fn prompt(&self, folder: &str, typed: &str) -> Output {
        self.run(folder, &[], typed)
    }

    fn run(&self, folder: &str, arguments: &[&str], typed: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sheaf"))
            .args(arguments)
            .current_dir(self.folder.path().join(folder))
            .env_clear()
            .env("HOME", self.folder.path())
            .envs(self.state.iter().map(|state| ("XDG_STATE_HOME", state.path())))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may have ended before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Runs every notebook in one way, and returns what is left.
    fn left_by(&self, way: &Way) -> Left {
        let mut shown = Vec::new();
        for notebook in &self.notebooks {
            if let Some(output) = (way.run)(self, notebook) {
                shown.push(told(&output));
            }
        }
        Left {
            files: self.files(),
            shown,
        }
    }

    fn files(&self) -> BTreeMap<String, String> {
        let root = self.folder.path();
        let mut files = BTreeMap::new();
        let mut open = vec![root.to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                if PRIVATE.iter().any(|private| name == format!(".sheaf/{private}")) {
                    continue;
                }
                if path.is_dir() {
                    open.push(path);
                } else if name != ".sheaf/fingerprints.json" {
                    let bytes = fs::read(&path).unwrap();
                    let text = match String::from_utf8(bytes) {
                        Ok(text) => text.split("\n    timing: (").next().unwrap().to_owned(),
                        Err(error) => format!("{:?}", error.as_bytes()),
                    };
                    files.insert(name, text);
                }
            }
        }
        files
    }
}

/// Returns what a run showed and its first error, without times and places, and without the paths of the notebook and its
/// record: these are as they were typed.
fn told(output: &Output) -> String {
    let shown = without_times(&String::from_utf8(output.stdout.clone()).unwrap());
    let is_told = |line: &&str| !line.starts_with("recorded in ") && !line.contains(".record.ron is ");
    // So is the name of the notebook before the date.
    let bare = |line| str::split_once(line, ", [date]: ").map_or(line, |(_, rest)| rest);
    let lines: Vec<&str> = shown.lines().filter(is_told).map(bare).collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    let error = errors.lines().find(|line| line.starts_with("error: "));
    format!(
        "{}\n{}\nexit {:?}",
        lines.join("\n"),
        error.unwrap_or_default(),
        output.status.code()
    )
}

/// The first line in which two texts differ, with what stands around it.
fn difference(expected: &str, found: &str) -> String {
    let same = expected
        .lines()
        .zip(found.lines())
        .take_while(|(one, other)| one == other)
        .count();
    let around = |text: &str| {
        let lines = text.lines().skip(same.saturating_sub(3)).take(8);
        lines.collect::<Vec<_>>().join("\n")
    };
    format!(
        "line {}\n--- expected\n{}\n--- found\n{}",
        same + 1,
        around(expected),
        around(found)
    )
}

/// Fails when what two ways leave is not the same.
fn assert_same(expected: &Left, found: &Left, what: &str, compares_shown: bool) {
    let names: std::collections::BTreeSet<&String> =
        expected.files.keys().chain(found.files.keys()).collect();
    for name in names {
        match (expected.files.get(name), found.files.get(name)) {
            (Some(one), Some(other)) => {
                assert!(
                    one == other,
                    "{what}: {name} differs at {}",
                    difference(one, other)
                );
            }
            (Some(_), None) => panic!("{what}: {name} is missing"),
            (None, _) => panic!("{what}: {name} is not written otherwise"),
        }
    }
    if compares_shown {
        for (one, other) in expected.shown.iter().zip(&found.shown) {
            assert!(
                one == other,
                "{what}: it shows something else at {}",
                difference(one, other)
            );
        }
    }
}

const FIRST: Way = Way {
    name: "headless",
    run: |workspace, notebook| workspace.headless(".", &[notebook, "--record"]),
};

#[test]
fn the_examples_give_the_same_however_they_are_run() {
    let workspace = Workspace::of_examples();
    let expected = workspace.left_by(&FIRST);
    assert!(expected.files.contains_key(".sheaf/models/titanic.ron"));
    for way in &HEADLESS {
        let found = Workspace::of_examples().left_by(way);
        assert_same(&expected, &found, way.name, true);
    }
    for way in &OTHERWISE {
        let found = Workspace::of_examples().left_by(way);
        assert_same(&expected, &found, way.name, false);
    }
    // What was recorded one way is found again another way, and under another name.
    for (folder, arguments) in [
        (".", vec!["test"]),
        ("sessions", vec!["test"]),
        ("sessions", vec!["run", "./titanic_score.py", "--check"]),
        ("..", vec!["test", workspace.folder.path().to_str().unwrap()]),
    ] {
        let output = workspace.run(folder, &arguments, "");
        assert!(
            output.status.success(),
            "{arguments:?} in {folder}: {}",
            told(&output)
        );
    }
    let root = workspace.folder.path();
    for ending in ["py", "record.ron"] {
        let from = root.join(format!("sessions/tour.{ending}"));
        fs::rename(from, root.join(format!("renamed.{ending}"))).unwrap();
    }
    let output = workspace.run(".", &["run", "renamed.py", "--check"], "");
    assert!(output.status.success(), "renamed: {}", told(&output));
}

/// Compares all ways over random notebooks.
fn compare_random(seeds: std::ops::Range<u64>, fails: bool) {
    for seed in seeds {
        let cells = cells::cells(seed, 14, fails);
        let expected = Workspace::of_cells(&cells).left_by(&FIRST);
        let what = |way: &Way| format!("seed {seed}, {}:\n{}\n", way.name, cells.join("\n\n"));
        let code = expected.shown[0].lines().last().unwrap();
        let wanted = if fails { "exit Some(1)" } else { "exit Some(0)" };
        assert_eq!(code, wanted, "{}{}", what(&FIRST), expected.shown[0]);
        for way in &HEADLESS {
            assert_same(
                &expected,
                &Workspace::of_cells(&cells).left_by(way),
                &what(way),
                true,
            );
        }
        for way in &OTHERWISE {
            let mut found = Workspace::of_cells(&cells).left_by(way);
            // At the prompt there is no record of cells that failed.
            if let (true, Some(record)) = (fails, expected.files.get("notebooks/random.record.ron")) {
                found
                    .files
                    .entry("notebooks/random.record.ron".to_owned())
                    .or_insert_with(|| record.clone());
            }
            assert_same(&expected, &found, &what(way), false);
        }
        if !fails {
            compare_typed(&cells, &what(&TYPED));
        }
    }
}

/// Compares what is typed and saved with a headless run of what was saved.
fn compare_typed(cells: &[String], what: &str) {
    let typed = Workspace::bare();
    let text = format!("{}\n\n%save random.py\n", cells.join("\n\n"));
    let output = typed.prompt("notebooks", &text);
    let saved = fs::read_to_string(typed.folder.path().join("notebooks/random.py"));
    let saved = saved.unwrap_or_else(|_| panic!("{what}: nothing is saved: {}", told(&output)));
    let headless = Workspace::bare();
    fs::write(headless.folder.path().join("notebooks/random.py"), saved).unwrap();
    assert_same(&headless.left_by(&FIRST), &typed.left_by(&TYPED), what, false);
    let checked = typed.run(".", &["run", "notebooks/random.py", "--check"], "");
    assert!(checked.status.success(), "{what}{}", told(&checked));
}

const TYPED: Way = Way {
    name: "typed and saved",
    run: |_, _| None,
};

#[test]
fn random_notebooks_give_the_same_however_they_are_run() {
    compare_random(0..6, false);
}

#[test]
fn so_do_others() {
    compare_random(100..106, false);
}

#[test]
fn notebooks_that_fail_fail_the_same_however_they_are_run() {
    compare_random(200..206, true);
}
