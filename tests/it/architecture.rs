//! The shape of the source: which folder uses which, lists that name every variant, and the size of files.
//!
//! The table of arrows is the one in `ARCHITECTURE.md`, so that the page cannot differ from what is checked.

mod circles;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A kind of variant: what marks one, the folder that holds all of them, and the list that names each.
struct Variants {
    mark: Mark,
    folder: &'static str,
    file: &'static str,
    /// How the list begins.
    list: &'static str,
}

/// What a file with a variant holds.
enum Mark {
    /// An implementation of this trait; the list names the type.
    Trait(&'static str),
    /// A constant of this name and type; the list names it with its module.
    Constant(&'static str, &'static str),
}

const VARIANTS: [Variants; 10] = [
    Variants {
        mark: Mark::Trait("FormatSyntax"),
        folder: "notebook",
        file: "notebook/format/mod.rs",
        list: "static FORMATS",
    },
    Variants {
        mark: Mark::Trait("Runner"),
        folder: "language",
        file: "language/mod.rs",
        list: "static RUNNERS",
    },
    Variants {
        mark: Mark::Trait("BuiltinModule"),
        folder: "language",
        file: "language/mod.rs",
        list: "static BUILTIN_MODULES",
    },
    Variants {
        mark: Mark::Trait("Prepare"),
        folder: "model/recipe",
        file: "model/recipe/mod.rs",
        list: "enum FittedStep",
    },
    Variants {
        mark: Mark::Constant("ENTRY", "EstimatorEntry"),
        folder: "model",
        file: "model/mod.rs",
        list: "static ESTIMATORS",
    },
    Variants {
        mark: Mark::Trait("Command"),
        folder: "repl/commands",
        file: "repl/commands/mod.rs",
        list: "static COMMANDS",
    },
    Variants {
        mark: Mark::Trait("Source"),
        folder: "assist/completion",
        file: "assist/completion/mod.rs",
        list: "static SOURCES",
    },
    Variants {
        mark: Mark::Trait("Export"),
        folder: "export",
        file: "export/mod.rs",
        list: "static EXPORTS",
    },
    Variants {
        mark: Mark::Trait("Perform"),
        folder: "pipeline/activity",
        file: "pipeline/definition/action.rs",
        list: "enum Action",
    },
    Variants {
        mark: Mark::Constant("SCHEME", "Scheme"),
        folder: "storage",
        file: "storage/mod.rs",
        list: "static SCHEMES",
    },
];

/// A file of `src/`, without its tests, comments and test modules.
struct Source {
    /// The path below `src/`, with `/`.
    path: String,
    code: String,
}

impl Source {
    /// Returns the folder directly below `src/`, or the file's own name there.
    fn folder(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Returns how many `super::` lead from this file's module to the root.
    /// Returns the folder within which a word has one meaning: the planner of SQL is a language of its own.
    fn room(&self) -> &str {
        if self.path.starts_with("frame/sql/") {
            "frame/sql"
        } else {
            self.folder()
        }
    }

    fn depth(&self) -> usize {
        self.path.split('/').filter(|part| *part != "mod.rs").count()
    }

    /// Returns what this file names at the root of the crate: `frame` for `crate::frame::Frame`.
    fn uses(&self) -> BTreeSet<String> {
        let root = "super::".repeat(self.depth());
        let mut names = BTreeSet::new();
        for start in ["crate::", root.as_str()] {
            for (offset, _) in self.code.match_indices(start) {
                // `pub(crate)` does not match; `$crate::` and `other_crate::` are not this crate's root.
                let before = self.code[..offset].chars().next_back().unwrap_or(' ');
                if !(before.is_alphanumeric() || "_$:".contains(before)) {
                    names.extend(first_names(&self.code[offset + start.len()..]));
                }
            }
        }
        names
    }
}

/// Returns the name that a path begins with, or the names in its braces.
fn first_names(path: &str) -> Vec<String> {
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let Some(inside) = path.strip_prefix('{') else {
        return vec![word(path)];
    };
    let mut names = Vec::new();
    let mut depth = 0;
    let mut expects_name = true;
    for (offset, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expects_name = true,
            c if expects_name && !c.is_whitespace() => {
                names.push(word(&inside[offset..]));
                expects_name = false;
            }
            _ => {}
        }
    }
    names
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Reads all of `src/`, in order of path.
fn sources() -> Vec<Source> {
    let mut folders = vec![root()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                if !name.ends_with("tests.rs") {
                    sources.push(Source {
                        path: name,
                        code: code(&fs::read_to_string(&path).unwrap()),
                    });
                }
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// Returns `text` with comments blanked, up to the test module at its end.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let lines = text[..end].lines().map(|line| {
        if line.trim_start().starts_with("//") {
            ""
        } else {
            line
        }
    });
    lines.map(|line| format!("{line}\n")).collect::<Vec<_>>().concat()
}

/// Reads the table of `ARCHITECTURE.md`: which folder may use which.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let page = fs::read_to_string(root().with_file_name("ARCHITECTURE.md")).unwrap();
    let rows: Vec<(String, String)> = page
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix("| `src/")?.split('|').map(str::trim).collect();
            let folder = cells
                .first()?
                .trim_end_matches(['`', '/'])
                .trim_end_matches(".rs");
            Some((folder.to_owned(), (*cells.get(2)?).to_owned()))
        })
        .collect();
    assert!(rows.len() >= 10, "ARCHITECTURE.md has a table of folders");
    let names: Vec<String> = rows.iter().map(|(folder, _)| folder.clone()).collect();
    let may_use = |(position, (folder, used)): (usize, &(String, String))| {
        let mut used: BTreeSet<String> = match used.as_str() {
            "all" => names.iter().cloned().collect(),
            "all above" => names[..position]
                .iter()
                .filter(|name| *name != "main")
                .cloned()
                .collect(),
            list => list.split(", ").map(str::to_owned).collect(),
        };
        used.extend([folder.clone(), "error".to_owned()]);
        (folder.clone(), used)
    };
    rows.iter().enumerate().map(may_use).collect()
}

