//! [`Address`]: where something connects to, as a text with references, taken apart before any value is there.
//!
//! A value is put into one component of what was parsed, never into the text: whatever is in it (`@`, `/`, `;`, `#`), scheme
//! and host are those that were written. Nothing is guessed: what programs read in different ways is refused.

mod beside;
mod error;
mod imprint;
mod marked;
mod resolved;
mod sends;
mod sqlserver;
#[cfg(test)]
mod tests;

use ::url::Url;
use percent_encoding::percent_decode_str;

use super::destination::{Destination, azure_account, azure_host_end, host_name};
use super::error::SecretError;
use super::reference::Reference;
use super::sink::{Component, Sink};
use super::template::Template;
use super::value::SecretValue;
pub use error::AddressError;
pub use imprint::{Imprint, Imprinter};
use marked::Marked;
pub use resolved::ResolvedAddress;

/// What the parts of an address mean, by its scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `https://user:password@host:port/path?parameters`: only the parameters may be secrets behind the host.
    Request,
    /// `postgresql://user:password@host:port/database?parameters`.
    Database,
    /// `wasbs://container@account.blob.core.windows.net/path`.
    Storage,
    /// `jdbc:sqlserver://host\instance:port;name=value;…`.
    SqlServer,
}

const SCHEMES: [(&str, Form); 18] = [
    ("http", Form::Request),
    ("https", Form::Request),
    ("postgresql", Form::Database),
    ("postgres", Form::Database),
    ("mysql", Form::Database),
    ("mariadb", Form::Database),
    ("redis", Form::Database),
    ("rediss", Form::Database),
    ("mssql", Form::Database),
    ("sqlserver", Form::Database),
    ("jdbc:postgresql", Form::Database),
    ("jdbc:mysql", Form::Database),
    ("jdbc:mariadb", Form::Database),
    ("jdbc:sqlserver", Form::SqlServer),
    ("wasb", Form::Storage),
    ("wasbs", Form::Storage),
    ("abfs", Form::Storage),
    ("abfss", Form::Storage),
];

/// Parameters by which a database's driver connects to another host than the one that is written behind `://`.
const OTHER_HOSTS: [&str; 17] = [
    "host",
    "hostaddr",
    "hostname",
    "port",
    "portnumber",
    "server",
    "servername",
    "service",
    "servicefile",
    "failoverpartner",
    "unix_socket",
    "unixsocket",
    "socket",
    "socketfactory",
    "localsocketaddress",
    "proxyhost",
    "socksproxyhost",
];

/// The host of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
enum HostPart {
    /// Written out, in the one way to write it.
    Name(String),
    /// All of it is a secret.
    Secret(Reference),
    /// An account that is a secret, with what follows it in the hosts of Azure's storage.
    Account(Reference, &'static str),
}

/// Where something connects to: its components, each a text with references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    form: Form,
    scheme: String,
    host: HostPart,
    /// The instance of a server, where it has several; of SQL Server alone.
    instance: Option<String>,
    /// Each component but the host, in the order in which it is written.
    components: Vec<(Component, Template)>,
    /// The path, for what has no database, and the fragment.
    path: String,
    fragment: Option<String>,
}

impl Address {
    /// Reads the text of an address, in which references stand for its parts.
    ///
    /// # Errors
    ///
    /// A scheme that is not known, a host that is none or a part of which is a secret, and whatever programs read in
    /// different ways: backslashes, spaces, several `@`, parameters that name a second host.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let marked = Marked::new(text.trim());
        let text = marked.text.as_str();
        if marked.reference(text).is_some() {
            return Err(AddressError::Whole);
        }
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::Scheme)?;
        let scheme = scheme.to_ascii_lowercase();
        let known = SCHEMES.iter().find(|(known, _)| *known == scheme);
        let (_, form) = known.ok_or(AddressError::Scheme)?;
        if text.contains(char::is_control) {
            return Err(AddressError::Ambiguous {
                what: "line breaks or other control characters",
            });
        }
        if *form == Form::SqlServer {
            return sqlserver::parse(&marked, scheme, rest);
        }
        of_url(&marked, *form, scheme, rest)
    }

    /// Returns the host, where it is written out.
    pub fn host(&self) -> Option<&str> {
        match &self.host {
            HostPart::Name(name) => Some(name),
            HostPart::Secret(_) | HostPart::Account(..) => None,
        }
    }

    /// Returns the scheme, in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }
}

