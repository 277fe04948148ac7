//! Sessions that activities of pipelines use one after the other: nothing of one reaches the next, those that are gone are
//! replaced, and few are opened.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sheaf::database::{DatabaseError, Patience, Pool};

use super::mariadb::MariaDb;
use super::opened::Opened;
use super::servers::{Server, for_every_server};
use crate::transcript::Transcript;

for_every_server! {
    what_one_leaves_in_a_session_is_gone_for_the_next;
    sessions_that_were_ended_meanwhile_are_replaced_without_a_word;
    a_session_is_for_those_who_log_in_alike;
    sessions_wait_so_long_and_so_many_and_end_with_the_pool;
    activities_that_follow_each_other_log_in_once;
}

/// How long a server may take to see that someone has gone.
const SOON: Duration = Duration::from_secs(20);

/// Opens a connection from a pool.
#[track_caller]
fn from(pool: &Pool, url: &str) -> Opened {
    let opened = Opened::new(url).unwrap();
    opened
        .open_from(pool)
        .unwrap_or_else(|error| panic!("{url}: {error}"));
    opened
}

fn what_one_leaves_in_a_session_is_gone_for_the_next<S: Server>() {
    let server = S::start();
    server.client("CREATE TABLE kept (id INTEGER);\nINSERT INTO kept VALUES (1);");
    let pool = Pool::default();
    let first = from(&pool, &server.url());
    let session = first.rows(S::SESSION);
    // A query of which no more rows are wanted, as a lookup has them.
    let broken_off = first.connection.run(|database| {
        let rows = S::endless().rows;
        database.query(&rows, &[], &first.interrupt, &mut |_| {
            Err(DatabaseError::Rows("enough".to_owned()))
        })
    });
    assert_eq!(broken_off.unwrap_err().to_string(), "enough");
    drop(first);
    let first = from(&pool, &server.url());
    assert_eq!(first.rows(S::SESSION), session);
    let looks = |opened: &Opened| {
        S::LEAVES
            .iter()
            .map(|(_, look)| opened.rows(look))
            .collect::<Vec<_>>()
    };
    let before = looks(&first);
    for ((statement, look), before) in S::LEAVES.iter().zip(&before) {
        first.execute(statement);
        assert_ne!(
            &first.rows(look),
            before,
            "{statement} leaves nothing that {look} shows"
        );
    }
    drop(first);
    assert_eq!(pool.waiting(), 1);
    // Nothing of it waits with the session: who wants the lock, or the row, has it.
    assert_eq!(server.client("SELECT count(*) FROM kept"), "1\n");
    server.client("UPDATE kept SET id = 2");
    let second = from(&pool, &server.url());
    assert_eq!(pool.waiting(), 0);
    assert_eq!(second.rows(S::SESSION), session);
    for ((statement, _), (now, before)) in S::LEAVES.iter().zip(looks(&second).iter().zip(&before)) {
        assert_eq!(now, before, "{statement}");
    }
    // Loads and types of a database's own go on as in a new one.
    assert_eq!(second.execute("DELETE FROM kept"), 1);
}

fn sessions_that_were_ended_meanwhile_are_replaced_without_a_word<S: Server>() {
    let mut server = S::start();
    let pool = Pool::default();
    let url = server.url();
    let ids: Vec<String> = [from(&pool, &url), from(&pool, &url), from(&pool, &url)]
        .iter()
        .map(|opened| opened.rows(S::SESSION))
        .collect();
    assert_eq!(pool.waiting(), 3);
    // One is left.
    for id in &ids[1..] {
        server.client(&S::kill(id));
    }
    thread::sleep(Duration::from_millis(300));
    let opened = from(&pool, &url);
    assert_eq!(opened.rows(S::SESSION), ids[0]);
    let other = from(&pool, &url);
    assert!(!ids.contains(&other.rows(S::SESSION)));
    drop((opened, other));
    assert_eq!(pool.waiting(), 2);
    server.stop();
    server.begin();
    assert_eq!(from(&pool, &url).rows("SELECT 1 AS one"), "1");
    assert_eq!(pool.waiting(), 1);
}

