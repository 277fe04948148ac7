//! [`Surface`]: what a person can write in a cell, as help and completion tell it.
//!
//! Plain data; the language fills it in from the documentation of its own functions.

use std::collections::BTreeMap;

/// Every builtin of the language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surface {
    /// Functions and values by their dotted name: `read_csv`, `dbutils.fs.ls`.
    pub functions: BTreeMap<String, Builtin>,
    /// Methods and attributes by type and name: `frame` → `filter`.
    pub types: BTreeMap<String, BTreeMap<String, Builtin>>,
}

/// One builtin function, method, attribute or constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Builtin {
    /// What it is called, with its owner: `frame.filter`, `dbutils.fs.ls`.
    pub name: String,
    /// How it is used.
    pub usage: Usage,
    /// What it does, in one sentence.
    pub summary: String,
    /// What else there is to know; may be empty.
    pub details: String,
    /// The type of what it gives, as `type()` names it: `frame`, `string`; `None` where that depends.
    pub returns: Option<String>,
    /// A cell that works as it is; may be empty.
    pub example: String,
}

/// How a builtin is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Usage {
    /// It is called with these parameters.
    Call(Vec<Parameter>),
    /// It is read: an attribute or a constant.
    Value,
}

/// One parameter of a builtin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, without stars.
    pub name: String,
    /// How a call gives it.
    pub passing: Passing,
    /// Its default as source; `None` where it must be given.
    pub default: Option<String>,
    /// The type it takes, in Starlark's notation.
    pub accepts: String,
    /// What it means; may be empty.
    pub about: String,
    /// The texts that it takes, where only some are allowed.
    pub choices: Vec<String>,
}

/// How a call gives a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Passing {
    /// By position only.
    Position,
    /// By position or by name.
    Either,
    /// By name only.
    Name,
    /// Any number by position: `*args`.
    Rest,
    /// Any number by name: `**kwargs`.
    NamedRest,
}

impl Surface {
    /// Returns every builtin: functions first, then the members of types.
    pub fn all(&self) -> impl Iterator<Item = &Builtin> + Clone {
        let members = self.types.values().flat_map(BTreeMap::values);
        self.functions.values().chain(members)
    }

    /// Finds a builtin by its dotted name, with the type for a method: `read_csv`, `frame.filter`.
    pub fn find(&self, name: &str) -> Option<&Builtin> {
        self.functions.get(name).or_else(|| {
            let (owner, member) = name.rsplit_once('.')?;
            self.types.get(owner)?.get(member)
        })
    }
}

impl Builtin {
    /// Returns its parameters; none for one that is not called.
    pub fn parameters(&self) -> &[Parameter] {
        match &self.usage {
            Usage::Call(parameters) => parameters,
            Usage::Value => &[],
        }
    }
}
