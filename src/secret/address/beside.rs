//! What is said beside an address: its user and its password; and what of an address may be shown.

use super::{Address, AddressError, HostPart};
use crate::secret::sink::Component;
use crate::secret::template::Template;

impl Address {
    /// Adds the user or the password, which someone gave beside the address.
    ///
    /// # Errors
    ///
    /// The address has one itself, as `user:password@` or as a parameter: which of the two is meant, nobody knows.
    pub fn with(mut self, component: Component, template: Template) -> Result<Self, AddressError> {
        let parameter = match component {
            Component::User => "user",
            _ => "password",
        };
        let is_there = self.components.iter().any(|(known, _)| match known {
            Component::Parameter(name) => name.eq_ignore_ascii_case(parameter),
            known => *known == component,
        });
        if is_there {
            return Err(AddressError::Beside { what: parameter });
        }
        // The user comes first, and the password behind it, as in a URL.
        let before = |(known, _): &(Component, Template)| *known == Component::User;
        let place = usize::from(component != Component::User && self.components.first().is_some_and(before));
        self.components.insert(place, (component, template));
        Ok(self)
    }

    /// Returns whether it has a password that is a text, where a reference to a secret could be.
    pub fn has_written_password(&self) -> bool {
        self.components.iter().any(|(component, template)| {
            let is_password = match component {
                Component::Parameter(name) => ["password", "accessToken"]
                    .iter()
                    .any(|known| name.eq_ignore_ascii_case(known)),
                component => *component == Component::Password,
            };
            is_password && template.as_text().is_some_and(|text| !text.is_empty())
        })
    }

    /// Returns where it leads, for people: `postgresql://host:port/database`, with references for what is secret.
    ///
    /// Users, passwords and parameters are left out, also those that are written out.
    pub fn shown(&self) -> String {
        let host = match &self.host {
            HostPart::Name(name) => name.clone(),
            HostPart::Secret(reference) => reference.to_string(),
            HostPart::Account(reference, end) => format!("{reference}{end}"),
        };
        let part = |mark: &str, component: &Component| {
            let found = self.components.iter().find(|(known, _)| known == component);
            found.map_or_else(String::new, |(_, template)| {
                format!("{mark}{}", template.written())
            })
        };
        let instance = self
            .instance
            .as_ref()
            .map_or_else(String::new, |name| format!("\\{name}"));
        format!(
            "{}://{host}{instance}{}{}{}",
            self.scheme,
            part(":", &Component::Port),
            self.path,
            part("/", &Component::Database),
        )
    }
}
