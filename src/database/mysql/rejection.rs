//! [`Rejection`]: why there is no connection, and what to do.

use mysql_async::ServerError;

/// Why there is no connection, and what to do.
pub(super) struct Rejection {
    pub(super) reason: String,
    pub(super) hint: String,
    /// Whether another address of the host may do better.
    pub(super) is_of_address: bool,
}

impl Rejection {
    pub(super) fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            hint: hint.into(),
            is_of_address: false,
        }
    }

    pub(super) fn of_address(self) -> Self {
        Self {
            is_of_address: true,
            ..self
        }
    }
}

/// The server asks for a proof that this program does not know.
pub(super) fn unknown_proof() -> Rejection {
    Rejection::new(
        "the server wants to know who one is in a way that is not known here",
        "caching_sha2_password and mysql_native_password are; others, such as ed25519, are not",
    )
}

/// Something else than the database listens there.
pub(super) fn stranger() -> Rejection {
    Rejection::new(
        "what answers there does not speak as MySQL does",
        "is the port that of the database? MySQL's own is 3306",
    )
}

/// Says why the server refuses, by its code: its words repeat who one is.
pub(super) fn answered(answer: &ServerError) -> Rejection {
    match answer.code {
        1045 | 1698 => Rejection::new(
            "the user or the password is wrong, or the user may not come from this machine, or not without TLS",
            "check them; in a secret, a line break at its end counts",
        ),
        1044 => Rejection::new(
            "the user may not use this database",
            "who owns it can say GRANT SELECT, INSERT, … ON database.* TO user",
        ),
        1049 => Rejection::new(
            "it has no such database",
            "write it behind the host: mysql://host/database",
        ),
        1130 => Rejection::new(
            "it lets nobody in from this machine",
            "who owns the server can say CREATE USER 'name'@'this machine' …",
        ),
        1129 => Rejection::new(
            "it has blocked this machine after too many connections that failed",
            "who owns the server can say FLUSH HOSTS",
        ),
        1040 | 1203 | 1226 => Rejection::new(
            "it has too many connections",
            "close some: con.close(), or other notebooks",
        ),
        1820 | 1862 => Rejection::new(
            "the password has expired",
            "set a new one with another client, which can say ALTER USER",
        ),
        3118 | 4151 => Rejection::new(
            "the account is locked",
            "who owns the server can say ALTER USER … ACCOUNT UNLOCK",
        ),
        3159 => Rejection::new(
            "it lets nobody in without TLS",
            "leave out what turns TLS off: sslMode, useSSL",
        ),
        1053 => Rejection::new("the server is shutting down", "try again in a moment"),
        code => Rejection::new(format!("the server refuses (error {code})"), "its log says why"),
    }
}
