//! A scene: a workspace with a scope, a person who approved it, and a value that nobody knows; run at the prompt or headless.

use std::fs;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use sheaf::secret::Trust;
use sheaf::workspace::Workspace;
use tempfile::TempDir;

use super::scanner::{found, found_in_files};
use crate::terminal::{ENTER, Running, Terminal};

/// The letters and marks of values: what shells, URLs, JSON, HTML and CSV each treat in a way of their own.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const MARKS: &[u8] = b"@/;#%&\"'\\<>$+={}!?";

/// The value of a second secret, which no cell gets.
pub const OTHER: &str = "not-the-one-that-was-got";

/// What a case is: its cells, and what is to come of them.
#[derive(Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    /// The sinks of the scope.
    pub sinks: &'static [&'static str],
    /// The cells, below the one that gets the secret.
    pub cells: &'static [&'static str],
    /// Other files of the workspace.
    pub files: &'static [(&'static str, &'static str)],
    /// What is shown both at the prompt and headless.
    pub shows: &'static [&'static str],
    /// Whether a headless run fails.
    pub fails: bool,
    /// The names of files into which the case's own commands write the value on purpose.
    pub writes: &'static [&'static str],
    /// What the person answers at the prompt when they are asked; where they are not, nothing.
    pub answer: Option<&'static str>,
    /// What happens to the workspace after it was approved.
    pub then: fn(&mut Scene),
}

/// A case that shows nothing special, fails nowhere and asks nobody.
pub const CASE: Case = Case {
    name: "",
    sinks: &["shell"],
    cells: &[],
    files: &[],
    shows: &[],
    fails: false,
    writes: &[],
    answer: None,
    then: |_| {},
};

impl Case {
    /// Adds files of the workspace.
    pub const fn with_files(self, files: &'static [(&'static str, &'static str)]) -> Self {
        Self { files, ..self }
    }
}

/// Folders of one run of a case.
pub struct Scene {
    /// What is searched: the workspace, the person's folders, the folder of temporary files.
    folder: TempDir,
    /// Where the value is, which is not searched.
    store: TempDir,
    /// The folder that Sheaf is started in.
    pub current: PathBuf,
    value: String,
}

