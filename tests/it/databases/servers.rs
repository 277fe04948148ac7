//! The servers among the kinds of databases: what the shared suite does to them, each in a way of its own.

use super::cutting::{Cut, Way};
use super::kinds::{Kind, PostgreSql};
use super::mariadb::{DATABASE, MariaDb};
use super::server::Postgres;
use super::sqlserver::SqlServer;

/// A server that a test has to itself.
pub trait Server: Kind {
    /// What errors call it.
    const NAME: &'static str;

    /// Starts with a user who has to give a password.
    fn with_user(user: &str, password: &str) -> Self;

    /// Returns the address of the database as a user with a password.
    fn url_of(&self, user: &str, password: &str) -> String;

    /// Starts where what goes over the wire can be read.
    fn plain() -> Self {
        Self::start()
    }

    /// Returns the port that it listens on.
    fn port(&self) -> u16;

    /// Returns the address of the database by another port, without TLS.
    fn url_by(&self, port: u16) -> String;

    /// Stops in order; a server that has no way to do so ends as by a crash.
    fn stop(&mut self) {
        self.crash();
    }

    /// Ends as by a crash: nobody is told.
    fn crash(&mut self);

    /// Starts again, where it was.
    fn begin(&mut self);

    /// Returns what is found on the wire where statements have a word.
    fn on_wire(word: &str) -> Vec<u8> {
        word.as_bytes().to_vec()
    }

    /// A query that tells sessions from each other.
    const SESSION: &'static str;

    /// Statements that leave something in a session, each with a query that shows it, one after the other.
    const LEAVES: &'static [(&'static str, &'static str)];

    /// Writes the statement that ends a session.
    fn kill(session: &str) -> String {
        format!("KILL {session}")
    }

    /// Writes the statement that gives a user another password, where there is more than one user.
    fn new_password(_user: &str, _password: &str) -> Option<String> {
        None
    }

    /// Starts where logins are counted; returns the address of those who count, too.
    fn counting_logins() -> (Self, String);

    /// Counts them.
    fn logins(&self) -> u64;

    /// Leads to the server by a way that is cut once.
    fn way(&self, cut: Cut) -> Way {
        Way::to(self.port(), cut, 1)
    }
}

