//! The kinds of databases that the shared suite runs on: each is a [`Kind`], and a line of [`for_every_kind`].

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::disk::Disk;
use super::opened::Opened;
use super::server::Postgres;

/// What an independent client writes for NULL.
pub const NULL: &str = "∅";
/// How long a server may take to see that a client is gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// A database that a test has to itself.
pub trait Kind: Sized + Sync {
    /// Starts with no tables.
    fn start() -> Self;

    /// Returns what `connect` is given.
    fn url(&self) -> String;

    /// Runs statements by a client that is not Sheaf's, and returns the rows of the last one as CSV, without a head.
    fn client(&self, statements: &str) -> String;

    /// Starts on a disk that a test fills.
    fn on(disk: &Disk) -> Self;

    /// Bounds how much room there is, or takes the bound away, where a disk cannot be filled under it.
    fn bound(_opened: &Opened, _is_bound: bool) {}

    /// What is said where there is no room.
    const FULL: &'static str;

    /// Waits until nobody is connected, where a server takes a while to see that a client is gone.
    fn settle(&self) {}

    /// Returns whether it can have tables and columns of a name.
    fn can_name(_name: &str) -> bool {
        true
    }

    /// Writes a statement that reads the numbers from 1 as `n(i)`, while a condition holds for the last one: `head`, which may
    /// be empty, comes before all that a query is, and `select` reads them.
    fn with_numbers(head: &str, condition: &str, select: &str) -> String {
        format!(
            "{head} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE {condition}) {select}"
        )
    }

    /// Writes statements without an end, over the table `kept`.
    fn endless() -> Endless {
        let count = Self::with_numbers("", "i > 0", "SELECT count(*) AS n FROM n");
        Endless {
            rows: Self::with_numbers("", "i > 0", "SELECT i, 'some text' AS t FROM n"),
            insert: Self::with_numbers("INSERT INTO kept", "i > 0", "SELECT i + 99, 'new' FROM n"),
            update: format!("UPDATE kept SET note = ({count})"),
            count,
        }
    }

    /// The first mark for a value that goes by its order.
    const MARK: &str;

    /// How it writes what each database writes in a way of its own.
    const DIALECT: Dialect;

    /// How many of the types of a frame's columns it has.
    const FRAME_TYPES: usize;

    /// The types of columns, each with what is written for its lowest, its highest and an odd value, and with the type of a
    /// frame's column that it becomes.
    const TYPES: &[(&str, [&str; 3], &str)];
}

/// How a database writes what each writes in a way of its own.
pub struct Dialect {
    /// What models call it.
    pub name: &'static str,
    /// The type of texts that an index can be of.
    pub text: &'static str,
    /// What a value is cast to that becomes a text of any length.
    pub any_text: &'static str,
    /// The type of what is false or true.
    pub boolean: &'static str,
    /// False, and true.
    pub truth: [&'static str; 2],
    /// Begins a transaction.
    pub begin: &'static str,
    /// The text `grüße` with the number `i` behind it.
    pub greeting: &'static str,
    /// What hints have in front of the names of tables.
    pub schema: &'static str,
    /// What is before and behind a name that is quoted.
    pub quotes: [&'static str; 2],
    /// The lowest float that a column keeps.
    pub lowest: f64,
    /// The first moment in time that a column keeps, the last one, and an odd one: microseconds since 1970.
    pub instants: [i64; 3],
}

/// How most databases write it.
pub const STANDARD: Dialect = Dialect {
    name: "sqlite",
    text: "TEXT",
    any_text: "TEXT",
    boolean: "BOOLEAN",
    truth: ["false", "true"],
    begin: "BEGIN",
    greeting: "'grüße ' || i",
    schema: "",
    quotes: ["\"", "\""],
    lowest: f64::NEG_INFINITY,
    instants: [-62_135_000_000_000_000, 253_402_200_000_000_000, -500_000],
};

/// Statements that do not end.
pub struct Endless {
    /// A query of one row.
    pub count: String,
    /// A query of more and more rows.
    pub rows: String,
    /// Adds rows to the table `kept`.
    pub insert: String,
    /// Changes the rows of the table `kept`.
    pub update: String,
}

/// Makes tests of functions that take a [`Kind`], one for each kind of database.
///
/// A database that is added gets its line here.
macro_rules! for_every_kind {
    ($($name:ident;)+) => {
        for_every_kind! { @module sqlite crate::databases::kinds::Sqlite: $($name)+ }
        for_every_kind! { @module postgresql crate::databases::kinds::PostgreSql: $($name)+ }
        for_every_kind! { @module mariadb crate::databases::mariadb::MariaDb: $($name)+ }
        for_every_kind! { @module sqlserver crate::databases::sqlserver::SqlServer: $($name)+ }
    };
    (@module $module:ident $kind:path: $($name:ident)+) => {
        mod $module {
            $(
                #[test]
                fn $name() {
                    super::$name::<$kind>();
                }
            )+
        }
    };
}
pub(super) use for_every_kind;

/// A file of SQLite; the other client is Python's.
pub struct Sqlite {
    folder: TempDir,
}

/// Prints rows as `psql --csv` does.
const PYTHON: &str = "\
import csv, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
writer = csv.writer(sys.stdout, lineterminator='\\n')
rows = []
statement = ''
for line in sys.stdin.read().splitlines(keepends=True):
    statement += line
    if sqlite3.complete_statement(statement):
        rows = connection.execute(statement).fetchall()
        statement = ''
if statement.strip():
    rows = connection.execute(statement).fetchall()
for row in rows:
    writer.writerow(['∅' if value is None else value for value in row])
";

impl Kind for Sqlite {
    fn start() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("tests.db").display())
    }

