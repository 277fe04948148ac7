//! A file of parameters, `-f params.yaml`: names and values in YAML, JSON or RON.
//!
//! Texts, numbers and bools become texts; a list becomes its items joined by commas, as a multiselect takes them.

use std::cell::RefCell;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode as _, MarkedYaml, Scalar, YamlData};
use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::error::{Kind, Problem};

/// A parameter in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) value: String,
    /// The line and column, from 1, where the format has them.
    pub(crate) at: Option<(usize, usize)>,
}

/// A file of parameters that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {fault}", file.display(), place(*at))]
pub(crate) struct ParameterFileError {
    file: PathBuf,
    /// The line and column, from 1, where they are known.
    at: Option<(usize, usize)>,
    fault: Fault,
}

/// What is wrong with a file of parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("a parameter file ends in .yaml, .json or .ron, not in `{0}`")]
    Extension(String),
    #[error("it cannot be parsed: {0}")]
    Syntax(String),
    #[error("it contains {0}, not a map of parameter names to values")]
    NotAMap(Found),
    #[error("a second document starts here")]
    Several,
    #[error("{0} is not a parameter name")]
    NotAName(Found),
    #[error("the parameter `{0}` is given twice")]
    Repeated(String),
    #[error("the parameter `{name}` {}; a widget takes strings, numbers, bools, or a list of them", match found {
        Found::Nothing => "has no value".to_owned(),
        found => format!("is {found}"),
    })]
    Value { name: String, found: Found },
}

/// The kind of value that was found where another one was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Found {
    #[error("nothing")]
    Nothing,
    #[error("a single value")]
    Single,
    #[error("a list")]
    List,
    #[error("a nested list")]
    ListInList,
    #[error("a map")]
    Map,
    #[error("a value with a custom type")]
    Other,
}

impl Problem for ParameterFileError {
    fn hint(&self) -> Option<String> {
        Some(match &self.fault {
            Fault::Unreadable(_) => "check the path given to -f".to_owned(),
            Fault::Extension(_) => "name it params.yaml, params.json or params.ron".to_owned(),
            Fault::Several => "keep one document in the file".to_owned(),
            Fault::Syntax(_) | Fault::NotAMap(_) | Fault::NotAName(_) => {
                let example = match self.file.extension().and_then(|extension| extension.to_str()) {
                    Some("json") => "{\"day\": \"2026-01-31\", \"ports\": [\"S\", \"C\"]}",
                    Some("ron") => "(day: \"2026-01-31\", ports: [\"S\", \"C\"])",
                    _ => "day: 2026-01-31",
                };
                format!("write it like this: {example}")
            }
            Fault::Repeated(name) => format!("keep one `{name}`"),
            Fault::Value {
                found: Found::Nothing,
                ..
            } => "leave it out for the widget's default".to_owned(),
            Fault::Value { .. } => "give each part its own name and widget".to_owned(),
        })
    }

    fn kind(&self) -> Kind {
        Kind::Usage
    }
}

/// Returns a position as a suffix of a file's name: `:3:7`.
pub(crate) fn place(at: Option<(usize, usize)>) -> String {
    at.map_or_else(String::new, |(line, column)| format!(":{line}:{column}"))
}

/// Reads the parameters of a file, in its order.
pub(crate) fn read(file: &Path) -> Result<Vec<Entry>, ParameterFileError> {
    let extension = file.extension().and_then(|extension| extension.to_str());
    let lower = extension.map(str::to_lowercase);
    let parse = match lower.as_deref() {
        Some("yaml" | "yml") => yaml,
        Some("json") => json,
        Some("ron") => ron,
        _ => {
            let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
            let end = extension.map_or_else(|| name.into_owned(), |extension| format!(".{extension}"));
            return Err(ParameterFileError {
                file: file.to_owned(),
                at: None,
                fault: Fault::Extension(end),
            });
        }
    };
    let text = fs::read_to_string(file).map_err(|error| (None, Fault::Unreadable(error.to_string())));
    let entries = text.and_then(|text| parse(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text)));
    entries.map_err(|(at, fault)| ParameterFileError {
        file: file.to_owned(),
        at,
        fault,
    })
}

