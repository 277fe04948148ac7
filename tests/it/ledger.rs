//! What a cell touched outside is written down once: where any of it is another, the cell is stale, what the cache has of
//! it does not hold, and the comparison of records gives the same cause.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use sheaf::cache::{Cache, Resource};
use sheaf::job::Options;
use sheaf::notebook::Cell;
use sheaf::record::{Cause, Record, Run, cause, compare};
use sheaf::render;
use sheaf::session::{Session, State, Surroundings};
use sheaf::workspace::Workspace;

use crate::live::open;

/// A cell that reads a resource, and how that becomes another.
struct Case {
    resource: Resource,
    /// The last cell is the one that reads.
    cells: &'static [&'static str],
    /// Changes what is outside; what it returns is given for the parameter `p`.
    change: fn(&Path) -> Option<&'static str>,
    /// What the first cell is afterwards.
    edited: Option<&'static str>,
    /// Where the notebook stands afterwards.
    moved: Option<&'static str>,
    /// What a person is told in the session, and in the comparison of records.
    told: [&'static str; 2],
}

fn write(folder: &Path, file: &str, text: &str) {
    fs::write(folder.join(file), text).unwrap();
}

fn cases() -> Vec<Case> {
    let case = Case {
        resource: Resource::Folder,
        cells: &[],
        change: |_| None,
        edited: None,
        moved: None,
        told: [""; 2],
    };
    vec![
        Case {
            resource: Resource::File("one.csv".to_owned()),
            cells: &["read_csv(\"one.csv\")"],
            change: |folder| {
                write(folder, "one.csv", "a\n12\n");
                None
            },
            told: [
                "input file one.csv changed: 4 → 5 bytes",
                "input file one.csv changed: 4 → 5 bytes, digest 5740c871ec → 70079d30e6",
            ],
            ..case
        },
        Case {
            resource: Resource::Library("lib.star".to_owned()),
            cells: &["load(\"lib.star\", \"f\")\nf()"],
            change: |folder| {
                write(folder, "lib.star", "def f():\n    return 25\n");
                None
            },
            told: [
                "input file lib.star changed: 22 → 23 bytes",
                "input file lib.star changed: 22 → 23 bytes, digest ",
            ],
            ..case
        },
        Case {
            resource: Resource::Glob("part-*.csv".to_owned()),
            cells: &["read_csv(\"part-*.csv\")"],
            change: |folder| {
                write(folder, "part-2.csv", "a\n2\n");
                None
            },
            told: ["the files that match part-*.csv: part-2.csv is new"; 2],
            ..case
        },
        Case {
            resource: Resource::Widget("p".to_owned()),
            cells: &[
                "dbutils.widgets.text(\"p\", \"1\")",
                "x = dbutils.widgets.get(\"p\")",
            ],
            change: |_| Some("2"),
            told: [
                "parameter p: \"1\" → \"2\"",
                "parameter p: \"1\" (default) → \"2\" (given)",
            ],
            ..case
        },
        Case {
            resource: Resource::WidgetNames,
            cells: &["dbutils.widgets.text(\"p\", \"1\")", "dbutils.widgets.getAll()"],
            edited: Some("dbutils.widgets.text(\"p\", \"1\")\ndbutils.widgets.text(\"q\", \"1\")"),
            told: ["the names of the parameters: q is new"; 2],
            ..case
        },
        Case {
            resource: Resource::NamesOf("frame".to_owned()),
            cells: &["a = frame({\"x\": [1]})", "%sql SHOW TABLES"],
            edited: Some("a = frame({\"x\": [1]})\nb = a"),
            told: ["the names of the frames above: b is new"; 2],
            ..case
        },
        Case {
            resource: Resource::Folder,
            cells: &["%run ./setup"],
            moved: Some("there/n.py"),
            told: ["the notebook's folder: \"here\" → \"there\""; 2],
            ..case
        },
    ]
}

fn session(folder: &Path, notebook: &str, cells: &[&str], parameter: Option<&str>) -> Session {
    let workspace = Workspace::find(folder).unwrap();
    let cache = Arc::new(Cache::new(folder.join(".sheaf/cache"), u64::MAX));
    let parameters: BTreeMap<String, String> = parameter
        .iter()
        .map(|value| ("p".to_owned(), (*value).to_owned()))
        .collect();
    let options = Options {
        parameters: parameters.into(),
        ..Options::default()
    };
    let mut session = open(&workspace, &options)
        .with_cache(cache, true)
        .with_partial_results();
    session.set_surroundings(standing(folder, notebook));
    for cell in cells {
        session.append(Cell::from_prompt(cell));
    }
    session
}

