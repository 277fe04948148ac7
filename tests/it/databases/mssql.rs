//! SQL Server: who is let in and why not, what a load that breaks leaves behind, and what SQL Server alone has.
//!
//! What is asked is the stand-in of [`super::sqlserver`], which says what it does not show.

use std::time::{Duration, Instant};

use polars::prelude::*;
use sheaf::database::{DatabaseError, Mode};

use super::kinds::Kind as _;
use super::opened::{Opened, load, told};
use super::sqlserver::{DATABASE, PASSWORD, SqlServer, TOKEN, USER};
use crate::live::Live;

/// How soon something that is stopped has to end, on a machine that is busy.
const SOON: Duration = Duration::from_secs(10);

/// Fails where connecting works, or is refused with other words; none of them may be what one logs in with.
#[track_caller]
fn assert_refused(url: &str, expected: &str) {
    let error = Opened::try_to(url)
        .err()
        .unwrap_or_else(|| panic!("{url} is let in"));
    assert_eq!(told(&error), expected, "{url}");
    for hidden in [PASSWORD, TOKEN, "WrongWord", "HiddenBase"] {
        let text = format!("{error:?}{}", told(&error));
        assert!(!text.contains(hidden), "{text}");
    }
}

#[test]
fn each_form_of_address_lets_one_in_with_a_password_or_a_token() {
    let server = SqlServer::start();
    let port = server.port;
    let authority = server.authority();
    let trusts = format!("sslrootcert={}", authority.display());
    for url in [
        format!("mssql://sa:Passw0rd%21@localhost:{port}/shop?{trusts}&encrypt=true"),
        format!("mssql://sa:Passw0rd%21@localhost:{port}/shop?{trusts}&encrypt=strict"),
        // Towards this machine there is TLS, whoever has signed the certificate.
        format!("mssql://sa:Passw0rd%21@127.0.0.1:{port}/shop"),
        format!(
            "mssql://sa:Passw0rd%21@127.0.0.1:{port}/shop?encrypt=true&{trusts}&hostNameInCertificate=localhost"
        ),
        format!(
            "jdbc:sqlserver://localhost:{port};database=shop;user=sa;password=Passw0rd!;encrypt=true;{trusts}"
        ),
        format!(
            "jdbc:sqlserver://localhost:{port};databaseName=shop;user=SA;password={{Passw0rd!}};{trusts}"
        ),
        format!("mssql://localhost:{port}/shop?encrypt=true&{trusts}&accessToken={TOKEN}"),
        format!(
            "jdbc:sqlserver://localhost:{port};database=shop;encrypt=true;{trusts};\
             authentication=ActiveDirectoryAccessToken;accessToken={TOKEN}"
        ),
    ] {
        assert_eq!(
            Opened::to(&url).rows("SELECT 1 AS one, N'ü' AS u"),
            "1|ü",
            "{url}"
        );
    }
}

#[test]
fn who_is_not_let_in_is_told_why() {
    let server = SqlServer::start();
    let port = server.port;
    let authority = server.authority();
    let trusts = format!("encrypt=true&sslrootcert={}", authority.display());
    let at = |host: &str, reason: &str| format!("cannot connect to SQL Server at {host}:{port}: {reason}");
    for (user, password) in [(USER, "WrongWord"), ("nobody", "Passw0rd%21"), (USER, "")] {
        assert_refused(
            &format!("mssql://{user}:{password}@localhost:{port}/{DATABASE}?{trusts}"),
            &at(
                "localhost",
                "the user or the password is wrong, or the user may not log in\n\
                 → check both; in a secret, a line break at its end counts",
            ),
        );
    }
    assert_refused(
        &format!("mssql://localhost:{port}/{DATABASE}?{trusts}&accessToken=WrongWord"),
        &at(
            "localhost",
            "the token is refused, or who it is of may not log in\n\
             → a token holds for an hour: get a new one, for https://database.windows.net/",
        ),
    );
    assert_refused(
        &format!("mssql://sa:Passw0rd%21@localhost:{port}/HiddenBase?{trusts}"),
        &at(
            "localhost",
            "it has no such database, or the user may not use it\n\
             → write it behind the host: mssql://host/database, or database=… with JDBC",
        ),
    );
    for parameters in ["encrypt=true", "encrypt=strict", "trustServerCertificate=false"] {
        assert_refused(
            &format!("mssql://sa:Passw0rd%21@localhost:{port}/{DATABASE}?{parameters}"),
            &at(
                "localhost",
                "its certificate is signed by nobody whom this system trusts\n\
                 → sslrootcert=/path/to/ca.pem names the certificates to trust",
            ),
        );
    }
    assert_refused(
        &format!("mssql://sa:Passw0rd%21@127.0.0.1:{port}/{DATABASE}?{trusts}"),
        &at(
            "127.0.0.1",
            "its certificate is for another host\n\
             → write the host as the certificate has it, or say what it has: hostNameInCertificate=db.example.com",
        ),
    );
    assert_refused(
        &format!("mssql://sa:Passw0rd%21@localhost:{port}/{DATABASE}?encrypt=false"),
        &at(
            "localhost",
            "it lets nobody in without TLS\n→ leave out what turns TLS off: encrypt",
        ),
    );
}

