//! [`Fields`]: the names and values of an address or a form.

use url::form_urlencoded::{Serializer, parse};

/// The names and values of an address or a form, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads what is behind the `?` of an address, or in the body of a form.
    pub(super) fn parse(text: &[u8]) -> Self {
        Self(parse(text).into_owned().collect())
    }

    /// Returns the value of a name; none where it is empty, as fields are that nobody filled in.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Returns the names, those that were given more than once as often.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the names that begin so, without that beginning, with their values.
    pub(super) fn beginning<'a>(&'a self, with: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let fields = self.0.iter();
        fields.filter_map(move |(name, value)| Some((name.strip_prefix(with)?, value.as_str())))
    }

    /// Returns these fields but for one.
    pub(super) fn without(&self, name: &str) -> Self {
        let left = self.0.iter().filter(|(known, _)| known != name);
        Self(left.cloned().collect())
    }

    /// Returns an address with these fields, of which one is another.
    pub(super) fn with(&self, path: &str, name: &str, value: Option<&str>) -> String {
        let mut written = Serializer::new(String::new());
        for (known, value) in &self.0 {
            if known != name && !value.is_empty() {
                written.append_pair(known, value);
            }
        }
        if let Some(value) = value {
            written.append_pair(name, value);
        }
        let written = written.finish();
        if written.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{written}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_and_written_back_with_another_value() {
        let fields = Fields::parse(b"status=Failed&pipeline=a%26b+c&since=");
        assert_eq!(fields.get("pipeline"), Some("a&b c"));
        assert_eq!(fields.get("since"), None);
        assert_eq!(
            fields.with("/", "before", Some("x y")),
            "/?status=Failed&pipeline=a%26b+c&before=x+y"
        );
        assert_eq!(fields.with("/", "status", None), "/?pipeline=a%26b+c");
        assert_eq!(Fields::default().with("/", "before", None), "/");
    }
}
