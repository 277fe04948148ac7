//! [`Translated`]: an expression of ours for one of Data Factory's, with what is known of its value.

use std::collections::BTreeMap;

use super::untranslated::Untranslated;
use super::written::quoted;

/// What a dataset's parameters are worth where an activity names it, as expressions of ours.
pub(super) type Arguments = BTreeMap<String, Translated>;

/// What a pipeline of Data Factory's calls its things, with what is known of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// Its parameters, with what their values are.
    pub(super) parameters: BTreeMap<String, Meaning>,
    /// Its activities, however deep within others, with their types.
    pub(super) activities: BTreeMap<String, String>,
}

/// What is known of an expression's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// `pipeline()`, of which only the fields have values.
    Pipeline,
    /// `pipeline().parameters`.
    Parameters,
    /// `trigger()`.
    Trigger,
    /// `trigger().outputs`.
    TriggerOutputs,
    /// `dataset()`.
    Dataset,
    /// An activity of this type.
    Activity(String),
    /// What an activity of this type gave.
    Output(String),
    /// Why an activity failed.
    Failure,
    /// A text.
    Text,
    /// A text that is a time which nobody has formatted.
    Time,
    /// A number.
    Number,
    /// True or false.
    Truth,
    /// A list.
    List,
    /// Anything.
    Any,
}

/// An expression of ours, with what is known of its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Translated {
    /// The expression.
    pub(super) text: String,
    /// What is known of its value.
    pub(super) meaning: Meaning,
}

/// Words that no field can be called by behind a dot.
const KEYWORDS: [&str; 34] = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
    "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "load", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "match",
];

impl Translated {
    pub(super) fn new(text: impl Into<String>, meaning: Meaning) -> Self {
        Self {
            text: text.into(),
            meaning,
        }
    }

    /// Writes a text as a string of ours.
    pub(super) fn string(text: &str) -> Self {
        Self::new(quoted(text), Meaning::Text)
    }

    /// Returns the text that it is, where it is nothing but a string.
    pub(super) fn literal(&self) -> Option<String> {
        serde_json::from_str(&self.text).ok()
    }

    /// Returns it as a text: what is none becomes one as it does in Data Factory.
    pub(super) fn as_text(&self) -> String {
        match self.meaning {
            Meaning::Text | Meaning::Time => self.text.clone(),
            _ => format!("text({})", self.text),
        }
    }

    /// Refuses what has no value of its own here.
    pub(super) fn finished(self) -> Result<Self, Untranslated> {
        let refused = |what: &str| Err(Untranslated::Fact(what.to_owned()));
        match &self.meaning {
            Meaning::Pipeline => refused("pipeline() as a whole"),
            Meaning::Trigger => refused("trigger() as a whole"),
            Meaning::TriggerOutputs => refused("trigger().outputs as a whole"),
            Meaning::Dataset => refused("dataset() as a whole"),
            Meaning::Activity(_) => refused("an activity as a whole"),
            Meaning::Failure => refused("the error of an activity as a whole"),
            // What such a request answers is its body.
            Meaning::Output(kind) if kind == "WebActivity" => {
                Ok(Self::new(format!("{}.body", self.text), Meaning::Any))
            }
            Meaning::Output(_) => refused("the output of an activity as a whole"),
            Meaning::Parameters => Ok(Self::new(self.text, Meaning::Any)),
            _ => Ok(self),
        }
    }