impl Sink for Address {
    type Open = ResolvedAddress;

    fn destination(&self) -> Destination {
        match &self.host {
            HostPart::Name(name) => match azure_account(name).filter(|_| self.form == Form::Storage) {
                Some(account) => Destination::azure(account),
                None => Destination::Host(name.clone()),
            },
            HostPart::Secret(reference) | HostPart::Account(reference, _) => {
                Destination::Named(reference.clone())
            }
        }
    }

    fn components(&self) -> Vec<(Component, Template)> {
        let host = match &self.host {
            HostPart::Name(_) => None,
            HostPart::Secret(reference) => Some((Component::Host, Template::from(reference.clone()))),
            HostPart::Account(reference, _) => Some((Component::Account, Template::from(reference.clone()))),
        };
        host.into_iter().chain(self.components.iter().cloned()).collect()
    }

    fn open(self, components: Vec<(Component, SecretValue)>) -> Result<ResolvedAddress, SecretError> {
        resolved::resolve(self, components)
    }
}

/// Reads what follows `://` in anything but the address of a SQL Server.
fn of_url(marked: &Marked, form: Form, scheme: String, rest: &str) -> Result<Address, AddressError> {
    for (what, found) in [
        ("a backslash", rest.contains('\\')),
        ("spaces", rest.contains(char::is_whitespace)),
    ] {
        if found {
            return Err(AddressError::Ambiguous { what });
        }
    }
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (rest, fragment) = split_once(rest, '#');
    let (path, query) = split_once(rest, '?');
    let (user, server) = match authority.rsplit_once('@') {
        Some((user, _)) if user.contains('@') => {
            return Err(AddressError::Ambiguous {
                what: "more than one @ before the path",
            });
        }
        Some((user, server)) => (Some(user), server),
        None => (None, authority),
    };
    let (host_text, port) = host_and_port(server)?;
    let host = host_part(marked, host_text)?;
    let mut components = Vec::new();
    if form == Form::Storage {
        let container = user
            .filter(|name| !name.contains(':'))
            .ok_or(AddressError::Host)?;
        components.push((Component::Container, marked.template(container, decoded)));
    } else if let Some(user) = user {
        let (user, password) = split_once(user, ':');
        components.push((Component::User, marked.template(user, decoded)));
        components.extend(password.map(|text| (Component::Password, marked.template(text, decoded))));
    }
    components.extend(port_part(marked, port)?.map(|port| (Component::Port, port)));
    let is_database = form == Form::Database;
    if is_database && !path.trim_start_matches('/').is_empty() {
        let database = path.strip_prefix('/').unwrap_or(path);
        components.push((Component::Database, marked.template(database, decoded)));
    }
    for (place, part) in [
        ("the path", path),
        ("what follows #", fragment.unwrap_or_default()),
    ] {
        if marked.is_in(part) && !(is_database && place == "the path") {
            return Err(AddressError::Place { place });
        }
    }
    for parameter in query
        .unwrap_or_default()
        .split('&')
        .filter(|text| !text.is_empty())
    {
        let (name, value) = split_once(parameter, '=');
        if marked.is_in(name) {
            return Err(AddressError::Place {
                place: "the name of a parameter",
            });
        }
        let name = decoded(&name.replace('+', " "));
        check_parameter(&name, is_database, &components)?;
        let value = marked.template(value.unwrap_or_default(), |text| decoded(&text.replace('+', " ")));
        components.push((Component::Parameter(name), value));
    }
    let address = Address {
        form,
        scheme,
        host,
        instance: None,
        components,
        path: if is_database {
            String::new()
        } else {
            path.to_owned()
        },
        fragment: fragment.map(str::to_owned),
    };
    agrees(&address, marked, host_text, user, port)?;
    Ok(address)
}

