//! The cache of cells: what is not run again, what is, and that nobody can tell from the results.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sheaf::cache::{Cache, Checkpoint};
use sheaf::notebook::Cell;
use sheaf::parameters::Parameters;
use sheaf::render::{Style, output};
use sheaf::session::{Session, State, Step};
use sheaf::source::CellId;
use sheaf::workspace::Workspace;
use tempfile::TempDir;

use crate::live::session_in;
use crate::transcript::Transcript;

/// A workspace with a cache, and the cells of a notebook in it.
struct Replay {
    folder: TempDir,
    cells: Vec<String>,
    parameters: Vec<(String, String)>,
    jobs: usize,
}

/// What became of a run.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// The positions, from 1, of the cells that were run and not taken from the cache.
    ran: Vec<usize>,
    shown: Vec<String>,
}

impl Replay {
    fn new(cells: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("datasets")).unwrap();
        fs::create_dir_all(folder.path().join("lib")).unwrap();
        Self {
            folder,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
            parameters: Vec::new(),
            jobs: 2,
        }
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        // As some tools leave it: every version has the same time.
        let past = std::time::UNIX_EPOCH + std::time::Duration::from_hours(438_000);
        fs::File::options()
            .append(true)
            .open(path)
            .unwrap()
            .set_modified(past)
            .unwrap();
    }

    fn cache_folder(&self) -> PathBuf {
        self.folder.path().join(".sheaf/cache")
    }

    fn session(&self) -> Session {
        let workspace = Workspace::find(self.folder.path()).unwrap();
        let mut session = session_in(&workspace)
            .with_cache(Arc::new(Cache::new(self.cache_folder(), u64::MAX)), true)
            .with_fingerprints(&self.folder.path().join(".sheaf/fingerprints.json"))
            .with_parameters(Parameters::from(
                self.parameters
                    .iter()
                    .cloned()
                    .collect::<std::collections::BTreeMap<_, _>>(),
            ));
        for cell in &self.cells {
            session.append(Cell::from_prompt(cell));
        }
        session
    }

    /// Runs the notebook from beginning to end, as a job does.
    fn run(&self) -> Outcome {
        run(&mut self.session().with_partial_results(), self.jobs).unwrap()
    }

    /// Returns the files of the cache.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut open = vec![self.cache_folder()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }
}

/// Runs all cells, and waits until the cache is written; returns the error of the cell that failed.
fn run(session: &mut Session, jobs: usize) -> Result<Outcome, String> {
    let ids = session.ids();
    let mut shown: Vec<String> = Vec::new();
    let mut ran = Vec::new();
    let mut failure = None;
    let ended = session.run_all(&ids, jobs, |session, id, step| match step {
        Step::Began => shown.push(String::new()),
        Step::Shown(item) => {
            let last = shown.last_mut().unwrap();
            last.push_str(&output(&item, &Style::default()));
            last.push('\n');
        }
        Step::Ended(result) => {
            ran.extend(
                session
                    .position(id)
                    .filter(|_| !session.is_cached(id))
                    .map(|at| at + 1),
            );
            failure = result.err().map(|error| error.message);
        }
    });
    session.close();
    match ended {
        Err(_) => Err(failure.unwrap()),
        Ok(()) => Ok(Outcome { ran, shown }),
    }
}

fn values(session: &Session, id: CellId) -> Vec<(String, String)> {
    let facts = session.report(id).unwrap();
    facts
        .bindings
        .into_iter()
        .map(|(name, fact)| (name, fact.digest.to_string()))
        .collect()
}

const PEOPLE: &str = "name,age,city\nAda,36,London\nGrace,85,Arlington\nEdsger,72,Nuenen\n";