fn standing(folder: &Path, notebook: &str) -> Surroundings {
    let workspace = Workspace::find(folder).unwrap();
    Surroundings::of_notebook(&workspace.mounts(), &folder.join(notebook))
}

fn run(session: &mut Session) -> Record {
    let ids = session.ids();
    session.run_all(&ids, 1, |_, _, _| {}).unwrap();
    session.close();
    Record::of(Path::new("n.py"), session, &Run::of_session(session))
}

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for inside in ["here", "there"] {
        fs::create_dir(folder.path().join(inside)).unwrap();
        write(folder.path(), &format!("{inside}/setup.py"), "x = 1\n");
    }
    write(folder.path(), "one.csv", "a\n1\n");
    write(folder.path(), "part-1.csv", "a\n1\n");
    write(folder.path(), "lib.star", "def f():\n    return 2\n");
    folder
}

#[test]
fn whatever_a_cell_read_makes_it_stale_the_cache_void_and_is_the_cause_of_a_drift() {
    for case in cases() {
        let folder = workspace();
        let folder = &fs::canonicalize(folder.path()).unwrap();
        let mut live = session(folder, "here/n.py", case.cells, None);
        let before = run(&mut live);
        let reader = *live.ids().last().unwrap();
        assert_eq!(live.state(reader), State::Fresh, "{}", case.resource);
        assert_eq!(live.changes(reader), [], "{}", case.resource);
        let mut again = session(folder, "here/n.py", case.cells, None);
        run(&mut again);
        assert!(again.is_cached(reader), "{}", case.resource);

        let parameter = (case.change)(folder);
        if let Some(value) = parameter {
            live.set_widget("p", value).unwrap();
        }
        let mut cells = case.cells.to_vec();
        if let Some(edited) = case.edited {
            cells[0] = edited;
            let first = live.ids()[0];
            live.edit(first, Cell::from_prompt(edited));
            live.run(first, drop).unwrap();
        }
        let notebook = case.moved.unwrap_or("here/n.py");
        live.set_surroundings(standing(folder, notebook));
        assert_eq!(live.state(reader), State::Stale, "{}", case.resource);
        let [change] = &live.changes(reader)[..] else {
            panic!("{}: {:?}", case.resource, live.changes(reader));
        };
        assert_eq!(change.resource, case.resource);
        assert_eq!(render::change(change, [None; 2]), case.told[0]);

        let mut new = session(folder, notebook, &cells, parameter);
        let now = run(&mut new);
        assert!(!new.is_cached(reader), "{}", case.resource);

        let compared = compare(&before, &now, 0.0, &|_| None);
        let causes = &compared.cells.last().unwrap().causes;
        let told: Vec<String> = causes.iter().map(cause).collect();
        let known = case
            .resource
            .file()
            .map_or(case.resource.clone(), |name| Resource::File(name.to_owned()));
        let is_cause = |one: &Cause| matches!(one, Cause::Read { change, .. } if change.resource == known);
        assert!(causes.iter().any(is_cause), "{}: {told:?}", case.resource);
        assert!(
            told.iter().any(|one| one.starts_with(case.told[1])),
            "{}: {told:?}",
            case.resource
        );
    }
}

/// What a model names as its origin is compared where the cells above give the same values.
#[test]
fn a_model_of_the_same_values_from_another_file_is_not_taken_from_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let folder = &fs::canonicalize(folder.path()).unwrap();
    let rows = |more: &str| format!("a,y,more\n1,0,{more}\n2,1,{more}\n3,0,{more}\n4,1,{more}\n");
    write(folder, "rows.csv", &rows("1"));
    let cells = [
        "rows = read_csv(\"rows.csv\").select(\"a\", \"y\")",
        "model = LogisticRegression().fit(rows, target=\"y\", features=[\"a\"])",
        "model.save(\"model.ron\", mode=\"overwrite\")",
    ];
    let mut live = session(folder, "n.py", &cells, None);
    let before = run(&mut live);
    let model = live.ids()[1];
    let mut again = session(folder, "n.py", &cells, None);
    run(&mut again);
    assert!(again.is_cached(model));

    write(folder, "rows.csv", &rows("22"));
    assert_eq!(live.states(), [State::Stale; 3]);
    let mut new = session(folder, "n.py", &cells, None);
    let now = run(&mut new);
    assert!(!new.is_cached(model));
    let compared = compare(&before, &now, 0.0, &|_| None);
    assert!(
        matches!(
            &compared.cells[2].causes[..],
            [Cause::Follows { name, cell: 0, .. }] if name == "rows.csv"
        ),
        "{:?}",
        compared.cells[2]
    );
    assert_eq!(before.cells[0].bindings, now.cells[0].bindings);
}
