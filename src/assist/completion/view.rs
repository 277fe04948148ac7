//! [`View`]: what the cells above, the builtins and the unfinished cell say of an expression.

use std::time::{Duration, Instant};

use starlark::values::OwnedFrozenValue;

use super::chain::{Chain, Head, Link};
use super::context::called;
use super::scope::{Binding, Origin, bindings, closure, names_in, written_parameters};
use crate::assist::probe::{Probe, follow};
use crate::describe::{
    Builtin, Catalogue, ColumnOutline, Effect, Meaning, Outline, Parameter, Passing, Usage,
};
use crate::session::Snapshot;

/// What is known at the cursor.
pub(crate) struct View<'a> {
    pub(crate) snapshot: &'a Snapshot,
    /// The position of the cell among the others, from 0.
    pub(crate) cell: usize,
    /// The names that the cell binds above the cursor.
    pub(crate) bindings: Vec<Binding<'a>>,
    deadline: Instant,
}

impl<'a> View<'a> {
    /// Looks at the cell up to byte `cursor`; what has to be evaluated may take `budget` in all.
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        cell: usize,
        text: &'a str,
        cursor: usize,
        budget: Duration,
    ) -> Self {
        Self {
            snapshot,
            cell,
            bindings: bindings(text, cursor),
            deadline: Instant::now() + budget,
        }
    }

    /// Returns the builtins.
    pub(crate) fn catalogue(&self) -> &'a Catalogue {
        self.snapshot.language().catalogue()
    }

    /// Returns the names that are bound in the cells above.
    pub(crate) fn names(&self) -> Vec<&'a str> {
        self.snapshot.names_above(self.cell)
    }

    /// Returns the value that `name` has from the cells above.
    fn value(&self, name: &str) -> Option<OwnedFrozenValue> {
        self.snapshot.value_above(self.cell, name)
    }

    /// Returns what is known at once of the value that `name` has from the cells above.
    fn outline_of(&self, name: &str) -> Option<Outline> {
        Some(self.snapshot.language().outline(self.value(name)?.value()))
    }

    /// Returns how much time is left.
    pub(crate) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Returns what a chain would give: by trying it on empty frames, or else by what is documented.
    pub(crate) fn outline(&self, chain: &Chain<'_>) -> Option<Outline> {
        self.outline_below(chain, &self.bindings)
    }

    fn outline_below(&self, chain: &Chain<'_>, bindings: &[Binding<'_>]) -> Option<Outline> {
        let local = match chain.head {
            Head::Name(name) => bindings.iter().rposition(|binding| binding.name == name),
            Head::Value(_) => None,
        };
        if let (Head::Name(name), None, []) = (chain.head, local, chain.links.as_slice())
            && let Some(outline) = self.outline_of(name)
        {
            return Some(outline);
        }
        let (head, rest) = match self.tried(chain, bindings) {
            Some((outline, links)) => (outline, chain.links.get(links..)?),
            None => self.documented_head(chain, local, bindings)?,
        };
        rest.iter().try_fold(head, |outline, (link, text)| {
            self.documented(outline, *link, text)
        })
    }

    /// Evaluates as much of a chain as can be; returns the value there and the number of links to it.
    fn tried(&self, chain: &Chain<'_>, bindings: &[Binding<'_>]) -> Option<(Outline, usize)> {
        // `f(…)` is one piece: what it gives is the head.
        let calls = usize::from(matches!(chain.links.first(), Some((Link::Call, _))));
        let call = chain.links.iter().take(calls).map(|(_, text)| *text);
        let statements = closure(bindings, &names_in(chain))?;
        let probe = Probe {
            statements: statements.into_iter().map(str::to_owned).collect(),
            head: [chain.head_text].into_iter().chain(call).collect(),
            links: chain
                .links
                .iter()
                .skip(calls)
                .map(|(_, text)| (*text).to_owned())
                .collect(),
        };
        let probed = follow(self.snapshot, self.cell, probe, self.left())?;
        Some((probed.outline, probed.links + calls))
    }

    /// Returns the type of a chain's beginning, and what follows that.
    fn documented_head<'c, 'd>(
        &self,
        chain: &'c Chain<'d>,
        local: Option<usize>,
        bindings: &[Binding<'_>],
    ) -> Option<(Outline, &'c [(Link<'d>, &'d str)])> {
        let name = match chain.head {
            Head::Value(kind) => return Some((Outline::of_kind(kind?), &chain.links)),
            Head::Name(name) => name,
        };
        if let Some(index) = local {
            let above = bindings.get(..index)?;
            let Origin::Assigned {
                value: Some(value),
                is_part,
                ..
            } = &bindings.get(index)?.origin
            else {
                return None;
            };
            let whole = self.outline_below(value, above);
            let outline = match whole {
                Some(outline) if !is_part => outline,
                // What a frame is split into are frames.
                _ if *is_part => self.outline_below(&value.parent()?, above)?,
                _ => return None,
            };
            return Some((outline, &chain.links));
        }
        if let Some(outline) = self.outline_of(name) {
            return Some((outline, &chain.links));
        }
        let mut path = name.to_owned();
        for (index, (link, _)) in chain.links.iter().enumerate() {
            match link {
                Link::Attribute(member) => path = format!("{path}.{member}"),
                Link::Method(member) => {
                    let function = self.catalogue().functions.get(&format!("{path}.{member}"))?;
                    let outline = Outline::of_kind(function.returns.as_deref()?);
                    return Some((outline, chain.links.get(index + 1..)?));
                }
                Link::Call => {
                    let function = self.catalogue().functions.get(&path)?;
                    let outline = Outline::of_kind(function.returns.as_deref()?);
                    return Some((outline, chain.links.get(index + 1..)?));
                }
                Link::Index => return None,
            }
        }
        None
    }

    /// Returns what a link gives by what is documented of the type it follows.
    fn documented(&self, outline: Outline, link: Link<'_>, text: &str) -> Option<Outline> {
        let kind = match link {
            Link::Attribute(name) | Link::Method(name) => {
                let member = self.catalogue().types.get(&outline.kind)?.get(name)?;
                member.returns.as_deref()?
            }
            Link::Index => match (outline.kind.as_str(), text.get(1..2)?) {
                ("frame", "[") => "frame",
                ("frame", _) => "series",
                ("string", _) => "string",
                _ => return None,
            },
            Link::Call => return None,
        };
        Some(if kind == outline.kind {
            outline
        } else {
            Outline::of_kind(kind)
        })
    }

    /// Returns the dotted name of a part of the builtins, such as `dbutils.fs`.
    pub(crate) fn module(&self, chain: &Chain<'_>) -> Option<String> {
        let Head::Name(name) = chain.head else { return None };
        if self.bindings.iter().any(|binding| binding.name == name) || self.value(name).is_some() {
            return None;
        }
        let mut path = name.to_owned();
        for (link, _) in &chain.links {
            let Link::Attribute(member) = link else {
                return None;
            };
            path = format!("{path}.{member}");
        }
        let inside = format!("{path}.");
        let (first, _) = self.catalogue().functions.range(inside.clone()..).next()?;
        first.starts_with(&inside).then_some(path)
    }

    /// Finds what is called.
    pub(crate) fn callee(&self, chain: &Chain<'_>) -> Option<Builtin> {
        let name = called(chain)?;
        if let Some(owner) = chain.parent() {
            if let Some(module) = self.module(&owner) {
                return self
                    .catalogue()
                    .functions
                    .get(&format!("{module}.{name}"))
                    .cloned();
            }
            let outline = self.outline(&owner)?;
            return self.catalogue().types.get(&outline.kind)?.get(name).cloned();
        }
        let local = self.bindings.iter().rfind(|binding| binding.name == name);
        match local.map(|binding| &binding.origin) {
            Some(Origin::Function(parameters)) => Some(written(name, parameters)),
            Some(Origin::Assigned { .. } | Origin::Other) => None,
            None => match self.outline_of(name) {
                Some(outline) => outline.function.map(|function| Builtin {
                    name: name.to_owned(),
                    ..function
                }),
                None => self.catalogue().functions.get(name).cloned(),
            },
        }
    }

    /// Returns the columns that a chain has, or else those of the nearest part of it that has some.
    pub(crate) fn columns(&self, chain: &Chain<'_>) -> Vec<ColumnOutline> {
        let mut at = Some(chain.clone());
        while let Some(chain) = at {
            if let Some(outline) = self.outline(&chain)
                && !outline.columns.is_empty()
            {
                return outline.columns;
            }
            at = chain.parent();
        }
        Vec::new()
    }

    /// Describes what a name of the cells above is: `frame 891 rows × 12 columns`.
    pub(crate) fn about(&self, name: &str) -> String {
        let Some(value) = self.value(name) else {
            return "not run".to_owned();
        };
        let value = value.value();
        let kind = value.get_type();
        // Writing out what is long takes long: for these the beginning or the number of items has to do.
        if let Some(text) = value.unpack_str() {
            return format!("{kind} {}", beginning(text));
        }
        if matches!(kind, "list" | "tuple" | "dict" | "set") {
            let length = value.length().unwrap_or(0);
            return format!("{kind}, {length} item{}", if length == 1 { "" } else { "s" });
        }
        if matches!(kind, "struct" | "record" | "function") {
            return kind.to_owned();
        }
        let summary = self.snapshot.language().summary(value);
        // Some values say themselves what they are.
        if summary.text.starts_with(&summary.kind) {
            return summary.text;
        }
        format!("{} {}", summary.kind, summary.text).trim_end().to_owned()
    }

    /// Returns every frame that is bound, with its name.
    pub(crate) fn frames(&self) -> Vec<(&'a str, Outline)> {
        let names = self.names().into_iter();
        names
            .filter_map(|name| Some((name, self.outline_of(name)?)))
            .filter(|(_, outline)| outline.kind == "frame")
            .collect()
    }
}