impl Scene {
    pub fn new(case: &Case) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = tempfile::tempdir().unwrap();
        let current = folder.path().join("work");
        let mut scene = Self {
            value: random_value(),
            current,
            folder,
            store,
        };
        for name in ["work/datasets", "home", "state", "tmp", "cache"] {
            fs::create_dir_all(scene.folder.path().join(name)).unwrap();
        }
        fs::write(scene.store.path().join("password"), &scene.value).unwrap();
        fs::write(scene.store.path().join("other"), OTHER).unwrap();
        let sinks: Vec<String> = case.sinks.iter().map(|sink| format!("{sink:?}")).collect();
        scene.file(
            "sheaf.ron",
            &format!(
                "(allow_shell: true, secrets: {{\"vault\": (store: folder(path: \"{}\"), sinks: [{}])}})\n",
                scene.store.path().display(),
                sinks.join(", ")
            ),
        );
        for (name, content) in case.files {
            scene.file(name, content);
        }
        scene.approve();
        (case.then)(&mut scene);
        scene
    }

    /// Writes a file of the workspace.
    pub fn file(&self, name: &str, content: &str) {
        let path = self.work().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Returns the workspace, whichever folder Sheaf is started in.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Approves the scopes of the workspace as they are.
    pub fn approve(&self) {
        let workspace = Workspace::find(&self.work()).unwrap();
        let trust = Trust::of(&self.folder.path().join("state/sheaf"));
        trust.approve(workspace.root(), workspace.terms()).unwrap();
    }

    /// Changes the file of the secret.
    pub fn replace_secret(&self, change: impl Fn(&Path)) {
        change(&self.store.path().join("password"));
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let folder = |name: &str| self.folder.path().join(name).display().to_string();
        vec![
            ("HOME", folder("home")),
            ("XDG_STATE_HOME", folder("state")),
            ("XDG_CACHE_HOME", folder("cache")),
            ("TMPDIR", folder("tmp")),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("LANG", "C.UTF-8".to_owned()),
        ]
    }

    /// Runs a command in the folder, and looks for the value in what it prints.
    pub fn sheaf(&self, arguments: &[&str], leaks: &mut Vec<String>) -> Output {
        self.sheaf_reads(arguments, "", leaks)
    }

    /// Runs a command that reads a text, and looks for the value in what it prints.
    pub fn sheaf_reads(&self, arguments: &[&str], typed: &str, leaks: &mut Vec<String>) -> Output {
        let mut input = tempfile::tempfile().unwrap();
        input.write_all(typed.as_bytes()).unwrap();
        input.rewind().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_sheaf"))
            .args(arguments)
            .current_dir(&self.current)
            .env_clear()
            .envs(self.variables())
            .stdin(Stdio::from(input))
            .output()
            .unwrap();
        for (stream, bytes) in [("output", &output.stdout), ("errors", &output.stderr)] {
            self.search(
                &format!("the {stream} of sheaf {}", arguments.join(" ")),
                bytes,
                leaks,
            );
        }
        output
    }

    /// Starts the prompt.
    pub fn prompt(&self) -> Running {
        let mut terminal = Terminal::new().size(50, 160).folder(&self.current);
        for (name, value) in self.variables() {
            terminal = terminal.env(name, &value);
        }
        let mut running = terminal.start(&[]);
        running.wait_for("[1]");
        running
    }

    /// Notes where the value is in something that was written.
    pub fn search(&self, place: &str, bytes: &[u8], leaks: &mut Vec<String>) {
        leaks.extend(found(bytes, &self.value).map(|how| format!("{place} ({how})")));
    }

    /// Notes every file that has the value, but those that the case writes on purpose.
    pub fn search_files(&self, except: &[&str], leaks: &mut Vec<String>) {
        leaks.extend(found_in_files(&[self.folder.path()], &self.value, except));
    }

    /// Notes whether the system shows the value of a running process to others.
    pub fn search_process(&self, id: u32, leaks: &mut Vec<String>) {
        for name in ["environ", "cmdline", "comm", "maps"] {
            let mut bytes = Vec::new();
            let file = fs::File::open(format!("/proc/{id}/{name}"));
            if let Ok(mut file) = file {
                let _ = file.read_to_end(&mut bytes);
            }
            self.search(&format!("/proc/PID/{name}"), &bytes, leaks);
        }
    }

    /// Removes the lines with the value from a text that a failing test shows.
    pub fn safe(&self, text: &str) -> String {
        let lines = text
            .lines()
            .map(|line| match found(line.as_bytes(), &self.value) {
                Some(how) => format!("<a line with the value {how}>"),
                None => line.to_owned(),
            });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Runs the case headless, in every way in which results leave a run.
    pub fn run_headless(&self, case: &Case) -> (Vec<String>, String) {
        let mut leaks = Vec::new();
        let cells = std::iter::once(&GET).chain(case.cells);
        let notebook: String = cells.map(|cell| format!("# %%\n{cell}\n\n")).collect();
        fs::write(self.current.join("a.py"), notebook).unwrap();
        let ran = self.sheaf(&["run", "a.py", "--allow-shell", "--record"], &mut leaks);
        let shown = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        let code = ran.status.code();
        let fails = code != Some(0);
        assert!(
            fails == case.fails,
            "{}: exit code {code:?}\n{}",
            case.name,
            self.safe(&shown)
        );
        for arguments in [
            &["run", "a.py", "--allow-shell", "--json"] as &[_],
            &["run", "a.py", "--allow-shell", "--resume"],
            &["run", "a.py", "--allow-shell", "--check", "--junit", "report.xml"],
            &["show", "a.py", "--outputs"],
            &["convert", "a.py", "--to", "html", "--out", "a.html"],
            &["convert", "a.py", "--to", "ipynb", "--out", "a.ipynb"],
            &["convert", "a.py", "--to", "markdown", "--out", "a.md"],
        ] {
            self.sheaf(arguments, &mut leaks);
        }
        self.search_files(case.writes, &mut leaks);
        (leaks, shown)
    }

    /// Runs the case at the prompt of a terminal, saves and exports it there, and leaves.
    pub fn run_at_prompt(&self, case: &Case) -> (Vec<String>, String) {
        let mut leaks = Vec::new();
        let mut prompt = self.prompt();
        for (number, cell) in std::iter::once(&GET).chain(case.cells).enumerate() {
            prompt.paste(cell).send(ENTER);
            let is_asked = case.answer.filter(|_| number == case.cells.len());
            if let Some(answer) = is_asked {
                prompt.wait_for("wants to send").send(answer).send(ENTER);
            } else {
                prompt.send(ENTER);
            }
            prompt
                .send(&format!("print(\"after \" + \"{number}.\")\r"))
                .wait_for(&format!("after {number}."));
        }
        for command in [
            "%save b.py",
            "%export b.html",
            "%export b.ipynb",
            "%export b.md",
            "%cells",
            "%who",
        ] {
            prompt.send(&format!("{command}\r"));
        }
        prompt
            .send("print(\"at the \" + \"end.\")\r")
            .wait_for("at the end.");
        // While it runs, the journal is there.
        self.search_files(case.writes, &mut leaks);
        self.search_process(prompt.id(), &mut leaks);
        prompt.send("%quit\r%quit\r");
        prompt.wait_exit();
        let shown = prompt.everything();
        self.search("the terminal", prompt.history().as_bytes(), &mut leaks);
        self.search("the screen", shown.as_bytes(), &mut leaks);
        self.search_files(case.writes, &mut leaks);
        (leaks, shown)
    }
}

/// The cell that gets the secret.
pub const GET: &str = "password = dbutils.secrets.get(scope=\"vault\", key=\"password\")";

/// Runs each case both ways, and fails with all that is wrong.
#[track_caller]
pub fn check(cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        for (way, run) in [
            (
                "headless",
                Scene::run_headless as fn(&Scene, &Case) -> (Vec<String>, String),
            ),
            ("at the prompt", Scene::run_at_prompt),
        ] {
            let scene = Scene::new(case);
            let (leaks, shown) = run(&scene, case);
            wrong.extend(
                leaks
                    .iter()
                    .map(|leak| format!("{}, {way}: the value is in {}", case.name, scene.safe(leak))),
            );
            let dense = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            for text in case.shows {
                if !dense(&shown).contains(&dense(text)) {
                    wrong.push(format!(
                        "{}, {way}: {text:?} is not shown in:\n{}",
                        case.name,
                        scene.safe(&shown)
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Makes up a value of 24 characters, a third of them marks; it begins and ends with a letter.
fn random_value() -> String {
    let mut bytes = [0; 24];
    fs::File::open("/dev/urandom")
        .unwrap()
        .read_exact(&mut bytes)
        .unwrap();
    let value = bytes.iter().enumerate().map(|(at, byte)| {
        let letters = if at % 3 == 1 { MARKS } else { LETTERS };
        char::from(letters[usize::from(*byte) % letters.len()])
    });
    value.collect()
}

/// Returns whether a file is anywhere in the folders of a scene.
pub fn has_file(scene: &Scene, name: &str) -> bool {
    let mut left = vec![scene.folder.path().to_owned()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir::<&Path>(&folder).unwrap().flatten() {
            if entry.file_name() == name {
                return true;
            }
            if entry.file_type().unwrap().is_dir() {
                left.push(entry.path());
            }
        }
    }
    false
}