#[test]
fn no_password_goes_to_a_server_that_offers_no_tls() {
    let server = SqlServer::without_tls();
    let port = server.port;
    assert_refused(
        &format!("mssql://sa:Passw0rd%21@localhost:{port}/{DATABASE}?encrypt=true"),
        &format!(
            "cannot connect to SQL Server at localhost:{port}: it has no TLS, and one would send the password for anyone to \
             read\n→ turn TLS on at the server"
        ),
    );
    assert!(!server.log().contains("Login"), "{}", server.log());
    // Within this machine nobody is in between.
    for parameters in ["", "?encrypt=false"] {
        let url = format!("mssql://sa:Passw0rd%21@127.0.0.1:{port}/{DATABASE}{parameters}");
        assert_eq!(Opened::to(&url).rows("SELECT 1 AS one"), "1");
    }
}

/// Returns rows with numbers as their keys.
fn rows(first: i32, count: i32) -> DataFrame {
    let ids: Vec<i32> = (first..first + count).collect();
    let names: Vec<Option<String>> = ids
        .iter()
        .map(|id| (id % 3 != 0).then(|| format!("grüße {id}")))
        .collect();
    let numbers: Vec<f64> = ids.iter().map(|id| f64::from(*id) / 7.0).collect();
    df!("id" => ids, "name" => names, "number" => numbers).unwrap()
}

const TABLE: &str = "CREATE TABLE kept (id INT NOT NULL PRIMARY KEY, name NVARCHAR(40), number FLOAT);\n\
                     INSERT INTO kept VALUES (-1, N'old', 1), (-2, N'old', 2);";

#[test]
fn a_hundred_thousand_rows_are_loaded_as_another_client_sees_them() {
    let server = SqlServer::start();
    server.client(TABLE);
    let opened = Opened::to(&server.url(""));
    let frame = rows(0, 100_000);
    let report = opened
        .load(&load("kept", Mode::Overwrite, &frame), &frame)
        .unwrap();
    assert_eq!((report.rows, report.removed), (100_000, Some(2)));
    assert_eq!(
        server.client("SELECT count(*), count(name), min(id), max(id), sum(CAST(id AS bigint)) FROM kept"),
        "100000,66666,0,99999,4999950000\n"
    );
    assert_eq!(
        server.client("SELECT id, name, number FROM kept WHERE id IN (0, 49999)"),
        "0,∅,0.0\n49999,grüße 49999,7142.714285714285\n"
    );
    assert!(
        opened
            .query("SELECT * FROM kept ORDER BY id")
            .equals_missing(&frame)
    );
}

#[test]
fn what_a_connection_leaves_open_is_undone_when_it_is_closed() {
    let server = SqlServer::start();
    server.client(TABLE);
    let opened = Opened::to(&server.url(""));
    opened.execute("BEGIN TRANSACTION");
    assert_eq!(opened.execute("DELETE FROM kept"), 2);
    assert_eq!(server.client("SELECT count(*) FROM kept"), "2\n");
    opened.connection.close();
    server.settle();
    assert_eq!(server.client("SELECT count(*) FROM kept"), "2\n");
}

#[test]
fn what_is_interrupted_leaves_the_session_as_it_was() {
    let server = SqlServer::start();
    let opened = Opened::to(&server.url(""));
    opened.execute("CREATE TABLE #mine (id int)");
    for sql in ["WAITFOR DELAY '00:10:00'", &SqlServer::endless().count] {
        opened.interrupt_after(Duration::from_millis(300));
        let begun = Instant::now();
        let ended = opened.run(sql);
        assert!(matches!(ended, Err(DatabaseError::Interrupted)), "{ended:?}");
        assert!(begun.elapsed() < SOON, "{sql}");
        opened.interrupt.clear();
        assert_eq!(opened.rows("SELECT count(*) AS n FROM #mine"), "0", "{sql}");
    }
}

