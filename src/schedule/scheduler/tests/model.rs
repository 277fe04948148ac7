//! Real runs of random graphs that are killed behind random writes: what activities do outside happens as often as the rules allow.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::job::Environment;
use crate::pipeline::TriggerFacts;
use crate::schedule::launch::PipelineLauncher;
use crate::schedule::run::ActivityRow;
use crate::schedule::scheduler::SystemClock;
use crate::schedule::store::NewRun;
use crate::workspace::Workspace;

/// How many rows a copy appends.
const ROWS: i64 = 2;

/// What an activity does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    /// Adds a row that says so.
    Adds,
    /// Adds one, and fails: the row does not stay.
    Fails,
    /// Appends the rows of a file to a table of its own.
    Copies,
}

/// An activity; what it comes after are earlier ones, by their places.
#[derive(Debug, Clone)]
struct Node {
    does: Does,
    retry: u32,
    after: Vec<(usize, usize)>,
}

/// What is drawn of an activity: what it does, its retries, and what it comes after.
type Drawn = (Does, u32, Vec<(usize, usize)>);

const CONDITIONS: [&str; 4] = ["Succeeded", "Failed", "Completed", "Skipped"];

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let does = prop::sample::select(vec![Does::Adds, Does::Adds, Does::Copies, Does::Fails]);
    let node = (
        does,
        0_u32..3,
        prop::collection::vec((0_usize..6, prop::sample::select(vec![0, 0, 1, 2, 2, 3])), 0..3),
    );
    prop::collection::vec(node, 1..6).prop_map(|all| {
        let node = |(place, (does, retry, after)): (usize, Drawn)| Node {
            does,
            retry,
            after: after.into_iter().filter(|(parent, _)| *parent < place).collect(),
        };
        all.into_iter().enumerate().map(node).collect()
    })
}

