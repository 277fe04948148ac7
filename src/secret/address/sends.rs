//! What an address sends, and what of it is a credential that is written out.

use super::{Address, Form, SCHEMES};
use crate::secret::password_names::names_a_password;
use crate::secret::sending::{Sending, Sendings};
use crate::secret::sink::{Component, Sink as _};

/// Servers that keep values by their keys, and know no tables.
const WITHOUT_TABLES: [&str; 2] = ["redis", "rediss"];

impl Address {
    /// Returns the secrets whose values it sends, each with the place that gets it.
    pub fn sendings(&self) -> Sendings {
        let destination = self.destination();
        let mut all = Sendings::new();
        for (_, template) in self.components() {
            let references = template.references().cloned();
            all.extend(references.map(|reference| Sending::secret(reference, destination.clone())));
        }
        all
    }

    /// Returns the part that is a password and is written out: `password`, or the name of a parameter.
    pub fn credential_as_text(&self) -> Option<&str> {
        self.components.iter().find_map(|(component, template)| {
            let name = match component {
                Component::Password => "password",
                Component::Parameter(name) if names_a_password(name) => name,
                _ => return None,
            };
            let is_text = template.references().next().is_none() && !template.written().is_empty();
            is_text.then_some(name)
        })
    }

    /// Returns how the addresses of servers with tables begin, in lower case.
    pub fn database_schemes() -> impl Iterator<Item = &'static str> {
        SCHEMES.iter().filter_map(|(scheme, form)| {
            let has_tables =
                matches!(form, Form::Database | Form::SqlServer) && !WITHOUT_TABLES.contains(scheme);
            has_tables.then_some(*scheme)
        })
    }
}
