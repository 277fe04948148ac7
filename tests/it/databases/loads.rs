//! All of a load or nothing: whatever fails in its middle, whoever writes at the same time, and whenever it is stopped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use polars::prelude::*;
use sheaf::database::{DatabaseError, Mode};

use super::kinds::{Kind, for_every_kind};
use super::opened::{Opened, load, shown, told};
use crate::live::Live;

for_every_kind! {
    what_fails_in_the_middle_leaves_the_old_rows;
    two_who_append_lose_nothing;
    two_who_overwrite_leave_the_rows_of_one;
    a_query_that_is_interrupted_ends_soon;
    a_statement_that_is_interrupted_changes_nothing;
    a_load_that_is_interrupted_changes_nothing;
    a_million_rows_go_through_a_scan_into_a_table;
}

/// How soon something that is interrupted has to end, on a machine that is busy.
const SOON: Duration = Duration::from_secs(5);
const OLD: &str = "1,old\n2,old\n3,old\n";

/// Makes a table with three rows.
fn kept<K: Kind>(kind: &K) {
    kind.client(&format!(
        "CREATE TABLE kept (id INTEGER PRIMARY KEY, note {} NOT NULL);\n\
         INSERT INTO kept VALUES (1, 'old'), (2, 'old'), (3, 'old');",
        K::DIALECT.text
    ));
}

#[track_caller]
fn assert_kept(kind: &impl Kind, what: &str) {
    let statement = "SELECT id, note FROM kept ORDER BY id";
    assert_eq!(kind.client(statement), OLD, "{what}");
    let other = Opened::to(&kind.url());
    assert_eq!(other.rows(statement), OLD.trim_end().replace(',', "|"), "{what}");
}

/// Returns rows with numbers as their keys.
fn rows(first: i32, count: i32) -> DataFrame {
    let ids: Vec<i32> = (first..first + count).collect();
    let notes: Vec<String> = ids.iter().map(|id| format!("new {id}")).collect();
    df!("id" => ids, "note" => notes).unwrap()
}

fn what_fails_in_the_middle_leaves_the_old_rows<K: Kind>() {
    let kind = K::start();
    kept(&kind);
    let opened = Opened::to(&kind.url());
    let good = rows(10, 30_000);
    let at = 25_000;
    let with = |column: Column| {
        let mut changed = good.clone();
        changed.with_column(column).unwrap();
        changed
    };
    let ids: Vec<i32> = (10..30_010).collect();
    let twice: Vec<i32> = ids
        .iter()
        .enumerate()
        .map(|(row, id)| if row == at - 1 { 17 } else { *id })
        .collect();
    let hole: Vec<Option<&str>> = (1..=30_000).map(|row| (row != at).then_some("new")).collect();
    for mode in [Mode::Append, Mode::Overwrite, Mode::Upsert] {
        let mut plan = load("kept", mode, &good);
        plan.before = Some("DELETE FROM kept WHERE id > 1".to_owned());
        if mode == Mode::Upsert {
            plan.keys = vec!["id".to_owned()];
        }
        for (frame, begin) in [
            (
                with(Column::new("id".into(), &twice)),
                format!("row {at}, column \"id\": "),
            ),
            (
                with(Column::new("note".into(), &hole)),
                format!("row {at}, column \"note\": NULL in a column that must have a value"),
            ),
        ] {
            let error = opened.load(&plan, &frame).unwrap_err();
            let text = told(&error);
            assert!(text.starts_with(&begin), "{mode:?}: {text}");
            assert!(text.contains("→ nothing was loaded"), "{text}");
            assert_kept(&kind, &text);
        }
        let mut batches = (0..3).map(|batch| match batch {
            2 => Err(DatabaseError::Rows("the rows broke off".to_owned())),
            _ => Ok(good.slice(batch * 10_000, 10_000)),
        });
        let error = opened.load_batches(&plan, &mut batches).unwrap_err();
        assert_eq!(error.to_string(), "the rows broke off");
        assert_kept(&kind, "rows that broke off");
        plan.before = Some("DELETE FROM keppt".to_owned());
        opened.load(&plan, &good).unwrap_err();
        assert_kept(&kind, "a statement that is wrong");
    }
    // The connection has come to no harm.
    let mut plan = load("kept", Mode::Overwrite, &good);
    plan.before = Some("DELETE FROM kept WHERE id > 1".to_owned());
    let report = opened.load(&plan, &good).unwrap();
    assert_eq!(
        (report.before, report.removed, report.rows_after),
        (Some(2), Some(1), 30_000)
    );
    assert_eq!(
        kind.client("SELECT count(*) FROM kept WHERE note LIKE 'new %'"),
        "30000\n"
    );
}

