//! A workspace with pipelines and a monitor that serves it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::Utc;
use serde_json::{Value, json};
use sheaf::database::Pool;
use sheaf::job::Environment;
use sheaf::monitor::{Access, Role, Server, ServerOptions, Tokens, View};
use sheaf::pipeline::definition::Pipeline;
use sheaf::pipeline::published::{Publication, Published};
use sheaf::pipeline::run::{Execution, Mode, Prior, Surroundings};
use sheaf::pipeline::{Definitions, TriggerFacts};
use sheaf::schedule::{NewRun, Origin, RunId, Runs};
use sheaf::work::Interrupt;
use sheaf::workspace::Workspace;
use tempfile::TempDir;

/// Text that would run, end something, or steer a terminal, where it is not escaped.
pub const HOSTILE: &str =
    "</script><script>window.broken=1</script><img src=x onerror=window.broken=1>\"'&amp;\u{1b}[31m\u{202e}";

/// The notebook that fails in its third cell.
const NOTEBOOK: &str = "# Databricks notebook source
# MAGIC %md
# MAGIC # Scores

# COMMAND ----------

rows = [3, 4]
rows

# COMMAND ----------

fail(\"no <b>rows</b> of yesterday\")

# COMMAND ----------

\"never\"
";

/// Prepares, fails in a notebook, and has what comes after.
const NIGHTLY: &str = "(
    description: \"Scores every night.\",
    parameters: {\"date\": \"1912-04-15\", \"limit\": 10},
    activities: [
        (name: \"prepare\", type: Wait(for: \"1ms\")),
        (name: \"score\", after: {\"prepare\": Succeeded}, retry: 1, type: Notebook(path: \"score.py\")),
        (name: \"load\", after: {\"score\": Succeeded}, type: Wait(for: \"1ms\")),
    ],
    triggers: {\"night\": Schedule(cron: \"0 2 * * *\", zone: \"Europe/London\")},
)
";

/// A monitor that serves a workspace.
pub struct Site {
    pub runs: Runs,
    pub workspace: Arc<Workspace>,
    address: SocketAddr,
    interrupt: Interrupt,
    thread: Option<JoinHandle<()>>,
    folder: TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    /// The cookies that it sets, without what is said of them.
    pub cookies: Vec<String>,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Site {
    /// Serves a workspace with the pipeline `nightly`, on this machine alone.
    pub fn new() -> Self {
        Self::with(&[], false)
    }

    /// Serves it with these tokens, which are returned.
    pub fn with_tokens(roles: &[Role], is_behind_proxy: bool) -> (Self, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::find(folder.path()).unwrap();
        workspace.create_private_dir().unwrap();
        let mut tokens = Tokens::default();
        let shown = roles.iter().map(|role| {
            let token = tokens.add(role.name(), *role, Utc::now()).unwrap();
            token.expose_text().unwrap().to_owned()
        });
        let shown = shown.collect();
        tokens.write(&Tokens::path_of(&workspace)).unwrap();
        (Self::serve(folder, is_behind_proxy), shown)
    }

    fn with(files: &[(&str, &str)], is_behind_proxy: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self::serve(folder, is_behind_proxy)
    }

    fn serve(folder: TempDir, is_behind_proxy: bool) -> Self {
        fs::create_dir_all(folder.path().join("pipelines")).unwrap();
        fs::write(folder.path().join("pipelines/nightly.ron"), NIGHTLY).unwrap();
        fs::write(folder.path().join("score.py"), NOTEBOOK).unwrap();
        let workspace = Arc::new(Workspace::find(folder.path()).unwrap());
        let private = workspace.create_private_dir().unwrap();
        let runs = Runs::open(&private.join(Runs::FILE)).unwrap();
        let options = ServerOptions {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls: None,
            is_behind_proxy,
        };
        let access = Access::new(Tokens::path_of(&workspace)).unwrap();
        let view = View::new(
            Arc::clone(&workspace),
            Runs::open(&private.join(Runs::FILE)).unwrap(),
        );
        let server = Server::bind(&options, view, access).unwrap();
        let (address, interrupt) = (server.address(), Interrupt::default());
        let stop = interrupt.clone();
        let thread = std::thread::spawn(move || server.run(&stop).unwrap());
        Self {
            runs,
            workspace,
            address,
            interrupt,
            thread: Some(thread),
            folder,
        }
    }

    /// Writes a pipeline.
    pub fn pipeline(&self, name: &str, text: &str) {
        let file = self.folder.path().join("pipelines").join(format!("{name}.ron"));
        fs::write(file, text).unwrap();
    }

    /// Publishes the pipelines.
    pub fn publish(&self) {
        let publication = Publication {
            by: "a test".to_owned(),
            at: Utc::now(),
            message: String::new(),
        };
        let published = Published::open(&self.workspace);
        published.publish(&self.workspace, publication).unwrap();
    }

    /// Makes a run, which waits.
    pub fn queue(&self, pipeline: &str) -> RunId {
        let run = NewRun {
            pipeline,
            version: None,
            origin: Origin::Manual,
            trigger: TriggerFacts::default(),
            parameters: match pipeline {
                "nightly" => json!({"date": "1912-04-15"}),
                _ => json!({}),
            },
            parent: None,
            owner: None,
        };
        self.runs.create(&run, Utc::now()).unwrap()
    }

    /// Runs what waits, as the scheduler does.
    pub fn perform(&self, id: &RunId) {
        let definitions = Definitions::read(&self.workspace).unwrap();
        let row = self.runs.run(id).unwrap().unwrap();
        let pipelines: BTreeMap<String, Pipeline> = definitions
            .names()
            .map(|name| (name.to_owned(), definitions.get(name).unwrap().clone()))
            .collect();
        let mut prior = Prior::default();
        for activity in self.runs.activities(id).unwrap() {
            prior.add(&activity.path, activity.status, activity.output, activity.error);
        }
        let execution = Execution {
            name: &row.pipeline,
            pipeline: &pipelines[&row.pipeline],
            root: self.workspace.root(),
            id: &id.0,
            parameters: row.parameters.as_object().unwrap().clone(),
            trigger: row.trigger,
            prior,
            mode: Mode::Normal,
            surroundings: Surroundings {
                workspace: &self.workspace,
                environment: &Environment::default(),
                pipelines: &pipelines,
                pool: &Pool::default(),
            },
            started: Utc::now(),
            interrupt: Interrupt::default(),
        };
        execution.run(&self.runs.journal(id)).unwrap();
    }

    /// Makes a run of `nightly`, and runs it: it fails in the third cell of its notebook, twice.
    pub fn failed(&self) -> RunId {
        let id = self.queue("nightly");
        self.perform(&id);
        id
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns the address of a page for a browser.
    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port())
    }

    /// Returns the value of `Host` and of `Origin` that this server has.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port())
    }

    /// Asks for a page.
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], "")
    }

    /// Sends a request with these headers, beside `Host` where that is not among them.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut answer = self.open(method, path, headers, body);
        let (status, headers, cookies) = head(&mut answer);
        let mut bytes = Vec::new();
        match headers.get("content-length") {
            Some(length) => {
                bytes.resize(length.parse().unwrap(), 0);
                answer.read_exact(&mut bytes).unwrap();
            }
            None => {
                answer.read_to_end(&mut bytes).unwrap();
            }
        }
        Reply {
            status,
            headers,
            cookies,
            body: String::from_utf8(bytes).unwrap(),
        }
    }

    /// Sends a request, and returns what is answered as it comes.
    pub fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("host")) {
            text += &format!("Host: {}\r\n", self.host());
        }
        if !body.is_empty() {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        // A server that refuses a request need not read all of it.
        let _ = stream.write_all(format!("{text}\r\n{body}").as_bytes());
        BufReader::new(stream)
    }

    /// Sends a form as a browser does that was shown a page, and returns the answer.
    pub fn post(&self, path: &str, fields: &str) -> Reply {
        let (cookie, mark) = self.mark();
        let form = format!("mark={mark}&{fields}");
        let headers = [
            ("Cookie", cookie.as_str()),
            ("Origin", &format!("http://{}", self.host())),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        self.send("POST", path, &headers, &form)
    }

    /// Returns the cookie of a new browser, and the mark of its forms.
    pub fn mark(&self) -> (String, String) {
        let shown = self.get("/api/session");
        let cookie = shown.cookies.first().unwrap().clone();
        let mark = shown.json()["mark"].as_str().unwrap().to_owned();
        (cookie, mark)
    }
}

/// Reads the head of an answer: its status, headers and cookies.
pub fn head(answer: &mut BufReader<TcpStream>) -> (u16, BTreeMap<String, String>, Vec<String>) {
    let mut line = String::new();
    answer.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let (mut headers, mut cookies) = (BTreeMap::new(), Vec::new());
    loop {
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("set-cookie") {
            cookies.push(value.split(';').next().unwrap().to_owned());
        }
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    (status, headers, cookies)
}

impl Drop for Site {
    fn drop(&mut self) {
        self.interrupt.trigger();
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            ended.unwrap().unwrap();
        }
    }
}
