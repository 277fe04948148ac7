//! The stand-in for SQL Server that `tests/servers/tds_server.py` is, as a child that ends with the test.
//!
//! It speaks SQL Server's protocol, and proves that; what T-SQL means it does not. Not shown by it are locks and isolation
//! levels (its transactions come one after the other), deadlocks, how values of one type become those of another in all
//! cases, collations but for case and spaces at the end, triggers, and statements that end a transaction on their own.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::certificate::certify;
use super::disk::Disk;
use super::kinds::{Dialect, Endless, Kind, STANDARD, reads};
use crate::mounts::moto::python;

/// The database that there is.
pub const DATABASE: &str = "shop";
/// The user who may log in, and what with.
pub const USER: &str = "sa";
pub const PASSWORD: &str = "Passw0rd!";
pub const TOKEN: &str = "eyJ0eXAi.of-tests.c2lnbmVk";
/// The versions that `.ci/run` installs.
const PACKAGES: [(&str, &str); 3] = [
    ("pysqlbridge", "2.1.3"),
    ("sqlglot", "30.30.0"),
    ("pymssql", "2.4.6"),
];
/// How long a client that is gone may be taken for one that is there.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that runs until this is dropped.
pub struct SqlServer {
    folder: TempDir,
    pub port: u16,
    child: Option<Child>,
    user: String,
    has_password: bool,
    has_tls: bool,
    environment: Vec<(&'static str, PathBuf)>,
}

impl SqlServer {
    /// Starts a server that has a certificate for `localhost`, and wants everyone to use it.
    ///
    /// The thread that calls this has to live as long as the server does: its end is that of the server.
    pub fn start() -> Self {
        Self::begin(USER, PASSWORD, true)
    }

    /// Starts a server that lets a user in with a password.
    pub fn with_login(user: &str, password: &str) -> Self {
        Self::begin(user, password, true)
    }

    /// Starts a server that has no TLS.
    pub fn without_tls() -> Self {
        Self::begin(USER, PASSWORD, false)
    }

    /// Starts a server that has no TLS, and lets a user in without a password: what goes over the wire can be read.
    pub fn open_to_read() -> Self {
        Self::begin(USER, "", false)
    }

    /// Returns the address of the database, with what stands behind it.
    pub fn url(&self, parameters: &str) -> String {
        let authority = self.authority();
        let login = if self.has_password { "sa:Passw0rd%21" } else { USER };
        format!(
            "mssql://{login}@localhost:{}/{DATABASE}?encrypt=true&sslrootcert={}{parameters}",
            self.port,
            authority.display()
        )
    }

    /// Returns the file of who signed the server's certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Returns whether someone is connected.
    pub fn is_connected(&self) -> bool {
        let port = format!(":{:04X}", self.port);
        let connections = fs::read_to_string("/proc/net/tcp").unwrap();
        connections.lines().any(|line| {
            let parts: Vec<&str> = line.split_whitespace().collect();
            // What is on the side of the server, and is open.
            matches!(parts.as_slice(), [_, here, _, "01", ..] if here.ends_with(&port))
        })
    }

