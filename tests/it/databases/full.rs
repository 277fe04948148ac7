//! A disk that is full in the middle of a load: the old rows are there, the error says what it was, and with space again the
//! same connection loads.

use polars::prelude::{DataFrame, df};
use sheaf::database::Mode;

use super::disk::Disk;
use super::kinds::{Kind, Sqlite};
use super::mariadb::MariaDb;
use super::opened::{Opened, load, told};
use super::server::Postgres;

/// How many rows a batch has, and how many batches come: more than what files have in reserve.
const BATCH: i64 = 20_000;
const BATCHES: i64 = 40;
/// When the disk is full.
const FULL_AT: i64 = 4;

fn rows(batch: i64) -> DataFrame {
    let ids: Vec<i64> = (batch * BATCH..(batch + 1) * BATCH).map(|id| id + 10).collect();
    let notes = vec!["a note that takes some room"; ids.len()];
    df!("id" => ids, "note" => notes).unwrap()
}

/// What is done about space before a load, in its middle, and afterwards.
struct Space<'a> {
    before: &'a dyn Fn(),
    within: &'a dyn Fn(),
    after: &'a dyn Fn(),
}

/// Loads while the disk becomes full, and again when it has space.
fn loads_nothing_and_later_all(opened: &Opened, space: &Space<'_>, said: &str, ask: &dyn Fn(&str) -> String) {
    for mode in [Mode::Append, Mode::Overwrite, Mode::Upsert] {
        let mut plan = load("kept", mode, &rows(0));
        plan.before = Some("DELETE FROM kept WHERE id = 1".to_owned());
        if mode == Mode::Upsert {
            plan.keys = vec!["id".to_owned()];
        }
        (space.before)();
        let mut batches = (0..BATCHES).map(|batch| {
            if batch == FULL_AT {
                (space.within)();
            }
            Ok(rows(batch))
        });
        let error = opened.load_batches(&plan, &mut batches).unwrap_err();
        assert!(told(&error).contains(said), "{mode:?}: {}", told(&error));
        (space.after)();
        assert_eq!(ask("SELECT count(*) FROM kept"), "3", "{mode:?}");
        assert_eq!(ask("SELECT max(note) FROM kept"), "old", "{mode:?}");
    }
    let plan = load("kept", Mode::Overwrite, &rows(0));
    let report = opened
        .load_batches(&plan, &mut (0..BATCHES).map(|batch| Ok(rows(batch))))
        .unwrap();
    assert_eq!(report.rows_after, (BATCH * BATCHES) as u64);
}

const TABLE: &str = "CREATE TABLE kept (id BIGINT PRIMARY KEY, note VARCHAR(200));\n\
                     INSERT INTO kept VALUES (1, 'old'), (2, 'old'), (3, 'old');";

#[test]
fn a_full_disk_under_postgresql_leaves_the_old_rows() {
    let disk = Disk::new();
    let server = Postgres::on_disk(&disk);
    server.sql(TABLE);
    loads_nothing_and_later_all(
        &Opened::to(&server.url("postgres")),
        &Space {
            before: &|| (),
            within: &|| disk.fill(),
            after: &|| disk.clear(),
        },
        "No space left on device",
        &|sql| server.sql(sql),
    );
}

#[test]
fn a_full_disk_under_mariadb_leaves_the_old_rows() {
    let disk = Disk::new();
    let server = MariaDb::on_disk(&disk);
    server.sql(TABLE);
    loads_nothing_and_later_all(
        &Opened::to(&server.url()),
        &Space {
            before: &|| (),
            within: &|| disk.fill(),
            after: &|| disk.clear(),
        },
        "is full",
        &|sql| server.sql(sql),
    );
}

/// A file of SQLite may be told how large it may become.
#[test]
fn a_file_of_sqlite_that_may_not_grow_keeps_the_old_rows() {
    let kind = Sqlite::start();
    kind.client(TABLE);
    let opened = Opened::to(&kind.url());
    let limit = |pages: u32| drop(opened.rows(&format!("PRAGMA max_page_count = {pages}")));
    loads_nothing_and_later_all(
        &opened,
        &Space {
            before: &|| limit(500),
            within: &|| (),
            after: &|| limit(1_000_000),
        },
        "full",
        &|sql| kind.client(sql).trim_end().to_owned(),
    );
}