fn two_who_append_lose_nothing<K: Kind>() {
    let kind = K::start();
    kind.client(&format!(
        "CREATE TABLE pair (id INTEGER PRIMARY KEY, note {})",
        K::DIALECT.text
    ));
    thread::scope(|scope| {
        for writer in 0..2 {
            let url = kind.url();
            scope.spawn(move || {
                let opened = Opened::to(&url);
                for round in 0..10 {
                    let frame = rows(writer * 100_000 + round * 1000, 1000);
                    let report = opened.load(&load("pair", Mode::Append, &frame), &frame).unwrap();
                    assert_eq!(report.rows, 1000);
                }
            });
        }
    });
    assert_eq!(
        kind.client("SELECT count(*), min(id), max(id) FROM pair"),
        "20000,0,109999\n"
    );
}

/// Where a server refuses one of the two, it says so, and the other's rows are there.
fn two_who_overwrite_leave_the_rows_of_one<K: Kind>() {
    let kind = K::start();
    kind.client(&format!(
        "CREATE TABLE pair (id INTEGER PRIMARY KEY, note {});\nINSERT INTO pair VALUES (1, 'first');",
        K::DIALECT.text
    ));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = ["left", "right"]
            .into_iter()
            .map(|who| {
                let url = kind.url();
                scope.spawn(move || {
                    let opened = Opened::to(&url);
                    let ids: Vec<i32> = (0..2000).collect();
                    let frame = df!("id" => ids, "note" => vec![who; 2000]).unwrap();
                    let mut done = 0;
                    for _ in 0..10 {
                        match opened.load(&load("pair", Mode::Overwrite, &frame), &frame) {
                            Ok(_) => done += 1,
                            Err(error) => assert!(
                                told(&error).contains("someone else was in the way"),
                                "{}",
                                told(&error)
                            ),
                        }
                    }
                    done
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            let opened = Opened::to(&kind.url());
            while !is_over.load(Ordering::SeqCst) {
                let seen = opened.rows("SELECT min(note) AS a, max(note) AS b, count(*) AS n FROM pair");
                let whole = ["first|first|1", "left|left|2000", "right|right|2000"];
                assert!(whole.contains(&seen.as_str()), "{seen}");
            }
        });
        let done: Vec<i32> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
        is_over.store(true, Ordering::SeqCst);
        reader.join().unwrap();
        assert!(done.iter().sum::<i32>() >= 10, "{done:?}");
    });
}

fn a_query_that_is_interrupted_ends_soon<K: Kind>() {
    let kind = K::start();
    kept(&kind);
    let opened = Opened::to(&kind.url());
    let endless = K::endless();
    for sql in [&endless.count, &endless.rows] {
        let mut begun = Instant::now();
        let mut count = 0;
        if sql == &endless.count {
            opened.interrupt_after(Duration::from_millis(300));
        }
        let ended = opened.connection.run(|database| {
            database.query(sql, &[], &opened.interrupt, &mut |batch| {
                if count == 0 {
                    begun = Instant::now();
                    opened.interrupt_after(Duration::from_millis(100));
                }
                count += batch.height();
                Ok(())
            })
        });
        assert!(matches!(ended, Err(DatabaseError::Interrupted)), "{ended:?}");
        assert!(begun.elapsed() < SOON, "{sql}: {:?}", begun.elapsed());
        assert!(sql == &endless.count || count > 0);
        opened.interrupt.clear();
        opened.open().unwrap();
        assert_eq!(opened.rows("SELECT count(*) AS n FROM kept"), "3");
    }
    assert_kept(&kind, "interrupted queries");
}