/// How much of a string is shown, in characters.
const BEGINNING: usize = 40;

/// Writes the beginning of a string in quotes.
fn beginning(text: &str) -> String {
    let mut characters = text.chars();
    let start: String = characters
        .by_ref()
        .take(BEGINNING)
        .take_while(|c| *c != '\n')
        .collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("\"{start}{more}\"")
}

/// Creates the description of a function of the unfinished cell.
fn written(name: &str, parameters: &str) -> Builtin {
    let mut is_named = false;
    let mut found = Vec::new();
    for (parameter, default) in written_parameters(parameters) {
        let passing = match parameter {
            "*" => {
                is_named = true;
                continue;
            }
            _ if parameter.starts_with("**") => Passing::NamedRest,
            _ if parameter.starts_with('*') => Passing::Rest,
            _ if is_named => Passing::Name,
            _ => Passing::Either,
        };
        is_named |= passing == Passing::Rest;
        found.push(Parameter {
            name: parameter.trim_start_matches('*').to_owned(),
            passing,
            default: default.map(str::to_owned),
            accepts: String::new(),
            about: String::new(),
            choices: Vec::new(),
            meaning: Meaning::Text,
            effect: Effect::Pure,
        });
    }
    Builtin {
        name: name.to_owned(),
        usage: Usage::Call(found),
        summary: String::new(),
        details: String::new(),
        returns: None,
        example: String::new(),
        declared: None,
        is_deferred: false,
        is_dry: false,
    }
}