#[test]
fn tables_and_mistakes_are_named_as_sql_server_names_them() {
    let server = SqlServer::start();
    server.client("CREATE TABLE passengers (id INT IDENTITY(1,1) PRIMARY KEY, name NVARCHAR(5) NOT NULL, twice AS (id * 2))");
    let mut live = Live::new();
    live.enter(&format!("con = connect({:?})", server.url("")));
    for (cell, expected) in [
        (
            "[list(row) for row in con.tables().rows()]",
            "[[\"dbo\", \"passengers\", \"table\"]]",
        ),
        (
            "frame({\"name\": [\"Ann\"]}).write_table(con, \"dbo.passengers\", mode=\"append\").rows",
            "1",
        ),
        (
            "frame({\"id\": [9], \"name\": [\"Ben\"]}).write_table(con, \"passengers\", mode=\"append\").rows",
            "1",
        ),
        (
            "[list(row) for row in con.query(\"SELECT * FROM passengers ORDER BY id\").rows()]",
            "[[1, \"Ann\", 2], [9, \"Ben\", 18]]",
        ),
        (
            "con.query(\"SELECT * FROM passengrs\")",
            "error: SQL Server refuses the statement: Invalid object name 'passengrs'.\nhint: did you mean dbo.passengers?",
        ),
        (
            "frame({\"name\": [\"Bob\", \"Barbara\"]}).write_table(con, \"passengers\", mode=\"append\")",
            "error: row 2, column \"name\": \"Barbara\" has 7 units of UTF-16, and nvarchar(5) keeps 5\n\
             hint: nothing was loaded; change the value, or filter the row out",
        ),
        (
            "frame({\"name\": [\"Bob\"], \"twice\": [4]}).write_table(con, \"passengers\", mode=\"append\")",
            "error: the column \"twice\" of passengers is generated, and no row can give it a value\n\
             hint: leave it out of what is loaded: df.drop(\"twice\")",
        ),
        // Case does not tell texts apart where the server's own collation does not.
        (
            "con.query(\"SELECT count(*) AS n FROM passengers WHERE name = @P1\", [\"ANN\"])[\"n\"].to_list()",
            "[1]",
        ),
    ] {
        assert_eq!(live.enter(cell), expected, "{cell}");
    }
}

#[test]
fn rows_that_a_column_cannot_take_are_sorted_out_by_its_length_letters_and_range() {
    let server = SqlServer::start();
    server.client(
        "CREATE TABLE guests (id INT IDENTITY(1,1) PRIMARY KEY, age TINYINT, name VARCHAR(5), nick NVARCHAR(3), \
         paid MONEY, size DECIMAL(4,2), code BINARY(2), day DATETIME);\n\
         CREATE TABLE asked (id INT, age INT, name NVARCHAR(20), nick NVARCHAR(20), paid FLOAT, size FLOAT, \
         code VARBINARY(4), day DATETIME2(3));",
    );
    // The first row is fine, also with a letter that is none of ASCII; each other one has one value that is not.
    let fine = [
        "255",
        "N'Zoë'",
        "N'abc'",
        "1.5",
        "99.99",
        "0x6162",
        "'2024-02-29'",
    ];
    let wrong = [
        (0, "256"),
        (0, "-1"),
        (1, "N'Barbara'"),
        (1, "N'日本'"),
        (2, "N'abcd'"),
        (3, "1e15"),
        (4, "1.234"),
        (5, "0x61"),
        (6, "'1752-12-31'"),
    ];
    server.client(&format!("INSERT INTO asked VALUES (1, {})", fine.join(", ")));
    for (at, (column, value)) in wrong.into_iter().enumerate() {
        let mut values = fine;
        values[column] = value;
        server.client(&format!(
            "INSERT INTO asked VALUES ({}, {})",
            at + 2,
            values.join(", ")
        ));
    }
    let mut live = Live::new();
    live.enter(&format!("con = connect({:?})", server.url("")));
    let cell = "con.query(\"SELECT * FROM asked ORDER BY id\")\
                .write_table(con, \"guests\", mode=\"append\", rejects=\"/mnt/out/rejects.csv\").rows";
    assert_eq!(live.enter(cell), "1");
    let path = live.folder().join(".sheaf/out/rejects.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let cells = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>());
    let found: Vec<String> = cells
        .map(|cells| format!("{} {} {}", cells[0], cells[1], cells[3]))
        .collect();
    assert_eq!(
        found,
        [
            "2 age type",
            "3 age type",
            "4 name type",
            "5 name type",
            "6 nick type",
            "7 paid type",
            "8 size type",
            "9 code type",
            "10 day type",
        ]
    );
    assert_eq!(server.client("SELECT id, name FROM guests"), "1,Zoë\n");
    // The keys of a column that the server counts up may be given, and it goes on counting behind them.
    let again = "frame({\"id\": [1, 9]}).write_table(con, \"guests\", mode=\"append\", rejects=\"/mnt/out/rejects.csv\")";
    assert_eq!(
        live.enter(again),
        "table     guests\nrows      1\nrejected  1, in /mnt/out/rejects.csv\ncreated   False"
    );
    assert_eq!(
        live.enter("frame({\"age\": [3]}).write_table(con, \"guests\", mode=\"append\").rows"),
        "1"
    );
    assert_eq!(server.client("SELECT id FROM guests ORDER BY id"), "1\n9\n10\n");
}
