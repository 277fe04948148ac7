//! Loads that belong to a run: each is done once, whoever does it again, and however many at the same time.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use polars::prelude::df;
use sheaf::database::{Load, Mode};

use super::kinds::{Kind, for_every_kind};
use super::mariadb::MariaDb;
use super::opened::{Opened, load};
use crate::live::Live;

for_every_kind! {
    a_run_loads_once;
    of_many_that_load_for_one_run_one_does;
    a_run_that_is_killed_behind_a_load_and_resumed_does_not_load_again;
}

/// How long a run may take to come somewhere, on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);

fn a_run_loads_once<K: Kind>() {
    let kind = K::start();
    let mut live = Live::new();
    live.enter(&format!("con = connect({:?})", kind.url()));
    live.enter("rows = frame({\"id\": [1, 2, 3], \"note\": [\"a\", None, \"c\"]})");
    let write = "rows.write_table(con, \"scores\", mode=\"append\", run_id=\"night 1\")";
    assert_eq!(
        live.enter(write),
        "table     scores\nrows      3\ncreated   True\nnulls     note 1"
    );
    for _ in 0..2 {
        assert_eq!(
            live.enter(write),
            "table     scores\nrows      3\ncreated   True\nrepeated  True\nnulls     note 1"
        );
    }
    // Another session, and another mode, are the same run.
    let mut other = Live::new();
    other.enter(&format!("con = connect({:?})", kind.url()));
    other.enter("rows = frame({\"id\": [4], \"note\": [None]})");
    let over = "rows.write_table(con, \"scores\", mode=\"overwrite\", run_id=\"night 1\").repeated";
    assert_eq!(other.enter(over), "True");
    assert_eq!(kind.client("SELECT count(*), count(note) FROM scores"), "3,2\n");
    assert_eq!(other.enter(&over.replace("night 1", "Night 1")), "False");
    assert_eq!(kind.client("SELECT id FROM scores"), "4\n");
    assert_eq!(
        kind.client("SELECT count(*) FROM sheaf_loads WHERE table_name = 'scores' AND loaded_at IS NOT NULL"),
        "2\n"
    );
    // What failed may be done again.
    let bad = "frame({\"id\": [5, 5]}).write_table(con, \"made\", mode=\"upsert\", keys=[\"id\"], run_id=\"night 1\")";
    assert!(live.enter(bad).starts_with("error: row 2, column \"id\""));
    assert_eq!(
        live.enter(
            &bad.replace("[5, 5]", "[5, 6]")
                .replace("run_id=\"night 1\")", "run_id=\"night 1\").rows")
        ),
        "2"
    );
    kind.client("DROP TABLE made");
    let again = bad
        .replace("[5, 5]", "[5, 6]")
        .replace("run_id=\"night 1\")", "run_id=\"night 1\").repeated");
    assert_eq!(live.enter(&again), "False");
    assert_eq!(live.enter(&again), "True");
}

fn of_many_that_load_for_one_run_one_does<K: Kind>() {
    let kind = K::start();
    for (table, mode) in [("appended", Mode::Append), ("made", Mode::Error)] {
        if mode == Mode::Append {
            kind.client("CREATE TABLE appended (id INTEGER)");
        }
        let ids: Vec<i32> = (0..5000).collect();
        let frame = df!("id" => ids).unwrap();
        let plan = Load {
            run_id: Some("night 1".to_owned()),
            ..load(table, mode, &frame)
        };
        let done: Vec<bool> = thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|_| {
                    let (url, plan, frame) = (kind.url(), &plan, &frame);
                    scope.spawn(move || Opened::to(&url).load(plan, frame).unwrap().is_repeated)
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        assert_eq!(
            done.iter().filter(|is_repeated| !**is_repeated).count(),
            1,
            "{table}: {done:?}"
        );
        assert_eq!(
            kind.client(&format!("SELECT count(*), max(id) FROM {table}")),
            "5000,4999\n"
        );
    }
    assert_eq!(kind.client("SELECT count(*) FROM sheaf_loads"), "2\n");
}

/// The cell is killed when its first load is in the table, and before it has ended.
fn a_run_that_is_killed_behind_a_load_and_resumed_does_not_load_again<K: Kind>() {
    let kind = K::start();
    let values: Vec<String> = (1..=1000).map(|number| format!("({number})")).collect();
    kind.client(&format!(
        "CREATE TABLE kept (id INTEGER);\nCREATE TABLE bound (n INTEGER);\nINSERT INTO bound VALUES {};",
        values.join(", ")
    ));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sheaf.ron"), "()").unwrap();
    let write = |id: u32| {
        format!("frame({{\"id\": [{id}]}}).write_table(con, \"kept\", mode=\"append\", run_id=True)")
    };
    let notebook = format!(
        "# %%\ncon = connect({:?})\n# %%\n{}\n\
         con.query(\"SELECT count(*) AS n FROM bound AS a, bound AS b, bound AS c, bound AS d, bound AS e, bound AS f\")\n{}\n",
        kind.url(),
        write(1),
        write(2)
    );
    fs::write(folder.path().join("n.py"), notebook).unwrap();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sheaf"));
        command
            .args(["run", "n.py"])
            .args(arguments)
            .current_dir(folder.path())
            .env("XDG_STATE_HOME", folder.path().join("state"))
            .stdin(Stdio::null());
        command
    };
    for arguments in [&[][..], &["--resume"]] {
        let mut child = command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while kind.client("SELECT count(*) FROM kept") == "0\n" {
            assert!(begun.elapsed() < PATIENCE, "nothing is loaded");
            thread::sleep(Duration::from_millis(20));
        }
        thread::sleep(Duration::from_secs(1));
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    kind.client("DELETE FROM bound");
    let output = command(&["--resume"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(kind.client("SELECT id FROM kept ORDER BY id"), "1\n2\n");
    // Another run is another one.
    assert!(command(&[]).output().unwrap().status.success());
    assert_eq!(kind.client("SELECT id FROM kept ORDER BY id"), "1\n1\n2\n2\n");
}

/// MariaDB commits before the table gets its name: what is killed between the two is not done.
#[test]
fn a_run_that_was_killed_before_its_table_got_its_name_loads_again() {
    let server = MariaDb::start();
    let mut live = Live::new();
    live.enter(&format!("con = connect({:?})", server.url()));
    let write = "frame({\"id\": [1, 2]}).write_table(con, \"scores\", run_id=\"night 1\").repeated";
    assert_eq!(live.enter(write), "False");
    let load_id = server.sql("SELECT load_id FROM sheaf_loads");
    assert!(load_id.starts_with("sheaf_load_"), "{load_id}");
    server.sql(&format!("RENAME TABLE scores TO `{load_id}`"));
    assert_eq!(live.enter(write), "False");
    assert_eq!(server.sql("SELECT count(*) FROM scores"), "2");
    assert_eq!(live.enter(write), "True");
    // Also where someone else has made a table of that name meanwhile, which is not the one of the run.
    server.sql("DROP TABLE scores; DELETE FROM sheaf_loads");
    assert_eq!(live.enter(write), "False");
    let load_id = server.sql("SELECT load_id FROM sheaf_loads");
    server.sql(&format!(
        "RENAME TABLE scores TO `{load_id}`; CREATE TABLE scores (id INT)"
    ));
    assert!(
        live.enter(write)
            .starts_with("error: the table scores is there already")
    );
}
