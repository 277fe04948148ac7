//! [`Denial`]: why there is no connection, and what to do.
//!
//! What the server says is not quoted: it repeats the user, which may be the value of a secret.

use std::io::{self, ErrorKind};

use rustls::CertificateError;
use tiberius::error::TokenError;

use super::endpoint::Proof;

/// Why there is no connection, and what to do.
pub(super) enum Denial {
    /// The server is starting, or has too much to do: later it may let one in.
    Later,
    /// Another server is to be asked.
    Elsewhere(String, u16),
    /// Why, and what to do.
    Final(String, String),
}

impl Denial {
    pub(super) fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Final(reason.into(), hint.into())
    }

    /// Something else than the database listens there.
    pub(super) fn stranger() -> Self {
        Self::new(
            "what answers there does not speak as SQL Server does",
            "is the port that of the database? SQL Server's own is 1433",
        )
    }

    /// Nothing can be reached there.
    pub(super) fn unreachable(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::new(
                "nothing listens there",
                "is the server running, and is the port right? SQL Server's own is 1433",
            ),
            ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Self::new(
                "the host cannot be reached from this machine",
                "is the host right, and is a VPN or a firewall in between?",
            ),
            _ => Self::new(format!("the connection failed: {error}"), "is the host right?"),
        }
    }

    /// TLS does not come about.
    pub(super) fn unsafe_way(error: &io::Error) -> Self {
        let inner = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(error) => untrusted(error),
            None => Self::new(
                format!("TLS fails: {error}"),
                "does the server have TLS 1.2 or, with encrypt=strict, 1.3?",
            ),
        }
    }

    /// The client library gives up.
    pub(super) fn of(error: &tiberius::error::Error, proof: &Proof) -> Self {
        match error {
            tiberius::error::Error::Server(answer) => answered(answer, proof),
            tiberius::error::Error::Routing { host, port } => Self::Elsewhere(host.clone(), *port),
            tiberius::error::Error::Io { .. } => Self::new(
                "it closes the connection instead of letting one in",
                "its log says why; does it want encrypt=strict?",
            ),
            _ => Self::stranger(),
        }
    }
}

/// Says why a certificate is not trusted.
fn untrusted(error: &rustls::Error) -> Denial {
    let rustls::Error::InvalidCertificate(error) = error else {
        return Denial::new(
            format!("TLS fails: {error}"),
            "does the server have TLS 1.2 or, with encrypt=strict, 1.3?",
        );
    };
    match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Denial::new(
            "its certificate is for another host",
            "write the host as the certificate has it, or say what it has: hostNameInCertificate=db.example.com",
        ),
        CertificateError::UnknownIssuer => Denial::new(
            "its certificate is signed by nobody whom this system trusts",
            "sslrootcert=/path/to/ca.pem names the certificates to trust",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Denial::new(
            "its certificate has expired",
            "the server needs a new one; is this clock right?",
        ),
        other => Denial::new(
            format!("its certificate is not trusted: {other}"),
            "sslrootcert=/path/to/ca.pem names the certificates to trust",
        ),
    }
}

/// Says why the server refuses, by its number for that.
fn answered(answer: &TokenError, proof: &Proof) -> Denial {
    match (answer.code(), proof) {
        (17187 | 40143 | 40197 | 40501 | 40540 | 40613 | 42108 | 42109 | 49918 | 49919 | 49920, _) => {
            Denial::Later
        }
        (18456, Proof::Token(_)) => Denial::new(
            "the token is refused, or who it is of may not log in",
            "a token holds for an hour: get a new one, for https://database.windows.net/",
        ),
        (18456, Proof::Password { .. }) => Denial::new(
            "the user or the password is wrong, or the user may not log in",
            "check both; in a secret, a line break at its end counts",
        ),
        (18452, _) => Denial::new(
            "it knows logins of Windows alone, or this user only as one",
            "who owns the server can allow logins with a password, too",
        ),
        (18470, _) => Denial::new(
            "the login is turned off",
            "who owns the server can say ALTER LOGIN … ENABLE",
        ),
        (18486, _) => Denial::new(
            "the login is locked after too many wrong passwords",
            "who owns the server can say ALTER LOGIN … WITH PASSWORD = … UNLOCK",
        ),
        (18487 | 18488, _) => Denial::new(
            "the password has expired",
            "set a new one with another client, which can say ALTER LOGIN",
        ),
        (4060 | 40532, _) => Denial::new(
            "it has no such database, or the user may not use it",
            "write it behind the host: mssql://host/database, or database=… with JDBC",
        ),
        (4064, _) => Denial::new(
            "the database that the user begins in is not there",
            "write one behind the host: mssql://host/database",
        ),
        (916, _) => Denial::new(
            "the user may not use this database",
            "who owns it can say CREATE USER … FOR LOGIN …",
        ),
        (40615 | 40914, _) => Denial::new(
            "its firewall lets nobody in from this machine",
            "who owns the server can add the address of this machine to the rules of its firewall",
        ),
        (17809 | 10928 | 10929 | 10930, _) => Denial::new(
            "it has too many connections",
            "close some: con.close(), or other notebooks",
        ),
        (17142 | 6005, _) => Denial::new(
            "it is paused or shutting down, and lets nobody in",
            "try again when it runs",
        ),
        (code, _) => Denial::new(format!("the server refuses (error {code})"), "its log says why"),
    }
}