/// The byte order mark that some editors write at the start of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A fault and its line and column, from 1.
type LocatedFault = (Option<(usize, usize)>, Fault);

fn yaml(text: &str) -> Result<Vec<Entry>, LocatedFault> {
    let documents = MarkedYaml::load_from_str(text).map_err(|error| {
        let at = (error.marker().line(), error.marker().col() + 1);
        (Some(at), Fault::Syntax(error.info().to_owned()))
    })?;
    let at = |node: &MarkedYaml<'_>| Some((node.span.start.line(), node.span.start.col() + 1));
    // An empty file says nothing of any parameter.
    let Some(document) = documents.first() else {
        return Ok(Vec::new());
    };
    if let Some(second) = documents.get(1) {
        return Err((at(second), Fault::Several));
    }
    let YamlData::Mapping(pairs) = &document.data else {
        return Err((at(document), Fault::NotAMap(yaml_kind(document))));
    };
    let mut entries = Vec::new();
    for (key, value) in pairs {
        let name = yaml_text(key, text).ok_or_else(|| (at(key), Fault::NotAName(yaml_kind(key))))?;
        let nodes = match &value.data {
            YamlData::Sequence(items) => items.iter().collect(),
            _ => vec![value],
        };
        let mut parts = Vec::new();
        for node in nodes {
            let found = match yaml_kind(node) {
                Found::List => Found::ListInList,
                held => held,
            };
            let name = name.clone();
            parts.push(yaml_text(node, text).ok_or((at(node), Fault::Value { name, found }))?);
        }
        entries.push(Entry {
            value: parts.join(","),
            at: at(key),
            name,
        });
    }
    Ok(entries)
}

/// Returns a node of the file `source` as a text: a number as it is written, because a widget takes a text, and `007`
/// is another one than `7`.
fn yaml_text(node: &MarkedYaml<'_>, source: &str) -> Option<String> {
    match &node.data {
        YamlData::Value(Scalar::String(text)) => Some(text.to_string()),
        YamlData::Value(Scalar::Integer(_) | Scalar::FloatingPoint(_)) => {
            let (start, end) = (node.span.start.index(), node.span.end.index());
            let written: String = source
                .chars()
                .skip(start)
                .take(end.saturating_sub(start))
                .collect();
            // With an anchor, an alias or a tag, what is written is not the value.
            let is_number = |text: &&str| text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
            Some(written.trim()).filter(is_number).map(str::to_owned)
        }
        YamlData::Value(Scalar::Boolean(value)) => Some(value.to_string()),
        _ => None,
    }
}

fn yaml_kind(node: &MarkedYaml<'_>) -> Found {
    match &node.data {
        YamlData::Value(Scalar::Null) => Found::Nothing,
        YamlData::Value(_) | YamlData::Representation(..) => Found::Single,
        YamlData::Sequence(_) => Found::List,
        YamlData::Mapping(_) => Found::Map,
        YamlData::Tagged(..) | YamlData::Alias(_) | YamlData::BadValue => Found::Other,
    }
}

fn json(text: &str) -> Result<Vec<Entry>, LocatedFault> {
    let fault = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let entries = Entries { fault: &fault }.deserialize(&mut reader);
    let entries = entries.and_then(|entries| reader.end().map(|()| entries));
    entries.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        // The place is reported separately.
        let message = message
            .rsplit_once(" at line ")
            .map_or(&*message, |(message, _)| message);
        let syntax = || Fault::Syntax(message.to_owned());
        let at = (line > 0).then_some((line, column.max(1)));
        (at, fault.take().unwrap_or_else(syntax))
    })
}

