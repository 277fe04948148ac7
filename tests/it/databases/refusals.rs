//! Why PostgreSQL cannot be connected to: each reason is told apart, with what to do, and nothing of the address is quoted that
//! may be the value of a secret.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::opened::{Opened, told};
use super::server::Postgres;

/// What no message may have.
const HIDDEN: [&str; 3] = ["HiddenUser", "HiddenWord", "HiddenBase"];

/// Fails where connecting works, or is refused with other words.
#[track_caller]
fn assert_refused(url: &str, expected: &str) {
    let error = Opened::try_to(url)
        .err()
        .unwrap_or_else(|| panic!("{url} is let in"));
    let text = told(&error);
    assert_eq!(text, expected, "{url}");
    for hidden in HIDDEN {
        assert!(
            !text.contains(hidden) && !format!("{error:?}").contains(hidden),
            "{text}"
        );
    }
}

/// Listens on a port, and gives each who connects the same answer.
fn listener(answer: impl Fn(usize) -> Vec<u8> + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut bytes = [0; 500];
            // Who asks whether there is TLS sends 8 bytes.
            if matches!(stream.read(&mut bytes), Ok(8)) {
                let _ = stream.write_all(b"N");
                let _ = stream.read(&mut bytes);
            }
            let _ = stream.write_all(&answer(number));
        }
    });
    port
}

/// Writes an error as a server sends it, in whose words the user is.
fn refusal(code: &str) -> Vec<u8> {
    let body = format!("SFATAL\0VFATAL\0C{code}\0Mrole \"HiddenUser\" is not welcome\0\0");
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [b"E", length.as_slice(), body.as_bytes()].concat()
}

#[test]
fn who_one_is_and_which_database_are_told_apart() {
    let server = Postgres::start();
    server.distrusts("HiddenUser", "right");
    let port = server.port;
    let at = |reason: &str| format!("cannot connect to PostgreSQL at 127.0.0.1:{port}: {reason}");
    assert_refused(
        &format!("postgresql://HiddenUser:HiddenWord@127.0.0.1:{port}/postgres"),
        &at("the user or the password is wrong\n\
             → check both; in a secret, a line break at its end counts"),
    );
    assert_refused(
        &format!("postgresql://HiddenUser@127.0.0.1:{port}/postgres"),
        &at("it asks for a password, and none is given\n\
             → give connect() a password: a secret, which stays out of the cell"),
    );
    assert_refused(
        &format!("postgresql://postgres@127.0.0.1:{port}/HiddenBase"),
        &at("it has no such database\n→ write it behind the host: postgresql://host/database"),
    );
    assert_refused(
        &format!("jdbc:postgresql://127.0.0.1:{port}/postgres?user=HiddenUser2&password=HiddenWord"),
        &at("it has no such user, or one that may not log in\n→ is the user written right?"),
    );
    assert_refused(
        &format!("postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=require"),
        &at(
            "it has no TLS, and one would send the password for anyone to read\n\
             → turn TLS on at the server, or write sslmode=disable where the network is safe",
        ),
    );
    for way in [
        format!("postgresql://HiddenUser:right@127.0.0.1:{port}/postgres"),
        format!("postgres://HiddenUser:r%69ght@localhost:{port}/postgres?sslmode=disable&application_name=x"),
        format!(
            "jdbc:postgresql://127.0.0.1:{port}/postgres?user=HiddenUser&password=right&connectTimeout=5"
        ),
    ] {
        assert_eq!(
            Opened::to(&way).rows("SELECT current_user::text AS u"),
            "HiddenUser"
        );
    }
    // Nobody stays connected.
    assert_eq!(server.sessions(), 0);
}

#[test]
fn a_host_that_does_not_answer_is_told_from_one_that_is_not_there() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    assert_refused(
        &format!("postgresql://HiddenUser:HiddenWord@127.0.0.1:{free}/HiddenBase"),
        &format!(
            "cannot connect to PostgreSQL at 127.0.0.1:{free}: nothing listens there\n\
             → is the server running, and is the port right? PostgreSQL's own is 5432"
        ),
    );
    assert_refused(
        "postgresql://HiddenUser:HiddenWord@no-such-host.invalid/HiddenBase",
        "cannot connect to PostgreSQL at no-such-host.invalid:5432: the name of the host is not known\n\
         → is the host written right?",
    );
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let begun = Instant::now();
    assert_refused(
        &format!("postgresql://HiddenUser@127.0.0.1:{port}/x?connect_timeout=1"),
        &format!(
            "cannot connect to PostgreSQL at 127.0.0.1:{port}: it did not answer within 1 seconds\n\
             → is the host right, and may this machine reach it? connect_timeout=60 waits longer"
        ),
    );
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let web = listener(|_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec());
    for mode in ["", "?sslmode=disable"] {
        let url = format!("postgresql://HiddenUser:HiddenWord@127.0.0.1:{web}/x{mode}");
        let text = told(&Opened::try_to(&url).err().unwrap());
        let expected = format!(
            "cannot connect to PostgreSQL at 127.0.0.1:{web}: what answers there does not speak as PostgreSQL does: "
        );
        assert!(text.starts_with(&expected), "{text}");
        assert!(
            text.ends_with("→ is the port that of the database? PostgreSQL's own is 5432"),
            "{text}"
        );
    }
}

