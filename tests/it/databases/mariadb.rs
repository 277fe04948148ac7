//! A MariaDB server for tests: on a free port, in a folder of its own, as a child that ends with the test.
//!
//! It does not run as root, and so runs as the user `mysql` where the tests are root's. Its own root has no password; the
//! others have those that [`MariaDb::admits`] gives them.

use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The user that the package makes for its servers.
const USER: &str = "mysql";
/// The database that there is at first.
pub const DATABASE: &str = "shop";
/// How long a server may take to start on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(20);
/// Where programs of servers are, which are not on everyone's path.
const PLACES: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/usr/libexec"];

/// A server that runs until this is dropped.
pub struct MariaDb {
    folder: TempDir,
    pub port: u16,
    child: Option<Child>,
    /// What is said to the server when it starts, behind what each is told.
    options: Vec<String>,
}

impl MariaDb {
    /// Creates a server with an empty database, and starts it.
    ///
    /// The thread that calls this has to live as long as the server does: its end is that of the server.
    pub fn start() -> Self {
        Self::with_options(&[])
    }

    /// Creates a server that is told something of its own: `--max-connections=5`.
    pub fn with_options(options: &[&str]) -> Self {
        let mut server = Self::create();
        server
            .options
            .extend(options.iter().map(|option| (*option).to_owned()));
        server.begin();
        server
    }

    /// Returns the address of the database, as the server's own root.
    pub fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}/{DATABASE}", self.port)
    }

    /// Runs statements beside the program that is tested, and returns what they print: a row in a line, with tabs.
    pub fn sql(&self, statements: &str) -> String {
        let mut child = self
            .client("mariadb")
            .args(["--batch", "--raw", "--skip-column-names"])
            .args(["--default-character-set=utf8mb4", "--database", DATABASE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(statements.as_bytes()).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{statements}: {said}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn create() -> Self {
        if let Some(missing) = missing() {
            panic!("MariaDB is missing: {missing}");
        }
        let folder = tempfile::tempdir().unwrap();
        own(folder.path());
        let mut install = Command::new(program("mariadb-install-db"));
        install
            .args(["--no-defaults", "--auth-root-authentication-method=normal"])
            .args(["--skip-test-db", "--skip-name-resolve"])
            .arg(format!("--datadir={}", folder.path().join("data").display()));
        if is_root() {
            install.arg(format!("--user={USER}"));
        }
        let made = install.output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self {
            folder,
            port: 0,
            child: None,
            options: Vec::new(),
        }
    }

    /// Starts the server for the first time.
    fn begin(&mut self) {
        self.run();
        let made = self
            .client("mariadb")
            .args(["--execute", &format!("CREATE DATABASE {DATABASE}")])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    fn run(&mut self) {
        // Another process may take the port first.
        for _ in 0..3 {
            let port = if self.port == 0 { free_port() } else { self.port };
            let folder = self.folder.path();
            let log = File::create(folder.join("log")).unwrap();
            let mut server = command("mariadbd");
            server
                .args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve"])
                // A crash of the machine is nothing that the tests try.
                .args(["--innodb-flush-log-at-trx-commit=0", "--sync-binlog=0"])
                .arg(format!("--datadir={}", folder.join("data").display()))
                .arg(format!("--socket={}", folder.join("socket").display()))
                .arg(format!("--pid-file={}", folder.join("pid").display()))
                .arg(format!("--port={port}"))
                .args(&self.options);
            let mut child = server
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .unwrap();
            self.port = port;
            let is_up = self.answers(&mut child);
            self.child = Some(child);
            if is_up {
                return;
            }
            self.end(Signal::KILL);
            self.port = 0;
        }
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        panic!("MariaDB does not start: {log}");
    }

    /// Waits until the server lets someone in, as long as it runs.
    fn answers(&self, child: &mut Child) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && child.try_wait().unwrap().is_none() {
            let is_there = TcpStream::connect(("127.0.0.1", self.port)).is_ok();
            let ping = || self.client("mariadb-admin").arg("ping").output();
            if is_there && ping().is_ok_and(|output| output.status.success()) {
                return true;
            }
            thread::sleep(PAUSE);
        }
        false
    }

    /// Prepares a program that asks the server, as its root.
    fn client(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        command.args([
            "--no-defaults",
            "--host=127.0.0.1",
            "--user=root",
            "--protocol=tcp",
        ]);
        command.arg(format!("--port={}", self.port));
        command
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

impl Drop for MariaDb {
    fn drop(&mut self) {
        self.end(Signal::KILL);
    }
}

/// Says what is missing on this machine to start a server, and how it is installed.
pub fn missing() -> Option<String> {
    let is_there = |name| program(name).is_absolute();
    (!is_there("mariadbd") || !is_there("mariadb-install-db"))
        .then(|| "apt-get install mariadb-server".to_owned())
}

/// Finds a program; servers are not on everyone's path.
fn program(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = env::split_paths(&path).chain(PLACES.map(PathBuf::from));
    let found = places.find_map(|folder| Some(folder.join(name)).filter(|place| place.exists()));
    found.unwrap_or_else(|| PathBuf::from(name))
}

/// Prepares a program of the server's: as its user where this one is root, and to end with this process.
fn command(name: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if is_root() {
        command.args([
            &format!("--reuid={USER}"),
            &format!("--regid={USER}"),
            "--init-groups",
        ]);
    }
    command.arg(program(name)).current_dir("/");
    command
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Gives a file to the user that the server runs as.
fn own(file: &Path) {
    if is_root() {
        let user = uzers::get_user_by_name(USER).unwrap();
        chown(file, Some(user.uid()), Some(user.primary_group_id())).unwrap();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