/// One of each kind of value, and of each kind of reading.
const KINDS: [&str; 13] = [
    "limit = 40\nnames = [\"Ada\", (1, 2.5, None)]",
    "people = read_csv(\"/mnt/data/people.csv\")",
    "load(\"lib/clean.star\", \"tidy\")",
    "old = tidy(people).filter(f\"age > {limit}\")\nprint(old.height)",
    "%sql SELECT avg(age) AS mean FROM people",
    "ages = people[\"age\"]\nfacts = {\"n\": len(ages), \"mean\": ages.mean()}",
    "facts",
    "parts = read_csv(\"/mnt/data/part-*.csv\")",
    "dbutils.widgets.text(\"city\", \"London\")",
    "chosen = people.filter(\"city = '\" + dbutils.widgets.get(\"city\") + \"'\")",
    "people.plot.hist(\"age\", bins=3)",
    "def double(x):\n    return x * 2\nunused = 1",
    "double(limit)",
];

fn kinds() -> Replay {
    let replay = Replay::new(&KINDS);
    replay.file("datasets/people.csv", PEOPLE);
    replay.file("datasets/part-1.csv", "a\n1\n");
    replay.file("lib/clean.star", "def tidy(df):\n    return df.drop_nulls()\n");
    replay
}

/// The cell that has to run each time, because it declares a widget.
const ALWAYS: [usize; 1] = [9];

/// Those that bind functions, which run again where someone looks at values.
const FUNCTIONS: [usize; 2] = [3, 12];

#[test]
fn what_has_not_changed_is_not_run_and_shows_the_same() {
    let replay = kinds();
    let first = replay.run();
    assert_eq!(first.ran, (1..=KINDS.len()).collect::<Vec<_>>());
    let second = replay.run();
    assert_eq!(second.ran, ALWAYS);
    assert_eq!(second.shown, first.shown);
    // At a prompt someone may look at any value.
    let (mut one, mut other) = (replay.session(), replay.session());
    let ran = run(&mut one, 1).unwrap().ran;
    assert_eq!(ran, [FUNCTIONS[0], ALWAYS[0], FUNCTIONS[1]]);
    other = other.with_cache(Arc::new(Cache::new(replay.cache_folder(), u64::MAX)), false);
    run(&mut other, 1).unwrap();
    for (here, there) in one.ids().into_iter().zip(other.ids()) {
        assert_eq!(values(&one, here), values(&other, there));
        let bound = |session: &Session, id| -> Vec<String> {
            session
                .bound(id)
                .map(|(_, value)| value.value().to_repr())
                .collect()
        };
        assert_eq!(bound(&one, here), bound(&other, there));
    }
}

