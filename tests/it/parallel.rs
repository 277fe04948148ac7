//! Cells that run at the same time: nobody can tell from the results, and effects keep their order.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use sheaf::cache::Cache;
use sheaf::notebook::{Cell, Format, Notebook};
use sheaf::render::{Style, output};
use sheaf::session::{Session, State, Step};
use sheaf::workspace::Workspace;

use crate::live::{Live, session_in};

/// Runs all cells; returns what is told, in order, and how the run ended.
fn told(live: &mut Live, jobs: usize) -> Vec<String> {
    let ids = live.session.ids();
    let mut told = Vec::new();
    let ended = live.session.run_all(&ids, jobs, |session, id, step| {
        let number = session.position(id).unwrap() + 1;
        told.push(match step {
            Step::Began => format!("{number} began"),
            Step::Shown(item) => format!("{number} {}", output(&item, &Style::default())),
            Step::Ended(Ok(())) => format!("{number} ended"),
            Step::Ended(Err(error)) => format!("{number} failed: {}", error.message),
        });
    });
    if let Err(id) = ended {
        told.push(format!("stopped at {}", live.session.position(id).unwrap() + 1));
    }
    told
}

/// A loop that takes a while and gives its number of rounds.
fn slow(rounds: usize) -> String {
    format!("t = 0\nfor i in range({rounds}):\n    t = t + i % 7\n")
}

#[test]
fn what_is_told_is_in_document_order() {
    for jobs in [1, 2, 8] {
        let mut live = Live::new();
        let long = format!("{}\nprint(\"slow\", t > 0)", slow(2_000));
        live.cells([&long, "print(\"quick\")\nx = 1", "print(\"after\")\nx + 1"]);
        let expected = [
            "1 began",
            "1 slow True",
            "1 ended",
            "2 began",
            "2 quick",
            "2 ended",
            "3 began",
            "3 after",
            "3 2",
            "3 ended",
        ];
        assert_eq!(told(&mut live, jobs), expected, "{jobs} at a time");
        assert_eq!(live.states(), [State::Fresh; 3]);
    }
}

#[test]
fn after_a_failure_nothing_further_counts() {
    for jobs in [1, 2, 8] {
        let mut live = Live::new();
        let failing = format!("{}\nfail(\"no\")", slow(1_000));
        let endless = "n = 0\nfor i in range(2000000000):\n    n = n + 1";
        live.cells([
            "x = 1",
            &failing,
            "dbutils.fs.put(\"/mnt/out/never.txt\", \"x\")",
            endless,
            "y = 2",
        ]);
        let started = Instant::now();
        assert_eq!(
            told(&mut live, jobs),
            ["1 began", "1 ended", "2 began", "2 failed: no", "stopped at 2"],
            "{jobs} at a time"
        );
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "what no longer counts is stopped"
        );
        assert_eq!(
            live.states(),
            [
                State::Fresh,
                State::Failed,
                State::NotRun,
                State::NotRun,
                State::NotRun
            ]
        );
        assert!(!live.folder().join(".sheaf/out/never.txt").exists());
        assert!(!live.interrupt.is_set());
    }
}

#[test]
fn effects_keep_document_order_and_reads_see_the_writes_above() {
    for jobs in [1, 2, 8] {
        let mut live = Live::new();
        let wait = slow(1_000);
        let write =
            |text: &str| format!("{wait}\ndbutils.fs.put(\"/mnt/out/a.csv\", \"a\\n{text}\\n\", True)");
        live.cells([
            &write("1"),
            "one = read_csv(\"/mnt/out/a.csv\")",
            "def reader():\n    return read_csv(\"/mnt/out/a.csv\")",
            &write("2"),
            "two = reader()",
            "lazy = scan_csv(\"/mnt/out/a.csv\")",
            &write("3"),
            "print(one.item(0, \"a\"), two.item(0, \"a\"), lazy.item(0, \"a\"))",
        ]);
        let told = told(&mut live, jobs);
        assert_eq!(told[told.len() - 2], "8 1 2 3", "{jobs} at a time: {told:?}");
    }
}

