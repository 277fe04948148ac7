//! What leaves a cell, without the values of secrets: outputs, errors and what is known of values.
//!
//! A value that a cell bound is never altered, and neither is a file that it wrote: what is shown and told of them is made
//! of copies. Where no secret was looked up, nothing is copied and nothing is searched.

use std::borrow::Cow;
use std::sync::Arc;

use polars::prelude::DataFrame;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::redacted_table;
use crate::cache::{Ledger, Packed, PackedTable, Written};
use crate::describe::{Help, HelpList};
use crate::frame::{TableDigest, TableId};
use crate::model::{Evaluation, FittedModel};
use crate::output::{Output, Warning};
use crate::secret::redaction::{self, REDACTED, redact, redacted};
use crate::source::{CellError, Spot};

/// Takes the values of secrets out of what a cell shows.
pub(super) fn output(output: Output) -> Output {
    if !redaction::is_active() {
        return output;
    }
    match output {
        Output::Printed(text) => Output::Printed(redacted(text)),
        Output::Text { text, whole } => match redact(&text) {
            Cow::Borrowed(_) => Output::Text { text, whole },
            // A digest of the whole could be guessed at.
            Cow::Owned(text) => Output::Text { text, whole: None },
        },
        Output::Frame { rows, height } => Output::Frame {
            rows: redacted_table::redacted(&rows).unwrap_or(rows),
            height,
        },
        Output::Series { column, height } => Output::Series {
            column: redacted_table::redacted(&column).unwrap_or(column),
            height,
        },
        Output::Model(model) => Without::read(model.to_ron().ok(), |text| FittedModel::from_ron(text).ok())
            .shown(Output::Model(model), |model| Output::Model(Arc::new(model))),
        Output::Evaluation(evaluation) => {
            Without::read(evaluation.to_ron().ok(), |text| Evaluation::from_ron(text).ok())
                .shown(Output::Evaluation(evaluation), |evaluation| {
                    Output::Evaluation(Arc::new(evaluation))
                })
        }
        Output::Profile(profile) => Without::of(&*profile).shown(Output::Profile(profile), |profile| {
            Output::Profile(Arc::new(profile))
        }),
        Output::Plot(plot) => {
            Without::of(&*plot).shown(Output::Plot(plot), |plot| Output::Plot(Arc::new(plot)))
        }
        Output::Markdown(text) => Output::Markdown(redacted(text)),
        Output::Help(help) => Output::Help(Arc::new(of_help(&help))),
        Output::Warning(warning) => Output::Warning(Warning {
            message: redacted(warning.message),
            place: warning.place,
        }),
    }
}

/// Takes the values of secrets out of why a cell failed.
pub(super) fn error(mut error: CellError) -> CellError {
    if !redaction::is_active() {
        return error;
    }
    let in_place = |spot: &mut Spot| spot.text = redacted(std::mem::take(&mut spot.text));
    error.message = redacted(error.message);
    error.hint = error.hint.map(redacted);
    error.spot.iter_mut().for_each(in_place);
    for call in &mut error.calls {
        call.function = redacted(std::mem::take(&mut call.function));
        in_place(&mut call.spot);
    }
    error
}

/// Returns whether the name of something that a cell has read or written holds the value of a secret.
pub(super) fn is_in_names(ledger: &Ledger) -> bool {
    let holds = |name: &str| redaction::contains(name.as_bytes());
    let mut read = ledger.read.iter();
    redaction::is_active()
        && (ledger.wrote.keys().any(|name| holds(name))
            || read.any(|(resource, _)| holds(&resource.to_string())))
}

/// Returns whether something of what a cell has read and done holds the value of a secret: the name of a file, the text of a
/// widget.
pub(super) fn is_in_ledger(ledger: &Ledger) -> bool {
    redaction::is_active() && redaction::contains(format!("{ledger:?}").as_bytes())
}