#[test]
fn exactly_what_depends_on_a_change_is_run_again() {
    /// What is changed, and the cells that have to run besides those that always do.
    type Case<'a> = (&'a str, &'a dyn Fn(&mut Replay), &'a [usize]);
    let edit = |number: usize, text: &'static str| {
        move |replay: &mut Replay| replay.cells[number - 1] = text.to_owned()
    };
    let cases: [Case<'_>; 15] = [
        ("nothing", &|_| {}, &[]),
        (
            "a comment",
            &edit(
                1,
                "# the limit\nlimit  =  40\n\nnames = [\"Ada\", (1, 2.5, None)]  # some",
            ),
            &[],
        ),
        (
            "space in a query",
            &edit(5, "%sql\n-- the mean\nSELECT   avg(age) AS mean\nFROM people;"),
            &[],
        ),
        (
            "a constant",
            &edit(1, "limit = 50\nnames = [\"Ada\", (1, 2.5, None)]"),
            &[1, 4, 13],
        ),
        (
            "a constant that nobody reads",
            &edit(1, "limit = 40\nnames = [\"Ada\"]"),
            &[1],
        ),
        (
            "a number that becomes text",
            &edit(1, "limit = '40'\nnames = [\"Ada\", (1, 2.5, None)]"),
            &[1, 4, 13],
        ),
        (
            "another way to the same value",
            &edit(1, "limit = 4 * 10\nnames = [\"Ada\", (1, 2.5, None)]"),
            &[1],
        ),
        (
            "one byte of a file",
            &|replay| replay.file("datasets/people.csv", &PEOPLE.replace("36", "37")),
            &[2, 4, 5, 6, 7, 10, 11],
        ),
        (
            "the time of a file",
            &|replay| replay.file("datasets/people.csv", PEOPLE),
            &[],
        ),
        (
            "a line of a library",
            &|replay| replay.file("lib/clean.star", "def tidy(df):\n    return df.unique()\n"),
            &[3, 4],
        ),
        (
            "a comment in a library",
            &|replay| {
                let tidy = "# Tidy.\ndef tidy(df):\n    return  df.drop_nulls()  # all\n";
                replay.file("lib/clean.star", tidy);
            },
            &[3],
        ),
        (
            "one file more",
            &|replay| replay.file("datasets/part-2.csv", "a\n2\n"),
            &[8],
        ),
        (
            "a parameter",
            &|replay| replay.parameters = vec![("city".to_owned(), "Nuenen".to_owned())],
            &[10],
        ),
        (
            "a function",
            &edit(12, "def double(x):\n    return x + x\nunused = 1"),
            &[12, 13],
        ),
        (
            "something beside a function",
            &edit(12, "def double(x):\n    return x * 2\nunused = 2"),
            &[12],
        ),
    ];
    for (what, change, expected) in cases {
        let mut replay = kinds();
        replay.run();
        change(&mut replay);
        let found: BTreeSet<usize> = replay.run().ran.into_iter().collect();
        let expected: BTreeSet<usize> = expected.iter().copied().chain(ALWAYS).collect();
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn a_function_is_made_again_when_a_cell_that_runs_calls_it() {
    let mut replay = Replay::new(&[
        "by = 3\nprint(\"dear\")",
        "load(\"lib/clean.star\", \"tidy\")\ndef times(x):\n    return tidy(x) * by\nbig = times(100)",
        "def both(x):\n    return times(x) + 1\npick = lambda x: both(x)",
        "pick(2)",
        "big",
    ]);
    replay.file("lib/clean.star", "def tidy(x):\n    return x\n");
    replay.run();
    assert_eq!(replay.run().ran, Vec::<usize>::new());
    replay.cells[3] = "pick(3)".to_owned();
    let second = replay.run();
    assert_eq!(second.ran, [4]);
    assert_eq!(second.shown, ["dear\n", "", "", "10\n", "300\n"]);
    replay.file("lib/clean.star", "def tidy(x):\n    return x + 1\n");
    let third = replay.run();
    assert_eq!(third.ran, [2, 3, 4, 5]);
    assert_eq!(third.shown, ["dear\n", "", "", "13\n", "303\n"]);
}

#[test]
fn sources_that_look_alike_are_told_apart() {
    for (one, other) in [
        ("x = 1000", "x = '1000'"),
        ("x=1;y=23", "x=12;y=3"),
        ("x = [1, 2]", "x = (1, 2)"),
    ] {
        let mut replay = Replay::new(&[one, "x"]);
        replay.run();
        replay.cells[0] = other.to_owned();
        assert_eq!(replay.run().ran, [1, 2], "{one} and {other}");
    }
}

#[test]
fn zeros_that_are_equal_but_not_the_same_are_told_apart() {
    for (made, read) in [
        ("x = [ZERO]", "f = frame({\"v\": x})"),
        ("x = frame({\"v\": [ZERO, 1.0]})", "f = x.head(1)"),
        ("x = frame({\"v\": [ZERO]})[\"v\"]", "f = x.to_frame()"),
    ] {
        let one = made.replace("ZERO", "0.0");
        let other = made.replace("ZERO", "-0.0");
        let mut replay = Replay::new(&[&one, read, "f.select(expr(\"atan2(v, -1.0)\").alias(\"v\"))"]);
        let plain = replay.run();
        replay.cells[0] = other;
        let changed = replay.run();
        assert!(
            plain.shown[2].contains("3.141") && !plain.shown[2].contains("-3.141"),
            "{plain:?}"
        );
        assert!(changed.shown[2].contains("-3.141"), "{changed:?}");
        assert!(changed.ran.contains(&3), "{changed:?}");
        // Each is served with its own values.
        assert_eq!(
            replay.run(),
            Outcome {
                ran: vec![],
                ..changed
            }
        );
        replay.cells[0] = one;
        assert_eq!(replay.run(), Outcome { ran: vec![], ..plain });
    }
}

#[test]
fn a_table_in_place_of_another_is_none() {
    let replay = Replay::new(&[
        "f = frame({\"v\": [1, 2]})",
        "g = frame({\"v\": [3, 4]})",
        "concat([f, g])",
    ]);
    let shown = replay.run().shown;
    let tables: Vec<PathBuf> = replay
        .files()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "arrow"))
        .collect();
    let bytes: Vec<Vec<u8>> = tables.iter().map(|path| fs::read(path).unwrap()).collect();
    assert_eq!(bytes.len(), 3);
    for (path, bytes) in tables.iter().zip(bytes.iter().rev()) {
        fs::write(path, bytes).unwrap();
    }
    assert_eq!(replay.run().shown, shown);
}