#[test]
fn independent_cells_run_at_the_same_time() {
    let mut live = Live::new();
    let cell = slow(3_000);
    live.cells([&cell, &cell.replace('t', "u")]);
    let ids = live.session.ids();
    // What builtins do is looked up once for all runs.
    live.session.language().catalogue();
    let started = Instant::now();
    live.session.run_all(&ids, 2, |_, _, _| {}).unwrap();
    let elapsed = started.elapsed();
    let time = |at: usize| live.session.time(ids[at]).unwrap();
    // One after the other takes at least the sum, however busy the machine is.
    assert!(
        elapsed < time(0) + time(1),
        "{elapsed:?}, {:?} and {:?}",
        time(0),
        time(1)
    );
}

/// A cell of a random notebook: what it is made of, and which cells above it reads, as shares of them.
#[derive(Debug, Clone)]
struct Made {
    kind: usize,
    reads: (f64, f64),
    number: i64,
}

/// Writes a random notebook: every cell `n` binds `v<n>` to a frame, `k<n>` to a number and `h<n>` to a function.
fn written(made: &[Made]) -> Vec<String> {
    let mut cells = vec![
        "v0 = frame({\"g\": [i % 5 for i in range(200)], \"x\": [i * 0.37 for i in range(200)], \"y\": [i % 2 for i in range(200)]})\nk0 = 3\nh0 = lambda n: n".to_owned(),
    ];
    for (at, Made { kind, reads, number }) in made.iter().enumerate() {
        let at = at + 1;
        let a = (reads.0 * at as f64) as usize;
        let b = (reads.1 * at as f64) as usize;
        let mut cell = match kind % 9 {
            0 => format!("v{at} = v{a}.with_columns(x=\"x * {number} + 0.1\")\nk{at} = {number}"),
            1 => format!("v{at} = v{a}.filter(f\"x > {{k{b}}}\")\nk{at} = v{at}.height\nprint(k{at})"),
            2 => format!(
                "def twice(n):\n    return n * 2 + k{b}\nk{at} = twice({number})\nv{at} = v{a}.head(twice(50) % 150 + 10)"
            ),
            3 => format!(
                "v{at} = v{a}.join(v{b}.group_by(\"g\").agg(m=\"avg(x)\", s=\"sum(x)\"), on=\"g\").select(\"g\", x=\"m + s\", y=\"y\")\nk{at} = 1"
            ),
            4 => format!(
                "v{at}, rest = v{a}.split(0.7, seed={})\nk{at} = rest.height",
                number.abs()
            ),
            5 => format!(
                "v{at} = sql(\"SELECT g, x, y FROM v{a} ORDER BY x DESC, g LIMIT 80\")\nk{at} = {number}"
            ),
            6 => format!(
                "model = LogisticRegression().fit(v0, target=\"y\", features=[\"x\", \"g\"])\nv{at} = model.predict(v{a}).select(\"g\", \"x\", \"y\")\nk{at} = round(model.score(v0), 6)\nk{at}"
            ),
            7 => format!("%sql v{at} << SELECT g, sum(x) AS x, max(y) AS y FROM v{a} GROUP BY g"),
            _ => format!(
                "v{at} = concat([v{a}, v{b}]).unique().sort(\"x\", \"g\", \"y\")\nk{at} = v{at}[\"x\"].sum()"
            ),
        };
        if kind % 9 == 7 {
            cells.push(cell);
            cell = format!("k{at} = {number}");
        }
        let function = match number.rem_euclid(4) {
            0 => format!("h{at} = h{a}"),
            1 => format!("def h{at}(n):\n    return h{b}(n) + k{a}"),
            2 => format!("h{at} = lambda n: h{a}(n) * 2"),
            _ => format!("print(h{b}(1))\nh{at} = h{b}"),
        };
        cells.push(format!("{cell}\n{function}"));
    }
    cells
}

fn made() -> impl Strategy<Value = Made> {
    (0..9_usize, (0.0..1.0, 0.0..1.0), -20..20_i64).prop_map(|(kind, reads, number)| Made {
        kind,
        reads,
        number,
    })
}

/// What one run gave: of each cell, what it showed, and the digests of what it bound.
type Given = Vec<(String, Vec<(String, String)>)>;

