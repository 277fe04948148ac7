//! The handbook: parameters' meanings and examples of every builtin, as data.
//!
//! A file holds entries. `== NAME` begins one; then come `> SUMMARY`, where the code has none, lines `parameter: meaning`,
//! or `parameter=default: meaning` where the code cannot tell the default, a blank line, and an example. What parameters of many builtins mean alike stands once, in the glossary.

use std::collections::BTreeMap;

use crate::describe::{Builtin, Surface, Usage};

/// Every file of entries.
const FILES: [&str; 10] = [
    include_str!("handbook/frames.txt"),
    include_str!("handbook/series.txt"),
    include_str!("handbook/expressions.txt"),
    include_str!("handbook/readers.txt"),
    include_str!("handbook/models.txt"),
    include_str!("handbook/plots.txt"),
    include_str!("handbook/dbutils.txt"),
    include_str!("handbook/functions.txt"),
    include_str!("handbook/strings.txt"),
    include_str!("handbook/collections.txt"),
];

const GLOSSARY: &str = include_str!("handbook/glossary.txt");

/// What Starlark's documentation writes for a default that it does not know.
const UNTOLD: &str = "...";

/// What the handbook says of one builtin.
#[derive(Debug, Default)]
struct Entry<'a> {
    summary: Option<&'a str>,
    parameters: BTreeMap<&'a str, Meaning<'a>>,
    example: String,
}

/// What the handbook says of one parameter.
#[derive(Debug, Clone, Copy)]
struct Meaning<'a> {
    about: &'a str,
    default: Option<&'a str>,
}

/// Adds to each builtin what the handbook says of it; what the code's own documentation says stays.
pub(super) fn complete(surface: &mut Surface) {
    let entries: BTreeMap<&str, Entry<'_>> = FILES.iter().flat_map(|file| entries(file)).collect();
    let glossary: BTreeMap<&str, Meaning<'_>> = GLOSSARY.lines().filter_map(meaning).collect();
    let types = surface.types.values_mut().flat_map(BTreeMap::values_mut);
    for builtin in surface.functions.values_mut().chain(types) {
        let nothing = Entry::default();
        let entry = entries.get(builtin.name.as_str()).unwrap_or(&nothing);
        add(builtin, entry, &glossary);
    }
}

fn add(builtin: &mut Builtin, entry: &Entry<'_>, glossary: &BTreeMap<&str, Meaning<'_>>) {
    if let Some(summary) = entry.summary {
        summary.clone_into(&mut builtin.summary);
        // What the crate says beside a summary of its own is written for the crate's users.
        builtin.details.clear();
    }
    if !entry.example.is_empty() {
        builtin.example.clone_from(&entry.example);
    }
    let Usage::Call(parameters) = &mut builtin.usage else {
        return;
    };
    for parameter in parameters {
        let name = parameter.name.as_str();
        let own = entry.parameters.get(name);
        let shared = glossary.get(name);
        if let Some(meaning) = own.or(shared.filter(|_| parameter.about.is_empty())) {
            meaning.about.clone_into(&mut parameter.about);
        }
        let mut told = own
            .into_iter()
            .chain(shared)
            .filter_map(|meaning| meaning.default);
        if parameter.default.as_deref() == Some(UNTOLD)
            && let Some(default) = told.next()
        {
            parameter.default = Some(default.to_owned());
        }
        if parameter.choices.is_empty() {
            parameter.choices = quoted(&parameter.about);
        }
    }
}

/// Returns the texts in quotes that a meaning names, where it names several: those are the ones to choose from.
fn quoted(about: &str) -> Vec<String> {
    let texts: Vec<String> = about.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    if texts.len() > 1 { texts } else { Vec::new() }
}

fn entries(file: &str) -> impl Iterator<Item = (&str, Entry<'_>)> {
    let texts = file.split("\n== ").map(|text| text.trim_start_matches("== "));
    texts.filter_map(|text| {
        let (name, body) = text.split_once('\n')?;
        let mut entry = Entry::default();
        let mut lines = body.lines();
        for line in lines.by_ref().take_while(|line| !line.trim().is_empty()) {
            if let Some(summary) = line.strip_prefix("> ") {
                entry.summary = Some(summary);
            } else {
                entry.parameters.extend(meaning(line));
            }
        }
        let example: Vec<&str> = lines.collect();
        example.join("\n").trim().clone_into(&mut entry.example);
        Some((name.trim(), entry))
    })
}

fn meaning(line: &str) -> Option<(&str, Meaning<'_>)> {
    let (name, about) = line.split_once(": ")?;
    let (name, default) = match name.split_once('=') {
        Some((name, default)) => (name, Some(default)),
        None => (name, None),
    };
    let about = about.trim();
    Some((name.trim(), Meaning { about, default }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::surface::SURFACE;

    #[test]
    fn every_entry_is_of_a_builtin_and_every_meaning_of_a_parameter() {
        let parameters = |name: &str, parameter: &str| {
            let builtin = SURFACE.find(name).unwrap_or_else(|| panic!("there is no {name}"));
            builtin.parameters().iter().any(|known| known.name == parameter)
        };
        for (name, entry) in FILES.iter().flat_map(|file| entries(file)) {
            assert!(SURFACE.find(name).is_some(), "there is no {name}");
            for parameter in entry.parameters.keys() {
                assert!(parameters(name, parameter), "{name} has no {parameter}");
            }
        }
        for (parameter, _) in GLOSSARY.lines().filter_map(meaning) {
            let is_taken = SURFACE.all().any(|builtin| parameters(&builtin.name, parameter));
            assert!(is_taken, "nothing takes {parameter}");
        }
    }
}