fn ron(text: &str) -> Result<Vec<Entry>, LocatedFault> {
    let fault = RefCell::new(None);
    let outside = |error: ron::error::SpannedError| {
        let at = (error.span.start.line, error.span.start.col);
        (Some(at), Fault::Syntax(error.code.to_string()))
    };
    let mut reader = ron::Deserializer::from_str(text).map_err(outside)?;
    let entries = Entries { fault: &fault }.deserialize(&mut reader);
    let entries = entries.and_then(|entries| reader.end().map(|()| entries));
    entries.map_err(|error| {
        let (at, syntax) = outside(reader.span_error(error));
        (at, fault.take().unwrap_or(syntax))
    })
}

/// Reads parameters from any of serde's formats; the reason of a failure is left in `fault`.
struct Entries<'a> {
    fault: &'a RefCell<Option<Fault>>,
}

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = Vec<Entry>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = Vec<Entry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of parameter names to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            // How serde_json passes on a number of any length.
            if name == "$serde_json::private::Number" {
                return Err(refuse(self.fault, Fault::NotAMap(Found::Single)));
            }
            if entries.iter().any(|entry| entry.name == name) {
                return Err(refuse(self.fault, Fault::Repeated(name)));
            }
            let value = map.next_value::<Value>()?;
            let value = text(&value).map_err(|found| {
                let name = name.clone();
                refuse(self.fault, Fault::Value { name, found })
            })?;
            entries.push(Entry {
                name,
                value,
                at: None,
            });
        }
        Ok(entries)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(refuse(self.fault, Fault::NotAMap(Found::List)))
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Err(refuse(self.fault, Fault::NotAMap(Found::Single)))
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
        self.visit_str("")
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
        self.visit_str("")
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
        self.visit_str("")
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
        self.visit_str("")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Err(refuse(self.fault, Fault::NotAMap(Found::Nothing)))
    }
}

fn refuse<E: serde::de::Error>(place: &RefCell<Option<Fault>>, fault: Fault) -> E {
    let error = E::custom(&fault);
    place.replace(Some(fault));
    error
}

/// Returns a value as text, or else its kind.
fn text(value: &Value) -> Result<String, Found> {
    match value {
        Value::Array(items) => {
            let texts: Result<Vec<String>, _> = items.iter().map(plain).collect();
            Ok(texts?.join(","))
        }
        single => plain(single),
    }
}

