//! The line that begins a cell in the percent format: `# %% Title [markdown] key="value"`.

use serde_json::de::Deserializer;
use serde_json::value::Value;

use super::cell::Title;
use super::cell_kind::CellKind;

/// The labels and their kinds; the first label of a kind is the one written.
const LABELS: [(&str, CellKind); 5] = [
    ("[markdown]", CellKind::MARKDOWN),
    ("[md]", CellKind::MARKDOWN),
    ("[sql]", CellKind::SQL),
    ("[raw]", CellKind::RAW),
    ("[python]", CellKind::PYTHON),
];
/// The attribute for Databricks' `# DBTITLE 0`.
const HIDDEN_TITLE: &str = "show_title=false";

/// What a marker line says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Marker {
    /// The title.
    pub(super) title: Option<Title>,
    /// The kind that a label names.
    pub(super) label: Option<CellKind>,
    /// The `key=value` words, as written.
    pub(super) attributes: Vec<String>,
}

impl Marker {
    /// Reads a line; `None` when it is not a marker.
    pub(super) fn read(line: &str) -> Option<Self> {
        let rest = after_percents(line)?;
        let (rest, mut attributes) = split_attributes(rest);
        let (text, label) = split_label(rest);
        let shown = remove(&mut attributes, |word| (word == HIDDEN_TITLE).then_some(())).is_none();
        let title = Title::new(text, shown).or_else(|| {
            let quoted = remove(&mut attributes, |word| {
                serde_json::from_str::<String>(word.strip_prefix("title=")?).ok()
            });
            Title::new(&quoted?, shown)
        });
        Some(Self {
            title,
            label,
            attributes,
        })
    }

    /// Writes the line, without its ending. A title that would read as something else becomes an attribute.
    pub(super) fn write(&self) -> String {
        let plain = self.title.as_ref().map(|title| title.text.clone());
        let line = self.write_with(plain, None);
        if Self::read(&line).as_ref() == Some(self) {
            return line;
        }
        let quoted = self
            .title
            .as_ref()
            .map(|title| format!("title={}", Value::from(title.text.as_str())));
        self.write_with(None, quoted)
    }

    fn write_with(&self, plain: Option<String>, quoted: Option<String>) -> String {
        let label = LABELS.iter().find(|(_, kind)| Some(kind) == self.label.as_ref());
        let hidden = self.title.as_ref().is_some_and(|title| !title.shown);
        let words = ["# %%".to_owned()]
            .into_iter()
            .chain(plain)
            .chain(label.map(|(label, _)| (*label).to_owned()))
            .chain(quoted)
            .chain(hidden.then(|| HIDDEN_TITLE.to_owned()))
            .chain(self.attributes.iter().cloned());
        words.collect::<Vec<_>>().join(" ")
    }

    /// Returns whether a cell of this kind can be written with a label instead of a magic.
    pub(super) fn has_label(kind: &CellKind) -> bool {
        !kind.is_python() && LABELS.iter().any(|(_, labelled)| labelled == kind)
    }
}

/// Returns whether a line begins a cell.
pub(super) fn is_marker(line: &str) -> bool {
    after_percents(line).is_some()
}

/// Returns what follows `# %%`. More than two `%` mark a cell inside another, which counts as a cell.
fn after_percents(line: &str) -> Option<&str> {
    let comment = line.strip_prefix('#')?;
    let rest = comment
        .strip_prefix(' ')
        .unwrap_or(comment)
        .strip_prefix("%%")?
        .trim_start_matches('%');
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
}