    /// Returns what the server has said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Ends the server as a crash would: nobody is told.
    pub fn crash(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts the server again, where it was.
    pub fn restart(&mut self) {
        self.crash();
        self.run();
    }

    fn begin(user: &str, password: &str, has_tls: bool) -> Self {
        let mut server = Self::create(user, password, has_tls);
        server.run();
        server
    }

    fn create(user: &str, password: &str, has_tls: bool) -> Self {
        if let Some(missing) = missing() {
            panic!("the stand-in for SQL Server lacks packages: {missing}");
        }
        let folder = tempfile::tempdir().unwrap();
        certify(folder.path());
        fs::write(folder.path().join("password"), password).unwrap();
        fs::write(folder.path().join("token"), TOKEN).unwrap();
        // A disk that is full is known by this name.
        fs::create_dir(folder.path().join("base")).unwrap();
        Self {
            folder,
            port: 0,
            child: None,
            user: user.to_owned(),
            has_password: !password.is_empty(),
            has_tls,
            environment: Vec::new(),
        }
    }

    fn run(&mut self) {
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL"])
            .arg(python())
            .arg(server_file("tds_server.py"))
            .current_dir(self.folder.path())
            // What Python compiles is no part of the source.
            .env("PYTHONPYCACHEPREFIX", env!("CARGO_TARGET_TMPDIR"))
            .args(["--port", &self.port.to_string(), "--file", "base/database"])
            .args(["--database", DATABASE, "--user", &self.user])
            .args(["--password-file", "password", "--token-file", "token"])
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        if self.has_tls {
            command.args([
                "--certificate",
                "server.pem",
                "--key",
                "server.key",
                "--require-encryption",
            ]);
        }
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        self.child = Some(child);
        self.port = line.trim().parse().unwrap_or_else(|_| {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
            panic!("the stand-in for SQL Server does not start: {log}")
        });
    }
}

impl Drop for SqlServer {
    fn drop(&mut self) {
        self.crash();
    }
}

impl Kind for SqlServer {
    fn start() -> Self {
        // Cells that have a password as text are warned of, which is not what is tested.
        Self::with_login(USER, "")
    }

    fn url(&self) -> String {
        self.url("")
    }

    fn on(disk: &Disk) -> Self {
        let mut server = Self::create(USER, "", true);
        server.environment.extend(disk.environment());
        server.run();
        server
    }

    const FULL: &'static str = "Could not allocate space";

    fn client(&self, statements: &str) -> String {
        reads(self.other_client(), statements)
    }

