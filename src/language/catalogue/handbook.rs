//! The documentation of what Starlark brings, and the glossary of parameters that many builtins take.
//!
//! What is ours is documented where it is; these builtins are another crate's, so that theirs stands here. `== NAME` begins
//! an entry; what follows is as in a doc comment: a summary, where the crate's is none for users of the language, and an
//! [`Entry`].

use std::collections::HashMap;

use super::entry::{Entry, ParameterEntry};

/// Every file of entries.
const FILES: [&str; 3] = [
    include_str!("handbook/functions.txt"),
    include_str!("handbook/strings.txt"),
    include_str!("handbook/collections.txt"),
];

const GLOSSARY: &str = include_str!("handbook/glossary.txt");

/// What is documented elsewhere than in the code.
#[derive(Default)]
pub(super) struct Handbook {
    /// Summaries and what follows them, by the names of builtins.
    entries: HashMap<&'static str, (Option<&'static str>, &'static str)>,
    glossary: HashMap<String, ParameterEntry>,
}

impl Handbook {
    /// Reads the files.
    pub(super) fn read() -> Self {
        let chunks = FILES.iter().flat_map(|file| file.split("\n== "));
        let entries = chunks.filter_map(|chunk| {
            let (name, text) = chunk.trim_start_matches("== ").split_once('\n')?;
            let (summary, details) = match text.split_once("\n\n") {
                Some((summary, details)) if !summary.starts_with("Effect: ") => (Some(summary), details),
                _ => (None, text),
            };
            Some((name.trim(), (summary, details)))
        });
        let mut glossary = Entry::default();
        glossary.read_parameters(&GLOSSARY.lines().collect::<Vec<_>>());
        let parameters = glossary.parameters.into_iter();
        Self {
            entries: entries.collect(),
            glossary: parameters
                .map(|parameter| (parameter.name.clone(), parameter))
                .collect(),
        }
    }

    /// Returns what stands here of a builtin: its summary, if there is one, and what follows.
    pub(super) fn entry(&self, name: &str) -> Option<(Option<&'static str>, &'static str)> {
        self.entries.get(name).copied()
    }

    /// Returns what a parameter means wherever nothing else is said.
    pub(super) fn shared(&self, parameter: &str) -> Option<&ParameterEntry> {
        self.glossary.get(parameter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::Catalogue;
    use crate::describe::Documented as _;
    use crate::language::SheafLanguage;

    #[test]
    fn every_entry_is_of_a_builtin_and_every_meaning_of_a_parameter() {
        let language = SheafLanguage::new();
        let catalogue: &Catalogue = language.catalogue();
        let handbook = Handbook::read();
        for name in handbook.entries.keys() {
            assert!(catalogue.find(name).is_some(), "there is no {name}");
        }
        for parameter in handbook.glossary.keys() {
            let mut parameters = catalogue.all().flat_map(crate::describe::Builtin::parameters);
            assert!(
                parameters.any(|known| known.name == *parameter),
                "nothing takes {parameter}"
            );
        }
    }
}