#[track_caller]
fn assert_none(offences: Vec<String>) {
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

#[test]
fn folders_use_only_what_the_table_allows() {
    let arrows = arrows();
    let mut offences = Vec::new();
    for source in sources().iter().filter(|source| source.folder() != "lib") {
        let Some(allowed) = arrows.get(source.folder()) else {
            offences.push(format!(
                "{}: its folder is not in the table of ARCHITECTURE.md",
                source.path
            ));
            continue;
        };
        for name in source.uses() {
            // What the library exports at its root (`crate::Error`) belongs to `error`.
            let folder = if arrows.contains_key(&name) {
                name
            } else {
                "error".to_owned()
            };
            if !allowed.contains(&folder) {
                offences.push(format!(
                    "{}: {} may not use {folder}",
                    source.path,
                    source.folder()
                ));
            }
        }
    }
    assert_none(offences);
}

#[test]
fn every_variant_is_in_its_list() {
    let sources = sources();
    let mut offences = Vec::new();
    for Variants {
        mark,
        folder,
        file,
        list,
    } in VARIANTS
    {
        let source = sources.iter().find(|source| source.path == file);
        let Some(listed) = source.and_then(|source| entries(&source.code, list)) else {
            offences.push(format!("{file}: there is no `{list}`"));
            continue;
        };
        let below = format!("{folder}/");
        let found: Vec<(&str, String)> = sources
            .iter()
            .filter(|source| source.path.starts_with(&below))
            .flat_map(|source| {
                variants(source, &mark)
                    .into_iter()
                    .map(|name| (source.path.as_str(), name))
            })
            .collect();
        if found.is_empty() {
            offences.push(format!("{file}: nothing that belongs into `{list}` is found"));
        }
        let missing = found.iter().filter(|(_, name)| !listed.contains(name));
        offences
            .extend(missing.map(|(path, name)| format!("{path}: {name} is missing from `{list}` in {file}")));
    }
    assert_none(offences);
}

/// Returns how a list would name the variants in a file.
fn variants(source: &Source, mark: &Mark) -> Vec<String> {
    match mark {
        Mark::Trait(name) => source
            .code
            .lines()
            .filter(|line| line.starts_with("impl"))
            .filter_map(|line| line.split_once(&format!(" {name} for ")))
            .map(|(_, of)| of.chars().take_while(|c| c.is_alphanumeric()).collect())
            .collect(),
        Mark::Constant(name, of) if source.code.contains(&format!("const {name}: {of}")) => {
            let module = source.path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
            vec![format!("{}::{name}", module.rsplit('/').next().unwrap())]
        }
        Mark::Constant(..) => Vec::new(),
    }
}

/// Returns the names in a list, and each pair of names around a `::`.
fn entries(code: &str, list: &str) -> Option<BTreeSet<String>> {
    let (_, rest) = code.split_once(list)?;
    let (inside, _) = rest.split_once(if list.starts_with("enum") { "\n}" } else { ";\n" })?;
    let paths = inside.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    Some(
        paths
            .flat_map(|path| [path].into_iter().chain(path.split("::")))
            .map(str::to_owned)
            .collect(),
    )
}

#[test]
fn every_subcommand_is_called() {
    let sources = sources();
    let commands = &sources
        .iter()
        .find(|source| source.path == "cli/mod.rs")
        .unwrap()
        .code;
    let calls = sources
        .iter()
        .filter(|source| source.code.contains("pub(super) fn execute("))
        .filter_map(|source| {
            let name = source.path.strip_prefix("cli/")?.strip_suffix(".rs")?;
            let name = name.strip_suffix("/mod").unwrap_or(name);
            (!commands.contains(&format!("{name}::execute(")))
                .then(|| format!("cli/mod.rs: {name} is not called"))
        });
    assert_none(calls.collect());
}

#[test]
fn a_session_is_put_together_in_one_place() {
    let sources = sources();
    let places = sources
        .iter()
        .filter(|source| source.code.contains("Session::new("));
    let places: Vec<&str> = places.map(|source| source.path.as_str()).collect();
    assert_eq!(places, ["job/assembly.rs"]);
}

#[test]
fn what_a_cell_gives_leaves_in_one_place() {
    // Only who has the channel can tell what a cell shows, binds, or fails with.
    let sources = sources();
    let has_channel = |source: &&Source| source.code.contains("Sender<(CellId");
    let places = sources.iter().filter(has_channel);
    let places: Vec<&str> = places.map(|source| source.path.as_str()).collect();
    assert_eq!(places, ["session/outlet.rs"]);
}

#[test]
fn text_leaves_by_writers_that_take_the_values_of_secrets_out() {
    // Who writes to a screen or a file, and what of it: data as they are, or text without the values of secrets.
    let writers = [
        "io::stdout",
        "io::stderr",
        "Term::",
        "fs::write(",
        "AtomicFile::create",
        "OpenOptions::new",
        "write_unsynced(",
    ];
    let data = [
        "file.rs",
        "cache/",
        "storage/",
        "secret/",
        "workspace/",
        "frame/spool.rs",
        "database/sqlite/tests/",
        "job/memory.rs",
        // Makes the empty file of the store of runs, which SQLite writes.
        "schedule/store/sqlite.rs",
        // Makes the log of the store of runs last, which SQLite writes.
        "schedule/store/disk.rs",
        // Workspaces of tests.
        "schedule/scheduler/tests/model.rs",
        "schedule/store/testing.rs",
        // Definitions and notebooks, byte for byte.
        "cli/dataset/contents.rs",
        "cli/pipeline/import.rs",
        "pipeline/published/",
        // Read the keyboard, look at the terminal, and write the person's own cells to the person's own file.
        "cli/environment.rs",
        // Draws on the terminal what monitor/terminal/words.rs has written without them.
        "cli/monitor/",
        "cli/present.rs",
        "cli/prompt.rs",
        // The value that a person types into an editor.
        "cli/secrets/value.rs",
        "cli/trust.rs",
        "repl/present/keys.rs",
        "repl/notebook_file.rs",
        "notebook/file.rs",
    ];
    let offences = sources().into_iter().filter(|source| {
        let is_one = writers.iter().any(|writer| source.code.contains(writer));
        let is_data = data.iter().any(|place| source.path.starts_with(place));
        is_one && !is_data && !source.code.contains("redact")
    });
    assert_none(
        offences
            .map(|source| format!("{}: writes text as it is", source.path))
            .collect(),
    );
}

#[test]
fn files_are_small() {
    let long = sources().into_iter().filter_map(|source| {
        let lines = source.code.trim_end().lines().count();
        (lines > 500).then(|| format!("{}: {lines} lines; split it by 500", source.path))
    });
    assert_none(long.collect());
}

#[test]
fn the_library_neither_prints_nor_exits_nor_reads_the_environment() {
    let everywhere = ["todo!", "unimplemented!", "dbg!"];
    let outside = [
        "println!",
        "print!",
        "eprintln!",
        "eprint!",
        "env::var",
        "env::args",
        "env::current_dir",
        "process::exit",
        "io::stdout",
        "io::stderr",
        "io::stdin",
    ];
    let mut offences = Vec::new();
    for source in sources() {
        let may = ["cli", "repl", "main"].contains(&source.folder());
        let banned = everywhere.iter().chain(outside.iter().filter(|_| !may));
        for word in banned.filter(|word| has_word(&source.code, word)) {
            offences.push(format!("{}: {word}", source.path));
        }
    }
    assert_none(offences);
}

/// Tells whether `word` stands in `code` on its own, not as the end of a longer one.
fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(offset, _)| {
        !code[..offset].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    })
}

