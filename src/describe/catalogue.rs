//! [`Catalogue`]: every builtin, with all that help, completion, highlighting and scheduling ask about it.
//!
//! Plain data; the language fills it in from the documentation that stands next to each builtin.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::Effect;
use super::meaning::Meaning;

/// Every builtin of the language.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Functions and values by their dotted name: `read_csv`, `dbutils.fs.ls`.
    pub functions: BTreeMap<String, Builtin>,
    /// Methods and attributes by type and name: `frame` → `filter`.
    pub types: BTreeMap<String, BTreeMap<String, Builtin>>,
    /// The types that have a method or attribute, by its name.
    owners: BTreeMap<String, BTreeSet<String>>,
    /// What giving a parameter by name does, where it does something.
    keywords: BTreeMap<String, Effect>,
    /// The last names of what takes a password.
    takers_of_secrets: BTreeSet<String>,
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
    /// What calling or reading it may do, where it is declared.
    pub declared: Option<Effect>,
    /// Whether what it gives does so again each time it is used, as a frame that streams reads its files.
    pub is_deferred: bool,
    /// Whether completion may call it on empty frames: it computes its value from its arguments, at once.
    pub is_dry: bool,
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
    /// What a text that is given for it stands for.
    pub meaning: Meaning,
    /// What giving it does, besides what the call does.
    pub effect: Effect,
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

impl Catalogue {
    /// Makes a catalogue of functions by their dotted names, and of methods and attributes by type and name.
    pub fn of(
        functions: BTreeMap<String, Builtin>,
        types: BTreeMap<String, BTreeMap<String, Builtin>>,
    ) -> Self {
        let mut catalogue = Self {
            functions,
            types,
            ..Self::default()
        };
        for (owner, members) in &catalogue.types {
            for member in members.keys() {
                let owners = catalogue.owners.entry(member.clone()).or_default();
                owners.insert(owner.clone());
            }
        }
        let takes_secrets = |builtin: &&Builtin| {
            let mut parameters = builtin.parameters().iter();
            parameters.any(|parameter| parameter.meaning == Meaning::Secret)
        };
        let takers = catalogue.all().filter(takes_secrets);
        let takers = takers.filter_map(|builtin| builtin.name.rsplit('.').next().map(str::to_owned));
        catalogue.takers_of_secrets = takers.collect();
        let members = catalogue.types.values().flat_map(BTreeMap::values);
        let parameters = catalogue.functions.values().chain(members);
        for parameter in parameters.flat_map(Builtin::parameters) {
            if parameter.effect != Effect::Pure {
                let effect = catalogue.keywords.entry(parameter.name.clone());
                let effect = effect.or_insert(parameter.effect);
                *effect = parameter.effect.max(*effect);
            }
        }
        catalogue
    }

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

    /// Returns the functions in a part of the builtins such as `dbutils.fs`, of whatever depth.
    pub fn inside(&self, part: &str) -> impl Iterator<Item = &Builtin> {
        let start = format!("{part}.");
        let after = self.functions.range(start.clone()..);
        after
            .take_while(move |(name, _)| name.starts_with(&start))
            .map(|(_, builtin)| builtin)
    }

    /// Returns the methods and attributes of a name, of whatever type.
    pub fn members<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Builtin> {
        let owners = self.owners.get(name).into_iter().flatten();
        owners.filter_map(move |owner| self.types.get(owner)?.get(name))
    }

    /// Returns the last names of the builtins that take a password.
    pub fn takers_of_secrets(&self) -> impl Iterator<Item = &str> {
        self.takers_of_secrets.iter().map(String::as_str)
    }

    /// Returns what giving an argument by this name may do, whatever is called.
    pub fn keyword(&self, name: &str) -> Effect {
        self.keywords.get(name).copied().unwrap_or(Effect::Pure)
    }
}

impl Builtin {
    /// Returns what calling or reading it may do; what is not declared acts.
    pub fn effect(&self) -> Effect {
        self.declared.unwrap_or(Effect::Acts)
    }

    /// Finds the parameter that an argument is given for: one by its name, or else one at a position, from 0.
    pub fn parameter(&self, keyword: Option<&str>, position: usize) -> Option<&Parameter> {
        let parameters = self.parameters();
        let find = |passing: Passing| parameters.iter().find(|parameter| parameter.passing == passing);
        if let Some(name) = keyword {
            let mut by_name = parameters.iter();
            let is_meant = |parameter: &&Parameter| {
                parameter.name == name && matches!(parameter.passing, Passing::Either | Passing::Name)
            };
            return by_name.find(is_meant).or_else(|| find(Passing::NamedRest));
        }
        let mut by_position = parameters
            .iter()
            .filter(|parameter| matches!(parameter.passing, Passing::Position | Passing::Either));
        by_position.nth(position).or_else(|| find(Passing::Rest))
    }

    /// Returns its parameters; none for one that is not called.
    pub fn parameters(&self) -> &[Parameter] {
        match &self.usage {
            Usage::Call(parameters) => parameters,
            Usage::Value => &[],
        }
    }
}
