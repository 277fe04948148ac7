//! [`DefinitionFile`]: the text of a definition, and the pipeline that it says.

use ron::extensions::Extensions;

use super::finding::Finding;
use super::pipeline::Pipeline;
use crate::error::nearest;
use crate::ron_text::{self, Fault, Outline, Place};

/// The text of a definition, and the pipeline that it says.
#[derive(Debug)]
pub struct DefinitionFile {
    /// The file, from the workspace's folder: `pipelines/nightly.ron`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// What it says, or why it cannot be read.
    pub pipeline: Result<Pipeline, Finding>,
}

/// What words and names begin with that the import writes for what has no counterpart here.
pub(in crate::pipeline) const NO_COUNTERPART: &str = "DataFactory";

impl DefinitionFile {
    /// Reads the bytes of a file, which may be no text.
    pub(super) fn of_bytes(path: &str, bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::of(path, text),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let hint = Some("save the file as UTF-8".to_owned());
                let finding = Finding::new(path, Place::of(&text, at), "this is not UTF-8 text", hint);
                Self {
                    path: path.to_owned(),
                    text,
                    pipeline: Err(finding),
                }
            }
        }
    }

    /// Reads a text.
    pub fn of(path: &str, text: String) -> Self {
        let pipeline = parse(path, &text);
        Self {
            path: path.to_owned(),
            text,
            pipeline,
        }
    }
}

/// Reads the text of the file at `path`.
fn parse(path: &str, text: &str) -> Result<Pipeline, Finding> {
    let extensions = Extensions::UNWRAP_VARIANT_NEWTYPES | Extensions::IMPLICIT_SOME;
    let pipeline: Pipeline = ron_text::read(text, extensions).map_err(|(place, fault)| {
        let message = match (&fault, field_before(text, place)) {
            (Fault::Other(message), Some(field)) => format!("`{field}`: {message}"),
            _ => message(&fault),
        };
        Finding::new(path, place, message, hint(&fault))
    })?;
    // A map keeps the last of two entries and says nothing.
    match Outline::of(text).twice().into_iter().next() {
        Some((key, place)) => Err(Finding::new(
            path,
            place,
            format!("{key:?} is defined twice"),
            Some("give one of them another name, or remove it".to_owned()),
        )),
        None => Ok(pipeline),
    }
}

/// Returns the field whose value begins at a place.
fn field_before(text: &str, place: Place) -> Option<&str> {
    let line = text.lines().nth(place.line.checked_sub(1)?)?;
    let end = line.char_indices().nth(place.column.checked_sub(1)?)?.0;
    let before = line.get(..end)?;
    // Of a text, the place is behind its quote.
    let before = before.strip_suffix('"').unwrap_or(before);
    let before = before.trim_end().strip_suffix(':')?.trim_end();
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let name = before.rsplit(|letter| !is_of_name(letter)).next();
    name.filter(|name| !name.is_empty())
}

fn message(fault: &Fault) -> String {
    match fault {
        Fault::UnknownField { field, .. } => format!("there is no field `{field}` here"),
        Fault::TwiceField { field } => format!("the field `{field}` is given twice"),
        Fault::MissingField { field, of } => match of.as_deref().map(called) {
            Some(of) => format!("{of} needs the field `{field}`"),
            None => format!("the field `{field}` is missing"),
        },
        Fault::UnknownWord { of, word, .. } if word.starts_with(NO_COUNTERPART) => {
            let what = of.as_deref().map_or("word", word_called);
            let theirs = word.strip_prefix(NO_COUNTERPART).unwrap_or_default();
            format!("this {what} of Data Factory has no counterpart here: `{theirs}`")
        }
        Fault::UnknownWord { of, word, .. } => {
            format!(
                "there is no {} `{word}`",
                of.as_deref().map_or("word", word_called)
            )
        }
        Fault::Other(message) => message.clone(),
    }
}

fn hint(fault: &Fault) -> Option<String> {
    let among = |word: &str, known: &[&str], all: &str| match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{all}: {}", known.join(", ")),
    };
    Some(match fault {
        Fault::UnknownField { field, known } => among(field, known, "the fields here are"),
        Fault::TwiceField { field } => format!("put all of it into one `{field}`"),
        Fault::UnknownWord { word, known, .. } if word.starts_with(NO_COUNTERPART) => {
            format!(
                "write what its comment says with one of {}, or remove it",
                known.join(", ")
            )
        }
        Fault::UnknownWord { word, known, .. } => among(word, known, "write one of"),
        Fault::MissingField { .. } | Fault::Other(_) => {
            "`sheaf pipeline schema` shows every field with its type".to_owned()
        }
    })
}

