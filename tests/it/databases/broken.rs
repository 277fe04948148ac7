//! A connection to PostgreSQL that breaks: the server stops or crashes, someone ends the session, someone asks for a stop.

use std::thread;
use std::time::{Duration, Instant};

use polars::prelude::*;
use sheaf::database::{DatabaseError, Mode};

use super::opened::{Opened, load, told};
use super::server::Postgres;

/// How soon something that is stopped has to end, on a machine that is busy.
const SOON: Duration = Duration::from_secs(10);
const HINT: &str = "→ what was not finished has changed nothing; run the cell again";

/// Returns batches without an end.
fn endless() -> impl Iterator<Item = Result<DataFrame, DatabaseError>> {
    let ids: Vec<i32> = (0..50_000).collect();
    let frame = df!("id" => ids).unwrap();
    std::iter::repeat_with(move || Ok(frame.clone()))
}

/// Does something to a server while a query and a load go on, and returns what each of them says.
fn during_work(server: &mut Postgres, stop: impl FnOnce(&mut Postgres)) -> [String; 4] {
    let url = server.url("postgres");
    server.sql(
        "CREATE TABLE IF NOT EXISTS kept (id integer); TRUNCATE kept; INSERT INTO kept VALUES (1), (2), (3)",
    );
    let idle = Opened::to(&url);
    let mut ends = thread::scope(|scope| {
        let waits = scope.spawn(|| {
            let opened = Opened::to(&url);
            let error = opened.asked("SELECT pg_sleep(600)::text AS t", &[]).unwrap_err();
            assert!(!opened.connection.is_open());
            told(&error)
        });
        let reads = scope.spawn(|| {
            let opened = Opened::to(&url);
            let rows = "SELECT generate_series(1, 2000000000) AS g";
            let mut count = 0;
            let ended = opened.connection.run(|database| {
                database.query(rows, &[], &opened.interrupt, &mut |batch| {
                    count += batch.height();
                    Ok(())
                })
            });
            assert!(count > 0);
            told(&ended.unwrap_err())
        });
        let loads = scope.spawn(|| {
            let opened = Opened::to(&url);
            let frame = df!("id" => [1_i32]).unwrap();
            let mut plan = load("kept", Mode::Overwrite, &frame);
            plan.before = Some("DELETE FROM kept WHERE id = 1".to_owned());
            told(&opened.load_batches(&plan, &mut endless()).unwrap_err())
        });
        thread::sleep(Duration::from_secs(1));
        let begun = Instant::now();
        stop(server);
        let ends = [
            waits.join().unwrap(),
            reads.join().unwrap(),
            loads.join().unwrap(),
        ];
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        ends.to_vec()
    });
    ends.push(told(&idle.run("SELECT 1").unwrap_err()));
    ends.try_into().unwrap()
}

#[test]
fn a_server_that_stops_ends_all_work_and_keeps_the_old_rows() {
    let mut server = Postgres::start();
    let ends = during_work(&mut server, Postgres::stop);
    let [waiting, reading, loading, idle] = &ends;
    // In the middle of rows the server cannot say more, and who was idle may see no more than that it is gone.
    let closed = format!("the connection to PostgreSQL broke: the server closed it\n{HINT}");
    let ended = format!(
        "the connection to PostgreSQL broke: the server ended it: it is shutting down, or someone ended this \
         session\n{HINT}"
    );
    assert_eq!(waiting, &ended);
    for end in [reading, loading, idle] {
        assert!([&closed, &ended].contains(&end), "{end}");
    }
    server.restart();
    assert_eq!(server.sql("SELECT count(*), sum(id) FROM kept"), "3|6");
}

#[test]
fn a_server_that_crashes_ends_all_work_and_keeps_the_old_rows() {
    let mut server = Postgres::start();
    for end in during_work(&mut server, Postgres::crash) {
        assert!(end.starts_with("the connection to PostgreSQL broke: "), "{end}");
        assert!(end.ends_with(HINT), "{end}");
    }
    server.restart();
    assert_eq!(server.sql("SELECT count(*), sum(id) FROM kept"), "3|6");
}

#[test]
fn a_session_that_someone_ended_is_opened_again_by_the_next_use() {
    let server = Postgres::start();
    let opened = Opened::to(&server.url("postgres"));
    let process = opened.rows("SELECT pg_backend_pid() AS p");
    server.sql(&format!("SELECT pg_terminate_backend({process}, 5000)"));
    let error = opened.run("SELECT 1").unwrap_err();
    let text = told(&error);
    assert!(
        text.starts_with("the connection to PostgreSQL broke: the server "),
        "{text}"
    );
    assert!(!opened.connection.is_open());
    opened.open().unwrap();
    assert_eq!(opened.rows("SELECT 1 AS one"), "1");
}