#[test]
fn a_result_that_did_not_change_leaves_what_reads_it_fresh() {
    let mut session = Replay::new(&["x = 1\ny = 2", "a = x + 1", "b = y + a"]).session();
    run(&mut session, 1).unwrap();
    let ids = session.ids();
    session.edit(ids[0], Cell::from_prompt("x = 2 - 1\ny = 3"));
    assert_eq!(session.states(), [State::Stale; 3]);
    session.run(ids[0], drop).unwrap();
    assert_eq!(session.states(), [State::Fresh, State::Fresh, State::Stale]);
    session.edit(ids[0], Cell::from_prompt("x = 2 - 1  # one\ny = 3"));
    assert_eq!(session.states(), [State::Fresh, State::Fresh, State::Stale]);
}

#[test]
fn what_is_damaged_is_computed_again() {
    let replay = kinds();
    let first = replay.run();
    let files = replay.files();
    assert!(files.len() > 10, "{files:?}");
    for path in files {
        let whole = fs::read(&path).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x20;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(replay.run().shown, first.shown, "byte {at} of {}", path.display());
        }
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert_eq!(replay.run().shown, first.shown, "half of {}", path.display());
    }
    assert_eq!(replay.run().ran, ALWAYS);
}

#[test]
fn a_value_that_the_cache_has_lost_is_computed_when_it_is_needed() {
    let replay = Replay::new(&[
        "df = frame({\"a\": [1, 2, 3]})",
        "big = df.filter(\"a > 1\")",
        "big.height",
    ]);
    replay.run();
    let mut session = replay.session();
    assert_eq!(run(&mut session, 2).unwrap().ran, [0; 0]);
    fs::remove_dir_all(replay.cache_folder()).unwrap();
    let id = session.append(Cell::from_prompt("total = big[\"a\"].sum()\ntotal"));
    let mut shown = String::new();
    session
        .run(id, |item| shown = output(&item, &Style::default()))
        .unwrap();
    assert_eq!(shown, "5");
}

#[test]
fn cells_that_act_are_never_taken_from_the_cache() {
    let cells = [
        "df = frame({\"a\": [1]})",
        "df.write_csv(\"/mnt/out/a.csv\", mode=\"overwrite\")",
        "dbutils.fs.ls(\"/mnt/out\")",
        "dbutils.fs.put(\"/mnt/out/b.txt\", \"b\", True)",
        "%fs ls /mnt/out",
        "dbutils.fs.mounts()",
        "model = LogisticRegression().fit(frame({\"x\": [1, 2, 3, 4], \"y\": [0, 0, 1, 1]}), target=\"y\", features=[\"x\"])",
        "model.save(\"/mnt/models/m.ron\", mode=\"overwrite\")",
        "picture = df.plot.hist(\"a\", save=\"/mnt/out/a.svg\", mode=\"overwrite\")",
        "def f():\n    dbutils.fs.put(\"/mnt/out/c.txt\", \"c\", True)",
        "f()",
        "x = dbutils.widgets.getAll()",
    ];
    let replay = Replay::new(&cells);
    replay.run();
    assert_eq!(replay.run().ran, [2, 3, 4, 5, 6, 8, 9, 11]);
}