/// Checks that the parser which most programs use finds the same scheme, host, user and password.
fn agrees(
    address: &Address,
    marked: &Marked,
    host: &str,
    user: Option<&str>,
    port: Option<&str>,
) -> Result<(), AddressError> {
    let different = AddressError::Ambiguous {
        what: "a host or a user",
    };
    let scheme = address.scheme.strip_prefix("jdbc:").unwrap_or(&address.scheme);
    let before = user.map_or(String::new(), |user| format!("{user}@"));
    // A port that is a secret would have to be a number there.
    let port = port.filter(|port| !marked.is_in(port));
    let after = port.map_or(String::new(), |port| format!(":{port}"));
    let parsed = Url::parse(&format!("{scheme}://{before}{host}{after}/"));
    let parsed = parsed.map_err(|_| different.clone())?;
    let found = parsed.host_str().unwrap_or_default();
    let same_host = match &address.host {
        HostPart::Name(name) => host_name(found).as_deref() == Some(name),
        HostPart::Secret(_) | HostPart::Account(..) => found.eq_ignore_ascii_case(host),
    };
    let (name, password) = user.map_or(("", None), |user| split_once(user, ':'));
    let same_user = decoded(parsed.username()) == decoded(name)
        && parsed.password().map(decoded).unwrap_or_default() == password.map(decoded).unwrap_or_default();
    (parsed.scheme() == scheme && same_host && same_user)
        .then_some(())
        .ok_or(different)
}

/// Splits `host:port` and `[::1]:port`.
fn host_and_port(server: &str) -> Result<(&str, Option<&str>), AddressError> {
    let end = match server.find(']') {
        Some(end) if server.starts_with('[') => end + 1,
        _ => server.find(':').unwrap_or(server.len()),
    };
    let (host, rest) = server.split_at(end);
    match rest.strip_prefix(':') {
        Some(port) => Ok((host, Some(port).filter(|port| !port.is_empty()))),
        None if rest.is_empty() => Ok((host, None)),
        None => Err(AddressError::Host),
    }
}

/// Reads a host: written out, one secret, or an account that is a secret.
fn host_part(marked: &Marked, text: &str) -> Result<HostPart, AddressError> {
    if let Some(reference) = marked.reference(text) {
        return Ok(HostPart::Secret(reference.clone()));
    }
    if marked.is_in(text) {
        let account = azure_host_end(text)
            .and_then(|end| Some((marked.reference(text.strip_suffix(end)?)?.clone(), end)));
        return account
            .map(|(reference, end)| HostPart::Account(reference, end))
            .ok_or(AddressError::PartOfHost);
    }
    host_name(text).map(HostPart::Name).ok_or(AddressError::Host)
}

/// Reads a port: a number, or one secret.
fn port_part(marked: &Marked, port: Option<&str>) -> Result<Option<Template>, AddressError> {
    let Some(text) = port else { return Ok(None) };
    let is_number = text.bytes().all(|digit| digit.is_ascii_digit()) && text.parse::<u16>().is_ok();
    if is_number || marked.reference(text).is_some() {
        return Ok(Some(marked.template(text, str::to_owned)));
    }
    Err(AddressError::Port)
}

/// Refuses a parameter that names another host, and in an address of a database one that is there twice.
fn check_parameter(
    name: &str,
    is_database: bool,
    before: &[(Component, Template)],
) -> Result<(), AddressError> {
    let lower = name.to_ascii_lowercase();
    if !is_database {
        return Ok(());
    }
    if OTHER_HOSTS.contains(&lower.as_str()) {
        return Err(AddressError::OtherHost {
            name: name.to_owned(),
        });
    }
    let is_there = |component: &Component| matches!(component, Component::Parameter(known) if known.eq_ignore_ascii_case(name));
    if before.iter().any(|(component, _)| is_there(component)) {
        return Err(AddressError::Twice {
            name: name.to_owned(),
        });
    }
    Ok(())
}

fn split_once(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
