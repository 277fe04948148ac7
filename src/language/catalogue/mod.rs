//! The documentation of the builtins → [`Catalogue`].
//!
//! Each builtin's stands next to it, in its doc comment, and says all there is to know of it: see [`entry`].

use std::collections::BTreeMap;

use starlark::docs::{DocFunction, DocItem, DocMember, DocModule, DocParam, DocString, DocType};
use starlark::environment::Globals;
use starlark::typing::Ty;

mod entry;
mod handbook;

use crate::describe::{Builtin, Catalogue, Effect, Parameter, Passing, Usage};
use entry::{Entry, ParameterEntry};
use handbook::Handbook;

/// What Starlark's documentation writes for a default that it cannot tell.
const UNTOLD: &str = "...";

/// Reads the documentation of every builtin: that of `globals`, and of `types` that nothing there has.
pub(super) fn catalogue(globals: &Globals, types: impl IntoIterator<Item = DocType>) -> Catalogue {
    let mut reader = Reader {
        handbook: Handbook::read(),
        functions: BTreeMap::new(),
        types: BTreeMap::new(),
    };
    reader.module("", &globals.documentation());
    for of in types {
        reader.members(&of);
    }
    Catalogue::of(reader.functions, reader.types)
}

/// Describes a function that is no builtin: one of the user's, of which nothing is declared.
pub(super) fn function(name: String, item: &DocMember) -> Builtin {
    let docs = docs(item);
    let entry = Entry {
        prose: docs.and_then(|docs| docs.details.clone()).unwrap_or_default(),
        example: docs.and_then(|docs| docs.examples.clone()).unwrap_or_default(),
        ..Entry::default()
    };
    let summary = docs.map(|docs| docs.summary.clone()).unwrap_or_default();
    Reader::default().builtin(name, item, summary, entry)
}

fn docs(item: &DocMember) -> Option<&DocString> {
    match item {
        DocMember::Function(function) => function.docs.as_ref(),
        DocMember::Property(property) => property.docs.as_ref(),
    }
}

/// The builtins that have been read so far.
#[derive(Default)]
struct Reader {
    handbook: Handbook,
    functions: BTreeMap<String, Builtin>,
    types: BTreeMap<String, BTreeMap<String, Builtin>>,
}

impl Reader {
    /// Adds the methods and attributes of a type.
    fn members(&mut self, of: &DocType) {
        let Some(name) = type_name(&of.ty) else { return };
        for (member, item) in &of.members {
            let builtin = self.documented(format!("{name}.{member}"), item);
            let members = self.types.entry(name.clone()).or_default();
            members.insert(member.clone(), builtin);
        }
    }

    fn module(&mut self, prefix: &str, docs: &DocModule) {
        for (member, item) in &docs.members {
            let name = format!("{prefix}{member}");
            match item {
                DocItem::Module(inner) => self.module(&format!("{name}."), inner),
                DocItem::Member(item) => self.function(name, item),
                DocItem::Type(of) => {
                    self.members(of);
                    let docs = of.constructor.clone().unwrap_or_default();
                    self.function(name, &DocMember::Function(docs));
                }
            }
        }
    }

    fn function(&mut self, name: String, item: &DocMember) {
        let builtin = self.documented(name.clone(), item);
        self.functions.insert(name, builtin);
    }

    /// Describes a builtin by its doc comment, or by the handbook where the code is another crate's.
    fn documented(&self, name: String, item: &DocMember) -> Builtin {
        let docs = docs(item);
        let summary = docs.map(|docs| docs.summary.as_str()).unwrap_or_default();
        let details = docs.and_then(|docs| docs.details.as_deref()).unwrap_or_default();
        let (summary, entry) = match self.handbook.entry(&name) {
            // What the crate says beside its summary is written for the crate's users.
            Some((own, entry)) => (own.unwrap_or(summary), Entry::of(entry)),
            None => (summary, Entry::of(details)),
        };
        self.builtin(name, item, summary.to_owned(), entry)
    }