    fn on(_disk: &Disk) -> Self {
        Self::start()
    }

    /// It is a part of this process, and a file of it may be told how large it may become.
    fn bound(opened: &Opened, is_bound: bool) {
        let pages = if is_bound { 500 } else { 1_000_000 };
        opened.rows(&format!("PRAGMA max_page_count = {pages}"));
    }

    const FULL: &'static str = "full";

    fn client(&self, statements: &str) -> String {
        let file = self.folder.path().join("tests.db");
        let mut python = Command::new("python3");
        python.args(["-X", "utf8", "-c", PYTHON]).arg(file);
        reads(python, statements)
    }

    const MARK: &str = "?";

    const DIALECT: Dialect = STANDARD;

    const FRAME_TYPES: usize = 21;

    const TYPES: &[(&str, [&str; 3], &str)] = &[
        (
            "INTEGER",
            ["-9223372036854775808", "9223372036854775807", "0"],
            "i64",
        ),
        (
            "REAL",
            ["-1.7976931348623157e308", "1.7976931348623157e308", "5e-324"],
            "f64",
        ),
        (
            "TEXT",
            ["''", "'grüße 🦀 ''\"\\%_'", "'a' || char(10) || 'b'"],
            "str",
        ),
        ("BLOB", ["x''", "x'00ff'", "x'27'"], "binary"),
        ("BOOLEAN", ["0", "1", "0"], "bool"),
        ("DATE", ["'0001-01-01'", "'9999-12-31'", "'2024-02-29'"], "date"),
        ("TIME", ["'00:00:00'", "'23:59:59.999999'", "'12:30:00'"], "time"),
        (
            "TIMESTAMP",
            [
                "'0001-01-01 00:00:00'",
                "'9999-12-31 23:59:59.999999'",
                "'1969-12-31 23:59:59.500'",
            ],
            "datetime[μs]",
        ),
        (
            "DECIMAL(15,2)",
            ["-1234567890123.25", "1234567890123.75", "0.5"],
            "decimal[15,2]",
        ),
        (
            "DECIMAL_TEXT(38,10)",
            [
                "'-9999999999999999999999999999.9999999999'",
                "'9999999999999999999999999999.9999999999'",
                "'0.0000000001'",
            ],
            "decimal[38,10]",
        ),
    ];
}

/// A server of PostgreSQL; the other client is `psql`.
pub struct PostgreSql {
    pub server: Postgres,
}

impl Kind for PostgreSql {
    fn start() -> Self {
        Self {
            server: Postgres::start(),
        }
    }

