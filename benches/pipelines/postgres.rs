//! [`Postgres`]: a server of PostgreSQL as its package sets it up, on a free port, in a folder of its own.

use std::env;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The user that the package makes for its servers.
const USER: &str = "postgres";

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that runs until this is dropped. It waits for the disk, as servers do.
pub struct Postgres {
    port: u16,
    child: Child,
    _folder: TempDir,
}

impl Postgres {
    /// Starts one; none where PostgreSQL is not installed.
    pub fn start() -> Option<Self> {
        program("initdb")?;
        let folder = tempfile::tempdir().unwrap();
        if let Some(user) = uzers::get_user_by_name(USER).filter(|_| is_root()) {
            chown(folder.path(), Some(user.uid()), Some(user.primary_group_id())).unwrap();
        }
        let data = folder.path().join("data");
        let mut initdb = server("initdb")?;
        initdb.args([
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
            "-U",
            USER,
            "-D",
        ]);
        let made = initdb.arg(&data).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = free_port();
        let log = File::create(folder.path().join("log")).unwrap();
        let socket = format!("unix_socket_directories={}", folder.path().display());
        let child = server("postgres")?
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", &socket, "-c", &format!("port={port}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let server = Self {
            port,
            child,
            _folder: folder,
        };
        let begun = Instant::now();
        while !server.psql("SELECT 1").output().unwrap().status.success() {
            assert!(begun.elapsed() < PATIENCE, "PostgreSQL does not start");
            thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    /// Returns the address of its database.
    pub fn url(&self) -> String {
        format!("postgresql://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// Prepares `psql` with a command.
    pub fn psql(&self, command: &str) -> Command {
        let mut psql = Command::new(program("psql").unwrap_or_else(|| "psql".into()));
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.url()]);
        psql.args(["-c", command]);
        psql
    }

    /// Runs statements, each on its own.
    pub fn sql(&self, statements: &[&str]) {
        for statement in statements {
            let done = self.psql(statement).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Finds a program of the newest version that is installed; Debian has them in a folder for each.
fn program(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = versions
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .max();
    let debian = newest.map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin/{name}")));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = debian
        .into_iter()
        .chain(env::split_paths(&path).map(|folder| folder.join(name)));
    places.find(|place| place.exists())
}

/// Prepares a program of the server's: not as root, and to end with this process.
fn server(name: &str) -> Option<Command> {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "QUIT"]);
    if is_root() {
        command.args([
            &format!("--reuid={USER}"),
            &format!("--regid={USER}"),
            "--init-groups",
        ]);
    }
    command.arg(program(name)?).current_dir("/");
    Some(command)
}

fn is_root() -> bool {
    uzers::get_effective_uid() == 0
}

/// Returns a port that nobody listens at.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