#[test]
fn paths_are_read_from_every_way_of_writing_them() {
    let source = Source {
        path: "session/bound.rs".to_owned(),
        code: "use crate::{\n frame::{Frame, a}, notebook::Cell};\nuse crate::error::Error;\n\
               pub(crate) fn f(x: super::super::render::Style, y: super::scope::Scope) {}\nuse other_crate::model;"
            .to_owned(),
    };
    assert_eq!(
        source.uses().into_iter().collect::<Vec<_>>(),
        ["error", "frame", "notebook", "render"]
    );
}

#[test]
fn no_type_name_means_two_things_in_one_folder() {
    let mut files: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        for name in source.code.lines().filter_map(defined_type) {
            let key = (source.room().to_owned(), name.to_owned());
            files.entry(key).or_default().insert(source.path.clone());
        }
    }
    let offences = files.into_iter().filter(|(_, files)| files.len() > 1);
    assert_none(
        offences
            .map(|((_, name), files)| format!("{name}: {files:?}"))
            .collect(),
    );
}

/// Returns the name of the type that a line defines, but for the types of a trait.
fn defined_type(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub").unwrap_or(line);
    let rest = match rest.strip_prefix('(') {
        Some(place) => place.split_once(") ")?.1,
        None => rest.strip_prefix(' ').unwrap_or(rest),
    };
    let (kind, name) = rest.split_once(' ')?;
    let name = ["struct", "enum", "trait", "type", "union"]
        .contains(&kind)
        .then_some(name)?;
    name.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()
}