/// Makes tests of functions that take a [`Server`], one for each kind of server.
macro_rules! for_every_server {
    ($($name:ident;)+) => {
        for_every_server! { @module postgresql crate::databases::kinds::PostgreSql: $($name)+ }
        for_every_server! { @module mariadb crate::databases::mariadb::MariaDb: $($name)+ }
        for_every_server! { @module sqlserver crate::databases::sqlserver::SqlServer: $($name)+ }
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
pub(super) use for_every_server;

impl Server for PostgreSql {
    const NAME: &'static str = "PostgreSQL";

    fn with_user(user: &str, password: &str) -> Self {
        let server = Postgres::start();
        server.distrusts(user, password);
        Self { server }
    }

    fn url_of(&self, user: &str, password: &str) -> String {
        format!(
            "postgresql://{user}:{password}@127.0.0.1:{}/postgres",
            self.port()
        )
    }

    fn port(&self) -> u16 {
        self.server.port
    }

    fn url_by(&self, port: u16) -> String {
        format!("postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable")
    }

    fn stop(&mut self) {
        self.server.stop();
    }

    fn crash(&mut self) {
        self.server.crash();
    }

    fn begin(&mut self) {
        self.server.begin();
    }

    const SESSION: &'static str = "SELECT pg_backend_pid() AS id";

    const LEAVES: &'static [(&'static str, &'static str)] = &[
        (
            "CREATE TEMPORARY TABLE mine (id integer)",
            "SELECT count(*) AS n FROM pg_class WHERE relname = 'mine'",
        ),
        ("SET work_mem = '77MB'", "SELECT current_setting('work_mem') AS s"),
        (
            "SET TIME ZONE 'Asia/Tokyo'",
            "SELECT current_setting('TimeZone') AS s",
        ),
        (
            "SET search_path TO pg_catalog",
            "SELECT current_setting('search_path') AS s",
        ),
        (
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SELECT current_setting('default_transaction_isolation') AS s",
        ),
        (
            "SELECT pg_advisory_lock(7)",
            "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory'",
        ),
        ("LISTEN news", "SELECT count(*) AS n FROM pg_listening_channels()"),
        (
            "BEGIN; DECLARE held CURSOR WITH HOLD FOR SELECT 1; COMMIT",
            "SELECT count(*) AS n FROM pg_cursors WHERE name = 'held'",
        ),
        (
            "CREATE ROLE other; SET ROLE other",
            "SELECT current_user::text AS u",
        ),
        (
            "RESET ROLE; GRANT ALL ON public.kept TO other; SET SESSION AUTHORIZATION other",
            "SELECT session_user::text AS u",
        ),
        (
            "BEGIN; INSERT INTO public.kept VALUES (9)",
            "SELECT count(*) AS n FROM public.kept",
        ),
    ];

    fn kill(session: &str) -> String {
        format!("SELECT pg_terminate_backend({session}, 5000)")
    }

    fn new_password(user: &str, password: &str) -> Option<String> {
        Some(format!("ALTER ROLE {user} PASSWORD '{password}'"))
    }

    fn counting_logins() -> (Self, String) {
        let server = Postgres::with_options(&["log_connections=on"]);
        let url = server.url("postgres");
        (Self { server }, url)
    }

    fn logins(&self) -> u64 {
        let log = self.server.log();
        let logins = log.lines().filter(|line| line.contains("connection authorized"));
        logins
            .filter(|line| line.contains("application_name=sheaf"))
            .count() as u64
    }
}

impl Server for MariaDb {
    const NAME: &'static str = "MySQL";

    fn with_user(user: &str, password: &str) -> Self {
        let server = Self::start();
        server.admits(user, password);
        server
    }

    fn url_of(&self, user: &str, password: &str) -> String {
        format!("mysql://{user}:{password}@127.0.0.1:{}/{DATABASE}", self.port)
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn url_by(&self, port: u16) -> String {
        format!("mysql://root@127.0.0.1:{port}/{DATABASE}?sslMode=DISABLED")
    }

    fn stop(&mut self) {
        self.stop();
    }

    fn crash(&mut self) {
        self.crash();
    }

    fn begin(&mut self) {
        self.run();
    }

    const SESSION: &'static str = "SELECT connection_id() AS id";

    const LEAVES: &'static [(&'static str, &'static str)] = &[
        (
            "CREATE TEMPORARY TABLE shop.mine (id INTEGER)",
            "SELECT count(*) AS n FROM shop.mine",
        ),
        ("SET @mine = 5", "SELECT @mine AS m"),
        (
            "SET SESSION sort_buffer_size = 4194304",
            "SELECT @@sort_buffer_size AS s",
        ),
        ("SET SESSION sql_mode = ''", "SELECT @@sql_mode AS s"),
        ("SET NAMES latin1", "SELECT @@character_set_client AS s"),
        (
            "DO GET_LOCK('here', 0)",
            "SELECT is_used_lock('here') IS NULL AS l",
        ),
        ("CREATE ROLE other; SET ROLE other", "SELECT current_role() AS r"),
        (
            "SET ROLE NONE; START TRANSACTION; INSERT INTO shop.kept VALUES (9)",
            "SELECT count(*) AS n FROM shop.kept",
        ),
    ];

    fn new_password(user: &str, password: &str) -> Option<String> {
        Some(format!("ALTER USER '{user}'@'%' IDENTIFIED BY '{password}'"))
    }

    fn counting_logins() -> (Self, String) {
        let server = Self::with_options(&["--general-log=1", "--log-output=TABLE"]);
        server.admits("counted", "");
        let url = format!("mysql://counted@127.0.0.1:{}/{DATABASE}", server.port);
        (server, url)
    }

    fn logins(&self) -> u64 {
        let count = "SELECT count(*) FROM mysql.general_log WHERE command_type = 'Connect' AND argument LIKE 'counted@%'";
        self.sql(count).parse().unwrap()
    }
}

impl Server for SqlServer {
    const NAME: &'static str = "SQL Server";

    fn with_user(user: &str, password: &str) -> Self {
        Self::with_login(user, password)
    }

    fn url_of(&self, user: &str, password: &str) -> String {
        format!(
            "mssql://{user}:{password}@localhost:{}/shop?encrypt=true&sslrootcert={}",
            self.port,
            self.authority().display()
        )
    }

    fn plain() -> Self {
        Self::open_to_read()
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn url_by(&self, port: u16) -> String {
        format!("mssql://sa@127.0.0.1:{port}/shop?encrypt=false")
    }

    fn crash(&mut self) {
        self.crash();
    }

    fn begin(&mut self) {
        self.restart();
    }

    fn on_wire(word: &str) -> Vec<u8> {
        word.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    const SESSION: &'static str = "SELECT @@SPID AS id";

    const LEAVES: &'static [(&'static str, &'static str)] = &[
        ("CREATE TABLE #mine (id int)", "SELECT count(*) AS n FROM #mine"),
        (
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SELECT transaction_isolation_level AS l FROM sys.dm_exec_sessions WHERE session_id = @@SPID",
        ),
        (
            "BEGIN TRANSACTION; INSERT INTO kept VALUES (9)",
            "SELECT count(*) AS n FROM kept",
        ),
    ];

    fn counting_logins() -> (Self, String) {
        let server = <Self as Kind>::start();
        let url = Kind::url(&server);
        (server, url)
    }

    fn logins(&self) -> u64 {
        self.log().matches("sa logged in").count() as u64
    }
}
