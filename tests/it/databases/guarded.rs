//! Servers that let in one user, with a password, and how each writes and says what the tests of secrets try.

use super::kinds::Kind as _;
use super::mariadb::MariaDb;
use super::server::Postgres;
use super::sqlserver::SqlServer;

/// The user, whom each server knows.
pub const USER: &str = "alice_of_tests";
/// What URLs, JSON, HTML and shells each write in a way of their own.
pub const PASSWORD: &str = "p@ss/w;0#r%d&x$9=Qz7+\"<>";

/// A server that lets in one user, with a password.
pub trait Guarded: Sized {
    /// Starts with a table `scores` that the user may write to.
    fn start() -> Self;

    fn port(&self) -> u16;

    /// Returns whether the user is there.
    fn is_used(&self) -> bool;

    /// Returns what others can see of the user's session.
    fn listed(&self) -> String;

    /// What stands for each word in capital letters; `PORT` and `FREE` are known.
    const WORDS: &[(&str, &str)];

    /// A query that takes some seconds.
    const SLOW: &str;
}

impl Guarded for Postgres {
    fn start() -> Self {
        let server = Self::start();
        server.distrusts(USER, PASSWORD);
        server.sql(&format!(
            "CREATE TABLE scores (id bigint); ALTER TABLE scores OWNER TO {USER}"
        ));
        server
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn is_used(&self) -> bool {
        self.sessions() > 0
    }

    fn listed(&self) -> String {
        let listed = self.sql("SELECT a::text FROM pg_stat_activity AS a");
        assert!(listed.contains(Self::SLOW), "{listed}");
        listed
    }

    const WORDS: &[(&str, &str)] = &[
        (
            "JDBC_WITH_BOTH",
            "jdbc:postgresql://127.0.0.1:PORT/postgres?user={user}&password={password}",
        ),
        ("JDBC_WITHOUT", "jdbc:postgresql://127.0.0.1:PORT/postgres"),
        ("DRIVER", "org.postgresql.Driver"),
        ("SCHEME", "postgresql"),
        ("COUNTED", "'it is ' || count(*)"),
        ("SAFETY", "sslmode"),
        ("NO_USER", "it has no such user, or one that may not log in"),
        ("NO_BASE", "it has no such database"),
        ("NO_TABLE", "relation \"nowhere\" does not exist"),
        ("BASE", "postgres"),
    ];

    const SLOW: &str = "SELECT pg_sleep(3)::text AS t";
}

impl Guarded for MariaDb {
    fn start() -> Self {
        let server = Self::start();
        server.admits(USER, PASSWORD);
        server.sql("CREATE TABLE scores (id bigint)");
        server
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn is_used(&self) -> bool {
        self.listing().contains(Self::SLOW)
    }

    fn listed(&self) -> String {
        let listed = self.listing();
        assert!(listed.contains(Self::SLOW), "{listed}");
        listed
    }

    const WORDS: &[(&str, &str)] = &[
        (
            "JDBC_WITH_BOTH",
            "jdbc:mysql://127.0.0.1:PORT/shop?user={user}&password={password}",
        ),
        ("JDBC_WITHOUT", "jdbc:mariadb://127.0.0.1:PORT/shop"),
        ("DRIVER", "org.mariadb.jdbc.Driver"),
        ("SCHEME", "mysql"),
        ("COUNTED", "concat('it is ', count(*))"),
        ("SAFETY", "sslMode"),
        ("NO_USER", "the user or the password is wrong"),
        ("NO_BASE", "the user may not use this database"),
        ("NO_TABLE", "Table 'shop.nowhere' doesn't exist"),
        ("BASE", "shop"),
    ];

    const SLOW: &str = "SELECT sleep(3) AS t";
}

impl Guarded for SqlServer {
    fn start() -> Self {
        let server = Self::with_login(USER, PASSWORD);
        server.client("CREATE TABLE scores (id bigint)");
        server
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn is_used(&self) -> bool {
        self.is_connected()
    }

    fn listed(&self) -> String {
        self.log()
    }

    const WORDS: &[(&str, &str)] = &[
        (
            "JDBC_WITH_BOTH",
            "jdbc:sqlserver://127.0.0.1:PORT;database=shop;user={user};password={password}",
        ),
        (
            "JDBC_WITHOUT",
            "jdbc:sqlserver://127.0.0.1:PORT;databaseName=shop",
        ),
        ("DRIVER", "com.microsoft.sqlserver.jdbc.SQLServerDriver"),
        ("SCHEME", "mssql"),
        ("COUNTED", "concat('it is ', count(*))"),
        ("SAFETY", "encrypt"),
        ("NO_USER", "the user or the password is wrong"),
        ("NO_BASE", "it has no such database"),
        ("NO_TABLE", "Invalid object name 'nowhere'"),
        ("BASE", "shop"),
    ];

    const SLOW: &str = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000000) SELECT count_big(*) AS n FROM n \
                        OPTION (MAXRECURSION 0)";
}