#[test]
fn a_shared_cache_serves_another_workspace() {
    let (here, there) = (kinds(), kinds());
    here.run();
    let mut session = there
        .session()
        .with_partial_results()
        .with_cache(Arc::new(Cache::new(here.cache_folder(), u64::MAX)), true);
    assert_eq!(run(&mut session, 2).unwrap().ran, ALWAYS);
}

#[test]
fn cleaning_removes_the_oldest_and_then_as_much_as_is_asked() {
    let replay = kinds();
    replay.run();
    let cache = Cache::new(replay.cache_folder(), u64::MAX);
    let before = cache.contents();
    assert_eq!(
        cache
            .clean(Some(std::time::Duration::from_hours(1)), None)
            .unwrap()
            .files,
        0
    );
    assert_eq!(cache.clean(None, Some(before.bytes)).unwrap().files, 0);
    cache.clean(None, Some(before.bytes / 2)).unwrap();
    assert!(cache.contents().bytes <= before.bytes / 2);
    cache.clean(None, Some(0)).unwrap();
    assert_eq!((cache.contents().entries, cache.contents().tables), (0, 0));
    replay.run();
    assert_eq!(replay.run().ran, ALWAYS);
}

#[test]
fn a_bounded_cache_stays_within_its_bound() {
    let replay = kinds();
    let bound = 4_000;
    let mut session = replay
        .session()
        .with_cache(Arc::new(Cache::new(replay.cache_folder(), bound)), true);
    run(&mut session, 1).unwrap();
    let contents = session.cache().unwrap().contents();
    assert!(contents.bytes <= bound, "{contents:?}");
    assert_eq!(run(&mut replay.session(), 1).unwrap().shown.len(), KINDS.len());
}

fn checkpoint(folder: &Path) -> PathBuf {
    folder.join(".sheaf/checkpoint.ron")
}

#[test]
fn a_run_that_failed_goes_on_where_it_failed() {
    let replay = Replay::new(&[
        "df = frame({\"a\": [1, 2]})",
        "dbutils.fs.mount(\"file:datasets\", \"/mnt/in\")",
        "n = 0 if len(dbutils.fs.ls(\"/mnt/out\")) == 0 else 1\ndf.write_csv(f\"/mnt/out/{len(dbutils.fs.ls('/mnt/out'))}.csv\")",
        "late = read_csv(\"/mnt/in/late.csv\")",
        "late.height + n",
    ]);
    fs::create_dir_all(replay.folder.path().join(".sheaf/out")).unwrap();
    let path = checkpoint(replay.folder.path());
    let mut session = replay.session().with_checkpoint(Checkpoint::start(&path));
    let error = run(&mut session, 2).unwrap_err();
    assert!(error.contains("late.csv"), "{error}");
    drop(session);
    replay.file("datasets/late.csv", "a\n1\n");

    let checkpoint = Checkpoint::resume(&path).unwrap();
    assert_eq!(checkpoint.cells_before(), 3);
    let mut session = replay.session().with_checkpoint(checkpoint);
    // The mount is of the session and has to be made again; what was written is not written again.
    assert_eq!(run(&mut session, 2).unwrap().ran, [2, 4, 5]);
    assert_eq!(
        fs::read_dir(replay.folder.path().join(".sheaf/out"))
            .unwrap()
            .count(),
        1
    );
    session.finish_checkpoint();
    assert!(Checkpoint::resume(&path).is_none());
}

#[test]
fn a_changed_cell_is_no_cell_that_has_ended() {
    let mut replay = Replay::new(&[
        "x = 1",
        "dbutils.fs.put(\"/mnt/out/a.txt\", str(x), True)",
        "fail(\"stop\")",
    ]);
    let path = checkpoint(replay.folder.path());
    let mut session = replay.session().with_checkpoint(Checkpoint::start(&path));
    run(&mut session, 1).unwrap_err();
    drop(session);
    replay.cells = vec!["x = 2".to_owned(), replay.cells[1].clone(), "x".to_owned()];
    let mut session = replay
        .session()
        .with_checkpoint(Checkpoint::resume(&path).unwrap());
    assert_eq!(run(&mut session, 1).unwrap().ran, [1, 2, 3]);
    assert_eq!(
        fs::read_to_string(replay.folder.path().join(".sheaf/out/a.txt")).unwrap(),
        "2"
    );
}