/// Returns a value without the values of secrets, for what is told of it; `None` where it holds none.
///
/// `tables` are those that the value holds.
pub(super) fn packed(value: &Packed, tables: &[(TableId, DataFrame)]) -> Option<Packed> {
    let all = |items: &[Packed]| {
        let redacted: Vec<Option<Packed>> = items.iter().map(|item| packed(item, tables)).collect();
        let is_any = redacted.iter().any(Option::is_some);
        let kept = redacted.into_iter().zip(items);
        is_any.then(|| {
            kept.map(|(redacted, item)| redacted.unwrap_or_else(|| item.clone()))
                .collect()
        })
    };
    match value {
        Packed::None | Packed::Bool(_) | Packed::Float(_) => None,
        Packed::Int(number) => changed(&number.to_string()).map(Packed::Text),
        Packed::Text(text) => changed(text).map(Packed::Text),
        Packed::List(items) => all(items).map(Packed::List),
        Packed::Tuple(items) => all(items).map(Packed::Tuple),
        Packed::Dict(items) => {
            let flat: Vec<Packed> = items
                .iter()
                .flat_map(|(key, item)| [key.clone(), item.clone()])
                .collect();
            let pairs = |flat: Vec<Packed>| {
                let mut flat = flat.into_iter();
                std::iter::from_fn(move || Some((flat.next()?, flat.next()?))).collect()
            };
            all(&flat).map(|flat| Packed::Dict(pairs(flat)))
        }
        Packed::Struct(items) => {
            let values: Vec<Packed> = items.iter().map(|(_, item)| item.clone()).collect();
            let redacted = all(&values);
            let is_named = items.iter().any(|(name, _)| redaction::contains(name.as_bytes()));
            let names = items.iter().map(|(name, _)| redact(name).into_owned());
            (redacted.is_some() || is_named)
                .then(|| Packed::Struct(names.zip(redacted.unwrap_or(values)).collect()))
        }
        Packed::Frame(table) => of_table(table, tables).map(Packed::Frame),
        Packed::Series(table) => of_table(table, tables).map(Packed::Series),
        Packed::Written(written) => {
            let text = redaction::redact_quoted(&written.text);
            matches!(text, Cow::Owned(_)).then(|| {
                Packed::Written(Written {
                    kind: written.kind.clone(),
                    text: text.into_owned(),
                    whole: false,
                    digest: None,
                })
            })
        }
        Packed::Plot(plot) => match Without::of(&**plot) {
            Without::Same => None,
            Without::Other(plot) => Some(Packed::Plot(Arc::new(plot))),
            Without::Nothing => Some(Packed::None),
        },
    }
}

fn of_table(packed: &PackedTable, tables: &[(TableId, DataFrame)]) -> Option<PackedTable> {
    let (_, table) = tables.iter().find(|(id, _)| *id == packed.id)?;
    let redacted = redacted_table::redacted(table)?;
    Some(PackedTable::from(&TableDigest::of(&redacted)))
}

fn of_help(help: &Help) -> Help {
    let text = |text: &String| redact(text).into_owned();
    Help {
        title: text(&help.title),
        signature: text(&help.signature),
        text: text(&help.text),
        lists: help
            .lists
            .iter()
            .map(|list| HelpList {
                heading: list.heading,
                rows: list
                    .rows
                    .iter()
                    .map(|(name, meaning)| (text(name), text(meaning)))
                    .collect(),
            })
            .collect(),
        example: text(&help.example),
    }
}

/// Returns a text without the values of secrets; `None` where it holds none.
fn changed(text: &str) -> Option<String> {
    match redact(text) {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(text),
    }
}

/// Data without the values of secrets.
enum Without<T> {
    /// They hold none.
    Same,
    /// Others.
    Other(T),
    /// There are no such data.
    Nothing,
}

impl<T> Without<T> {
    /// Takes data by what serde writes of them.
    fn of(data: &T) -> Self
    where
        T: Serialize + DeserializeOwned,
    {
        Self::read(ron::to_string(data).ok(), |text| ron::from_str(text).ok())
    }

    /// Takes data by their text, if they have one, which `read` reads.
    fn read(text: Option<String>, read: impl FnOnce(&str) -> Option<T>) -> Self {
        match text.as_deref().map(redaction::redact_quoted) {
            None | Some(Cow::Borrowed(_)) => Self::Same,
            Some(Cow::Owned(text)) => read(&text).map_or(Self::Nothing, Self::Other),
        }
    }

    /// Returns what is shown of data that are shown as `same`.
    fn shown(self, same: Output, show: impl FnOnce(T) -> Output) -> Output {
        match self {
            Self::Same => same,
            Self::Other(data) => show(data),
            Self::Nothing => Output::Text {
                text: REDACTED.to_owned(),
                whole: None,
            },
        }
    }
}
