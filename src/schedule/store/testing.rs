//! What the tests of the store and the scheduler share: stores of their own, in a file and in a server of PostgreSQL.
//!
//! One server is for all tests of a process. It is a child of a thread that never ends, and is told to end with it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use tempfile::TempDir;

use super::runs::Runs;
use crate::file::write_unsynced;
use crate::job::Environment;
use crate::workspace::Workspace;

/// Makes a folder and a server in it, as whoever may run one, and removes the folder when it is told to end.
const SCRIPT: &str = "
folder=$(mktemp -d /tmp/sheaf-store-XXXXXX) || exit 1
end() { kill -QUIT $pid 2>/dev/null; wait $pid; rm -rf \"$folder\"; exit 0; }
trap end TERM INT
\"$1/initdb\" -A trust -E UTF8 --locale=C.UTF-8 -N -U postgres -D \"$folder/data\" >\"$folder/log\" 2>&1 || exit 1
\"$1/postgres\" -D \"$folder/data\" -c port=$2 -c listen_addresses=localhost -c \"unix_socket_directories=$folder\" \
    -c fsync=off >>\"$folder/log\" 2>&1 &
pid=$!
until \"$1/pg_isready\" -q -h 127.0.0.1 -p $2; do kill -0 $pid || exit 1; sleep 0.05; done
echo ready
wait $pid
";

/// A place for a store of its own.
pub(in crate::schedule) struct Kept {
    folder: TempDir,
    /// The schema, of one in a database.
    schema: String,
}

impl Kept {
    /// Makes a place for one in a file.
    pub(in crate::schedule) fn file() -> Self {
        Self::with("()", "")
    }

    /// Makes a place for one in a database; none where there is no PostgreSQL and nobody insists.
    pub(in crate::schedule) fn database() -> Option<Self> {
        Some(Self::behind(server()?))
    }

    /// Makes a place for one in a database that is reached by this port.
    pub(in crate::schedule) fn behind(port: u16) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("store_{number}");
        Self::with(&settings(port, &schema), &schema)
    }

    fn with(settings: &str, schema: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_unsynced(&folder.path().join("sheaf.ron"), settings.as_bytes()).unwrap();
        Self {
            folder,
            schema: schema.to_owned(),
        }
    }

    /// Opens it once more, as another process does.
    pub(in crate::schedule) fn open(&self) -> Runs {
        self.try_open().unwrap_or_else(|error| panic!("{error}"))
    }

    pub(in crate::schedule) fn try_open(&self) -> crate::error::Result<Runs> {
        Runs::of_workspace(&Workspace::find(self.path())?, &Environment::default())
    }

    pub(in crate::schedule) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(in crate::schedule) fn schema(&self) -> String {
        self.schema.clone()
    }

    /// Makes the workspace the one that is known by this.
    pub(in crate::schedule) fn take_identity(&self, id: &[u8]) {
        fs::create_dir_all(self.path().join(".sheaf")).unwrap();
        write_unsynced(&self.path().join(".sheaf/runs.id"), id).unwrap();
    }

    /// Changes where it is.
    pub(in crate::schedule) fn lead_to(&self, port: u16, schema: &str) {
        let settings = settings(port, schema);
        write_unsynced(&self.path().join("sheaf.ron"), settings.as_bytes()).unwrap();
    }
}

fn settings(port: u16, schema: &str) -> String {
    format!(
        "(connections: {{\"db\": \"postgresql://postgres@127.0.0.1:{port}/postgres\"}}, runs: (store: \"db\", schema: \
         {schema:?}))"
    )
}

/// Makes tests of functions that take a place, on each kind of store.
macro_rules! on_both {
    ($($name:ident;)+) => {
        mod file {
            $(
                #[test]
                fn $name() {
                    super::$name(&crate::schedule::store::testing::Kept::file());
                }
            )+
        }
        mod database {
            $(
                #[test]
                fn $name() {
                    if let Some(kept) = crate::schedule::store::testing::Kept::database() {
                        super::$name(&kept);
                    }
                }
            )+
        }
    };
}
pub(in crate::schedule) use on_both;

/// Returns the port of the server; none where there is no PostgreSQL and nobody insists.
pub(in crate::schedule) fn server() -> Option<u16> {
    static PORT: OnceLock<Option<u16>> = OnceLock::new();
    *PORT.get_or_init(|| {
        let Some(programs) = programs() else {
            let insists = option_env!("CI").is_some();
            assert!(!insists, "PostgreSQL is missing: apt-get install postgresql");
            return None;
        };
        let (sender, started) = channel();
        thread::spawn(move || {
            // Another process may take the port first.
            let port = (0..3).find_map(|_| start(&programs));
            let _ = sender.send(port.expect("PostgreSQL does not start"));
            loop {
                thread::park();
            }
        });
        Some(started.recv().unwrap())
    })
}

#[allow(clippy::zombie_processes, reason = "it is told to end when this process does")]
fn start(programs: &Path) -> Option<u16> {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut command = Command::new("setpriv");
    // QUIT may be ignored from the start, which a shell cannot change.
    command.args(["--pdeathsig", "TERM"]);
    if rustix::process::geteuid().is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    let mut child = command
        .args(["sh", "-c", SCRIPT, "sh"])
        .arg(programs)
        .arg(port.to_string())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (line == "ready\n").then_some(port)
}

/// Finds the programs of the newest version that is installed.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = versions
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .max();
    let debian = newest.map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    let others = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map(PathBuf::from);
    let mut all = debian.into_iter().chain(others);
    all.find(|folder| folder.join("initdb").exists())
}
