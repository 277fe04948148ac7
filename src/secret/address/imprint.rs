//! [`Imprint`]: what tells two addresses with their values from each other, without the values.

use super::ResolvedAddress;
use crate::digest::{Digest, Digester};

/// What is the same for two addresses that are the same in every part, their secrets among them, and that tells nobody what
/// these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imprint(Digest);

/// What makes imprints; those of another one are others.
pub struct Imprinter([u8; 32]);

impl Default for Imprinter {
    /// Makes one that nobody else can be.
    fn default() -> Self {
        let mut key = [0; 32];
        if getrandom::fill(&mut key).is_err() {
            // Imprints stay in memory: it is enough that they are not those of another process.
            key = *Digester::unique().finish().bytes();
        }
        Self(key)
    }
}

impl Imprinter {
    /// Returns the imprint of an address.
    pub fn of(&self, address: &ResolvedAddress) -> Imprint {
        let mut digester = Digester::keyed(&self.0, "address");
        address.write_to(&mut digester);
        Imprint(digester.finish())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::secret::{
        Address, Component, Destination, Reference, Resolver, SecretError, SecretValue, Template, open,
    };

    /// Gives each secret the same value.
    struct Value(&'static str);

    impl Resolver for Value {
        fn values(
            &self,
            references: &BTreeSet<Reference>,
            _: &Destination,
        ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
            let value = || SecretValue::new(self.0.as_bytes().to_vec());
            Ok(references
                .iter()
                .map(|reference| (reference.clone(), value()))
                .collect())
        }
    }

    fn resolved(url: &str, password: Option<&str>, value: &'static str) -> ResolvedAddress {
        let mut address = Address::parse(url).unwrap();
        if let Some(password) = password {
            address = address.with(Component::Password, Template::of(password)).unwrap();
        }
        open(address, &Value(value)).unwrap()
    }

    #[test]
    fn addresses_are_the_same_in_every_part_and_value_or_others() {
        const URL: &str = "postgresql://ann@db.example.com:5432/titanic?sslmode=require";
        const SECRET: Option<&str> = Some("{{secrets/db/password}}");
        let imprinter = Imprinter::default();
        let of = |url, password, value| imprinter.of(&resolved(url, password, value));
        let first = of(URL, SECRET, "one");
        assert_eq!(first, of(URL, SECRET, "one"));
        // Where the value comes from does not count.
        assert_eq!(first, of(URL, Some("one"), "another"));
        for (url, password, value) in [
            (URL, SECRET, "two"),
            (URL, None, "one"),
            (
                "postgresql://bob@db.example.com:5432/titanic?sslmode=require",
                SECRET,
                "one",
            ),
            (
                "postgresql://ann@db.example.com:5433/titanic?sslmode=require",
                SECRET,
                "one",
            ),
            (
                "postgresql://ann@db.example.org:5432/titanic?sslmode=require",
                SECRET,
                "one",
            ),
            (
                "postgresql://ann@db.example.com:5432/titanic2?sslmode=require",
                SECRET,
                "one",
            ),
            (
                "postgresql://ann@db.example.com:5432/titanic?sslmode=disable",
                SECRET,
                "one",
            ),
            ("postgresql://ann@db.example.com:5432/titanic", SECRET, "one"),
            (
                "mysql://ann@db.example.com:5432/titanic?sslmode=require",
                SECRET,
                "one",
            ),
        ] {
            assert_ne!(first, of(url, password, value), "{url}");
        }
        assert_ne!(first, Imprinter::default().of(&resolved(URL, SECRET, "one")));
        assert!(!format!("{first:?}").contains("one"));
    }
}
