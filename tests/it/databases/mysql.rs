//! MariaDB, as MySQL: what a server shows that commits by itself where tables are made.

use super::mariadb::MariaDb;
use crate::live::Live;

/// A session that is connected as `con`.
fn connected(server: &MariaDb) -> Live {
    let mut live = Live::new();
    assert_eq!(live.enter(&format!("con = connect({:?})", server.url())), "");
    live
}

#[test]
fn frames_go_there_and_come_back() {
    let server = MariaDb::start();
    let mut live = connected(&server);
    let made = "rows = frame({\"id\": [1, 2], \"flag\": [True, None], \"number\": [-1.5e300, None], \"text\": [\"grüße 🦀 '\\\"\\\\%\", None]})\n\
                rows.write_table(con, \"t`x\").rows";
    assert_eq!(live.enter(made), "2");
    assert_eq!(live.enter("assert_equal(con.read_table(\"t`x\"), rows)"), "");
    assert_eq!(
        live.enter("con.query(\"SELECT text FROM `t``x` WHERE id = ?\", [1])[\"text\"].to_list()"),
        "[\"grüße 🦀 '\\\"\\\\%\"]"
    );
    assert_eq!(
        live.enter("con.query(\"SELECT :a AS a\", {\"a\": \"x'; DROP TABLE `t``x`; --\"})[\"a\"].to_list()"),
        "[\"x'; DROP TABLE `t``x`; --\"]"
    );
    assert_eq!(live.enter("con.tables()[\"name\"].to_list()"), "[\"t`x\"]");
}

#[test]
fn a_load_is_whole_or_not_at_all_although_the_server_commits_where_tables_are_made() {
    let server = MariaDb::start();
    let mut live = connected(&server);
    let bad = "frame({\"id\": [1, 2, 2]}).write_table(con, \"new\", mode=\"upsert\", keys=[\"id\"])";
    let told = live.enter(bad);
    assert!(told.starts_with("error: row 3, column \"id\": "), "{told}");
    assert_eq!(server.sql("SHOW TABLES"), "");

    server.sql("CREATE TABLE scores (id INT PRIMARY KEY, survived TINYINT NOT NULL) ENGINE=InnoDB; INSERT INTO scores VALUES (7, 1)");
    for (rows, begin) in [
        (
            "{\"id\": [8, 9], \"survived\": [0, 300]}",
            "error: row 2, column \"survived\": ",
        ),
        (
            "{\"id\": [8, 8], \"survived\": [0, 1]}",
            "error: row 2, column \"id\": ",
        ),
        (
            "{\"id\": [8, 9], \"survived\": [0, None]}",
            "error: row 2, column \"survived\": ",
        ),
    ] {
        let load = format!(
            "frame({rows}).write_table(con, \"scores\", mode=\"append\", before=\"DELETE FROM scores\")"
        );
        let told = live.enter(&load);
        assert!(told.starts_with(begin), "{told}");
        assert_eq!(server.sql("SELECT * FROM scores"), "7\t1");
    }
    let commits = "frame({\"id\": [8], \"survived\": [0]}).write_table(con, \"scores\", mode=\"append\", before=\"TRUNCATE scores\")";
    let told = live.enter(commits);
    assert!(
        told.starts_with("error: ") && told.contains("DELETE FROM"),
        "{told}"
    );
    assert_eq!(server.sql("SELECT * FROM scores"), "7\t1");

    let upsert = "frame({\"id\": [7, 8], \"survived\": [0, 1]}).write_table(con, \"scores\", mode=\"upsert\", keys=[\"id\"])";
    assert_eq!(
        live.enter(upsert),
        "table     scores\nrows      2\nreplaced  1\ncreated   False"
    );
    assert_eq!(server.sql("SELECT * FROM scores ORDER BY id"), "7\t0\n8\t1");
}
