//! Servers that do not let one in, and servers that end in the middle of work: the error says what it was, and the old rows are
//! there.

use std::thread;
use std::time::{Duration, Instant};

use polars::prelude::{DataFrame, df};
use sheaf::database::{DatabaseError, Mode};

use super::opened::{Opened, load, told};
use super::servers::{Server, for_every_server};

for_every_server! {
    a_wrong_password_is_told_and_is_in_no_message;
    a_server_that_is_stopped_in_the_middle_of_a_query_is_told;
    a_server_that_crashes_in_the_middle_of_a_query_is_told;
    a_server_that_is_stopped_in_the_middle_of_a_load_keeps_the_old_rows;
    a_server_that_crashes_in_the_middle_of_a_load_keeps_the_old_rows;
}

/// How soon who works with a server that ends has to hear of it, on a machine that is busy.
const SOON: Duration = Duration::from_secs(20);
const HINT: &str = "→ what was not finished has changed nothing; run the cell again";
const TABLE: &str = "CREATE TABLE kept (id INTEGER PRIMARY KEY, note VARCHAR(40) NOT NULL);\n\
                     INSERT INTO kept VALUES (1, 'old'), (2, 'old'), (3, 'old');";
const OLD: &str = "1,old\n2,old\n3,old\n";

fn a_wrong_password_is_told_and_is_in_no_message<S: Server>() {
    let server = S::with_user("mara", "RightWord");
    let refused = |user: &str, password: &str| match Opened::try_to(&server.url_of(user, password)) {
        Ok(_) => panic!("{user} with {password} was let in"),
        Err(error) => {
            assert!(matches!(error, DatabaseError::Connect { .. }), "{error:?}");
            told(&error)
        }
    };
    let text = refused("mara", "WrongWord");
    let begin = format!("cannot connect to {} at ", S::NAME);
    assert!(text.starts_with(&begin), "{text}");
    assert!(text.contains("the user or the password is wrong"), "{text}");
    for text in [text, refused("nobody", "WrongWord"), refused("mara", "rightword")] {
        for word in ["WrongWord", "RightWord", "rightword", "mara", "nobody"] {
            assert!(!text.contains(word), "{text}");
        }
    }
    assert_eq!(
        Opened::to(&server.url_of("mara", "RightWord")).rows("SELECT 1 AS one"),
        "1"
    );
}

/// Looks whether an error is that of a connection that broke.
#[track_caller]
fn assert_broke<S: Server>(text: &str) {
    let begin = format!("the connection to {} broke: ", S::NAME);
    assert!(text.starts_with(&begin), "{text}");
    assert!(text.ends_with(HINT), "{text}");
}

/// Ends a server while one waits for an answer, another one gets rows, and a third one is idle.
fn during_queries<S: Server>(end: impl FnOnce(&mut S)) {
    let mut server = S::start();
    server.client(TABLE);
    let url = server.url();
    let endless = S::endless();
    let idle = Opened::to(&url);
    let ends = thread::scope(|scope| {
        let waits = scope.spawn(|| {
            let opened = Opened::to(&url);
            let text = told(&opened.asked(&endless.count, &[]).unwrap_err());
            assert!(!opened.connection.is_open());
            text
        });
        let reads = scope.spawn(|| {
            let opened = Opened::to(&url);
            let mut count = 0;
            let ended = opened.connection.run(|database| {
                database.query(&endless.rows, &[], &opened.interrupt, &mut |batch| {
                    count += batch.height();
                    Ok(())
                })
            });
            assert!(count > 0);
            told(&ended.unwrap_err())
        });
        thread::sleep(Duration::from_secs(2));
        let begun = Instant::now();
        end(&mut server);
        let ends = [waits.join().unwrap(), reads.join().unwrap()];
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        ends
    });
    for text in ends
        .into_iter()
        .chain([told(&idle.run("SELECT 1 AS one").unwrap_err())])
    {
        assert_broke::<S>(&text);
    }
    server.begin();
    assert_eq!(server.client("SELECT id, note FROM kept ORDER BY id"), OLD);
    // The next use opens another session.
    idle.open().unwrap();
    assert_eq!(idle.rows("SELECT count(*) AS n FROM kept"), "3");
}

fn a_server_that_is_stopped_in_the_middle_of_a_query_is_told<S: Server>() {
    during_queries::<S>(S::stop);
}

fn a_server_that_crashes_in_the_middle_of_a_query_is_told<S: Server>() {
    during_queries::<S>(S::crash);
}

fn rows(batch: i32) -> DataFrame {
    let ids: Vec<i32> = (batch * 10_000..(batch + 1) * 10_000).map(|id| id + 10).collect();
    df!("note" => vec!["new"; ids.len()], "id" => ids).unwrap()
}

/// Ends a server in the middle of loads of each mode.
fn during_loads<S: Server>(end: impl Fn(&mut S)) {
    let mut server = S::start();
    server.client(TABLE);
    let url = server.url();
    for mode in [Mode::Append, Mode::Overwrite, Mode::Upsert] {
        let opened = Opened::to(&url);
        let mut plan = load("kept", mode, &rows(0));
        plan.before = Some("DELETE FROM kept WHERE id = 1".to_owned());
        if mode == Mode::Upsert {
            plan.keys = vec!["id".to_owned()];
        }
        let mut batches = (0..20).map(|batch| {
            if batch == 10 {
                end(&mut server);
            }
            Ok(rows(batch))
        });
        let error = opened.load_batches(&plan, &mut batches).unwrap_err();
        assert_broke::<S>(&told(&error));
        assert!(!opened.connection.is_open(), "{mode:?}");
        server.begin();
        assert_eq!(
            server.client("SELECT id, note FROM kept ORDER BY id"),
            OLD,
            "{mode:?}"
        );
        opened.open().unwrap();
        assert_eq!(opened.rows("SELECT count(*) AS n FROM kept"), "3", "{mode:?}");
    }
    // Nothing is left of what was begun.
    assert_eq!(Opened::to(&url).execute("UPDATE kept SET note = 'mine'"), 3);
}

fn a_server_that_is_stopped_in_the_middle_of_a_load_keeps_the_old_rows<S: Server>() {
    during_loads::<S>(S::stop);
}

fn a_server_that_crashes_in_the_middle_of_a_load_keeps_the_old_rows<S: Server>() {
    during_loads::<S>(S::crash);
}