    fn settle(&self) {
        // Whoever holds a transaction is in the way of this one.
        let begun = Instant::now();
        let free = "SET LOCK_TIMEOUT 0; BEGIN TRANSACTION; SELECT 1 AS one; ROLLBACK TRANSACTION;\n";
        while self.is_refused(free) {
            assert!(begun.elapsed() < PATIENCE, "somebody stays connected");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn with_numbers(head: &str, condition: &str, select: &str) -> String {
        format!(
            "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE {condition}) {head} {select} OPTION (MAXRECURSION 0)"
        )
    }

    fn endless() -> Endless {
        Endless {
            count: Self::with_numbers("", "i > 0", "SELECT count_big(*) AS n FROM n"),
            rows: Self::with_numbers("", "i > 0", "SELECT i, 'some text' AS t FROM n"),
            insert: Self::with_numbers("INSERT INTO kept", "i > 0", "SELECT i + 99, 'new' FROM n"),
            update: Self::with_numbers("UPDATE kept SET note =", "i > 0", "(SELECT count_big(*) FROM n)"),
        }
    }

    const MARK: &str = "@P1";

    const DIALECT: Dialect = Dialect {
        name: "tsql",
        text: "NVARCHAR(200)",
        any_text: "NVARCHAR(MAX)",
        boolean: "BIT",
        truth: ["0", "1"],
        begin: "BEGIN TRANSACTION",
        greeting: "CONCAT(N'grüße ', i)",
        schema: "dbo.",
        quotes: ["[", "]"],
        lowest: f64::MIN,
        ..STANDARD
    };

    const FRAME_TYPES: usize = 21;

    const TYPES: &[(&str, [&str; 3], &str)] = &[
        ("bit", ["0", "1", "0"], "bool"),
        ("tinyint", ["0", "255", "1"], "u8"),
        ("smallint", ["-32768", "32767", "0"], "i16"),
        ("int", ["-2147483648", "2147483647", "0"], "i32"),
        (
            "bigint",
            ["-9223372036854775808", "9223372036854775807", "0"],
            "i64",
        ),
        ("real", ["-3.4028235e38", "3.4028235e38", "1.1754944e-38"], "f32"),
        (
            "float",
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
                "'-9999999999999999999999999999.9999999999'",
                "'9999999999999999999999999999.9999999999'",
                "'0.0000000001'",
            ],
            "decimal[38,10]",
        ),
        ("decimal(4,2)", ["-99.99", "99.99", "0.5"], "decimal[4,2]"),
        (
            "money",
            ["-922337203685477.5808", "922337203685477.5807", "0.0001"],
            "decimal[19,4]",
        ),
        (
            "smallmoney",
            ["-214748.3648", "214748.3647", "0.5"],
            "decimal[10,4]",
        ),
        (
            "nvarchar(max)",
            ["N''", "N'grüße 🦀 ''\"\\%_'", "N'a\nb\tc'"],
            "str",
        ),
        ("nvarchar(20)", ["N''", "N'höhö'", "N'日本'"], "str"),
        ("varchar(20)", ["''", "'höhö'", "'plain'"], "str"),
        ("nchar(3)", ["N'abc'", "N'äöü'", "N'a  '"], "str"),
        ("varbinary(max)", ["0x", "0x00ff", "0x27"], "binary"),
        ("varbinary(4)", ["0x", "0x00ff00ff", "0x5c"], "binary"),
        ("date", ["'0001-01-01'", "'9999-12-31'", "'2024-02-29'"], "date"),
        (
            "time(6)",
            ["'00:00:00'", "'23:59:59.999999'", "'12:30:00'"],
            "time",
        ),
        (
            "datetime2(6)",
            [
                "'0001-01-01 00:00:00'",
                "'9999-12-31 23:59:59.999999'",
                "'1969-12-31 23:59:59.5'",
            ],
            "datetime[μs]",
        ),
        (
            "datetime",
            [
                "'1753-01-01 00:00:00'",
                "'9999-12-31 23:59:59.997'",
                "'2024-02-29 12:00:00.003'",
            ],
            "datetime[μs]",
        ),
        (
            "smalldatetime",
            [
                "'1900-01-01 00:00:00'",
                "'2079-06-06 23:59:00'",
                "'2024-02-29 12:00:00'",
            ],
            "datetime[μs]",
        ),
        (
            "datetimeoffset(6)",
            [
                "'0001-01-02 00:00:00 +00:00'",
                "'9999-12-30 23:59:59.999999 +00:00'",
                "'2024-02-29 12:00:00 +00:00'",
            ],
            "datetime[μs, UTC]",
        ),
        (
            "uniqueidentifier",
            [
                "'00000000-0000-0000-0000-000000000000'",
                "'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'",
                "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
            ],
            "str",
        ),
    ];
}

impl SqlServer {
    /// Returns whether the server refuses a statement of the other client.
    fn is_refused(&self, statement: &str) -> bool {
        let mut client = self.other_client();
        client
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = client.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(statement.as_bytes()).unwrap();
        drop(input);
        !child.wait().unwrap().success()
    }

    /// Prepares the other client, which reads statements.
    fn other_client(&self) -> Command {
        let mut client = Command::new(python());
        client
            .args(["-X", "utf8"])
            .arg(server_file("tds_client.py"))
            .args(["localhost", &self.port.to_string(), &self.user])
            .arg(self.folder.path().join("password"))
            .arg(DATABASE);
        if !self.has_tls {
            client.arg("plain");
        }
        client
    }
}

/// Says what is missing on this machine to start the server, and how it is installed.
pub fn missing() -> Option<String> {
    let asked = "import sys; from importlib.metadata import version\n\
                 sys.exit(any(version(name) != wanted for name, wanted in zip(sys.argv[1::2], sys.argv[2::2])))";
    let mut look = Command::new(python());
    look.args(["-c", asked]);
    for (name, version) in PACKAGES {
        look.args([name, version]);
    }
    let is_there = look
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let wanted = PACKAGES
        .map(|(name, version)| format!("{name}=={version}"))
        .join(" ");
    (!is_there).then(|| format!("{} -m pip install {wanted}", python().display()))
}

/// Returns a file of the server's.
fn server_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/servers")
        .join(name)
}
