//! Files that use each other in a circle: which file uses which, however its path is written.
//!
//! A `mod.rs` is left out: that a list names its variants and each variant the trait beside the list is no fault.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, assert_none, sources};

/// A folder whose files may use each other in a circle, and why.
struct Allowed {
    folder: &'static str,
    _reason: &'static str,
}

const ALLOWED: [Allowed; 2] = [
    Allowed {
        folder: "language/frame/",
        _reason: "the types of values give each other: a frame's column is a series, a frame's groups are folded to a frame",
    },
    Allowed {
        folder: "session/session",
        _reason: "a session's methods stand in a file for each question, and each file has what it remembers",
    },
];

/// How often a name may be passed on by a `use` before it is taken for lost.
const MOST_IMPORTS: usize = 16;

/// The words before a name that is defined.
const DEFINING: [&str; 9] = [
    "fn",
    "struct",
    "enum",
    "trait",
    "type",
    "const",
    "static",
    "union",
    "macro_rules",
];

/// A file as a module.
#[derive(Default)]
struct Module {
    /// The path of its file below `src/`.
    file: String,
    /// The paths that a `use` brings in, by the name they have here.
    imports: BTreeMap<String, Vec<String>>,
    /// The modules of which everything is brought in.
    globs: Vec<Vec<String>>,
    /// Every path of more than one name, those after `use` too.
    paths: BTreeSet<Vec<String>>,
    definitions: BTreeSet<String>,
}

impl Module {
    fn of(source: &Source) -> Self {
        let mut module = Self {
            file: source.path.clone(),
            ..Self::default()
        };
        let tokens = tokens(&source.code);
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let next = tokens.get(at + 1).copied().unwrap_or_default();
            if *token == "use" && next != "<" {
                at = module.import(&tokens, at + 1, &mut Vec::new()) + 1;
                continue;
            }
            if DEFINING.contains(token) {
                let name = if next == "!" {
                    tokens.get(at + 2)
                } else {
                    tokens.get(at + 1)
                };
                module.definitions.extend(name.map(|name| (*name).to_owned()));
            }
            let is_start = !at
                .checked_sub(1)
                .is_some_and(|at| ["::", ".", "$"].contains(&tokens[at]));
            let path = path(&tokens, at);
            if is_start && path.len() > 1 {
                at += path.len() * 2 - 1;
                module.paths.insert(path);
                continue;
            }
            at += 1;
        }
        module
    }

    /// Reads the tree of a `use` from the token at `at`, below `before`; returns where it ends.
    fn import(&mut self, tokens: &[&str], mut at: usize, before: &mut Vec<String>) -> usize {
        let length = before.len();
        while let Some(token) = tokens.get(at) {
            match *token {
                "{" => {
                    at += 1;
                    while tokens.get(at).is_some_and(|token| *token != "}") {
                        at = self.import(tokens, at, &mut before.clone());
                        at += usize::from(tokens.get(at) == Some(&","));
                    }
                    before.truncate(length);
                    return at + 1;
                }
                "*" => {
                    self.globs.push(before.clone());
                    return at + 1;
                }
                "::" => {}
                "as" => {
                    let name = tokens.get(at + 1).copied().unwrap_or_default();
                    self.imported(name, before);
                    return at + 2;
                }
                name if is_name(name) => before.push(name.to_owned()),
                _ => break,
            }
            at += 1;
        }
        if before.last().is_some_and(|last| last == "self") {
            before.pop();
        }
        if let Some(name) = before.last().cloned() {
            self.imported(&name, before);
        }
        at
    }

    fn imported(&mut self, name: &str, path: &[String]) {
        self.imports.insert(name.to_owned(), path.to_vec());
        self.paths.insert(path.to_vec());
    }
}

