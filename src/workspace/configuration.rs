//! What `sheaf.ron` says, in its own words.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

use ron::extensions::Extensions;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use super::connection_definition::ConnectionDefinition;
use super::error::WorkspaceError;
use super::runs_section::RunsSection;
use crate::ron_text::{self, Fault, Place};
use crate::secret::ScopeDefinitions;
use crate::storage::MountDefinition;

/// The default mounts.
const MOUNTS: [(&str, &str); 3] = [
    ("/mnt/data", "file:datasets"),
    ("/mnt/models", "file:.sheaf/models"),
    ("/mnt/out", "file:.sheaf/out"),
];

/// The contents of a `sheaf.ron`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Configuration {
    /// Mount points and what is mounted there, in the order they are written.
    #[serde(deserialize_with = "unique_mounts")]
    pub(super) mounts: Vec<(String, MountDefinition)>,
    /// Connections to databases, by name.
    #[serde(deserialize_with = "unique_connections")]
    pub(super) connections: BTreeMap<String, ConnectionDefinition>,
    /// The store of runs.
    pub(super) runs: RunsSection,
    /// Scopes of secrets, by name.
    pub(super) secrets: ScopeDefinitions,
    /// Whether `%sh` cells run at the prompt.
    pub(super) allow_shell: bool,
    /// The key bindings of the prompt.
    pub(super) keys: Keys,
}

/// The key bindings of the prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Keys {
    #[default]
    Emacs,
    Vi,
}

impl Default for Configuration {
    fn default() -> Self {
        let owned =
            |(mount_point, source): (&str, &str)| (mount_point.to_owned(), MountDefinition::of(source));
        Self {
            mounts: MOUNTS.map(owned).to_vec(),
            connections: BTreeMap::new(),
            runs: RunsSection::default(),
            secrets: ScopeDefinitions::new(),
            allow_shell: false,
            keys: Keys::default(),
        }
    }
}

impl Configuration {
    /// Reads the text of the file at `path`.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, WorkspaceError> {
        // So that a store is written `folder(path: "…")`.
        ron_text::read(text, Extensions::UNWRAP_VARIANT_NEWTYPES).map_err(|(place, fault)| {
            let (path, Place { line, column }) = (path.to_owned(), place);
            match fault {
                Fault::UnknownField { field, known } => WorkspaceError::UnknownField {
                    path,
                    line,
                    column,
                    field,
                    known,
                },
                Fault::TwiceField { field } => WorkspaceError::TwiceField {
                    path,
                    line,
                    column,
                    field: field.to_owned(),
                },
                Fault::UnknownWord { of, word, known } => WorkspaceError::UnknownWord {
                    path,
                    line,
                    column,
                    what: match of.as_deref() {
                        Some("StoreDefinition") => "store",
                        Some("Permission") => "permission",
                        Some("Keys") => "set of keys",
                        Some("Switch") => "state of a cache",
                        _ => "word",
                    },
                    word,
                    known,
                },
                Fault::MissingField { field, .. } => WorkspaceError::Syntax {
                    path,
                    line,
                    column,
                    message: format!("the field `{field}` is missing"),
                },
                Fault::Other(message) => WorkspaceError::Syntax {
                    path,
                    line,
                    column,
                    message,
                },
            }
        })
    }
}

/// Reads a map whose keys must not repeat: the second of two equal mounts would hide the first.
fn unique_mounts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, MountDefinition)>, D::Error> {
    let pairs = deserializer.deserialize_map(Pairs::<Entry> {
        what: "a map of mount points and sources",
        twice: "is mounted twice",
        of: PhantomData,
    })?;
    let pairs = pairs.into_iter();
    Ok(pairs
        .map(|(mount_point, Entry(definition))| (mount_point, definition))
        .collect())
}

/// Reads a map whose keys must not repeat: the second of two equal names would hide the first.
fn unique_connections<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, ConnectionDefinition>, D::Error> {
    let pairs = deserializer.deserialize_map(Pairs {
        what: "a map of names and connections",
        twice: "is defined twice",
        of: PhantomData,
    })?;
    Ok(pairs.into_iter().collect())
}

/// Reads a map as pairs in the order in which they are written, and refuses a key that is there twice.
struct Pairs<T> {
    what: &'static str,
    twice: &'static str,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
    type Value = Vec<(String, T)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Self::Value::new();
        while let Some((key, value)) = map.next_entry::<String, T>()? {
            if pairs.iter().any(|(earlier, _)| *earlier == key) {
                return Err(A::Error::custom(format_args!("{key} {}", self.twice)));
            }
            pairs.push((key, value));
        }
        Ok(pairs)
    }
}