    fn url(&self) -> String {
        self.server.url("postgres")
    }

    fn on(disk: &Disk) -> Self {
        Self {
            server: Postgres::on_disk(disk),
        }
    }

    const FULL: &'static str = "No space left on device";

    fn client(&self, statements: &str) -> String {
        self.server.csv(statements, NULL)
    }

    fn settle(&self) {
        let begun = Instant::now();
        while self.server.sessions() > 0 {
            assert!(begun.elapsed() < PATIENCE, "somebody stays connected");
            thread::sleep(Duration::from_millis(20));
        }
    }

    const MARK: &str = "$1";

    const DIALECT: Dialect = Dialect {
        name: "postgresql",
        schema: "public.",
        ..STANDARD
    };

    const FRAME_TYPES: usize = 23;

    const TYPES: &[(&str, [&str; 3], &str)] = &[
        ("smallint", ["-32768", "32767", "0"], "i16"),
        ("integer", ["-2147483648", "2147483647", "0"], "i32"),
        (
            "bigint",
            ["-9223372036854775808", "9223372036854775807", "0"],
            "i64",
        ),
        ("real", ["-3.4028235e38", "3.4028235e38", "1e-45"], "f32"),
        (
            "double precision",
            ["-1.7976931348623157e308", "'NaN'", "5e-324"],
            "f64",
        ),
        (
            "numeric(38,10)",
            [
                "-9999999999999999999999999999.9999999999",
                "9999999999999999999999999999.9999999999",
                "0.0000000001",
            ],
            "decimal[38,10]",
        ),
        ("text", ["''", "'grüße 🦀 ''\"\\%_'", "E'a\\nb'"], "str"),
        ("varchar(20)", ["''", "'höhö'", "E'\\t'"], "str"),
        ("bytea", ["'\\x'", "'\\x00ff'", "'\\x27'"], "binary"),
        ("boolean", ["false", "true", "false"], "bool"),
        (
            "date",
            ["'4713-01-01 BC'", "'9999-12-31'", "'2024-02-29'"],
            "date",
        ),
        ("time", ["'00:00'", "'23:59:59.999999'", "'12:30'"], "time"),
        (
            "timestamp",
            [
                "'4713-01-01 00:00 BC'",
                "'9999-12-31 23:59:59.999999'",
                "'1969-12-31 23:59:59.5'",
            ],
            "datetime[μs]",
        ),
        (
            "timestamptz",
            [
                "'0001-01-01 00:00+00'",
                "'9999-12-31 23:59:59.999999+00'",
                "'2024-02-29 12:00+02'",
            ],
            "datetime[μs, UTC]",
        ),
        (
            "interval",
            ["'-23:59:59.999999'", "'23:59:59.999999'", "'0'"],
            "duration[μs]",
        ),
        (
            "uuid",
            [
                "'00000000-0000-0000-0000-000000000000'",
                "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
                "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
            ],
            "str",
        ),
        ("jsonb", ["'null'", "'{\"a\": [1, \"ü\"]}'", "'[]'"], "str"),
        (
            "integer[]",
            ["'{}'", "'{-2147483648,NULL,3}'", "'{1}'"],
            "list[i32]",
        ),
        (
            "text[]",
            ["'{}'", "'{a,NULL,\"q,\\\"\"}'", "'{\"\"}'"],
            "list[str]",
        ),
    ];
}

/// Gives a program its input, and returns what it prints.
pub fn reads(mut program: Command, input: &str) -> String {
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(input.as_bytes()).unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Reads CSV as the clients write it.
pub fn csv(text: &str) -> Vec<Vec<Option<String>>> {
    let mut rows = vec![Vec::new()];
    let mut field = String::new();
    let mut letters = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => is_quoted = !is_quoted,
            ',' | '\n' if !is_quoted => {
                let value = std::mem::take(&mut field);
                let row = rows.last_mut().unwrap();
                row.push((value != NULL).then_some(value));
                if letter == '\n' {
                    rows.push(Vec::new());
                }
            }
            letter => field.push(letter),
        }
    }
    rows.pop();
    rows
}
