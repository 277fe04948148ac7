//! A PostgreSQL server for tests: on a free port, in a folder of its own, as a child that ends with the test.
//!
//! It does not run as root, and so runs as the user `postgres` where the tests are root's. It believes everyone on this
//! machine but those whom [`Postgres::distrusts`] names, so that tests can have passwords, too.

use std::env;
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::certificate::certify;
use super::disk::Disk;
use super::kinds::reads;

/// The user that the package makes for its servers.
const USER: &str = "postgres";
/// How long a server may take to start on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(20);

/// A server that runs until this is dropped.
pub struct Postgres {
    folder: TempDir,
    pub port: u16,
    child: Option<Child>,
    /// What is said to the server when it starts, behind what each is told.
    options: Vec<String>,
    environment: Vec<(&'static str, PathBuf)>,
}

impl Postgres {
    /// Creates a server and starts it.
    ///
    /// The thread that calls this has to live as long as the server does: its end is that of the server.
    pub fn start() -> Self {
        let mut server = Self::create();
        server.run();
        server
    }

    /// Creates a server that has a certificate for `localhost`, and starts it; returns the file of who signed it, too.
    pub fn with_certificate() -> (Self, PathBuf) {
        let mut server = Self::create();
        let authority = certify(server.folder.path());
        for file in ["server.pem", "server.key"] {
            let file = server.folder.path().join(file);
            own(&file);
            fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        for option in [
            "ssl=on",
            "ssl_cert_file=../server.pem",
            "ssl_key_file=../server.key",
        ] {
            server.options.push(option.to_owned());
        }
        server.run();
        (server, authority)
    }

    /// Creates a server that is told something of its own, `log_connections=on`, and starts it.
    pub fn with_options(options: &[&str]) -> Self {
        let mut server = Self::create();
        server
            .options
            .extend(options.iter().map(|option| (*option).to_owned()));
        server.run();
        server
    }

    /// Returns what the server has said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Creates a server whose tables are on a disk that can be filled, and starts it.
    pub fn on_disk(disk: &Disk) -> Self {
        let mut server = Self::create();
        server.environment.extend(disk.environment());
        server.run();
        server
    }

    /// Makes a user who has to give a password.
    pub fn distrusts(&self, user: &str, password: &str) {
        self.sql(&format!("CREATE ROLE \"{user}\" LOGIN PASSWORD '{password}'"));
        let rules = self.folder.path().join("data/pg_hba.conf");
        let trusted = fs::read_to_string(&rules).unwrap();
        // The first line that applies decides.
        fs::write(
            &rules,
            format!("host all \"{user}\" all scram-sha-256\n{trusted}"),
        )
        .unwrap();
        own(&rules);
        self.sql("SELECT pg_reload_conf()");
    }

    /// Returns the address of a database, as whoever the server believes.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs statements beside the program that is tested, and returns what they print, without what is around it.
    pub fn sql(&self, statements: &str) -> String {
        let mut psql = self.psql();
        psql.args(["-A", "-t"]);
        reads(psql, statements).trim_end().to_owned()
    }

    /// Runs statements beside the program that is tested, and returns what they print as CSV, without a head.
    pub fn csv(&self, statements: &str, null: &str) -> String {
        let mut psql = self.psql();
        psql.args(["--csv", "-t", "-P", &format!("null={null}")]);
        reads(psql, statements)
    }

    fn psql(&self) -> Command {
        let mut psql = Command::new(program("psql"));
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.url(USER)])
            .env("PGTZ", "UTC");
        psql
    }

    /// Returns how many others are connected.
    pub fn sessions(&self) -> usize {
        let count = "SELECT count(*) FROM pg_stat_activity \
                     WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        self.sql(count).parse().unwrap()
    }

    /// Stops the server while others are connected, and waits until it has ended.
    pub fn stop(&mut self) {
        self.end(Signal::INT);
    }

    /// Stops the server as a crash would: nobody is told.
    pub fn crash(&mut self) {
        self.end(Signal::QUIT);
    }

    /// Starts the server again that was stopped.
    pub fn begin(&mut self) {
        self.run();
    }

    /// Starts the server again, where it was.
    pub fn restart(&mut self) {
        self.end(Signal::INT);
        self.run();
    }

    fn create() -> Self {
        if let Some(missing) = missing() {
            panic!("PostgreSQL is missing: {missing}");
        }
        let folder = tempfile::tempdir().unwrap();
        own(folder.path());
        let data = folder.path().join("data");
        let made = command("initdb")
            .args([
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
                "-U",
                USER,
                "-D",
            ])
            .arg(data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self {
            folder,
            port: 0,
            child: None,
            options: Vec::new(),
            environment: Vec::new(),
        }
    }

    fn run(&mut self) {
        // Another process may take the port first.
        for _ in 0..3 {
            let port = if self.port == 0 { free_port() } else { self.port };
            let log = File::create(self.folder.path().join("log")).unwrap();
            let mut server = command("postgres");
            server.arg("-D").arg(self.folder.path().join("data"));
            let socket = format!("unix_socket_directories={}", self.folder.path().display());
            let port_option = format!("port={port}");
            let always = ["listen_addresses=localhost", "fsync=off", &socket, &port_option];
            for option in always.into_iter().chain(self.options.iter().map(String::as_str)) {
                server.args(["-c", option]);
            }
            let mut child = server
                .envs(self.environment.iter().cloned())
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .unwrap();
            let is_up = Self::answers(port, &mut child);
            self.child = Some(child);
            if is_up {
                self.port = port;
                return;
            }
            self.end(Signal::QUIT);
        }
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        panic!("PostgreSQL does not start: {log}");
    }

    /// Waits until the server lets someone in, as long as it runs.
    fn answers(port: u16, child: &mut Child) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && child.try_wait().unwrap().is_none() {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() && is_ready(port) {
                return true;
            }
            thread::sleep(PAUSE);
        }
        false
    }

    fn end(&mut self, signal: Signal) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let _ = kill_process(id.unwrap(), signal);
        let _ = child.wait();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.end(Signal::QUIT);
    }
}

/// Says what is missing on this machine to start a server, and how it is installed.
pub fn missing() -> Option<String> {
    (!program("initdb").exists()).then(|| "apt-get install postgresql".to_owned())
}

fn is_ready(port: u16) -> bool {
    let mut ready = Command::new(program("pg_isready"));
    ready.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
    ready.status().is_ok_and(|status| status.success())
}

/// Finds a program of the newest version that is installed; Debian has them in a folder for each.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = versions
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .max();
    let debian = newest.map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin/{name}")));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = debian
        .into_iter()
        .chain(env::split_paths(&path).map(|folder| folder.join(name)));
    places
        .find(|place| place.exists())
        .unwrap_or_else(|| PathBuf::from(name))
}

/// Prepares a program of the server's: as its user where this one is root, and to end with this process.
fn command(name: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "QUIT"]);
    if rustix::process::geteuid().is_root() {
        command.args([
            &format!("--reuid={USER}"),
            &format!("--regid={USER}"),
            "--init-groups",
        ]);
    }
    command.arg(program(name)).current_dir("/");
    command
}

/// Gives a file to the user that the server runs as.
fn own(file: &Path) {
    if rustix::process::geteuid().is_root() {
        let user = uzers::get_user_by_name(USER).unwrap();
        chown(file, Some(user.uid()), Some(user.primary_group_id())).unwrap();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
