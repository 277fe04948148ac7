//! What a connection failed in on its way is done again, where that is safe, and nowhere else.

use super::cutting::{Cut, Way};
use super::server::Postgres;
use crate::live::Live;

const DONE_AGAIN: &str = "it was done again, and went well";

/// A server with a table of three, and a notebook that is connected to it by a way that is cut.
fn through(cut: Cut) -> (Postgres, Way, Live) {
    let server = Postgres::start();
    server.sql("CREATE TABLE kept (id bigint); INSERT INTO kept VALUES (1), (2), (3)");
    let url = server.url("postgres");
    let (before, rest) = url.rsplit_once(':').unwrap();
    let (port, database) = rest.split_once('/').unwrap();
    let way = Way::to(port.parse().unwrap(), cut, 1);
    let mut live = Live::new();
    let cell = format!("con = connect(\"{before}:{}/{database}\")", way.port);
    assert_eq!(live.enter(&cell), "");
    (server, way, live)
}

#[test]
fn a_server_that_was_started_again_is_asked_again() {
    let mut server = Postgres::start();
    server.sql("CREATE TABLE kept (id bigint); INSERT INTO kept VALUES (1), (2), (3)");
    let mut live = Live::new();
    live.enter(&format!("con = connect({:?})", server.url("postgres")));
    let ask = "con.query(\"SELECT count(*)::int AS n FROM kept\")[\"n\"].to_list()";
    assert_eq!(live.enter(ask), "[3]");
    server.restart();
    let told = live.enter(ask);
    assert!(told.starts_with("[3]"), "{told}");
    server.restart();
    let load = "frame({\"id\": [4]}).write_table(con, \"kept\", mode=\"append\").total";
    let told = live.enter(load);
    assert!(told.starts_with('4'), "{told}");
    // What was sent to a session that is over was sent nowhere.
    server.restart();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let delete = "con.execute(\"DELETE FROM kept WHERE id = 4\")";
    let mut told = live.enter(delete);
    // Where it was not known yet that the session is over, that is told, and the next one is another.
    if told.contains("run the cell again") {
        told = live.enter(delete);
    }
    assert_eq!(told, "1");
    assert_eq!(server.sql("SELECT count(*) FROM kept"), "3");
}

#[test]
fn a_query_whose_rows_did_not_all_come_is_asked_again_and_that_is_said() {
    let (_server, way, mut live) = through(Cut::Answered(300_000));
    let told = live.enter("con.query(\"SELECT generate_series(1, 100000) AS g\").shape");
    assert!(
        told.contains(DONE_AGAIN) && told.starts_with("(100000, 1)"),
        "{told}"
    );
    assert_eq!(told.matches(DONE_AGAIN).count(), 1, "{told}");
    assert_eq!(way.left(), 0);
}

#[test]
fn a_load_that_was_cut_off_is_loaded_once() {
    let (server, way, mut live) = through(Cut::Sent(400_000));
    let told = live.enter(
        "rows = frame({\"id\": list(range(100, 100100))})\n\
         rows.write_table(con, \"kept\", mode=\"append\", before=\"DELETE FROM kept WHERE id = 1\").total",
    );
    assert!(told.contains(DONE_AGAIN) && told.starts_with("100002"), "{told}");
    assert_eq!(way.left(), 0);
    assert_eq!(
        server.sql("SELECT count(*), count(DISTINCT id) FROM kept"),
        "100002|100002"
    );
}

#[test]
fn a_lost_answer_to_commit_is_asked_after_only_where_a_run_is_known() {
    let load = |more: &str| {
        format!("frame({{\"id\": [7, 8]}}).write_table(con, \"kept\", mode=\"append\"{more}).rows")
    };
    let (server, way, mut live) = through(Cut::Said("COMMIT"));
    let told = live.enter(&load(""));
    assert!(
        told.starts_with("error: ")
            && told.contains("the answer to COMMIT was lost, so look whether the rows are there"),
        "{told}"
    );
    assert_eq!(way.left(), 0);
    assert_eq!(server.sql("SELECT count(*) FROM kept"), "5");

    let (server, way, mut live) = through(Cut::Said("COMMIT"));
    let told = live.enter(&load(", run_id=\"night\""));
    assert!(told.contains(DONE_AGAIN) && told.starts_with('2'), "{told}");
    assert_eq!(way.left(), 0);
    assert_eq!(server.sql("SELECT count(*) FROM kept"), "5");
}

#[test]
fn a_statement_that_was_sent_is_not_sent_again() {
    let (server, way, mut live) = through(Cut::Said("UPDATE kept"));
    let told = live.enter("con.execute(\"UPDATE kept SET id = id + 10\")");
    assert!(
        told.starts_with("error: the connection to PostgreSQL broke"),
        "{told}"
    );
    assert_eq!(way.left(), 0);
    let sum: i64 = server.sql("SELECT sum(id) FROM kept").parse().unwrap();
    assert!(sum == 6 || sum == 36, "{sum}");
    // A query that may do more than look is no other.
    let (server, way, mut live) = through(Cut::Said("RETURNING"));
    let told = live.enter("con.query(\"INSERT INTO kept VALUES (9) RETURNING id\")");
    assert!(
        told.starts_with("error: the connection to PostgreSQL broke"),
        "{told}"
    );
    assert_eq!(way.left(), 0);
    assert!(["3", "4"].contains(&server.sql("SELECT count(*) FROM kept").as_str()));
}

#[test]
fn in_a_transaction_of_a_person_nothing_is_asked_again() {
    let (_server, way, mut live) = through(Cut::Said("AS needle"));
    live.enter("con.execute(\"BEGIN\")");
    live.enter("con.execute(\"DELETE FROM kept\")");
    let told = live.enter("con.query(\"SELECT count(*)::int AS needle FROM kept\")");
    assert!(
        told.starts_with("error: the connection to PostgreSQL broke"),
        "{told}"
    );
    assert_eq!(way.left(), 0);
    // In a new session it is as it was.
    let now = "con.query(\"SELECT count(*)::int AS n FROM kept\")[\"n\"].to_list()";
    assert_eq!(live.enter(now), "[3]");
}