#[test]
fn what_a_function_was_given_when_it_was_made_counts() {
    for (before, after) in [
        (
            "k = 1\ndef f(n=k):\n    return n\nk = 2",
            "k = 5\ndef f(n=k):\n    return n\nk = 2",
        ),
        (
            "xs = []\nxs.append(1)\ndef f(n=len(xs)):\n    return n",
            "xs = []\ndef f(n=len(xs)):\n    return n\nxs.append(1)",
        ),
    ] {
        let mut replay = Replay::new(&[before, "f()"]);
        replay.run();
        replay.cells[0] = after.to_owned();
        let shown = replay.run().shown;
        assert_eq!(
            shown,
            run(&mut Replay::new(&[after, "f()"]).session(), 1).unwrap().shown
        );
    }
    let replay = Replay::new(&[
        "def f(df=read_csv(\"/mnt/data/a.csv\")):\n    return df.item(0, \"a\")",
        "f()",
    ]);
    replay.file("datasets/a.csv", "a\n1\n");
    assert_eq!(replay.run().shown, ["", "1\n"]);
    replay.file("datasets/a.csv", "a\n2\n");
    assert_eq!(replay.run().shown, ["", "2\n"]);
}

#[test]
fn what_a_cell_has_looked_at_is_in_no_digest() {
    let replay = Replay::new(&[
        "sizes = [f.size for f in dbutils.fs.ls(\"/mnt/data\")]\nnow = lambda: sizes\nmany = set(sizes)",
        "print(now())",
        "print(len(many), max(many))",
    ]);
    replay.file("datasets/a.csv", "a\n");
    assert_eq!(replay.run().shown, ["", "[2]\n", "1 2\n"]);
    replay.file("datasets/a.csv", "abcdef\n");
    assert_eq!(replay.run().shown, ["", "[7]\n", "1 7\n"]);
}

#[test]
fn an_entry_of_another_cell_is_none() {
    let replay = Replay::new(&["a = 1\nprint(\"one\")", "b = 2\nprint(\"two\")"]);
    let shown = replay.run().shown;
    let entries = replay.files().into_iter();
    let entries: Vec<PathBuf> = entries
        .filter(|path| path.to_string_lossy().contains("entries"))
        .collect();
    let texts = entries.iter().map(|path| fs::read_to_string(path).unwrap());
    let texts = texts.collect::<Vec<_>>();
    let lines = texts.iter().flat_map(|text| text.lines());
    let lines: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(' ')).collect();
    assert_eq!(lines.len(), 2);
    for (path, text) in entries.iter().zip(&texts) {
        let swapped = lines.iter().zip(lines.iter().rev());
        let swapped = swapped.map(|((key, _), (_, entry))| format!("{key} {entry}\n"));
        let of_file = |line: &String| line.split_once(' ').is_some_and(|(key, _)| text.contains(key));
        fs::write(path, swapped.filter(of_file).collect::<String>()).unwrap();
    }
    let swapped = replay.run();
    assert_eq!((swapped.ran, swapped.shown), (vec![1, 2], shown));
}

/// Makes a folder for what a cell writes.
fn out(replay: &Replay) -> PathBuf {
    let out = replay.folder.path().join(".sheaf/out");
    fs::create_dir_all(&out).unwrap();
    out
}