fn a_session_is_for_those_who_log_in_alike<S: Server>() {
    let Some(change) = S::new_password("mara", "NewWord") else {
        return;
    };
    let server = S::with_user("mara", "RightWord");
    let pool = Pool::default();
    let of_mara = server.url_of("mara", "RightWord");
    let session = from(&pool, &of_mara).rows(S::SESSION);
    // The names are the same, and who one is differs.
    assert_ne!(from(&pool, &server.url()).rows(S::SESSION), session);
    assert_eq!(pool.waiting(), 2);
    // Nobody gets in by a session that someone else has left.
    for (user, password) in [("mara", "WrongWord"), ("nobody", "RightWord")] {
        let stranger = Opened::new(&server.url_of(user, password)).unwrap();
        let error = stranger.open_from(&pool).unwrap_err();
        assert!(error.to_string().starts_with("cannot connect to "), "{error}");
    }
    assert_eq!(from(&pool, &of_mara).rows(S::SESSION), session);
    // Once its secret says another one, the old session is for nobody.
    server.client(&change);
    let changed = from(&pool, &server.url_of("mara", "NewWord"));
    assert_ne!(changed.rows(S::SESSION), session);
    drop(changed);
    assert_eq!(pool.waiting(), 3);
}

fn sessions_wait_so_long_and_so_many_and_end_with_the_pool<S: Server>() {
    let server = S::start();
    let url = server.url();
    let five = |pool: &Pool| drop((0..5).map(|_| from(pool, &url)).collect::<Vec<_>>());
    let ends = |pool: &Pool| {
        let begun = Instant::now();
        while pool.waiting() > 0 {
            assert!(begun.elapsed() < SOON, "{pool:?}");
            thread::sleep(Duration::from_millis(20));
        }
    };
    let short = Pool::new(Patience {
        idle: Duration::from_millis(500),
        each: 3,
        ..Patience::default()
    });
    five(&short);
    assert_eq!(short.waiting(), 3);
    ends(&short);
    server.settle();
    // It goes on afterwards.
    five(&short);
    assert_eq!(short.waiting(), 3);
    ends(&short);
    let few = Pool::new(Patience {
        most: 2,
        ..Patience::default()
    });
    five(&few);
    assert_eq!(few.waiting(), 2);
    // Whoever logged in long ago, logs in again.
    let young = Pool::new(Patience {
        age: Duration::ZERO,
        ..Patience::default()
    });
    five(&young);
    assert_eq!(young.waiting(), 0);
    drop(few);
    server.settle();
}

/// A workspace with a pipeline that looks fifty things up, some at a time.
fn looking_up(url: &str, parallel: u32) -> Transcript {
    let items: Vec<String> = (0..50).map(|item| item.to_string()).collect();
    Transcript::new()
        .file("sheaf.ron", format!("(connections: {{\"db\": {url:?}}})"))
        .file(
            "pipelines/p.ron",
            format!(
                "(activities: [\n  (name: \"each\", type: ForEach(items: [{}], parallel: {parallel}, activities: [\n    \
                 (name: \"look\", type: Lookup(source: Query(connection: \"db\", sql: \"SELECT @{{item}} AS item\"))),\n    \
                 (name: \"add\", after: {{\"look\": Succeeded}}, type: Script(connection: \"db\", \
                 sql: \"INSERT INTO kept VALUES (@{{activities.look.output.first_row.item}})\")),\n  ])),\n])",
                items.join(", ")
            ),
        )
}

fn activities_that_follow_each_other_log_in_once<S: Server>() {
    for parallel in [1_u64, 4] {
        let (server, url) = S::counting_logins();
        server.client("CREATE TABLE kept (id INTEGER)");
        let workspace = looking_up(&url, u32::try_from(parallel).unwrap());
        let before = server.logins();
        let output = workspace.run(&["pipeline", "run", "p", "--json"]);
        let logins = server.logins() - before;
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8(output.stdout).unwrap();
        let looked: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|line| line["path"].as_str().is_some_and(|path| path.ends_with("/look")))
            .filter_map(|line| line.get("output").cloned())
            .collect();
        assert_eq!(looked.len(), 50);
        assert!(looked.contains(&json!({"first_row": {"item": 49}})), "{looked:?}");
        assert_eq!(
            server.client("SELECT count(*), min(id), max(id) FROM kept"),
            "50,0,49\n"
        );
        assert!(
            (1..=parallel).contains(&logins),
            "{logins} of {parallel} at a time"
        );
        // Nobody stays connected when the process has ended.
        server.settle();
    }
}

/// Who may not log in any more is not let in by a session that still waits.
#[test]
fn a_user_who_is_gone_from_mariadb_gets_no_session_that_waits() {
    let server = <MariaDb as Server>::with_user("mara", "RightWord");
    let pool = Pool::default();
    let url = server.url_of("mara", "RightWord");
    drop(from(&pool, &url));
    assert_eq!(pool.waiting(), 1);
    server.sql("ALTER USER 'mara'@'%' IDENTIFIED BY 'OtherWord'");
    let error = Opened::new(&url).unwrap().open_from(&pool).unwrap_err();
    assert!(
        error.to_string().contains("the user or the password is wrong"),
        "{error}"
    );
    assert_eq!(pool.waiting(), 0);
}