/// Splits off the label, which is after the title, or before it as VS Code reads it.
fn split_label<'a>(text: &'a str) -> (&'a str, Option<CellKind>) {
    let behind = |label| {
        let title: &'a str = text.strip_suffix(label)?;
        (title.is_empty() || title.ends_with(char::is_whitespace)).then_some(title)
    };
    let before = |label| {
        let title: &'a str = text.strip_prefix(label)?;
        title.starts_with(char::is_whitespace).then_some(title)
    };
    let of = |split: &dyn Fn(&'static str) -> Option<&'a str>| {
        LABELS
            .iter()
            .find_map(|(label, kind)| Some((split(label)?, Some(kind.clone()))))
    };
    of(&behind).or_else(|| of(&before)).unwrap_or((text, None))
}

fn remove<T>(words: &mut Vec<String>, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let (index, value) = words
        .iter()
        .enumerate()
        .find_map(|(index, word)| Some((index, read(word)?)))?;
    words.remove(index);
    Some(value)
}

/// Splits the `key=value` words at the end of `text` off; values are JSON.
fn split_attributes(text: &str) -> (&str, Vec<String>) {
    let mut attributes = Vec::new();
    let mut title_end = 0;
    let mut rest = text;
    // After a bracket that is never closed none is looked for, so that a long line takes linear time.
    let mut unclosed = false;
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let attribute = if unclosed {
            None
        } else {
            attribute_length(rest, &mut unclosed)
        };
        let length = attribute.unwrap_or_else(|| rest.find(char::is_whitespace).unwrap_or(rest.len()));
        let (word, after) = rest.split_at(length);
        if attribute.is_some() {
            attributes.push(word.to_owned());
        } else {
            attributes.clear();
            title_end = text.len() - after.len();
        }
        rest = after;
    }
    (text.get(..title_end).unwrap_or(text), attributes)
}

/// Returns the length of the `key=value` word at the beginning of `text`.
fn attribute_length(text: &str, unclosed: &mut bool) -> Option<usize> {
    let key_length = text.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c)))?;
    let value = text.get(key_length..)?.strip_prefix('=')?;
    if key_length == 0 {
        return None;
    }
    let mut values = Deserializer::from_str(value).into_iter::<serde::de::IgnoredAny>();
    match values.next()? {
        Ok(_) => {
            let length = values.byte_offset();
            let after = value.get(length..)?;
            let ends = after.is_empty() || after.starts_with(char::is_whitespace);
            (ends && !value.starts_with(char::is_whitespace)).then_some(key_length + 1 + length)
        }
        Err(error) => {
            *unclosed |= error.is_eof();
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_title_label_and_attributes_and_writes_them_back() {
        let cases = [
            ("# %%", "", "", vec![]),
            ("#%%", "", "", vec![]),
            ("# %% Load", "Load", "", vec![]),
            ("# %%\tLoad  it ", "Load  it", "", vec![]),
            ("# %%% Deeper", "Deeper", "", vec![]),
            ("# %% [markdown]", "", "md", vec![]),
            ("# %% About [md]", "About", "md", vec![]),
            ("# %% [markdown] About this", "About this", "md", vec![]),
            ("# %% [md] [sql]", "[md]", "sql", vec![]),
            ("# %% [sql]x", "[sql]x", "", vec![]),
            (
                "# %% Rate [sql] name=\"x y\" n=3 tags=[\"a\", {\"b\": 1}]",
                "Rate",
                "sql",
                vec!["name=\"x y\"", "n=3", "tags=[\"a\", {\"b\": 1}]"],
            ),
            ("# %% Step [1] of a=b", "Step [1] of a=b", "", vec![]),
            ("# %% a=\"1\" then b=\"2\"", "a=\"1\" then", "", vec!["b=\"2\""]),
            ("# %% a=[1 b=2", "a=[1", "", vec!["b=2"]),
            ("# %% x[sql]", "x[sql]", "", vec![]),
            ("# %% title=\"k=1\" n=2", "k=1", "", vec!["n=2"]),
        ];
        for (line, title, label, attributes) in cases {
            let marker = Marker::read(line).unwrap();
            assert_eq!(
                marker.title.as_ref().map_or("", |title| &title.text),
                title,
                "{line}"
            );
            assert_eq!(marker.label.as_ref().map_or("", CellKind::word), label, "{line}");
            assert_eq!(marker.attributes, attributes, "{line}");
            assert_eq!(Marker::read(&marker.write()).unwrap(), marker, "{line}");
        }
        for line in ["", "# %", "# %%time", "#  %%", " # %%", "## %%", "# % %"] {
            assert_eq!(Marker::read(line), None, "{line}");
        }
    }

    #[test]
    fn a_hidden_title_stays_hidden() {
        let marker = Marker {
            title: Title::new("Rate", false),
            ..Marker::default()
        };
        assert_eq!(marker.write(), "# %% Rate show_title=false");
        assert_eq!(Marker::read(&marker.write()), Some(marker));
    }

    #[test]
    fn a_hostile_line_takes_linear_time() {
        for word in ["a=[ ", "a=[\"b\", ", "word ", "a=1 b ", "a=\"\\"] {
            let line = format!("# %% {}", word.repeat(500_000));
            assert!(Marker::read(&line).unwrap().attributes.is_empty(), "{word}");
        }
    }
}
