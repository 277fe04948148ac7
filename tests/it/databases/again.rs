//! What a connection failed in on its way is done again, where that is safe, and nowhere else.

use super::cutting::{Cut, Way};
use super::kinds::PostgreSql;
use super::servers::{Server, for_every_server};
use crate::live::Live;

for_every_server! {
    a_server_that_was_started_again_is_asked_again;
    a_query_that_was_not_answered_is_asked_again_and_that_is_said;
    a_query_whose_rows_did_not_all_come_is_asked_again_and_that_is_said;
    a_load_that_was_cut_off_is_loaded_once;
    a_load_that_was_cut_off_before_its_commit_is_loaded_once;
    a_lost_answer_to_commit_is_asked_after_only_where_a_run_is_known;
    a_statement_that_was_sent_is_not_sent_again;
    in_a_transaction_of_a_person_nothing_is_asked_again;
}

const DONE_AGAIN: &str = "it was done again, and went well";
const COUNT: &str = "con.query(\"SELECT count(*) AS needle FROM kept\")[\"needle\"].to_list()";

/// A server with a table of three.
fn started<S: Server>() -> S {
    let server = S::plain();
    server.client("CREATE TABLE kept (id BIGINT);\nINSERT INTO kept VALUES (1), (2), (3);");
    server
}

/// A server with a table of three, and a notebook that is connected to it by a way that is cut.
fn through<S: Server>(cut: Cut) -> (S, Way, Live) {
    let server: S = started();
    let way = server.way(cut);
    let mut live = Live::new();
    let cell = format!("con = connect({:?})", server.url_by(way.port));
    assert_eq!(live.enter(&cell), "");
    (server, way, live)
}

fn said<S: Server>(word: &str) -> Cut {
    Cut::Said(S::on_wire(word))
}

/// Looks whether an error is that of a connection that broke.
#[track_caller]
fn assert_broke<S: Server>(told: &str) {
    let begin = format!("error: the connection to {} broke", S::NAME);
    assert!(told.starts_with(&begin), "{told}");
    assert!(!told.contains(DONE_AGAIN), "{told}");
}

fn a_server_that_was_started_again_is_asked_again<S: Server>() {
    let mut server: S = started();
    let mut live = Live::new();
    live.enter(&format!("con = connect({:?})", server.url_by(server.port())));
    assert_eq!(live.enter(COUNT), "[3]");
    let restart = |server: &mut S| {
        server.stop();
        server.begin();
    };
    restart(&mut server);
    let told = live.enter(COUNT);
    assert!(told.starts_with("[3]"), "{told}");
    restart(&mut server);
    let load = "frame({\"id\": [4]}).write_table(con, \"kept\", mode=\"append\").total";
    let told = live.enter(load);
    assert!(told.starts_with('4'), "{told}");
    // What was sent to a session that is over was sent nowhere.
    restart(&mut server);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let delete = "con.execute(\"DELETE FROM kept WHERE id = 4\")";
    let mut told = live.enter(delete);
    // Where it was not known yet that the session is over, that is told, and the next one is another.
    if told.contains("run the cell again") {
        told = live.enter(delete);
    }
    assert_eq!(told, "1");
    assert_eq!(server.client("SELECT count(*) FROM kept"), "3\n");
}

fn a_query_that_was_not_answered_is_asked_again_and_that_is_said<S: Server>() {
    let (_server, way, mut live) = through::<S>(said::<S>("AS needle"));
    let told = live.enter(COUNT);
    assert!(told.contains(DONE_AGAIN) && told.starts_with("[3]"), "{told}");
    assert_eq!(told.matches(DONE_AGAIN).count(), 1, "{told}");
    assert_eq!(way.left(), 0);
}

fn a_query_whose_rows_did_not_all_come_is_asked_again_and_that_is_said<S: Server>() {
    let (server, way, mut live) = through::<S>(Cut::Answered(300_000));
    let many = S::with_numbers("INSERT INTO kept", "i < 100000", "SELECT i FROM n");
    server.client(&format!("DELETE FROM kept;\n{many};"));
    let told = live.enter("con.query(\"SELECT id FROM kept\").shape");
    assert!(
        told.contains(DONE_AGAIN) && told.starts_with("(100000, 1)"),
        "{told}"
    );
    assert_eq!(told.matches(DONE_AGAIN).count(), 1, "{told}");
    assert_eq!(way.left(), 0);
}