    /// Returns a field of it, by its name here; an optional one is `None` where there is no such field.
    pub(super) fn field(self, field: &str, is_optional: bool, names: &Names) -> Result<Self, Untranslated> {
        let unknown = |of: &str| Err(Untranslated::Fact(format!("{of}.{field}")));
        let fact = |text: &str, meaning: Meaning| Ok(Self::new(text, meaning));
        match (&self.meaning, field) {
            (Meaning::Pipeline, "parameters") => fact("parameters", Meaning::Parameters),
            (Meaning::Pipeline, "RunId") => fact("run.id", Meaning::Text),
            (Meaning::Pipeline, "Pipeline") => fact("run.pipeline", Meaning::Text),
            (Meaning::Pipeline, "TriggerTime") | (Meaning::Trigger, "startTime") => {
                fact("run.started", Meaning::Time)
            }
            (Meaning::Pipeline, "TriggerName") => fact("run.trigger", Meaning::Text),
            (Meaning::Trigger, "scheduledTime") => fact("trigger.scheduled_time", Meaning::Time),
            (Meaning::Trigger, "outputs") => fact("trigger.outputs", Meaning::TriggerOutputs),
            (Meaning::TriggerOutputs, "windowStartTime") => fact("trigger.window_start", Meaning::Time),
            (Meaning::TriggerOutputs, "windowEndTime") => fact("trigger.window_end", Meaning::Time),
            (Meaning::Pipeline, _) => unknown("pipeline()"),
            (Meaning::Trigger, _) => unknown("trigger()"),
            (Meaning::TriggerOutputs, _) => unknown("trigger().outputs"),
            (Meaning::Parameters, _) => {
                let meaning = names.parameters.get(field).cloned().unwrap_or(Meaning::Any);
                Ok(self.access(field, is_optional, meaning))
            }
            (Meaning::Activity(kind), "output") => {
                let meaning = Meaning::Output(kind.clone());
                Ok(self.access(field, is_optional, meaning))
            }
            (Meaning::Activity(_), "error") => Ok(self.access(field, is_optional, Meaning::Failure)),
            (Meaning::Activity(_), "status" | "Status") => {
                Ok(self.access("status", is_optional, Meaning::Text))
            }
            (Meaning::Activity(_), _) => unknown("activity()"),
            // An error is its message here.
            (Meaning::Failure, "message") => Ok(Self::new(self.text, Meaning::Any)),
            (Meaning::Failure, _) => unknown("activity().error"),
            (Meaning::Output(kind), _) => {
                let (path, meaning) = output_field(kind, field)?;
                let mut fields = path.into_iter().peekable();
                let mut value = self;
                while let Some(field) = fields.next() {
                    let meaning = fields.peek().map_or_else(|| meaning.clone(), |_| Meaning::Any);
                    value = value.access(field, is_optional, meaning);
                }
                Ok(value)
            }
            _ => Ok(self.access(field, is_optional, Meaning::Any)),
        }
    }

    /// Returns an item of it, which is at a place of a list or under a name.
    pub(super) fn item(self, index: &Self, is_optional: bool, names: &Names) -> Result<Self, Untranslated> {
        if let Some(field) = index.literal() {
            return self.field(&field, is_optional, names);
        }
        let list = self.finished()?.text;
        let item = format!("{list}[{}]", index.text);
        let item = if is_optional {
            format!("({item} if {list} != None else None)")
        } else {
            item
        };
        Ok(Self::new(item, Meaning::Any))
    }

    /// Writes the access to a field that has this name here.
    fn access(&self, field: &str, is_optional: bool, meaning: Meaning) -> Self {
        let (value, name) = (&self.text, quoted(field));
        let is_word = field.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && field
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            && !KEYWORDS.contains(&field);
        let text = if is_optional {
            format!("getattr({value}, {name}, None)")
        } else if is_word {
            format!("{value}.{field}")
        } else {
            format!("{value}[{name}]")
        };
        Self::new(text, meaning)
    }
}

/// Returns what a field of an activity's output is called here, part by part; only what means the same here has a name.
fn output_field<'f>(kind: &str, field: &'f str) -> Result<(Vec<&'f str>, Meaning), Untranslated> {
    Ok(match (kind, field) {
        ("Copy", "rowsCopied") => (vec!["rows_written"], Meaning::Number),
        ("Copy", "rowsRead") => (vec!["rows_read"], Meaning::Number),
        ("Copy", "rowsSkipped") => (vec!["rows_rejected"], Meaning::Number),
        ("DatabricksNotebook", "runOutput") => (vec!["exit_value"], Meaning::Any),
        ("Lookup", "firstRow") => (vec!["first_row"], Meaning::Any),
        ("Lookup", "value") => (vec!["rows"], Meaning::List),
        ("Lookup", "count") => (vec!["count"], Meaning::Number),
        ("WebActivity", "ADFWebActivityResponseHeaders") => (vec!["headers"], Meaning::Any),
        // An answer that is no JSON.
        ("WebActivity", "Response") => (vec!["body"], Meaning::Any),
        (
            "WebActivity",
            "effectiveIntegrationRuntime" | "executionDuration" | "durationInQueue" | "billingReference",
        ) => return Err(no_such_output(kind, field)),
        ("WebActivity", field) => (vec!["body", field], Meaning::Any),
        _ => return Err(no_such_output(kind, field)),
    })
}

fn no_such_output(kind: &str, field: &str) -> Untranslated {
    Untranslated::Fact(format!("{field:?} of the output of an activity {kind}"))
}
