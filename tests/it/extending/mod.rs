//! What it takes to add a builtin or a kind of cell: one file, and its line in a list.

mod builtin;
mod kind;

use std::sync::Arc;

use sheaf::assist::{Assistant, Position, highlight};
use sheaf::describe::Effect;
use sheaf::job::{Job, Options};
use sheaf::language::{Extension, SheafLanguage};
use sheaf::notebook::Cell;
use sheaf::render::highlight::Highlight;
use sheaf::render::{Style, help, output};
use sheaf::repl::command_specs;
use sheaf::session::Session;
use sheaf::workspace::Workspace;

/// The two lines: what a list of the language would name.
const EXTENSION: Extension = Extension {
    register: builtin::builtins,
    runners: &[&kind::Shout],
};

fn session() -> Session {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::find(folder.path()).unwrap();
    let options = Options {
        language: Some(Arc::new(SheafLanguage::with(&[EXTENSION]))),
        ..Options::default()
    };
    let job = Job::in_folder(folder.path(), &workspace, &options);
    job.unwrap().into_session()
}

/// Runs a cell; returns what it shows, or its error and hint.
fn run(session: &mut Session, source: &str) -> String {
    let id = session.append(Cell::from_prompt(source));
    let mut shown = Vec::new();
    match session.run(id, |item| shown.push(output(&item, &Style::default()))) {
        Ok(()) => shown.join("\n"),
        Err(error) => format!("{} | {}", error.message, error.hint.unwrap_or_default()),
    }
}

/// Returns the names of what could follow the text of a cell below the last one.
fn candidates(session: &Session, text: &str) -> Vec<String> {
    let at = Position {
        cell: session.count(),
        offset: text.len(),
    };
    let found = Assistant::new(command_specs()).complete(&session.snapshot(), at, text);
    found.candidates.into_iter().map(|found| found.display).collect()
}

#[test]
fn a_builtin_is_known_everywhere_by_its_own_file() {
    let mut session = session();
    assert_eq!(run(&mut session, "lettercount(\"a > 1\")"), "5");
    let wrong = run(&mut session, "lettercuont(\"a > 1\")");
    assert!(wrong.contains("lettercount"), "{wrong}");
    let wrong = run(&mut session, "lettercount(\"a\", unti=\"words\")");
    assert!(wrong.contains("unit"), "{wrong}");
    assert_eq!(candidates(&session, "letterc"), ["lettercount"]);
    assert_eq!(
        candidates(&session, "lettercount(\"a\", unit=\""),
        ["letters", "words"]
    );
    let language = session.language();
    let shown = help(&language.help("lettercount").unwrap(), &Style::default());
    assert!(shown.contains("Counts the letters of a condition."), "{shown}");
    assert!(
        shown.contains("what to count") && !shown.contains("Effect"),
        "{shown}"
    );
    let pieces = highlight("lettercount(\"a AND b\")", None, language.catalogue());
    let keywords = pieces
        .iter()
        .filter(|piece| piece.highlight == Highlight::Keyword);
    assert_eq!(keywords.map(|piece| piece.text).collect::<Vec<_>>(), ["AND"]);
    let functions = &language.catalogue().functions;
    assert_eq!(functions["lettercount"].effect(), Effect::Pure);
    assert_eq!(functions["telegraph"].effect(), Effect::Acts);
}

#[test]
fn a_kind_of_cell_is_known_everywhere_by_its_own_file() {
    let mut session = session();
    assert_eq!(run(&mut session, "%shout\nhear, hear"), "HEAR, HEAR");
    assert!(candidates(&session, "%sho").contains(&"%shout".to_owned()));
    let wrong = run(&mut session, "%shuot\nhear");
    assert!(wrong.contains("shout"), "{wrong}");
    // It has not said what it may do, so it runs alone.
    let runners = session.language().runners();
    let shout = runners.iter().find(|runner| runner.words() == ["shout"]);
    assert_eq!(shout.unwrap().effect("hear"), Some(Effect::Acts));
}