/// What is mounted: a source as a text, or `(source: "…", configs: {…}, cache: off)`.
struct Entry(MountDefinition);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrFields;

        impl<'de> Visitor<'de> for TextOrFields {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text such as \"file:datasets\", or (source: \"…\", configs: {…})")
            }

            fn visit_str<E: serde::de::Error>(self, source: &str) -> Result<Entry, E> {
                Ok(Entry(MountDefinition::of(source)))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                MountDefinition::deserialize(MapAccessDeserializer::new(map)).map(Entry)
            }
        }

        deserializer.deserialize_any(TextOrFields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::storage::Switch;

    fn parse(text: &str) -> Result<Configuration, String> {
        Configuration::parse(Path::new("sheaf.ron"), text).map_err(|error| {
            let error = Error::from(error);
            format!("{error} | {}", error.hint().unwrap_or_default())
        })
    }

    #[test]
    fn reads_mounts_in_order_and_has_three_of_its_own() {
        let pair = |mount_point: &str, source: &str| (mount_point.to_owned(), MountDefinition::of(source));
        assert_eq!(parse("()").unwrap(), Configuration::default());
        assert_eq!(parse("(mounts: {})").unwrap().mounts, []);
        let text = "// two\n(mounts: {\"/mnt/z\": \"file:z\", /* and */ \"/mnt/a\": \"file:/a\"})";
        assert_eq!(
            parse(text).unwrap().mounts,
            [pair("/mnt/z", "file:z"), pair("/mnt/a", "file:/a")]
        );
        let text =
            "(mounts: {\"/mnt/z\": (source: \"s3://b\", configs: {\"k\": \"{{secrets/a/b}}\"}, cache: off)})";
        let expected = MountDefinition {
            source: "s3://b".to_owned(),
            configs: [("k".to_owned(), "{{secrets/a/b}}".to_owned())].into(),
            cache: Switch::Off,
        };
        assert_eq!(parse(text).unwrap().mounts, [("/mnt/z".to_owned(), expected)]);
        assert!(parse("(allow_shell: true)").unwrap().allow_shell);
        assert_eq!(
            parse(include_str!("template.ron")).unwrap(),
            Configuration::default()
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_column() {
        let syntax = " | write it like `(mounts: {\"/mnt/data\": \"file:datasets\"})`; `sheaf init` in an empty folder creates a complete one to compare with";
        let source = "expected a text such as \"file:datasets\", or (source: \"…\", configs: {…})";
        for (text, expected) in [
            (
                "(mounts: {\"/mnt/a\": (source: \"file:a\", cach: off)})",
                "sheaf.ron:1:40: unknown field `cach` | did you mean `cache`?".to_owned(),
            ),
            (
                "(mounts: {\"/mnt/a\": (source: \"file:a\", cache: offf)})",
                "sheaf.ron:1:47: there is no state of a cache `offf` | did you mean `off`?".to_owned(),
            ),
            (
                "(mounts: {\"/mnt/a\": (configs: {})})",
                format!("sheaf.ron:1:33: the field `source` is missing{syntax}"),
            ),
            (
                "(mounts: {}, mounts: {})",
                "sheaf.ron:1:14: `mounts` is there twice | put all of it into one `mounts`".to_owned(),
            ),
            (
                "(\n  mount: {},\n)",
                "sheaf.ron:2:3: unknown field `mount` | did you mean `mounts`?".to_owned(),
            ),
            (
                "(colour: 1)",
                "sheaf.ron:1:2: unknown field `colour` | the fields are: mounts, connections, runs, secrets, allow_shell, keys"
                    .to_owned(),
            ),
            (
                "(secrets: {\"a\": (store: folder(pth: \"x\"))})",
                "sheaf.ron:1:32: unknown field `pth` | did you mean `path`?".to_owned(),
            ),
            (
                "",
                format!("sheaf.ron:1:1: expected opening `(` for struct `Configuration`{syntax}"),
            ),
            (
                "(secrets: {\"a\": (store: keyrin)})",
                "sheaf.ron:1:25: there is no store `keyrin` | did you mean `keyring`?".to_owned(),
            ),
            (
                "(secrets: {\"a\": (acls: {\"root\": READ})})",
                "sheaf.ron:1:33: there is no permission `READ` | did you mean `read`?".to_owned(),
            ),
            (
                "(mounts: {\"/mnt/a\": 7})",
                format!("sheaf.ron:1:21: {source} but found the unsigned integer `7` instead{syntax}"),
            ),
            (
                "(mounts: {\"/mnt/a\" \"x\"})",
                format!("sheaf.ron:1:20: expected colon{syntax}"),
            ),
            (
                "(mounts: {\"/mnt/a\": \"file:a\",\n\"/mnt/a\": \"file:b\"})",
                format!("sheaf.ron:2:19: /mnt/a is mounted twice{syntax}"),
            ),
            (
                "(\n  mounts: {\n    \"/mnt/a\": 7,\n  },\n)",
                format!("sheaf.ron:3:15: {source} but found the unsigned integer `7` instead{syntax}"),
            ),
        ] {
            assert_eq!(parse(text).unwrap_err(), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(\\(|\\)|\\{|\\}|mounts|:|,|\"/mnt/a\"|\"|/\\*|//|\n|\\PC){0,20}") {
            let _ = parse(&text);
        }
    }
}