#[test]
fn a_commit_without_an_answer_is_told_as_one() {
    let server = Postgres::start();
    let opened = Opened::to(&server.url("postgres"));
    let error = opened
        .connection
        .run(|database| {
            database.begin(&opened.interrupt)?;
            let process = server.sql("SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction'");
            server.sql(&format!("SELECT pg_terminate_backend({process}, 5000)"));
            database.commit(&opened.interrupt)
        })
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the answer to COMMIT was lost, so look whether the rows are there"),
        "{error}"
    );
}

#[test]
fn what_is_interrupted_is_stopped_on_the_server_too() {
    let server = Postgres::start();
    server.sql("CREATE TABLE kept (id integer); INSERT INTO kept VALUES (1), (2), (3)");
    let working = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> \
                   pg_backend_pid() AND state <> 'idle'";
    let opened = Opened::to(&server.url("postgres"));
    let process = opened.rows("SELECT pg_backend_pid() AS p");
    opened.execute("CREATE TEMPORARY TABLE mine (id integer)");
    for sql in [
        "SELECT pg_sleep(600)",
        "SELECT count(*) FROM generate_series(1, 2000000000)",
    ] {
        opened.interrupt_after(Duration::from_millis(300));
        let begun = Instant::now();
        let ended = opened.run(sql);
        assert!(matches!(ended, Err(DatabaseError::Interrupted)), "{ended:?}");
        assert!(begun.elapsed() < SOON);
        assert_eq!(server.sql(working), "0", "{sql}");
        opened.interrupt.clear();
        // It is the same session, with all that it had.
        assert_eq!(
            opened.rows("SELECT pg_backend_pid() AS p, (SELECT count(*) FROM mine) AS n"),
            format!("{process}|0")
        );
    }
    // A load that waits for a lock which someone else holds.
    let holder = Opened::to(&server.url("postgres"));
    holder.execute("BEGIN");
    holder.execute("LOCK TABLE kept");
    let frame = df!("id" => [4_i32]).unwrap();
    opened.interrupt_after(Duration::from_millis(300));
    let begun = Instant::now();
    let ended = opened.load(&load("kept", Mode::Append, &frame), &frame);
    assert!(matches!(ended, Err(DatabaseError::Interrupted)), "{ended:?}");
    assert!(begun.elapsed() < SOON);
    holder.execute("ROLLBACK");
    assert_eq!(server.sql(working), "0");
    assert_eq!(server.sql("SELECT count(*) FROM kept"), "3");
    drop(holder);
    opened.connection.close();
    assert_eq!(server.sessions(), 0);
}

#[test]
fn a_statement_that_was_done_just_before_it_was_stopped_says_so() {
    let server = Postgres::start();
    server.sql("CREATE TABLE counted (id integer)");
    let opened = Opened::to(&server.url("postgres"));
    let mut done = 0;
    for round in 0..40 {
        opened.interrupt.clear();
        opened.open().unwrap();
        opened.interrupt_after(Duration::from_micros(15_000 + round * 300));
        match opened.run("INSERT INTO counted SELECT 1 FROM (SELECT pg_sleep(0.02)) AS s") {
            Ok(count) => done += count,
            Err(DatabaseError::Interrupted) => {}
            Err(error) => panic!("{error}"),
        }
        // Until the flag is set, the next round does not begin.
        while !opened.interrupt.is_set() {
            thread::sleep(Duration::from_millis(1));
        }
    }
    assert_eq!(server.sql("SELECT count(*) FROM counted"), done.to_string());
}

#[test]
fn a_stop_does_not_reach_the_next_statement() {
    let server = Postgres::start();
    let opened = Opened::to(&server.url("postgres"));
    for _ in 0..50 {
        let ended = opened.connection.run(|database| {
            let rows = "SELECT generate_series(1, 100000) AS g";
            database.query(rows, &[], &opened.interrupt, &mut |_| {
                Err(DatabaseError::Rows("enough".to_owned()))
            })
        });
        assert_eq!(ended.unwrap_err().to_string(), "enough");
        assert_eq!(
            opened.rows("SELECT count(*) AS n FROM generate_series(1, 1000)"),
            "1000"
        );
    }
}
