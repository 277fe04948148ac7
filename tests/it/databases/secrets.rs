//! User, password and host from a scope: the password comes out nowhere, whatever goes wrong with a connection.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::guarded::{Guarded, PASSWORD, USER};
use super::mariadb::MariaDb;
use super::server::Postgres;
use super::sqlserver::SqlServer;
use crate::live::Live;
use crate::secrets::leaks::scanner::{found, found_in_files};
use crate::transcript::Transcript;

const WRONG: &str = "wr0ng/p@ss#w%rd&x=Kj4+\"<>";

const GET: &str = "\
user = dbutils.secrets.get(scope=\"db\", key=\"user\")
password = dbutils.secrets.get(scope=\"db\", key=\"password\")
wrong = dbutils.secrets.get(scope=\"db\", key=\"wrong\")
host = dbutils.secrets.get(scope=\"db\", key=\"host\")";

/// What is tried, and what is to come of it.
struct Case {
    name: &'static str,
    /// The cells, with the words of a [`Guarded`] server in capital letters, and `FREE` for a port that nothing listens on.
    cells: &'static [&'static str],
    /// What is shown, in the same way.
    shows: &'static str,
    fails: bool,
}

/// What each connection is used for.
const USE: &str = "\
frame({\"id\": [1, 2]}).write_table(con, \"scores\", mode=\"overwrite\")
print(con, con.name)
con.query(\"SELECT count(*) AS n, COUNTED AS said FROM scores\")";

const CASES: &[Case] = &[
    Case {
        name: "user and password by name",
        cells: &[
            "con = connect(\"SCHEME://127.0.0.1:PORT/BASE\", user=user, password=password)",
            USE,
        ],
        shows: "it is 2",
        fails: false,
    },
    Case {
        name: "in a URL, with the host",
        cells: &[
            "con = connect(f\"SCHEME://{user}:{password}@{host}:PORT/BASE\")",
            USE,
        ],
        shows: "it is 2",
        fails: false,
    },
    Case {
        name: "as JDBC has them",
        cells: &["con = connect(f\"JDBC_WITH_BOTH\")", USE],
        shows: "it is 2",
        fails: false,
    },
    Case {
        name: "as properties",
        cells: &[
            "con = connect(\"JDBC_WITHOUT\", {\"user\": user, \"password\": password, \"driver\": \"DRIVER\"})",
            USE,
        ],
        shows: "it is 2",
        fails: false,
    },
    Case {
        name: "a wrong password",
        cells: &["con = connect(\"SCHEME://127.0.0.1:PORT/BASE\", user=user, password=wrong)"],
        shows: "the user or the password is wrong",
        fails: true,
    },
    Case {
        name: "a wrong password in a URL",
        cells: &["con = connect(f\"SCHEME://{user}:{wrong}@127.0.0.1:PORT/BASE\")"],
        shows: "the user or the password is wrong",
        fails: true,
    },
    Case {
        name: "the password as the user",
        cells: &["con = connect(\"SCHEME://127.0.0.1:PORT/BASE\", user=password, password=wrong)"],
        shows: "NO_USER",
        fails: true,
    },
    Case {
        name: "the password as the database",
        cells: &["con = connect(f\"SCHEME://{user}:{password}@127.0.0.1:PORT/{password}\")"],
        shows: "NO_BASE",
        fails: true,
    },
    Case {
        name: "the password as a parameter that is wrong",
        cells: &["con = connect(f\"SCHEME://{user}@127.0.0.1:PORT/BASE?SAFETY={password}\")"],
        shows: "the address has a wrong SAFETY",
        fails: true,
    },
    Case {
        name: "a server that is down",
        cells: &["con = connect(f\"SCHEME://{user}:{password}@127.0.0.1:FREE/BASE\")"],
        shows: "nothing listens there",
        fails: true,
    },
    Case {
        name: "a host that may not have it",
        cells: &["con = connect(f\"SCHEME://{user}:{password}@127.0.0.2:PORT/BASE\")"],
        shows: "may not go to 127.0.0.2",
        fails: true,
    },
    Case {
        name: "a statement that is refused",
        cells: &[
            "con = connect(f\"SCHEME://{user}:{password}@127.0.0.1:PORT/BASE\")",
            "con.query(f\"SELECT '{password}' AS p FROM nowhere\")",
        ],
        shows: "NO_TABLE",
        fails: true,
    },
    Case {
        name: "a value that a query asks with",
        cells: &[
            "con = connect(f\"SCHEME://{user}:{password}@127.0.0.1:PORT/BASE\")",
            "con.query(\"SELECT CAST(:a AS CHAR(20)) AS t\", {\"a\": str(password)})",
        ],
        shows: "a parameter has a reference to a secret in it",
        fails: true,
    },
    Case {
        name: "a file that is called as the value",
        cells: &["connect(f\"sqlite:/tmp/{password}.db\")"],
        shows: "the path of a database cannot be a secret",
        fails: true,
    },
];

/// Folders of a workspace whose scope is approved, and a server that knows one user.
struct Scene<S> {
    server: S,
    transcript: Transcript,
    free: u16,
}

impl<S: Guarded> Scene<S> {
    fn new() -> Self {
        let server = <S as Guarded>::start();
        let scope = "(secrets: {\"db\": (store: environment(prefix: \"DB_\"), sinks: [\"127.0.0.1\"])})\n";
        let transcript = Transcript::new().file("sheaf.ron", scope).approved();
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        Self {
            server,
            transcript,
            free,
        }
    }

    fn notebook(&self, cells: &[&str]) -> String {
        let cells = std::iter::once(&GET).chain(cells);
        let cells: String = cells.map(|cell| format!("# %%\n{cell}\n\n")).collect();
        self.in_its_words(&cells)
    }

    /// Puts what a server has in the places of the words in capital letters.
    fn in_its_words(&self, text: &str) -> String {
        let words = S::WORDS.iter().fold(text.to_owned(), |text, (word, meaning)| {
            text.replace(word, meaning)
        });
        words
            .replace("PORT", &self.server.port().to_string())
            .replace("FREE", &self.free.to_string())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sheaf"));
        command
            .args(arguments)
            .current_dir(self.transcript.path())
            .env_clear()
            .env("HOME", self.transcript.path())
            .env("TMPDIR", self.transcript.path())
            .env("XDG_STATE_HOME", self.transcript.state())
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "1")
            .env("DB_USER", USER)
            .env("DB_PASSWORD", PASSWORD)
            .env("DB_WRONG", WRONG)
            .env("DB_HOST", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn sheaf(&self, arguments: &[&str], leaks: &mut Vec<String>) -> Output {
        let output = self.command(arguments).output().unwrap();
        for (stream, bytes) in [("output", &output.stdout), ("errors", &output.stderr)] {
            search(
                &format!("the {stream} of sheaf {}", arguments.join(" ")),
                bytes,
                leaks,
            );
        }
        output
    }

    fn search_files(&self, leaks: &mut Vec<String>) {
        for value in [PASSWORD, WRONG] {
            let folders = [self.transcript.path(), self.transcript.state()];
            leaks.extend(found_in_files(&folders, value, &[]));
        }
    }
}

fn search(place: &str, bytes: &[u8], leaks: &mut Vec<String>) {
    for value in [PASSWORD, WRONG] {
        leaks.extend(found(bytes, value).map(|how| format!("{place} ({how})")));
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Tries all cases.
fn the_password_comes_out_nowhere<S: Guarded>() {
    let scene = Scene::<S>::new();
    let mut wrong = Vec::new();
    for case in CASES {
        let mut leaks = Vec::new();
        fs::write(scene.transcript.path().join("a.py"), scene.notebook(case.cells)).unwrap();
        let ran = scene.sheaf(&["run", "a.py", "--record"], &mut leaks);
        let shown = text(&ran);
        if ran.status.success() == case.fails || !shown.contains(&scene.in_its_words(case.shows)) {
            wrong.push(format!("{}: {:?}\n{shown}", case.name, ran.status.code()));
        }
        for arguments in [
            &["run", "a.py", "--json"] as &[_],
            &["run", "a.py", "--resume"],
            &["run", "a.py", "--check", "--junit", "report.xml"],
            &["show", "a.py", "--outputs"],
            &["convert", "a.py", "--to", "html", "--out", "a.html"],
            &["convert", "a.py", "--to", "ipynb", "--out", "a.ipynb"],
            &["convert", "a.py", "--to", "markdown", "--out", "a.md"],
        ] {
            scene.sheaf(arguments, &mut leaks);
        }
        scene.search_files(&mut leaks);
        wrong.extend(
            leaks
                .iter()
                .map(|leak| format!("{}: the value is in {leak}", case.name)),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns whether a process was started by this one, or by one that was: other tests have the same password.
fn is_of_this_test(process: &str) -> bool {
    let parent = |process: &str| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
        Some(line.trim().to_owned())
    };
    let own = std::process::id().to_string();
    let mut at = process.to_owned();
    while at != own {
        match parent(&at) {
            Some(above) if above != "0" => at = above,
            _ => return false,
        }
    }
    true
}

/// Looks at what everyone on the machine sees while the password is in use.
fn nobody_is_shown_the_password<S: Guarded>() {
    let scene = Scene::<S>::new();
    let asked = format!("con.query({:?})", S::SLOW);
    let cells = [
        "con = connect(f\"SCHEME://{user}:{password}@127.0.0.1:PORT/BASE\")",
        &asked,
    ];
    fs::write(scene.transcript.path().join("a.py"), scene.notebook(&cells)).unwrap();
    let child = scene.command(&["run", "a.py"]).spawn().unwrap();
    let begun = Instant::now();
    while !scene.server.is_used() {
        assert!(begun.elapsed() < Duration::from_secs(30), "nobody connects");
        thread::sleep(Duration::from_millis(20));
    }
    let mut leaks = Vec::new();
    let mut searched = 0;
    let all = fs::read_dir("/proc").unwrap().flatten();
    for entry in all.filter(|entry| is_of_this_test(&entry.file_name().to_string_lossy())) {
        for name in ["cmdline", "comm"] {
            if let Ok(bytes) = fs::read(entry.path().join(name)) {
                search(&format!("{}/{name}", entry.path().display()), &bytes, &mut leaks);
                searched += 1;
            }
        }
    }
    search(
        "what the server lists",
        scene.server.listed().as_bytes(),
        &mut leaks,
    );
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(searched > 2);
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn the_password_of_a_connection_to_postgresql_comes_out_nowhere() {
    the_password_comes_out_nowhere::<Postgres>();
}

#[test]
fn the_password_of_a_connection_to_mariadb_comes_out_nowhere() {
    the_password_comes_out_nowhere::<MariaDb>();
}

#[test]
fn the_password_of_a_connection_to_sql_server_comes_out_nowhere() {
    the_password_comes_out_nowhere::<SqlServer>();
}

#[test]
fn the_system_and_postgresql_show_nobody_the_password() {
    nobody_is_shown_the_password::<Postgres>();
}

#[test]
fn the_system_and_mariadb_show_nobody_the_password() {
    nobody_is_shown_the_password::<MariaDb>();
}

#[test]
fn the_system_and_sql_server_show_nobody_the_password() {
    nobody_is_shown_the_password::<SqlServer>();
}

/// A token is a secret as a password is.
#[test]
fn the_token_of_a_connection_to_sql_server_comes_out_nowhere() {
    let scene = Scene::<SqlServer>::new();
    let cells = ["con = connect(f\"mssql://127.0.0.1:PORT/shop?accessToken={wrong}\")"];
    fs::write(scene.transcript.path().join("a.py"), scene.notebook(&cells)).unwrap();
    let mut leaks = Vec::new();
    let ran = scene.sheaf(&["run", "a.py", "--record"], &mut leaks);
    assert!(text(&ran).contains("the token is refused"), "{}", text(&ran));
    scene.search_files(&mut leaks);
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn a_password_that_is_shown_would_be_found() {
    let encoded: String = PASSWORD.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut leaks = Vec::new();
    search(
        "a URL",
        format!("postgresql://me:{encoded}@127.0.0.1/x").as_bytes(),
        &mut leaks,
    );
    search(
        "a message",
        format!("no user {PASSWORD:?} here").as_bytes(),
        &mut leaks,
    );
    assert_eq!(leaks.len(), 2, "{leaks:?}");
}

#[test]
fn a_password_that_is_written_as_text_is_warned_of() {
    let server = Postgres::start();
    let mut live = Live::new();
    let connect = format!("con = connect({:?}, password={WRONG:?})", server.url("postgres"));
    let shown = live.enter(&connect);
    assert!(
        shown.contains("connect: the password is written as text, so whoever reads the notebook has it")
            && shown.contains("password=dbutils.secrets.get(\"SCOPE\", \"KEY\")"),
        "{shown}"
    );
    assert!(!shown.contains(WRONG), "{shown}");
}