#[test]
fn a_run_is_gone_on_with_as_often_as_it_takes() {
    let mut replay = Replay::new(&[
        "x = 1",
        "early = read_csv(\"/mnt/data/early.csv\")",
        "def save(df):\n    df.write_csv(\"/mnt/out/one.csv\")\nsave(frame({\"a\": [x]}))",
        "late = read_csv(\"/mnt/data/late.csv\")",
        "save",
    ]);
    out(&replay);
    let path = checkpoint(replay.folder.path());
    let go_on = |replay: &Replay| {
        let checkpoint = Checkpoint::resume(&path).unwrap_or_else(|| Checkpoint::start(&path));
        run(
            &mut replay
                .session()
                .with_partial_results()
                .with_checkpoint(checkpoint),
            1,
        )
        .map(|outcome| outcome.ran)
    };
    replay.file("datasets/early.csv", "a\n1\n");
    assert!(go_on(&replay).unwrap_err().contains("late.csv"));
    // It breaks off sooner now, and what was written is still known to have been.
    fs::remove_file(replay.folder.path().join("datasets/early.csv")).unwrap();
    assert!(go_on(&replay).unwrap_err().contains("early.csv"));
    replay.file("datasets/early.csv", "a\n1\n");
    replay.file("datasets/late.csv", "a\n1\n");
    // Nor does a cell that is put in above make a write happen again.
    replay.cells.insert(0, "new = 1".to_owned());
    replay.cells.pop();
    assert_eq!(go_on(&replay), Ok(vec![1, 5]));
}

#[test]
fn a_file_that_a_killed_cell_has_written_is_its_own() {
    let replay =
        Replay::new(&["frame({\"a\": [1]}).write_csv(\"/mnt/out/a.csv\")\nread_csv(\"/mnt/data/late.csv\")"]);
    let out = out(&replay);
    let path = checkpoint(replay.folder.path());
    let mut session = replay.session().with_checkpoint(Checkpoint::start(&path));
    assert!(run(&mut session, 1).unwrap_err().contains("late.csv"));
    replay.file("datasets/late.csv", "a\n1\n");
    // Only where the run is gone on with, and only what is not older.
    let refused = run(&mut replay.session(), 1).unwrap_err();
    assert!(refused.contains("exists already"), "{refused}");
    let resumed = || {
        replay
            .session()
            .with_checkpoint(Checkpoint::resume(&path).unwrap())
    };
    let older = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    let file = fs::File::options().append(true).open(out.join("a.csv")).unwrap();
    file.set_modified(older).unwrap();
    assert!(run(&mut resumed(), 1).unwrap_err().contains("exists already"));
    file.set_modified(std::time::SystemTime::now()).unwrap();
    assert_eq!(run(&mut resumed(), 1).unwrap().ran, [1]);
}

#[test]
fn what_was_read_from_a_mount_that_is_gone_is_not_served() {
    let transcript = Transcript::new()
        .file("sheaf.ron", "(mounts: {\"/mnt/data\": \"file:datasets\"})")
        .file("datasets/a.csv", "a\n1\n")
        .file("n.py", "read_csv(\"/mnt/data/a.csv\").height\n");
    let runs = |transcript: &Transcript| transcript.run(&["run", "n.py"]).status.success();
    assert!(runs(&transcript));
    let transcript = transcript.file("sheaf.ron", "(mounts: {\"/mnt/data\": \"file:gone\"})");
    assert!(!runs(&transcript));
    let transcript = transcript.file("sheaf.ron", "(mounts: {})");
    assert!(!runs(&transcript));
    let transcript = transcript.file("sheaf.ron", "(mounts: {\"/mnt/data\": \"file:datasets\"})");
    assert!(runs(&transcript));
    fs::rename(
        transcript.path().join("datasets"),
        transcript.path().join("moved"),
    )
    .unwrap();
    assert!(!runs(&transcript));
}

