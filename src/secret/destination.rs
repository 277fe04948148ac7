//! [`Destination`]: where the value of a secret goes.

use std::fmt;

use url::Host;

use super::reference::Reference;

/// What a scope writes for [`Destination::Shell`].
const SHELL: &str = "shell";
/// The service whose accounts have a host each.
pub(super) const AZURE: &str = "azure";
/// What follows the account in the hosts of Azure's storage.
const AZURE_HOSTS: [&str; 5] = [
    ".blob.core.windows.net",
    ".dfs.core.windows.net",
    ".file.core.windows.net",
    ".queue.core.windows.net",
    ".table.core.windows.net",
];
/// The longest name of a host, and the longest part between its dots, in bytes.
const LONGEST_HOST: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Where the value of a secret goes; a scope lists those that it allows under `sinks`.
///
/// Compared exactly: there are no wildcards, because anyone can rent a name under most hosts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// The environment of a shell command.
    Shell,
    /// A host: a name in lower case, in ASCII and without a dot at its end, or an address.
    Host(String),
    /// An account of a service with one address for each account, as `azure:myaccount`.
    Account {
        /// The service.
        service: String,
        /// The account.
        account: String,
    },
    /// The host, or the account, that a secret names; no list can, because nobody reads it there.
    Named(Reference),
}

/// A text that names no place for a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} cannot be a sink: write \"shell\", a host without port or wildcard, or \"azure:ACCOUNT\"")]
pub struct NoDestination {
    /// The text.
    pub text: String,
}

impl Destination {
    /// Reads what a scope lists under `sinks`.
    ///
    /// # Errors
    ///
    /// A text that is neither `shell` nor `azure:ACCOUNT` nor a host alone: no port, no path, no wildcard.
    pub fn parse(text: &str) -> Result<Self, NoDestination> {
        let found = match text.split_once(':') {
            _ if text == SHELL => Some(Self::Shell),
            Some((AZURE, account)) => is_azure_account(account).then(|| Self::azure(account)),
            _ => host_name(text).map(Self::Host),
        };
        found.ok_or_else(|| NoDestination {
            text: text.to_owned(),
        })
    }

    /// Returns an account of Azure's storage.
    pub(super) fn azure(account: &str) -> Self {
        Self::Account {
            service: AZURE.to_owned(),
            account: account.to_owned(),
        }
    }

    /// Returns whether a scope whose `sinks` are these sends values here by itself.
    ///
    /// An account listed is all of its hosts; a host listed is that host alone.
    pub fn is_listed(&self, sinks: &[String]) -> bool {
        let listed = |wanted: &Self| {
            let mut sinks = sinks.iter().map(|sink| Self::parse(sink));
            sinks.any(|sink| sink.as_ref() == Ok(wanted))
        };
        let account = match self {
            Self::Host(host) => azure_account(host).map(Self::azure),
            _ => None,
        };
        listed(self) || account.is_some_and(|account| listed(&account))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shell => f.write_str(SHELL),
            Self::Host(host) => f.write_str(host),
            Self::Account { service, account } => write!(f, "{service}:{account}"),
            Self::Named(reference) => reference.fmt(f),
        }
    }
}

/// Returns the one way to write a host; `None` for what is none.
///
/// As browsers and libraries read it: other scripts become their ASCII form, so that a look-alike is seen to be
/// another name, and each way to write an address becomes the usual one.
pub(super) fn host_name(text: &str) -> Option<String> {
    if text.contains(|c: char| c == '%' || c.is_whitespace() || c.is_control()) {
        return None;
    }
    match Host::parse(text).ok()? {
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(format!("[{address}]")),
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(&name).to_ascii_lowercase();
            let is_label = |label: &str| {
                (1..=LONGEST_LABEL).contains(&label.len())
                    && label
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            };
            (name.len() <= LONGEST_HOST && name.split('.').all(is_label)).then_some(name)
        }
    }
}

/// Returns the account that a host of Azure's storage belongs to.
pub(super) fn azure_account(host: &str) -> Option<&str> {
    let account = AZURE_HOSTS.iter().find_map(|end| host.strip_suffix(end))?;
    is_azure_account(account).then_some(account)
}

/// Returns whether a host is one of an account of Azure's storage, whichever that is.
pub(super) fn azure_host_end(host: &str) -> Option<&'static str> {
    AZURE_HOSTS.iter().find(|end| host.ends_with(**end)).copied()
}

/// Returns whether a text can be the name of an account of Azure's storage.
pub(super) fn is_azure_account(name: &str) -> bool {
    (3..=24).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_written_in_one_way() {
        for (text, expected) in [
            ("DB.Example.COM", Some("db.example.com")),
            ("db.example.com.", Some("db.example.com")),
            ("db。example．com", Some("db.example.com")),
            ("my_db-1", Some("my_db-1")),
            ("127.1", Some("127.0.0.1")),
            ("0x7f000001", Some("127.0.0.1")),
            ("[::1]", Some("[::1]")),
            ("[0:0::0:1]", Some("[::1]")),
            ("gооd.host", Some("xn--gd-fmca.host")),
            ("", None),
            (".", None),
            ("a..b", None),
            ("a.b..", None),
            ("*.windows.net", None),
            ("a,b", None),
            ("a:443", None),
            ("a/b", None),
            ("a@b", None),
            ("a%2eb", None),
            ("a b", None),
            ("a\nb", None),
            ("::1", None),
            ("[fe80::1%eth0]", None),
        ] {
            assert_eq!(host_name(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn sinks_are_compared_exactly() {
        let listed = |destination: &str, sinks: &[&str]| {
            let sinks: Vec<String> = sinks.iter().map(|sink| (*sink).to_owned()).collect();
            Destination::parse(destination).unwrap().is_listed(&sinks)
        };
        assert!(listed("shell", &["a.b", "shell"]));
        assert!(listed("db.example.com", &["DB.example.com."]));
        assert!(!listed(
            "evil.db.example.com",
            &["db.example.com", "*.db.example.com"]
        ));
        assert!(!listed("example.com", &["db.example.com", "*", ""]));
        // An account is all of its hosts; a host is itself.
        assert!(listed("mine.dfs.core.windows.net", &["azure:mine"]));
        assert!(!listed("azure:mine", &["mine.blob.core.windows.net"]));
        assert!(!listed("mine.blob.core.windows.net.evil.org", &["azure:mine"]));
        assert!(!listed("a.mine.blob.core.windows.net", &["azure:mine"]));
        // A host that is called like the shell is none.
        assert_eq!(
            Destination::parse("Shell"),
            Ok(Destination::Host("shell".to_owned()))
        );
        assert!(!listed("Shell", &["azure:shell"]));
        for text in ["", "*", "azure:", "azure:A", "https://a.b", "a.b:443", "SHELL "] {
            assert!(Destination::parse(text).is_err(), "{text:?}");
        }
    }
}
