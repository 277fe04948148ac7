//! [`ResolvedAddress`]: an address with its values, each still apart from the others.

use super::{Address, Form, HostPart};
use crate::digest::Digester;
use crate::secret::destination::{host_name, is_azure_account};
use crate::secret::error::SecretError;
use crate::secret::sink::Component;
use crate::secret::value::SecretValue;

/// An address with its values: what a connection is made from.
#[derive(Debug, Clone)]
pub struct ResolvedAddress {
    form: Form,
    scheme: String,
    host: SecretValue,
    instance: Option<String>,
    components: Vec<(Component, SecretValue)>,
    path: String,
    fragment: Option<String>,
}

/// Puts the values into an address.
///
/// # Errors
///
/// The value for the host or the account cannot be one; it is not shown.
pub(super) fn resolve(
    address: Address,
    mut components: Vec<(Component, SecretValue)>,
) -> Result<ResolvedAddress, SecretError> {
    let unusable = |component: &Component| SecretError::Value {
        component: component.to_string(),
        reason: "it is not the name of one",
    };
    let host = match &address.host {
        HostPart::Name(name) => SecretValue::new(name.clone().into_bytes()),
        HostPart::Secret(_) | HostPart::Account(..) => {
            let at = components
                .iter()
                .position(|(component, _)| matches!(component, Component::Host | Component::Account));
            let (component, value) = match at {
                Some(at) => components.remove(at),
                None => return Err(unusable(&Component::Host)),
            };
            let text = value.expose_text().unwrap_or_default();
            let host = match &address.host {
                HostPart::Account(_, end) => is_azure_account(text).then(|| format!("{text}{end}")),
                _ => host_name(text),
            };
            SecretValue::new(host.ok_or_else(|| unusable(&component))?.into_bytes())
        }
    };
    Ok(ResolvedAddress {
        form: address.form,
        scheme: address.scheme,
        host,
        instance: address.instance,
        components,
        path: address.path,
        fragment: address.fragment,
    })
}

impl ResolvedAddress {
    /// Returns the scheme, in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Returns the host; it may be the value of a secret.
    pub fn host(&self) -> &SecretValue {
        &self.host
    }

    /// Returns the instance of the server, where the address names one.
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// Returns a component; `None` where the address has none.
    pub fn get(&self, component: &Component) -> Option<&SecretValue> {
        let found = self.components.iter().find(|(known, _)| known == component);
        found.map(|(_, value)| value)
    }

    /// Returns the names of its parameters, in the order in which they are written.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.components
            .iter()
            .filter_map(|(component, _)| match component {
                Component::Parameter(name) => Some(name.as_str()),
                _ => None,
            })
    }

    /// Adds every part of it to a digest, with its values.
    pub(super) fn write_to(&self, digester: &mut Digester) {
        digester
            .text("form", &format!("{:?}", self.form))
            .text("scheme", &self.scheme)
            .field("host", self.host.expose());
        if let Some(instance) = &self.instance {
            digester.text("instance", instance);
        }
        for (component, value) in &self.components {
            digester.text("component", &component.to_string());
            digester.field("value", value.expose());
        }
        digester.text("path", &self.path);
        if let Some(fragment) = &self.fragment {
            digester.text("fragment", fragment);
        }
    }

    /// Returns the address as one text, for a library that takes nothing else.
    ///
    /// Each value is encoded, or in braces, so that it is one component there too.
    pub fn to_text(&self) -> SecretValue {
        let mut parts: Vec<SecretValue> = vec![text(&self.scheme), text("://")];
        if self.form == Form::SqlServer {
            self.write_sqlserver(&mut parts);
        } else {
            self.write_url(&mut parts);
        }
        let parts: Vec<&[u8]> = parts.iter().map(SecretValue::expose).collect();
        SecretValue::concat(&parts)
    }

    fn write_url(&self, parts: &mut Vec<SecretValue>) {
        let first = if self.form == Form::Storage {
            Component::Container
        } else {
            Component::User
        };
        if let Some(user) = self.get(&first) {
            parts.push(encoded(user));
            if let Some(password) = self.get(&Component::Password) {
                parts.extend([text(":"), encoded(password)]);
            }
            parts.push(text("@"));
        }
        parts.push(self.host.clone());
        if let Some(port) = self.get(&Component::Port) {
            parts.extend([text(":"), port.clone()]);
        }
        parts.push(text(&self.path));
        if let Some(database) = self.get(&Component::Database) {
            parts.extend([text("/"), encoded(database)]);
        }
        let mut mark = "?";
        for (component, value) in &self.components {
            if let Component::Parameter(name) = component {
                let name = encoded(&text(name));
                parts.extend([text(mark), name, text("="), encoded(value)]);
                mark = "&";
            }
        }
        if let Some(fragment) = &self.fragment {
            parts.extend([text("#"), text(fragment)]);
        }
    }

    fn write_sqlserver(&self, parts: &mut Vec<SecretValue>) {
        parts.push(self.host.clone());
        if let Some(instance) = &self.instance {
            parts.extend([text("\\"), text(instance)]);
        }
        for (component, value) in &self.components {
            let name = match component {
                Component::Port => {
                    parts.extend([text(":"), value.clone()]);
                    continue;
                }
                Component::User => "user",
                Component::Password => "password",
                Component::Database => "database",
                Component::Parameter(name) => name,
                _ => continue,
            };
            parts.extend([text(";"), text(name), text("={"), braced(value), text("}")]);
        }
    }
}

fn text(text: &str) -> SecretValue {
    SecretValue::new(text.as_bytes().to_vec())
}

/// Encodes everything but letters, digits and `-_.~`, as `%40`.
fn encoded(value: &SecretValue) -> SecretValue {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let bytes = value.expose();
    // Its longest, so that it is never moved while it grows.
    let mut buffer = Vec::with_capacity(bytes.len() * 3);
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            buffer.push(*byte);
        } else {
            let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or(b'0');
            buffer.extend([b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    SecretValue::new(buffer)
}

/// Doubles each `}`.
fn braced(value: &SecretValue) -> SecretValue {
    let bytes = value.expose();
    let mut buffer = Vec::with_capacity(bytes.len() * 2);
    for byte in bytes {
        buffer.push(*byte);
        if *byte == b'}' {
            buffer.push(*byte);
        }
    }
    SecretValue::new(buffer)
}