/// Writes the pipeline of these activities.
fn definition(nodes: &[Node]) -> String {
    let mut tables = String::new();
    let mut activities = String::new();
    for (place, node) in nodes.iter().enumerate() {
        let add = format!("INSERT INTO effects (path) VALUES ('a{place}')");
        let does = match node.does {
            Does::Adds => format!(r#"Script(connection: "db", sql: "{add}")"#),
            Does::Fails => {
                format!(r#"Script(connection: "db", sql: "{add}; INSERT INTO nowhere VALUES (1)")"#)
            }
            Does::Copies => format!(r#"Copy(source: Dataset("in"), sinks: [(dataset: "t{place}")])"#),
        };
        let after: BTreeMap<usize, usize> = node.after.iter().copied().collect();
        let after: Vec<_> = after
            .iter()
            .map(|(parent, condition)| format!(r#""a{parent}": {}"#, CONDITIONS[*condition]))
            .collect();
        tables += &format!(r#""t{place}": Table(connection: "db", table: "t{place}"), "#);
        activities += &format!(
            r#"(name: "a{place}", retry: {}, after: {{{}}}, type: {does}), "#,
            node.retry,
            after.join(", ")
        );
    }
    format!(r#"(datasets: {{"in": File(path: "/mnt/data/in.csv"), {tables}}}, activities: [{activities}])"#)
}

/// A workspace with the pipeline, its database and its store of runs.
struct Field {
    folder: TempDir,
}

impl Field {
    fn new(nodes: &[Node]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in [
            (
                "sheaf.ron",
                "(mounts: {\"/mnt/data\": \"file:data\"}, connections: {\"db\": \"sqlite:data/t.db\"})",
            ),
            ("data/in.csv", "id\n1\n2\n"),
            ("pipelines/p.ron", &definition(nodes)),
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let field = Self { folder };
        let mut sql = "CREATE TABLE effects (number INTEGER PRIMARY KEY, path TEXT);".to_owned();
        for place in 0..nodes.len() {
            sql += &format!("CREATE TABLE t{place} (id INTEGER);");
        }
        field.database().execute_batch(&sql).unwrap();
        field
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path().join("data/t.db")).unwrap()
    }

    fn runs(&self) -> Runs {
        Runs::open(&self.path().join(Runs::FILE)).unwrap()
    }

    /// Lets a process work until nothing of it runs: one whose writes end after some was killed behind the last.
    fn work(&self, writes: Option<u32>) {
        let workspace = Workspace::find(self.path()).unwrap();
        let mounts = workspace.mounts();
        let launcher = Arc::new(PipelineLauncher::new(workspace, Environment::default()));
        let runs = self.runs();
        let mut scheduler = Scheduler::new(runs.clone(), launcher, Arc::new(SystemClock), mounts).unwrap();
        if let Some(writes) = writes {
            runs.break_after(writes);
        }
        let _ = scheduler.tick();
        while !scheduler.running().is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets processes work, of which each but the last is killed, until a run has ended.
    fn work_through(&self, run: &RunId, kills: &[u32]) -> RunRow {
        for writes in kills {
            self.work(Some(*writes));
        }
        // The thread of one that was killed may let go of it a moment later.
        for _ in 0..9 {
            self.work(None);
            let run = self.runs().run(run).unwrap().unwrap();
            if run.status.is_final() {
                return run;
            }
        }
        panic!("the run does not end")
    }

    /// The rows that activities have added, by their paths, each with its number.
    fn effects(&self) -> Vec<(i64, String)> {
        let database = self.database();
        let mut statement = database
            .prepare("SELECT number, path FROM effects ORDER BY number")
            .unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn copied(&self, place: usize) -> i64 {
        let sql = format!("SELECT count(*) FROM t{place}");
        self.database().query_row(&sql, [], |row| row.get(0)).unwrap()
    }
}

/// Returns how a run has to end whose activities have ended so.
fn verdict(nodes: &[Node], statuses: &[ActivityStatus]) -> RunStatus {
    let after: BTreeSet<usize> = nodes
        .iter()
        .flat_map(|node| node.after.iter().map(|(parent, _)| *parent))
        .collect();
    let mut open: Vec<usize> = (0..nodes.len()).filter(|place| !after.contains(place)).collect();
    while let Some(place) = open.pop() {
        match statuses[place] {
            ActivityStatus::Skipped => open.extend(nodes[place].after.iter().map(|(parent, _)| *parent)),
            ActivityStatus::Succeeded => {}
            _ => return RunStatus::Failed,
        }
    }
    RunStatus::Succeeded
}

fn holds(condition: usize, status: ActivityStatus) -> bool {
    use ActivityStatus::{Failed, Skipped, Succeeded};
    match CONDITIONS[condition] {
        "Succeeded" => status == Succeeded,
        "Failed" => status == Failed,
        "Completed" => status == Succeeded || status == Failed,
        _ => status == Skipped,
    }
}

/// Returns the activities in their order.
fn in_order(rows: &[ActivityRow], count: usize) -> Vec<&ActivityRow> {
    let find = |place: usize| rows.iter().find(|row| row.path == format!("a{place}")).unwrap();
    (0..count).map(find).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 60, ..ProptestConfig::default() })]

    /// Each graph ends as its rules say, what has ended well is not done again, and what is copied is there once.
    #[test]
    fn what_is_done_outside_is_done_as_often_as_the_rules_allow(
        nodes in nodes(),
        kills in prop::collection::vec(1_u32..14, 0..8),
        later in prop::collection::vec(1_u32..14, 0..4),
    ) {
        let field = Field::new(&nodes);
        let new = NewRun {
            pipeline: "p",
            version: None,
            origin: Origin::Trigger,
            trigger: TriggerFacts::default(),
            parameters: serde_json::json!({}),
            parent: None,
            owner: None,
        };
        let first = field.runs().create(&new, Utc::now()).unwrap();
        let run = field.work_through(&first, &kills);
        let runs = field.runs();
        let rows = runs.activities(&first).unwrap();
        let rows = in_order(&rows, nodes.len());
        let statuses: Vec<_> = rows.iter().map(|row| row.status).collect();
        prop_assert_eq!(run.status, verdict(&nodes, &statuses), "{:?} {:?}", run.error, statuses);
        let effects = field.effects();
        let numbers = |place: usize| -> Vec<i64> {
            let path = format!("a{place}");
            effects.iter().filter(|(_, of)| *of == path).map(|(number, _)| *number).collect()
        };
        for (place, node) in nodes.iter().enumerate() {
            let attempts = runs.attempts(&first, &rows[place].path).unwrap();
            let count = |status| attempts.iter().filter(|one| one.status == status).count();
            let (well, broken) = (count(ActivityStatus::Succeeded), count(ActivityStatus::Interrupted));
            let begins = node.after.iter().all(|(parent, condition)| holds(*condition, statuses[*parent]));
            let ended = [ActivityStatus::Succeeded, ActivityStatus::Failed].contains(&statuses[place]);
            prop_assert_eq!(begins, ended, "{}: {:?}", place, statuses);
            prop_assert!(begins || statuses[place] == ActivityStatus::Skipped);
            prop_assert!(begins || attempts.is_empty());
            prop_assert!(attempts.len() <= node.retry as usize + 1, "{:?}", attempts);
            prop_assert_eq!(usize::from(statuses[place] == ActivityStatus::Succeeded), well);
            let done = numbers(place);
            match node.does {
                Does::Adds => prop_assert!((well..=well + broken).contains(&done.len()), "{:?} {:?}", done, attempts),
                Does::Fails => prop_assert!(done.is_empty() && well == 0),
                Does::Copies => {
                    let copied = field.copied(place);
                    prop_assert!(copied == ROWS || well == 0 && copied == 0, "{copied} {attempts:?}");
                }
            }
            for (parent, _) in &node.after {
                prop_assert!(numbers(*parent).iter().all(|before| done.iter().all(|number| before < number)));
            }
        }
        // What goes on with it does again what did not end well and what comes after that, and nothing else.
        let mut is_kept = Vec::new();
        for (place, node) in nodes.iter().enumerate() {
            let on_ground = node.after.iter().all(|(parent, _)| is_kept[*parent]);
            is_kept.push(on_ground && statuses[place] == ActivityStatus::Succeeded);
        }
        let copies: Vec<i64> = (0..nodes.len()).map(|place| field.copied(place)).collect();
        let second = runs.rerun(&first, RerunFrom::Failed, Utc::now()).unwrap();
        let again = field.work_through(&second, &later);
        prop_assert!(again.status.is_final());
        let effects_after = field.effects();
        for (place, node) in nodes.iter().enumerate() {
            let path = format!("a{place}");
            let attempts = runs.attempts(&second, &path).unwrap();
            let added = effects_after.iter().filter(|(_, of)| *of == path).count() - numbers(place).len();
            let copied = field.copied(place);
            if is_kept[place] {
                prop_assert!(attempts.is_empty() && added == 0 && copied == copies[place], "{}: {:?}", place, attempts);
            }
            let on_ground = node.after.iter().all(|(parent, _)| is_kept[*parent]);
            if node.does == Does::Copies && on_ground {
                // Whatever was committed before is not loaded twice.
                prop_assert!(copied <= ROWS, "{place}: {copied}");
            }
            let well = attempts.iter().filter(|one| one.status == ActivityStatus::Succeeded).count();
            prop_assert!(well <= 1 && copied <= 2 * ROWS);
        }
    }
}