    fn builtin(&self, name: String, item: &DocMember, summary: String, entry: Entry) -> Builtin {
        let (usage, returns) = match item {
            DocMember::Function(function) => {
                (Usage::Call(self.parameters(function, &entry)), &function.ret.typ)
            }
            DocMember::Property(property) => (Usage::Value, &property.typ),
        };
        Builtin {
            name,
            usage,
            summary,
            details: entry.prose,
            returns: type_name(returns),
            example: entry.example,
            declared: entry.effect,
            is_deferred: entry.is_deferred,
            is_dry: entry.is_dry,
        }
    }

    fn parameters(&self, function: &DocFunction, entry: &Entry) -> Vec<Parameter> {
        let params = &function.params;
        let one = |param: &DocParam, passing| self.parameter(param, passing, entry);
        let all = |params: &[DocParam], passing| -> Vec<Parameter> {
            params.iter().map(|param| one(param, passing)).collect()
        };
        let mut found = all(&params.pos_only, Passing::Position);
        found.extend(all(&params.pos_or_named, Passing::Either));
        found.extend(params.args.iter().map(|param| one(param, Passing::Rest)));
        found.extend(all(&params.named_only, Passing::Name));
        found.extend(params.kwargs.iter().map(|param| one(param, Passing::NamedRest)));
        found
    }

    /// Describes a parameter by its own line, or else by the glossary's.
    fn parameter(&self, param: &DocParam, passing: Passing, entry: &Entry) -> Parameter {
        let name = param.name.trim_start_matches('*');
        let own = entry.parameters.iter().find(|known| known.name == name);
        let shared = self.handbook.shared(name);
        let lines = || own.into_iter().chain(shared);
        let said = |line: Option<&ParameterEntry>| line.and_then(|line| line.about.clone());
        let about = said(own).or_else(|| param.docs.as_ref().map(text));
        let about = about.or_else(|| said(shared)).unwrap_or_default();
        let default = match param.default_value.as_deref() {
            Some(UNTOLD) => lines().find_map(|line| line.default.as_deref()).or(Some(UNTOLD)),
            told => told,
        };
        let mut choices = choices(name, &entry.prose);
        if choices.is_empty() {
            choices = quoted(&about);
        }
        Parameter {
            name: name.to_owned(),
            passing,
            default: default.map(str::to_owned),
            accepts: param.typ.to_string(),
            about,
            choices,
            meaning: lines()
                .find_map(|line: &ParameterEntry| line.meaning)
                .unwrap_or_default(),
            effect: lines().find_map(|line| line.effect).unwrap_or(Effect::Pure),
        }
    }
}

fn text(docs: &DocString) -> String {
    match &docs.details {
        Some(details) => format!("{} {details}", docs.summary),
        None => docs.summary.clone(),
    }
}

/// Reads the texts that a parameter takes off a sentence such as: `how` is `"inner"`, `"left"` or `"cross"`.
fn choices(name: &str, details: &str) -> Vec<String> {
    let details = details.replace('\n', " ");
    let Some((_, rest)) = details.split_once(&format!("`{name}` is `\"")) else {
        return Vec::new();
    };
    let sentence = rest.split(['.', ';']).next().unwrap_or_default();
    let quoted = format!("`\"{sentence}");
    quoted
        .split("`\"")
        .skip(1)
        .filter_map(|choice| choice.split_once("\"`"))
        .map(|(choice, _)| choice.to_owned())
        .collect()
}

/// Returns the texts in quotes that a meaning names, where it names several: those are the ones to choose from.
fn quoted(about: &str) -> Vec<String> {
    let texts: Vec<String> = about.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    if texts.len() > 1 { texts } else { Vec::new() }
}

fn type_name(of: &Ty) -> Option<String> {
    of.as_name().map(|name| match name {
        "str" => "string".to_owned(),
        name => name.to_owned(),
    })
}

#[cfg(test)]
mod tests;