/// Returns what the type of a value is called.
fn called(of: &str) -> String {
    match of {
        "Activity" => "an activity".to_owned(),
        "SchemaColumn" => "a column of a schema".to_owned(),
        "FileDataset" => "a dataset `File`".to_owned(),
        "TableDataset" => "a dataset `Table`".to_owned(),
        "Each" => "`ForEach`".to_owned(),
        "Invoke" => "`Pipeline`".to_owned(),
        "Sink" => "a sink".to_owned(),
        "Alert" => "an alert".to_owned(),
        "Case" => "a case".to_owned(),
        other => format!("`{other}`"),
    }
}

/// Returns what the words of a type are called.
fn word_called(of: &str) -> &'static str {
    match of {
        "Action" => "activity type",
        "Condition" => "condition",
        "Dataset" => "kind of dataset",
        "FileFormat" => "format",
        "Trigger" => "kind of trigger",
        "CatchUp" => "way to catch up",
        "Change" => "change of a file",
        "Occasion" => "occasion of an alert",
        "Assertion" => "assertion",
        "Source" => "kind of source",
        _ => "word",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        let file = DefinitionFile::of("pipelines/p.ron", text.to_owned());
        let finding = file.pipeline.unwrap_err();
        format!("{finding} | {}", finding.hint.clone().unwrap_or_default())
    }

    #[test]
    fn what_is_no_text_is_a_finding_with_its_place() {
        let file = DefinitionFile::of_bytes("pipelines/p.ron", b"(\n  \xff)".to_vec());
        let finding = file.pipeline.unwrap_err();
        assert_eq!(finding.to_string(), "pipelines/p.ron:2:3: this is not UTF-8 text");
    }

    #[test]
    fn a_definition_is_read_as_people_write_it() {
        let text = r#"(
            parameters: {"date": "1912-04-15", "days": 3, "needed": None, "list": [1, {"a": true}]},
            datasets: {
                "file": File(path: "/mnt/out/@{parameters.date}.csv", format: csv, options: {"separator": ";"}),
                "table": Table(connection: "db", table: "t", schema: [(name: "a", type: "Int64")]),
            },
            activities: [
                (name: "score", type: Notebook(path: "s.py"), timeout: "1h"),
                (name: "copy", after: {"score": Succeeded}, retry: 2, retry_interval: "30s", type: Copy(
                    source: Dataset("file"), sinks: [(dataset: "table", before: "DELETE FROM t")])),
                (name: "check", type: Validate(dataset: "table", assertions: [
                    RowCount(min: 1), Unique(["a"]), Schema, Holds("a > 0"), InSet(column: "a", values: [0, 1])])),
                (name: "all", type: ForEach(items: [1, 2], activities: [(name: "w", type: Wait(for: "@{item}s"))])),
            ],
            triggers: {"nightly": Schedule(cron: "0 2 * * *", zone: "Europe/London")},
            alerts: [(on: [Failed, LongerThan("1h")], notebook: (path: "alert.py"))],
        )"#;
        let file = DefinitionFile::of("pipelines/p.ron", text.to_owned());
        let pipeline = file.pipeline.unwrap();
        assert_eq!(pipeline.activities.len(), 4);
        assert_eq!(pipeline.parameters["needed"], serde_json::Value::Null);
        assert_eq!(pipeline.parameters["list"], serde_json::json!([1, {"a": true}]));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_what_was_expected() {
        for (text, expected) in [
            (
                "(\n  activites: [],\n)",
                "pipelines/p.ron:2:3: there is no field `activites` here | did you mean `activities`?",
            ),
            (
                "(activities: [\n  (name: \"a\", type: Notbook(path: \"x\")),\n])",
                "pipelines/p.ron:2:21: there is no activity type `Notbook` | did you mean `Notebook`?",
            ),
            (
                "(activities: [(name: \"a\", after: {\"b\": Succeded}, type: Wait(for: \"1s\"))])",
                "pipelines/p.ron:1:40: there is no condition `Succeded` | did you mean `Succeeded`?",
            ),
            (
                "(activities: [(name: \"a\", type: Wait(), )])",
                "pipelines/p.ron:1:38: `Wait` needs the field `for` | `sheaf pipeline schema` shows every field with its type",
            ),
            (
                "(timeout: \"soon\")",
                "pipelines/p.ron:1:12: `timeout`: \"soon\" is not a length of time, such as \"30s\", \"15m\" or \"1day\" | `sheaf pipeline schema` shows every field with its type",
            ),
            (
                "(concurrency: \"two\")",
                "pipelines/p.ron:1:15: `concurrency`: expected integer | `sheaf pipeline schema` shows every field with its type",
            ),
            (
                "(parameters: {\"a\": 1,\n \"a\": 2})",
                "pipelines/p.ron:2:2: \"a\" is defined twice | give one of them another name, or remove it",
            ),
        ] {
            assert_eq!(wrong(text), expected, "{text}");
        }
    }
}