/// Splits Rust into names, `::` and other marks; comments, strings and lifetimes are left out.
fn tokens(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = text_length(rest) {
            length
        } else if first == '_' || first.is_alphanumeric() {
            let length = rest
                .find(|next: char| !(next == '_' || next.is_alphanumeric()))
                .unwrap_or(rest.len());
            found.push(&rest[..length]);
            length
        } else if rest.starts_with("::") {
            found.push("::");
            2
        } else {
            if !first.is_whitespace() {
                found.push(&rest[..first.len_utf8()]);
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

/// Returns the length of the string, character or lifetime that `code` begins with.
fn text_length(code: &str) -> Option<usize> {
    let raw = code.trim_start_matches('b');
    if let Some(raw) = raw.strip_prefix('r')
        && raw.trim_start_matches('#').starts_with('"')
    {
        let marks = raw.len() - raw.trim_start_matches('#').len();
        let end = format!("\"{}", "#".repeat(marks));
        let body = code.len() - raw.len() + marks + 1;
        return Some(
            code[body..]
                .find(&end)
                .map_or(code.len(), |at| body + at + end.len()),
        );
    }
    let plain = code.strip_prefix('b').unwrap_or(code);
    let prefix = code.len() - plain.len();
    if plain.starts_with('\'') && !plain[1..].starts_with('\\') && plain.chars().nth(2) != Some('\'') {
        let name = plain[1..].find(|next: char| !(next == '_' || next.is_alphanumeric()));
        return Some(1 + name.unwrap_or(plain.len() - 1));
    }
    let mark = plain.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
    let mut is_escaped = false;
    let end = plain.char_indices().skip(1).find(|(_, next)| {
        let ends = *next == mark && !is_escaped;
        is_escaped = *next == '\\' && !is_escaped;
        ends
    });
    Some(prefix + end.map_or(plain.len(), |(at, _)| at + 1))
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first == '_' || first.is_alphabetic())
}

/// Returns the names that `::` joins from the token at `at` on.
fn path(tokens: &[&str], mut at: usize) -> Vec<String> {
    let mut names = Vec::new();
    while tokens.get(at).is_some_and(|token| is_name(token)) {
        names.push(tokens[at].to_owned());
        if tokens.get(at + 1) != Some(&"::") {
            break;
        }
        at += 2;
    }
    names
}

/// What a path leads to.
enum Found {
    Module(Vec<String>),
    /// Something that the file of this module defines.
    Item(Vec<String>),
}

/// Every file of a crate, by its module's path.
struct Crate {
    modules: BTreeMap<Vec<String>, Module>,
}

impl Crate {
    fn of(sources: &[Source]) -> Self {
        let module = |source: &Source| {
            let path = source.path.trim_end_matches(".rs");
            let path = path.strip_suffix("/mod").unwrap_or(path);
            let names = path.split('/').filter(|name| *name != "lib").map(str::to_owned);
            (names.collect(), Module::of(source))
        };
        Self {
            modules: sources.iter().map(module).collect(),
        }
    }

    /// Finds what `path` means in the module `at`; `None` for what is of another crate.
    fn resolve(&self, at: &[String], path: &[String], passed: usize) -> Option<Found> {
        if passed > MOST_IMPORTS {
            return None;
        }
        let first = path.first()?;
        let mut rest = path.iter().peekable();
        let mut module = match first.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => at.to_vec(),
            _ => {
                let is_known = self.modules.contains_key(&child(at, first))
                    || self.modules.get(at)?.imports.contains_key(first);
                is_known.then(|| at.to_vec())?
            }
        };
        while let Some(start) = rest.next_if(|name| ["crate", "self", "super"].contains(&name.as_str())) {
            if start == "super" {
                module.pop();
            }
        }
        for name in rest {
            match self.member(&module, name, passed)? {
                Found::Module(inner) => module = inner,
                item @ Found::Item(_) => return Some(item),
            }
        }
        Some(Found::Module(module))
    }

    /// Finds what `name` is in the module `at`.
    fn member(&self, at: &[String], name: &str, passed: usize) -> Option<Found> {
        let inner = child(at, name);
        if self.modules.contains_key(&inner) {
            return Some(Found::Module(inner));
        }
        let module = self.modules.get(at)?;
        if let Some(path) = module.imports.get(name) {
            return self.resolve(at, path, passed + 1);
        }
        if !module.definitions.contains(name) {
            for glob in &module.globs {
                if let Some(Found::Module(inner)) = self.resolve(at, glob, passed + 1)
                    && self.modules.get(&inner)?.definitions.contains(name)
                {
                    return Some(Found::Item(inner));
                }
            }
        }
        Some(Found::Item(at.to_vec()))
    }

    /// Returns which file uses which, and what of it.
    fn arrows(&self) -> Arrows<'_> {
        let mut arrows = Arrows::new();
        for (at, module) in self.modules.iter().filter(|(_, module)| counts(module)) {
            for path in module.paths.iter().chain(&module.globs) {
                let (Some(Found::Module(found) | Found::Item(found)), Some(last)) =
                    (self.resolve(at, path, 0), path.last())
                else {
                    continue;
                };
                let used = self.modules.get(&found).filter(|used| counts(used));
                if let Some(used) = used.filter(|used| used.file != module.file) {
                    let of = arrows.entry(&module.file).or_default();
                    of.entry(&used.file).or_default().insert(last);
                }
            }
        }
        arrows
    }
}

/// By file, the files that it uses, and the names of what it uses there.
type Arrows<'a> = BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<&'a str>>>;

fn counts(module: &Module) -> bool {
    !module.file.ends_with("mod.rs") && !["lib.rs", "main.rs"].contains(&module.file.as_str())
}

fn child(of: &[String], name: &str) -> Vec<String> {
    of.iter().cloned().chain([name.to_owned()]).collect()
}

