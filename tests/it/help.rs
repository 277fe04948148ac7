//! Help: every builtin has it, every example in it works, and it fits any terminal.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sheaf::describe::{Builtin, Documented as _, Usage};
use sheaf::frame::sql_functions;
use sheaf::job::{Environment, Options};
use sheaf::language::SheafLanguage;
use sheaf::notebook::Cell;
use sheaf::render::{Style, help, output};
use sheaf::secret::{Caller, SecretValue, Trust};
use sheaf::session::Language as _;
use sheaf::source::CellError;
use sheaf::workspace::Workspace;

use crate::docs::copy_repository;
use crate::live::open;

/// Returns every builtin that a person meets: not what stands for operators, and not names of types.
fn builtins(sheaf: &SheafLanguage) -> Vec<&Builtin> {
    let is_met = |builtin: &&Builtin| {
        let name = builtin.name.as_str();
        !name.starts_with("__") && !name.starts_with("typing.") && !["True", "False", "None"].contains(&name)
    };
    sheaf.catalogue().all().filter(is_met).collect()
}

#[test]
fn every_builtin_has_a_summary_an_example_and_a_word_on_each_parameter() {
    let sheaf = SheafLanguage::new();
    let mut lacking = Vec::new();
    for builtin in builtins(&sheaf) {
        let name = &builtin.name;
        if !builtin.summary.ends_with('.') && !builtin.summary.ends_with('`') {
            lacking.push(format!(
                "{name}: its summary is no sentence: {:?}",
                builtin.summary
            ));
        }
        if builtin.example.trim().is_empty() {
            lacking.push(format!("{name}: no example"));
        }
        if let Usage::Call(parameters) = &builtin.usage {
            let silent = parameters.iter().filter(|parameter| parameter.about.is_empty());
            lacking.extend(silent.map(|parameter| format!("{name}: nothing on {}", parameter.name)));
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
    assert!(builtins(&sheaf).len() > 250);
}

/// The environment in which the examples find their secret.
#[derive(Debug)]
struct Variables;

impl Caller for Variables {
    fn variable(&self, name: &str) -> Option<SecretValue> {
        (name == "DB_SQLDBPASSWORD").then(|| SecretValue::new(b"only an example".to_vec()))
    }

    fn variables(&self, _prefix: &str) -> Vec<String> {
        vec!["DB_SQLDBPASSWORD".to_owned()]
    }

    fn home(&self) -> Option<PathBuf> {
        None
    }

    fn ask(&self, _question: &str) -> Option<SecretValue> {
        None
    }
}

/// Copies the repository's workspace, with the scope that the examples name, which is approved.
fn prepare(folder: &Path) {
    copy_repository(folder);
    let file = folder.join("sheaf.ron");
    let text = fs::read_to_string(&file).unwrap();
    let scope = "\"sqldbss\": (store: environment(prefix: \"DB_\")),";
    let text = match text.split_once("secrets: {") {
        Some((before, after)) => format!("{before}secrets: {{{scope}{after}"),
        None => format!("{}secrets: {{{scope}}})\n", text.trim_end().trim_end_matches(')')),
    };
    fs::write(&file, text).unwrap();
    let workspace = Workspace::find(folder).unwrap();
    let trust = Trust::of(&folder.join("state"));
    trust.approve(workspace.root(), workspace.terms()).unwrap();
}

/// Runs source as the only cell of a session; returns what it shows.
fn run(folder: &Path, source: &str) -> Result<String, CellError> {
    let workspace = Workspace::find(folder).unwrap();
    let options = Options {
        environment: Environment {
            state_folder: Some(folder.join("state")),
            caller: Arc::new(Variables),
            ..Environment::default()
        },
        ..Options::default()
    };
    let mut session = open(&workspace, &options);
    let id = session.append(Cell::from_prompt(source));
    let mut shown = Vec::new();
    session.run(id, |item| shown.push(output(&item, &Style::default())))?;
    Ok(shown.join("\n"))
}

#[test]
fn every_example_works_as_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let sheaf = SheafLanguage::new();
    let mut examples: BTreeSet<(&str, &str)> = BTreeSet::new();
    for builtin in builtins(&sheaf) {
        examples.insert((&builtin.name, &builtin.example));
    }
    let mut failed = Vec::new();
    for (name, example) in examples {
        match run(folder.path(), example) {
            Ok(shown) if shown.contains("warning:") => failed.push(format!("{name}: {example}\n{shown}")),
            Ok(_) => {}
            Err(error) => failed.push(format!("{name}: {example}\n{error}")),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn help_is_shown_of_builtins_values_names_and_topics() {
    let folder = tempfile::tempdir().unwrap();
    copy_repository(folder.path());
    let shown = |source: &str| match run(folder.path(), source) {
        Ok(shown) => shown,
        Err(error) => format!("{error} | {}", error.hint.as_deref().unwrap_or_default()),
    };
    let cells = [
        "help(read_json)",
        "help(\"frame.fill_null\")",
        "help(\"abc\".split)",
        "help(frame({\"x\": [1], \"y\": [\"a\"]}))",
        "help(frame({\"x\": [1]}).head)",
        "def double(x):\n    \"Doubles a number.\"\n    return 2 * x\nhelp(double)",
        "help(LogisticRegression().fit(read_csv(\"/mnt/data/titanic.csv\"), target=\"Survived\", features=[\"Sex\", \"Fare\"]))",
        "help(\"group_by\")",
        "help(\"dbutils.widgets\")",
        "help(\"widgets\")",
        "help(\"sql SUBSTR\")",
        "help(\"date_trunc\")",
        "help(\"sql windows\")",
        "help(\"sql subtsring\")",
        "help(\"frame.filtr\")",
        "help(38)",
    ];
    let all: Vec<String> = cells
        .iter()
        .map(|cell| format!(">>> {cell}\n{}", shown(cell)))
        .collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn help_fits_narrow_and_wide_terminals() {
    let sheaf = SheafLanguage::new();
    let names = builtins(&sheaf).into_iter().map(|builtin| builtin.name.clone());
    let topics = [
        "cells",
        "replay",
        "frames",
        "expressions",
        "sql",
        "missing",
        "joins",
        "groups",
        "models",
        "recipes",
    ];
    let more = [
        "plots",
        "files",
        "mounts",
        "widgets",
        "run",
        "secrets",
        "shell",
        "present",
        "",
        "frame",
        "sql functions",
        "sql text",
        "sql percentile_cont",
    ];
    let names = names.chain(topics.iter().chain(&more).map(|topic| (*topic).to_owned()));
    for name in names {
        let of = sheaf.help(&name).unwrap();
        for width in [40, 100] {
            let style = Style {
                width,
                ..Style::default()
            };
            let text = help(&of, &style);
            assert!(!text.trim().is_empty(), "{name}");
            // Code stands as it is written; all else is folded.
            let code = of
                .example
                .lines()
                .chain(of.text.lines())
                .collect::<Vec<_>>()
                .join("\n");
            for line in text.lines().filter(|line| line.chars().count() > width) {
                assert!(code.contains(line.trim()), "{name} at {width}: {line}");
            }
        }
    }
}

#[test]
fn what_a_topic_mentions_exists() {
    let sheaf = SheafLanguage::new();
    let functions = sql_functions().flat_map(|function| function.names);
    let mut known: BTreeSet<&str> = functions.chain(["getArgument"]).collect();
    let builtins = sheaf.catalogue().all().flat_map(|builtin| {
        [
            builtin.name.as_str(),
            builtin.name.rsplit('.').next().unwrap_or_default(),
        ]
    });
    known.extend(builtins);
    let texts = [
        "frames", "missing", "joins", "groups", "models", "files", "plots", "sql",
    ];
    for topic in texts {
        let text = sheaf.help(topic).unwrap().text;
        for code in text.split('`').skip(1).step_by(2) {
            let Some((call, _)) = code.split_once('(') else {
                continue;
            };
            let name = call.rsplit(['.', ' ']).next().unwrap_or_default();
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            let is_sql = name.chars().all(char::is_uppercase);
            assert!(
                !is_name || is_sql || known.contains(name),
                "{topic} mentions {code}"
            );
        }
    }
}

/// Topics with examples that need nothing of their own; that of `mounts` needs a store.
const SHOWN: [&str; 11] = [
    "cells",
    "frames",
    "expressions",
    "sql",
    "missing",
    "joins",
    "groups",
    "models",
    "recipes",
    "widgets",
    "secrets",
];

#[test]
fn every_example_of_a_topic_works() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let sheaf = SheafLanguage::new();
    let mut failed = Vec::new();
    for topic in SHOWN {
        let text = sheaf.help(topic).unwrap().text;
        let examples = text.split("```python\n").skip(1);
        for example in examples.map(|rest| rest.split("```").next().unwrap_or_default()) {
            if let Err(error) = run(folder.path(), example) {
                failed.push(format!("{topic}: {example}\n{error}"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn every_default_is_shown_as_it_is_written() {
    let sheaf = SheafLanguage::new();
    let style = Style::default();
    let hidden: Vec<&str> = builtins(&sheaf)
        .into_iter()
        .map(|builtin| builtin.name.as_str())
        .filter(|name| help(&sheaf.help(name).unwrap(), &style).contains("=..."))
        .collect();
    assert_eq!(hidden, Vec::<&str>::new());
    let shown = help(&sheaf.help("LogisticRegression").unwrap(), &style);
    assert!(shown.contains("C=1.0, fit_intercept=True"), "{shown}");
}

#[test]
fn the_overview_fits_a_screen_and_the_lists_have_everything() {
    let sheaf = SheafLanguage::new();
    let style = Style {
        width: 80,
        ..Style::default()
    };
    let overview = help(&sheaf.help("").unwrap(), &style);
    assert!(overview.lines().count() < 20, "{overview}");
    let listed = |list: &str| help(&sheaf.help(list).unwrap(), &style);
    assert!(listed("topics").contains("Why a session replays"));
    assert!(listed("types").contains("frame"));
    let functions = listed("functions");
    assert!(functions.contains("read_csv") && functions.contains("LogisticRegression"));
}

#[test]
fn every_function_of_sql_has_help_by_each_of_its_names() {
    let sheaf = SheafLanguage::new();
    let style = Style {
        width: 100,
        ..Style::default()
    };
    let all = help(&sheaf.help("sql functions").unwrap(), &style);
    for function in sql_functions() {
        assert!(all.contains(&function.usage), "{}", function.usage);
        for name in &function.names {
            let shown = help(&sheaf.help(&format!("sql {name}")).unwrap(), &style);
            let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                folded(&shown).contains(&folded(&function.usage)),
                "{name}: {shown}"
            );
        }
        let family = sheaf.help(&format!("sql {}", function.family)).unwrap();
        assert!(!family.lists.is_empty(), "{}", function.family);
    }
    let operator = help(&sheaf.help("sql is null").unwrap(), &style);
    assert!(operator.contains("a IS NULL"), "{operator}");
}
