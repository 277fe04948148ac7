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

use super::disk::Disk;
use super::kinds::{Dialect, Endless, Kind, NULL, STANDARD, reads};

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
    environment: Vec<(&'static str, PathBuf)>,
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

    /// Makes a user who may do all in the database.
    pub fn admits(&self, user: &str, password: &str) {
        self.sql(&format!(
            "CREATE USER '{user}'@'%' IDENTIFIED BY '{password}'; GRANT ALL ON {DATABASE}.* TO '{user}'@'%'"
        ));
    }

    /// Returns the address of the database, as the server's own root.
    pub fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}/{DATABASE}", self.port)
    }

    /// Returns the sessions that there are, each with its statement.
    pub fn listing(&self) -> String {
        self.sql("SHOW FULL PROCESSLIST")
    }

    /// Runs statements beside the program that is tested, and returns what they print: a row in a line, with tabs.
    pub fn sql(&self, statements: &str) -> String {
        let mut child = self
            .program("mariadb")
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

    /// Stops the server while others are connected, and waits until it has ended.
    pub fn stop(&mut self) {
        self.end(Signal::TERM);
    }

    /// Ends the server as a crash would: nobody is told.
    pub fn crash(&mut self) {
        self.end(Signal::KILL);
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
            // Another server that starts removes what it takes for its own.
            .arg(format!("--tmpdir={}", folder.path().display()))
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
            environment: Vec::new(),
        }
    }

    /// Starts the server for the first time.
    fn begin(&mut self) {
        self.run();
        let made = self
            .program("mariadb")
            .args([
                "--execute",
                &format!("CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4"),
            ])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// Starts the server where it was, or for the first time.
    pub fn run(&mut self) {
        // Another process may take the port first.
        for _ in 0..3 {
            let port = if self.port == 0 { free_port() } else { self.port };
            let folder = self.folder.path();
            let log = File::create(folder.join("log")).unwrap();
            let mut server = command("mariadbd");
            server
                .args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve"])
                // A crash of the machine is nothing that the tests try.
                .args(["--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0"])
                .arg("--max-recursive-iterations=4294967295")
                .arg(format!("--tmpdir={}", folder.display()))
                .arg(format!("--datadir={}", folder.join("data").display()))
                .arg(format!("--socket={}", folder.join("socket").display()))
                .arg(format!("--pid-file={}", folder.join("pid").display()))
                .arg(format!("--port={port}"))
                .args(&self.options);
            let mut child = server
                .envs(self.environment.iter().cloned())
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
            let ping = || self.program("mariadb-admin").arg("ping").output();
            if is_there && ping().is_ok_and(|output| output.status.success()) {
                return true;
            }
            thread::sleep(PAUSE);
        }
        false
    }

    /// Prepares a program that asks the server, as its root.
    fn program(&self, name: &str) -> Command {
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

impl Kind for MariaDb {
    fn start() -> Self {
        Self::start()
    }

    fn url(&self) -> String {
        self.url()
    }

    fn on(disk: &Disk) -> Self {
        let mut server = Self::create();
        server.environment.extend(disk.environment());
        // What the kernel writes by itself is not seen.
        server.options.push("--innodb-use-native-aio=0".to_owned());
        server.begin();
        server
    }

    const FULL: &'static str = "is full";

    fn client(&self, statements: &str) -> String {
        let mut client = self.program("mariadb");
        client
            .args(["--batch", "--skip-column-names", "--binary-as-hex"])
            .args(["--default-character-set=utf8mb4", "--database", DATABASE]);
        csv_of(&reads(client, statements))
    }

    fn settle(&self) {
        let begun = Instant::now();
        let others = "SELECT count(*) FROM information_schema.processlist WHERE id <> connection_id()";
        while self.sql(others) != "0" {
            assert!(begun.elapsed() < PATIENCE, "somebody stays connected");
            thread::sleep(PAUSE);
        }
    }

    /// Its names are of letters whose numbers have 16 bits.
    fn can_name(name: &str) -> bool {
        name.chars().all(|letter| u32::from(letter) < 0x1_0000)
    }

    /// A recursive query is there as a whole before its first row goes out; its own numbers are not.
    fn endless() -> Endless {
        let numbers = "seq_1_to_1000000000";
        let count = format!("SELECT count(*) AS n FROM {numbers} AS a, {numbers} AS b");
        Endless {
            rows: format!("SELECT seq AS i, 'some text' AS t FROM {numbers}"),
            insert: format!("INSERT INTO kept SELECT seq + 99, 'new' FROM {numbers}"),
            update: format!("UPDATE kept SET note = ({count})"),
            count,
        }
    }

    const MARK: &str = "?";

    const DIALECT: Dialect = Dialect {
        name: "mysql",
        text: "VARCHAR(200)",
        any_text: "CHAR",
        greeting: "concat('grüße ', i)",
        quotes: ["`", "`"],
        lowest: f64::MIN,
        instants: [1_000_000, 2_147_483_647_000_000, 951_826_496_500_000],
        ..STANDARD
    };

    const FRAME_TYPES: usize = 21;

    const TYPES: &[(&str, [&str; 3], &str)] = &[
        ("tinyint", ["-128", "127", "0"], "i8"),
        ("smallint", ["-32768", "32767", "0"], "i16"),
        ("mediumint", ["-8388608", "8388607", "0"], "i32"),
        ("int", ["-2147483648", "2147483647", "0"], "i32"),
        (
            "bigint",
            ["-9223372036854775808", "9223372036854775807", "0"],
            "i64",
        ),
        ("tinyint unsigned", ["0", "255", "1"], "u8"),
        ("smallint unsigned", ["0", "65535", "1"], "u16"),
        ("int unsigned", ["0", "4294967295", "1"], "u32"),
        ("bigint unsigned", ["0", "18446744073709551615", "1"], "u64"),
        ("float", ["-3.4028234e38", "3.4028234e38", "1e-37"], "f32"),
        (
            "double",
            [
                "-1.7976931348623157e308",
                "1.7976931348623157e308",
                "2.2250738585072014e-308",
            ],
            "f64",
        ),
        (
            "decimal(38,10)",
            [
                "-9999999999999999999999999999.9999999999",
                "9999999999999999999999999999.9999999999",
                "0.0000000001",
            ],
            "decimal[38,10]",
        ),
        ("decimal(5,2) unsigned", ["0", "999.99", "0.01"], "decimal[5,2]"),
        ("longtext", ["''", "'grüße 🦀 ''\"\\\\%_'", "'a\\nb\\tc'"], "str"),
        ("varchar(20)", ["''", "'höhö'", "'NULL '"], "str"),
        ("char(3)", ["''", "'abc'", "'a'"], "str"),
        ("enum('low','high')", ["'low'", "'high'", "'low'"], "str"),
        ("longblob", ["x''", "x'00ff'", "x'27'"], "binary"),
        ("varbinary(4)", ["x''", "x'00ff00ff'", "x'5c'"], "binary"),
        ("tinyint(1)", ["0", "1", "0"], "bool"),
        ("bit(1)", ["b'0'", "b'1'", "b'0'"], "bool"),
        ("year", ["1901", "2155", "2024"], "i16"),
        ("date", ["'1000-01-01'", "'9999-12-31'", "'2024-02-29'"], "date"),
        (
            "time(6)",
            ["'00:00:00'", "'23:59:59.999999'", "'12:30:00'"],
            "time",
        ),
        (
            "datetime(6)",
            [
                "'1000-01-01 00:00:00'",
                "'9999-12-31 23:59:59.999999'",
                "'1969-12-31 23:59:59.5'",
            ],
            "datetime[μs]",
        ),
        (
            "timestamp(6) NULL",
            [
                "'1970-01-02 00:00:00'",
                "'2038-01-18 03:14:07.999999'",
                "'2024-02-29 12:00:00'",
            ],
            "datetime[μs, UTC]",
        ),
        ("json", ["'null'", "'{\"a\": [1, \"ü\"]}'", "'[]'"], "str"),
        (
            "uuid",
            [
                "'00000000-0000-0000-0000-000000000000'",
                "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
                "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
            ],
            "str",
        ),
    ];
}

/// Turns what the client prints into CSV: it has tabs between values, and marks in texts for what would end them.
fn csv_of(printed: &str) -> String {
    let value = |value: &str| {
        if value == "NULL" {
            return NULL.to_owned();
        }
        let text = value
            .replace("\\\\", "\0")
            .replace("\\n", "\n")
            .replace("\\t", "\t");
        let text = text.replace('\0', "\\");
        if text.contains(['"', ',', '\n']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let row = |line: &str| line.split('\t').map(value).collect::<Vec<_>>().join(",") + "\n";
    printed.lines().map(row).collect()
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