#[test]
fn what_the_server_says_is_told_in_other_words() {
    for (code, expected) in [
        (
            "53300",
            "it has too many connections\n→ close some: con.close(), or other notebooks",
        ),
        (
            "42501",
            "the user may not connect to this database\n→ who owns it can say GRANT CONNECT ON DATABASE … TO …",
        ),
        (
            "28000",
            "it lets this user of this machine into no such database in this way\n\
             → its pg_hba.conf decides: by address, user, database, and whether there is TLS (sslmode=require)",
        ),
        ("XX000", "the server refuses (SQLSTATE XX000)\n→ its log says why"),
    ] {
        let port = listener(move |_| refusal(code));
        assert_refused(
            &format!("postgresql://HiddenUser:HiddenWord@127.0.0.1:{port}/HiddenBase"),
            &format!("cannot connect to PostgreSQL at 127.0.0.1:{port}: {expected}"),
        );
    }
}

#[test]
fn a_server_that_is_starting_is_waited_for() {
    let begun = Instant::now();
    let port = listener(|number| refusal(if number < 2 { "57P03" } else { "53300" }));
    let text = told(
        &Opened::try_to(&format!("postgresql://u@127.0.0.1:{port}/x"))
            .err()
            .unwrap(),
    );
    assert!(text.contains("it has too many connections"), "{text}");
    assert!(begun.elapsed() >= Duration::from_millis(600));
}

#[test]
fn a_certificate_is_trusted_by_who_signed_it_and_for_its_host() {
    let (server, authority) = Postgres::with_certificate();
    server.distrusts("HiddenUser", "right");
    let port = server.port;
    let authority = authority.display();
    let url = |host: &str, mode: &str| format!("postgresql://HiddenUser:right@{host}:{port}/postgres{mode}");
    let tls = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    for (host, mode, has_tls) in [
        (
            "localhost",
            format!("?sslmode=verify-full&sslrootcert={authority}"),
            "true",
        ),
        ("localhost", format!("?ssl=true&sslrootcert={authority}"), "true"),
        (
            "127.0.0.1",
            format!("?sslmode=verify-ca&sslrootcert={authority}"),
            "true",
        ),
        // On this machine nobody signs certificates.
        ("localhost", String::new(), "true"),
        ("127.0.0.1", "?sslmode=disable".to_owned(), "false"),
    ] {
        let opened = Opened::to(&url(host, &mode));
        assert_eq!(opened.rows(tls), has_tls, "{host}{mode}");
        opened.interrupt_after(Duration::from_millis(100));
        let begun = Instant::now();
        opened.run("SELECT pg_sleep(60)").unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(5), "{host}{mode}");
    }
    let at = |host: &str, reason: &str| format!("cannot connect to PostgreSQL at {host}:{port}: {reason}");
    let untrusted = "its certificate is signed by nobody whom this system trusts\n\
                     → sslrootcert=/path/to/ca.pem names the certificates to trust";
    for (host, mode) in [
        ("localhost", "?sslmode=verify-full"),
        ("localhost", "?sslmode=require"),
        ("localhost", "?ssl=true"),
        ("127.0.0.1", "?sslmode=verify-ca"),
    ] {
        assert_refused(&url(host, mode), &at(host, untrusted));
    }
    assert_refused(
        &url(
            "127.0.0.1",
            &format!("?sslmode=verify-full&sslrootcert={authority}"),
        ),
        &at(
            "127.0.0.1",
            "its certificate is for another host\n\
             → write the host as the certificate has it; sslmode=verify-ca checks only who signed it",
        ),
    );
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "no certificate\n").unwrap();
    let with = |file: &Path| {
        url(
            "localhost",
            &format!("?sslmode=verify-full&sslrootcert={}", file.display()),
        )
    };
    assert_refused(
        &with(&empty),
        &at(
            "localhost",
            &format!(
                "the file of sslrootcert, {}, has no certificates\n\
                 → sslrootcert=/path/to/ca.pem names the certificates to trust",
                empty.display()
            ),
        ),
    );
    let missing = Opened::try_to(&with(Path::new("/no/such/ca.pem"))).err().unwrap();
    assert!(told(&missing).contains("the certificates of sslrootcert, /no/such/ca.pem, cannot be read"));
}

#[test]
fn an_address_that_is_wrong_is_told_before_anyone_is_asked() {
    for (url, expected) in [
        (
            "postgresql://HiddenUser:HiddenWord@127.0.0.1/HiddenBase?sslmod=require",
            "the address has the parameter \"sslmod\", which is none of PostgreSQL\n→ did you mean sslmode?",
        ),
        (
            "postgresql://HiddenUser:HiddenWord@127.0.0.1/HiddenBase?sslmode=prefer",
            "sslmode=prefer would connect without TLS where someone in between wants that\n\
             → leave it out to have TLS, or write sslmode=disable to have none",
        ),
        (
            "postgresql://HiddenUser:HiddenWord@127.0.0.1/HiddenBase?sslmode=HiddenWord",
            "the address has a wrong sslmode: it is none of disable, require, verify-ca and verify-full\n\
             → change the address, or the secret that is in it",
        ),
        (
            "postgresql://127.0.0.1/HiddenBase",
            "the address names no user\n\
             → write it as postgresql://user@host/database, or give connect() user=",
        ),
    ] {
        assert_refused(url, expected);
    }
}