fn a_load_that_was_cut_off_is_loaded_once<S: Server>() {
    let (server, way, mut live) = through::<S>(Cut::Sent(400_000));
    let told = live.enter(
        "rows = frame({\"id\": list(range(100, 100100))})\n\
         rows.write_table(con, \"kept\", mode=\"append\", before=\"DELETE FROM kept WHERE id = 1\").total",
    );
    assert!(told.contains(DONE_AGAIN) && told.starts_with("100002"), "{told}");
    assert_eq!(way.left(), 0);
    assert_eq!(
        server.client("SELECT count(*), count(DISTINCT id) FROM kept"),
        "100002,100002\n"
    );
}

/// All rows are there, and are being looked at.
fn a_load_that_was_cut_off_before_its_commit_is_loaded_once<S: Server>() {
    let (server, way, mut live) = through::<S>(said::<S>("sum("));
    let told = live.enter("frame({\"id\": [7, 8]}).write_table(con, \"kept\", mode=\"overwrite\").removed");
    assert!(told.contains(DONE_AGAIN) && told.starts_with('3'), "{told}");
    assert_eq!(way.left(), 0);
    assert_eq!(server.client("SELECT id FROM kept ORDER BY id"), "7\n8\n");
}

fn a_lost_answer_to_commit_is_asked_after_only_where_a_run_is_known<S: Server>() {
    let load = |more: &str| {
        format!("frame({{\"id\": [7, 8]}}).write_table(con, \"kept\", mode=\"append\"{more}).rows")
    };
    let (server, way, mut live) = through::<S>(said::<S>("COMMIT"));
    let told = live.enter(&load(""));
    assert!(
        told.starts_with("error: ")
            && told.contains("the answer to COMMIT was lost, so look whether the rows are there"),
        "{told}"
    );
    assert_eq!(way.left(), 0);
    assert_eq!(server.client("SELECT count(*) FROM kept"), "5\n");

    let (server, way, mut live) = through::<S>(said::<S>("COMMIT"));
    let told = live.enter(&load(", run_id=\"night\""));
    assert!(told.contains(DONE_AGAIN) && told.starts_with('2'), "{told}");
    assert_eq!(way.left(), 0);
    assert_eq!(server.client("SELECT count(*) FROM kept"), "5\n");
}

fn a_statement_that_was_sent_is_not_sent_again<S: Server>() {
    let (server, way, mut live) = through::<S>(said::<S>("UPDATE kept"));
    assert_broke::<S>(&live.enter("con.execute(\"UPDATE kept SET id = id + 10\")"));
    assert_eq!(way.left(), 0);
    server.settle();
    let sum = server.client("SELECT sum(id) FROM kept");
    assert!(["6\n", "36\n"].contains(&sum.as_str()), "{sum}");
}

/// A query that may do more than look is no other.
#[test]
fn a_query_that_changes_something_is_not_sent_again() {
    let (server, way, mut live) = through::<PostgreSql>(said::<PostgreSql>("RETURNING"));
    assert_broke::<PostgreSql>(&live.enter("con.query(\"INSERT INTO kept VALUES (9) RETURNING id\")"));
    assert_eq!(way.left(), 0);
    assert!(["3", "4"].contains(&server.server.sql("SELECT count(*) FROM kept").as_str()));
}

fn in_a_transaction_of_a_person_nothing_is_asked_again<S: Server>() {
    let (_server, way, mut live) = through::<S>(said::<S>("AS needle"));
    live.enter(&format!("con.execute(\"{}\")", S::DIALECT.begin));
    live.enter("con.execute(\"DELETE FROM kept\")");
    assert_broke::<S>(&live.enter(COUNT));
    assert_eq!(way.left(), 0);
    // In a new session it is as it was.
    assert_eq!(live.enter(COUNT), "[3]");
}
