//! [`Offer`]: what could be at the cursor, and in which order it is shown.

use std::collections::HashSet;

/// One thing that could be put in at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What replaces the text from the completion's start to the cursor.
    pub replacement: String,
    /// How it is listed.
    pub display: String,
    /// Its type or kind: `frame 891×12`, `column Float64`, `parameter`, `method → frame`, `file`.
    pub detail: String,
}

/// All that could be put in at the cursor, the most likely first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// The first byte of the text that a candidate replaces.
    pub start: usize,
    /// The candidates.
    pub candidates: Vec<Candidate>,
}

/// A candidate before it is compared with what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// What is compared with the typed text.
    pub(crate) name: String,
    /// How far behind others of the same quality it stands.
    pub(crate) tier: u8,
    pub(crate) candidate: Candidate,
}

impl Item {
    /// Creates an item that is put in as it is called.
    pub(crate) fn plain(name: impl Into<String>, detail: impl Into<String>, tier: u8) -> Self {
        let name = name.into();
        Self::new(&name, name.clone(), detail, tier)
    }

    /// Creates an item that is called `name` and put in as `replacement`.
    pub(crate) fn new(name: &str, replacement: String, detail: impl Into<String>, tier: u8) -> Self {
        Self {
            name: name.to_owned(),
            tier,
            candidate: Candidate {
                replacement,
                display: name.to_owned(),
                detail: detail.into(),
            },
        }
    }
}

/// What one source has to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// The first byte that is replaced.
    pub(crate) start: usize,
    /// What has been typed of the name.
    pub(crate) typed: String,
    pub(crate) items: Vec<Item>,
    /// Whether nothing else makes sense here, if any of it does.
    pub(crate) is_all: bool,
}

/// How well a name fits what was typed; smaller is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Prefix,
    AnyCase,
    Subsequence,
}

fn fit(name: &str, typed: &str) -> Option<Fit> {
    if name.starts_with(typed) {
        return Some(Fit::Prefix);
    }
    let (name, typed) = (name.to_lowercase(), typed.to_lowercase());
    if name.starts_with(&typed) {
        return Some(Fit::AnyCase);
    }
    // The first letter has to be right: any longer word holds most short ones somewhere.
    let mut characters = name.chars();
    let is_begun = name.chars().next() == typed.chars().next();
    let in_order = typed
        .chars()
        .all(|wanted| characters.any(|character| character == wanted));
    (is_begun && in_order).then_some(Fit::Subsequence)
}

impl Offer {
    /// Returns the candidates that fit, best first: those that only hold the typed letters in order, where nothing
    /// begins with them; private names last.
    pub(crate) fn ranked(self) -> Completion {
        let is_private = |name: &str| name.starts_with('_') && !self.typed.starts_with('_');
        let mut fitting: Vec<(Fit, bool, u8, Item)> = self
            .items
            .into_iter()
            .filter_map(|item| {
                let fit = fit(&item.name, &self.typed)?;
                Some((fit, is_private(&item.name), item.tier, item))
            })
            .collect();
        let begins = fitting.iter().any(|(fit, ..)| *fit < Fit::Subsequence);
        fitting.retain(|(fit, ..)| !begins || *fit < Fit::Subsequence);
        fitting.sort_by_key(|(fit, is_private, tier, _)| (*is_private, *fit, *tier));
        let mut seen = HashSet::new();
        let candidates = fitting.into_iter().map(|(.., item)| item.candidate);
        Completion {
            start: self.start,
            candidates: candidates
                .filter(|candidate| seen.insert(candidate.replacement.clone()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_fit_comes_first_and_private_names_last() {
        for (typed, expected) in [
            ("f", "filter fill_null Fare"),
            ("F", "Fare filter fill_null"),
            ("_", "_first"),
            ("fn", "fill_null"),
            ("x", ""),
            ("", "filter fill_null Fare _first"),
        ] {
            let names = ["_first", "filter", "Fare", "fill_null"];
            let items = names.map(|name| Item::plain(name, "", u8::from(name == "Fare")));
            let completion = Offer {
                start: 0,
                typed: typed.to_owned(),
                items: items.to_vec(),
                is_all: false,
            }
            .ranked();
            let shown: Vec<_> = completion.candidates.iter().map(|c| c.display.as_str()).collect();
            assert_eq!(shown.join(" "), expected, "{typed:?}");
        }
    }
}
