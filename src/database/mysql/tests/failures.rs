//! What the server's messages say, in its words and in those of MariaDB.

use mysql_async::ServerError;

use crate::database::mysql::failure::{column, place, row};
use crate::database::mysql::rejected::entry;
use crate::database::mysql::rejection::answered;

#[test]
fn finds_the_row_and_the_column() {
    let mysql = "Data too long for column 'name' at row 37";
    assert_eq!((row(mysql), column(mysql).as_deref()), (Some(37), Some("name")));
    let mariadb = "Incorrect string value: '\\xF0' for column `t`.`scores`.`na``me` at row 2";
    assert_eq!(row(mariadb), Some(2));
    let plain = "Incorrect integer value: 'x' for column `t`.`scores`.`id` at row 1";
    assert_eq!(column(plain).as_deref(), Some("id"));
    assert_eq!(column("Column 'id' cannot be null").as_deref(), Some("id"));
    assert_eq!(row("Duplicate entry 'at row 5' for key 'PRIMARY'"), None);
}

#[test]
fn finds_what_is_there_already() {
    let read = |message| entry(message).unwrap();
    assert_eq!(
        read("Duplicate entry '5' for key 'PRIMARY'"),
        ("5".to_owned(), "PRIMARY".to_owned())
    );
    assert_eq!(
        read("Duplicate entry 'it's-2' for key 'scores.by_name'"),
        ("it's-2".to_owned(), "by_name".to_owned())
    );
}

#[test]
fn finds_the_place_of_a_mistake() {
    let sql = "SELECT *\nFROM t WHER id";
    let message = "You have an error in your SQL syntax; check the manual … to use near 'id' at line 2";
    assert_eq!(place(message, sql), sql.find("id"));
    let end = "You have an error in your SQL syntax; … to use near '' at line 1";
    assert_eq!(place(end, "SELECT 1 +"), Some(10));
    assert_eq!(place("Unknown column 'x'", sql), None);
}

#[test]
fn tells_refusals_apart_without_the_servers_words() {
    let reason = |code| {
        let refusal = answered(&ServerError {
            code,
            message: "Access denied for user 'hunter2'@'localhost'".to_owned(),
            state: "28000".to_owned(),
        });
        assert!(!refusal.reason.contains("hunter2") && !refusal.hint.contains("hunter2"));
        refusal.reason
    };
    assert_eq!(reason(1049), "it has no such database");
    assert_eq!(reason(1040), "it has too many connections");
    assert_eq!(reason(1130), "it lets nobody in from this machine");
    assert!(reason(1045).starts_with("the user or the password is wrong"));
    assert_eq!(reason(9999), "the server refuses (error 9999)");
}