fn give(session: &mut Session, jobs: usize) -> Given {
    let ids = session.ids();
    let mut shown = vec![String::new(); ids.len()];
    // A random cell may fail; so it does in every run.
    let _ = session.run_all(&ids, jobs, |session, id, step| {
        let text = &mut shown[session.position(id).unwrap()];
        match step {
            Step::Began => text.push_str("began\n"),
            Step::Shown(item) => text.push_str(&output(&item, &Style::default())),
            Step::Ended(result) => text.push_str(&format!("{:?}", result.map_err(|error| error.message))),
        }
    });
    session.close();
    let bound = |id| {
        let facts = session.report(id).unwrap();
        let bindings = facts.bindings.into_iter();
        bindings
            .map(|(name, fact)| (name, fact.digest.to_string()))
            .collect()
    };
    shown.into_iter().zip(ids.into_iter().map(bound)).collect()
}

/// A random notebook in a workspace of its own.
struct Saved {
    folder: tempfile::TempDir,
}

impl Saved {
    fn new(made: &[Made]) -> Self {
        let saved = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        saved.save(made);
        saved
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("made.py")
    }

    fn save(&self, made: &[Made]) {
        let cells: Vec<Cell> = written(made).iter().map(|cell| Cell::from_prompt(cell)).collect();
        let _ = fs::remove_file(self.file());
        Notebook::from_cells(Format::default(), &cells)
            .write_new(&self.file())
            .unwrap();
    }

    fn session(&self) -> Session {
        let workspace = Workspace::find(self.folder.path()).unwrap();
        let mut session = session_in(&workspace);
        for cell in Notebook::read(&self.file()).unwrap().cells() {
            session.append(cell.clone());
        }
        session
    }

    fn cached(&self) -> Session {
        let cache = Cache::new(self.folder.path().join("cache"), u64::MAX);
        self.session()
            .with_cache(Arc::new(cache), true)
            .with_partial_results()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever a notebook is made of: saved and run again, one cell after the other or many at a time, with and
    /// without a cache, it gives the same.
    #[test]
    fn a_notebook_gives_the_same_however_it_is_run(made in prop::collection::vec(made(), 1..10)) {
        let saved = Saved::new(&made);
        let expected = give(&mut saved.session(), 1);
        for jobs in [1, 2, 8] {
            prop_assert_eq!(&give(&mut saved.session(), jobs), &expected, "{} at a time", jobs);
            prop_assert_eq!(&give(&mut saved.cached(), jobs), &expected, "{} at a time, with a cache", jobs);
        }
    }

    /// Whatever is changed in a notebook: with what the cache knows of it as it was, it gives what it gives without.
    #[test]
    fn a_changed_notebook_gives_what_it_gives_without_a_cache(
        made in prop::collection::vec(made(), 2..10),
        changes in prop::collection::vec((0.0..1.0, made()), 1..4),
    ) {
        let saved = Saved::new(&made);
        give(&mut saved.cached(), 2);
        let mut made = made;
        for (at, change) in changes {
            let at = (at * made.len() as f64) as usize;
            made[at] = change;
            saved.save(&made);
            let expected = give(&mut saved.session(), 1);
            prop_assert_eq!(&give(&mut saved.cached(), 2), &expected);
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let made: Vec<Made> = (0..18)
        .map(|at| Made {
            kind: at,
            reads: (0.31 * at as f64 % 1.0, 0.77 * at as f64 % 1.0),
            number: at as i64 - 6,
        })
        .collect();
    let saved = Saved::new(&made);
    let printed = |threads: &str, jobs: &str, cache: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sheaf"));
        command
            .args(["run", "made.py", "-j", jobs])
            .current_dir(saved.folder.path());
        command
            .env("POLARS_MAX_THREADS", threads)
            .env("XDG_STATE_HOME", saved.folder.path());
        if !cache {
            command.arg("--no-cache");
        }
        let output = command.output().unwrap();
        crate::docs::without_times(&String::from_utf8(output.stdout).unwrap())
    };
    let expected = printed("1", "1", false);
    assert!(expected.contains("[19]"), "{expected}");
    for threads in ["1", "2", "8"] {
        for jobs in ["1", "2", "8"] {
            for cache in [false, true] {
                assert_eq!(
                    printed(threads, jobs, cache),
                    expected,
                    "{threads} threads, {jobs} jobs, cache {cache}"
                );
            }
        }
    }
}