fn plain(value: &Value) -> Result<String, Found> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Null => Err(Found::Nothing),
        Value::Array(_) => Err(Found::ListInList),
        Value::Object(_) => Err(Found::Map),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        match read(&file) {
            Ok(entries) => {
                let entries = entries.iter();
                let texts: Vec<String> = entries
                    .map(|entry| format!("{}={}{}", entry.name, entry.value, place(entry.at)))
                    .collect();
                texts.join(" ")
            }
            Err(error) => format!("{error} | {}", error.hint().unwrap_or_default())
                .replace(&format!("{}/", folder.path().display()), ""),
        }
    }

    #[test]
    fn values_become_texts() {
        for (name, text, expected) in [
            (
                "p.yaml",
                "# of today\nday: 2026-01-31\nn: 3\nshare: 0.5\nfull: true\nports: [S, C]\n",
                "day=2026-01-31:2:1 n=3:3:1 share=0.5:4:1 full=true:5:1 ports=S,C:6:1",
            ),
            ("p.yml", "", ""),
            (
                "p.YAML",
                "\u{feff}zip: 007\nrate: 1.50\nbig: 12345678901234567890123 # of ü\nhex: 0x1F\nl: [1.10, +5]\n",
                "zip=007:1:1 rate=1.50:2:1 big=12345678901234567890123:3:1 hex=0x1F:4:1 l=1.10,+5:5:1",
            ),
            (
                "p.json",
                "{\"day\": \"a b\", \"n\": -3, \"share\": 0.50, \"full\": false, \"ports\": [\"S\", 1], \"none\": []}",
                "day=a b n=-3 share=0.50 full=false ports=S,1 none=",
            ),
            (
                "p.ron",
                "(day: \"2026\", n: 3, share: 1.50, full: true, ports: [\"S\", \"C\"], maybe: Some(1))",
                "day=2026 n=3 share=1.5 full=true ports=S,C maybe=1",
            ),
            ("p.ron", "{\"start-day\": \"x\"}", "start-day=x"),
        ] {
            assert_eq!(told(name, text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let cases = [
            ("p.toml", "a = 1"),
            ("p", ""),
            ("p.yaml", "a: 1\nb:\n  c: 2\n"),
            ("p.yaml", "a: 1\nb:\n"),
            ("p.yaml", "- a\n- b\n"),
            ("p.yaml", "a: 1\na: 2\n"),
            ("p.yaml", "a: [1\n"),
            ("p.yaml", "a:\n- 1\n- [2]\n"),
            ("p.json", "{\"a\": 1,\n \"b\": {\"c\": 1}}"),
            ("p.json", "{\"a\": null}"),
            ("p.json", "{\"a\": 1,\n \"a\": 2}"),
            ("p.json", "{\"a\": 1"),
            ("p.yaml", "a: 1\n---\nb: 2\n"),
            ("p.json", "[1]"),
            ("p.json", "1.5"),
            ("p.json", "{} x"),
            ("p.ron", "(a: 1,\n b: (c: 1))"),
            ("p.ron", "(a: 1, b: None)"),
            ("p.ron", "(a: 1,,)"),
            ("p.ron", "7"),
        ];
        let told: Vec<String> = cases.iter().map(|(name, text)| told(name, text)).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        p.toml: a parameter file ends in .yaml, .json or .ron, not in `.toml` | name it params.yaml, params.json or params.ron
        p: a parameter file ends in .yaml, .json or .ron, not in `p` | name it params.yaml, params.json or params.ron
        p.yaml:3:3: the parameter `b` is a map; a widget takes strings, numbers, bools, or a list of them | give each part its own name and widget
        p.yaml:2:2: the parameter `b` has no value; a widget takes strings, numbers, bools, or a list of them | leave it out for the widget's default
        p.yaml:1:1: it contains a list, not a map of parameter names to values | write it like this: day: 2026-01-31
        p.yaml:2:1: it cannot be parsed: duplicated key in mapping | write it like this: day: 2026-01-31
        p.yaml:2:1: it cannot be parsed: while parsing a flow sequence, expected ',' or ']' | write it like this: day: 2026-01-31
        p.yaml:3:3: the parameter `a` is a nested list; a widget takes strings, numbers, bools, or a list of them | give each part its own name and widget
        p.json:2:15: the parameter `b` is a map; a widget takes strings, numbers, bools, or a list of them | give each part its own name and widget
        p.json:1:11: the parameter `a` has no value; a widget takes strings, numbers, bools, or a list of them | leave it out for the widget's default
        p.json:2:4: the parameter `a` is given twice | keep one `a`
        p.json:1:7: it cannot be parsed: EOF while parsing an object | write it like this: {"day": "2026-01-31", "ports": ["S", "C"]}
        p.yaml:3:1: a second document starts here | keep one document in the file
        p.json:1:1: it contains a list, not a map of parameter names to values | write it like this: {"day": "2026-01-31", "ports": ["S", "C"]}
        p.json:1:3: it contains a single value, not a map of parameter names to values | write it like this: {"day": "2026-01-31", "ports": ["S", "C"]}
        p.json:1:4: it cannot be parsed: trailing characters | write it like this: {"day": "2026-01-31", "ports": ["S", "C"]}
        p.ron:2:11: the parameter `b` is a map; a widget takes strings, numbers, bools, or a list of them | give each part its own name and widget
        p.ron:1:15: the parameter `b` has no value; a widget takes strings, numbers, bools, or a list of them | leave it out for the widget's default
        p.ron:1:7: it cannot be parsed: Expected identifier | write it like this: (day: "2026-01-31", ports: ["S", "C"])
        p.ron:1:1: it contains a single value, not a map of parameter names to values | write it like this: (day: "2026-01-31", ports: ["S", "C"])
        "#);
    }
}
