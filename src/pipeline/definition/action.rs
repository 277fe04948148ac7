//! [`Activity`] and [`Action`]: one thing that a pipeline does; here with those that have others within.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::pipeline::activity::{
    Copy, Fail, Http, Invoke, Lookup, Notebook, Perform, Script, Uses, Validate, Wait,
};
use crate::pipeline::span::Span;
use crate::pipeline::text::Text;

/// One thing that a pipeline does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// Its name, which no other activity beside it has.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The activities that it comes after, and how each has to end.
    #[serde(default)]
    pub after: BTreeMap<String, Condition>,
    /// How many further attempts there are when one fails.
    #[serde(default)]
    pub retry: u32,
    /// How long to wait before the next attempt; each wait is twice the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_interval: Option<Span>,
    /// How long an attempt may take; of one that has others within and goes on after its process had ended, from its first start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// Whether what it is given is kept out of the store of runs.
    #[serde(default)]
    pub secure_input: bool,
    /// Whether what it gives is kept out of the store of runs.
    #[serde(default)]
    pub secure_output: bool,
    /// What it does.
    #[serde(rename = "type")]
    pub action: Action,
}

/// How an activity has to end for another one to come after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    /// Well.
    Succeeded,
    /// With an error.
    Failed,
    /// Well or with an error.
    Completed,
    /// Not at all.
    Skipped,
}

/// What an activity does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// Runs a notebook.
    Notebook(Notebook),
    /// Copies rows from a file, a table or a query into a file or a table.
    Copy(Copy),
    /// Runs SQL on a connection.
    Script(Script),
    /// Reads the first row, or the first rows, of a query or a dataset.
    Lookup(Lookup),
    /// Checks what is in a dataset.
    Validate(Validate),
    /// Runs another pipeline.
    Pipeline(Invoke),
    /// Waits.
    Wait(Wait),
    /// Fails.
    Fail(Fail),
    /// Sends a request.
    Http(Http),
    /// Does one thing or another.
    If(If),
    /// Does one of several things.
    Switch(Switch),
    /// Does the same for each item of a list.
    ForEach(Each),
    /// Does the same until a condition holds.
    Until(Until),
}

impl Action {
    /// Returns what it is, as definitions write it: `Notebook`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Copy(_) => "Copy",
            Self::Validate(_) => "Validate",
            Self::Pipeline(_) => "Pipeline",
            Self::If(_) => "If",
            Self::Switch(_) => "Switch",
            Self::ForEach(_) => "ForEach",
            Self::Until(_) => "Until",
            _ => self.performs().map_or("", Perform::kind),
        }
    }

    /// Returns what does it by itself; `None` for what has other activities within.
    pub fn performs(&self) -> Option<&dyn Perform> {
        match self {
            Self::Notebook(notebook) => Some(notebook),
            Self::Script(script) => Some(script),
            Self::Lookup(lookup) => Some(lookup),
            Self::Wait(wait) => Some(wait),
            Self::Fail(fail) => Some(fail),
            Self::Http(http) => Some(http),
            Self::Copy(copy) => Some(copy),
            Self::Validate(validate) => Some(validate),
            Self::Pipeline(_) | Self::If(_) | Self::Switch(_) | Self::ForEach(_) | Self::Until(_) => None,
        }
    }

    /// Returns what it names itself, to be checked before any run; not what activities within name.
    pub fn uses(&self) -> Uses<'_> {
        match self {
            Self::Pipeline(invoke) => invoke.uses(),
            Self::If(branches) => Uses::default().text("condition", &branches.condition),
            Self::Switch(switch) => Uses::default().text("on", &switch.on),
            Self::ForEach(each) => Uses::default().value("items", &each.items),
            Self::Until(until) => Uses::default().text("condition", &until.condition),
            _ => self.performs().map(Perform::uses).unwrap_or_default(),
        }
    }

    /// Returns the lists of activities within.
    pub fn within(&self) -> Vec<&[Activity]> {
        match self {
            Self::If(branches) => vec![&branches.then, &branches.otherwise],
            Self::Switch(switch) => {
                let cases = switch.cases.iter().map(|case| case.activities.as_slice());
                cases.chain([switch.default.as_slice()]).collect()
            }
            Self::ForEach(each) => vec![&each.activities],
            Self::Until(until) => vec![&until.activities],
            _ => Vec::new(),
        }
    }
}

/// Does one thing or another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct If {
    /// An expression that is true or false.
    pub condition: Text,
    /// What is done where it is true.
    #[serde(default)]
    pub then: Vec<Activity>,
    /// What is done where it is false.
    #[serde(default)]
    pub otherwise: Vec<Activity>,
}

/// Does one of several things.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// An expression whose value, as a text, is that of a case.
    pub on: Text,
    /// What is done for which value.
    pub cases: Vec<Case>,
    /// What is done for any other value.
    #[serde(default)]
    pub default: Vec<Activity>,
}

/// What is done for one value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The value.
    pub value: String,
    /// What is done.
    pub activities: Vec<Activity>,
}

/// Does the same for each item of a list; expressions within have it as `item`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// A list, or an expression that is one.
    pub items: Value,
    /// How many items are worked on at a time; 1 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
    /// What is done.
    pub activities: Vec<Activity>,
}

/// Does the same until a condition holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// An expression that is true or false, seen after each round.
    pub condition: Text,
    /// How long it may go on, from its first start: a process that ends in the middle of it gives it no more time.
    pub timeout: Span,
    /// What is done in each round.
    pub activities: Vec<Activity>,
}