#[test]
fn a_cache_that_cannot_be_written_is_told_and_makes_nothing_fail() {
    let reason = |sheaf: Transcript| {
        let output = sheaf.output();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{told}");
        assert_eq!(
            String::from_utf8(output.stdout).unwrap().lines().nth(1),
            Some("2")
        );
        told
    };
    let notebook = || Transcript::new().file("sheaf.ron", "()").file("n.py", "1 + 1\n");
    // A folder that nobody, not even root, can write: there is a file in its place.
    let told = reason(notebook().file(".sheaf/cache/entries", "").sheaf(["run", "n.py"]));
    assert!(told.starts_with("warning: cannot write to the cache "), "{told}");
    assert!(told.contains("\nhint: make the folder writable"), "{told}");
    assert_eq!(reason(notebook().sheaf(["run", "n.py"])), "");
    assert_eq!(
        reason(
            notebook()
                .file(".sheaf/cache/entries", "")
                .sheaf(["run", "n.py", "--no-cache"])
        ),
        ""
    );
}

#[test]
fn a_workspace_that_keeps_nothing_still_runs() {
    let transcript = Transcript::new()
        .file("sheaf.ron", "()")
        .file(".sheaf", "")
        .file("n.py", "1 + 1\n");
    let told = |arguments: &[&str]| {
        let output = transcript.run(arguments);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{told}");
        told
    };
    let told_by_run = told(&["run", "n.py", "--record"]);
    assert!(
        told_by_run.starts_with("warning: ") && told_by_run.contains(".sheaf cannot be created"),
        "{told_by_run}"
    );
    assert_eq!(told_by_run.lines().count(), 1, "{told_by_run}");
    assert_eq!(told(&["run", "n.py", "--no-cache"]), "");
    assert_eq!(told(&["run", "n.py", "--check"]), "");
    assert!(told(&[]).starts_with("warning: "));
}

#[test]
fn a_library_that_reads_makes_every_cell_that_loads_it_read() {
    let replay = Replay::new(&[
        "load(\"lib/p.star\", \"p\")\nload(\"lib/q.star\", \"q\")\nprint(p, q)",
        "load(\"lib/q.star\", \"q\")\nprint(q)",
    ]);
    let library = |name: &str| format!("{name} = read_csv(\"/mnt/data/a.csv\").height\n");
    for name in ["p", "q"] {
        replay.file(&format!("lib/{name}.star"), &library(name));
    }
    replay.file("datasets/a.csv", "a\n1\n");
    assert_eq!(replay.run().shown, ["1 1\n", "1\n"]);
    replay.file("datasets/a.csv", "a\n1\n2\n");
    assert_eq!(replay.run().shown, ["2 2\n", "2\n"]);
}

#[test]
fn what_acted_with_other_parameters_acts_again() {
    let notebook = |last: &str| {
        format!(
            "# %%\ndbutils.widgets.text(\"day\", \"none\")\n# %%\nday = dbutils.widgets.get(\"day\")\n\
             frame({{\"a\": [1]}}).write_csv(day + \".csv\")\n# %%\n{last}\n"
        )
    };
    let transcript = Transcript::new()
        .file("n.py", notebook("fail(\"no\")"))
        .env("SHEAF_PARAM_DAY", "mon")
        .sheaf(["run", "n.py"]);
    assert_eq!(transcript.output().status.code(), Some(1));
    let transcript = transcript
        .file("n.py", notebook("print(day)"))
        .env("SHEAF_PARAM_DAY", "tue")
        .sheaf(["run", "n.py", "--resume"]);
    let output = transcript.output();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("\ntue\n"), "{told}");
    assert!(transcript.path().join("tue.csv").exists());
}

#[test]
fn what_a_cell_has_written_is_not_written_again_for_its_function() {
    let transcript = Transcript::new().file(
        "n.py",
        "# %%\nframe({\"a\": [1]}).write_csv(\"o.csv\", mode=\"overwrite\")\ndef f(x):\n    return x + 1\n\
         # %%\nread_csv(\"gate.csv\")\nprint(f(1))\n",
    );
    assert_eq!(transcript.run(&["run", "n.py"]).status.code(), Some(1));
    let transcript = transcript.file("gate.csv", "a\n1\n").file("o.csv", "mine");
    let output = transcript.run(&["run", "n.py", "--resume"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("`f` is bound by cell 1") && told.contains("hint: run cell 1 again"),
        "{told}"
    );
    assert_eq!(transcript.read("o.csv"), b"mine");
}
