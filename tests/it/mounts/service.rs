//! Servers that the tests share: the first test that needs one starts it, and it ends when no test has needed it for a
//! while, however the tests ended.
//!
//! Each test runs in a process of its own. A keeper, which is one more process of this program, starts the server as its
//! child and watches a lock that every user of the server holds as long as it lives. The server in turn ends when the
//! keeper does: it reads its input, which the keeper holds open.

use std::env;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{azurite, gcs, moto};

/// The variable that says to a keeper which server it starts.
const KEEPER: &str = "KEEPER_OF";
/// How long a server stays without a user: the next test may want it.
const GRACE: Duration = Duration::from_secs(10);
/// How long a server may take to start on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(50);

/// A server that tests can share.
pub struct Server {
    pub name: &'static str,
    /// Says what is missing on this machine to start it, and how it is installed.
    pub missing: fn() -> Option<String>,
    /// Returns what starts it on a port, with a folder to itself. It must end when its input does.
    pub command: fn(u16, &Path) -> Command,
}

static SERVERS: &[Server] = &[
    azurite::PLAIN,
    azurite::TLS,
    azurite::MANY,
    moto::SERVER,
    moto::STRICT,
    gcs::SERVER,
];

/// The use of a running server: it runs at least until this is dropped.
pub struct Use {
    pub port: u16,
    pub folder: PathBuf,
    _lock: File,
}

impl Use {
    /// Starts the server unless it runs.
    pub fn of(server: &Server) -> Self {
        if let Some(missing) = (server.missing)() {
            panic!("{} is missing: {missing}", server.name);
        }
        let folder = folder_of(server);
        fs::create_dir_all(&folder).unwrap();
        let lock = file(&folder, "users");
        lock.lock_shared().unwrap();
        // One at a time looks whether there is a keeper, and starts it.
        let starting = file(&folder, "starting");
        starting.lock().unwrap();
        let begun = Instant::now();
        let mut keeper = None;
        let port = loop {
            if is_kept(&folder) {
                if let Some(port) = port(&folder) {
                    break port;
                }
            } else if begun.elapsed() > PATIENCE || has_ended(keeper.as_mut()) {
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                panic!("{} does not start: {log}", server.name);
            } else if keeper.is_none() {
                keeper = Some(start_keeper(server));
            }
            thread::sleep(PAUSE);
        };
        Self {
            port,
            folder,
            _lock: lock,
        }
    }
}

fn folder_of(server: &Server) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("services")
        .join(server.name)
}

fn file(folder: &Path, name: &str) -> File {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    options.open(folder.join(name)).unwrap()
}

/// Returns whether there is a keeper now.
fn is_kept(folder: &Path) -> bool {
    matches!(
        file(folder, "kept").try_lock_shared(),
        Err(TryLockError::WouldBlock)
    )
}

/// Returns the port that the keeper wrote when the server answered there.
fn port(folder: &Path) -> Option<u16> {
    fs::read_to_string(folder.join("port")).ok()?.parse().ok()
}

fn has_ended(keeper: Option<&mut Child>) -> bool {
    keeper.is_some_and(|keeper| keeper.try_wait().unwrap().is_some())
}

fn start_keeper(server: &Server) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["mounts::service::keeper", "--exact", "--ignored"])
        .env(KEEPER, server.name)
        // Whoever stops the tests stops their group; the keeper has to stay to stop the server.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "a process that the other tests start"]
fn keeper() {
    let Ok(name) = env::var(KEEPER) else { return };
    let server = SERVERS.iter().find(|server| server.name == name).unwrap();
    let folder = folder_of(server);
    let kept = file(&folder, "kept");
    let _ = fs::remove_file(folder.join("port"));
    kept.lock().unwrap();
    let (mut child, port) = start(server, &folder);
    // Renamed, so that nobody reads half of it.
    fs::write(folder.join("port.new"), port.to_string()).unwrap();
    fs::rename(folder.join("port.new"), folder.join("port")).unwrap();

    let users = file(&folder, "users");
    let mut unused_since = None;
    while !has_ended(Some(&mut child)) {
        thread::sleep(5 * PAUSE);
        match users.try_lock() {
            // From here on a test that comes waits until this process has ended, and starts another.
            Ok(()) if unused_since.get_or_insert_with(Instant::now).elapsed() > GRACE => break,
            Ok(()) => users.unlock().unwrap(),
            Err(_) => unused_since = None,
        }
    }
    let _ = fs::remove_file(folder.join("port"));
    let _ = child.kill();
    let _ = child.wait();
    drop(kept);
    drop(users);
}

/// Starts the server on a free port and waits until it answers there.
fn start(server: &Server, folder: &Path) -> (Child, u16) {
    // Another process may take the port first.
    for _ in 0..3 {
        let port = free_port();
        let log = File::create(folder.join("log")).unwrap();
        let mut child = (server.command)(port, folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        if answers(port, &mut child) {
            return (child, port);
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    panic!("{} does not start", server.name);
}

/// Waits until something listens on a port, as long as the child runs.
fn answers(port: u16, child: &mut Child) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE && child.try_wait().unwrap().is_none() {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        thread::sleep(PAUSE);
    }
    false
}

/// Returns a port of this machine that nothing listens on now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Returns whether a program can be started.
pub fn is_installed(program: impl AsRef<Path>) -> bool {
    let started = Command::new(program.as_ref())
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    !matches!(started, Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// Returns the folder of what is installed for the tests.
pub fn installed() -> PathBuf {
    Path::new(&env::var("HOME").unwrap()).join(".cache/sheaf")
}