/// Returns every file that the one at `start` leads to.
fn reached<'a>(arrows: &Arrows<'a>, start: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![start];
    while let Some(file) = open.pop() {
        for used in arrows.get(file).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(*used) {
                open.push(used);
            }
        }
    }
    found
}

/// Returns the sets of files of which each leads to each other.
fn circles<'a>(arrows: &Arrows<'a>) -> BTreeSet<BTreeSet<&'a str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        arrows.keys().map(|file| (*file, reached(arrows, file))).collect();
    let circle = |file: &&str| -> BTreeSet<&str> {
        let all = reached[file].iter().copied();
        all.filter(|other| reached.get(other).is_some_and(|back| back.contains(file)))
            .collect()
    };
    arrows
        .keys()
        .map(circle)
        .filter(|circle| !circle.is_empty())
        .collect()
}

/// Writes a circle so that one sees where it may be cut.
fn written(circle: &BTreeSet<&str>, arrows: &Arrows<'_>) -> String {
    let mut text = format!("{} files use each other in a circle:\n", circle.len());
    for file in circle {
        for (used, names) in arrows[file].iter().filter(|(used, _)| circle.contains(*used)) {
            let names = names.iter().copied().collect::<Vec<_>>().join(", ");
            text += &format!("    {file} → {used} ({names})\n");
        }
    }
    text
}

#[test]
fn files_use_each_other_in_no_circle() {
    let sources = sources();
    let crate_ = Crate::of(&sources);
    let arrows = crate_.arrows();
    let is_allowed = |circle: &&BTreeSet<&str>| {
        ALLOWED
            .iter()
            .map(|allowed| allowed.folder)
            .any(|folder| circle.iter().all(|file| file.starts_with(folder)))
    };
    let circles = circles(&arrows);
    let offences = circles.iter().filter(|circle| !is_allowed(circle));
    assert_none(offences.map(|circle| written(circle, &arrows)).collect());
    assert!(circles.len() <= ALLOWED.len(), "one circle for each reason");
    for Allowed { folder, .. } in ALLOWED {
        let is_used = |circle: &BTreeSet<&str>| circle.iter().all(|file| file.starts_with(folder));
        assert!(circles.iter().any(is_used), "{folder} has no circle any more");
    }
}

/// Returns the circles of a made-up crate, each as its files in order.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<Source> = files
        .iter()
        .map(|(path, code)| Source {
            path: (*path).to_owned(),
            code: (*code).to_owned(),
        })
        .collect();
    let crate_ = Crate::of(&sources);
    let circles = circles(&crate_.arrows());
    circles
        .into_iter()
        .map(|circle| circle.into_iter().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn a_circle_is_found_however_its_paths_are_written() {
    let tree = |one: &'static str, two: &'static str| {
        found(&[
            ("lib.rs", "pub mod a; pub use a::Two;"),
            (
                "a/mod.rs",
                "mod one; mod two; mod three; pub(super) use two::{self, Two}; use three as third;",
            ),
            ("a/one.rs", one),
            ("a/two.rs", two),
            ("a/three.rs", "use super::two::*; struct Three;"),
            ("a/two/inner.rs", "pub(super) struct Inner;"),
        ])
    };
    let ways_to_two = [
        "use super::two::Two;",
        "use super::Two as Other;",
        "use crate::{a::{two}, b};",
        "use crate::Two;",
        "fn f() -> super::two::Two {}",
        "fn f() { crate::a::two::make::<u8>() }",
        "use super::two::*;",
        "use super::two::{self};",
        "fn f(x: &'static super::third::Three, y: char) { y == '\"'; }",
    ];
    let ways_to_one = [
        "use super::one::One; struct Two;",
        "const TEXT: &str = r#\"\"\"#; fn f(x: super::one::One) {}",
        "mod inner; use self::inner::Inner; use crate::a::one;",
    ];
    for way in ways_to_two {
        for back in ways_to_one {
            let circle = if way.contains("third") {
                "a/one.rs a/three.rs a/two.rs"
            } else {
                "a/one.rs a/two.rs"
            };
            assert_eq!(tree(way, back), [circle], "{way} {back}");
        }
        assert!(
            tree(way, "struct Two; // use super::one::One;").is_empty(),
            "{way}"
        );
    }
}

#[test]
fn a_list_and_its_variants_are_no_circle() {
    let files = [
        (
            "a/mod.rs",
            "mod one; mod two; trait Variant {} static ALL: [&dyn Variant; 2] = [&one::One, &two::Two];",
        ),
        (
            "a/one.rs",
            "use super::Variant; struct One; /* super::two::Two */ fn f() { \"super::two::Two\"; 'x'; }",
        ),
        (
            "a/two.rs",
            "use super::{Variant, one::One}; use std::{a::one, self}; fn f<'a>(x: &'a One) {}",
        ),
    ];
    assert!(found(&files).is_empty());
}