fn a_statement_that_is_interrupted_changes_nothing<K: Kind>() {
    let kind = K::start();
    kept(&kind);
    let opened = Opened::to(&kind.url());
    let endless = K::endless();
    for sql in [&endless.insert, &endless.update] {
        opened.interrupt_after(Duration::from_millis(300));
        let begun = Instant::now();
        let ended = opened.run(sql);
        assert!(matches!(ended, Err(DatabaseError::Interrupted)), "{ended:?}");
        assert!(begun.elapsed() < SOON, "{sql}: {:?}", begun.elapsed());
        assert_kept(&kind, sql);
        opened.interrupt.clear();
        opened.open().unwrap();
    }
    assert_eq!(opened.execute("DELETE FROM kept"), 3);
}

fn a_load_that_is_interrupted_changes_nothing<K: Kind>() {
    let kind = K::start();
    kept(&kind);
    let opened = Opened::to(&kind.url());
    for mode in [Mode::Append, Mode::Overwrite, Mode::Upsert] {
        let mut plan = load("kept", mode, &rows(0, 0));
        plan.before = Some("DELETE FROM kept".to_owned());
        if mode == Mode::Upsert {
            plan.keys = vec!["id".to_owned()];
        }
        let mut next = 10;
        let mut endless = std::iter::repeat_with(|| {
            next += 10_000;
            Ok(rows(next, 10_000))
        });
        opened.interrupt_after(Duration::from_millis(500));
        let begun = Instant::now();
        let ended = opened.load_batches(&plan, &mut endless);
        assert!(matches!(ended, Err(DatabaseError::Interrupted)), "{ended:?}");
        assert!(begun.elapsed() < SOON, "{mode:?}: {:?}", begun.elapsed());
        assert_kept(&kind, "an interrupted load");
        opened.interrupt.clear();
        opened.open().unwrap();
        assert_eq!(opened.rows("SELECT count(*) AS n FROM kept"), "3");
    }
    let frame = rows(10, 5);
    assert_eq!(
        opened
            .load(&load("kept", Mode::Append, &frame), &frame)
            .unwrap()
            .rows_after,
        8
    );
}

fn a_million_rows_go_through_a_scan_into_a_table<K: Kind>() {
    let kind = K::start();
    let dialect = K::DIALECT;
    let made = format!(
        "SELECT i, i / 7.0, {}, '2024-02-29', CASE WHEN i % 3 = 0 THEN i END FROM n",
        dialect.greeting
    );
    kind.client(&format!(
        "CREATE TABLE big (id INTEGER, number DOUBLE PRECISION, text {}, day DATE, hole BIGINT);\n{};",
        dialect.text,
        K::with_numbers("INSERT INTO big", "i < 1000000", &made)
    ));
    let mut live = Live::new();
    live.enter(&format!("con = connect({:?})", kind.url()));
    assert_eq!(
        live.enter("con.scan_query(\"SELECT * FROM big\").write_table(con, \"copied\")"),
        "table     copied\nrows      1000000\ncreated   True\nnulls     hole 666667"
    );
    for (one, other) in [("big", "copied"), ("copied", "big")] {
        let differ = format!("SELECT count(*) FROM (SELECT * FROM {one} EXCEPT SELECT * FROM {other}) AS d");
        assert_eq!(kind.client(&differ), "0\n");
        assert_eq!(
            kind.client(&format!("SELECT count(*), sum(hole) FROM {one}")),
            "1000000,166666833333\n"
        );
    }
    let again = Opened::to(&kind.url());
    assert_eq!(
        shown(&again.query("SELECT text, hole FROM copied WHERE id = 999999")),
        "grüße 999999|999999"
    );
}
