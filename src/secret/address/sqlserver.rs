//! `jdbc:sqlserver://host\instance:port;name=value;…`, as Microsoft's driver reads it.

use super::marked::Marked;
use super::{Address, AddressError, Form, check_parameter, host_and_port, host_part, port_part, split_once};
use crate::secret::sink::Component;
use crate::secret::template::Template;

/// Reads what follows `://`.
pub(super) fn parse(marked: &Marked, scheme: String, rest: &str) -> Result<Address, AddressError> {
    let (server, properties) = split_once(rest, ';');
    // The instance stands between the host and the port.
    let (host, instance, port) = match split_once(server, '\\') {
        (server, None) => {
            let (host, port) = host_and_port(server)?;
            (host, None, port)
        }
        (host, Some(rest)) => {
            let (instance, port) = host_and_port(rest)?;
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '-');
            if instance.is_empty() || !instance.chars().all(is_name) || marked.is_in(instance) {
                return Err(AddressError::Host);
            }
            (host, Some(instance.to_owned()), port)
        }
    };
    let host = host_part(marked, host)?;
    let mut components: Vec<(Component, Template)> = Vec::new();
    components.extend(port_part(marked, port)?.map(|port| (Component::Port, port)));
    let mut rest = properties.unwrap_or_default();
    while !rest.trim().is_empty() {
        let (name, after) = rest.split_once('=').ok_or(AddressError::Parameter)?;
        let name = name.trim();
        let is_name = !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_alphanumeric());
        if !is_name || marked.is_in(name) {
            return Err(AddressError::Parameter);
        }
        let (value, after) = value(after)?;
        rest = after;
        let value = marked.template(&value, str::to_owned);
        let component = match name.to_ascii_lowercase().as_str() {
            "user" | "username" => Component::User,
            "password" => Component::Password,
            "database" | "databasename" => Component::Database,
            _ => {
                check_parameter(name, true, &components)?;
                Component::Parameter(name.to_owned())
            }
        };
        if components.iter().any(|(known, _)| *known == component) {
            return Err(AddressError::Twice {
                name: name.to_owned(),
            });
        }
        components.push((component, value));
    }
    Ok(Address {
        form: Form::SqlServer,
        scheme,
        host,
        instance,
        components,
        path: String::new(),
        fragment: None,
    })
}

/// Reads a value, and returns what follows its `;`: in braces, `}}` is one `}` and all else is as it is.
fn value(text: &str) -> Result<(String, &str), AddressError> {
    let Some(inside) = text.trim_start().strip_prefix('{') else {
        let (value, rest) = split_once(text, ';');
        if value.contains(['{', '}']) {
            return Err(AddressError::Ambiguous {
                what: "a brace in a value that is not in braces",
            });
        }
        return Ok((value.trim().to_owned(), rest.unwrap_or_default()));
    };
    let mut value = String::new();
    let mut rest = inside;
    loop {
        let (before, after) = rest.split_once('}').ok_or(AddressError::Parameter)?;
        value.push_str(before);
        if let Some(after) = after.strip_prefix('}') {
            value.push('}');
            rest = after;
            continue;
        }
        let after = after.trim_start();
        return match after.strip_prefix(';') {
            Some(rest) => Ok((value, rest)),
            None if after.is_empty() => Ok((value, "")),
            None => Err(AddressError::Parameter),
        };
    }
}
